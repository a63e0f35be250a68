// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Static event callbacks, what belongs to one client object and not to another, and what a client
// object waits for when it goes.

#include <utility>

#include "tests/unit/support/wsk_application.hpp"
#include "tests/unit/support/wsk_rig.hpp"

namespace {

using namespace test;

class wsk_static : public wsk_fixture {
protected:
    NTSTATUS set_static(ULONG mask, PWSK_CLIENT c = nullptr) {
        NPIID id = NPI_WSK_INTERFACE_ID;
        WSK_EVENT_CALLBACK_CONTROL in = {&id, mask};
        return wsk().WskControlClient(c != nullptr ? c : client(), WSK_SET_STATIC_EVENT_CALLBACKS,
                                      sizeof in, &in, 0, nullptr, nullptr, nullptr);
    }
    /// The accepted connections get the context and the callbacks of `connected`.
    void hand_out_callbacks() {
        who.accept = [&](PSOCKADDR, PSOCKADDR, PWSK_SOCKET, PVOID* context,
                         const WSK_CLIENT_CONNECTION_DISPATCH** dispatch) {
            *context = &connected;
            *dispatch = &connection_callbacks;
            return STATUS_SUCCESS;
        };
    }
    listen_events who;
    connection_events connected;
};

constexpr ULONG all_of_them = WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT;

TEST_F(wsk_static, a_listener_accepts_and_hands_its_events_on_without_enabling_anything) {
    // LSTN-033 EVT-031 EVT-036
    EXPECT_EQ(set_static(all_of_them), STATUS_SUCCESS);
    hand_out_callbacks();
    PWSK_SOCKET l = listener(&who);
    peer p = peer::connect(port(l));
    EXPECT_TRUE(eventually([&] { return who.accepts.load() == 1; }));
    EXPECT_TRUE(p.send("without enabling"));
    EXPECT_TRUE(eventually([&] { return connected.taken() == "without enabling"; }));
    p.finish();
    EXPECT_TRUE(eventually([&] { return connected.disconnects.load() == 1; }));
    EXPECT_EQ(close(who.at(0)), STATUS_SUCCESS);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_static, nothing_comes_before_bind) {
    // EVT-036 SOCK-024: live from bind on, and not for callbacks that are not there.
    EXPECT_EQ(set_static(all_of_them), STATUS_SUCCESS);
    PWSK_SOCKET l = make(WSK_FLAG_LISTEN_SOCKET, &listen_callbacks, &who);
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(bind(l), STATUS_SUCCESS);
    PWSK_SOCKET silent = listener();  // no dispatch: its connections wait for WskAccept
    peer p = peer::connect(port(silent));
    PWSK_SOCKET s = accept(silent);
    EXPECT_TRUE(p.send("for a receive"));
    EXPECT_EQ(receive(s, 13), "for a receive");
    for (PWSK_SOCKET one : {s, silent, l}) {
        EXPECT_EQ(close(one), STATUS_SUCCESS);
    }
    EXPECT_EQ(who.accepts.load(), 0u);
}

TEST_F(wsk_static, connections_begin_with_them_however_they_were_made) {
    // EVT-036: WskConnect, WskSocketConnect and WskAccept.
    EXPECT_EQ(set_static(WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    peer_listener l;
    PWSK_SOCKET by_connect = make(WSK_FLAG_CONNECTION_SOCKET, &connection_callbacks, &connected);
    EXPECT_EQ(bind(by_connect), STATUS_SUCCESS);
    SOCKADDR_IN to = v4(l.port());
    call c;
    c([&](PIRP irp) { return con(by_connect).WskConnect(by_connect, sa(to), 0, irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    peer first = l.accept();
    EXPECT_TRUE(first.send("one"));
    EXPECT_TRUE(eventually([&] { return connected.taken() == "one"; }));

    SOCKADDR_IN any = v4(0, INADDR_ANY);
    c([&](PIRP irp) {
        return wsk().WskSocketConnect(client(), SOCK_STREAM, IPPROTO_TCP, sa(any), sa(to), 0,
                                      &connected, &connection_callbacks, nullptr, nullptr, nullptr,
                                      irp);
    });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    PWSK_SOCKET made = c.socket();
    peer second = l.accept();
    EXPECT_TRUE(second.send("two"));
    EXPECT_TRUE(eventually([&] { return connected.taken() == "onetwo"; }));

    PWSK_SOCKET listening = listener();
    peer third = peer::connect(port(listening));
    PWSK_SOCKET accepted = accept(listening, &connection_callbacks, &connected);
    EXPECT_TRUE(third.send("three"));
    EXPECT_TRUE(eventually([&] { return connected.taken() == "onetwothree"; }));
    for (PWSK_SOCKET one : {by_connect, made, accepted, listening}) {
        EXPECT_EQ(close(one), STATUS_SUCCESS);
    }
}

TEST_F(wsk_static, one_socket_cannot_switch_them_off_or_on) {
    // EVT-025
    EXPECT_EQ(set_static(WSK_EVENT_RECEIVE | WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    pair p = connect_pair(&connected);
    call c;
    c([&](PIRP irp) { return events(p.ours, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.send("still"));
    EXPECT_TRUE(eventually([&] { return connected.taken() == "still"; }));
    EXPECT_EQ(connected.receives.load(), 1u);
    // The others are as ever.
    EXPECT_EQ(events(p.ours, WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
    EXPECT_EQ(events(p.ours, WSK_EVENT_DISCONNECT | WSK_EVENT_DISABLE), STATUS_SUCCESS);
    PWSK_SOCKET l = listener(&who);
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
    close(p);
}

TEST_F(wsk_static, refusing_data_pauses_until_a_receive_all_the_same) {
    // EVT-035, the half of connections
    std::atomic<bool> refuse{true};
    connected.receive = [&](ULONG, PWSK_DATA_INDICATION list, SIZE_T, SIZE_T*) {
        if (refuse.load()) {
            return STATUS_DATA_NOT_ACCEPTED;
        }
        host::guard g(connected.mutex);
        connected.text += text_of(list);
        return STATUS_SUCCESS;
    };
    EXPECT_EQ(set_static(WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    pair p = connect_pair(&connected);
    EXPECT_TRUE(p.theirs.send("refused"));
    EXPECT_TRUE(eventually([&] { return connected.receives.load() == 1; }));
    refuse = false;
    EXPECT_TRUE(p.theirs.send(" more"));
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE), STATUS_SUCCESS);  // no way out of the pause
    SIZE_T waiting = 0;
    EXPECT_TRUE(eventually([&] {
        call c;
        c([&](PIRP irp) {
            return bas(p.ours).WskControlSocket(p.ours, WskIoctl, SIO_WSK_QUERY_RECEIVE_BACKLOG, 0,
                                                0, nullptr, sizeof waiting, &waiting, nullptr, irp);
        });
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
        return waiting == 12;
    }));
    EXPECT_EQ(connected.receives.load(), 1u);
    EXPECT_EQ(receive(p.ours, 3), "ref");
    EXPECT_TRUE(eventually([&] { return connected.taken() == "used more"; }));
    close(p);
}

TEST_F(wsk_static, they_come_before_the_first_socket_or_not_at_all) {
    // EVT-032 CTL-014 CTL-016
    WSK_TDI_MAP_INFO map = {};
    const auto map_tdi = [&] {
        return wsk().WskControlClient(client(), WSK_TDI_DEVICENAME_MAPPING, sizeof map, &map, 0,
                                      nullptr, nullptr, nullptr);
    };
    EXPECT_EQ(map_tdi(), STATUS_NOT_SUPPORTED);  // as REG-149 chooses: there is no TDI
    EXPECT_EQ(set_static(WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    PWSK_SOCKET s = make(WSK_FLAG_BASIC_SOCKET);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    EXPECT_EQ(set_static(WSK_EVENT_DISCONNECT), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(map_tdi(), STATUS_INVALID_DEVICE_STATE);
    pair p = connect_pair(&connected);
    p.theirs.finish();
    EXPECT_EQ(receive(p.ours, 1), "");
    close(p);
    EXPECT_EQ(connected.disconnects.load(), 0u);
}

TEST_F(wsk_static, another_client_is_not_concerned) {
    // EVT-034 SOCK-006 EVT-042
    application other;
    std::atomic<uint32_t> told{0};
    other.context = &told;
    other.dispatch.WskClientEvent = [](PVOID context, ULONG, PVOID, SIZE_T) {
        static_cast<std::atomic<uint32_t>*>(context)->fetch_add(1);
        return STATUS_SUCCESS;
    };
    ASSERT_EQ(other.add(), STATUS_SUCCESS);
    ASSERT_EQ(other.capture(WSK_INFINITE_WAIT), STATUS_SUCCESS);
    EXPECT_EQ(set_static(all_of_them), STATUS_SUCCESS);
    call c;
    c([&](PIRP irp) {
        return other.npi.Dispatch->WskSocket(other.npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
                                             WSK_FLAG_LISTEN_SOCKET, &who, &listen_callbacks,
                                             nullptr, nullptr, nullptr, irp);
    });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    PWSK_SOCKET theirs = c.socket();
    EXPECT_EQ(bind(theirs), STATUS_SUCCESS);
    peer p = peer::connect(port(theirs));
    PWSK_SOCKET s = accept(theirs, &connection_callbacks, &connected);
    EXPECT_TRUE(p.send("for a receive"));
    EXPECT_EQ(receive(s, 13), "for a receive");
    EXPECT_EQ(who.accepts.load(), 0u);
    EXPECT_EQ(connected.receives.load(), 0u);
    // The deregistration waits for the last close IRP.
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    other.release();
    blocked_call leaving(machine(), [&] { other.remove(); });
    EXPECT_TRUE(leaving.blocks());
    EXPECT_EQ(close(theirs), STATUS_SUCCESS);
    leaving.join();
    EXPECT_EQ(told.load(), 0u);
}

TEST_F(wsk_static, a_stream_socket_takes_on_the_events_of_its_role) {
    // STRM-018 STRM-021: the fixture registers for version 1.0.
    EXPECT_EQ(set_static(all_of_them), STATUS_SUCCESS);
    hand_out_callbacks();
    static constexpr WSK_CLIENT_STREAM_DISPATCH both = {&listen_callbacks, &connection_callbacks};
    PWSK_SOCKET l = make(WSK_FLAG_STREAM_SOCKET, &both, &who);
    EXPECT_EQ(bind(l), STATUS_SUCCESS);
    EXPECT_FALSE(peer::connect(port(l)).open());  // it does not listen yet
    call c;
    c([&](PIRP irp) { return stm(l).WskListen(l, irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    // The other role, on the other end.
    connection_events mine;
    PWSK_SOCKET s = make(WSK_FLAG_STREAM_SOCKET, &both, &mine);
    EXPECT_EQ(bind(s), STATUS_SUCCESS);
    SOCKADDR_IN to = v4(port(l));
    c([&](PIRP irp) { return stm(s).WskConnect(s, sa(to), 0, irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_TRUE(eventually([&] { return who.accepts.load() == 1; }));
    buffer b("to and");
    c([&](PIRP irp) { return stm(s).WskSend(s, &b.buf, 0, irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_TRUE(eventually([&] { return connected.taken() == "to and"; }));
    EXPECT_EQ(send(who.at(0), "fro"), STATUS_SUCCESS);
    EXPECT_TRUE(eventually([&] { return mine.taken() == "fro"; }));
    EXPECT_EQ(close(who.at(0)), STATUS_SUCCESS);
    EXPECT_TRUE(eventually([&] { return mine.disconnects.load() == 1; }));
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_static, the_socket_works_before_the_client_sees_its_bind_complete) {
    // SOCK-051: peers hammer the port while it is bound; the callback comes before the test looks
    // at the bind IRP, and calls into the listener.
    EXPECT_EQ(set_static(WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    PWSK_SOCKET l = make(WSK_FLAG_LISTEN_SOCKET, &listen_callbacks, &who);
    std::atomic<NTSTATUS> inside{STATUS_UNSUCCESSFUL};
    call address;
    call bound;
    SOCKADDR_IN a = {};
    bool asked = false;  // in a callback; they come one after the other
    who.accept = [&](PSOCKADDR, PSOCKADDR, PWSK_SOCKET, PVOID*,
                     const WSK_CLIENT_CONNECTION_DISPATCH**) {
        if (std::exchange(asked, true)) {
            return STATUS_REQUEST_NOT_ACCEPTED;
        }
        address([&](PIRP irp) { return lst(l).WskGetLocalAddress(l, sa(a), irp); });
        inside.store(address.returned);
        return STATUS_REQUEST_NOT_ACCEPTED;
    };
    const uint16_t number = unused_port();
    std::atomic<bool> stop{false};
    std::thread peers([&] {
        while (!stop.load()) {
            peer p = peer::connect(number);
        }
    });
    SOCKADDR_IN at = v4(number);
    bound([&](PIRP irp) { return lst(l).WskBind(l, sa(at), 0, irp); });
    EXPECT_TRUE(eventually([&] { return who.accepts.load() != 0; }));
    stop = true;
    peers.join();
    EXPECT_EQ(inside.load(), STATUS_PENDING);
    EXPECT_EQ(bound.status(), STATUS_SUCCESS);
    EXPECT_EQ(address.status(), STATUS_SUCCESS);
    EXPECT_EQ(__builtin_bswap16(a.sin_port), number);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

}  // namespace
