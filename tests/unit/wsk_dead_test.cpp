// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Sockets that lose their transport. The tests take the descriptor away from under the runtime:
// its number then names no socket, and every system call on it says so.

#include "tests/unit/support/wsk_rig.hpp"

namespace {

using namespace test;

class wsk_dead : public wsk_fixture {
protected:
    descriptor descriptor_of(const pair& p) {
        return descriptor(port(p.listener), p.theirs.local_port());
    }
    /// Everything that can be asked of a connected socket is refused inside the call.
    void expect_refusals(PWSK_SOCKET s) {
        buffer b(size_t{4});
        SOCKADDR_IN a = v4(9);
        ULONG value = 1;
        const std::pair<const char*, std::function<NTSTATUS(PIRP)>> calls[] = {
            {"bind", [&](PIRP irp) { return con(s).WskBind(s, sa(a), 0, irp); }},
            {"connect", [&](PIRP irp) { return con(s).WskConnect(s, sa(a), 0, irp); }},
            {"connect ex", [&](PIRP irp) { return con(s).WskConnectEx(s, sa(a), &b.buf, 0, irp); }},
            {"local", [&](PIRP irp) { return con(s).WskGetLocalAddress(s, sa(a), irp); }},
            {"remote", [&](PIRP irp) { return con(s).WskGetRemoteAddress(s, sa(a), irp); }},
            {"send", [&](PIRP irp) { return con(s).WskSend(s, &b.buf, 0, irp); }},
            {"receive", [&](PIRP irp) { return con(s).WskReceive(s, &b.buf, 0, irp); }},
            {"send ex", [&](PIRP irp) { return con(s).WskSendEx(s, &b.buf, 0, 0, nullptr, irp); }},
            {"finish", [&](PIRP irp) { return con(s).WskDisconnect(s, nullptr, 0, irp); }},
            {"abort",
             [&](PIRP irp) { return con(s).WskDisconnect(s, nullptr, WSK_FLAG_ABORTIVE, irp); }},
            {"get",
             [&](PIRP irp) {
                 return bas(s).WskControlSocket(s, WskGetOption, SO_KEEPALIVE, SOL_SOCKET, 0,
                                                nullptr, sizeof value, &value, nullptr, irp);
             }},
            {"ioctl",
             [&](PIRP irp) {
                 SIZE_T out = 0;
                 return bas(s).WskControlSocket(s, WskIoctl, SIO_WSK_QUERY_RECEIVE_BACKLOG, 0, 0,
                                                nullptr, sizeof out, &out, nullptr, irp);
             }},
            {"enable", [&](PIRP irp) { return events(s, WSK_EVENT_DISCONNECT, irp); }},
            {"disable",
             [&](PIRP irp) { return events(s, WSK_EVENT_DISCONNECT | WSK_EVENT_DISABLE, irp); }},
        };
        for (const auto& [name, function] : calls) {
            call c;
            c(function);
            EXPECT_EQ(c.returned, STATUS_FILE_FORCED_CLOSED) << name;
            EXPECT_EQ(c.information(), 0u) << name;
        }
        EXPECT_EQ(events(s, WSK_EVENT_DISCONNECT), STATUS_FILE_FORCED_CLOSED);
    }
    connection_events e;
};

TEST_F(wsk_dead, only_close_works_on_a_connection_that_lost_its_transport) {
    // SOCK-072 SOCK-089 CONN-014 CONN-041 CONN-065 CONN-111 CTL-025
    pair p = connect_pair(&e);
    {
        descriptor d = descriptor_of(p);
        d.take_away();
        EXPECT_EQ(send(p.ours, "x"), STATUS_FILE_FORCED_CLOSED);
        expect_refusals(p.ours);
    }
    close(p);
}

TEST_F(wsk_dead, a_receive_finds_out_and_so_does_an_option) {
    // CONN-065 CTL-025
    for (const bool by_option : {false, true}) {
        pair p = connect_pair(&e);
        descriptor d = descriptor_of(p);
        d.take_away();
        if (by_option) {
            EXPECT_EQ(set(p.ours, SOL_SOCKET, SO_KEEPALIVE, 1), STATUS_FILE_FORCED_CLOSED);
        } else {
            NTSTATUS s = STATUS_SUCCESS;
            EXPECT_EQ(receive(p.ours, 4, 0, &s), "");
            EXPECT_EQ(s, STATUS_FILE_FORCED_CLOSED);
        }
        expect_refusals(p.ours);
        d.forget();
        close(p);
    }
}

TEST_F(wsk_dead, what_waits_ends_when_the_transport_goes) {
    // CONN-041 CONN-065 CONN-111
    pair p = connect_pair(nullptr, 4096);
    buffer b(size_t{8} << 20);
    buffer in(size_t{10});
    call receiving;
    call sending;
    call finishing;
    receiving([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &in.buf, 0, irp); });
    sending([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &b.buf, 0, irp); });
    finishing([&](PIRP irp) { return con(p.ours).WskDisconnect(p.ours, nullptr, 0, irp); });
    EXPECT_FALSE(receiving.done() || sending.done() || finishing.done());
    {
        descriptor d = descriptor_of(p);
        d.take_away();
        EXPECT_TRUE(p.theirs.send("wakes the receive"));
        EXPECT_EQ(receiving.status(), STATUS_FILE_FORCED_CLOSED);
        EXPECT_EQ(sending.status(), STATUS_FILE_FORCED_CLOSED);
        EXPECT_EQ(finishing.status(), STATUS_FILE_FORCED_CLOSED);
    }
    p.theirs.reset();
    close(p);
}

