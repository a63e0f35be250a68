// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The event loop: tasks, timers, waking, burials, and handing the loop to another thread while one
// of its tasks is still running. Threads wait for events, never for time to pass.

#include <algorithm>
#include <random>

#include "net/timer_heap.hpp"
#include "tests/unit/net_rig.hpp"

using namespace net_rig;
using net::direction;
using net::error;
using net::run_result;

namespace {

template <class Base = net::task>
struct lambda_task : Base {
    explicit lambda_task(std::function<void()> f) : body(std::move(f)) {
        this->call = [](net::task& t) noexcept {
            static_cast<lambda_task&>(static_cast<Base&>(t)).body();
        };
    }
    std::function<void()> body;
};

uint64_t now_ns() {
    return host::linux_host().now_ns();
}

}  // namespace

TEST(net_timer_heap, removes_in_order_whatever_was_taken_out_of_the_middle) {
    std::mt19937 random(7);
    std::vector<net::timer> timers(500);
    net::timer* root = nullptr;
    std::vector<net::timer*> inside;
    for (int round = 0; round < 20000; ++round) {
        net::timer& t = timers[random() % timers.size()];
        if (t.armed) {
            net::timer_heap::remove(root, t);
        } else {
            t.deadline_ns = random() % 1000;
            net::timer_heap::insert(root, t);
        }
        if (root != nullptr) {
            uint64_t least = UINT64_MAX;
            for (const net::timer& other : timers) {
                least = other.armed ? std::min(least, other.deadline_ns) : least;
            }
            ASSERT_EQ(least, root->deadline_ns);
        }
    }
    uint64_t last = 0;
    while (root != nullptr) {
        net::timer& t = *root;
        EXPECT_LE(last, t.deadline_ns);
        last = t.deadline_ns;
        net::timer_heap::remove(root, t);
    }
    EXPECT_TRUE(std::none_of(timers.begin(), timers.end(), [](auto& t) { return t.armed; }));
}

TEST(net_loop, calls_posted_tasks_in_order_and_gives_control_back_between_batches) {
    known_thread me;
    auto backend = net::make_epoll_backend();
    auto loop = backend->make_loop();
    std::string order;
    lambda_task third([&] { order += "c"; });
    lambda_task first([&] {
        order += "a";
        loop->post(third);
    });
    lambda_task second([&] { order += "b"; });
    lambda_task taken_back([&] { order += "!"; });
    EXPECT_EQ(run_result::idle, loop->run(0));
    loop->post(first);
    loop->post(taken_back);
    loop->post(second);
    EXPECT_TRUE(loop->unpost(taken_back));
    EXPECT_FALSE(loop->unpost(taken_back));
    EXPECT_EQ(run_result::dispatched, loop->run(host::no_deadline));
    EXPECT_EQ("ab", order);
    EXPECT_EQ(run_result::dispatched, loop->run(host::no_deadline));
    EXPECT_EQ("abc", order);
}

TEST(net_loop, timers_fire_in_time_order_not_before_their_time_and_can_be_moved) {
    known_thread me;
    auto backend = net::make_epoll_backend();
    auto loop = backend->make_loop();
    std::string order;
    const uint64_t start_ns = now_ns();
    const auto fires = [&](const char* name, uint64_t after_ns) {
        EXPECT_GE(now_ns(), start_ns + after_ns);
        order += name;
    };
    constexpr uint64_t hour_ns = 3600'000'000'000;
    lambda_task<net::timer> late([&] { fires("l", 30'000'000); });
    lambda_task<net::timer> early([&] { fires("e", 10'000'000); });
    lambda_task<net::timer> moved([&] { fires("m", 20'000'000); });
    lambda_task<net::timer> never([&] { fires("!", hour_ns); });
    EXPECT_FALSE(loop->arm(late, start_ns + hour_ns));
    EXPECT_FALSE(loop->arm(moved, start_ns + 1));
    loop->arm(never, start_ns + 2);
    loop->arm(early, start_ns + hour_ns);
    EXPECT_TRUE(loop->arm(moved, start_ns + hour_ns));
    EXPECT_TRUE(loop->disarm(never));
    EXPECT_FALSE(loop->disarm(never));
    EXPECT_EQ(run_result::idle, loop->run(start_ns + 1'000'000));
    EXPECT_TRUE(loop->arm(late, start_ns + 30'000'000));
    EXPECT_TRUE(loop->arm(early, start_ns + 10'000'000));
    EXPECT_TRUE(loop->arm(moved, start_ns + 20'000'000));
    while (order.size() < 3) {
        loop->run(host::no_deadline);
    }
    EXPECT_EQ("eml", order);
    EXPECT_FALSE(loop->disarm(moved));
}

