// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The kernel part: attaching, processors and IRQL, deferred work, the gate, the module table.

#include "ke/kernel.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ke/callout.hpp"
#include "ke/edge.hpp"
#include "ke/irql.hpp"
#include "tests/unit/ke_machine.hpp"

namespace {

TEST(ke_thread, is_attached_once_and_keeps_its_identity) {
    ke_machine m;
    ke::thread& t = m.attach();
    EXPECT_EQ(&t, &ke::current());
    EXPECT_EQ(&ke::current_machine(), &m.machine());
    EXPECT_EQ(t.id % 4, 0u);
    EXPECT_TRUE(t.attached);
    EXPECT_EQ(m.kernel().thread_count(), 1u);
    ke::detach();
    EXPECT_EQ(m.kernel().thread_count(), 0u);
}

TEST(ke_thread, that_ends_attached_is_detached) {
    ke_machine m;
    std::thread([&] { m.attach(); }).join();
    EXPECT_EQ(m.kernel().thread_count(), 0u);
}

TEST(ke_thread, that_outlives_its_machine_may_end) {
    auto m = std::make_unique<ke_machine>();
    std::atomic<int> step{0};
    std::thread other([&] {
        ke::thread& me = m->attach();
        step.store(1);
        while (step.load() != 2) {
            std::this_thread::yield();
        }
        EXPECT_EQ(me.machine, nullptr);
        EXPECT_EQ(me.home, nullptr);
    });
    while (step.load() != 1) {
        std::this_thread::yield();
    }
    m.reset();
    step.store(2);
    other.join();
}

TEST(ke_kernel, spawns_threads_and_reuses_their_objects) {
    ke_machine m;
    std::atomic<int> ran{0};
    for (int i = 0; i < 20; ++i) {
        base::ref_ptr<ke::thread> t = m.kernel().spawn(
            {}, [](void* p) { static_cast<std::atomic<int>*>(p)->fetch_add(1); }, &ran);
        ASSERT_TRUE(t);
        EXPECT_EQ(t->machine, &m.machine());
    }
    while (m.kernel().thread_count() != 0) {
        std::this_thread::yield();
    }
    m.kernel().reap();
    EXPECT_EQ(ran.load(), 20);
}

TEST(ke_kernel, finds_running_threads_by_id) {
    ke_machine m;
    ke::thread& t = m.attach();
    EXPECT_EQ(m.kernel().find_thread(t.id).get(), &t);
    EXPECT_FALSE(m.kernel().find_thread(t.id + 4));
}

TEST(ke_irql, at_dispatch_holds_a_processor_and_prefers_the_last_one) {
    ke_machine m;
    ke::thread& t = m.attach();
    EXPECT_EQ(t.cpu, nullptr);
    EXPECT_EQ(ke::raise(t, ke::dispatch_level), ke::passive_level);
    ASSERT_NE(t.cpu, nullptr);
    const uint32_t number = t.cpu->number();
    EXPECT_EQ(ke::raise(t, ke::high_level), ke::dispatch_level);
    ke::lower(t, ke::dispatch_level);
    EXPECT_EQ(t.cpu->number(), number);
    ke::lower(t, ke::passive_level);
    EXPECT_EQ(t.cpu, nullptr);
    ke::dispatch_scope again(t);
    EXPECT_EQ(t.cpu->number(), number);
}

// More threads than processors: at no time do two share one, and everybody gets his turn.
TEST(ke_processor, is_owned_by_one_thread_at_a_time) {
    ke_machine m(2);
    struct shared {
        std::atomic<int> inside[2] = {};
        int plain[2] = {};
        std::atomic<bool> clash{false};
    } s;
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
        threads.emplace_back([&] {
            ke::thread& t = m.attach();
            for (int round = 0; round < 3000; ++round) {
                ke::dispatch_scope at(t);
                const uint32_t n = t.cpu->number();
                if (s.inside[n].fetch_add(1, std::memory_order_relaxed) != 0) {
                    s.clash = true;
                }
                ++s.plain[n];
                s.inside[n].fetch_sub(1, std::memory_order_relaxed);
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    EXPECT_FALSE(s.clash);
    EXPECT_EQ(s.plain[0] + s.plain[1], 6 * 3000);
}

TEST(ke_processor, obeys_affinity) {
    ke_machine m(4);
    ke::thread& t = m.attach();
    for (uint32_t n = 0; n < 4; ++n) {
        t.system_affinity = uint64_t{1} << n;
        ke::dispatch_scope at(t);
        EXPECT_EQ(t.cpu->number(), n);
    }
    t.system_affinity = 0;
}

struct note : ke::deferred {
    explicit note(std::vector<int>& l, int n) : log(&l), number(n) {
        run = [](ke::deferred& d) noexcept {
            auto& self = static_cast<note&>(d);
            self.log->push_back(self.number);
        };
    }
    std::vector<int>* log;
    int number;
};

TEST(ke_deferred, runs_oldest_first_when_irql_falls_below_dispatch) {
    ke_machine m;
    ke::thread& t = m.attach();
    std::vector<int> log;
    note a(log, 1);
    note b(log, 2);
    ke::raise(t, ke::dispatch_level);
    ke::defer(a);
    ke::defer(b);
    ke::drain_deferred(t);
    EXPECT_TRUE(log.empty());
    ke::lower(t, ke::passive_level);
    EXPECT_EQ(log, (std::vector<int>{1, 2}));
}

TEST(ke_deferred, can_be_stolen_in_order) {
    ke_machine m;
    ke::thread& t = m.attach();
    std::vector<int> log;
    note a(log, 1);
    note b(log, 2);
    ke::defer(a);
    ke::defer(b);
    EXPECT_NE(t.deferred_since_ns.load(), 0u);
    ke::deferred* taken = ke::steal_deferred(t);
    EXPECT_EQ(taken, &a);
    EXPECT_EQ(taken->next, &b);
    ke::drain_deferred(t);
    EXPECT_TRUE(log.empty());
}

TEST(ke_deferred, runs_at_the_next_edge_below_dispatch) {
    ke_machine m;
    m.attach();
    std::vector<int> log;
    note a(log, 1);
    ke::defer(a);
    static constexpr ke::api info{"Test"};
    ke::edge e(info, nullptr);
    EXPECT_EQ(log, std::vector<int>{1});
}

int seen_depth(int add) {
    return static_cast<int>(ke::current().depth) + add;
}

TEST(ke_callout, passes_arguments_and_counts_depth) {
    ke_machine m;
    m.attach();
    EXPECT_EQ(ke::callout(ke::callout_kind::other, seen_depth, 10), 11);
    EXPECT_EQ(ke::current().depth, 0u);
    EXPECT_EQ(ke::current().frame, nullptr);
}

void leak_irql() {
    ke::raise(ke::current(), ke::dispatch_level);
}

TEST(ke_callout_death, stops_a_callback_that_leaks_irql) {
    EXPECT_EXIT(
        {
            ke_machine m;
            m.attach();
            ke::callout(ke::callout_kind::other, leak_irql);
        },
        testing::ExitedWithCode(3), "entered at IRQL 0 and returned at IRQL 2");
}

void call_at_dispatch() {
    ke_machine m;
    ke::thread& t = m.attach();
    ke::raise(t, ke::dispatch_level);
    static constexpr ke::api info{"TestPassive", 0};
    ke::edge e(info, nullptr);
}

TEST(ke_edge_death, stops_a_call_above_its_irql) {
    EXPECT_EXIT(call_at_dispatch(), testing::ExitedWithCode(3),
                "TestPassive was called at IRQL 2; it needs IRQL <= 0");
}

void in_image() {}

// The page of one function plays an image.
ke::module& image_of(base::machine* owner, void (*f)(), const char* name) {
    auto* m = new ke::module{};
    m->name = name;
    m->base = reinterpret_cast<const char*>(f);
    m->size = 1;
    m->owner = owner;
    ke::add_module(*m);
    return *m;
}

TEST(ke_module, counts_threads_inside) {
    ke_machine m;
    m.attach();
    static ke::module* image = nullptr;
    static bool was_quiet = true;
    void (*f)() = [] { was_quiet = ke::quiet(*image); };
    image = &image_of(&m.machine(), f, "counted.so");
    EXPECT_EQ(ke::module_of(image->base), image);
    EXPECT_EQ(ke::module_of(image->base + 1), nullptr);
    ke::callout(ke::callout_kind::other, f);
    EXPECT_FALSE(was_quiet);
    EXPECT_TRUE(ke::quiet(*image));
    EXPECT_TRUE(ke::wait_quiet(*image, host::no_deadline));
}

TEST(ke_module_death, names_an_unloaded_image_that_is_called) {
    EXPECT_EXIT(
        {
            ke_machine m;
            m.attach();
            ke::module& image = image_of(&m.machine(), in_image, "gone.so");
            image.unloaded.store(true);
            ke::callout(ke::callout_kind::dpc, in_image);
        },
        testing::ExitedWithCode(3), "DPC routine.*gone.so, which is unloaded");
}

}  // namespace
