// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// TCP through the epoll backend against plain Linux sockets: what each operation ends with, what
// the peer sees, and that nothing is lost or done twice.

#include "tests/unit/net_rig.hpp"

using namespace net_rig;
using net::direction;
using net::error;
using net::family;

namespace {

/// A connected pair: ours and the peer's.
struct pair {
    explicit pair(rig& r, family f = family::ipv4)
        : listener(r.listener(f)),
          peer(plain::connected(listener->local_address())),
          ours(r.accept(*listener)) {}
    ~pair() {
        if (ours) {
            close(std::move(ours));
        }
        close(std::move(listener));
    }
    base::ref_ptr<net::socket> listener;
    plain peer;
    base::ref_ptr<net::socket> ours;
};

/// Sends until the kernel takes no more, which the peer then has not acknowledged in full.
size_t fill(net::socket& s) {
    const std::string block(1 << 16, 'y');
    const iovec v{const_cast<char*>(block.data()), block.size()};
    size_t total = 0;
    EXPECT_TRUE(s.try_acquire(direction::sending));
    for (error e = error::none; e == error::none;) {
        net::transfer t;
        t.vectors = &v;
        t.vector_count = 1;
        e = s.try_send(t);
        EXPECT_TRUE(e == error::none || e == error::would_block);
        total += t.bytes;
    }
    s.release(direction::sending);
    return total;
}

const std::string reset_text = std::string("!") + strerror(ECONNRESET);

}  // namespace

TEST(net_stream, accepts_and_echoes_over_both_families) {
    known_thread me;
    rig r;
    for (const family f : {family::ipv4, family::ipv6}) {
        pair p(r, f);
        EXPECT_EQ(p.peer.local(), p.ours->remote_address());
        EXPECT_EQ(p.listener->local_address(), p.ours->local_address());
        p.peer.send("hello");
        std::string text;
        EXPECT_EQ(error::none, receive(*p.ours, text));
        EXPECT_EQ("hello", text);
        EXPECT_EQ(error::none, send(*p.ours, "world"));
        EXPECT_EQ("world", p.peer.receive());
    }
}

TEST(net_stream, a_dual_stack_listener_sees_mapped_addresses) {  // LSTN-003, SOCK-067
    rig r;
    auto l = r.make(net::kind::stream, family::ipv6);
    int value = 0;
    EXPECT_EQ(error::none, l->get_option(net::option::v6_only, value));
    EXPECT_EQ(1, value);  // CTL-046: default 1
    EXPECT_EQ(error::none, l->set_option(net::option::v6_only, 0));
    ASSERT_EQ(error::none, l->bind(net::address::any(family::ipv6)));
    EXPECT_EQ(error::invalid_argument, l->set_option(net::option::v6_only, 1));
    ASSERT_EQ(error::none, l->listen(8));
    const uint16_t port = l->local_address().port;
    plain peer = plain::connected(net::address::loopback(family::ipv4, port));
    auto s = r.accept(*l);
    EXPECT_TRUE(s->remote_address().is_v4_mapped());
    EXPECT_TRUE(s->local_address().is_v4_mapped());
    EXPECT_TRUE(s->local_address().is_loopback());
    close(std::move(s));
    close(std::move(l));
}

TEST(net_stream, connects_and_knows_both_addresses) {
    rig r;
    auto l = r.listener();
    auto s = r.make();
    ASSERT_EQ(error::none, s->bind(net::address::any(family::ipv4)));
    const net::address bound = s->local_address();
    EXPECT_TRUE(bound.is_any());
    EXPECT_NE(0, bound.port);  // SOCK-050
    EXPECT_FALSE(s->remote_address().valid());
    EXPECT_EQ(error::none, connect(*s, l->local_address()));
    EXPECT_TRUE(s->local_address().is_loopback());  // SOCK-066, CONN-012
    EXPECT_EQ(bound.port, s->local_address().port);
    EXPECT_EQ(l->local_address(), s->remote_address());
    auto other = r.accept(*l);
    EXPECT_EQ(error::none, send(*s, "abc"));
    std::string text;
    EXPECT_EQ(error::none, receive(*other, text));
    EXPECT_EQ("abc", text);
    close(std::move(s));
    close(std::move(other));
    close(std::move(l));
}