TEST(net_loop, is_woken_by_posts_timers_and_wake_from_other_threads) {
    known_thread me;
    auto backend = net::make_epoll_backend();
    auto loop = backend->make_loop();
    flag ran;
    lambda_task task([&] { ran.set(); });
    lambda_task<net::timer> timer([&] { ran.set(); });
    std::atomic<bool> stop{false};
    std::thread runner([&] {
        while (!stop) {
            loop->run(host::no_deadline);
        }
    });
    for (int i = 0; i < 200; ++i) {
        loop->post(task);
        ASSERT_TRUE(ran.wait());
        ran.clear();
        loop->arm(timer, 1);
        ASSERT_TRUE(ran.wait());
        ran.clear();
    }
    stop = true;
    loop->wake();
    runner.join();
    loop->wake();  // remembered
    EXPECT_EQ(run_result::woken, loop->run(host::no_deadline));
}

TEST(net_loop, is_handed_over_only_from_inside_a_task_which_then_runs_beside_the_rest) {
    auto backend = net::make_epoll_backend();
    auto loop = backend->make_loop();
    flag entered;
    flag leave;
    flag other_ran;
    flag ended;
    std::atomic<int> others{0};
    lambda_task slow([&] {
        entered.set();
        EXPECT_TRUE(leave.wait());
    });
    std::vector<std::unique_ptr<lambda_task<>>> rest;
    EXPECT_FALSE(loop->hand_over());
    loop->post(slow);
    for (int i = 0; i < 10; ++i) {
        rest.push_back(std::make_unique<lambda_task<>>([&] {
            if (++others == 10) {
                other_ran.set();
            }
        }));
        loop->post(*rest.back());
    }
    std::thread first([&] {
        known_thread me;
        EXPECT_EQ(run_result::handed_over, loop->run(host::no_deadline));
        ended.set();
    });
    ASSERT_TRUE(entered.wait());
    const uint64_t progress = loop->progress();
    EXPECT_EQ(1u, progress % 2);
    EXPECT_TRUE(loop->hand_over());
    EXPECT_FALSE(loop->hand_over());
    EXPECT_FALSE(loop->has_runner());
    std::thread second([&] {
        known_thread me;
        EXPECT_EQ(run_result::dispatched, loop->run(host::no_deadline));
    });
    EXPECT_TRUE(other_ran.wait());
    second.join();
    EXPECT_FALSE(ended.is_set());
    leave.set();
    EXPECT_TRUE(ended.wait());
    first.join();
    EXPECT_EQ(10, others);
}