TEST_F(wsk_dead, a_receive_that_waits_ends_when_another_call_finds_out) {
    // CONN-065 CTL-025: a send, which tells the transport, or an option, which tells nobody else.
    for (const bool by_option : {false, true}) {
        pair p = connect_pair();
        buffer in(size_t{10});
        call receiving;
        receiving([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &in.buf, 0, irp); });
        EXPECT_FALSE(receiving.done());
        {
            descriptor d = descriptor_of(p);
            d.take_away();
            EXPECT_EQ(by_option ? set(p.ours, SOL_SOCKET, SO_KEEPALIVE, 1) : send(p.ours, "x"),
                      STATUS_FILE_FORCED_CLOSED);
            EXPECT_EQ(receiving.status(), STATUS_FILE_FORCED_CLOSED);
            EXPECT_EQ(receiving.information(), 0u);
        }
        close(p);
    }
}

TEST_F(wsk_dead, a_socket_dies_in_bind_and_in_connect) {
    // SOCK-089 CONN-014
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    {
        descriptor d(0);
        d.take_away();
        EXPECT_EQ(bind(s), STATUS_FILE_FORCED_CLOSED);
        expect_refusals(s);
    }
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    PWSK_SOCKET t = make(WSK_FLAG_CONNECTION_SOCKET);
    EXPECT_EQ(bind(t), STATUS_SUCCESS);
    {
        descriptor d(port(t));
        d.take_away();
        peer_listener l;
        SOCKADDR_IN to = v4(l.port());
        call c;
        c([&](PIRP irp) { return con(t).WskConnect(t, sa(to), 0, irp); });
        EXPECT_EQ(c.status(), STATUS_FILE_FORCED_CLOSED);
        EXPECT_EQ(c.information(), 0u);
        expect_refusals(t);
    }
    EXPECT_EQ(close(t), STATUS_SUCCESS);
}

TEST_F(wsk_dead, the_receive_event_is_told_once_and_the_disconnect_event_never) {
    // CONN-085 EVT-044
    SIZE_T accepted = 77;
    e.receive = [&](ULONG flags, PWSK_DATA_INDICATION list, SIZE_T indicated, SIZE_T* taken) {
        EXPECT_EQ(list, nullptr);
        EXPECT_EQ(indicated, 0u);
        EXPECT_EQ(flags, 0u);
        accepted = *taken;
        return STATUS_SUCCESS;
    };
    pair p = live_pair(e, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT);
    {
        descriptor d = descriptor_of(p);
        d.take_away();
        EXPECT_TRUE(p.theirs.send("never seen"));
        EXPECT_TRUE(eventually([&] { return e.receives.load() == 1; }));
        EXPECT_EQ(accepted, 0u);
        p.theirs.finish();
        for (int i = 0; i < 20; ++i) {
            EXPECT_EQ(send(p.ours, "x"), STATUS_FILE_FORCED_CLOSED);
        }
    }
    close(p);
    EXPECT_EQ(e.receives.load(), 1u);
    EXPECT_EQ(e.disconnects.load(), 0u);
}

