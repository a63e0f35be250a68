// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Timers: due times, periods, cancelling, DPCs, and that neither a waiter nor a DPC that frees the
// timer makes the runtime touch it again.

#include "ke/timer.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ke/dispatcher.hpp"
#include "ke/dpc.hpp"
#include "ke/irql.hpp"
#include "ke/kernel.hpp"
#include "ke/time.hpp"
#include "tests/unit/ke_machine.hpp"
#include "tests/unit/support/sim_program.hpp"

namespace {

constexpr int64_t ms = 10000;

ke::timer_queue& timers() {
    return ke::current().home->timers();
}

bool set(KTIMER& t, int64_t due, uint32_t period = 0, KDPC* dpc = nullptr) {
    ke::thread& me = ke::current();
    ke::dispatch_scope at(me);
    return timers().set(me, t, ke::due_interrupt_time(*me.host, due), period, dpc, nullptr);
}

base::status wait(KTIMER& t, int64_t timeout = 0) {
    ke::wait_time time;
    if (timeout != 0) {
        LARGE_INTEGER l;
        l.QuadPart = -timeout;
        time = ke::to_wait_time(&l);
    }
    return ke::wait_one(ke::current(), t.Header, time);
}

uint64_t now() {
    return ke::interrupt_time(host::current());
}

class ke_timer : public testing::Test {
protected:
    ke_timer() : self(&m.attach()) {}