TEST(net_stream, a_refused_connect_leaves_the_socket_bound_to_its_port) {  // CONN-007, CONN-009
    rig r;
    uint16_t dead_port = 0;
    {
        plain p(AF_INET, SOCK_STREAM);
        ASSERT_TRUE(p.bind(net::address::loopback(family::ipv4)));
        dead_port = p.local().port;
    }
    for (const bool wildcard : {false, true}) {
        auto s = r.make();
        ASSERT_EQ(error::none, s->bind(wildcard ? net::address::any(family::ipv4)
                                                : net::address::loopback(family::ipv4)));
        const net::address before = s->local_address();
        EXPECT_EQ(error::connection_refused,
                  connect(*s, net::address::loopback(family::ipv4, dead_port)));
        EXPECT_EQ(before, s->local_address());
        EXPECT_FALSE(s->remote_address().valid());
        auto l = r.listener();
        EXPECT_EQ(error::none, connect(*s, l->local_address()));
        EXPECT_EQ(before.port, s->local_address().port);
        close(std::move(s));
        close(std::move(l));
    }
}

TEST(net_stream, refuses_destinations_that_are_none) {
    rig r;
    auto s = r.bound();
    EXPECT_EQ(error::address_not_available, connect(*s, net::address::loopback(family::ipv4, 0)));
    EXPECT_EQ(error::address_not_available, connect(*s, net::address::any(family::ipv4, 9)));
    EXPECT_EQ(error::invalid_argument, connect(*s, net::address::loopback(family::ipv6, 9)));
    // CONN-013: a connection with oneself
    EXPECT_EQ(error::connection_refused, connect(*s, s->local_address()));
    close(std::move(s));
}

/// A listener whose queue is full: further connects neither succeed nor fail.
struct black_hole {
    black_hole() : l(AF_INET, SOCK_STREAM) {
        EXPECT_TRUE(l.bind(net::address::loopback(family::ipv4)));
        EXPECT_EQ(0, listen(l.fd(), 0));
        for (int i = 0; i < 4; ++i) {
            plain p(AF_INET, SOCK_STREAM);
            fcntl(p.fd(), F_SETFL, O_NONBLOCK);
            p.connect(l.local());
            fill.push_back(std::move(p));
        }
    }
    plain l;
    std::vector<plain> fill;
};

TEST(net_stream, a_connect_can_time_out_be_cancelled_and_tried_again) {  // CONN-008, CONN-010
    rig r;
    black_hole hole;
    auto s = r.bound();
    const net::address before = s->local_address();
    waited<net::connect_operation> c;
    c.remote = hole.l.local();
    c.timeout_ns = 30'000'000;
    ASSERT_TRUE(s->try_acquire(direction::sending));
    s->connect(c);
    EXPECT_EQ(error::timed_out, c.wait());
    EXPECT_EQ(before, s->local_address());
    c.timeout_ns = 0;
    s->connect(c);
    EXPECT_FALSE(s->try_acquire(direction::sending));
    settle(*r.loop);
    EXPECT_FALSE(c.ended.is_set());
    s->cancel(c);
    EXPECT_EQ(error::cancelled, c.wait());
    s->release(direction::sending);
    auto l = r.listener();
    EXPECT_EQ(error::none, connect(*s, l->local_address()));
    EXPECT_EQ(before, s->local_address());
    close(std::move(s));
    close(std::move(l));
}

TEST(net_stream, close_cancels_a_connect) {  // CONN-011
    rig r;
    black_hole hole;
    auto s = r.bound();
    waited<net::connect_operation> c;
    c.remote = hole.l.local();
    c.then = [&] { s->release(direction::sending); };
    ASSERT_TRUE(s->try_acquire(direction::sending));
    s->connect(c);
    waited<net::close_operation> end;
    end.then = [&] { EXPECT_EQ(1, c.times); };
    s->close(end);
    EXPECT_EQ(error::cancelled, c.wait());
    EXPECT_EQ(error::none, end.wait());
}

