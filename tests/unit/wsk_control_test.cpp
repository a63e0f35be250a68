// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// WskControlSocket: how it is called, options, ioctls; static event callbacks; what holds for
// every IRP.

#include "tests/unit/support/wsk_rig.hpp"

namespace {

using namespace test;

class wsk_control : public wsk_fixture {};

TEST_F(wsk_control, a_success_is_pending_and_a_refusal_immediate) {
    // CTL-018 CTL-019 CTL-020 CTL-022 IRP-014
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    ULONG value = 1;
    call c;
    c([&](PIRP irp) {
        return bas(s).WskControlSocket(s, WskSetOption, SO_REUSEADDR, SOL_SOCKET, sizeof value,
                                       &value, 0, nullptr, nullptr, irp);
    });
    EXPECT_EQ(c.returned, STATUS_PENDING);
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(c.information(), 0u);
    const outcome o = control(s, WskGetOption, SO_REUSEADDR, SOL_SOCKET, 0, nullptr, 4, &value);
    EXPECT_EQ(o.status, STATUS_SUCCESS);
    EXPECT_EQ(o.bytes, 4u);
    EXPECT_EQ(value, 1u);
    EXPECT_EQ(
        control(s, static_cast<WSK_CONTROL_SOCKET_TYPE>(3), 0, 0, 0, nullptr, 0, nullptr).status,
        STATUS_INVALID_PARAMETER);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_control, without_an_irp_an_option_is_done_inside_the_call) {
    // CTL-003 CTL-021
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    ULONG value = 1;
    EXPECT_EQ(bas(s).WskControlSocket(s, WskSetOption, SO_KEEPALIVE, SOL_SOCKET, sizeof value,
                                      &value, 0, nullptr, nullptr, nullptr),
              STATUS_SUCCESS);
    SIZE_T bytes = 77;
    value = 0;
    EXPECT_EQ(bas(s).WskControlSocket(s, WskGetOption, SO_KEEPALIVE, SOL_SOCKET, 0, nullptr,
                                      sizeof value, &value, &bytes, nullptr),
              STATUS_SUCCESS);
    EXPECT_EQ(value, 1u);
    EXPECT_EQ(bytes, 4u);
    // With both, the variable is written inside the call, never later.
    bytes = 77;
    call c;
    c([&](PIRP irp) {
        const NTSTATUS r = bas(s).WskControlSocket(s, WskGetOption, SO_KEEPALIVE, SOL_SOCKET, 0,
                                                   nullptr, sizeof value, &value, &bytes, irp);
        EXPECT_EQ(bytes, 4u);
        bytes = 99;
        return r;
    });
    EXPECT_EQ(c.information(), 4u);
    EXPECT_EQ(bytes, 99u);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_control, unknown_options_levels_and_codes_are_refused) {
    // CTL-002 CTL-023 CTL-027 CTL-044 CTL-045
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    ULONG value = 0;
    EXPECT_EQ(set(s, SOL_SOCKET, 0x7777, 1), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(set(s, 1, 9, 1), STATUS_NOT_SUPPORTED);  // Linux numbers
    EXPECT_EQ(set(s, IPPROTO_TCP, 0x7777, 1), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(ioctl(s, 0x12345678), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(get(s, SOL_SOCKET, SO_WSK_EVENT_CALLBACK, value), STATUS_INVALID_PARAMETER);
    for (ULONG option : {SO_ERROR, SO_TYPE, SO_LINGER, SO_SNDTIMEO, SO_RCVTIMEO, SO_PAUSE_ACCEPT,
                         SO_COMPARTMENT_ID}) {
        EXPECT_EQ(set(s, SOL_SOCKET, option, 1), STATUS_NOT_SUPPORTED) << option;
    }
    for (ULONG hint : {SO_RANDOMIZE_PORT, SO_PORT_SCALABILITY, SO_REUSE_UNICASTPORT}) {
        EXPECT_EQ(set(s, SOL_SOCKET, hint, 1), STATUS_SUCCESS) << hint;
    }
    EXPECT_EQ(set(s, SOL_SOCKET, SO_SNDBUF, 65536), STATUS_NOT_SUPPORTED);  // CTL-041
    EXPECT_EQ(get(s, SOL_SOCKET, SO_SNDBUF, value), STATUS_NOT_SUPPORTED);
    EXPECT_EQ(set(s, SOL_SOCKET, SO_BROADCAST, 1), STATUS_INVALID_DEVICE_REQUEST);  // CTL-029
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_control, sizes_are_checked) {
    // CTL-024 CTL-038
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    UCHAR small = 1;
    ULONG value = 1;
    EXPECT_EQ(control(s, WskSetOption, SO_REUSEADDR, SOL_SOCKET, 1, &small, 0, nullptr).status,
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(control(s, WskGetOption, SO_REUSEADDR, SOL_SOCKET, 0, nullptr, 1, &small).status,
              STATUS_BUFFER_TOO_SMALL);
    ULONG64 longer = 1;
    EXPECT_EQ(control(s, WskSetOption, SO_REUSEADDR, SOL_SOCKET, 8, &longer, 0, nullptr).status,
              STATUS_SUCCESS);
    // SO_KEEPALIVE takes and gives a byte, or a ULONG where there is room.
    EXPECT_EQ(control(s, WskSetOption, SO_KEEPALIVE, SOL_SOCKET, 1, &small, 0, nullptr).status,
              STATUS_SUCCESS);
    outcome o = control(s, WskGetOption, SO_KEEPALIVE, SOL_SOCKET, 0, nullptr, 1, &small);
    EXPECT_EQ(o.status, STATUS_SUCCESS);
    EXPECT_EQ(o.bytes, 1u);
    EXPECT_EQ(small, 1);
    o = control(s, WskGetOption, SO_KEEPALIVE, SOL_SOCKET, 0, nullptr, 4, &value);
    EXPECT_EQ(o.bytes, 4u);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_control, sharing_options_are_for_sockets_that_bind_before_they_bind) {
    // CTL-031 CTL-032 CTL-033 CTL-034 CTL-035 CTL-036
    constexpr auto exclusive = static_cast<ULONG>(SO_EXCLUSIVEADDRUSE);
    for (ULONG flags :
         {WSK_FLAG_LISTEN_SOCKET, WSK_FLAG_CONNECTION_SOCKET, WSK_FLAG_STREAM_SOCKET}) {
        PWSK_SOCKET s = make(flags);
        ULONG value = 7;
        EXPECT_EQ(get(s, SOL_SOCKET, SO_REUSEADDR, value), STATUS_SUCCESS);
        EXPECT_EQ(value, 0u);
        EXPECT_EQ(get(s, SOL_SOCKET, exclusive, value), STATUS_SUCCESS);
        EXPECT_EQ(value, 0u);
        EXPECT_EQ(set(s, SOL_SOCKET, exclusive, 1), STATUS_SUCCESS);
        EXPECT_EQ(set(s, SOL_SOCKET, SO_REUSEADDR, 1), STATUS_INVALID_PARAMETER);
        EXPECT_EQ(bind(s), STATUS_SUCCESS);
        EXPECT_EQ(set(s, SOL_SOCKET, exclusive, 0), STATUS_INVALID_DEVICE_STATE);
        EXPECT_EQ(get(s, SOL_SOCKET, exclusive, value), STATUS_SUCCESS);
        EXPECT_EQ(value, 1u);
        EXPECT_EQ(close(s), STATUS_SUCCESS);
    }
    PWSK_SOCKET b = make(WSK_FLAG_BASIC_SOCKET);
    EXPECT_EQ(set(b, SOL_SOCKET, SO_REUSEADDR, 1), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(set(b, SOL_SOCKET, SO_KEEPALIVE, 1), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(close(b), STATUS_SUCCESS);
}

TEST_F(wsk_control, the_receive_buffer_is_what_was_set) {
    // CTL-039 CTL-040
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    ULONG value = 0;
    EXPECT_EQ(get(s, SOL_SOCKET, SO_RCVBUF, value), STATUS_SUCCESS);
    EXPECT_GT(value, 0u);
    for (ULONG wanted : {65536u, 16u << 20}) {
        EXPECT_EQ(set(s, SOL_SOCKET, SO_RCVBUF, wanted), STATUS_SUCCESS);
        EXPECT_EQ(get(s, SOL_SOCKET, SO_RCVBUF, value), STATUS_SUCCESS);
        EXPECT_EQ(value, wanted);
    }
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_control, v6_only_is_for_ipv6_before_bind) {
    // CTL-046
    PWSK_SOCKET s = make(WSK_FLAG_LISTEN_SOCKET, nullptr, nullptr, AF_INET6);
    EXPECT_EQ(set(s, IPPROTO_IPV6, IPV6_V6ONLY, 0), STATUS_SUCCESS);
    SOCKADDR_IN6 a = v6(0, false);
    EXPECT_EQ(bind_to(s, sa(a)), STATUS_SUCCESS);
    EXPECT_EQ(set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    PWSK_SOCKET t = make(WSK_FLAG_LISTEN_SOCKET);
    EXPECT_EQ(set(t, IPPROTO_IPV6, IPV6_V6ONLY, 0), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(close(t), STATUS_SUCCESS);
}

TEST_F(wsk_control, tcp_options_go_round) {
    // CTL-054 CTL-055
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    const struct {
        ULONG option;
        ULONG value;
    } options[] = {{TCP_NODELAY, 1}, {TCP_KEEPIDLE, 33},  {TCP_KEEPINTVL, 5},
                   {TCP_KEEPCNT, 4}, {TCP_MAXRTMS, 9000}, {TCP_MAXRT, 12}};
    for (const auto& o : options) {
        ULONG value = 0;
        EXPECT_EQ(set(s, IPPROTO_TCP, o.option, o.value), STATUS_SUCCESS) << o.option;
        EXPECT_EQ(get(s, IPPROTO_TCP, o.option, value), STATUS_SUCCESS) << o.option;
        EXPECT_EQ(value, o.value) << o.option;
    }
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_control, backlog_questions_need_a_connection) {
    // CONN-121 CONN-122 CTL-064 CTL-065 CTL-005
    pair p = connect_pair();
    SIZE_T value = 0;
    for (ULONG code : {SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, SIO_WSK_QUERY_RECEIVE_BACKLOG}) {
        EXPECT_EQ(ioctl(p.ours, code, 0, nullptr, sizeof value, &value), STATUS_SUCCESS);
        EXPECT_EQ(ioctl(p.ours, code, 0, nullptr, 4, &value), STATUS_BUFFER_TOO_SMALL);
        EXPECT_EQ(bas(p.ours).WskControlSocket(p.ours, WskIoctl, code, 0, 0, nullptr, sizeof value,
                                               &value, nullptr, nullptr),
                  STATUS_INVALID_PARAMETER);
        PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
        EXPECT_EQ(ioctl(s, code, 0, nullptr, sizeof value, &value), STATUS_INVALID_DEVICE_STATE);
        EXPECT_EQ(close(s), STATUS_SUCCESS);
        EXPECT_EQ(ioctl(p.listener, code, 0, nullptr, sizeof value, &value),
                  STATUS_INVALID_DEVICE_REQUEST);
    }
    EXPECT_EQ(ioctl(p.ours, SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, 0, nullptr, sizeof value, &value),
              STATUS_SUCCESS);
    EXPECT_GE(value, 65536u);
    EXPECT_TRUE(p.theirs.send(std::string(100, 'x')));
    EXPECT_TRUE(eventually([&] {
        SIZE_T backlog = 0;
        EXPECT_EQ(
            ioctl(p.ours, SIO_WSK_QUERY_RECEIVE_BACKLOG, 0, nullptr, sizeof backlog, &backlog),
            STATUS_SUCCESS);
        return backlog == 100;
    }));
    close(p);
}

TEST_F(wsk_control, other_ioctls_answer_as_documented) {
    // CONN-126 CONN-127 CTL-056 CTL-057 CTL-060 CTL-066 CTL-067 CTL-074 CTL-075 CTL-076 CTL-077
    pair p = connect_pair();
    EXPECT_EQ(ioctl(p.ours, SIO_WSK_SET_TCP_SILENT_MODE), STATUS_NOT_SUPPORTED);  // loopback
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    EXPECT_EQ(ioctl(s, SIO_WSK_SET_TCP_SILENT_MODE), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(ioctl(s, SIO_WSK_SET_REMOTE_ADDRESS), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(ioctl(s, SIO_WSK_SET_SENDTO_ADDRESS), STATUS_INVALID_DEVICE_REQUEST);
    NPIID id = {};
    WSK_EXTENSION_CONTROL_IN in = {&id, nullptr, nullptr};
    WSK_EXTENSION_CONTROL_OUT out = {};
    EXPECT_EQ(ioctl(s, SIO_WSK_REGISTER_EXTENSION, 8, &in, sizeof out, &out),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(ioctl(s, SIO_WSK_REGISTER_EXTENSION, sizeof in, &in, 8, &out),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(ioctl(s, SIO_WSK_REGISTER_EXTENSION, sizeof in, &in, sizeof out, &out),
              STATUS_NOT_SUPPORTED);
    ULONG one = 1;
    EXPECT_EQ(ioctl(s, 0x98000010, 0, &one), STATUS_INVALID_BUFFER_SIZE);
    EXPECT_EQ(ioctl(s, 0x98000010, 1, &one), STATUS_SUCCESS);
    EXPECT_EQ(ioctl(s, 0x98000010, 4, &one), STATUS_SUCCESS);
    EXPECT_EQ(ioctl(p.ours, 0x980000DC), STATUS_NOT_FOUND);
    EXPECT_EQ(ioctl(p.ours, 0x980000DD), STATUS_NOT_FOUND);
    EXPECT_EQ(ioctl(s, 0x980000DE, 4, &one), STATUS_NOT_SUPPORTED);
    UCHAR rss = 7;
    PWSK_SOCKET b = make(WSK_FLAG_BASIC_SOCKET);
    const outcome o = control(b, WskIoctl, 0x580000D2, 0, 0, nullptr, 1, &rss);
    EXPECT_EQ(o.status, STATUS_SUCCESS);
    EXPECT_EQ(o.bytes, 1u);
    EXPECT_EQ(rss, 0);
    EXPECT_EQ(close(b), STATUS_SUCCESS);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    close(p);
}

// -- What holds for every IRP.

class wsk_irp : public wsk_fixture {};

TEST_F(wsk_irp, a_reused_irp_goes_from_call_to_call_inside_its_routine) {
    // IRP-003 IRP-009 IRP-019 IRP-020
    pair p = connect_pair();
    constexpr int rounds = 20000;
    std::string got;
    buffer b(size_t{1});
    std::atomic<int> done{0};
    PIRP irp = IoAllocateIrp(1, FALSE);
    struct context {
        PWSK_SOCKET s;
        buffer& b;
        std::string& got;
        std::atomic<int>& done;
        uintptr_t lowest = UINTPTR_MAX;
        uintptr_t highest = 0;
        void post(PIRP i) {
            IO_STACK_LOCATION* at = i->Tail.Overlay.CurrentStackLocation - 1;
            at->CompletionRoutine = routine;
            at->Context = this;
            at->Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
            EXPECT_EQ(con(s).WskReceive(s, &b.buf, 0, i), STATUS_PENDING);
        }
        static NTSTATUS routine(PDEVICE_OBJECT, PIRP i, PVOID c) {
            auto& me = *static_cast<context*>(c);
            const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
            me.lowest = std::min(me.lowest, here);
            me.highest = std::max(me.highest, here);
            EXPECT_EQ(i->IoStatus.Information, 1u);
            me.got += me.b.text();
            if (me.done.fetch_add(1) + 1 < rounds) {
                IoReuseIrp(i, STATUS_UNSUCCESSFUL);
                me.post(i);
            }
            return STATUS_MORE_PROCESSING_REQUIRED;
        }
    } c{p.ours, b, got, done};
    c.post(irp);
    std::thread sender([&] { EXPECT_TRUE(p.theirs.send(std::string(rounds, 'r'))); });
    EXPECT_TRUE(eventually([&] {
        ke::drain_deferred(ke::current());
        return done.load() == rounds;
    }));
    sender.join();
    EXPECT_EQ(got, std::string(rounds, 'r'));
    close(p);
    IoFreeIrp(irp);
}

TEST_F(wsk_irp, an_irp_that_is_cancelled_already_is_completed_as_cancelled) {
    // IRP-024
    pair p = connect_pair();
    buffer b(size_t{4});
    call c;
    c.cancel();
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, 0, irp); });
    EXPECT_EQ(c.status(), STATUS_CANCELLED);
    EXPECT_EQ(c.information(), 0u);
    close(p);
}

TEST_F(wsk_irp, every_pending_request_can_be_cancelled) {
    // IRP-021 IRP-022
    pair p = connect_pair(nullptr, 4096);
    buffer b(size_t{8} << 20);
    call accept_call;
    call receive_call;
    call send_call;
    call disconnect_call;
    accept_call([&](PIRP irp) {
        return lst(p.listener).WskAccept(p.listener, 0, nullptr, nullptr, nullptr, nullptr, irp);
    });
    receive_call([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, 0, irp); });
    send_call([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &b.buf, 0, irp); });
    disconnect_call([&](PIRP irp) { return con(p.ours).WskDisconnect(p.ours, nullptr, 0, irp); });
    for (call* c : {&disconnect_call, &accept_call, &receive_call, &send_call}) {
        EXPECT_FALSE(c->done());
        c->cancel();
        EXPECT_EQ(c->status(), STATUS_CANCELLED);
    }
    p.theirs.reset();
    close(p);
}

TEST_F(wsk_irp, cancel_and_completion_race_and_complete_once) {
    // IRP-001 IRP-010 IRP-011 IRP-023
    pair p = connect_pair();
    std::atomic<PIRP> target{nullptr};
    std::atomic<int> cancelled{0};
    std::atomic<bool> stop{false};
    gate ready;
    machine_thread canceller = start([&] {
        ready.open();
        while (!stop.load()) {
            if (PIRP irp = target.exchange(nullptr)) {
                IoCancelIrp(irp);
                cancelled.fetch_add(1);
            }
        }
    });
    ready.wait();
    std::thread sender([&] {
        while (!stop.load() && p.theirs.send("x")) {
        }
    });
    buffer b(size_t{4});
    race_rounds rounds(3000);
    for (int i = 0; rounds.next(); ++i) {
        call c;
        c([&](PIRP irp) {
            const NTSTATUS s = con(p.ours).WskReceive(p.ours, &b.buf, 0, irp);
            target.store(irp);
            return s;
        });
        const NTSTATUS s = c.status();
        EXPECT_TRUE(s == STATUS_SUCCESS || s == STATUS_CANCELLED);
        // The canceller must be through with the IRP before it is freed.
        ASSERT_TRUE(eventually([&] { return cancelled.load() == i + 1; }));
    }
    stop = true;
    p.theirs.finish();
    sender.join();
    canceller.join();
    p.theirs.reset();
    close(p);
}

TEST_F(wsk_irp, calls_and_completions_work_at_dispatch_level) {
    // IRP-015 IRP-039 EVT-014
    pair p = connect_pair();
    ke::thread& me = ke::current();
    buffer b("x");
    call c;
    bool inside = false;
    c.on_completion = [&](call&) { EXPECT_FALSE(inside); };
    {
        ke::dispatch_scope at(me);
        inside = true;
        c([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &b.buf, 0, irp); });
        inside = false;
        EXPECT_EQ(c.returned, STATUS_PENDING);
    }
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(p.theirs.receive(1), "x");
    close(p);
}

}  // namespace
