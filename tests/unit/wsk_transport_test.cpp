// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What WSK asks of the transport below it: its options, its timeouts, its idea of the backlog.

#include "tests/unit/support/wsk_rig.hpp"

namespace {

using namespace test;

class wsk_transport : public wsk_fixture {};

// -- The send backlog.

struct backlog_events {
    std::atomic<uint32_t> told{0};
    std::atomic<SIZE_T> last{0};
    std::atomic<SIZE_T> smallest_step{SIZE_MAX};  // in percent of the value before

    static NTSTATUS on_backlog(PVOID context, SIZE_T ideal) {
        auto& e = *static_cast<backlog_events*>(context);
        const SIZE_T before = e.last.exchange(ideal);
        if (before != 0) {
            const SIZE_T larger = std::max(before, ideal);
            const SIZE_T step = larger * 100 / std::min(before, ideal);
            e.smallest_step.store(std::min(e.smallest_step.load(), step));
        }
        e.told.fetch_add(1, std::memory_order_release);
        return STATUS_SUCCESS;
    }
};

constexpr WSK_CLIENT_CONNECTION_DISPATCH backlog_callbacks = {nullptr, nullptr,
                                                              backlog_events::on_backlog};

TEST_F(wsk_transport, the_backlog_event_tells_a_changed_value_and_does_not_storm) {
    // CONN-123 CONN-124
    backlog_events e;
    PWSK_SOCKET l = listener();
    peer p = peer::connect(port(l));
    PWSK_SOCKET s = accept(l, &backlog_callbacks, &e);
    // Without the event nobody is told, however much is sent.
    const auto send_much = [&](size_t megabytes) {
        const size_t total = megabytes << 20;
        std::thread reader([&] { EXPECT_EQ(p.receive(total).size(), total); });
        buffer b(size_t{1} << 20);
        for (size_t i = 0; i < megabytes; ++i) {
            call c;
            c([&](PIRP irp) { return con(s).WskSend(s, &b.buf, 0, irp); });
            EXPECT_EQ(c.status(), STATUS_SUCCESS);
        }
        reader.join();
    };
    send_much(8);
    EXPECT_EQ(e.told.load(), 0u);
    EXPECT_EQ(events(s, WSK_EVENT_SEND_BACKLOG), STATUS_SUCCESS);
    ke::drain_deferred(ke::current());
    EXPECT_LE(e.told.load(), 1u);
    // Sends that the kernel cannot take at once, so that the value is looked at.
    for (int i = 0; i < 100 && e.told.load() == 0; ++i) {
        send_much(16);
    }
    EXPECT_GE(e.told.load(), 1u);
    send_much(64);
    // 64 KB to 16 MB in steps of two: eight, and back.
    EXPECT_LE(e.told.load(), 16u);
    EXPECT_GE(e.smallest_step.load(), 200u);
    SIZE_T now = 0;
    EXPECT_EQ(ioctl(s, SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, 0, nullptr, sizeof now, &now),
              STATUS_SUCCESS);
    // Not the same as the last one told: Linux forgets what it had learned when nothing is sent.
    for (const SIZE_T value : {now, e.last.load()}) {
        EXPECT_GE(value, size_t{64} << 10);
        EXPECT_LE(value, size_t{16} << 20);
    }
    // Disabled, it says nothing.
    const uint32_t before = e.told.load();
    EXPECT_EQ(events(s, WSK_EVENT_SEND_BACKLOG | WSK_EVENT_DISABLE), STATUS_SUCCESS);
    send_much(16);
    EXPECT_EQ(e.told.load(), before);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

// -- Timeouts.

TEST_F(wsk_transport, a_peer_that_takes_nothing_times_the_connection_out) {
    // CONN-039 CONN-120: the window of the peer stays shut longer than TCP_MAXRTMS.
    connection_events e;
    pair p = connect_pair(&e, 4096);
    EXPECT_EQ(set(p.ours, IPPROTO_TCP, TCP_MAXRTMS, 600), STATUS_SUCCESS);
    EXPECT_EQ(events(p.ours, WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
    buffer out(size_t{8} << 20);
    buffer in(size_t{4});
    call sending;
    call receiving;
    sending([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &out.buf, 0, irp); });
    receiving([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &in.buf, 0, irp); });
    EXPECT_EQ(sending.status(), STATUS_IO_TIMEOUT);
    EXPECT_EQ(receiving.status(), STATUS_IO_TIMEOUT);
    EXPECT_EQ(receiving.information(), 0u);
    EXPECT_TRUE(eventually([&] { return e.disconnects.load() == 1; }));
    EXPECT_EQ(e.disconnect_flags.load(), ULONG{WSK_FLAG_ABORTIVE});
    EXPECT_EQ(send(p.ours, "x"), STATUS_IO_TIMEOUT);  // latched, as a reset is
    close(p);
}

// -- Options.

TEST_F(wsk_transport, fast_open_changes_no_result) {
    // CONN-021
    for (ULONG on : {0u, 1u}) {
        peer_listener l;
        PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
        EXPECT_EQ(set(s, IPPROTO_TCP, TCP_FASTOPEN, on), STATUS_SUCCESS);
        ULONG value = 77;
        EXPECT_EQ(get(s, IPPROTO_TCP, TCP_FASTOPEN, value), STATUS_SUCCESS);
        EXPECT_EQ(value, on);
        EXPECT_EQ(bind(s), STATUS_SUCCESS);
        SOCKADDR_IN to = v4(l.port());
        buffer b("with the SYN, or after it");
        call c;
        c([&](PIRP irp) { return con(s).WskConnectEx(s, sa(to), &b.buf, 0, irp); });
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
        EXPECT_EQ(c.information(), 25u);
        EXPECT_EQ(send(s, ", and this"), STATUS_SUCCESS);
        peer p = l.accept();
        EXPECT_EQ(p.receive(35), "with the SYN, or after it, and this");
        EXPECT_EQ(close(s), STATUS_SUCCESS);
    }
}

TEST_F(wsk_transport, the_options_of_ip_go_round) {
    // CTL-049 CTL-050 CTL-051
    constexpr ULONG loopback = 1;  // its index
    const struct {
        ULONG option;
        ULONG value;
    } both[] = {{IPV6_DONTFRAG, 1},     {IPV6_DONTFRAG, 0},     {IPV6_MTU_DISCOVER, 0},
                {IPV6_MTU_DISCOVER, 1}, {IPV6_MTU_DISCOVER, 2}, {IPV6_MTU_DISCOVER, 3},
                {IPV6_RECVERR, 1},      {IPV6_RECVERR, 0}};
    static_assert(IP_DONTFRAGMENT == IPV6_DONTFRAG && IP_RECVERR == IPV6_RECVERR);
    static_assert(IP_MTU_DISCOVER == IPV6_MTU_DISCOVER && IP_UNICAST_IF == IPV6_UNICAST_IF);
    for (ULONG level : {ULONG{IPPROTO_IP}, ULONG{IPPROTO_IPV6}}) {
        PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET, nullptr, nullptr,
                             level == IPPROTO_IP ? AF_INET : AF_INET6);
        ULONG value = 77;
        for (const auto& o : both) {
            EXPECT_EQ(set(s, level, o.option, o.value), STATUS_SUCCESS) << level << o.option;
            EXPECT_EQ(get(s, level, o.option, value), STATUS_SUCCESS) << level << o.option;
            EXPECT_EQ(value, o.value) << level << o.option;
        }
        EXPECT_EQ(set(s, level, IP_MTU_DISCOVER, 4), STATUS_INVALID_PARAMETER);
        // The index is in network byte order for IPv4 only.
        const ULONG index = level == IPPROTO_IP ? __builtin_bswap32(loopback) : loopback;
        EXPECT_EQ(set(s, level, IP_UNICAST_IF, index), STATUS_SUCCESS);
        EXPECT_EQ(get(s, level, IP_UNICAST_IF, value), STATUS_SUCCESS);
        EXPECT_EQ(value, index);
        EXPECT_FALSE(NT_SUCCESS(set(s, level, IP_UNICAST_IF, __builtin_bswap32(index))));
        EXPECT_EQ(close(s), STATUS_SUCCESS);
    }
    PWSK_SOCKET four = make(WSK_FLAG_CONNECTION_SOCKET);
    EXPECT_EQ(set(four, IPPROTO_IPV6, IPV6_DONTFRAG, 1), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(close(four), STATUS_SUCCESS);
    PWSK_SOCKET basic = make(WSK_FLAG_BASIC_SOCKET);
    EXPECT_EQ(set(basic, IPPROTO_IP, IP_RECVERR, 1), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(set(basic, IPPROTO_IP, IP_UNICAST_IF, 0), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(close(basic), STATUS_SUCCESS);
}

TEST_F(wsk_transport, what_only_private_headers_define_is_not_supported) {
    // CONN-128 CONN-132 CTL-073: silence that cannot be kept, the callback whose code nobody
    // published, and sorting addresses.
    pair p = connect_pair();
    EXPECT_EQ(ioctl(p.ours, 0xC8000019), STATUS_NOT_SUPPORTED);
    EXPECT_EQ(ioctl(p.ours, SIO_WSK_SET_TCP_SILENT_MODE), STATUS_NOT_SUPPORTED);
    EXPECT_EQ(send(p.ours, "not silent"), STATUS_SUCCESS);
    EXPECT_EQ(p.theirs.receive(10), "not silent");
    for (ULONG direction : {IOC_VOID, IOC_OUT, IOC_IN, IOC_INOUT}) {
        for (ULONG number = 8; number < 32; ++number) {
            EXPECT_EQ(ioctl(p.ours, direction | IOC_WSK | number), STATUS_NOT_SUPPORTED);
        }
    }
    EXPECT_EQ(ioctl(p.ours, IOC_IN | IOC_WS2 | 0x7777), STATUS_INVALID_DEVICE_REQUEST);
    close(p);
}

}  // namespace