TEST(net_stream, the_peers_fin_is_the_end_of_data_again_and_again) {  // CONN-044
    rig r;
    pair p(r);
    p.peer.send("last");
    p.peer.finish();
    std::string text;
    EXPECT_EQ(error::none, receive(*p.ours, text));
    EXPECT_EQ("last", text);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(error::none, receive(*p.ours, text));
        EXPECT_EQ("", text);
    }
    EXPECT_EQ(error::none, send(*p.ours, "still"));  // CONN-033
    EXPECT_EQ("still", p.peer.receive());
}

TEST(net_stream, a_reset_is_latched_after_the_data_before_it) {  // CONN-034, CONN-059
    rig r;
    pair p(r);
    waited<net::operation> hangup;
    p.ours->watch_hangup(hangup, false);
    p.peer.send("12345");
    p.peer.reset();
    EXPECT_EQ(error::connection_reset, hangup.wait());
    std::string text;
    EXPECT_EQ(error::none, receive(*p.ours, text));
    EXPECT_EQ("12345", text);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(error::connection_reset, receive(*p.ours, text));
        EXPECT_EQ(error::connection_reset, send(*p.ours, "x"));
    }
    EXPECT_TRUE(p.ours->remote_address().valid());  // SOCK-068
    EXPECT_TRUE(p.ours->local_address().valid());
}

TEST(net_stream, a_reset_ends_a_waiting_receive) {
    rig r;
    pair p(r);
    char buffer[8];
    waited_transfer t(buffer, sizeof buffer);
    ASSERT_TRUE(p.ours->try_acquire(direction::receiving));
    p.ours->receive(t);
    p.peer.reset();
    EXPECT_EQ(error::connection_reset, t.wait());
    p.ours->release(direction::receiving);
}

TEST(net_stream, a_reset_after_the_fin_is_seen_too) {  // CONN-060
    rig r;
    pair p(r);
    waited<net::operation> hangup;
    p.ours->watch_hangup(hangup, false);
    p.peer.finish();
    EXPECT_EQ(error::none, hangup.wait());
    p.ours->watch_hangup(hangup, true);
    settle(*r.loop);
    EXPECT_FALSE(hangup.ended.is_set());
    EXPECT_EQ(error::none, send(*p.ours, "unread"));
    p.peer.end();  // with unread data: RST
    EXPECT_EQ(error::connection_reset, hangup.wait());
    EXPECT_EQ(error::connection_reset, send(*p.ours, "x"));
}

TEST(net_stream, sends_every_byte_through_a_tiny_buffer_in_order) {  // CONN-023
    rig r;
    pair p(r);
    EXPECT_EQ(error::none, p.ours->set_option(net::option::send_buffer, 4096));
    std::string pattern(3'000'000, 0);
    for (size_t i = 0; i < pattern.size(); ++i) {
        pattern[i] = static_cast<char>((i * 7919) >> 8);
    }
    // Many vectors of odd lengths, some empty.
    std::vector<iovec> vectors;
    for (size_t at = 0, n = 1; at < pattern.size(); at += vectors.back().iov_len, ++n) {
        vectors.push_back({pattern.data() + at, std::min(n * 37 % 4001, pattern.size() - at)});
    }
    waited<net::transfer> t;
    t.vectors = vectors.data();
    t.vector_count = static_cast<uint32_t>(vectors.size());
    ASSERT_TRUE(p.ours->try_acquire(direction::sending));
    p.ours->send(t);
    settle(*r.loop);
    EXPECT_FALSE(t.ended.is_set());
    EXPECT_TRUE(p.peer.receive_exactly(pattern.size()) == pattern);
    EXPECT_EQ(error::none, t.wait());
    EXPECT_EQ(pattern.size(), t.bytes);
    p.ours->release(direction::sending);
}

TEST(net_stream, a_cancelled_send_tells_how_much_was_handed_over) {  // CONN-038
    rig r;
    pair p(r);
    const std::string big(16 << 20, 'x');
    waited_transfer t(big);
    ASSERT_TRUE(p.ours->try_acquire(direction::sending));
    p.ours->send(t);
    EXPECT_EQ("x", p.peer.receive_exactly(1));  // it has begun
    EXPECT_FALSE(t.ended.is_set());
    p.ours->cancel(t);
    EXPECT_EQ(error::cancelled, t.wait());
    EXPECT_GT(t.bytes, 0u);
    EXPECT_LT(t.bytes, big.size());
    p.ours->release(direction::sending);
    EXPECT_EQ(t.bytes - 1, p.peer.receive_exactly(t.bytes - 1).size());
}

