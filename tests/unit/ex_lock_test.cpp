// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Push locks, fast mutexes, resources, rundown protection, remove locks, run-once, SLISTs:
// exclusion under contention, the states drivers can see, misuse.

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ex/fast_mutex.hpp"
#include "ex/lists.hpp"
#include "ex/push_lock.hpp"
#include "ex/remove_lock.hpp"
#include "ex/resource.hpp"
#include "ex/run_once.hpp"
#include "ex/rundown.hpp"
#include "ke/irql.hpp"
#include "ke/objects.hpp"
#include "tests/unit/ke_machine.hpp"
#include "verify/violation.hpp"

namespace {

TEST(ex_push_lock, readers_share_and_writers_exclude) {
    ke_machine m;
    EX_PUSH_LOCK lock = 9;
    ex::initialize(lock);
    long a = 0;
    long b = 0;
    on_threads(m, 4, [&](ke::thread& self, int n) {
        for (int i = 0; i < 3000; ++i) {
            if (n == 0 || i % 8 == 0) {
                ex::acquire_exclusive(self, lock, nullptr);
                ++a;
                ++b;
                ex::release_exclusive(self, lock, nullptr);
            } else {
                ex::acquire_shared(self, lock, nullptr);
                EXPECT_EQ(a, b);
                ex::release_shared(self, lock, nullptr);
            }
        }
    });
    EXPECT_EQ(a, 3000 + 3 * 375);
    EXPECT_EQ(lock, 0u);
}

void push_lock_recursion() {
    ke_machine m;
    ke::thread& self = m.attach();
    EX_PUSH_LOCK lock = 0;
    ex::acquire_exclusive(self, lock, nullptr);
    ex::acquire_shared(self, lock, nullptr);
}

void push_lock_wrong_mode() {
    ke_machine m;
    ke::thread& self = m.attach();
    EX_PUSH_LOCK lock = 0;
    ex::acquire_shared(self, lock, nullptr);
    ex::release_exclusive(self, lock, nullptr);
}

TEST(ex_push_lock_death, stops_recursion_and_a_release_in_the_wrong_mode) {
    EXPECT_EXIT(push_lock_recursion(), testing::ExitedWithCode(3), "mutex-recursive");
    EXPECT_EXIT(push_lock_wrong_mode(), testing::ExitedWithCode(3), "push-lock-not-owned");
}

TEST(ex_fast_mutex, excludes) {
    ke_machine m;
    FAST_MUTEX mutex;
    ex::initialize(mutex);
    int guarded = 0;
    on_threads(m, 4, [&](ke::thread& self, int) {
        for (int i = 0; i < 4000; ++i) {
            ex::acquire(self, mutex, nullptr);
            ++guarded;
            ex::release(self, mutex, nullptr);
        }
    });
    EXPECT_EQ(guarded, 16000);
    ke::thread& self = m.attach();
    EXPECT_TRUE(ex::try_acquire(self, mutex));
    EXPECT_FALSE(ex::try_acquire(self, mutex));
    ex::release(self, mutex, nullptr);
}

void fast_mutex_recursion() {
    ke_machine m;
    ke::thread& self = m.attach();
    FAST_MUTEX mutex;
    ex::initialize(mutex);
    ex::acquire(self, mutex, nullptr);
    ex::acquire(self, mutex, nullptr);
}

void fast_mutex_stray_release() {
    ke_machine m;
    ke::thread& self = m.attach();
    FAST_MUTEX mutex;
    ex::initialize(mutex);
    ex::release(self, mutex, nullptr);
}

TEST(ex_fast_mutex_death, stops_recursion_and_a_stray_release) {
    EXPECT_EXIT(fast_mutex_recursion(), testing::ExitedWithCode(3), "mutex-recursive");
    EXPECT_EXIT(fast_mutex_stray_release(), testing::ExitedWithCode(3), "mutex-not-owned");
}

// ---- resources --------------------------------------------------------------------------------

class ex_resource : public testing::Test {
protected:
    ex_resource() : self(&m.attach()) {
        EXPECT_EQ(table.initialize(m.machine(), r, nullptr), STATUS_SUCCESS);
        lock = table.find(r, nullptr);
    }
    ~ex_resource() override {
        lock.reset();
        table.remove(m.machine(), r, nullptr);
    }
    void release(ke::thread& t) {
        ex::release(*lock, reinterpret_cast<ERESOURCE_THREAD>(t.object()), nullptr);
    }
    template <class Fn>
    void elsewhere(Fn fn) {
        std::thread([&] { fn(m.attach()); }).join();
    }

