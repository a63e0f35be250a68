// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The recorder: events of several threads merge in time order, a full ring loses the oldest, a
// reader beside a writer never sees a torn record (ThreadSanitizer runs this too), text comes out
// complete and in order.

#include "trace/recorder.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

struct bench_machine {
    base::machine_options options{};
    std::unique_ptr<base::machine> m;
    trace::recorder* recorder = nullptr;

    explicit bench_machine(base::verify_level level = base::verify_level::standard) {
        options.verification = level;
        m.reset(new (std::nothrow) base::machine(host::linux_host(), options));
        recorder = &m->install(std::unique_ptr<trace::recorder>(
            new (std::nothrow) trace::recorder(host::linux_host(), options)));
    }
};

// Makes the calling OS thread a thread of the machine while it lives.
class as_thread {
public:
    as_thread(base::machine& m, uint32_t ordinal) {
        thread_.machine = &m;
        thread_.ordinal = ordinal;
        host::linux_host().adopt(thread_);
    }
    ~as_thread() { host::linux_host().abandon(thread_); }

private:
    host::thread thread_;
};

class collecting_sink final : public trace::text_sink {
public:
    void write(const trace::text_line& line) noexcept override {
        lines.emplace_back(line.text, line.length);
        threads.push_back(line.thread);
    }
    std::vector<std::string> lines;
    std::vector<uint32_t> threads;
};

TEST(trace_recorder, an_event_on_a_thread_without_a_machine_is_ignored) {
    bench_machine b;
    trace::emit(trace::event::signal, 1);
    trace::record out[4];
    EXPECT_EQ(b.recorder->last(out, 4), 0u);
}

TEST(trace_recorder, keeps_arguments_thread_and_order) {
    bench_machine b;
    as_thread self(*b.m, 7);
    trace::emit(trace::event::signal, 1, 2, 3, 4);
    trace::emit(trace::event::dpc_run, 5);
    trace::record out[4];
    ASSERT_EQ(b.recorder->last(out, 4), 2u);
    EXPECT_EQ(out[0].id, static_cast<uint16_t>(trace::event::signal));
    EXPECT_EQ(out[0].arguments[3], 4u);
    EXPECT_EQ(out[0].thread, 7u);
    EXPECT_EQ(out[1].arguments[0], 5u);
    EXPECT_LE(out[0].time_ns, out[1].time_ns);
}

TEST(trace_recorder, verification_off_records_nothing) {
    bench_machine b(base::verify_level::off);
    as_thread self(*b.m, 1);
    trace::emit(trace::event::signal);
    trace::record out[1];
    EXPECT_EQ(b.recorder->last(out, 1), 0u);
}

TEST(trace_recorder, a_full_ring_loses_the_oldest_event) {
    bench_machine b;
    as_thread self(*b.m, 1);
    for (uint64_t i = 0; i < 5000; ++i) {
        trace::emit(trace::event::signal, i);
    }
    trace::record out[8];
    ASSERT_EQ(b.recorder->last(out, 8), 8u);
    for (uint64_t i = 0; i < 8; ++i) {
        EXPECT_EQ(out[i].arguments[0], 4992 + i);
    }
}

TEST(trace_recorder, merges_the_newest_events_of_two_threads_in_time_order) {
    bench_machine b;
    auto body = [&](uint32_t ordinal) {
        as_thread self(*b.m, ordinal);
        for (uint64_t i = 0; i < 50; ++i) {
            trace::emit(trace::event::signal, i);
        }
    };
    std::thread one(body, 1);
    one.join();
    std::thread two(body, 2);
    two.join();
    trace::record out[60];
    ASSERT_EQ(b.recorder->last(out, 60), 60u);
    for (size_t i = 1; i < 60; ++i) {
        EXPECT_LE(out[i - 1].time_ns, out[i].time_ns);
    }
    EXPECT_EQ(out[0].thread, 1u);
    EXPECT_EQ(out[0].arguments[0], 40u);
    EXPECT_EQ(out[59].thread, 2u);
}

TEST(trace_recorder, a_reader_beside_writers_never_sees_a_torn_record) {
    bench_machine b;
    std::atomic<bool> stop{false};
    std::vector<std::thread> writers;
    for (uint32_t t = 1; t <= 2; ++t) {
        writers.emplace_back([&, t] {
            as_thread self(*b.m, t);
            for (uint64_t i = 0; !stop.load(); ++i) {
                trace::emit(trace::event::signal, i, i + t, i * 3, ~i);
            }
        });
    }
    size_t seen = 0;
    while (seen < 20000) {
        trace::record out[64];
        const size_t n = b.recorder->last(out, 64);
        for (size_t i = 0; i < n; ++i) {
            const uint64_t base = out[i].arguments[0];
            ASSERT_EQ(out[i].arguments[1], base + out[i].thread);
            ASSERT_EQ(out[i].arguments[2], base * 3);
            ASSERT_EQ(out[i].arguments[3], ~base);
        }
        seen += n;
    }
    stop.store(true);
    for (std::thread& w : writers) {
        w.join();
    }
}

TEST(trace_recorder, flush_returns_after_every_line_reached_the_sink_in_order) {
    bench_machine b;
    collecting_sink sink;
    b.recorder->set_sink(&sink);
    as_thread self(*b.m, 3);
    for (int i = 0; i < 1000; ++i) {
        const std::string text = "line " + std::to_string(i);
        b.recorder->text(77, 3, text.data(), text.size());
    }
    b.recorder->flush();
    ASSERT_EQ(sink.lines.size(), 1000u);
    for (size_t i = 0; i < 1000; ++i) {
        ASSERT_EQ(sink.lines[i], "line " + std::to_string(i));
        ASSERT_EQ(sink.threads[i], 3u);
    }
    b.recorder->set_sink(nullptr);
}

TEST(trace_recorder, lines_of_several_threads_are_all_written) {
    bench_machine b;
    collecting_sink sink;
    b.recorder->set_sink(&sink);
    std::vector<std::thread> threads;
    for (uint32_t t = 1; t <= 4; ++t) {
        threads.emplace_back([&, t] {
            as_thread self(*b.m, t);
            for (int i = 0; i < 500; ++i) {
                b.recorder->text(77, 3, "x", 1);
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    b.recorder->flush();
    EXPECT_EQ(sink.lines.size(), 2000u);
    b.recorder->set_sink(nullptr);
}

TEST(trace_recorder, events_have_names) {
    EXPECT_STREQ(trace::event_name(1), "callout_enter");
    EXPECT_STREQ(trace::event_arguments(70), "module, base, size, -");
    EXPECT_EQ(trace::event_name(9999), nullptr);
}

}  // namespace