TEST(net_stream, a_cancelled_receive_loses_no_byte) {  // CONN-061
    rig r;
    pair p(r);
    size_t got = 0;
    size_t sent = 0;
    for (int i = 0; i < 2000; ++i) {
        char buffer[16];
        waited_transfer t(buffer, sizeof buffer);
        ASSERT_TRUE(p.ours->try_acquire(direction::receiving));
        p.ours->receive(t);
        p.peer.send("z");
        ++sent;
        p.ours->cancel(t);
        const error e = t.wait();
        EXPECT_TRUE(e == error::none || e == error::cancelled);
        got += t.bytes;
        p.ours->release(direction::receiving);
    }
    std::string rest;
    while (got < sent) {
        ASSERT_EQ(error::none, receive(*p.ours, rest));
        got += rest.size();
    }
    EXPECT_EQ(sent, got);
}

TEST(net_stream, finish_is_done_when_the_fin_is_acknowledged) {
    rig r;
    pair p(r);
    EXPECT_EQ(error::none, send(*p.ours, "bye"));
    waited<net::operation> f;
    ASSERT_TRUE(p.ours->try_acquire(direction::sending));
    p.ours->finish(f);
    EXPECT_EQ(error::none, f.wait());
    p.ours->release(direction::sending);
    EXPECT_EQ("bye", p.peer.receive());
    EXPECT_EQ("", p.peer.receive());
    EXPECT_EQ(error::not_connected, send(*p.ours, "late"));
    p.peer.send("more");  // CONN-058
    std::string text;
    EXPECT_EQ(error::none, receive(*p.ours, text));
    EXPECT_EQ("more", text);
    net::stream_info info;
    EXPECT_EQ(error::none, p.ours->query(info));
    EXPECT_TRUE(info.finish_acknowledged);
    EXPECT_FALSE(info.peer_finished);
}

TEST(net_stream, finish_waits_behind_unread_data_and_can_be_cancelled) {
    rig r;
    pair p(r);
    const size_t owed = fill(*p.ours);
    ASSERT_TRUE(p.ours->try_acquire(direction::sending));
    waited<net::operation> f;
    p.ours->finish(f);
    settle_for(*r.loop, first_look_ns);
    EXPECT_FALSE(f.ended.is_set());
    p.ours->cancel(f);
    EXPECT_EQ(error::cancelled, f.wait());
    p.ours->finish(f);
    EXPECT_EQ(owed, p.peer.receive_exactly(owed).size());
    EXPECT_EQ("", p.peer.receive());
    EXPECT_EQ(error::none, f.wait());
    p.ours->release(direction::sending);
}

TEST(net_stream, acknowledged_waits_for_the_peer_to_take_the_bytes) {  // CONN-025 strict
    rig r;
    pair p(r);
    waited<net::operation> w;
    p.ours->watch_acknowledged(w);
    EXPECT_EQ(error::none, w.wait());  // nothing is owed
    const size_t owed = fill(*p.ours);
    p.ours->watch_acknowledged(w);
    settle_for(*r.loop, first_look_ns);
    EXPECT_FALSE(w.ended.is_set());
    p.ours->cancel(w);
    EXPECT_EQ(error::cancelled, w.wait());
    p.ours->watch_acknowledged(w);
    net::stream_info info;
    EXPECT_EQ(error::none, p.ours->query(info));
    EXPECT_GT(info.unacknowledged_bytes, 0u);
    EXPECT_EQ(owed, p.peer.receive_exactly(owed).size());
    EXPECT_EQ(error::none, w.wait());
}

