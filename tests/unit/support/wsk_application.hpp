// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A WSK application for unit tests: a registration block, a dispatch table and the five calls,
// through the exported functions as a driver makes them.

#pragma once

#include <chrono>
#include <cstring>

#include "tests/unit/support/machine_fixture.hpp"
#include "wdk/abi/ntstatus.h"
#include "wdk/abi/wsk.h"
#include "wsk/subsystem.hpp"

namespace test {

class application {
public:
    explicit application(USHORT version = MAKE_WSK_VERSION(1, 0)) {
        std::memset(&block, 0xCC, sizeof block);  // REG-021: uninitialised memory is normal
        dispatch.Version = version;
    }
    application(const application&) = delete;
    application& operator=(const application&) = delete;

    NTSTATUS add() {
        WSK_CLIENT_NPI client = {context, &dispatch};
        const NTSTATUS s = WskRegister(&client, &block);
        std::memset(&client, 0xEE, sizeof client);  // REG-022: only read during the call
        return s;
    }
    NTSTATUS capture(ULONG timeout_ms = WSK_NO_WAIT) {
        return WskCaptureProviderNPI(&block, timeout_ms, &npi);
    }
    void release() { WskReleaseProviderNPI(&block); }
    NTSTATUS query() { return WskQueryProviderCharacteristics(&block, &range); }
    void remove() { WskDeregister(&block); }

    ULONGLONG guard_before = 0x5555555555555555;
    WSK_REGISTRATION block;
    ULONGLONG guard_after = 0x5555555555555555;
    WSK_CLIENT_DISPATCH dispatch = {};
    void* context = nullptr;
    WSK_PROVIDER_NPI npi = {};
    WSK_PROVIDER_CHARACTERISTICS range = {};
};

class registration_fixture : public machine_fixture {
protected:
    using machine_fixture::machine_fixture;

    [[nodiscard]] wsk::subsystem& subsystem() const { return machine().get<wsk::subsystem>(); }
    void start_subsystem() { EXPECT_EQ(subsystem().start(), base::status{STATUS_SUCCESS}); }
    void stop_subsystem() { subsystem().stop(); }
    [[nodiscard]] wsk::client& client_of(const application& a) const {
        wsk::client* c = subsystem().find_client(a.npi.Client);
        EXPECT_NE(c, nullptr);
        return *c;
    }
};

/// With an application that has captured the provider, and leaves with the test if not before.
class captured_fixture : public registration_fixture {
protected:
    void SetUp() override {
        registration_fixture::SetUp();
        ASSERT_EQ(app.add(), STATUS_SUCCESS);
        ASSERT_EQ(app.capture(), STATUS_SUCCESS);
    }
    void TearDown() override {
        if (!gone) {
            app.release();
            app.remove();
        }
        registration_fixture::TearDown();
    }

    application app;
    bool gone = false;
};

class stopwatch {
public:
    [[nodiscard]] int64_t ms() const {
        const auto passed = std::chrono::steady_clock::now() - begin_;
        return std::chrono::duration_cast<std::chrono::milliseconds>(passed).count();
    }

private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// Runs fn on a thread of the machine and says whether it has returned.
class blocked_call {
public:
    template <class Fn>
    blocked_call(base::machine& m, Fn&& fn)
        : thread_(m, [this, fn = std::forward<Fn>(fn)]() mutable {
              entered_.open();
              fn();
              returned_.open();
          }) {
        entered_.wait();
    }
    [[nodiscard]] bool returned() const { return returned_.is_open(); }
    /// Waits until it sleeps inside, so that it returns only once somebody wakes it.
    [[nodiscard]] bool blocks() const { return thread_.sleeps() && !returned(); }
    void join() {
        returned_.wait();
        thread_.join();
    }

private:
    gate entered_;
    gate returned_;
    machine_thread thread_;
};

}  // namespace test