    ke_machine m;
    ke::thread* self;
};

/// Runs the body on simulated machines, whose clock stands still while anybody can run.
void in_virtual_time(void (*body)()) {
    host::random_walk how(1);
    const test::exploration e = test::explore(how, 50, [body] {
        test::sim_machine m;
        body();
        return std::string();
    });
    EXPECT_EQ(e.failure, "");
    EXPECT_EQ(e.complete, 50u);
}

TEST_F(ke_timer, fires_not_before_it_is_due) {
    KTIMER t;
    ke::initialize(t, NotificationTimer);
    const uint64_t begin = now();
    EXPECT_FALSE(set(t, -10 * ms));
    EXPECT_EQ(wait(t), STATUS_SUCCESS);
    EXPECT_GE(now() - begin, static_cast<uint64_t>(10 * ms));
    EXPECT_EQ(wait(t), STATUS_SUCCESS);  // a notification timer stays signaled
    EXPECT_FALSE(timers().cancel(t));
}

TEST_F(ke_timer, past_due_time_fires_at_once) {
    KTIMER t;
    ke::initialize(t, SynchronizationTimer);
    EXPECT_FALSE(set(t, 1));
    EXPECT_EQ(ke::load_state(t.Header), 1);
    EXPECT_EQ(wait(t), STATUS_SUCCESS);
    EXPECT_EQ(ke::load_state(t.Header), 0);
}

TEST_F(ke_timer, setting_ends_the_signal_and_the_old_due_time) {
    KTIMER t;
    ke::initialize(t, NotificationTimer);
    set(t, 1);
    EXPECT_EQ(ke::load_state(t.Header), 1);
    EXPECT_FALSE(set(t, -100000 * ms));
    EXPECT_EQ(ke::load_state(t.Header), 0);
    EXPECT_TRUE(set(t, -ms));
    EXPECT_EQ(wait(t), STATUS_SUCCESS);
}

TEST_F(ke_timer, may_die_with_the_return_from_the_wait) {
    for (int i = 0; i < 300; ++i) {
        auto t = std::make_unique<KTIMER>();
        ke::initialize(*t, SynchronizationTimer);
        set(*t, -(i % 3) * 500);
        ASSERT_EQ(wait(*t), STATUS_SUCCESS);
    }
}

struct timer_with_dpc {
    KTIMER t;
    KDPC d;
};
std::atomic<int> freed;

void free_both(KDPC*, void* context, void*, void*) {
    delete static_cast<timer_with_dpc*>(context);
    freed.fetch_add(1);
}

TEST_F(ke_timer, may_be_freed_by_its_dpc) {
    freed = 0;
    for (uint32_t i = 0; i < 300; ++i) {
        auto* both = new timer_with_dpc;
        ke::initialize(both->t, NotificationTimer);
        ke::initialize(both->d, free_both, both, false);
        ke::set_target(both->d, i % 4);
        set(both->t, -static_cast<int64_t>(i % 4) * 400, 0, &both->d);
    }
    while (freed < 300) {
        std::this_thread::yield();
    }
    ke::flush_dpcs(*self);
    EXPECT_EQ(freed, 300);
}

struct counter {
    int runs = 0;
    uint64_t last = 0;
};

void count(KDPC*, void* context, void*, void*) {
    auto& c = *static_cast<counter*>(context);
    c.last = now();
    ++c.runs;
}

TEST(ke_timer_virtual, cancelled_does_not_fire) {
    in_virtual_time([] {
        KTIMER t;
        ke::initialize(t, NotificationTimer);
        set(t, -5 * ms);
        EXPECT_TRUE(timers().cancel(t));
        EXPECT_FALSE(timers().cancel(t));
        EXPECT_EQ(wait(t, 20 * ms), STATUS_TIMEOUT);
    });
}

TEST(ke_timer_virtual, periodic_fires_until_it_is_cancelled) {
    in_virtual_time([] {
        counter c;
        KDPC d;
        KTIMER t;
        ke::initialize(d, count, &c, false);
        ke::initialize(t, SynchronizationTimer);
        const uint64_t begin = now();
        set(t, -2 * ms, 2, &d);
        for (int i = 1; i <= 5; ++i) {
            EXPECT_EQ(wait(t), STATUS_SUCCESS);
            EXPECT_GE(now() - begin, static_cast<uint64_t>(2 * i * ms));
            EXPECT_LT(now() - begin, static_cast<uint64_t>((2 * i + 1) * ms));
        }
        EXPECT_TRUE(timers().cancel(t));
        ke::flush_dpcs(ke::current());
        EXPECT_EQ(c.runs, 5);
        EXPECT_EQ(wait(t, 100 * ms), STATUS_TIMEOUT);
        EXPECT_EQ(c.runs, 5);
    });
}

TEST(ke_timer_virtual, many_fire_in_order_of_their_due_times) {
    in_virtual_time([] {
        constexpr int n = 200;
        std::vector<KTIMER> t(n);
        std::vector<KDPC> d(n);
        std::vector<counter> c(n);
        const uint64_t begin = now();
        const auto due = [](int i) { return ms * (1 + (i * 37) % 40); };
        for (int i = 0; i < n; ++i) {
            ke::initialize(t[i], NotificationTimer);
            ke::initialize(d[i], count, &c[i], false);
            set(t[i], -due(i), 0, &d[i]);
        }
        for (int i = 0; i < n; ++i) {
            EXPECT_EQ(wait(t[i]), STATUS_SUCCESS);
        }
        ke::flush_dpcs(ke::current());
        for (int i = 0; i < n; ++i) {
            EXPECT_EQ(c[i].runs, 1);
            EXPECT_GE(c[i].last - begin, static_cast<uint64_t>(due(i)));
            EXPECT_LT(c[i].last - begin, static_cast<uint64_t>(due(i) + ms));
        }
    });
}

TEST(ke_timer_virtual, beyond_a_turn_of_the_wheel_still_fires) {
    in_virtual_time([] {
        for (const int64_t due : {1100 * ms, 1800 * 1000 * ms}) {
            KTIMER t;
            ke::initialize(t, NotificationTimer);
            const uint64_t begin = now();
            set(t, -due);
            EXPECT_EQ(wait(t), STATUS_SUCCESS);
            EXPECT_GE(now() - begin, static_cast<uint64_t>(due));
            EXPECT_LT(now() - begin, static_cast<uint64_t>(due + ms));
        }
    });
}

}  // namespace
