// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A complete machine on the real host for unit tests, and threads that belong to it.

#pragma once

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/machine.hpp"
#include "host/host.hpp"
#include "ke/irql.hpp"
#include "ke/thread.hpp"
#include "loader/machine.hpp"
#include "tests/unit/support/race.hpp"
#include "verify/violation.hpp"

namespace test {

/// Longest wait for something that must happen; a test that needs it has failed.
inline constexpr std::chrono::seconds patience{20};

/// Polls until done() is true. Returns whether it became true in time.
template <class Done>
[[nodiscard]] bool eventually(Done&& done) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

/// Opened once; whoever waits goes on from then.
class gate {
public:
    void open() { open_.store(true, std::memory_order_release); }
    [[nodiscard]] bool is_open() const { return open_.load(std::memory_order_acquire); }
    void wait() const {
        EXPECT_TRUE(eventually([this] { return is_open(); })) << "a gate stayed shut";
    }

private:
    std::atomic<bool> open_{false};
};

/// A place in one thread's way, a callback mostly, where it stays until another thread releases it.
class halt {
public:
    /// By the thread that stops.
    void stay() {
        reached_.open();
        go_on_.wait();
    }
    /// By the other one: waits until the thread has stopped here.
    void wait() const { reached_.wait(); }
    void release() { go_on_.open(); }

private:
    gate reached_;
    gate go_on_;
};

/// What the kernel says of a thread of this process.
struct thread_look {
    bool there = false;
    bool asleep = false;
    std::string switches;  ///< how often it has stopped running
};

inline thread_look look_at(pid_t thread) {
    thread_look out;
    std::ifstream status("/proc/self/task/" + std::to_string(thread) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("State:")) {
            out.there = line.find_first_of("ZX") == std::string::npos;
            out.asleep = line.find('S', 6) != std::string::npos;
        } else if (line.find("_ctxt_switches:") != std::string::npos) {
            out.switches += line;
        }
    }
    return out;
}

/// Waits until all the threads sleep at one moment, so that none of them does anything before
/// somebody wakes it. False when one of them has ended or the time is up.
[[nodiscard]] inline bool all_asleep(const std::vector<pid_t>& threads) {
    bool ended = false;
    const bool in_time = eventually([&] {
        std::vector<thread_look> first;
        for (const pid_t t : threads) {
            first.push_back(look_at(t));
        }
        // Who sleeps now and has not run since the first look slept from then on.
        bool together = true;
        for (size_t i = 0; i < threads.size(); ++i) {
            const thread_look second = look_at(threads[i]);
            ended = ended || !second.there;
            together = together && second.asleep && second.switches == first[i].switches;
        }
        return together || ended;
    });
    return in_time && !ended;
}

/// A thread of a machine; joined by the destructor.
class machine_thread {
public:
    template <class Fn>
    machine_thread(base::machine& m, Fn&& fn)
        : id_(std::make_unique<std::atomic<pid_t>>(0)),
          thread_([&m, id = id_.get(), fn = std::forward<Fn>(fn)]() mutable {
              ke::attach(m);
              id->store(gettid(), std::memory_order_release);
              fn();
              ke::detach();
          }) {}
    machine_thread(machine_thread&&) = default;
    ~machine_thread() { join(); }
    void join() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    /// Waits until the thread is about to do what it was made for.
    [[nodiscard]] pid_t id() const {
        EXPECT_TRUE(eventually([this] { return id_->load(std::memory_order_acquire) != 0; }));
        return id_->load(std::memory_order_acquire);
    }
    /// Waits until the thread sleeps. False when it ends instead.
    [[nodiscard]] bool sleeps() const { return all_asleep({id()}); }

private:
    std::unique_ptr<std::atomic<pid_t>> id_;
    std::thread thread_;
};

/// gtest fixture: a machine, the test's thread attached to it.
class machine_fixture : public testing::Test {
protected:
    explicit machine_fixture(base::machine_options options = {}) : options_(options) {}

    void SetUp() override {
        machine_ = loader::make_machine(host::linux_host(), options_);
        ASSERT_NE(machine_, nullptr);
        ke::attach(*machine_);
        violations_ = verify::violation_count();
    }

    void TearDown() override {
        EXPECT_EQ(ke::current().irql, 0);
        ke::detach();
        machine_.reset();
    }

    [[nodiscard]] base::machine& machine() const { return *machine_; }

    template <class Fn>
    [[nodiscard]] machine_thread start(Fn&& fn) {
        return machine_thread(*machine_, std::forward<Fn>(fn));
    }

    /// Violations reported since the last call.
    uint64_t violations() {
        const uint64_t now = verify::violation_count();
        return now - std::exchange(violations_, now);
    }

    /// What the machine shows as not given back.
    [[nodiscard]] std::vector<base::object_info> objects() const {
        collector c;
        machine_->show(c);
        return c.found;
    }
    [[nodiscard]] size_t count(base::object_kind kind) const {
        size_t n = 0;
        for (const base::object_info& o : objects()) {
            n += o.kind == kind ? 1 : 0;
        }
        return n;
    }

    base::machine_options options_;

private:
    class collector : public base::object_visitor {
    public:
        void visit(const base::object_info& o) noexcept override { found.push_back(o); }
        void visit(const base::traffic_info&) noexcept override {}
        std::vector<base::object_info> found;
    };

    std::unique_ptr<base::machine> machine_;
    uint64_t violations_ = 0;
};

/// Holds the calling thread at an IRQL.
class at_irql {
public:
    explicit at_irql(uint8_t irql) : old_(ke::raise(ke::current(), irql)) {}
    at_irql(const at_irql&) = delete;
    at_irql& operator=(const at_irql&) = delete;
    ~at_irql() { ke::lower(ke::current(), old_); }

private:
    uint8_t old_;
};

}  // namespace test
