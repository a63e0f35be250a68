// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The rundown: on real threads under load, and leave by leave under every schedule.

#include "host/rundown.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "host/explore.hpp"
#include "host/mutex.hpp"
#include "host/sim.hpp"

namespace {

constexpr unsigned many = 1000;                   // rounds of spinning: yields
constexpr uint32_t crowd = host::seat_count + 8;  // more threads than seats

// Host threads that run a function each; joined by the destructor. Nobody else sits meanwhile.
class threads {
public:
    template <class Body>
    threads(uint32_t count, const Body& body) {
        for (uint32_t i = 0; i < count; ++i) {
            all_.push_back(std::make_unique<one>());
            one& t = *all_.back();
            t.body = [body, i] { body(i); };
            t.thread.ordinal = i + 1;
            EXPECT_TRUE(host::linux_host().start(t.thread, {}, run, &t));
        }
    }
    threads(const threads&) = delete;
    threads& operator=(const threads&) = delete;
    ~threads() {
        for (auto& t : all_) {
            host::linux_host().join(t->thread);
        }
    }

private:
    struct one {
        host::thread thread;
        std::function<void()> body;
    };
    static void run(void* argument) {
        one& me = *static_cast<one*>(argument);
        me.body();
        host::leave_seat(me.thread);
    }
    std::vector<std::unique_ptr<one>> all_;
};

// A rundown as its owners use it.
struct owned {
    host::rundown r;
    host::mutex lock{base::lock_rank::leaf};

    bool leave() {
        if (r.leave(*host::self())) {
            return true;
        }
        host::guard g(lock);
        return r.leave_checked(*host::self());
    }
    int64_t users() {
        host::guard g(lock);
        return r.users();
    }
    void open() {
        host::guard g(lock);
        r.open();
    }
    void close() {
        host::guard g(lock);
        r.close();
    }
};

void wait_for(const std::atomic<uint32_t>& word, uint32_t value) {
    for (unsigned round = 0; word.load(std::memory_order_acquire) < value; ++round) {
        host::linux_host().spin(round);
    }
}

TEST(host_rundown, threads_with_seats_have_one_each) {
    std::atomic<uint32_t> seated{0};
    std::vector<uint32_t> seats(crowd);
    {
        const threads all(crowd, [&](uint32_t i) {
            seats[i] = host::take_seat(*host::self());
            ++seated;
            wait_for(seated, crowd);
        });
    }
    std::set<uint32_t> different;
    uint32_t standing = 0;
    for (const uint32_t seat : seats) {
        if (seat == host::thread::standing) {
            ++standing;
        } else {
            EXPECT_LT(seat, host::seat_count);
            EXPECT_TRUE(different.insert(seat).second) << seat;
        }
    }
    EXPECT_EQ(different.size(), host::seat_count);
    EXPECT_EQ(standing, crowd - host::seat_count);
    // All are free again.
    const threads again(1, [](uint32_t) { EXPECT_EQ(host::take_seat(*host::self()), 0u); });
}

TEST(host_rundown, a_closed_one_lets_nobody_in_and_counts_nobody_out) {
    owned o;
    const threads one(1, [&](uint32_t) {
        EXPECT_FALSE(o.r.enter(*host::self()));
        EXPECT_FALSE(o.leave());
        o.r.open();
        EXPECT_TRUE(o.r.enter(*host::self()));
        o.r.close();
        EXPECT_FALSE(o.r.enter(*host::self()));
        EXPECT_EQ(o.users(), 1);
        EXPECT_TRUE(o.leave());
        EXPECT_FALSE(o.leave());
        EXPECT_EQ(o.users(), 0);
        EXPECT_FALSE(o.r.is_open());
    });
}

// The one who entered still finds himself in his cell, but has been counted out.
TEST(host_rundown, who_was_counted_out_elsewhere_cannot_leave_again) {
    owned o;
    o.r.open();
    std::atomic<uint32_t> step{0};
    const threads two(2, [&](uint32_t i) {
        if (i == 0) {
            EXPECT_TRUE(o.r.enter(*host::self()));
            step = 1;
            wait_for(step, 2);
            EXPECT_FALSE(o.leave());
            EXPECT_EQ(o.users(), 0);
            EXPECT_TRUE(o.r.enter(*host::self()));
            EXPECT_EQ(o.users(), 1);
            EXPECT_TRUE(o.leave());
            EXPECT_FALSE(o.leave());
            // Nothing is owed any more.
            EXPECT_TRUE(o.r.enter(*host::self()));
            EXPECT_TRUE(o.r.leave(*host::self()));
            EXPECT_EQ(o.users(), 0);
        } else {
            wait_for(step, 1);
            EXPECT_TRUE(o.leave());
            EXPECT_FALSE(o.leave());
            step = 2;
        }
    });
}

TEST(host_rundown, threads_without_a_seat_count_too) {
    owned o;
    o.r.open();
    std::atomic<uint32_t> inside{0};
    std::atomic<uint32_t> out{0};
    std::atomic<uint32_t> looked{0};
    const threads all(crowd, [&](uint32_t i) {
        EXPECT_TRUE(o.r.enter(*host::self()));
        ++inside;
        wait_for(inside, crowd);
        if (i == 0) {
            EXPECT_EQ(o.users(), crowd);
            looked = 1;
        }
        wait_for(looked, 1);
        EXPECT_TRUE(o.leave());
        ++out;
        wait_for(out, crowd);
        EXPECT_EQ(o.users(), 0);
        EXPECT_FALSE(o.leave());
    });
}

// Nobody is inside between the moment when the owner sees nobody and the next opening.
TEST(host_rundown, the_owner_sees_everybody_under_load) {
    constexpr uint64_t visits = 20000;
    owned o;
    std::atomic<bool> open{false};  // while somebody may be inside
    std::atomic<uint64_t> entered{0};
    const threads all(crowd + 1, [&](uint32_t i) {
        while (entered.load() < visits) {
            if (i == crowd) {
                open.store(true);
                o.open();
                host::linux_host().spin(many);
                o.close();
                for (unsigned round = 0; o.users() != 0; ++round) {
                    host::linux_host().spin(round);
                }
                open.store(false);
            } else if (o.r.enter(*host::self())) {
                EXPECT_TRUE(open.load());
                EXPECT_TRUE(o.leave());
                ++entered;
            } else {
                host::linux_host().spin(many);
            }
        }
    });
}

// ---- under every schedule ----

// Threads of a simulation that share one rundown. What a run allocates lies at the same place in
// each, as a search demands.
struct simulated {
    std::optional<owned> o;
    std::vector<std::function<void()>> bodies;
    std::function<void()> before = [] {};
    std::function<void()> after;
    static inline host::thread threads[4];

