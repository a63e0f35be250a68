// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// UDP through the epoll backend: payload and control data in both directions, cast types,
// truncation, batches, segmentation and coalescing, fixed peers, ICMP errors that must not show.

#include <net/if.h>

#include "tests/unit/net_rig.hpp"

using namespace net_rig;
using net::address;
using net::cast;
using net::direction;
using net::error;
using net::family;
using net::option;

namespace {

constexpr uint32_t no_interface = 0;

uint32_t loopback_interface() {
    return if_nametoindex("lo");
}

base::ref_ptr<net::socket> udp(rig& r, const address& at) {
    auto s = r.make(net::kind::datagram, at.family);
    EXPECT_EQ(error::none, s->bind(at));
    return s;
}

struct message : net::datagram {
    explicit message(std::string t) : text(std::move(t)) { attach(); }
    explicit message(size_t room) : text(room, 0) { attach(); }
    message(message&& other) noexcept : net::datagram(other), text(std::move(other.text)) {
        attach();
    }
    void attach() {
        v = {text.data(), text.size()};
        vectors = &v;
        vector_count = 1;
    }
    [[nodiscard]] std::string received() const { return text.substr(0, bytes); }
    std::string text;
    iovec v{};
};

error send_one(net::socket& s, net::datagram& d) {
    waited<net::datagrams> op;
    op.messages = &d;
    op.count = 1;
    EXPECT_TRUE(s.try_acquire(direction::sending));
    s.send(op);
    const error e = op.wait();
    s.release(direction::sending);
    EXPECT_EQ(e == error::none ? 1u : 0u, op.moved);
    return e;
}

error receive_one(net::socket& s, net::datagram& d) {
    waited<net::datagrams> op;
    op.messages = &d;
    op.count = 1;
    EXPECT_TRUE(s.try_acquire(direction::receiving));
    s.receive(op);
    const error e = op.wait();
    s.release(direction::receiving);
    return e;
}

}  // namespace

TEST(net_datagram, carries_payload_and_both_addresses) {
    rig r;
    for (const family f : {family::ipv4, family::ipv6}) {
        auto a = udp(r, address::loopback(f));
        auto b = udp(r, address::any(f));
        message out("payload");
        out.peer = address::loopback(f, b->local_address().port);
        ASSERT_EQ(error::none, send_one(*a, out));
        EXPECT_EQ(7u, out.bytes);
        message in(size_t{100});
        ASSERT_EQ(error::none, receive_one(*b, in));
        EXPECT_EQ("payload", in.received());
        EXPECT_EQ(7u, in.full_bytes);
        EXPECT_FALSE(in.truncated);
        EXPECT_EQ(a->local_address(), in.peer);
        EXPECT_TRUE(in.local.same_host(address::loopback(f)));
        EXPECT_EQ(loopback_interface(), in.interface);
        EXPECT_EQ(cast::unicast, in.cast);
        EXPECT_EQ(-1, in.hop_limit);
        EXPECT_EQ(-1, in.traffic_class);
        EXPECT_EQ(0, in.segment);
        close(std::move(a));
        close(std::move(b));
    }
}

TEST(net_datagram, an_empty_datagram_is_a_datagram) {
    rig r;
    auto a = udp(r, address::loopback(family::ipv4));
    message out("");
    out.peer = a->local_address();
    ASSERT_EQ(error::none, send_one(*a, out));
    message in(size_t{10});
    ASSERT_EQ(error::none, receive_one(*a, in));
    EXPECT_EQ(0u, in.full_bytes);
    EXPECT_EQ(a->local_address(), in.peer);
    close(std::move(a));
}

TEST(net_datagram, tells_that_one_was_longer_than_its_buffer) {
    rig r;
    auto a = udp(r, address::loopback(family::ipv4));
    message out(std::string(1000, 'x'));
    out.peer = a->local_address();
    ASSERT_EQ(error::none, send_one(*a, out));
    message in(size_t{10});
    ASSERT_EQ(error::none, receive_one(*a, in));
    EXPECT_TRUE(in.truncated);
    EXPECT_EQ(10u, in.bytes);
    EXPECT_EQ(1000u, in.full_bytes);
    close(std::move(a));
}

