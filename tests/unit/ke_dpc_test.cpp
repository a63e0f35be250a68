// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// DPCs: where they run and in which order, targets, threaded ones, flushing, calls on every
// processor at once.

#include "ke/dpc.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ke/irql.hpp"
#include "ke/objects.hpp"
#include "tests/unit/ke_machine.hpp"

namespace {

struct record {
    std::atomic<int> runs{0};
    std::atomic<int> irql{-1};
    std::atomic<int> processor{-1};
    std::atomic<uint32_t> thread{0};
    std::atomic<void*> argument1{nullptr};
    std::atomic<void*> argument2{nullptr};
};

void note_run(KDPC*, void* context, void* argument1, void* argument2) {
    auto& r = *static_cast<record*>(context);
    ke::thread& t = ke::current();
    r.irql = t.irql;
    r.processor = t.cpu != nullptr ? static_cast<int>(t.cpu->number()) : -1;
    r.thread = t.id;
    r.argument1 = argument1;
    r.argument2 = argument2;
    r.runs.fetch_add(1, std::memory_order_release);
}

void wait_runs(const record& r, int n) {
    while (r.runs.load(std::memory_order_acquire) < n) {
        std::this_thread::yield();
    }
}

class ke_dpc : public testing::Test {
protected:
    ke_dpc() : self(&m.attach()) {}
    ke_machine m;
    ke::thread* self;
};

TEST_F(ke_dpc, runs_before_the_return_when_queued_below_dispatch) {
    record r;
    KDPC d;
    ke::initialize(d, note_run, &r, false);
    int a = 0;
    int b = 0;
    EXPECT_TRUE(ke::queue_dpc(d, &a, &b));
    EXPECT_EQ(r.runs, 1);
    EXPECT_EQ(r.irql, ke::dispatch_level);
    EXPECT_EQ(r.thread, self->id);
    EXPECT_EQ(r.argument1, &a);
    EXPECT_EQ(r.argument2, &b);
    EXPECT_EQ(self->irql, ke::passive_level);
}

TEST_F(ke_dpc, waits_until_irql_falls_and_is_queued_once) {
    record r;
    KDPC d;
    ke::initialize(d, note_run, &r, false);
    ke::raise(*self, ke::dispatch_level);
    int first = 0;
    int second = 0;
    EXPECT_TRUE(ke::queue_dpc(d, &first, nullptr));
    EXPECT_FALSE(ke::queue_dpc(d, &second, nullptr));
    EXPECT_EQ(r.runs, 0);
    ke::lower(*self, ke::passive_level);
    EXPECT_EQ(r.runs, 1);
    EXPECT_EQ(r.argument1, &first);
}

TEST_F(ke_dpc, can_be_removed_while_queued) {
    record r;
    KDPC d;
    ke::initialize(d, note_run, &r, false);
    EXPECT_FALSE(ke::remove_dpc(d));
    ke::raise(*self, ke::dispatch_level);
    ke::queue_dpc(d, nullptr, nullptr);
    EXPECT_TRUE(ke::remove_dpc(d));
    ke::lower(*self, ke::passive_level);
    EXPECT_EQ(r.runs, 0);
}

TEST_F(ke_dpc, of_high_importance_goes_first) {
    static std::vector<void*> order;
    order.clear();
    const auto push = [](KDPC*, void* context, void*, void*) { order.push_back(context); };
    KDPC low;
    KDPC high;
    ke::initialize(low, push, &low, false);
    ke::initialize(high, push, &high, false);
    ke::set_importance(high, HighImportance);
    ke::raise(*self, ke::dispatch_level);
    ke::queue_dpc(low, nullptr, nullptr);
    ke::queue_dpc(high, nullptr, nullptr);
    ke::lower(*self, ke::passive_level);
    EXPECT_EQ(order, (std::vector<void*>{&high, &low}));
}

TEST_F(ke_dpc, with_a_target_runs_on_that_processor_only) {
    record r[4];
    KDPC d[4];
    for (uint32_t n = 0; n < 4; ++n) {
        ke::initialize(d[n], note_run, &r[n], false);
        ke::set_target(d[n], n);
    }
    for (int round = 1; round <= 50; ++round) {
        for (uint32_t n = 0; n < 4; ++n) {
            EXPECT_TRUE(ke::queue_dpc(d[n], nullptr, nullptr));
        }
        for (uint32_t n = 0; n < 4; ++n) {
            wait_runs(r[n], round);
            EXPECT_EQ(r[n].processor, static_cast<int>(n));
        }
    }
}

TEST_F(ke_dpc, with_a_target_waits_for_the_owner_of_the_processor) {
    record r;
    KDPC d;
    ke::initialize(d, note_run, &r, false);
    ke::raise(*self, ke::dispatch_level);
    const uint32_t mine = self->cpu->number();
    ke::set_target(d, mine);
    std::thread([&] {
        m.attach();
        ke::queue_dpc(d, nullptr, nullptr);
    }).join();
    EXPECT_EQ(r.runs, 0);
    ke::lower(*self, ke::passive_level);
    EXPECT_EQ(r.runs, 1);
    EXPECT_EQ(r.processor, static_cast<int>(mine));
    EXPECT_EQ(r.thread, self->id);
}

TEST_F(ke_dpc, threaded_runs_at_passive_on_a_thread_of_its_own) {
    record r;
    KDPC d;
    ke::initialize(d, note_run, &r, true);
    for (int round = 1; round <= 20; ++round) {
        EXPECT_TRUE(ke::queue_dpc(d, nullptr, nullptr));
        wait_runs(r, round);
    }
    EXPECT_EQ(r.irql, ke::passive_level);
    EXPECT_NE(r.thread, self->id);
}

TEST_F(ke_dpc, flush_waits_for_what_was_queued) {
    static std::atomic<int> done;
    done = 0;
    const auto slow = [](KDPC*, void*, void*, void*) {
        for (unsigned i = 0; i < 200; ++i) {
            host::linux_host().spin(i);
        }
        done.fetch_add(1);
    };
    KDPC d[8];
    for (uint32_t n = 0; n < 8; ++n) {
        ke::initialize(d[n], slow, nullptr, n >= 4);
        ke::set_target(d[n], n % 4);
        ke::queue_dpc(d[n], nullptr, nullptr);
    }
    ke::flush_dpcs(*self);
    EXPECT_EQ(done, 8);
}

struct rendezvous {
    std::atomic<int> ran{0};
    std::atomic<int> last{0};
    std::atomic<uint64_t> processors{0};
};

void meet(KDPC*, void* context, void* done, void* barrier) {
    auto& r = *static_cast<rendezvous*>(context);
    r.processors.fetch_or(uint64_t{1} << ke::current().cpu->number());
    for (int i = 0; i < 3; ++i) {
        if (ke::call_dpc_synchronize(barrier)) {
            r.last.fetch_add(1);
        }
    }
    r.ran.fetch_add(1);
    ke::call_dpc_done(done);
}

TEST_F(ke_dpc, generic_call_meets_on_every_processor) {
    for (int round = 0; round < 20; ++round) {
        rendezvous r;
        ke::call_on_all_processors(*self, meet, &r);
        EXPECT_EQ(r.ran, 4);
        EXPECT_EQ(r.last, 3);
        EXPECT_EQ(r.processors, 0xfu);
    }
}

// A routine may queue its own object again, and free it: nobody touches it once it is taken off.
TEST_F(ke_dpc, may_be_freed_by_its_routine) {
    static std::atomic<int> freed;
    freed = 0;
    const auto destroy = [](KDPC* d, void*, void*, void*) {
        delete d;
        freed.fetch_add(1);
    };
    for (uint32_t i = 0; i < 400; ++i) {
        auto* d = new KDPC;
        ke::initialize(*d, destroy, nullptr, false);
        ke::set_target(*d, i % 4);
        ke::queue_dpc(*d, nullptr, nullptr);
    }
    ke::flush_dpcs(*self);
    EXPECT_EQ(freed, 400);
}

void queue_garbage() {
    ke_machine m;
    m.attach();
    KDPC d = {};
    ke::queue_dpc(d, nullptr, nullptr);
}

TEST(ke_dpc_death, stops_at_an_object_that_was_never_initialized) {
    EXPECT_EXIT(queue_garbage(), testing::ExitedWithCode(3), "0x000000C7");
}

}  // namespace