TEST(net_stream, abort_resets_and_latches) {  // CONN-035
    rig r;
    pair p(r);
    char buffer[8];
    waited_transfer t(buffer, sizeof buffer);
    waited<net::operation> hangup;
    p.ours->watch_hangup(hangup, false);
    ASSERT_TRUE(p.ours->try_acquire(direction::receiving));
    p.ours->receive(t);
    p.ours->abort();
    EXPECT_EQ(error::connection_aborted, t.wait());
    EXPECT_EQ(error::connection_aborted, hangup.wait());
    p.ours->release(direction::receiving);
    EXPECT_EQ(error::connection_aborted, send(*p.ours, "x"));
    std::string text;
    EXPECT_EQ(error::connection_aborted, receive(*p.ours, text));
    EXPECT_EQ(reset_text, p.peer.receive());
    EXPECT_EQ(p.peer.local(), p.ours->remote_address());
    EXPECT_EQ(p.listener->local_address(), p.ours->local_address());
    p.ours->abort();
}

TEST(net_stream, close_resets_an_unfinished_connection) {  // SOCK-081
    rig r;
    pair p(r);
    close(std::move(p.ours));
    EXPECT_EQ(reset_text, p.peer.receive());
}

TEST(net_stream, close_does_not_reset_a_connection_finished_on_both_sides) {  // SOCK-081
    rig r;
    for (const bool we_finish_first : {true, false}) {
        pair p(r);
        if (!we_finish_first) {
            p.peer.finish();
            std::string text;
            EXPECT_EQ(error::none, receive(*p.ours, text));
        }
        waited<net::operation> f;
        ASSERT_TRUE(p.ours->try_acquire(direction::sending));
        p.ours->finish(f);
        EXPECT_EQ(error::none, f.wait());
        p.ours->release(direction::sending);
        if (we_finish_first) {
            waited<net::operation> hangup;
            p.ours->watch_hangup(hangup, false);
            p.peer.send("left unread");
            p.peer.finish();
            EXPECT_EQ(error::none, hangup.wait());
        }
        close(std::move(p.ours));
        EXPECT_EQ("", p.peer.receive());
        EXPECT_EQ("", p.peer.receive());
    }
}

TEST(net_stream, close_waits_for_handed_over_bytes_to_be_acknowledged) {  // SOCK-082
    rig r;
    pair p(r);
    const size_t owed = fill(*p.ours);
    waited<net::close_operation> c;
    p.ours->close(c);
    p.ours.reset();
    settle_for(*r.loop, first_look_ns);
    EXPECT_FALSE(c.ended.is_set());
    EXPECT_EQ(owed, p.peer.receive_exactly(owed).size());
    EXPECT_EQ(error::none, c.wait());
    EXPECT_EQ(reset_text, p.peer.receive());
}

TEST(net_stream, close_gives_up_on_a_peer_that_never_reads) {
    rig r;
    pair p(r);
    fill(*p.ours);
    waited<net::close_operation> c;
    c.drain_ns = 30'000'000;
    const uint64_t begin_ns = host::linux_host().now_ns();
    p.ours->close(c);
    p.ours.reset();
    EXPECT_EQ(error::none, c.wait());
    EXPECT_GE(host::linux_host().now_ns() - begin_ns, c.drain_ns);
}

TEST(net_stream, close_ends_everything_armed_before_it_is_done) {  // SOCK-077, SOCK-087
    rig r;
    pair p(r);
    fill(*p.ours);  // so that the peer owes acknowledgements and the kernel takes no more
    const std::string big(16 << 20, 'x');
    char buffer[8];
    waited_transfer sending(big);
    waited_transfer receiving(buffer, sizeof buffer);
    waited<net::operation> acknowledged;
    waited<net::operation> hangup;
    sending.then = [&] { p.ours->release(direction::sending); };
    receiving.then = [&] { p.ours->release(direction::receiving); };
    ASSERT_TRUE(p.ours->try_acquire(direction::sending));
    p.ours->send(sending);
    ASSERT_TRUE(p.ours->try_acquire(direction::receiving));
    p.ours->receive(receiving);
    p.ours->watch_hangup(hangup, false);
    settle(*r.loop);
    EXPECT_FALSE(sending.ended.is_set());
    p.ours->watch_acknowledged(acknowledged);
    waited<net::close_operation> c;
    c.drain_ns = 0;
    c.then = [&] {
        EXPECT_EQ(4, sending.times + receiving.times + acknowledged.times + hangup.times);
    };
    p.ours->close(c);
    EXPECT_EQ(error::none, c.wait());
    EXPECT_EQ(error::cancelled, sending.wait());
    EXPECT_EQ(error::cancelled, receiving.wait());
    EXPECT_EQ(error::cancelled, acknowledged.wait());
    EXPECT_EQ(error::cancelled, hangup.wait());
    EXPECT_FALSE(p.ours->try_acquire(direction::sending));
    EXPECT_FALSE(p.ours->try_acquire(direction::receiving));
    p.ours.reset();
}

