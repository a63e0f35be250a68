// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Each allocation of NMR scenarios fails once (NMR-039, NMR-041, NMR-042, NMR-111, NMR-194). The
// module whose registration fails gets STATUS_INSUFFICIENT_RESOURCES, a NULL handle and no callback
// ever; everybody else lives on as if it had not tried.

#include "tests/unit/support/fault_runs.hpp"
#include "tests/unit/support/nmr_programs.hpp"

namespace {

using test::sim::crowd;
using test::sim::habits;

constexpr uint64_t schedules = 100;

uint64_t fail_each(const char* name, const crowd& who) {
    test::fault_runs faults;
    return faults.run(name, schedules, [&who] { return run(who); });
}

// The slabs of registrations, NPIs and bindings grow once; each registration, the NPI and each
// binding is taken.
TEST(nmr_faults, a_failing_allocation_concerns_one_registration_only) {
    EXPECT_GE(fail_each("1x1", {{{}}, {{}}}), 6u);
    EXPECT_GE(fail_each("2x2", {{{}, {}}, {{}, {}}}), 9u);
}

TEST(nmr_faults, pending_detaches_end_although_allocations_fail) {
    const habits pending = {.detach_pends = true};
    const habits late = {.late_complete = true};
    EXPECT_GE(fail_each("2x2 pending", {{pending, late}, {late, pending}}), 9u);
}

TEST(nmr_faults, modules_that_leave_in_callbacks_leave_although_allocations_fail) {
    const habits in_attach = {.leaves_in_attach = true};
    const habits in_cleanup = {.detach_pends = true, .leaves_in_cleanup = true};
    EXPECT_GE(fail_each("2x2 leaving in callbacks", {{in_attach, {}}, {in_cleanup, {}}}), 9u);
}

TEST(nmr_faults, modules_that_return_find_room_again) {
    const habits again = {.returns = true};
    EXPECT_GE(fail_each("2x1 returning", {{again, again}, {again}}), 12u);
}

}  // namespace
