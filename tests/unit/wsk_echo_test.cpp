// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The whole way, once: create, bind, accept, receive, send, close; by IRPs and by events.

#include "tests/unit/support/wsk_rig.hpp"

namespace {

using namespace test;

class wsk_echo : public wsk_fixture {};

TEST_F(wsk_echo, a_listening_socket_is_created_bound_and_closed) {
    PWSK_SOCKET s = listener();
    EXPECT_NE(port(s), 0);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_echo, bytes_go_both_ways_by_irps) {
    pair p = connect_pair();
    ASSERT_TRUE(p.theirs.open());
    EXPECT_TRUE(p.theirs.send("ping"));
    EXPECT_EQ(receive(p.ours, 100), "ping");
    EXPECT_EQ(send(p.ours, "pong!"), STATUS_SUCCESS);
    EXPECT_EQ(p.theirs.receive(5), "pong!");
    close(p);
}

TEST_F(wsk_echo, an_event_driven_server_echoes) {
    listen_events l;
    connection_events c;
    PWSK_SOCKET accepted = nullptr;
    l.accept = [&](PSOCKADDR, PSOCKADDR, PWSK_SOCKET s, PVOID* context,
                   const WSK_CLIENT_CONNECTION_DISPATCH** dispatch) {
        accepted = s;
        *context = &c;
        *dispatch = &connection_callbacks;
        return STATUS_SUCCESS;
    };
    std::deque<buffer> sent;
    std::deque<call> sends;
    c.receive = [&](ULONG, PWSK_DATA_INDICATION list, SIZE_T n, SIZE_T* taken) {
        EXPECT_EQ(*taken, n);
        sent.emplace_back(text_of(list));
        sends.emplace_back()(
            [&](PIRP irp) { return con(accepted).WskSend(accepted, &sent.back().buf, 0, irp); });
        return STATUS_SUCCESS;
    };
    PWSK_SOCKET s = listener(&l);
    ASSERT_EQ(events(s, WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT),
              STATUS_SUCCESS);
    peer p = peer::connect(port(s));
    for (int i = 0; i < 100; ++i) {
        const std::string text = "message " + std::to_string(i);
        ASSERT_TRUE(p.send(text));
        ASSERT_EQ(p.receive(text.size()), text);
    }
    p.finish();
    EXPECT_TRUE(eventually([&] { return c.disconnects.load() == 1; }));
    EXPECT_EQ(close(accepted), STATUS_SUCCESS);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

}  // namespace
