// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Connect, send, receive by IRPs, disconnect.

#include "tests/unit/support/wsk_rig.hpp"

namespace {

using namespace test;

class wsk_connection : public wsk_fixture {
protected:
    PWSK_SOCKET bound(ULONG flags = WSK_FLAG_CONNECTION_SOCKET) {
        PWSK_SOCKET s = make(flags);
        EXPECT_EQ(bind(s), STATUS_SUCCESS);
        return s;
    }
    NTSTATUS connect(PWSK_SOCKET s, uint16_t port, ULONG flags = 0) {
        SOCKADDR_IN to = v4(port);
        call c;
        c([&](PIRP irp) { return con(s).WskConnect(s, sa(to), flags, irp); });
        std::memset(&to, 0xee, sizeof to);
        EXPECT_EQ(c.information(), 0u);
        return c.status();
    }
    NTSTATUS disconnect(PWSK_SOCKET s, ULONG flags = 0, WSK_BUF* last = nullptr) {
        call c;
        c([&](PIRP irp) { return con(s).WskDisconnect(s, last, flags, irp); });
        return c.status();
    }
    /// A send that the peer does not read: it stays pending.
    void fill(PWSK_SOCKET s, call& c, buffer& b) {
        c([&](PIRP irp) { return con(s).WskSend(s, &b.buf, 0, irp); });
        EXPECT_EQ(c.returned, STATUS_PENDING);
        ke::drain_deferred(ke::current());
        EXPECT_FALSE(c.done());
    }
};

constexpr size_t big = size_t{8} << 20;

// -- Connect.

TEST_F(wsk_connection, connects_a_bound_socket) {
    // CONN-001 CONN-003
    peer_listener l;
    PWSK_SOCKET s = bound();
    EXPECT_EQ(connect(s, l.port()), STATUS_SUCCESS);
    peer p = l.accept();
    EXPECT_EQ(send(s, "hi"), STATUS_SUCCESS);
    EXPECT_EQ(p.receive(2), "hi");
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_connection, connect_checks_state_and_arguments_inside_the_call) {
    // CONN-002 CONN-004 CONN-005 CONN-006 CONN-016 CONN-018
    peer_listener l;
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    SOCKADDR_IN to = v4(l.port());
    SOCKADDR_IN6 six = v6(l.port(), true);
    call c;
    c([&](PIRP irp) { return con(s).WskConnect(s, sa(to), 0, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(c.information(), 0u);
    c([&](PIRP irp) { return con(s).WskConnectEx(s, sa(to), nullptr, 0, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(bind(s), STATUS_SUCCESS);
    c([&](PIRP irp) { return con(s).WskConnect(s, sa(six), 0, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    c([&](PIRP irp) { return con(s).WskConnect(s, nullptr, 0, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    c([&](PIRP irp) { return con(s).WskConnect(s, sa(to), 1, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    c([&](PIRP irp) { return con(s).WskConnectEx(s, sa(to), nullptr, 1, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    EXPECT_EQ(connect(s, l.port()), STATUS_SUCCESS);
    EXPECT_EQ(connect(s, l.port()), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_connection, a_refused_connect_leaves_the_socket_bound_to_the_same_address) {
    // CONN-007 CONN-009 SOCK-048
    PWSK_SOCKET s = bound();
    const uint16_t mine = port(s);
    call c;
    SOCKADDR_IN to = v4(unused_port());
    c([&](PIRP irp) { return con(s).WskConnect(s, sa(to), 0, irp); });
    EXPECT_EQ(c.returned, STATUS_PENDING);
    EXPECT_EQ(c.status(), STATUS_CONNECTION_REFUSED);
    EXPECT_EQ(port(s), mine);
    peer_listener l;
    EXPECT_EQ(connect(s, l.port()), STATUS_SUCCESS);
    EXPECT_EQ(port(s), mine);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_connection, connect_ex_sends_its_data_first) {
    // CONN-015 CONN-017 CONN-019 CONN-020 CONN-022
    peer_listener l;
    PWSK_SOCKET s = bound();
    SOCKADDR_IN to = v4(l.port());
    buffer long_one(size_t{65536});
    call c;
    c([&](PIRP irp) { return con(s).WskConnectEx(s, sa(to), &long_one.buf, 0, irp); });
    EXPECT_EQ(c.returned, STATUS_BUFFER_OVERFLOW);
    SOCKADDR_IN nobody = v4(unused_port());
    buffer first(std::string(65535, 'a'));
    c([&](PIRP irp) { return con(s).WskConnectEx(s, sa(nobody), &first.buf, 0, irp); });
    EXPECT_EQ(c.status(), STATUS_CONNECTION_REFUSED);
    EXPECT_EQ(c.information(), 0u);
    c.on_completion = [&](call&) { std::memset(first.data(), 'z', 65535); };
    c([&](PIRP irp) { return con(s).WskConnectEx(s, sa(to), &first.buf, 0, irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(c.information(), 65535u);
    EXPECT_EQ(send(s, "then this"), STATUS_SUCCESS);
    peer p = l.accept();
    EXPECT_EQ(p.receive(65535), std::string(65535, 'a'));
    EXPECT_EQ(p.receive(9), "then this");
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_connection, socket_connect_creates_binds_and_connects) {
    // SOCK-033 SOCK-035 SOCK-037
    peer_listener l;
    SOCKADDR_IN from = v4(0, INADDR_ANY);
    SOCKADDR_IN to = v4(l.port());
    call c;
    c([&](PIRP irp) {
        return wsk().WskSocketConnect(client(), SOCK_STREAM, IPPROTO_TCP, sa(from), sa(to), 0,
                                      nullptr, nullptr, nullptr, nullptr, nullptr, irp);
    });
    EXPECT_EQ(c.returned, STATUS_PENDING);
    std::memset(&from, 0xee, sizeof from);
    std::memset(&to, 0xee, sizeof to);
    ASSERT_EQ(c.status(), STATUS_SUCCESS);
    PWSK_SOCKET s = c.socket();
    EXPECT_EQ(s->Dispatch, &wsk::connection_dispatch);
    EXPECT_EQ(send(s, "x"), STATUS_SUCCESS);
    peer p = l.accept();
    EXPECT_EQ(p.receive(1), "x");
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_connection, socket_connect_refuses_bad_arguments) {
    // SOCK-034 SOCK-036 SOCK-037
    SOCKADDR_IN a = v4(1);
    SOCKADDR_IN6 six = v6(1, true);
    call c;
    const auto with = [&](USHORT type, ULONG protocol, PSOCKADDR local, PSOCKADDR remote,
                          ULONG flags) {
        c([&](PIRP irp) {
            return wsk().WskSocketConnect(client(), type, protocol, local, remote, flags, nullptr,
                                          nullptr, nullptr, nullptr, nullptr, irp);
        });
        EXPECT_EQ(c.information(), 0u);
        return c.returned;
    };
    EXPECT_EQ(with(SOCK_STREAM, IPPROTO_TCP, sa(a), sa(six), 0), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(with(SOCK_STREAM, IPPROTO_TCP, nullptr, sa(a), 0), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(with(SOCK_STREAM, IPPROTO_TCP, sa(a), sa(a), 1), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(with(SOCK_DGRAM, IPPROTO_UDP, sa(a), sa(a), 0), STATUS_NOT_SUPPORTED);
}

TEST_F(wsk_connection, socket_connect_that_fails_leaves_nothing_behind) {
    // SOCK-038
    SOCKADDR_IN from = v4(0);
    SOCKADDR_IN to = v4(unused_port());
    call c;
    c([&](PIRP irp) {
        return wsk().WskSocketConnect(client(), SOCK_STREAM, IPPROTO_TCP, sa(from), sa(to), 0,
                                      nullptr, nullptr, nullptr, nullptr, nullptr, irp);
    });
    EXPECT_EQ(c.status(), STATUS_CONNECTION_REFUSED);
    EXPECT_EQ(c.information(), 0u);
    peer_listener taken;
    from = v4(taken.port());
    c([&](PIRP irp) {
        return wsk().WskSocketConnect(client(), SOCK_STREAM, IPPROTO_TCP, sa(from), sa(to), 0,
                                      nullptr, nullptr, nullptr, nullptr, nullptr, irp);
    });
    EXPECT_EQ(c.status(), STATUS_ADDRESS_ALREADY_EXISTS);
    // TearDown deregisters, which would wait for a socket left behind.
}

// -- Send.

TEST_F(wsk_connection, a_send_is_complete_when_every_byte_is_sent) {
    // CONN-023
    pair p = connect_pair(nullptr, 4096);
    std::string text(big, '\0');
    for (size_t i = 0; i < text.size(); ++i) {
        text[i] = static_cast<char>(i * 7 + i / 251);
    }
    buffer b(text);
    call c;
    fill(p.ours, c, b);
    EXPECT_EQ(p.theirs.receive(big), text);
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(c.information(), big);
    close(p);
}

TEST_F(wsk_connection, overlapping_sends_go_out_whole_and_in_order) {
    // CONN-024 CONN-037 IRP-016
    pair p = connect_pair(nullptr, 4096);
    std::string expected;
    std::deque<buffer> buffers;
    std::deque<call> calls;
    std::atomic<int> completed{0};
    for (int i = 0; i < 8; ++i) {
        // One of no bytes between two others.
        const std::string text(i == 3 ? 0 : 400000 + i, static_cast<char>('a' + i));
        expected += text;
        buffers.emplace_back(text);
        calls.emplace_back().on_completion = [&, i](call&) {
            EXPECT_EQ(completed.fetch_add(1), i);
        };
        calls.back()(
            [&](PIRP irp) { return con(p.ours).WskSend(p.ours, &buffers.back().buf, 0, irp); });
    }
    EXPECT_EQ(p.theirs.receive(expected.size()), expected);
    for (call& c : calls) {
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
    }
    EXPECT_EQ(calls[3].information(), 0u);
    close(p);
}

TEST_F(wsk_connection, mdl_chains_with_an_offset_are_sent_as_they_are) {
    // CONN-026 CONN-027 IRP-029 IRP-031 IRP-032 IRP-035 IRP-037
    pair p = connect_pair();
    buffer b(std::string("0123456789abcdef"), {5, 0, 1, 7, 3});
    b.buf.Offset = 4;
    b.buf.Length = 10;
    call c;
    c([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &b.buf, 0, irp); });
    b.buf = {};  // the structure is consumed during the call
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(c.information(), 10u);
    EXPECT_EQ(p.theirs.receive(10), "456789abcd");
    std::string many(3000, '\0');
    for (size_t i = 0; i < many.size(); ++i) {
        many[i] = static_cast<char>('a' + i % 26);
    }
    buffer chain(many, std::vector<size_t>(3000, 1));
    c([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &chain.buf, 0, irp); });
    EXPECT_EQ(p.theirs.receive(3000), many);
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(c.information(), 3000u);
    close(p);
}

TEST_F(wsk_connection, send_checks_its_arguments_and_state) {
    // CONN-030 CONN-031 CONN-040 IRP-033 IRP-034
    PWSK_SOCKET s = bound();
    buffer b("x");
    call c;
    c([&](PIRP irp) { return con(s).WskSend(s, &b.buf, 0, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    pair p = connect_pair();
    c([&](PIRP irp) { return con(p.ours).WskSend(p.ours, nullptr, 0, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    c([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &b.buf, 1, irp); });
    EXPECT_EQ(c.returned, STATUS_NOT_SUPPORTED);
    WSK_BUF none = {nullptr, 0, 1};
    c([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &none, 0, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    EXPECT_EQ(violations(), 0u);
    b.buf.Length = 2;
    c([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &b.buf, 0, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    EXPECT_EQ(violations(), 1u);
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, 0, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    c([&](PIRP irp) { return con(p.ours).WskDisconnect(p.ours, &b.buf, 0, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    EXPECT_EQ(violations(), 2u);
    close(p);
}

TEST_F(wsk_connection, a_flag_of_one_call_sends_without_delay) {
    // CONN-028 CONN-029
    pair p = connect_pair();
    EXPECT_EQ(send(p.ours, "a"), STATUS_SUCCESS);
    EXPECT_EQ(send(p.ours, "b", WSK_FLAG_NODELAY), STATUS_SUCCESS);
    EXPECT_EQ(send(p.ours, "c", 0x80000000), STATUS_SUCCESS);  // unknown bits are ignored
    EXPECT_EQ(p.theirs.receive(3), "abc");
    close(p);
}

TEST_F(wsk_connection, sending_works_after_the_peers_fin) {
    // CONN-033 CONN-119
    pair p = connect_pair();
    p.theirs.finish();
    EXPECT_EQ(receive(p.ours, 1), "");
    EXPECT_EQ(send(p.ours, "still here"), STATUS_SUCCESS);
    EXPECT_EQ(p.theirs.receive(10), "still here");
    close(p);
}

TEST_F(wsk_connection, a_reset_is_latched_and_told_by_pending_irps) {
    // CONN-034 CONN-036 CONN-059 CONN-104
    pair p = connect_pair();
    EXPECT_TRUE(p.theirs.send("12345"));
    EXPECT_EQ(receive(p.ours, 2), "12");
    p.theirs.reset();
    NTSTATUS s = STATUS_SUCCESS;
    EXPECT_EQ(receive(p.ours, 10, 0, &s), "345");  // what had arrived comes first
    EXPECT_EQ(s, STATUS_SUCCESS);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(receive(p.ours, 10, 0, &s), "");
        EXPECT_EQ(s, STATUS_CONNECTION_RESET);
        buffer b("x");
        call c;
        c([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &b.buf, 0, irp); });
        EXPECT_EQ(c.returned, STATUS_PENDING);
        EXPECT_EQ(c.status(), STATUS_CONNECTION_RESET);
    }
    EXPECT_EQ(disconnect(p.ours), STATUS_CONNECTION_RESET);
    EXPECT_EQ(disconnect(p.ours, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
    close(p);
}

TEST_F(wsk_connection, a_reset_after_the_peers_fin_fails_sends) {
    // CONN-060
    pair p = connect_pair();
    p.theirs.finish();
    EXPECT_EQ(receive(p.ours, 1), "");
    EXPECT_EQ(send(p.ours, "unread"), STATUS_SUCCESS);
    p.theirs.reset();
    EXPECT_TRUE(eventually([&] { return send(p.ours, "x") == STATUS_CONNECTION_RESET; }));
    close(p);
}

TEST_F(wsk_connection, cancelling_sends_ends_them_with_what_was_handed_over) {
    // CONN-038 IRP-021
    pair p = connect_pair(nullptr, 4096);
    buffer first(big);
    buffer second("never sent");
    call a;
    call b;
    fill(p.ours, a, first);
    fill(p.ours, b, second);
    b.cancel();
    EXPECT_EQ(b.status(), STATUS_CANCELLED);
    EXPECT_EQ(b.information(), 0u);
    a.cancel();
    EXPECT_EQ(a.status(), STATUS_CANCELLED);
    EXPECT_GT(a.information(), 0u);
    EXPECT_LT(a.information(), big);
    p.theirs.reset();
    close(p);
}

// -- Receive.

TEST_F(wsk_connection, a_receive_takes_what_there_is) {
    // CONN-042 CONN-062 IRP-036
    pair p = connect_pair();
    EXPECT_TRUE(p.theirs.send("0123456789"));
    buffer b(std::vector<size_t>{10, 2, 90});
    b.buf.Offset = 7;
    b.buf.Length = 95;
    call c;
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, 0, irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(c.information(), 10u);
    EXPECT_EQ(b.text(18).substr(7, 10), "0123456789");
    EXPECT_EQ(b.text(7), "#######");
    close(p);
}

TEST_F(wsk_connection, queued_receives_are_filled_in_order) {
    // CONN-043
    pair p = connect_pair();
    std::deque<buffer> buffers;
    std::deque<call> calls;
    for (int i = 0; i < 3; ++i) {
        buffers.emplace_back(size_t{4});
        calls.emplace_back()(
            [&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &buffers.back().buf, 0, irp); });
        EXPECT_EQ(calls.back().returned, STATUS_PENDING);
    }
    EXPECT_TRUE(p.theirs.send("aaaabbbbcc"));
    EXPECT_EQ(calls[0].information(), 4u);
    EXPECT_EQ(calls[1].information(), 4u);
    EXPECT_EQ(calls[2].information(), 2u);
    EXPECT_EQ(buffers[0].text() + buffers[1].text() + buffers[2].text(2), "aaaabbbbcc");
    close(p);
}

TEST_F(wsk_connection, the_end_of_the_stream_ends_every_receive_with_no_bytes) {
    // CONN-044
    pair p = connect_pair();
    buffer b(size_t{4});
    call first;
    call second;
    for (call* c : {&first, &second}) {
        (*c)([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, 0, irp); });
    }
    p.theirs.finish();
    EXPECT_EQ(first.status(), STATUS_SUCCESS);
    EXPECT_EQ(first.information(), 0u);
    EXPECT_EQ(second.status(), STATUS_SUCCESS);
    EXPECT_EQ(second.information(), 0u);
    EXPECT_EQ(receive(p.ours, 10), "");
    close(p);
}

TEST_F(wsk_connection, wait_all_fills_the_buffer_or_says_how_far_it_came) {
    // CONN-045 CONN-046 CONN-047 CONN-048
    pair p = connect_pair();
    buffer b(size_t{12});
    call c;
    const auto begin = [&] {
        c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, WSK_FLAG_WAITALL, irp); });
    };
    begin();
    for (const char* piece : {"abcd", "efgh", "ijkl"}) {
        EXPECT_FALSE(c.done());
        EXPECT_TRUE(p.theirs.send(piece));
    }
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(c.information(), 12u);
    EXPECT_EQ(b.text(), "abcdefghijkl");
    EXPECT_TRUE(p.theirs.send("0123456789"));
    begin();
    // The ten bytes are in the buffer when the kernel has nothing more.
    EXPECT_TRUE(eventually([&] {
        ke::drain_deferred(ke::current());
        return b.text(10) == "0123456789";
    }));
    c.cancel();
    EXPECT_EQ(c.status(), STATUS_CANCELLED);
    EXPECT_EQ(c.information(), 10u);
    EXPECT_TRUE(p.theirs.send("last"));
    p.theirs.finish();
    begin();
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(c.information(), 4u);
    close(p);

    pair q = connect_pair();
    EXPECT_TRUE(q.theirs.send("12345"));
    c([&](PIRP irp) { return con(q.ours).WskReceive(q.ours, &b.buf, WSK_FLAG_WAITALL, irp); });
    q.theirs.reset();
    EXPECT_EQ(c.status(), STATUS_CONNECTION_RESET);
    EXPECT_LE(c.information(), 5u);
    close(q);
}

TEST_F(wsk_connection, drain_discards_until_the_end) {
    // CONN-049 CONN-050 CONN-051 CONN-052 CONN-053
    pair p = connect_pair();
    buffer b(size_t{8});
    WSK_BUF none = {};
    call c;
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, WSK_FLAG_DRAIN, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, nullptr, WSK_FLAG_DRAIN, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    c([&](PIRP irp) {
        return con(p.ours).WskReceive(p.ours, &none, WSK_FLAG_DRAIN | WSK_FLAG_WAITALL, irp);
    });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, 0x100, irp); });
    EXPECT_EQ(c.returned, STATUS_NOT_SUPPORTED);
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &none, WSK_FLAG_DRAIN, irp); });
    EXPECT_EQ(c.returned, STATUS_PENDING);
    call behind;
    behind([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, 0, irp); });
    EXPECT_TRUE(p.theirs.send(std::string(1 << 20, 'd')));
    EXPECT_FALSE(c.done());
    p.theirs.finish();
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(c.information(), 0u);
    EXPECT_EQ(behind.status(), STATUS_SUCCESS);
    EXPECT_EQ(behind.information(), 0u);
    close(p);
}

TEST_F(wsk_connection, a_receive_of_no_bytes_waits_for_data_and_takes_none) {
    // CONN-054
    pair p = connect_pair();
    WSK_BUF none = {};
    call c;
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &none, 0, irp); });
    ke::drain_deferred(ke::current());
    EXPECT_FALSE(c.done());
    EXPECT_TRUE(p.theirs.send("data"));
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(c.information(), 0u);
    EXPECT_EQ(receive(p.ours, 10), "data");
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &none, 0, irp); });
    p.theirs.finish();
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    close(p);
}

TEST_F(wsk_connection, receive_needs_a_connection) {
    // CONN-057 CONN-101
    PWSK_SOCKET s = bound();
    buffer b(size_t{4});
    call c;
    c([&](PIRP irp) { return con(s).WskReceive(s, &b.buf, 0, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_DEVICE_STATE);
    c([&](PIRP irp) { return con(s).WskDisconnect(s, nullptr, 0, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_connection, cancelling_a_receive_loses_no_byte) {
    // CONN-061 IRP-025
    pair p = connect_pair();
    std::string received;
    for (int i = 0; i < 300; ++i) {
        buffer b(size_t{4});
        call c;
        c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, 0, irp); });
        const char byte = static_cast<char>('a' + i % 26);
        EXPECT_TRUE(p.theirs.send(std::string(1, byte)));
        c.cancel();
        if (c.status() == STATUS_SUCCESS) {
            received += b.text(c.information());
        } else {
            EXPECT_EQ(c.status(), STATUS_CANCELLED);
            EXPECT_EQ(c.information(), 0u);
        }
    }
    p.theirs.finish();
    for (std::string more = receive(p.ours, 100); !more.empty(); more = receive(p.ours, 100)) {
        received += more;
    }
    EXPECT_EQ(received.size(), 300u);
    for (size_t i = 0; i < received.size(); ++i) {
        ASSERT_EQ(received[i], static_cast<char>('a' + i % 26));
    }
    close(p);
}

TEST_F(wsk_connection, nothing_is_read_that_nobody_asked_for) {
    // CONN-064 CONN-125 CTL-065
    pair p = connect_pair();
    const std::string chunk(1 << 20, 'x');
    size_t taken = 0;
    for (size_t n = p.theirs.send_some(chunk); n != 0; n = p.theirs.send_some(chunk)) {
        taken += n;
        ASSERT_LT(taken, size_t{256} << 20);  // the peer is blocked long before
    }
    SIZE_T backlog = 0;
    call c;
    c([&](PIRP irp) {
        return con(p.ours).WskControlSocket(p.ours, WskIoctl, SIO_WSK_QUERY_RECEIVE_BACKLOG, 0, 0,
                                            nullptr, sizeof backlog, &backlog, nullptr, irp);
    });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(c.information(), sizeof backlog);
    EXPECT_GT(backlog, 0u);
    EXPECT_LE(backlog, taken);
    p.theirs.reset();
    close(p);
}

TEST_F(wsk_connection, the_irps_own_fields_are_left_alone) {
    // CONN-066 IRP-018
    pair p = connect_pair();
    buffer b(size_t{4});
    MDL mine = {};
    int user = 0;
    call c;
    c.irp()->MdlAddress = &mine;
    c.irp()->AssociatedIrp.SystemBuffer = &user;
    c.irp()->UserBuffer = &user;
    c.irp()->Flags = 0x40;
    c.on_completion = [&](call& done) {
        EXPECT_EQ(done.irp()->MdlAddress, &mine);
        EXPECT_EQ(done.irp()->AssociatedIrp.SystemBuffer, &user);
        EXPECT_EQ(done.irp()->UserBuffer, &user);
        EXPECT_EQ(done.irp()->Flags, 0x40u);
        done.irp()->MdlAddress = nullptr;
    };
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, 0, irp); });
    EXPECT_TRUE(p.theirs.send("abcd"));
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    close(p);
}

// -- Disconnect.

TEST_F(wsk_connection, a_graceful_disconnect_sends_everything_first) {
    // CONN-093 CONN-094 CONN-095 CONN-097 CONN-032
    pair p = connect_pair(nullptr, 4096);
    const std::string text(big, 'q');
    buffer b(text);
    buffer last("the end");
    call s;
    call d;
    fill(p.ours, s, b);
    d([&](PIRP irp) { return con(p.ours).WskDisconnect(p.ours, &last.buf, 0, irp); });
    EXPECT_EQ(d.returned, STATUS_PENDING);
    buffer more("x");
    call late;
    late([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &more.buf, 0, irp); });
    EXPECT_EQ(late.returned, STATUS_INVALID_DEVICE_STATE);
    EXPECT_FALSE(d.done());
    EXPECT_EQ(p.theirs.receive(big), text);
    EXPECT_EQ(p.theirs.receive(7), "the end");
    EXPECT_TRUE(p.theirs.ended());
    EXPECT_EQ(s.status(), STATUS_SUCCESS);
    EXPECT_EQ(d.status(), STATUS_SUCCESS);  // the peer's side is still open
    close(p);
}

TEST_F(wsk_connection, receiving_works_after_a_graceful_disconnect) {
    // CONN-058 CONN-096 CONN-102
    pair p = connect_pair();
    EXPECT_EQ(disconnect(p.ours), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.send("answer"));
    EXPECT_EQ(receive(p.ours, 100), "answer");
    EXPECT_EQ(disconnect(p.ours), STATUS_INVALID_DEVICE_STATE);
    p.theirs.finish();
    EXPECT_EQ(receive(p.ours, 100), "");
    EXPECT_EQ(disconnect(p.ours, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
    EXPECT_EQ(disconnect(p.ours, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
    close(p);
}

TEST_F(wsk_connection, an_abortive_disconnect_ends_everything_at_once) {
    // CONN-035 CONN-098 CONN-099 CONN-107 SOCK-081
    pair p = connect_pair(nullptr, 4096);
    buffer b(big);
    buffer r(size_t{10});
    call s;
    call receives[2];
    fill(p.ours, s, b);
    receives[0]([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &r.buf, 0, irp); });
    receives[1](
        [&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &r.buf, WSK_FLAG_WAITALL, irp); });
    EXPECT_EQ(disconnect(p.ours, WSK_FLAG_ABORTIVE, &r.buf), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(disconnect(p.ours, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
    EXPECT_EQ(s.status(), STATUS_CONNECTION_ABORTED);
    EXPECT_EQ(receives[0].status(), STATUS_CONNECTION_ABORTED);
    EXPECT_EQ(receives[1].status(), STATUS_CONNECTION_ABORTED);
    NTSTATUS later = STATUS_SUCCESS;
    (void)receive(p.ours, 1, 0, &later);
    EXPECT_EQ(later, STATUS_CONNECTION_ABORTED);
    EXPECT_EQ(send(p.ours, "x"), STATUS_CONNECTION_ABORTED);
    EXPECT_EQ(disconnect(p.ours), STATUS_CONNECTION_ABORTED);
    EXPECT_EQ(disconnect(p.ours, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.was_reset());
    close(p);
}

TEST_F(wsk_connection, a_stuck_disconnect_is_ended_by_an_abort_a_cancel_or_a_close) {
    // CONN-100 CONN-105
    for (int how = 0; how < 3; ++how) {
        pair p = connect_pair(nullptr, 4096);
        buffer b(big);
        call s;
        call d;
        fill(p.ours, s, b);
        d([&](PIRP irp) { return con(p.ours).WskDisconnect(p.ours, nullptr, 0, irp); });
        ke::drain_deferred(ke::current());
        EXPECT_FALSE(d.done());
        call c;
        if (how == 0) {
            EXPECT_EQ(disconnect(p.ours, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
            EXPECT_EQ(d.status(), STATUS_CONNECTION_ABORTED);
        } else if (how == 1) {
            d.cancel();
            EXPECT_EQ(d.status(), STATUS_CANCELLED);
            EXPECT_EQ(send(p.ours, "x"), STATUS_INVALID_DEVICE_STATE);
        } else {
            c([&](PIRP irp) { return bas(p.ours).WskCloseSocket(p.ours, irp); });
            EXPECT_EQ(d.status(), STATUS_CANCELLED);
        }
        p.theirs.reset();
        if (how == 2) {
            EXPECT_EQ(c.status(), STATUS_SUCCESS);
            EXPECT_EQ(close(p.listener), STATUS_SUCCESS);
        } else {
            close(p);
        }
    }
}

TEST_F(wsk_connection, a_reset_ends_a_pending_disconnect) {
    // CONN-103
    pair p = connect_pair(nullptr, 4096);
    buffer b(big);
    call s;
    call d;
    fill(p.ours, s, b);
    d([&](PIRP irp) { return con(p.ours).WskDisconnect(p.ours, nullptr, 0, irp); });
    p.theirs.reset();
    EXPECT_EQ(s.status(), STATUS_CONNECTION_RESET);
    EXPECT_EQ(d.status(), STATUS_CONNECTION_RESET);
    close(p);
}

TEST_F(wsk_connection, unknown_disconnect_flags_are_ignored) {
    // CONN-106
    pair p = connect_pair();
    EXPECT_EQ(disconnect(p.ours, WSK_FLAG_DRAIN), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.ended());
    close(p);
}

// -- The Ex forms.

TEST_F(wsk_connection, the_ex_forms_without_control_information_are_the_plain_ones) {
    // CONN-129 CONN-130 CONN-131
    pair p = connect_pair();
    buffer b("hello");
    call c;
    c([&](PIRP irp) { return con(p.ours).WskSendEx(p.ours, &b.buf, 0, 0, nullptr, irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(p.theirs.receive(5), "hello");
    CMSGHDR header = {};
    c([&](PIRP irp) {
        return con(p.ours).WskSendEx(p.ours, &b.buf, 0, sizeof header, &header, irp);
    });
    EXPECT_EQ(c.status(), STATUS_NOT_SUPPORTED);
    EXPECT_TRUE(p.theirs.send("world"));
    ULONG length = 77;
    ULONG flags = 0;
    c([&](PIRP irp) {
        return con(p.ours).WskReceiveEx(p.ours, &b.buf, 0, &length, nullptr, &flags, irp);
    });
    EXPECT_EQ(c.status(), STATUS_INVALID_PARAMETER);
    c([&](PIRP irp) {
        return con(p.ours).WskReceiveEx(p.ours, &b.buf, WSK_FLAG_WAITALL, &length, nullptr, nullptr,
                                        irp);
    });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(length, 0u);
    EXPECT_EQ(b.text(), "world");
    close(p);
}

}  // namespace