TEST(net_loop, a_handler_that_blocks_delays_only_its_own_socket) {
    auto backend = net::make_epoll_backend();
    auto loop = backend->make_loop();
    const auto make_pair = [&](plain& peer, base::ref_ptr<net::socket>& ours) {
        base::ref_ptr<net::socket> l;
        ASSERT_EQ(error::none,
                  backend->make_socket(*loop, net::kind::stream, net::family::ipv4, 0, l));
        ASSERT_EQ(error::none, l->bind(net::address::loopback(net::family::ipv4)));
        ASSERT_EQ(error::none, l->listen(1));
        ASSERT_TRUE(peer.connect(l->local_address()));
        ASSERT_TRUE(l->try_acquire(direction::receiving));
        ASSERT_EQ(error::none, l->try_accept(nullptr, ours));
        l->release(direction::receiving);
    };
    plain slow_peer(AF_INET, SOCK_STREAM);
    plain quick_peer(AF_INET, SOCK_STREAM);
    base::ref_ptr<net::socket> slow;
    base::ref_ptr<net::socket> quick;
    make_pair(slow_peer, slow);
    make_pair(quick_peer, quick);

    flag entered;
    flag leave;
    waited<net::transfer> slow_read;
    waited<net::transfer> quick_read;
    slow_read.then = [&] {
        entered.set();
        EXPECT_TRUE(leave.wait());
    };
    ASSERT_TRUE(slow->try_acquire(direction::receiving));
    ASSERT_TRUE(quick->try_acquire(direction::receiving));
    slow->receive(slow_read);
    quick->receive(quick_read);
    const auto runner = [&] {
        known_thread me;
        while (loop->run(host::no_deadline) == run_result::dispatched) {
        }
    };
    std::thread first(runner);
    slow_peer.send("x");
    ASSERT_TRUE(entered.wait());
    quick_peer.send("y");
    EXPECT_EQ(1u, loop->progress() % 2);  // the only runner is inside
    EXPECT_FALSE(quick_read.ended.is_set());
    ASSERT_TRUE(loop->hand_over());
    std::thread second(runner);
    EXPECT_EQ(error::none, quick_read.wait());
    EXPECT_EQ(0, slow_read.times - 1);
    EXPECT_FALSE(slow_read.ended.is_set());
    leave.set();
    EXPECT_EQ(error::none, slow_read.wait());
    first.join();
    slow->release(direction::receiving);
    quick->release(direction::receiving);
    close(std::move(slow));
    close(std::move(quick));
    loop->wake();
    second.join();
    loop->run(0);
}

TEST(net_loop, close_waits_for_a_watch_that_another_thread_is_telling) {
    auto backend = net::make_epoll_backend();
    auto loop = backend->make_loop();
    base::ref_ptr<net::socket> l;
    base::ref_ptr<net::socket> s;
    ASSERT_EQ(error::none, backend->make_socket(*loop, net::kind::stream, net::family::ipv4, 0, l));
    ASSERT_EQ(error::none, l->bind(net::address::loopback(net::family::ipv4)));
    ASSERT_EQ(error::none, l->listen(1));
    plain peer = plain::connected(l->local_address());
    ASSERT_TRUE(l->try_acquire(direction::receiving));
    ASSERT_EQ(error::none, l->try_accept(nullptr, s));
    l->release(direction::receiving);
    flag entered;
    flag leave;
    waited<net::operation> hangup;
    hangup.then = [&] {
        entered.set();
        EXPECT_TRUE(leave.wait());
    };
    s->watch_hangup(hangup, false);
    std::atomic<bool> stop{false};
    const auto runner = [&] {
        known_thread me;
        while (!stop && loop->run(host::no_deadline) != run_result::handed_over) {
        }
    };
    std::thread first(runner);
    peer.finish();
    ASSERT_TRUE(entered.wait());
    ASSERT_TRUE(loop->hand_over());
    std::thread second(runner);
    waited<net::close_operation> c;
    s->close(c);
    s.reset();
    settle(*loop);
    EXPECT_FALSE(c.ended.is_set());
    leave.set();
    EXPECT_EQ(error::none, c.wait());
    EXPECT_EQ(1, hangup.times);
    first.join();
    close(std::move(l));
    stop = true;
    loop->wake();
    second.join();
    loop->run(0);
}

TEST(net_loop, sockets_closed_while_it_waits_are_freed_when_it_has_waited) {
    rig r;
    auto l = r.listener();
    // More than the number of burials that wake a sleeping loop.
    std::vector<base::ref_ptr<net::socket>> many;
    std::vector<plain> peers;
    for (int i = 0; i < 600; ++i) {
        peers.push_back(plain::connected(l->local_address()));
        many.push_back(r.accept(*l));
    }
    many.clear();  // on this thread, while the loop sleeps
    for (plain& p : peers) {
        EXPECT_EQ(std::string("!") + strerror(ECONNRESET), p.receive());
    }
    close(std::move(l));
}