    static void scenario(void* argument) {
        auto& me = *static_cast<simulated*>(argument);
        host::host_interface& h = host::current();
        h.adopt(threads[0]);
        me.o.emplace();
        me.o->open();
        me.before();
        for (uint32_t i = 0; i < me.bodies.size(); ++i) {
            threads[i + 1].ordinal = i + 1;
            h.start(threads[i + 1], {}, run, &me.bodies[i]);
        }
        for (uint32_t i = 0; i < me.bodies.size(); ++i) {
            h.join(threads[i + 1]);
        }
        me.after();
    }
    static void run(void* body) { (*static_cast<std::function<void()>*>(body))(); }

    uint64_t search() {
        host::sim s({});
        host::depth_first how;
        uint64_t complete = 0;
        while (!how.finished()) {
            const host::outcome end = s.run(how, scenario, this).how;
            EXPECT_TRUE(end == host::outcome::finished || end == host::outcome::redundant);
            complete += end == host::outcome::finished ? 1 : 0;
        }
        return complete;
    }
};

// Two leaves for one who entered, while the owner closes and opens: one counts, in every order.
TEST(host_rundown, one_of_two_leaves_counts_in_every_schedule) {
    simulated p;
    std::atomic<int> left{0};
    std::atomic<bool> here{false};
    std::atomic<bool> elsewhere{false};
    p.bodies = {[&] {
                    left.store(0, std::memory_order_relaxed);
                    const bool entered = p.o->r.enter(*host::self());
                    here.store(p.o->leave(), std::memory_order_relaxed);
                    left.fetch_add(entered ? 1 : 0, std::memory_order_relaxed);
                },
                [&] { elsewhere.store(p.o->leave(), std::memory_order_relaxed); },
                [&] {
                    p.o->close();
                    (void)p.o->users();
                    p.o->open();
                }};
    p.after = [&] {
        EXPECT_EQ((here ? 1 : 0) + (elsewhere ? 1 : 0), left.load());
        EXPECT_EQ(p.o->users(), 0);
        // Afterwards it counts as ever.
        EXPECT_TRUE(p.o->r.enter(*host::self()));
        EXPECT_EQ(p.o->users(), 1);
        EXPECT_TRUE(p.o->leave());
        EXPECT_FALSE(p.o->leave());
    };
    EXPECT_GT(p.search(), 10u);
}

// Once the owner has closed it, whoever is inside is among those he waits for.
TEST(host_rundown, the_owner_waits_for_those_inside_in_every_schedule) {
    simulated p;
    std::atomic<int> inside{0};
    std::atomic<int> unseen{0};
    p.before = [&] { inside.store(0, std::memory_order_relaxed); };
    const auto visit = [&] {
        if (p.o->r.enter(*host::self())) {
            inside.fetch_add(1, std::memory_order_relaxed);
            host::schedule_point(host::point::interlocked, &inside);
            inside.fetch_sub(1, std::memory_order_relaxed);
            EXPECT_TRUE(p.o->leave());
        }
    };
    p.bodies = {visit, visit, [&] {
                    p.o->close();
                    const int64_t users = p.o->users();
                    const int within = inside.load(std::memory_order_relaxed);
                    unseen.store(users < within ? 1 : 0, std::memory_order_relaxed);
                }};
    p.after = [&] {
        EXPECT_EQ(unseen.load(), 0);
        EXPECT_EQ(p.o->users(), 0);
    };
    EXPECT_GT(p.search(), 10u);
}

}  // namespace
