// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Listening: connections wait for demand, none is lost, none is taken that nobody asked for, and
// running out of descriptors costs neither a connection nor a busy loop.

#include <sys/resource.h>

#include "tests/unit/net_rig.hpp"

using namespace net_rig;
using net::direction;
using net::error;
using net::family;

namespace {

/// Lets the process open no further descriptor while it lives.
class no_descriptors {
public:
    no_descriptors() {
        getrlimit(RLIMIT_NOFILE, &before_);
        const int next = dup(0);
        ::close(next);
        rlimit now = before_;
        now.rlim_cur = static_cast<rlim_t>(next);
        EXPECT_EQ(0, setrlimit(RLIMIT_NOFILE, &now));
    }
    ~no_descriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

}  // namespace

TEST(net_listen, connections_wait_until_they_are_asked_for) {  // LSTN-004, LSTN-005
    rig r;
    auto l = r.listener();
    std::vector<plain> peers;
    for (int i = 0; i < 200; ++i) {
        peers.push_back(plain::connected(l->local_address()));
    }
    for (const plain& peer : peers) {
        auto s = r.accept(*l);
        EXPECT_EQ(peer.local(), s->remote_address());  // in order
        close(std::move(s));
    }
    ASSERT_TRUE(l->try_acquire(direction::receiving));
    base::ref_ptr<net::socket> none;
    EXPECT_EQ(error::would_block, l->try_accept(nullptr, none));
    l->release(direction::receiving);
    close(std::move(l));
}

TEST(net_listen, an_armed_accept_takes_exactly_one) {
    rig r;
    auto l = r.listener();
    waited<net::accept_operation> a;
    ASSERT_TRUE(l->try_acquire(direction::receiving));
    l->accept(a);
    plain one = plain::connected(l->local_address());
    plain two = plain::connected(l->local_address());
    EXPECT_EQ(error::none, a.wait());
    auto first = std::move(a.accepted);
    EXPECT_EQ(one.local(), first->remote_address());
    l->accept(a);
    EXPECT_EQ(error::none, a.wait());
    auto second = std::move(a.accepted);
    EXPECT_EQ(two.local(), second->remote_address());
    l->release(direction::receiving);
    close(std::move(first));
    close(std::move(second));
    close(std::move(l));
}

TEST(net_listen, a_cancelled_accept_loses_no_connection) {  // LSTN-014
    rig r;
    auto l = r.listener();
    int accepted = 0;
    constexpr int rounds = 300;
    for (int i = 0; i < rounds; ++i) {
        waited<net::accept_operation> a;
        ASSERT_TRUE(l->try_acquire(direction::receiving));
        l->accept(a);
        plain peer = plain::connected(l->local_address());
        l->cancel(a);
        const error e = a.wait();
        if (e == error::none) {
            ++accepted;
        } else {
            EXPECT_EQ(error::cancelled, e);
            EXPECT_FALSE(a.accepted);
        }
        l->release(direction::receiving);
        a.accepted.reset();
        while (accepted < i + 1) {
            r.accept(*l);
            ++accepted;
        }
    }
    EXPECT_EQ(rounds, accepted);
    close(std::move(l));
}

TEST(net_listen, close_resets_what_waits_and_spares_what_was_accepted) {  // SOCK-083, LSTN-015
    rig r;
    auto l = r.listener();
    plain taken = plain::connected(l->local_address());
    auto s = r.accept(*l);
    waited<net::accept_operation> a;
    plain waiting = plain::connected(l->local_address());
    auto drained = r.accept(*l);
    drained.reset();
    plain queued = plain::connected(l->local_address());
    close(std::move(l));
    EXPECT_EQ(std::string("!") + strerror(ECONNRESET), queued.receive());
    taken.send("alive");
    std::string text;
    EXPECT_EQ(error::none, receive(*s, text));
    EXPECT_EQ("alive", text);
    close(std::move(s));
}

TEST(net_listen, close_cancels_an_armed_accept) {  // LSTN-015
    rig r;
    auto l = r.listener();
    waited<net::accept_operation> a;
    a.then = [&] { l->release(direction::receiving); };
    ASSERT_TRUE(l->try_acquire(direction::receiving));
    l->accept(a);
    waited<net::close_operation> c;
    l->close(c);
    EXPECT_EQ(error::cancelled, a.wait());
    EXPECT_EQ(error::none, c.wait());
}

TEST(net_listen, survives_running_out_of_descriptors_without_a_busy_loop) {  // LSTN-018
    rig r;
    auto l = r.listener();
    plain peer(AF_INET, SOCK_STREAM);
    waited<net::accept_operation> a;
    ASSERT_TRUE(l->try_acquire(direction::receiving));
    {
        no_descriptors none;
        l->accept(a);
        ASSERT_TRUE(peer.connect(l->local_address()));
        const uint64_t before = r.loop->progress();
        settle_for(*r.loop, 20'000'000);
        EXPECT_FALSE(a.ended.is_set());
        // It looks 1, 3, 7 and 15 ms after the first failure, each time with a timer and an accept
        // that runs: 15 calls with those of the fence. A spin makes thousands.
        EXPECT_LT(r.loop->progress() - before, 2u * 50);
    }
    EXPECT_EQ(error::none, a.wait());
    l->release(direction::receiving);
    EXPECT_EQ(peer.local(), a.accepted->remote_address());
    close(std::move(a.accepted));
    close(std::move(l));
}

TEST(net_listen, creation_says_when_descriptors_are_exhausted) {
    rig r;
    base::ref_ptr<net::socket> s;
    no_descriptors none;
    EXPECT_EQ(error::no_resources,
              r.backend->make_socket(*r.loop, net::kind::stream, family::ipv4, 0, s));
    EXPECT_FALSE(s);
    EXPECT_EQ(nullptr, r.backend->make_loop());
}

TEST(net_listen, accepted_sockets_can_belong_to_another_loop) {
    rig r;
    auto other = r.backend->make_loop();
    auto l = r.listener();
    plain peer = plain::connected(l->local_address());
    waited<net::accept_operation> a;
    a.target = other.get();
    ASSERT_TRUE(l->try_acquire(direction::receiving));
    l->accept(a);
    EXPECT_EQ(error::none, a.wait());
    l->release(direction::receiving);
    EXPECT_EQ(other.get(), &a.accepted->owner());

    char buffer[8];
    waited_transfer t(buffer, sizeof buffer);
    ASSERT_TRUE(a.accepted->try_acquire(direction::receiving));
    a.accepted->receive(t);
    peer.send("x");
    while (!t.ended.is_set()) {
        ASSERT_NE(net::run_result::idle, other->run(host::linux_host().now_ns() + 5'000'000'000));
    }
    a.accepted->release(direction::receiving);
    waited<net::close_operation> c;
    a.accepted->close(c);
    a.accepted.reset();
    while (!c.ended.is_set()) {
        other->run(host::no_deadline);
    }
    close(std::move(l));
}

TEST(net_listen, a_flood_of_peers_that_reset_stall_or_half_close_leaves_nothing_behind) {
    rig r;
    auto l = r.listener();
    std::thread flood([at = l->local_address()] {
        for (int i = 0; i < 400; ++i) {
            plain p = plain::connected(at);
            switch (i % 4) {
                case 0:
                    p.reset();
                    break;
                case 1:  // our side may have reset it already
                    ::send(p.fd(), "1", 1, MSG_NOSIGNAL);
                    p.reset();
                    break;
                case 2:
                    p.send("2");
                    shutdown(p.fd(), SHUT_WR);
                    break;
                default:
                    break;
            }
        }
    });
    for (int i = 0; i < 400; ++i) {
        auto s = r.accept(*l);
        std::string text;
        if (i % 4 == 2) {
            EXPECT_EQ(error::none, receive(*s, text));
        }
        static_cast<void>(send(*s, "reply"));
        close(std::move(s));
    }
    flood.join();
    close(std::move(l));
}