TEST_F(wsk_dead, an_event_learns_it_from_somebody_elses_call) {
    // EVT-044: nothing arrives; a send finds out.
    e.receive = [&](ULONG, PWSK_DATA_INDICATION list, SIZE_T, SIZE_T*) {
        EXPECT_EQ(list, nullptr);
        return STATUS_SUCCESS;
    };
    pair p = live_pair(e);
    {
        descriptor d = descriptor_of(p);
        d.take_away();
        EXPECT_EQ(send(p.ours, "x"), STATUS_FILE_FORCED_CLOSED);
        EXPECT_TRUE(eventually([&] { return e.receives.load() == 1; }));
    }
    close(p);
    EXPECT_EQ(e.receives.load(), 1u);
}

// -- Listeners.

class wsk_dead_listener : public wsk_fixture {
protected:
    listen_events e;
};

TEST_F(wsk_dead_listener, accepts_end_and_are_refused) {
    // LSTN-016
    PWSK_SOCKET l = listener();
    call waiting;
    waiting(
        [&](PIRP irp) { return lst(l).WskAccept(l, 0, nullptr, nullptr, nullptr, nullptr, irp); });
    EXPECT_FALSE(waiting.done());
    descriptor d(port(l));
    d.stop_listening();
    EXPECT_EQ(waiting.status(), STATUS_FILE_FORCED_CLOSED);
    EXPECT_EQ(waiting.information(), 0u);
    call late;
    late([&](PIRP irp) { return lst(l).WskAccept(l, 0, nullptr, nullptr, nullptr, nullptr, irp); });
    EXPECT_EQ(late.returned, STATUS_FILE_FORCED_CLOSED);
    EXPECT_EQ(late.information(), 0u);
    SOCKADDR_IN a = {};
    call address;
    address([&](PIRP irp) { return lst(l).WskGetLocalAddress(l, sa(a), irp); });
    EXPECT_EQ(address.returned, STATUS_FILE_FORCED_CLOSED);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_dead_listener, the_accept_event_is_told_once_without_a_socket) {
    // LSTN-028 EVT-044
    e.accept = [&](PSOCKADDR local, PSOCKADDR remote, PWSK_SOCKET s, PVOID* context,
                   const WSK_CLIENT_CONNECTION_DISPATCH** dispatch) {
        EXPECT_EQ(s, nullptr);
        EXPECT_EQ(local, nullptr);
        EXPECT_EQ(remote, nullptr);
        EXPECT_NE(context, nullptr);  // clients may write to them
        EXPECT_NE(dispatch, nullptr);
        *context = nullptr;
        *dispatch = nullptr;
        return STATUS_SUCCESS;
    };
    PWSK_SOCKET l = listener(&e);
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    descriptor d(port(l));
    d.stop_listening();
    EXPECT_TRUE(eventually([&] { return e.accepts.load() == 1; }));
    call late;
    late([&](PIRP irp) { return lst(l).WskAccept(l, 0, nullptr, nullptr, nullptr, nullptr, irp); });
    EXPECT_EQ(late.returned, STATUS_FILE_FORCED_CLOSED);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
    EXPECT_EQ(e.accepts.load(), 1u);
}

TEST_F(wsk_dead_listener, the_inspect_event_is_told_once_without_an_id) {
    // LSTN-041 EVT-044: whatever it answers.
    e.inspect = [&](PWSK_INSPECT_ID id) {
        EXPECT_EQ(id, nullptr);
        return WskInspectPend;
    };
    e.accept = [&](PSOCKADDR, PSOCKADDR, PWSK_SOCKET s, PVOID*,
                   const WSK_CLIENT_CONNECTION_DISPATCH**) {
        EXPECT_EQ(s, nullptr);
        return STATUS_SUCCESS;
    };
    PWSK_SOCKET l = make(WSK_FLAG_LISTEN_SOCKET, &listen_callbacks, &e);
    EXPECT_EQ(set(l, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 1), STATUS_SUCCESS);
    EXPECT_EQ(bind(l), STATUS_SUCCESS);
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    descriptor d(port(l));
    d.stop_listening();
    EXPECT_TRUE(eventually([&] { return e.inspects.load() == 1 && e.accepts.load() == 1; }));
    EXPECT_EQ(close(l), STATUS_SUCCESS);
    EXPECT_EQ(e.inspects.load(), 1u);
    EXPECT_EQ(e.accepts.load(), 1u);
    EXPECT_EQ(e.aborts.load(), 0u);
}

}  // namespace