TEST(net_datagram, tells_multicast_and_broadcast_from_unicast) {  // M4-30
    rig r;
    auto a = udp(r, address::loopback(family::ipv4));
    auto b = udp(r, address::any(family::ipv4));
    const uint16_t port = b->local_address().port;

    message out("x");
    out.peer = address::ipv4(127, 255, 255, 255, port);
    EXPECT_EQ(error::access_denied, send_one(*a, out));
    EXPECT_EQ(error::none, a->set_option(option::broadcast, 1));
    ASSERT_EQ(error::none, send_one(*a, out));
    message in(size_t{10});
    ASSERT_EQ(error::none, receive_one(*b, in));
    EXPECT_EQ(cast::broadcast, in.cast);
    EXPECT_TRUE(in.local.same_host(out.peer));

    const address group = address::ipv4(239, 255, 7, 9, port);
    EXPECT_EQ(error::invalid_argument,
              b->set_membership(address::loopback(family::ipv4), no_interface, true));
    ASSERT_EQ(error::none, b->set_membership(group, loopback_interface(), true));
    ASSERT_EQ(error::none,
              a->set_option(option::multicast_interface, static_cast<int>(loopback_interface())));
    out.peer = group;
    ASSERT_EQ(error::none, send_one(*a, out));
    ASSERT_EQ(error::none, receive_one(*b, in));
    EXPECT_EQ(cast::multicast, in.cast);
    EXPECT_TRUE(in.local.same_host(group));
    ASSERT_EQ(error::none, b->set_membership(group, loopback_interface(), false));
    EXPECT_NE(error::none, b->set_membership(group, loopback_interface(), false));
    close(std::move(a));
    close(std::move(b));
}

TEST(net_datagram, joins_groups_over_ipv6) {
    rig r;
    const uint8_t bytes[16] = {0xff, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x77, 0x01};
    auto a = udp(r, address::loopback(family::ipv6));
    auto b = udp(r, address::any(family::ipv6));
    const address group = address::ipv6(bytes, b->local_address().port, loopback_interface());
    ASSERT_EQ(error::none, b->set_membership(group, loopback_interface(), true));
    message out("six");
    out.peer = group;
    out.interface = loopback_interface();
    const error sent = send_one(*a, out);
    if (sent == error::none) {
        message in(size_t{10});
        ASSERT_EQ(error::none, receive_one(*b, in));
        EXPECT_EQ("six", in.received());
        EXPECT_EQ(cast::multicast, in.cast);
    }
    close(std::move(a));
    close(std::move(b));
    if (sent == error::network_unreachable) {
        GTEST_SKIP() << "no route for IPv6 multicast over the loopback interface";
    }
    EXPECT_EQ(error::none, sent);
}

TEST(net_datagram, sends_from_a_chosen_address_and_reports_hops_and_traffic_class) {  // CTL-047
    rig r;
    for (const family f : {family::ipv4, family::ipv6}) {
        auto a = udp(r, address::any(f));
        auto b = udp(r, address::any(f));
        ASSERT_EQ(error::none, b->set_option(option::receive_hop_limit, 1));
        ASSERT_EQ(error::none, b->set_option(option::receive_traffic_class, 1));
        message out("x");
        out.peer = address::loopback(f, b->local_address().port);
        out.local = f == family::ipv4 ? address::ipv4(127, 0, 0, 9, 0) : address::loopback(f);
        out.interface = loopback_interface();
        out.hop_limit = 5;
        out.traffic_class = 0x2a;  // ECN bits included
        ASSERT_EQ(error::none, send_one(*a, out));
        message in(size_t{10});
        ASSERT_EQ(error::none, receive_one(*b, in));
        EXPECT_TRUE(in.peer.same_host(out.local));
        EXPECT_EQ(5, in.hop_limit);
        EXPECT_EQ(0x2a, in.traffic_class);
        close(std::move(a));
        close(std::move(b));
    }
}

