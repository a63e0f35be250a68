// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The token protocol under contention: many threads send and receive directly, arm operations,
// cancel them and close, while the loop runs. What is checked: no byte is lost, doubled or
// reordered; every armed operation is done exactly once; every close is done. (ThreadSanitizer
// checks the rest.)

#include "tests/unit/net_rig.hpp"

using namespace net_rig;
using net::direction;
using net::error;
using net::family;

namespace {

/// Two of our sockets connected to each other.
struct both_ours {
    explicit both_ours(rig& r) {
        auto l = r.listener();
        a = r.bound();
        EXPECT_EQ(error::none, connect(*a, l->local_address()));
        b = r.accept(*l);
        close(std::move(l));
    }
    base::ref_ptr<net::socket> a;
    base::ref_ptr<net::socket> b;
};

}  // namespace

TEST(net_token, is_exclusive_and_keeps_the_stream_in_order) {
    rig r;
    both_ours p(r);
    constexpr uint32_t count = 20000;
    std::atomic<int> holders{0};
    uint32_t next = 0;  // written by the holder of the token only
    const auto sender = [&] {
        known_thread me;
        for (;;) {
            if (!p.a->try_acquire(direction::sending)) {
                std::this_thread::yield();
                continue;
            }
            EXPECT_EQ(1, ++holders);
            if (next == count) {
                --holders;
                p.a->release(direction::sending);
                return;
            }
            uint32_t value = next++;
            waited_transfer t(&value, sizeof value);
            const error e = p.a->try_send(t);
            if (e == error::would_block) {
                p.a->send(t);
                EXPECT_EQ(error::none, t.wait());
            } else {
                EXPECT_EQ(error::none, e);
            }
            --holders;
            p.a->release(direction::sending);
        }
    };
    std::vector<std::thread> senders;
    for (int i = 0; i < 3; ++i) {
        senders.emplace_back(sender);
    }
    std::string all;
    while (all.size() < count * sizeof(uint32_t)) {
        std::string part;
        ASSERT_EQ(error::none, receive(*p.b, part));
        all += part;
    }
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t value = 0;
        std::memcpy(&value, all.data() + i * sizeof value, sizeof value);
        ASSERT_EQ(i, value);
    }
    for (std::thread& t : senders) {
        t.join();
    }
    close(std::move(p.a));
    close(std::move(p.b));
}

namespace {

/// Echoes inside done: receives directly, sends directly, waits for more.
struct echo : net::transfer {
    explicit echo(net::socket& socket) : s(socket) {
        done = [](net::operation& o) noexcept {
            static_cast<echo&>(static_cast<net::transfer&>(o)).on_readable();
        };
        EXPECT_TRUE(s.try_acquire(direction::receiving));
        s.receive(*this);
    }
    void on_readable() {
        ++times;
        char buffer[4096];
        const iovec in{buffer, sizeof buffer};
        size_t n = 0;
        const error e = result == error::none ? s.try_receive(&in, 1, n) : result;
        if (e == error::none && n > 0) {
            const iovec out{buffer, n};
            net::transfer reply;
            reply.vectors = &out;
            reply.vector_count = 1;
            EXPECT_TRUE(s.try_acquire(direction::sending));
            EXPECT_EQ(error::none, s.try_send(reply));
            s.release(direction::sending);
        } else if (e != error::would_block) {
            s.release(direction::receiving);
            ended.set();
            return;
        }
        s.receive(*this);
    }
    net::socket& s;
    std::atomic<int> times{0};
    flag ended;
};

}  // namespace

TEST(net_token, an_echo_on_the_loop_uses_the_token_it_is_given) {
    rig r;
    both_ours p(r);
    echo e(*p.b);
    for (int i = 0; i < 3000; ++i) {
        const std::string text = "message " + std::to_string(i);
        ASSERT_EQ(error::none, send(*p.a, text));
        std::string back;
        ASSERT_EQ(error::none, receive(*p.a, back));
        ASSERT_EQ(text, back);
    }
    close(std::move(p.a));
    EXPECT_TRUE(e.ended.wait());
    close(std::move(p.b));
}

TEST(net_token, an_echo_costs_one_task_of_the_loop) {
    rig r;
    auto l = r.listener();
    plain peer = plain::connected(l->local_address());
    auto s = r.accept(*l);
    echo e(*s);
    peer.send("first");
    EXPECT_EQ("first", peer.receive());
    const uint64_t before = r.loop->progress();
    const int times_before = e.times;
    for (int i = 0; i < 500; ++i) {
        peer.send("again");
        ASSERT_EQ("again", peer.receive());
    }
    // Two numbers are used for each task; the first one may have been about to return.
    EXPECT_LE(r.loop->progress() - before, 2u * 500 + 1);
    EXPECT_EQ(500, e.times - times_before);
    peer.end();
    EXPECT_TRUE(e.ended.wait());
    close(std::move(s));
    close(std::move(l));
}

TEST(net_token, close_races_with_direct_calls_operations_cancels_and_abort) {
    rig r;
    for (int round = 0; round < 150; ++round) {
        both_ours p(r);
        std::atomic<bool> stop{false};
        const auto user = [&](direction d) {
            known_thread me;
            while (!stop) {
                if (!p.a->try_acquire(d)) {
                    continue;
                }
                char buffer[64] = {};
                waited_transfer t(buffer, sizeof buffer);
                if (d == direction::sending) {
                    if (p.a->try_send(t) == error::would_block) {
                        p.a->send(t);
                        p.a->cancel(t);
                        static_cast<void>(t.wait());
                    }
                } else {
                    p.a->receive(t);
                    if (round % 2 == 0) {
                        p.a->cancel(t);
                    }
                    static_cast<void>(t.wait());
                }
                p.a->release(d);
            }
        };
        std::thread sender(user, direction::sending);
        std::thread receiver(user, direction::receiving);
        static_cast<void>(send(*p.b, "some data"));
        if (round % 3 == 0) {
            p.a->abort();
        }
        waited<net::close_operation> c;
        c.drain_ns = 0;
        p.a->close(c);
        EXPECT_EQ(error::none, c.wait());
        EXPECT_EQ(1, c.times);
        stop = true;
        sender.join();
        receiver.join();
        close(std::move(p.b));
    }
}
