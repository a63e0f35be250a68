// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Work items: they run at PASSIVE_LEVEL on worker threads, may queue and free themselves, may wait
// for each other, and critical ones go first.

#include "ex/executive.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ke/irql.hpp"
#include "ke/objects.hpp"
#include "tests/unit/ke_machine.hpp"

namespace {

struct work {
    WORK_QUEUE_ITEM item{};
    std::atomic<int> started{0};
    std::atomic<int> runs{0};
    std::atomic<uint32_t> thread{0};
    KSEMAPHORE done;  // counts: two runs may end before the first is waited for
    KEVENT* wait_for = nullptr;
};

void run(void* parameter) {
    auto& w = *static_cast<work*>(parameter);
    EXPECT_EQ(ke::current().irql, ke::passive_level);
    w.started.fetch_add(1);
    if (w.wait_for != nullptr) {
        EXPECT_EQ(ke::wait(*w.wait_for), STATUS_SUCCESS);
    }
    w.thread = ke::current().id;
    w.runs.fetch_add(1);
    LONG before = 0;
    EXPECT_EQ(ke::release(w.done, 1, &before), STATUS_SUCCESS);
}

base::status wait_for_run(work& w) {
    return ke::wait_one(ke::current(), w.done.Header, {});
}

void prepare(work& w) {
    w.item.WorkerRoutine = run;
    w.item.Parameter = &w;
    ke::initialize(w.done, 0, INT32_MAX);
}

class ex_work : public testing::Test {
protected:
    ex_work() : executive(&m.add<ex::executive>()), self(&m.attach()) {}
    ke_machine m;
    ex::executive* executive;
    ke::thread* self;
};

TEST_F(ex_work, runs_at_passive_on_another_thread) {
    work w;
    prepare(w);
    ke::raise(*self, ke::dispatch_level);
    EXPECT_TRUE(executive->queue(w.item, DelayedWorkQueue));
    ke::lower(*self, ke::passive_level);
    EXPECT_EQ(wait_for_run(w), STATUS_SUCCESS);
    EXPECT_EQ(w.runs, 1);
    EXPECT_NE(w.thread, self->id);
    EXPECT_TRUE(executive->queue(w.item, CriticalWorkQueue));
    EXPECT_EQ(wait_for_run(w), STATUS_SUCCESS);
    EXPECT_EQ(w.runs, 2);
}

TEST_F(ex_work, may_be_queued_again_once_its_routine_runs) {
    work w;
    KEVENT go;
    ke::initialize(go, NotificationEvent, false);
    prepare(w);
    w.wait_for = &go;
    EXPECT_TRUE(executive->queue(w.item, DelayedWorkQueue));
    while (w.started == 0) {
        std::this_thread::yield();
    }
    EXPECT_TRUE(executive->queue(w.item, DelayedWorkQueue));  // its routine runs: allowed
    ke::set(go);
    EXPECT_EQ(wait_for_run(w), STATUS_SUCCESS);
    EXPECT_EQ(wait_for_run(w), STATUS_SUCCESS);
    EXPECT_EQ(w.runs, 2);
}

TEST_F(ex_work, routines_may_wait_for_each_other) {
    constexpr int n = 20;
    std::vector<std::unique_ptr<work>> all;
    for (int i = 0; i < n; ++i) {
        all.push_back(std::make_unique<work>());
        prepare(*all[i]);
    }
    // Each waits for the one queued after it.
    std::vector<KEVENT> chain(n);
    for (int i = 0; i < n; ++i) {
        ke::initialize(chain[i], NotificationEvent, false);
        all[i]->wait_for = &chain[i];
    }
    for (int i = 0; i < n; ++i) {
        EXPECT_TRUE(executive->queue(all[i]->item, DelayedWorkQueue));
    }
    for (int i = n - 1; i >= 0; --i) {
        ke::set(chain[i]);
        EXPECT_EQ(wait_for_run(*all[i]), STATUS_SUCCESS);
    }
}

struct self_freeing {
    WORK_QUEUE_ITEM item{};
    std::atomic<int>* freed;
    KEVENT* last;
    int total;
};

void free_itself(void* parameter) {
    std::unique_ptr<self_freeing> w(static_cast<self_freeing*>(parameter));
    if (w->freed->fetch_add(1) + 1 == w->total) {
        ke::set(*w->last);
    }
}

TEST_F(ex_work, routine_may_free_its_item) {
    constexpr int n = 500;
    std::atomic<int> freed{0};
    KEVENT last;
    ke::initialize(last, NotificationEvent, false);
    for (int i = 0; i < n; ++i) {
        auto* w = new self_freeing;
        w->item.WorkerRoutine = free_itself;
        w->item.Parameter = w;
        w->freed = &freed;
        w->last = &last;
        w->total = n;
        executive->queue(w->item, i % 2 != 0 ? CriticalWorkQueue : DelayedWorkQueue);
    }
    EXPECT_EQ(ke::wait(last), STATUS_SUCCESS);
    EXPECT_EQ(freed, n);
}

struct io_work {
    ex::io_work_item item;
    std::atomic<int> left{0};
    KEVENT done;
};

void run_io(void* object, void* context, PIO_WORKITEM item) {
    auto& w = *static_cast<io_work*>(context);
    EXPECT_EQ(object, &w);
    EXPECT_EQ(static_cast<void*>(item), &w.item);
    EXPECT_FALSE(ex::is_queued(w.item));
    if (w.left.fetch_sub(1) > 1) {
        EXPECT_TRUE(ex::queue(ke::current(), w.item, reinterpret_cast<void*>(run_io), true,
                              DelayedWorkQueue, context));
    } else {
        ke::set(w.done);
    }
}

TEST_F(ex_work, io_item_may_queue_itself_again) {
    io_work w;
    ke::initialize(w.done, NotificationEvent, false);
    w.left = 100;
    ex::initialize(w.item, &w);
    EXPECT_TRUE(
        ex::queue(*self, w.item, reinterpret_cast<void*>(run_io), true, DelayedWorkQueue, &w));
    EXPECT_EQ(ke::wait(w.done), STATUS_SUCCESS);
    EXPECT_EQ(w.left, 0);
}

}  // namespace