TEST(net_datagram, a_dual_stack_socket_handles_ipv4_packets_in_full) {
    rig r;
    auto six = r.make(net::kind::datagram, family::ipv6);
    ASSERT_EQ(error::none, six->set_option(option::v6_only, 0));
    ASSERT_EQ(error::none, six->set_option(option::receive_hop_limit, 1));
    ASSERT_EQ(error::none, six->set_option(option::receive_traffic_class, 1));
    ASSERT_EQ(error::none, six->bind(address::any(family::ipv6)));
    auto four = udp(r, address::loopback(family::ipv4));
    ASSERT_EQ(error::none, four->set_option(option::broadcast, 1));
    const uint16_t port = six->local_address().port;
    message out("x");
    message in(size_t{10});
    out.hop_limit = 9;
    out.peer = address::loopback(family::ipv4, port);
    ASSERT_EQ(error::none, send_one(*four, out));
    ASSERT_EQ(error::none, receive_one(*six, in));
    EXPECT_TRUE(in.peer.is_v4_mapped());
    EXPECT_TRUE(in.local.is_v4_mapped());
    EXPECT_TRUE(in.local.is_loopback());
    EXPECT_EQ(9, in.hop_limit);
    EXPECT_EQ(cast::unicast, in.cast);
    out.peer = address::ipv4(127, 255, 255, 255, port);
    ASSERT_EQ(error::none, send_one(*four, out));
    ASSERT_EQ(error::none, receive_one(*six, in));
    EXPECT_EQ(cast::broadcast, in.cast);
    // And back, with the source chosen: mapped addresses travel as IPv4.
    message back("y");
    back.peer = in.peer;
    const uint8_t source[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 4};
    back.local = address::ipv6(source, 0);
    back.traffic_class = 3;
    ASSERT_EQ(error::none, send_one(*six, back));
    ASSERT_EQ(error::none, receive_one(*four, in));
    EXPECT_TRUE(in.peer.same_host(address::ipv4(127, 0, 0, 4, 0)));
    close(std::move(six));
    close(std::move(four));
}

TEST(net_datagram, moves_batches_in_order) {
    rig r;
    auto a = udp(r, address::loopback(family::ipv4));
    auto b = udp(r, address::loopback(family::ipv4));
    std::vector<message> out;
    for (int i = 0; i < 40; ++i) {
        out.emplace_back("number " + std::to_string(i));
        out.back().peer = b->local_address();
    }
    std::vector<net::datagram> flat(out.begin(), out.end());
    for (size_t i = 0; i < flat.size(); ++i) {
        flat[i].vectors = &out[i].v;
    }
    waited<net::datagrams> sending;
    sending.messages = flat.data();
    sending.count = 40;
    ASSERT_TRUE(a->try_acquire(direction::sending));
    a->send(sending);
    EXPECT_EQ(error::none, sending.wait());
    a->release(direction::sending);
    EXPECT_EQ(40u, sending.moved);

    char room[8][64];
    iovec vectors[8];
    net::datagram in[8];
    for (int i = 0; i < 8; ++i) {
        vectors[i] = {room[i], sizeof room[i]};
        in[i].vectors = &vectors[i];
        in[i].vector_count = 1;
    }
    waited<net::datagrams> receiving;
    receiving.messages = in;
    receiving.count = 8;
    ASSERT_TRUE(b->try_acquire(direction::receiving));
    for (int next = 0; next < 40;) {
        b->receive(receiving);
        ASSERT_EQ(error::none, receiving.wait());
        for (uint32_t i = 0; i < receiving.moved; ++i) {
            EXPECT_EQ("number " + std::to_string(next++), std::string(room[i], in[i].bytes));
        }
    }
    EXPECT_EQ(error::would_block, b->try_receive(receiving));
    b->release(direction::receiving);
    close(std::move(a));
    close(std::move(b));
}

TEST(net_datagram, segments_and_coalesces) {
    rig r;
    auto a = udp(r, address::loopback(family::ipv4));
    auto plain_receiver = udp(r, address::loopback(family::ipv4));
    auto coalescing = udp(r, address::loopback(family::ipv4));
    ASSERT_EQ(error::none, coalescing->set_option(option::receive_coalesced, 1));
    message out(std::string(1000, 'a') + std::string(1000, 'b') + std::string(300, 'c'));
    out.segment = 1000;
    out.peer = plain_receiver->local_address();
    ASSERT_EQ(error::none, send_one(*a, out));
    for (const std::string& wanted :
         {std::string(1000, 'a'), std::string(1000, 'b'), std::string(300, 'c')}) {
        message in(size_t{2000});
        ASSERT_EQ(error::none, receive_one(*plain_receiver, in));
        EXPECT_EQ(wanted, in.received());
        EXPECT_EQ(0, in.segment);
    }
    out.peer = coalescing->local_address();
    ASSERT_EQ(error::none, send_one(*a, out));
    message in(size_t{65536});
    ASSERT_EQ(error::none, receive_one(*coalescing, in));
    EXPECT_EQ(1000, in.segment);
    EXPECT_EQ(out.text, in.received());
    out.peer = coalescing->local_address();
    out.segment = 0;
    ASSERT_EQ(error::none, send_one(*a, out));
    ASSERT_EQ(error::none, receive_one(*coalescing, in));
    EXPECT_EQ(0, in.segment);
    close(std::move(a));
    close(std::move(plain_receiver));
    close(std::move(coalescing));
}

