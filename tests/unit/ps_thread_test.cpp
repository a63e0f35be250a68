// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// System threads: both ways to end one, exit status, what may not be left behind.

#include "ps/thread.hpp"

#include <atomic>

#include <gtest/gtest.h>

#include "ke/callout.hpp"
#include "ke/dispatcher.hpp"
#include "ke/irql.hpp"
#include "ke/objects.hpp"
#include "tests/unit/ke_machine.hpp"

namespace {

void wait_end(const base::ref_ptr<ke::thread>& t) {
    ASSERT_TRUE(t);
    EXPECT_EQ(ke::wait_one(ke::current(), t->header, {}), STATUS_SUCCESS);
}

void return_from_routine(void* context) {
    *static_cast<std::atomic<uint32_t>*>(context) = ke::current().id;
}

TEST(ps_thread, ends_by_return) {
    ke_machine m;
    m.attach();
    std::atomic<uint32_t> id{0};
    base::ref_ptr<ke::thread> t = ps::create(m.kernel(), return_from_routine, &id, nullptr);
    wait_end(t);
    EXPECT_EQ(id.load(), t->id);
    EXPECT_EQ(t->exit_status.load(), STATUS_SUCCESS);
    EXPECT_TRUE(ps::is_system_thread(*t));
}

void terminate_deeply(int depth, std::atomic<int>& steps) {
    steps.fetch_add(1);
    if (depth > 0) {
        terminate_deeply(depth - 1, steps);
        steps.fetch_add(100);
    }
    ps::terminate(ke::current(), STATUS_CANCELLED, nullptr);
    steps.fetch_add(1000);
}

void terminate_itself(void* context) {
    terminate_deeply(5, *static_cast<std::atomic<int>*>(context));
}

TEST(ps_thread, ends_by_terminate_from_any_depth) {
    ke_machine m;
    m.attach();
    for (int i = 0; i < 50; ++i) {
        std::atomic<int> steps{0};
        base::ref_ptr<ke::thread> t = ps::create(m.kernel(), terminate_itself, &steps, nullptr);
        wait_end(t);
        EXPECT_EQ(steps.load(), 6);
        EXPECT_EQ(t->exit_status.load(), STATUS_CANCELLED);
    }
    m.kernel().reap();
    EXPECT_EQ(m.kernel().thread_count(), 1u);
}

TEST(ps_thread, terminate_is_for_system_threads_only) {
    ke_machine m;
    ke::thread& self = m.attach();
    ps::terminate(self, STATUS_SUCCESS, nullptr);
    EXPECT_FALSE(ps::is_system_thread(self));
}

template <class Fn>
void run_thread(Fn fn) {
    ke_machine m;
    m.attach();
    wait_end(ps::create(m.kernel(), fn, nullptr, nullptr));
}

KMUTANT kept;

TEST(ps_thread_death, stops_a_thread_that_ends_with_a_mutex) {
    EXPECT_EXIT(run_thread([](void*) {
                    ke::initialize(kept);
                    (void)!ke::wait_one(ke::current(), kept.Header, {}).ok();
                }),
                testing::ExitedWithCode(3), "thread-owns-mutex");
}

TEST(ps_thread_death, stops_a_thread_that_ends_at_dispatch) {
    EXPECT_EXIT(run_thread([](void*) {
                    ke::raise(ke::current(), ke::dispatch_level);
                    ps::terminate(ke::current(), STATUS_SUCCESS, nullptr);
                }),
                testing::ExitedWithCode(3), "irql-changed-by-callback");
}

void end_in_callback() {
    ps::terminate(ke::current(), STATUS_SUCCESS, nullptr);
}

TEST(ps_thread_death, stops_a_terminate_inside_another_callback) {
    EXPECT_EXIT(
        run_thread([](void*) { ke::callout(ke::callout_kind::wsk_event, end_in_callback); }),
        testing::ExitedWithCode(3), "thread-bad-terminate");
}

}  // namespace