    ke_machine m;
    ke::thread* self;
    ex::resource_table table;
    ERESOURCE r;
    base::ref_ptr<ex::resource> lock;
};

TEST_F(ex_resource, exclusive_owner_may_acquire_again_in_either_mode) {
    EXPECT_TRUE(ex::acquire_exclusive(*self, *lock, false));
    EXPECT_TRUE(ex::acquire_exclusive(*self, *lock, false));
    EXPECT_TRUE(ex::acquire_shared(*self, *lock, ex::shared_mode::normal, false));
    EXPECT_TRUE(ex::owns_exclusive(*self, *lock));
    EXPECT_EQ(ex::owned_count(*self, *lock), 3u);
    elsewhere([&](ke::thread& t) {
        EXPECT_FALSE(ex::acquire_shared(t, *lock, ex::shared_mode::starve_exclusive, false));
        EXPECT_FALSE(ex::acquire_exclusive(t, *lock, false));
    });
    release(*self);
    release(*self);
    EXPECT_TRUE(ex::owns_exclusive(*self, *lock));
    release(*self);
    EXPECT_EQ(ex::owned_count(*self, *lock), 0u);
}

TEST_F(ex_resource, shared_owners_keep_writers_out_and_a_waiting_writer_new_readers) {
    EXPECT_TRUE(ex::acquire_shared(*self, *lock, ex::shared_mode::normal, false));
    EXPECT_FALSE(ex::acquire_exclusive(*self, *lock, false));
    std::thread writer([&] {
        ke::thread& t = m.attach();
        EXPECT_TRUE(ex::acquire_exclusive(t, *lock, true));
        release(t);
    });
    while (ex::exclusive_waiters(*lock) == 0) {
        std::this_thread::yield();
    }
    EXPECT_EQ(r.NumberOfExclusiveWaiters, 1u);
    elsewhere([&](ke::thread& t) {
        EXPECT_FALSE(ex::acquire_shared(t, *lock, ex::shared_mode::normal, false));
        EXPECT_TRUE(ex::acquire_shared(t, *lock, ex::shared_mode::starve_exclusive, false));
        release(t);
    });
    EXPECT_TRUE(ex::acquire_shared(*self, *lock, ex::shared_mode::normal, false));
    EXPECT_FALSE(ex::acquire_shared(*self, *lock, ex::shared_mode::wait_for_exclusive, false));
    release(*self);
    release(*self);
    writer.join();
}

TEST_F(ex_resource, conversion_lets_readers_in) {
    EXPECT_TRUE(ex::acquire_exclusive(*self, *lock, false));
    std::thread reader([&] {
        ke::thread& t = m.attach();
        EXPECT_TRUE(ex::acquire_shared(t, *lock, ex::shared_mode::normal, true));
        release(t);
    });
    while (ex::shared_waiters(*lock) == 0) {
        std::this_thread::yield();
    }
    ex::convert_to_shared(*self, *lock, nullptr);
    reader.join();
    EXPECT_FALSE(ex::owns_exclusive(*self, *lock));
    release(*self);
}

TEST_F(ex_resource, excludes_under_contention) {
    long a = 0;
    long b = 0;
    on_threads(m, 4, [&](ke::thread& t, int n) {
        for (int i = 0; i < 1500; ++i) {
            if (n < 2) {
                ex::acquire_exclusive(t, *lock, true);
                ++a;
                ++b;
            } else {
                ex::acquire_shared(t, *lock, ex::shared_mode::normal, true);
                EXPECT_EQ(a, b);
            }
            release(t);
        }
    });
    EXPECT_EQ(a, 3000);
}

void release_foreign_resource() {
    ke_machine m;
    ke::thread& self = m.attach();
    ex::resource_table table;
    ERESOURCE r;
    (void)table.initialize(m.machine(), r, nullptr).ok();
    ex::release(*table.find(r, nullptr), reinterpret_cast<ERESOURCE_THREAD>(self.object()),
                nullptr);
}

void use_deleted_resource() {
    ke_machine m;
    m.attach();
    ex::resource_table table;
    ERESOURCE r;
    (void)table.initialize(m.machine(), r, nullptr).ok();
    table.remove(m.machine(), r, nullptr);
    table.find(r, nullptr);
}

TEST(ex_resource_death, stops_a_stray_release_and_a_deleted_resource) {
    EXPECT_EXIT(release_foreign_resource(), testing::ExitedWithCode(3), "resource-not-owned");
    EXPECT_EXIT(use_deleted_resource(), testing::ExitedWithCode(3), "resource-not-initialized");
}

// ---- rundown ----------------------------------------------------------------------------------

TEST(ex_rundown, waits_for_holders_and_refuses_new_ones) {
    ke_machine m;
    ke::thread& self = m.attach();
    EX_RUNDOWN_REF r;
    ex::initialize(r);
    EXPECT_TRUE(ex::acquire(r, 3));
    std::atomic<bool> done{false};
    std::thread waiter([&] {
        ex::wait(m.attach(), r);
        done = true;
    });
    while (ex::acquire(r, 1)) {
        ex::release(self, r, 1, nullptr);
        std::this_thread::yield();
    }
    EXPECT_FALSE(done);
    ex::release(self, r, 2, nullptr);
    EXPECT_FALSE(done);
    ex::release(self, r, 1, nullptr);
    waiter.join();
    EXPECT_FALSE(ex::acquire(r, 1));
    ex::wait(self, r);
    ex::initialize(r);
    EXPECT_TRUE(ex::acquire(r, 1));
    ex::release(self, r, 1, nullptr);
}

// The holder's last release lets the waiter free the object at once.
TEST(ex_rundown, object_may_die_after_the_wait) {
    ke_machine m;
    ke::thread& self = m.attach();
    std::atomic<EX_RUNDOWN_REF*> handed{nullptr};
    std::atomic<bool> stop{false};
    std::thread holder([&] {
        ke::thread& t = m.attach();
        while (!stop) {
            if (EX_RUNDOWN_REF* r = handed.exchange(nullptr)) {
                ex::release(t, *r, 1, nullptr);
            }
        }
    });
    for (int i = 0; i < 5000; ++i) {
        auto r = std::make_unique<EX_RUNDOWN_REF>();
        ex::initialize(*r);
        ASSERT_TRUE(ex::acquire(*r, 1));
        handed = r.get();
        ex::wait(self, *r);
    }
    stop = true;
    holder.join();
}

TEST(ex_rundown, over_release_is_reported) {
    ke_machine m;
    EXPECT_EXIT(
        {
            ke::thread& self = m.attach();
            EX_RUNDOWN_REF r;
            ex::initialize(r);
            ex::release(self, r, 1, nullptr);
        },
        testing::ExitedWithCode(3), "rundown-over-release");
}

struct cache_aware_ref {
    explicit cache_aware_ref(ke::thread& self)
        : memory(ex::cache_aware_bytes(self)),
          ref(reinterpret_cast<ex::cache_aware*>(memory.data())) {
        EXPECT_TRUE(ex::initialize_cache_aware(self, memory.data(), memory.size()));
    }
    std::vector<char> memory;
    ex::cache_aware* ref;
};

TEST(ex_rundown, cache_aware_counts_over_all_processors) {
    ke_machine m;
    ke::thread& self = m.attach();
    cache_aware_ref r(self);
    EXPECT_FALSE(ex::initialize_cache_aware(self, r.memory.data(), 32));
    EXPECT_TRUE(ex::initialize_cache_aware(self, r.memory.data(), r.memory.size()));
    // Acquired on one processor, released on another.
    ke::set_system_affinity(self, 1);
    EXPECT_TRUE(ex::acquire(self, *r.ref, 2));
    ke::set_system_affinity(self, 2);
    ex::release(self, *r.ref, 1);
    std::atomic<bool> done{false};
    std::thread waiter([&] {
        ex::wait(m.attach(), *r.ref);
        done = true;
    });
    while (ex::acquire(self, *r.ref, 1)) {
        ex::release(self, *r.ref, 1);
        std::this_thread::yield();
    }
    EXPECT_FALSE(done);
    ke::set_system_affinity(self, 4);
    ex::release(self, *r.ref, 1);
    waiter.join();
    EXPECT_FALSE(ex::acquire(self, *r.ref, 1));
    ex::reinitialize_cache_aware(*r.ref);
    EXPECT_TRUE(ex::acquire(self, *r.ref, 1));
    ex::release(self, *r.ref, 1);
    ex::wait(self, *r.ref);
    ke::set_system_affinity(self, 0);
}

// After the wait nobody is inside, whatever the processors were.
TEST(ex_rundown, cache_aware_protects_under_stress) {
    ke_machine m;
    for (int round = 0; round < 30; ++round) {
        ke::thread* self = nullptr;
        std::atomic<bool> gone{false};
        std::atomic<int> used{0};
        std::unique_ptr<cache_aware_ref> r;
        std::thread([&] { r = std::make_unique<cache_aware_ref>(m.attach()); }).join();
        std::vector<std::thread> users;
        for (int i = 0; i < 3; ++i) {
            users.emplace_back([&, i] {
                ke::thread& t = m.attach();
                for (int n = 0;; ++n) {
                    ke::set_system_affinity(t, uint64_t{1} << ((n + i) % 4));
                    if (!ex::acquire(t, *r->ref, 1)) {
                        return;
                    }
                    used.fetch_add(1);
                    ke::set_system_affinity(t, uint64_t{1} << ((n * 3 + i) % 4));
                    std::this_thread::yield();
                    EXPECT_FALSE(gone);
                    ex::release(t, *r->ref, 1);
                }
            });
        }
        std::thread([&] {
            self = &m.attach();
            while (used < 50) {
                std::this_thread::yield();
            }
            ex::wait(*self, *r->ref);
            gone = true;
        }).join();
        for (std::thread& t : users) {
            t.join();
        }
    }
}

// ---- the rest ---------------------------------------------------------------------------------

TEST(ex_remove_lock, waits_for_users_and_refuses_new_ones) {
    ke_machine m;
    m.attach();
    IO_REMOVE_LOCK lock;
    ex::initialize(lock);
    EXPECT_EQ(ex::acquire(lock), STATUS_SUCCESS);
    std::atomic<bool> done{false};
    std::thread remover([&] {
        m.attach();
        EXPECT_EQ(ex::acquire(lock), STATUS_SUCCESS);
        ex::release_and_wait(lock, nullptr);
        done = true;
    });
    while (ex::acquire(lock) == STATUS_SUCCESS) {
        ex::release(lock, nullptr);
        std::this_thread::yield();
    }
    EXPECT_FALSE(done);
    ex::release(lock, nullptr);
    remover.join();
    EXPECT_EQ(ex::acquire(lock), STATUS_DELETE_PENDING);
}

TEST(ex_run_once, initialises_once_and_lets_others_wait) {
    ke_machine m;
    RTL_RUN_ONCE once{};
    std::atomic<int> ran{0};
    int target = 0;
    on_threads(m, 4, [&](ke::thread& self, int) {
        void* context = nullptr;
        const base::status s = ex::begin(self, once, 0, &context);
        if (s == STATUS_PENDING) {
            ran.fetch_add(1);
            target = 17;
            EXPECT_EQ(ex::complete(self, once, 0, &target), STATUS_SUCCESS);
        } else {
            EXPECT_EQ(s, STATUS_SUCCESS);
            EXPECT_EQ(context, &target);
            EXPECT_EQ(target, 17);
        }
    });
    EXPECT_EQ(ran, 1);
}

TEST(ex_run_once, failure_lets_the_next_one_try) {
    ke_machine m;
    ke::thread& self = m.attach();
    RTL_RUN_ONCE once{};
    void* context = nullptr;
    EXPECT_EQ(ex::begin(self, once, RTL_RUN_ONCE_CHECK_ONLY, &context), STATUS_UNSUCCESSFUL);
    EXPECT_EQ(ex::begin(self, once, 0, &context), STATUS_PENDING);
    EXPECT_EQ(ex::begin(self, once, RTL_RUN_ONCE_ASYNC, &context), STATUS_INVALID_PARAMETER_2);
    EXPECT_EQ(ex::complete(self, once, RTL_RUN_ONCE_INIT_FAILED, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(ex::begin(self, once, RTL_RUN_ONCE_ASYNC, &context), STATUS_PENDING);
    EXPECT_EQ(ex::begin(self, once, RTL_RUN_ONCE_ASYNC, &context), STATUS_PENDING);
    EXPECT_EQ(ex::complete(self, once, RTL_RUN_ONCE_ASYNC, &once), STATUS_SUCCESS);
    EXPECT_EQ(ex::complete(self, once, RTL_RUN_ONCE_ASYNC, &context), STATUS_UNSUCCESSFUL);
    EXPECT_EQ(ex::begin(self, once, RTL_RUN_ONCE_CHECK_ONLY, &context), STATUS_SUCCESS);
    EXPECT_EQ(context, &once);
    EXPECT_EQ(ex::begin(self, once, 0x80, &context), STATUS_INVALID_PARAMETER_2);
}

TEST(ex_slist, is_last_in_first_out_and_counts) {
    SLIST_HEADER head;
    ex::initialize(head);
    SLIST_ENTRY a{};
    SLIST_ENTRY b{};
    EXPECT_EQ(ex::pop(head), nullptr);
    EXPECT_EQ(ex::push(head, &a), nullptr);
    EXPECT_EQ(ex::push(head, &b), &a);
    EXPECT_EQ(ex::depth(head), 2);
    EXPECT_EQ(ex::pop(head), &b);
    ex::push(head, &b);
    SLIST_ENTRY* all = ex::flush(head);
    EXPECT_EQ(all, &b);
    EXPECT_EQ(all->Next, &a);
    EXPECT_EQ(a.Next, nullptr);
    EXPECT_EQ(ex::depth(head), 0);
}

// Entries are freed right after they were popped: nothing of a popped entry may be read later.
TEST(ex_slist, entries_may_be_freed_after_the_pop) {
    ke_machine m;
    SLIST_HEADER head;
    ex::initialize(head);
    std::atomic<int> freed{0};
    on_threads(m, 4, [&](ke::thread&, int) {
        for (int i = 0; i < 4000; ++i) {
            ex::push(head, new SLIST_ENTRY{});
            SLIST_ENTRY* e = ex::pop(head);
            if (e != nullptr) {
                delete e;
                freed.fetch_add(1);
            }
        }
    });
    EXPECT_EQ(freed, 16000);
    EXPECT_EQ(ex::depth(head), 0);
}

}  // namespace