TEST(net_datagram, refuses_what_is_too_large) {  // CTL-049
    rig r;
    auto a = udp(r, address::loopback(family::ipv4));
    message out(std::string(70000, 'x'));
    out.peer = a->local_address();
    EXPECT_EQ(error::message_too_large, send_one(*a, out));
    close(std::move(a));
}

TEST(net_datagram, an_icmp_error_of_an_earlier_datagram_does_not_show) {  // M4-29
    rig r;
    auto a = udp(r, address::loopback(family::ipv4));
    const uint16_t port = a->local_address().port;
    address gone;
    {
        plain p(AF_INET, SOCK_DGRAM);
        ASSERT_TRUE(p.bind(address::loopback(family::ipv4)));
        gone = p.local();
    }
    ASSERT_EQ(error::none, a->set_peer(gone));
    EXPECT_EQ(gone, a->remote_address());
    message out("x");
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(error::none, send_one(*a, out)) << i;
    }
    // Receiving waits as if nothing had happened.
    waited<net::datagrams> op;
    message in(size_t{10});
    op.messages = &in;
    op.count = 1;
    ASSERT_TRUE(a->try_acquire(direction::receiving));
    a->receive(op);
    settle(*r.loop);
    EXPECT_FALSE(op.ended.is_set());
    a->cancel(op);
    EXPECT_EQ(error::cancelled, op.wait());
    a->release(direction::receiving);
    // Clearing the peer keeps the port.
    ASSERT_EQ(error::none, a->set_peer(address{}));
    EXPECT_EQ(port, a->local_address().port);
    EXPECT_FALSE(a->remote_address().valid());
    auto b = udp(r, address::loopback(family::ipv4));
    out.peer = address::loopback(family::ipv4, port);
    ASSERT_EQ(error::none, send_one(*b, out));
    ASSERT_EQ(error::none, receive_one(*a, in));
    EXPECT_EQ("x", in.received());
    close(std::move(a));
    close(std::move(b));
}

TEST(net_datagram, a_fixed_peer_gives_the_concrete_source_address) {  // SOCK-069
    rig r;
    auto a = udp(r, address::any(family::ipv4));
    auto b = udp(r, address::loopback(family::ipv4));
    ASSERT_EQ(error::none, a->set_peer(b->local_address()));
    EXPECT_TRUE(a->local_address().is_loopback());
    ASSERT_EQ(error::none, a->set_peer(address{}));
    EXPECT_TRUE(a->local_address().is_any());
    close(std::move(a));
    close(std::move(b));
}

TEST(net_datagram, waits_for_room_and_goes_on_by_itself) {
    rig r;
    auto a = udp(r, address::loopback(family::ipv4));
    plain sink(AF_INET, SOCK_DGRAM);
    ASSERT_TRUE(sink.bind(address::loopback(family::ipv4)));
    ASSERT_EQ(error::none, a->set_option(option::send_buffer, 2048));
    std::vector<message> out;
    std::vector<net::datagram> flat;
    for (int i = 0; i < 300; ++i) {
        out.emplace_back(std::string(1400, 'x'));
    }
    for (message& m : out) {
        m.peer = sink.local();
        flat.push_back(m);
        flat.back().vectors = &m.v;
    }
    waited<net::datagrams> op;
    op.messages = flat.data();
    op.count = 300;
    ASSERT_TRUE(a->try_acquire(direction::sending));
    a->send(op);
    EXPECT_EQ(error::none, op.wait());
    EXPECT_EQ(300u, op.moved);
    a->release(direction::sending);
    close(std::move(a));
}

