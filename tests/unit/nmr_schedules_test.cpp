// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Every schedule of small NMR programs. The modules check the registrar's promises themselves
// (support/nmr_programs.hpp); a search that has finished is a statement about all orders of the
// steps that depend on each other.

#include <chrono>
#include <cstdio>

#include "nmr/registrar.hpp"
#include "tests/unit/support/nmr_programs.hpp"
#include "tests/unit/support/sim_program.hpp"

namespace {

using test::sim::habits;
using test::sim::module;

constexpr uint64_t runs_max = 2000000;

/// A client and a provider, each registered, deregistered and waited for by a thread of its own.
std::string client_and_provider(habits c, habits p) {
    test::sim_machine m;
    m.add<nmr::registrar>();
    module client(true, c);
    module provider(false, p);
    const auto live = [](module& who) {
        who.enter();
        who.leave();
        who.wait();
    };
    m.run({[&] { live(client); }, [&] { live(provider); }});
    client.join_worker();
    provider.join_worker();
    if (!client.wrong().empty()) {
        return client.wrong();
    }
    return provider.wrong();
}

void search(const char* name, const std::function<std::string()>& program) {
    const auto begin = std::chrono::steady_clock::now();
    host::depth_first how;
    const test::exploration e = test::explore(how, runs_max, program);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const auto runs = static_cast<double>(e.complete + e.redundant);
    std::printf("%s: %lu schedules, %lu given up as redundant, %.0f a second\n", name, e.complete,
                e.redundant, runs / took.count());
    EXPECT_EQ(e.failure, "");
    EXPECT_TRUE(e.finished);
    EXPECT_GT(e.complete, 1u);
}

// NMR-124, NMR-126, NMR-157, NMR-165; hazards H-01, H-02, H-03, H-04, H-20.
TEST(nmr_schedules, attach_and_detach_hold_in_every_schedule) {
    search("synchronous detach", [] { return client_and_provider({}, {}); });
}

// NMR-141; hazards H-05, H-06.
TEST(nmr_schedules, pending_client_holds_in_every_schedule) {
    search("client detach pends", [] { return client_and_provider({.detach_pends = true}, {}); });
}

TEST(nmr_schedules, pending_provider_holds_in_every_schedule) {
    search("provider detach pends", [] { return client_and_provider({}, {.detach_pends = true}); });
}

// NMR-142: Complete before the callback has returned.
TEST(nmr_schedules, early_complete_holds_in_every_schedule) {
    search("early complete on both sides",
           [] { return client_and_provider({.early_complete = true}, {.early_complete = true}); });
}

TEST(nmr_schedules, decline_holds_in_every_schedule) {
    search("client declines", [] { return client_and_provider({.declines = true}, {}); });
    search("provider declines", [] { return client_and_provider({}, {.declines = true}); });
}

// NMR-073; hazard H-13.
TEST(nmr_schedules, failure_after_acceptance_holds_in_every_schedule) {
    search("client fails after the provider accepted",
           [] { return client_and_provider({.rejects_after = true}, {}); });
}

TEST(nmr_schedules, second_attempt_holds_in_every_schedule) {
    search("client tries again",
           [] { return client_and_provider({.retries = true}, {.retries = true}); });
}

// NMR-115, NMR-116; hazards H-10, H-11, H-14.
TEST(nmr_schedules, deregister_inside_callbacks_holds_in_every_schedule) {
    search("client leaves in attach",
           [] { return client_and_provider({.leaves_in_attach = true}, {}); });
    search("provider leaves in attach",
           [] { return client_and_provider({}, {.leaves_in_attach = true}); });
    search("client leaves in detach",
           [] { return client_and_provider({.leaves_in_detach = true}, {}); });
    search("provider leaves in cleanup",
           [] { return client_and_provider({}, {.leaves_in_cleanup = true}); });
}

}  // namespace