TEST(net_stream, close_waits_for_a_held_token) {
    rig r;
    pair p(r);
    ASSERT_TRUE(p.ours->try_acquire(direction::sending));
    waited<net::close_operation> c;
    p.ours->close(c);
    settle(*r.loop);
    EXPECT_FALSE(c.ended.is_set());
    p.ours->release(direction::sending);
    EXPECT_EQ(error::none, c.wait());
    p.ours.reset();
}

TEST(net_stream, dropping_the_last_reference_resets) {
    rig r;
    pair p(r);
    p.ours.reset();
    EXPECT_EQ(reset_text, p.peer.receive());
}

TEST(net_stream, direct_calls_say_would_block_and_go_on_as_operations) {
    rig r;
    pair p(r);
    char buffer[8];
    const iovec in{buffer, sizeof buffer};
    size_t n = 0;
    ASSERT_TRUE(p.ours->try_acquire(direction::receiving));
    EXPECT_FALSE(p.ours->try_acquire(direction::receiving));
    EXPECT_EQ(error::would_block, p.ours->try_receive(&in, 1, n));
    waited<net::transfer> wait_only;
    p.ours->receive(wait_only);
    settle(*r.loop);
    EXPECT_FALSE(wait_only.ended.is_set());
    p.peer.send("0123456789");
    EXPECT_EQ(error::none, wait_only.wait());
    EXPECT_EQ(error::none, p.ours->try_receive(&in, 1, n));
    EXPECT_EQ(8u, n);
    p.ours->receive(wait_only);  // two bytes are left: ready at once
    EXPECT_EQ(error::none, wait_only.wait());
    EXPECT_EQ(error::none, p.ours->try_discard(1, n));
    EXPECT_EQ(1u, n);
    EXPECT_EQ(error::none, p.ours->try_receive(&in, 1, n));
    EXPECT_EQ(1u, n);
    EXPECT_EQ('9', buffer[0]);
    EXPECT_EQ(error::would_block, p.ours->try_discard(100, n));
    p.ours->release(direction::receiving);

    const std::string big(16 << 20, 'x');
    waited_transfer t(big);
    ASSERT_TRUE(p.ours->try_acquire(direction::sending));
    EXPECT_EQ(error::would_block, p.ours->try_send(t));
    EXPECT_GT(t.bytes, 0u);
    p.ours->send(t);
    EXPECT_EQ(big.size(), p.peer.receive_exactly(big.size()).size());
    EXPECT_EQ(error::none, t.wait());
    EXPECT_EQ(big.size(), t.bytes);
    p.ours->release(direction::sending);
}

TEST(net_stream, one_byte_at_a_time_arrives_whole) {
    rig r;
    pair p(r);
    p.peer.set(IPPROTO_TCP, TCP_NODELAY, 1);
    std::string all;
    for (int i = 0; i < 500; ++i) {
        p.peer.send(std::string(1, static_cast<char>('a' + i % 26)));
        std::string text;
        ASSERT_EQ(error::none, receive(*p.ours, text));
        all += text;
    }
    ASSERT_EQ(500u, all.size());
    EXPECT_EQ("abcde", all.substr(26, 5));
}

TEST(net_stream, no_delay_of_one_send_does_not_change_the_option) {  // CONN-028
    rig r;
    pair p(r);
    waited_transfer t("ab", 2);
    t.no_delay = true;
    ASSERT_TRUE(p.ours->try_acquire(direction::sending));
    EXPECT_EQ(error::none, p.ours->try_send(t));
    p.ours->release(direction::sending);
    EXPECT_EQ("ab", p.peer.receive());
    int value = 1;
    EXPECT_EQ(error::none, p.ours->get_option(net::option::no_delay, value));
    EXPECT_EQ(0, value);
    EXPECT_EQ(error::none, p.ours->set_option(net::option::no_delay, 1));
    EXPECT_EQ(error::none, p.ours->get_option(net::option::no_delay, value));
    EXPECT_EQ(1, value);
}