TEST(net_datagram, close_ends_what_is_armed) {
    rig r;
    auto a = udp(r, address::loopback(family::ipv4));
    waited<net::datagrams> op;
    op.then = [&] { a->release(direction::receiving); };
    ASSERT_TRUE(a->try_acquire(direction::receiving));
    a->receive(op);  // readiness only
    waited<net::close_operation> c;
    a->close(c);
    EXPECT_EQ(error::cancelled, op.wait());
    EXPECT_EQ(error::none, c.wait());
}

TEST(net_datagram, readiness_alone_consumes_nothing) {
    rig r;
    auto a = udp(r, address::loopback(family::ipv4));
    ASSERT_TRUE(a->try_acquire(direction::receiving));
    waited<net::datagrams> op;
    message in(size_t{10});
    op.messages = &in;
    op.count = 1;
    EXPECT_EQ(error::would_block, a->try_receive(op));
    op.count = 0;
    a->receive(op);
    settle(*r.loop);
    EXPECT_FALSE(op.ended.is_set());
    message out("x");
    out.peer = a->local_address();
    ASSERT_EQ(error::none, send_one(*a, out));
    EXPECT_EQ(error::none, op.wait());
    op.count = 1;
    EXPECT_EQ(error::none, a->try_receive(op));
    EXPECT_EQ(1u, op.moved);
    a->release(direction::receiving);
    close(std::move(a));
}

TEST(net_datagram, two_sockets_share_a_port_only_when_both_are_told_to) {  // SOCK-055
    rig r;
    for (const net::kind k : {net::kind::datagram, net::kind::stream}) {
        auto specific = r.make(k);
        ASSERT_EQ(error::none, specific->bind(address::loopback(family::ipv4)));
        if (k == net::kind::stream) {
            ASSERT_EQ(error::none, specific->listen(4));
        }
        const uint16_t port = specific->local_address().port;
        auto wildcard = r.make(k);
        EXPECT_EQ(error::address_in_use, wildcard->bind(address::any(family::ipv4, port)));
        ASSERT_EQ(error::none, specific->set_option(option::share_port, 1));
        ASSERT_EQ(error::none, wildcard->set_option(option::share_port, 1));
        ASSERT_EQ(error::none, wildcard->bind(address::any(family::ipv4, port)));
        if (k == net::kind::stream) {
            ASSERT_EQ(error::none, wildcard->listen(4));
            for (int i = 0; i < 8; ++i) {  // never spread over both
                plain peer = plain::connected(specific->local_address());
                r.accept(*specific);
            }
        }
        close(std::move(specific));
        close(std::move(wildcard));
    }
}

TEST(net_datagram, options_read_back_as_set) {  // CTL-028, CTL-039, K4
    rig r;
    for (const family f : {family::ipv4, family::ipv6}) {
        auto a = udp(r, address::any(f));
        const std::pair<option, int> wanted[] = {
            {option::receive_buffer, 65536},
            {option::broadcast, 1},
            {option::hop_limit, 7},
            {option::traffic_class, 0x28},
            {option::interface, static_cast<int>(loopback_interface())},
            {option::dont_fragment, 1},
            {option::mtu_discover, 2},
            {option::multicast_interface, static_cast<int>(loopback_interface())},
            {option::multicast_hops, 3},
            {option::multicast_loop, 0},
            {option::receive_hop_limit, 1},
            {option::receive_traffic_class, 1},
            {option::receive_coalesced, 1},
            {option::no_checksum, 1},
        };
        for (const auto& [o, value] : wanted) {
            int read = -1;
            EXPECT_EQ(error::none, a->set_option(o, value)) << static_cast<int>(o);
            EXPECT_EQ(error::none, a->get_option(o, read)) << static_cast<int>(o);
            EXPECT_EQ(value, read) << static_cast<int>(o);
        }
        int mtu = 0;
        EXPECT_NE(error::none, a->set_option(option::no_delay, 1));
        ASSERT_EQ(error::none, a->set_peer(address::loopback(f, 9)));
        EXPECT_EQ(error::none, a->get_option(option::mtu, mtu));
        EXPECT_GE(mtu, 1280);
        close(std::move(a));
    }
}
