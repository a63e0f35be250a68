// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Listening sockets: WskAccept, WskAcceptEvent, conditional accept; stream sockets in both roles.

#include "tests/unit/support/wsk_rig.hpp"

namespace {

using namespace test;

class wsk_listen : public wsk_fixture {
protected:
    /// A listener in conditional mode on a port of the kernel's choice.
    PWSK_SOCKET conditional(listen_events& e) {
        PWSK_SOCKET s = make(WSK_FLAG_LISTEN_SOCKET, &listen_callbacks, &e);
        EXPECT_EQ(set(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 1), STATUS_SUCCESS);
        EXPECT_EQ(bind(s), STATUS_SUCCESS);
        return s;
    }
    void close_all(listen_events& e) {
        for (PWSK_SOCKET s : e.sockets) {
            EXPECT_EQ(close(s), STATUS_SUCCESS);
        }
    }
    NTSTATUS decide(PWSK_SOCKET s, WSK_INSPECT_ID id, WSK_INSPECT_ACTION a) {
        call c;
        c([&](PIRP irp) { return lst(s).WskInspectComplete(s, &id, a, irp); });
        return c.status();
    }
};

// -- WskAccept.

TEST_F(wsk_listen, connections_wait_until_they_are_accepted) {
    // LSTN-001 LSTN-004 LSTN-005 LSTN-006 LSTN-007
    PWSK_SOCKET l = listener();
    std::vector<peer> peers;
    for (int i = 0; i < 200; ++i) {
        peers.push_back(peer::connect(port(l)));
        ASSERT_TRUE(peers.back().open());
    }
    std::vector<PWSK_SOCKET> accepted;
    for (int i = 0; i < 200; ++i) {
        accepted.push_back(accept(l));
    }
    EXPECT_EQ(send(accepted[199], "last"), STATUS_SUCCESS);
    EXPECT_EQ(peers[199].receive(4), "last");
    for (PWSK_SOCKET s : accepted) {
        EXPECT_EQ(s->Dispatch, &wsk::connection_dispatch);
        EXPECT_EQ(close(s), STATUS_SUCCESS);
    }
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, pending_accepts_are_served_in_order_with_addresses) {
    // LSTN-008 LSTN-009 LSTN-010
    PWSK_SOCKET l = listener();
    struct one {
        SOCKADDR_IN local = {};
        uint64_t canary1 = 1;
        SOCKADDR_IN remote = {};
        uint64_t canary2 = 2;
        call c;
    };
    std::deque<one> accepts(3);
    for (one& a : accepts) {
        a.c([&](PIRP irp) {
            return lst(l).WskAccept(l, 0, nullptr, nullptr, sa(a.local), sa(a.remote), irp);
        });
        EXPECT_EQ(a.c.returned, STATUS_PENDING);
    }
    std::vector<peer> peers;
    for (one& a : accepts) {
        peers.push_back(peer::connect(port(l)));
        EXPECT_EQ(a.c.status(), STATUS_SUCCESS);
        EXPECT_EQ(__builtin_bswap16(a.remote.sin_port), peers.back().local_port());
        EXPECT_EQ(__builtin_bswap16(a.local.sin_port), port(l));
        EXPECT_EQ(a.canary1, 1u);
        EXPECT_EQ(a.canary2, 2u);
        EXPECT_EQ(close(a.c.socket()), STATUS_SUCCESS);
    }
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, accept_checks_state_and_flags) {
    // LSTN-012 LSTN-013
    PWSK_SOCKET l = make(WSK_FLAG_LISTEN_SOCKET);
    call c;
    c([&](PIRP irp) { return lst(l).WskAccept(l, 0, nullptr, nullptr, nullptr, nullptr, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(bind(l), STATUS_SUCCESS);
    c([&](PIRP irp) { return lst(l).WskAccept(l, 1, nullptr, nullptr, nullptr, nullptr, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_PARAMETER);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, cancelling_accepts_loses_no_connection) {
    // LSTN-014 IRP-025
    PWSK_SOCKET l = listener();
    const uint16_t p = port(l);
    std::vector<PWSK_SOCKET> accepted;
    std::vector<peer> peers;
    for (int i = 0; i < 100; ++i) {
        call c;
        SOCKADDR_IN untouched = v4(9);
        c([&](PIRP irp) {
            return lst(l).WskAccept(l, 0, nullptr, nullptr, sa(untouched), nullptr, irp);
        });
        peers.push_back(peer::connect(p));
        c.cancel();
        if (c.status() == STATUS_SUCCESS) {
            accepted.push_back(c.socket());
        } else {
            EXPECT_EQ(c.status(), STATUS_CANCELLED);
            EXPECT_EQ(c.information(), 0u);
            EXPECT_EQ(untouched.sin_port, v4(9).sin_port);
        }
    }
    while (accepted.size() < peers.size()) {
        accepted.push_back(accept(l));
    }
    for (PWSK_SOCKET s : accepted) {
        EXPECT_EQ(close(s), STATUS_SUCCESS);
    }
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, closing_resets_waiting_connections_and_cancels_accepts) {
    // SOCK-083 LSTN-015
    PWSK_SOCKET l = listener();
    peer first = peer::connect(port(l));
    PWSK_SOCKET s = accept(l);
    peer waiting = peer::connect(port(l));
    EXPECT_EQ(close(l), STATUS_SUCCESS);
    EXPECT_TRUE(waiting.was_reset());
    EXPECT_EQ(send(s, "alive"), STATUS_SUCCESS);
    EXPECT_EQ(first.receive(5), "alive");
    EXPECT_EQ(close(s), STATUS_SUCCESS);

    PWSK_SOCKET m = listener();
    call a;
    call b;
    for (call* c : {&a, &b}) {
        (*c)([&](PIRP irp) {
            return lst(m).WskAccept(m, 0, nullptr, nullptr, nullptr, nullptr, irp);
        });
    }
    EXPECT_EQ(close(m), STATUS_SUCCESS);
    EXPECT_EQ(a.status(), STATUS_CANCELLED);
    EXPECT_EQ(b.status(), STATUS_CANCELLED);
    EXPECT_EQ(b.information(), 0u);
}

TEST_F(wsk_listen, a_specific_address_is_listened_on_alone) {
    // LSTN-002
    PWSK_SOCKET l = make(WSK_FLAG_LISTEN_SOCKET);
    SOCKADDR_IN two = v4(0, 0x7f000002);
    EXPECT_EQ(bind_to(l, sa(two)), STATUS_SUCCESS);
    EXPECT_FALSE(peer::connect(port(l)).open());
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, a_dual_stack_listener_shows_ipv4_peers_as_mapped) {
    // LSTN-003 SOCK-067
    PWSK_SOCKET l = make(WSK_FLAG_LISTEN_SOCKET, nullptr, nullptr, AF_INET6);
    EXPECT_EQ(set(l, IPPROTO_IPV6, IPV6_V6ONLY, 0), STATUS_SUCCESS);
    SOCKADDR_IN6 any = v6(0, false);
    EXPECT_EQ(bind_to(l, sa(any)), STATUS_SUCCESS);
    SOCKADDR_IN6 at = {};
    call c;
    c([&](PIRP irp) { return lst(l).WskGetLocalAddress(l, sa(at), irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    const uint16_t p = __builtin_bswap16(at.sin6_port);
    for (const bool six : {false, true}) {
        peer a = peer::connect(p, six);
        ASSERT_TRUE(a.open());
        SOCKADDR_IN6 local = {};
        SOCKADDR_IN6 remote = {};
        c([&](PIRP irp) {
            return lst(l).WskAccept(l, 0, nullptr, nullptr, sa(local), sa(remote), irp);
        });
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
        EXPECT_EQ(local.sin6_family, AF_INET6);
        EXPECT_EQ(remote.sin6_addr.u.Byte[10], six ? 0 : 0xff);
        EXPECT_EQ(remote.sin6_addr.u.Byte[15], 1);
        EXPECT_EQ(__builtin_bswap16(remote.sin6_port), a.local_port());
        EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
    }
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, a_listener_for_udp_can_be_made_and_not_bound) {
    // SOCK-017
    call c;
    c([&](PIRP irp) {
        return wsk().WskSocket(client(), AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_LISTEN_SOCKET,
                               nullptr, nullptr, nullptr, nullptr, nullptr, irp);
    });
    ASSERT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(bind(c.socket()), STATUS_NOT_IMPLEMENTED);
    EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
}

TEST_F(wsk_listen, options_of_the_listener_are_inherited) {
    // LSTN-019 CTL-037 CTL-039 CTL-055 STRM-016
    PWSK_SOCKET l = listener();
    EXPECT_EQ(set(l, SOL_SOCKET, SO_KEEPALIVE, 1), STATUS_SUCCESS);
    EXPECT_EQ(set(l, SOL_SOCKET, SO_RCVBUF, 65536), STATUS_SUCCESS);
    EXPECT_EQ(set(l, IPPROTO_TCP, TCP_KEEPIDLE, 77), STATUS_SUCCESS);
    peer a = peer::connect(port(l));
    PWSK_SOCKET s = accept(l);
    ULONG value = 0;
    EXPECT_EQ(get(s, SOL_SOCKET, SO_KEEPALIVE, value), STATUS_SUCCESS);
    EXPECT_EQ(value, 1u);
    EXPECT_EQ(get(s, SOL_SOCKET, SO_RCVBUF, value), STATUS_SUCCESS);
    EXPECT_EQ(value, 65536u);
    EXPECT_EQ(get(s, IPPROTO_TCP, TCP_KEEPIDLE, value), STATUS_SUCCESS);
    EXPECT_EQ(value, 77u);
    EXPECT_EQ(set(s, SOL_SOCKET, SO_KEEPALIVE, 0), STATUS_SUCCESS);
    EXPECT_EQ(get(s, SOL_SOCKET, SO_KEEPALIVE, value), STATUS_SUCCESS);
    EXPECT_EQ(value, 0u);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

// -- WskAcceptEvent.

TEST_F(wsk_listen, the_accept_event_reports_each_connection) {
    // LSTN-020 LSTN-021 LSTN-022 LSTN-034 SOCK-020
    listen_events e;
    PWSK_SOCKET l = listener(&e);
    const uint16_t p = port(l);
    std::atomic<uint16_t> seen{0};
    e.accept = [&](PSOCKADDR local, PSOCKADDR remote, PWSK_SOCKET s, PVOID* context,
                   const WSK_CLIENT_CONNECTION_DISPATCH** dispatch) {
        EXPECT_EQ(*context, nullptr);  // LSTN-025
        EXPECT_EQ(*dispatch, nullptr);
        EXPECT_EQ(__builtin_bswap16(reinterpret_cast<SOCKADDR_IN*>(local)->sin_port), p);
        seen = __builtin_bswap16(reinterpret_cast<SOCKADDR_IN*>(remote)->sin_port);
        EXPECT_EQ(s->Dispatch, &wsk::connection_dispatch);
        return STATUS_SUCCESS;
    };
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    for (uint32_t i = 1; i <= 20; ++i) {
        peer a = peer::connect(p);
        ASSERT_TRUE(eventually([&] { return e.accepts.load() == i; }));
        EXPECT_EQ(seen.load(), a.local_port());
    }
    close_all(e);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, a_rejected_connection_is_reset_and_gone) {
    // LSTN-023 LSTN-024
    listen_events e;
    PWSK_SOCKET l = listener(&e);
    std::atomic<NTSTATUS> answer{STATUS_REQUEST_NOT_ACCEPTED};
    e.accept = [&](PSOCKADDR, PSOCKADDR, PWSK_SOCKET, PVOID*,
                   const WSK_CLIENT_CONNECTION_DISPATCH**) { return answer.load(); };
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    EXPECT_TRUE(peer::connect(port(l)).was_reset());
    EXPECT_EQ(violations(), 0u);
    answer = STATUS_UNSUCCESSFUL;
    EXPECT_TRUE(peer::connect(port(l)).was_reset());
    EXPECT_EQ(violations(), 1u);
    EXPECT_TRUE(eventually([&] { return machine().get<wsk::sockets>().open_count() == 1; }));
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, the_accepted_socket_works_inside_the_callback) {
    // LSTN-026 LSTN-029
    listen_events e;
    PWSK_SOCKET l = listener(&e);
    std::deque<call> calls;
    std::deque<buffer> buffers;
    e.accept = [&](PSOCKADDR, PSOCKADDR, PWSK_SOCKET s, PVOID*,
                   const WSK_CLIENT_CONNECTION_DISPATCH**) {
        buffers.emplace_back("welcome");
        calls.emplace_back()(
            [&](PIRP irp) { return con(s).WskSend(s, &buffers.back().buf, 0, irp); });
        if (PWSK_SOCKET earlier = e.at(0)) {
            calls.emplace_back()(
                [&](PIRP irp) { return bas(earlier).WskCloseSocket(earlier, irp); });
        }
        return STATUS_SUCCESS;
    };
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    peer a = peer::connect(port(l));
    EXPECT_EQ(a.receive(7), "welcome");
    peer b = peer::connect(port(l));
    EXPECT_EQ(b.receive(7), "welcome");
    EXPECT_TRUE(a.was_reset());
    EXPECT_TRUE(eventually([&] { return e.accepts.load() == 2; }));
    EXPECT_EQ(close(e.at(1)), STATUS_SUCCESS);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
    for (call& c : calls) {
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
    }
}

TEST_F(wsk_listen, closing_inside_the_callback_and_rejecting_closes_once) {
    // LSTN-030
    listen_events e;
    PWSK_SOCKET l = listener(&e);
    call c;
    e.accept = [&](PSOCKADDR, PSOCKADDR, PWSK_SOCKET s, PVOID*,
                   const WSK_CLIENT_CONNECTION_DISPATCH**) {
        c([&](PIRP irp) { return bas(s).WskCloseSocket(s, irp); });
        return STATUS_REQUEST_NOT_ACCEPTED;
    };
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    EXPECT_TRUE(peer::connect(port(l)).was_reset());
    EXPECT_TRUE(eventually([&] { return e.accepts.load() == 1; }));
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, a_waiting_accept_comes_before_the_event) {
    // LSTN-017 EVT-043
    listen_events e;
    PWSK_SOCKET l = listener(&e);
    call c;
    c([&](PIRP irp) { return lst(l).WskAccept(l, 0, nullptr, nullptr, nullptr, nullptr, irp); });
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    peer a = peer::connect(port(l));
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(e.accepts.load(), 0u);
    peer b = peer::connect(port(l));
    EXPECT_TRUE(eventually([&] { return e.accepts.load() == 1; }));
    EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
    close_all(e);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, disabled_accept_events_leave_connections_waiting) {
    // LSTN-031 EVT-015 EVT-017
    listen_events e;
    PWSK_SOCKET l = listener(&e);
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE), STATUS_SUCCESS);
    peer a = peer::connect(port(l));
    ASSERT_TRUE(a.open());
    EXPECT_EQ(e.accepts.load(), 0u);
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    EXPECT_TRUE(eventually([&] { return e.accepts.load() == 1; }));
    close_all(e);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, connection_events_of_the_listener_pass_to_accept_event_sockets_only) {
    // LSTN-011 LSTN-027 LSTN-032 EVT-024
    listen_events e;
    connection_events c;
    PWSK_SOCKET l = listener(&e);
    std::atomic<bool> returned{false};
    e.accept = [&](PSOCKADDR, PSOCKADDR, PWSK_SOCKET, PVOID* context,
                   const WSK_CLIENT_CONNECTION_DISPATCH** dispatch) {
        *context = &c;
        *dispatch = &connection_callbacks;
        // The peer has sent already; nothing may be indicated before we return.
        EXPECT_EQ(c.receives.load(), 0u);
        returned = true;
        return STATUS_SUCCESS;
    };
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT),
              STATUS_SUCCESS);
    EXPECT_EQ(events(l, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE), STATUS_INVALID_PARAMETER);
    peer a = peer::connect(port(l));
    EXPECT_TRUE(a.send("early"));
    EXPECT_TRUE(eventually([&] { return c.taken() == "early"; }));
    EXPECT_TRUE(returned.load());
    a.finish();
    EXPECT_TRUE(eventually([&] { return c.disconnects.load() == 1; }));
    EXPECT_EQ(events(l, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE), STATUS_SUCCESS);
    connection_events d;
    peer b = peer::connect(port(l));
    PWSK_SOCKET s = accept(l, &connection_callbacks, &d);
    EXPECT_TRUE(b.send("by irp"));
    EXPECT_EQ(receive(s, 100), "by irp");
    EXPECT_EQ(d.receives.load(), 0u);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    close_all(e);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

// -- Conditional accept.

TEST_F(wsk_listen, conditional_accept_is_set_before_bind_with_callbacks) {
    // LSTN-035 LSTN-036 LSTN-037 CTL-030
    PWSK_SOCKET without = make(WSK_FLAG_LISTEN_SOCKET);
    EXPECT_EQ(set(without, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 1), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(close(without), STATUS_SUCCESS);
    listen_events e;
    PWSK_SOCKET l = listener(&e);
    ULONG value = 7;
    EXPECT_EQ(get(l, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, value), STATUS_SUCCESS);
    EXPECT_EQ(value, 0u);
    EXPECT_EQ(set(l, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 1), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(decide(l, {1, 1}, WskInspectAccept), STATUS_INVALID_DEVICE_REQUEST);  // LSTN-047
    EXPECT_EQ(close(l), STATUS_SUCCESS);
    PWSK_SOCKET stream = make(WSK_FLAG_STREAM_SOCKET);
    EXPECT_EQ(set(stream, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 1),
              STATUS_INVALID_DEVICE_REQUEST);  // STRM-015
    EXPECT_EQ(close(stream), STATUS_SUCCESS);
}

TEST_F(wsk_listen, every_request_is_inspected_first) {
    // LSTN-038 LSTN-039 LSTN-040 LSTN-055
    listen_events e;
    std::vector<WSK_INSPECT_ID> ids;
    std::atomic<int> n{0};
    e.inspect = [&](PWSK_INSPECT_ID id) {
        for (const WSK_INSPECT_ID& other : ids) {
            EXPECT_FALSE(other.Key == id->Key && other.SerialNumber == id->SerialNumber);
        }
        ids.push_back(*id);
        return n.fetch_add(1) % 2 == 0 ? WskInspectAccept : WskInspectReject;
    };
    PWSK_SOCKET l = conditional(e);
    call c;
    c([&](PIRP irp) { return lst(l).WskAccept(l, 0, nullptr, nullptr, nullptr, nullptr, irp); });
    peer a = peer::connect(port(l));
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(e.inspects.load(), 1u);
    peer b = peer::connect(port(l));
    EXPECT_TRUE(b.was_reset());
    EXPECT_EQ(e.inspects.load(), 2u);
    EXPECT_EQ(e.aborts.load(), 0u);
    // LSTN-054
    WSK_INSPECT_ID id = {};
    SIZE_T bytes = 0;
    EXPECT_EQ(bas(c.socket())
                  .WskControlSocket(c.socket(), WskIoctl, SIO_WSK_QUERY_INSPECT_ID, 0, 0, nullptr,
                                    sizeof id, &id, &bytes, nullptr),
              STATUS_SUCCESS);
    EXPECT_EQ(bytes, sizeof id);
    EXPECT_EQ(id.Key, ids[0].Key);
    EXPECT_EQ(id.SerialNumber, ids[0].SerialNumber);
    EXPECT_EQ(bas(l).WskControlSocket(l, WskIoctl, SIO_WSK_QUERY_INSPECT_ID, 0, 0, nullptr,
                                      sizeof id, &id, &bytes, nullptr),
              STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, a_pended_request_is_decided_later) {
    // LSTN-043 LSTN-044 LSTN-046 LSTN-050 LSTN-053
    listen_events e;
    std::vector<WSK_INSPECT_ID> ids;
    e.inspect = [&](PWSK_INSPECT_ID id) {
        ids.push_back(*id);
        return WskInspectPend;
    };
    PWSK_SOCKET l = conditional(e);
    peer a = peer::connect(port(l));
    peer b = peer::connect(port(l));
    EXPECT_TRUE(a.send("kept"));
    a.finish();  // half-closed is not dropped
    EXPECT_TRUE(eventually([&] { return e.inspects.load() == 2; }));
    call c;
    c([&](PIRP irp) { return lst(l).WskAccept(l, 0, nullptr, nullptr, nullptr, nullptr, irp); });
    EXPECT_EQ(decide(l, ids[0], WskInspectPend), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(decide(l, {1, 99}, WskInspectAccept), STATUS_INVALID_PARAMETER);
    EXPECT_FALSE(c.done());
    EXPECT_EQ(decide(l, ids[0], WskInspectAccept), STATUS_SUCCESS);
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(receive(c.socket(), 10), "kept");
    EXPECT_EQ(decide(l, ids[0], WskInspectAccept), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(decide(l, ids[1], WskInspectReject), STATUS_SUCCESS);
    EXPECT_TRUE(b.was_reset());
    EXPECT_EQ(e.aborts.load(), 0u);
    EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, a_verdict_may_come_before_the_callback_has_returned) {
    // LSTN-045
    listen_events e;
    PWSK_SOCKET l = nullptr;
    call verdict;
    e.inspect = [&](PWSK_INSPECT_ID id) {
        verdict([&](PIRP irp) { return lst(l).WskInspectComplete(l, id, WskInspectAccept, irp); });
        return WskInspectPend;
    };
    l = conditional(e);
    call c;
    c([&](PIRP irp) { return lst(l).WskAccept(l, 0, nullptr, nullptr, nullptr, nullptr, irp); });
    peer a = peer::connect(port(l));
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(verdict.status(), STATUS_SUCCESS);
    EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen, requests_that_go_away_are_told_by_the_abort_event) {
    // LSTN-048 LSTN-051 LSTN-052
    listen_events e;
    std::vector<WSK_INSPECT_ID> ids;
    std::vector<ULONG> aborted;
    e.inspect = [&](PWSK_INSPECT_ID id) {
        ids.push_back(*id);
        return WskInspectPend;
    };
    e.aborted = [&](PWSK_INSPECT_ID id) { aborted.push_back(id->SerialNumber); };
    PWSK_SOCKET l = conditional(e);
    peer a = peer::connect(port(l));
    EXPECT_TRUE(eventually([&] { return e.inspects.load() == 1; }));
    a.reset();
    EXPECT_TRUE(eventually([&] { return e.aborts.load() == 1; }));
    EXPECT_EQ(aborted[0], ids[0].SerialNumber);
    peer b = peer::connect(port(l));
    peer c = peer::connect(port(l));
    EXPECT_TRUE(eventually([&] { return e.inspects.load() == 3; }));
    EXPECT_EQ(close(l), STATUS_SUCCESS);
    EXPECT_EQ(e.aborts.load(), 3u);
    EXPECT_TRUE(b.was_reset());
}

// -- Stream sockets.

class wsk_stream : public wsk_fixture {
protected:
    static constexpr WSK_CLIENT_STREAM_DISPATCH both = {&listen_callbacks, &connection_callbacks};
    NTSTATUS listen(PWSK_SOCKET s) {
        call c;
        c([&](PIRP irp) { return stm(s).WskListen(s, irp); });
        return c.status();
    }
    NTSTATUS bind_stream(PWSK_SOCKET s) {
        SOCKADDR_IN a = v4(0);
        call c;
        c([&](PIRP irp) { return stm(s).WskBind(s, sa(a), 0, irp); });
        return c.status();
    }
    NTSTATUS connect(PWSK_SOCKET s, uint16_t to) {
        SOCKADDR_IN a = v4(to);
        call c;
        c([&](PIRP irp) { return stm(s).WskConnect(s, sa(a), 0, irp); });
        return c.status();
    }
};

TEST_F(wsk_stream, listens_when_told_and_not_before) {
    // STRM-002 STRM-004 STRM-005 STRM-009 STRM-010 STRM-011 STRM-012
    PWSK_SOCKET s = make(WSK_FLAG_STREAM_SOCKET);
    EXPECT_EQ(listen(s), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(bind_stream(s), STATUS_SUCCESS);
    EXPECT_FALSE(peer::connect(port(s)).open());
    call c;
    c([&](PIRP irp) { return stm(s).WskAccept(s, 0, nullptr, nullptr, nullptr, nullptr, irp); });
    EXPECT_EQ(c.returned, STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(listen(s), STATUS_SUCCESS);
    EXPECT_EQ(listen(s), STATUS_INVALID_DEVICE_STATE);
    peer a = peer::connect(port(s));
    c([&](PIRP irp) { return stm(s).WskAccept(s, 0, nullptr, nullptr, nullptr, nullptr, irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(c.socket()->Dispatch, &wsk::connection_dispatch);
    EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_stream, functions_of_the_other_role_are_refused) {
    // STRM-006 STRM-007 STRM-020
    PWSK_SOCKET s = make(WSK_FLAG_STREAM_SOCKET);
    EXPECT_EQ(bind_stream(s), STATUS_SUCCESS);
    EXPECT_EQ(listen(s), STATUS_SUCCESS);
    buffer b("x");
    SOCKADDR_IN a = v4(1);
    call c;
    const auto refused = [&](auto&& f) {
        c(f);
        EXPECT_EQ(c.returned, STATUS_INVALID_DEVICE_STATE);
    };
    refused([&](PIRP irp) { return stm(s).WskConnect(s, sa(a), 0, irp); });
    refused([&](PIRP irp) { return stm(s).WskConnectEx(s, sa(a), nullptr, 0, irp); });
    refused([&](PIRP irp) { return stm(s).WskSend(s, &b.buf, 0, irp); });
    refused([&](PIRP irp) { return stm(s).WskReceive(s, &b.buf, 0, irp); });
    refused([&](PIRP irp) { return stm(s).WskDisconnect(s, nullptr, 0, irp); });
    refused([&](PIRP irp) { return stm(s).WskGetRemoteAddress(s, sa(a), irp); });
    EXPECT_EQ(close(s), STATUS_SUCCESS);

    peer_listener l;
    PWSK_SOCKET t = make(WSK_FLAG_STREAM_SOCKET);
    EXPECT_EQ(bind_stream(t), STATUS_SUCCESS);
    EXPECT_EQ(connect(t, l.port()), STATUS_SUCCESS);
    refused([&](PIRP irp) { return stm(t).WskListen(t, irp); });
    refused(
        [&](PIRP irp) { return stm(t).WskAccept(t, 0, nullptr, nullptr, nullptr, nullptr, irp); });
    EXPECT_EQ(close(t), STATUS_SUCCESS);
}

TEST_F(wsk_stream, a_failed_connect_leaves_both_roles_open) {
    // STRM-008
    PWSK_SOCKET s = make(WSK_FLAG_STREAM_SOCKET);
    EXPECT_EQ(bind_stream(s), STATUS_SUCCESS);
    EXPECT_EQ(connect(s, unused_port()), STATUS_CONNECTION_REFUSED);
    EXPECT_EQ(listen(s), STATUS_SUCCESS);
    EXPECT_TRUE(peer::connect(port(s)).open());
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_stream, each_role_has_its_events) {
    // STRM-003 STRM-013 STRM-014 STRM-019 SOCK-022
    connection_events c;
    peer_listener l;
    PWSK_SOCKET s = make(WSK_FLAG_STREAM_SOCKET, &both, &c);
    EXPECT_EQ(bind_stream(s), STATUS_SUCCESS);
    EXPECT_EQ(events(s, WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(events(s, WSK_EVENT_RECEIVE), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(connect(s, l.port()), STATUS_SUCCESS);
    EXPECT_EQ(events(s, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    peer a = l.accept();
    EXPECT_TRUE(a.send("to the stream"));
    EXPECT_TRUE(eventually([&] { return c.taken() == "to the stream"; }));
    EXPECT_EQ(close(s), STATUS_SUCCESS);

    listen_events e;
    PWSK_SOCKET t = make(WSK_FLAG_STREAM_SOCKET, &both, &e);
    EXPECT_EQ(bind_stream(t), STATUS_SUCCESS);
    EXPECT_EQ(listen(t), STATUS_SUCCESS);
    EXPECT_EQ(events(t, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    peer b = peer::connect(port(t));
    EXPECT_TRUE(eventually([&] { return e.accepts.load() == 1; }));
    EXPECT_EQ(close(e.at(0)), STATUS_SUCCESS);
    EXPECT_EQ(close(t), STATUS_SUCCESS);
}

TEST_F(wsk_stream, close_fits_the_role) {
    // STRM-017
    PWSK_SOCKET s = make(WSK_FLAG_STREAM_SOCKET);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    peer_listener l;
    PWSK_SOCKET t = make(WSK_FLAG_STREAM_SOCKET);
    EXPECT_EQ(bind_stream(t), STATUS_SUCCESS);
    EXPECT_EQ(connect(t, l.port()), STATUS_SUCCESS);
    peer a = l.accept();
    EXPECT_EQ(close(t), STATUS_SUCCESS);
    EXPECT_TRUE(a.was_reset());
    PWSK_SOCKET u = make(WSK_FLAG_STREAM_SOCKET);
    EXPECT_EQ(bind_stream(u), STATUS_SUCCESS);
    EXPECT_EQ(listen(u), STATUS_SUCCESS);
    peer waiting = peer::connect(port(u));
    EXPECT_EQ(close(u), STATUS_SUCCESS);
    EXPECT_TRUE(waiting.was_reset());
}

// -- Callbacks that are told more than they should use.

class wsk_listen_callbacks : public wsk_fixture {
protected:
    struct seen {
        SOCKADDR_IN local = {};
        SOCKADDR_IN remote = {};
        std::atomic<uint32_t> inspects{0};
        std::atomic<uint32_t> aborts{0};
        WSK_INSPECT_ACTION answer = WskInspectAccept;
    } seen_;

    static WSK_INSPECT_ACTION inspect(PVOID context, PSOCKADDR local, PSOCKADDR remote,
                                      PWSK_INSPECT_ID) {
        auto& s = *static_cast<seen*>(context);
        std::memcpy(&s.local, local, sizeof s.local);
        std::memcpy(&s.remote, remote, sizeof s.remote);
        // The memory is the callback's for as long as it runs, and means nothing to anybody else.
        std::memset(local, 0xee, sizeof(SOCKADDR_IN));
        std::memset(remote, 0xee, sizeof(SOCKADDR_IN));
        s.inspects.fetch_add(1, std::memory_order_release);
        return s.answer;
    }
    static NTSTATUS accept_nothing(PVOID, ULONG, PSOCKADDR, PSOCKADDR, PWSK_SOCKET, PVOID*,
                                   const WSK_CLIENT_CONNECTION_DISPATCH**) {
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    /// What it returns is ignored, even what would mean something from WskInspectEvent.
    static NTSTATUS abort(PVOID context, PWSK_INSPECT_ID) {
        static_cast<seen*>(context)->aborts.fetch_add(1, std::memory_order_release);
        return WskInspectPend;
    }
    static constexpr WSK_CLIENT_LISTEN_DISPATCH table = {accept_nothing, inspect, abort};

    PWSK_SOCKET conditional() {
        PWSK_SOCKET l = make(WSK_FLAG_LISTEN_SOCKET, &table, &seen_);
        EXPECT_EQ(set(l, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 1), STATUS_SUCCESS);
        EXPECT_EQ(bind(l), STATUS_SUCCESS);
        return l;
    }
};

TEST_F(wsk_listen_callbacks, the_addresses_of_an_inspection_are_the_callbacks_own) {
    // LSTN-042
    PWSK_SOCKET l = conditional();
    peer p = peer::connect(port(l));
    SOCKADDR_IN local = {};
    SOCKADDR_IN remote = {};
    call c;
    c([&](PIRP irp) {
        return lst(l).WskAccept(l, 0, nullptr, nullptr, sa(local), sa(remote), irp);
    });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(seen_.inspects.load(), 1u);
    EXPECT_EQ(__builtin_bswap16(seen_.local.sin_port), port(l));
    EXPECT_EQ(__builtin_bswap16(seen_.remote.sin_port), p.local_port());
    EXPECT_EQ(seen_.remote.sin_addr.S_un.S_addr, v4(0).sin_addr.S_un.S_addr);
    // What the callback wrote into them reaches nobody.
    EXPECT_EQ(std::memcmp(&local, &seen_.local, 8), 0);
    EXPECT_EQ(std::memcmp(&remote, &seen_.remote, 8), 0);
    EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_listen_callbacks, what_the_abort_event_returns_decides_nothing) {
    // LSTN-049 LSTN-048
    seen_.answer = WskInspectPend;
    PWSK_SOCKET l = conditional();
    peer p = peer::connect(port(l));
    EXPECT_TRUE(eventually([&] { return seen_.inspects.load() == 1; }));
    p.reset();
    EXPECT_TRUE(eventually([&] { return seen_.aborts.load() == 1; }));
    EXPECT_TRUE(eventually([&] { return count(base::object_kind::socket) == 1; }));
    EXPECT_EQ(close(l), STATUS_SUCCESS);
    EXPECT_EQ(seen_.aborts.load(), 1u);
}

}  // namespace