TEST(net_stream, a_port_in_time_wait_can_be_bound_again) {  // SOCK-052
    rig r;
    net::address at;
    {
        pair p(r);
        at = p.listener->local_address();
        waited<net::operation> f;
        ASSERT_TRUE(p.ours->try_acquire(direction::sending));
        p.ours->finish(f);  // the active close: our side stays in TIME_WAIT
        EXPECT_EQ(error::none, f.wait());
        p.ours->release(direction::sending);
        waited<net::operation> hangup;
        p.ours->watch_hangup(hangup, false);
        p.peer.end();
        EXPECT_EQ(error::none, hangup.wait());
    }
    auto again = r.make();
    EXPECT_EQ(error::none, again->bind(at));
    EXPECT_EQ(error::none, again->listen(1));
    close(std::move(again));
}

TEST(net_stream, bind_says_what_is_wrong_and_can_be_repeated) {  // SOCK-047, SOCK-048, SOCK-060
    rig r;
    plain other(AF_INET, SOCK_STREAM);
    ASSERT_TRUE(other.bind(net::address::loopback(family::ipv4)));
    ASSERT_EQ(0, listen(other.fd(), 1));
    auto s = r.make();
    EXPECT_EQ(error::address_in_use, s->bind(other.local()));
    EXPECT_EQ(error::address_not_available, s->bind(net::address::ipv4(192, 0, 2, 55, 0)));
    EXPECT_EQ(error::invalid_argument, s->bind(net::address::any(family::ipv6)));
    EXPECT_EQ(error::none, s->bind(net::address::loopback(family::ipv4)));
    EXPECT_EQ(error::invalid_argument, s->bind(net::address::loopback(family::ipv4)));
    EXPECT_EQ(error::invalid_argument, r.make()->listen(1));  // not bound
    close(std::move(s));
}

TEST(net_stream, options_read_back_as_set) {  // CTL-039, CTL-054
    rig r;
    pair p(r);
    const std::pair<net::option, int> wanted[] = {
        {net::option::receive_buffer, 65536}, {net::option::send_buffer, 50000},
        {net::option::keep_alive, 1},         {net::option::keep_idle_s, 33},
        {net::option::keep_interval_s, 7},    {net::option::keep_count, 4},
        {net::option::user_timeout_ms, 9000}, {net::option::hop_limit, 61},
        {net::option::traffic_class, 0x20},
    };
    for (const auto& [o, value] : wanted) {
        int read = -1;
        EXPECT_EQ(error::none, p.ours->set_option(o, value)) << static_cast<int>(o);
        EXPECT_EQ(error::none, p.ours->get_option(o, read));
        EXPECT_EQ(value, read) << static_cast<int>(o);
    }
    int read = 0;
    EXPECT_EQ(error::none, p.listener->set_option(net::option::fast_open, 1));
    EXPECT_EQ(error::none, p.listener->get_option(net::option::fast_open, read));
    EXPECT_EQ(1, read);
    EXPECT_EQ(error::not_supported, p.ours->get_option(net::option::v6_only, read));
}

TEST(net_stream, accepted_sockets_inherit_what_the_listener_was_told) {  // LSTN-019
    rig r;
    auto l = r.listener();
    EXPECT_EQ(error::none, l->set_option(net::option::keep_alive, 1));
    EXPECT_EQ(error::none, l->set_option(net::option::keep_idle_s, 44));
    plain peer = plain::connected(l->local_address());
    auto s = r.accept(*l);
    int value = 0;
    EXPECT_EQ(error::none, s->get_option(net::option::keep_alive, value));
    EXPECT_EQ(1, value);
    EXPECT_EQ(error::none, s->get_option(net::option::keep_idle_s, value));
    EXPECT_EQ(44, value);
    close(std::move(s));
    close(std::move(l));
}
