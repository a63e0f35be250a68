// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The wait engine and its objects: events, semaphores, mutexes, waits for one and for several.

#include "ke/dispatcher.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ke/objects.hpp"
#include "tests/unit/ke_machine.hpp"
#include "tests/unit/support/race.hpp"

namespace {

constexpr int64_t second = 10000000;  // 100 ns units

ke::wait_time relative(int64_t units) {
    LARGE_INTEGER t;
    t.QuadPart = -units;
    return ke::to_wait_time(&t);
}

ke::wait_time poll() {
    LARGE_INTEGER t;
    t.QuadPart = 0;
    return ke::to_wait_time(&t);
}

class ke_wait : public testing::Test {
protected:
    ke_wait() : self(&m.attach()) {}

    // Runs fn on another thread of the machine.
    template <class Fn>
    std::thread on_thread(Fn fn) {
        return std::thread([this, fn] {
            m.attach();
            fn();
        });
    }

    base::status wait(KEVENT& e, ke::wait_time time = {}) {
        return ke::wait_one(ke::current(), e.Header, time);
    }

    ke_machine m;
    ke::thread* self;
};

TEST_F(ke_wait, notification_event_stays_signaled) {
    KEVENT e;
    ke::initialize(e, NotificationEvent, false);
    EXPECT_EQ(wait(e, poll()), STATUS_TIMEOUT);
    EXPECT_EQ(ke::set(e), 0);
    EXPECT_EQ(ke::set(e), 1);
    EXPECT_EQ(wait(e), STATUS_SUCCESS);
    EXPECT_EQ(wait(e), STATUS_SUCCESS);
    EXPECT_EQ(ke::reset(e), 1);
    EXPECT_EQ(ke::load_state(e.Header), 0);
}

TEST_F(ke_wait, synchronization_event_satisfies_one_wait) {
    KEVENT e;
    ke::initialize(e, SynchronizationEvent, true);
    EXPECT_EQ(wait(e), STATUS_SUCCESS);
    EXPECT_EQ(wait(e, poll()), STATUS_TIMEOUT);
}

TEST_F(ke_wait, times_out_not_early) {
    KEVENT e;
    ke::initialize(e, NotificationEvent, false);
    const uint64_t begin = host::linux_host().now_ns();
    EXPECT_EQ(wait(e, relative(20 * 10000)), STATUS_TIMEOUT);
    EXPECT_GE(host::linux_host().now_ns() - begin, 20u * 1000000);
    EXPECT_EQ(e.Header.WaitListHead.Flink, &e.Header.WaitListHead);
}

TEST_F(ke_wait, absolute_time_in_the_past_times_out) {
    KEVENT e;
    ke::initialize(e, NotificationEvent, false);
    LARGE_INTEGER t;
    t.QuadPart = static_cast<LONGLONG>(host::linux_host().system_time_100ns()) - second;
    EXPECT_EQ(wait(e, ke::to_wait_time(&t)), STATUS_TIMEOUT);
}

TEST_F(ke_wait, is_woken_by_another_thread) {
    KEVENT e;
    ke::initialize(e, SynchronizationEvent, false);
    std::thread other = on_thread([&] { ke::set(e); });
    EXPECT_EQ(wait(e), STATUS_SUCCESS);
    other.join();
    EXPECT_EQ(ke::load_state(e.Header), 0);
}

TEST_F(ke_wait, pulse_satisfies_only_who_waits) {
    KEVENT e;
    ke::initialize(e, NotificationEvent, false);
    EXPECT_EQ(ke::pulse(e), 0);
    EXPECT_EQ(wait(e, poll()), STATUS_TIMEOUT);
    std::atomic<bool> done{false};
    std::thread other = on_thread([&] {
        EXPECT_EQ(wait(e), STATUS_SUCCESS);
        done = true;
    });
    while (!done) {
        ke::pulse(e);
        std::this_thread::yield();
    }
    other.join();
    EXPECT_EQ(ke::load_state(e.Header), 0);
}

TEST_F(ke_wait, semaphore_counts_down_and_stops_at_its_limit) {
    KSEMAPHORE s;
    LONG before = 0;
    ke::initialize(s, 1, 2);
    EXPECT_EQ(ke::wait_one(*self, s.Header, {}), STATUS_SUCCESS);
    EXPECT_EQ(ke::wait_one(*self, s.Header, poll()), STATUS_TIMEOUT);
    EXPECT_EQ(ke::release(s, 2, &before), STATUS_SUCCESS);
    EXPECT_EQ(before, 0);
    EXPECT_EQ(ke::release(s, 1, &before), STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    EXPECT_EQ(ke::release(s, 0, &before), STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    EXPECT_EQ(ke::load_state(s.Header), 2);
}

TEST_F(ke_wait, mutex_is_recursive_and_belongs_to_its_thread) {
    KMUTANT x;
    LONG before = 7;
    ke::initialize(x);
    EXPECT_EQ(ke::wait_one(*self, x.Header, {}), STATUS_SUCCESS);
    EXPECT_EQ(ke::wait_one(*self, x.Header, {}), STATUS_SUCCESS);
    EXPECT_EQ(self->mutants.load(), 1);
    on_thread([&] {
        LONG b = 0;
        EXPECT_EQ(ke::release(x, &b), STATUS_MUTANT_NOT_OWNED);
        EXPECT_EQ(ke::wait_one(ke::current(), x.Header, poll()), STATUS_TIMEOUT);
    }).join();
    EXPECT_EQ(ke::release(x, &before), STATUS_SUCCESS);
    EXPECT_EQ(before, -1);
    EXPECT_EQ(ke::release(x, &before), STATUS_SUCCESS);
    EXPECT_EQ(before, 0);
    EXPECT_EQ(self->mutants.load(), 0);
    EXPECT_EQ(ke::release(x, &before), STATUS_MUTANT_NOT_OWNED);
}

TEST_F(ke_wait, mutex_passes_from_thread_to_thread) {
    KMUTANT x;
    ke::initialize(x);
    int guarded = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.push_back(on_thread([&] {
            for (int n = 0; n < 500; ++n) {
                LONG before = 0;
                EXPECT_EQ(ke::wait_one(ke::current(), x.Header, {}), STATUS_SUCCESS);
                ++guarded;
                EXPECT_EQ(ke::release(x, &before), STATUS_SUCCESS);
            }
        }));
    }
    for (std::thread& t : threads) {
        t.join();
    }
    EXPECT_EQ(guarded, 2000);
}

TEST_F(ke_wait, any_returns_the_index_and_consumes_only_that_object) {
    KEVENT e[3];
    DISPATCHER_HEADER* objects[3];
    for (int i = 0; i < 3; ++i) {
        ke::initialize(e[i], SynchronizationEvent, i > 0);
        objects[i] = &e[i].Header;
    }
    EXPECT_EQ(ke::wait_many(*self, 3, objects, false, {}), STATUS_WAIT_1);
    EXPECT_EQ(ke::load_state(e[1].Header), 0);
    EXPECT_EQ(ke::load_state(e[2].Header), 1);
    EXPECT_EQ(ke::wait_many(*self, 3, objects, false, {}), STATUS_WAIT_2);
    EXPECT_EQ(ke::wait_many(*self, 3, objects, false, poll()), STATUS_TIMEOUT);
    std::thread other = on_thread([&] { ke::set(e[0]); });
    EXPECT_EQ(ke::wait_many(*self, 3, objects, false, {}), STATUS_WAIT_0);
    other.join();
    for (KEVENT& one : e) {
        EXPECT_EQ(one.Header.WaitListHead.Flink, &one.Header.WaitListHead);
    }
}

TEST_F(ke_wait, all_consumes_nothing_until_everything_is_signaled) {
    KEVENT a;
    KSEMAPHORE b;
    ke::initialize(a, SynchronizationEvent, true);
    ke::initialize(b, 0, 5);
    DISPATCHER_HEADER* objects[] = {&a.Header, &b.Header};
    EXPECT_EQ(ke::wait_many(*self, 2, objects, true, relative(10000)), STATUS_TIMEOUT);
    EXPECT_EQ(ke::load_state(a.Header), 1);
    std::thread other = on_thread([&] {
        LONG before = 0;
        EXPECT_EQ(ke::release(b, 1, &before), STATUS_SUCCESS);
    });
    EXPECT_EQ(ke::wait_many(*self, 2, objects, true, {}), STATUS_SUCCESS);
    other.join();
    EXPECT_EQ(ke::load_state(a.Header), 0);
    EXPECT_EQ(ke::load_state(b.Header), 0);
}

TEST_F(ke_wait, thread_is_signaled_when_it_ends) {
    base::ref_ptr<ke::thread> t = m.kernel().spawn(
        {}, [](void*) {}, nullptr);
    ASSERT_TRUE(t);
    EXPECT_EQ(ke::wait_one(*self, t->header, {}), STATUS_SUCCESS);
    EXPECT_EQ(ke::wait_one(*self, t->header, {}), STATUS_SUCCESS);
    EXPECT_EQ(m.kernel().reference(t->object()).get(), t.get());
    EXPECT_EQ(m.kernel().reference(&t).get(), nullptr);
}

// The event lives in the frame that waits for it, and the memory is reused at once: whoever sets it
// must not touch it once the waiter can go on.
TEST_F(ke_wait, event_may_die_with_the_return_from_the_wait) {
    std::atomic<KEVENT*> handed{nullptr};
    std::vector<std::thread> setters;
    std::atomic<bool> over{false};
    for (int i = 0; i < 2; ++i) {
        setters.push_back(on_thread([&] {
            while (!over.load()) {
                if (KEVENT* e = handed.exchange(nullptr)) {
                    ke::set(*e);
                } else {
                    std::this_thread::yield();
                }
            }
        }));
    }
    for (test::race_rounds rounds(20000); rounds.next();) {
        auto e = std::make_unique<KEVENT>();
        ke::initialize(*e, rounds.count() % 2 != 0 ? NotificationEvent : SynchronizationEvent,
                       false);
        handed.store(e.get());
        ASSERT_EQ(wait(*e), STATUS_SUCCESS);
    }
    over = true;
    for (std::thread& t : setters) {
        t.join();
    }
}

// Setters of different events race for waiters of all of them, with timeouts in between: no signal
// is lost or counted twice.
TEST_F(ke_wait, each_signal_satisfies_exactly_one_wait) {
    constexpr int per_setter = 2000;
    KSEMAPHORE s[3];
    DISPATCHER_HEADER* objects[3];
    for (int i = 0; i < 3; ++i) {
        ke::initialize(s[i], 0, per_setter + 1);
        objects[i] = &s[i].Header;
    }
    std::atomic<int> taken{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.push_back(on_thread([&, i] {
            for (int n = 0; n < per_setter; ++n) {
                LONG before = 0;
                EXPECT_EQ(ke::release(s[i], 1, &before), STATUS_SUCCESS);
            }
        }));
        threads.push_back(on_thread([&, i] {
            while (taken.load() < 3 * per_setter) {
                const base::status r =
                    ke::wait_many(ke::current(), 3, objects, false, relative(i * 50 + 1));
                if (!(r == STATUS_TIMEOUT)) {
                    taken.fetch_add(1);
                }
            }
        }));
    }
    for (std::thread& t : threads) {
        t.join();
    }
    EXPECT_EQ(taken.load(), 3 * per_setter);
    for (KSEMAPHORE& one : s) {
        EXPECT_EQ(ke::load_state(one.Header), 0);
    }
}

void wait_for_garbage() {
    ke_machine m;
    ke::thread& t = m.attach();
    KEVENT e = {};
    EXPECT_EQ(ke::wait_one(t, e.Header, {}), STATUS_SUCCESS);
}

TEST(ke_wait_death, stops_at_an_event_that_was_never_initialized) {
    EXPECT_EXIT(wait_for_garbage(), testing::ExitedWithCode(3), "0x00000139");
}

}  // namespace
