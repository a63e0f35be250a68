// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Schedules of NMR programs. The modules check the registrar's promises themselves
// (support/nmr_programs.hpp). Programs of two modules are searched to the end: a search that has
// finished is a statement about all orders of the steps that depend on each other. Larger ones run
// under random schedules, with the bound that says how likely a bug is to show.

#include "tests/unit/support/nmr_programs.hpp"

namespace {

using test::sim::crowd;
using test::sim::habits;

constexpr uint64_t searched_max = 2000000;
constexpr uint64_t random_runs = 5000;
constexpr uint32_t bug_depth = 3;

/// Every schedule of a client and a provider, each registered, deregistered and waited for by
/// a thread of its own.
void search_all(const std::string& name, habits client, habits provider) {
    const crowd who{{client}, {provider}};
    host::depth_first how;
    test::search(name, how, searched_max, [&who] { return run(who); });
}

/// Many schedules, by both random strategies.
void search_some(const std::string& name, const crowd& who) {
    const test::program once = [&who] { return run(who); };
    host::pct by_priority(1, bug_depth, 0);
    test::search(name + ", pct", by_priority, random_runs, once);
    host::random_walk by_chance(1);
    test::search(name + ", random", by_chance, random_runs, once);
}

constexpr habits plain = {};
constexpr habits pending = {.detach_pends = true};
constexpr habits early = {.early_complete = true};
constexpr habits first = {.completes_first = true};
constexpr habits late = {.late_complete = true};

// ---- two modules, to the end ----

// NMR-124, NMR-126, NMR-157, NMR-165; hazards H-01, H-02, H-03, H-04, H-20.
TEST(nmr_schedules, attach_and_detach_hold_in_every_schedule) {
    search_all("synchronous detach", plain, plain);
}

// NMR-137, NMR-118: the module that stays does not help; the other one's wait ends all the same.
TEST(nmr_schedules, one_module_outlives_the_other_in_every_schedule) {
    const habits last = {.leaves_last = true};
    search_all("client stays", last, plain);
    search_all("provider stays", plain, last);
    search_all("client stays and pends", {.detach_pends = true, .leaves_last = true}, plain);
    search_all("provider stays and pends", plain, {.detach_pends = true, .leaves_last = true});
}

// NMR-141; hazards H-05, H-06.
TEST(nmr_schedules, pending_client_holds_in_every_schedule) {
    search_all("client detach pends", pending, plain);
}

TEST(nmr_schedules, pending_provider_holds_in_every_schedule) {
    search_all("provider detach pends", plain, pending);
}

// NMR-141: Complete before the callback has returned.
TEST(nmr_schedules, early_complete_holds_in_every_schedule) {
    search_all("early complete on both sides", early, early);
}

// NMR-142: Complete before the detach has begun; hazard H-07.
TEST(nmr_schedules, complete_before_the_detach_holds_in_every_schedule) {
    search_all("client completes first", first, plain);
    search_all("provider completes first", plain, first);
}

TEST(nmr_schedules, decline_holds_in_every_schedule) {
    search_all("client declines", {.declines = true}, plain);
    search_all("provider declines", plain, {.declines = true});
}

// NMR-073; hazard H-13.
TEST(nmr_schedules, failure_after_acceptance_holds_in_every_schedule) {
    search_all("client fails after the provider accepted", {.rejects_after = true}, plain);
}

TEST(nmr_schedules, second_attempt_holds_in_every_schedule) {
    search_all("client tries again", {.retries = true}, {.retries = true});
}

// NMR-115, NMR-116; hazards H-10, H-11, H-14.
TEST(nmr_schedules, deregister_inside_callbacks_holds_in_every_schedule) {
    search_all("client leaves in attach", {.leaves_in_attach = true}, plain);
    search_all("provider leaves in attach", plain, {.leaves_in_attach = true});
    search_all("client leaves in detach", {.leaves_in_detach = true}, plain);
    search_all("provider leaves in detach", plain, {.leaves_in_detach = true});
    search_all("client leaves in cleanup", {.leaves_in_cleanup = true}, plain);
    search_all("provider leaves in cleanup", plain, {.leaves_in_cleanup = true});
}

// ---- more modules and more threads, at random ----

// NMR-118, NMR-126, NMR-156, NMR-171, NMR-176.
TEST(nmr_schedules, two_clients_of_a_provider_hold_under_random_schedules) {
    search_some("2x1 synchronous", {{plain, plain}, {plain}});
    search_some("2x1 clients pend", {{pending, late}, {plain}});
    search_some("2x1 provider pends", {{plain, plain}, {pending}});
    search_some("2x1 all pend", {{late, early}, {pending}});
    search_some("2x1 all complete first", {{first, first}, {first}});
    search_some("2x1 one declines", {{{.declines = true}, plain}, {pending}});
    search_some("2x1 one rejects after acceptance",
                {{{.rejects_after = true}, pending}, {pending}});
    search_some("2x1 clients try again", {{{.retries = true}, {.retries = true}},
                                          {{.detach_pends = true, .retries = true}}});
}

// NMR-119, NMR-175, NMR-179.
TEST(nmr_schedules, two_providers_of_a_client_hold_under_random_schedules) {
    search_some("1x2 synchronous", {{plain}, {plain, plain}});
    search_some("1x2 client pends", {{pending}, {plain, plain}});
    search_some("1x2 providers pend", {{plain}, {late, pending}});
    search_some("1x2 all pend", {{pending}, {late, early}});
    search_some("1x2 all complete first", {{first}, {first, first}});
    search_some("1x2 one declines", {{pending}, {plain, {.declines = true}}});
    search_some("1x2 client rejects after acceptance", {{{.rejects_after = true}}, {plain, early}});
    search_some("1x2 client tries again", {{{.retries = true}}, {{.retries = true}, pending}});
}

// NMR-178, NMR-181.
TEST(nmr_schedules, two_clients_and_two_providers_hold_under_random_schedules) {
    search_some("2x2 synchronous", {{plain, plain}, {plain, plain}});
    search_some("2x2 all pend", {{pending, late}, {late, pending}});
    search_some("2x2 mixed", {{early, first}, {pending, plain}});
    search_some("2x2 one declines on each side",
                {{{.declines = true}, pending}, {{.declines = true}, late}});
    search_some("2x2 one rejects after acceptance",
                {{{.rejects_after = true}, plain}, {pending, plain}});
}

// NMR-115, NMR-116: every callback, with a bystander on each side.
TEST(nmr_schedules, deregister_inside_callbacks_holds_under_random_schedules) {
    const habits in_attach = {.leaves_in_attach = true};
    const habits in_detach = {.detach_pends = true, .leaves_in_detach = true};
    const habits in_cleanup = {.detach_pends = true, .leaves_in_cleanup = true};
    search_some("2x2 clients leave in attach", {{in_attach, in_attach}, {plain, pending}});
    search_some("2x2 providers leave in attach", {{plain, pending}, {in_attach, in_attach}});
    search_some("2x2 clients leave in detach", {{in_detach, in_detach}, {plain, plain}});
    search_some("2x2 providers leave in detach", {{plain, plain}, {in_detach, in_detach}});
    search_some("2x2 clients leave in cleanup", {{in_cleanup, in_cleanup}, {plain, plain}});
    search_some("2x2 providers leave in cleanup", {{plain, plain}, {in_cleanup, in_cleanup}});
    search_some("2x2 all leave in callbacks", {{in_attach, in_detach}, {in_cleanup, in_attach}});
}

// NMR-144, NMR-145: a Complete too many.
TEST(nmr_schedules, a_second_complete_is_ignored_under_random_schedules) {
    const habits twice = {.completes_twice = true};
    search_some("1x1 both complete twice", {{twice}, {twice}});
    search_some("2x1 clients complete twice", {{twice, twice}, {early}});
    search_some("1x2 providers complete twice", {{late}, {twice, twice}});
}

// NMR-166, NMR-169.
TEST(nmr_schedules, several_waiters_hold_under_random_schedules) {
    search_some("1x1 two waiters each", {{plain}, {plain}, true});
    search_some("1x1 two waiters each, all pend", {{late}, {late}, true});
    search_some("2x2 two waiters each", {{pending, plain}, {plain, pending}, true});
}

// NMR-056, NMR-109, NMR-137, NMR-192: modules that come back find nothing of their first life.
TEST(nmr_schedules, modules_that_return_hold_under_random_schedules) {
    const habits again = {.returns = true};
    const habits again_pending = {.detach_pends = true, .returns = true};
    search_some("1x1 both return", {{again}, {again}});
    search_some("1x1 both return and pend", {{again_pending}, {again_pending}});
    search_some("2x1 all return", {{again, again}, {again}});
}

// NMR-095: an attempt on another thread, inside the provider when the callback returns.
TEST(nmr_schedules, attempts_on_other_threads_hold_under_random_schedules) {
    const habits elsewhere = {.attaches_elsewhere = true};
    search_some("1x1 attaches elsewhere", {{elsewhere}, {plain}});
    search_some("1x2 attaches elsewhere", {{elsewhere}, {plain, pending}});
    search_some("2x1 attach elsewhere", {{elsewhere, elsewhere}, {pending}});
}

}  // namespace
