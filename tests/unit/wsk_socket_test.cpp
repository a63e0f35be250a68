// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// WskSocket, WskBind, addresses, address sharing, basic sockets, WskCloseSocket.

#include "tests/unit/support/wsk_rig.hpp"
#include "verify/fault.hpp"

namespace {

using namespace test;

class wsk_socket : public wsk_fixture {
protected:
    NTSTATUS create(ADDRESS_FAMILY family, USHORT type, ULONG protocol, ULONG flags, call& c,
                    const void* dispatch = nullptr, void* context = nullptr) {
        c([&](PIRP irp) {
            return wsk().WskSocket(client(), family, type, protocol, flags, context, dispatch,
                                   nullptr, nullptr, nullptr, irp);
        });
        return c.status();
    }
    NTSTATUS local(PWSK_SOCKET s, SOCKADDR* out) {
        call c;
        c([&](PIRP irp) { return local_address_function(s)(s, out, irp); });
        return c.status();
    }
    NTSTATUS remote(PWSK_SOCKET s, SOCKADDR* out) {
        call c;
        c([&](PIRP irp) { return con(s).WskGetRemoteAddress(s, out, irp); });
        return c.status();
    }
};

// -- The provider table and creation.

TEST_F(wsk_socket, the_provider_table_creates_sockets_whatever_the_minor_version) {
    // SOCK-002 SOCK-003
    EXPECT_EQ(WSK_MAJOR_VERSION(wsk().Version), 1);
    EXPECT_EQ(wsk().Reserved, 0);
    EXPECT_NE(wsk().WskSocket, nullptr);
    EXPECT_NE(wsk().WskSocketConnect, nullptr);
}

TEST_F(wsk_socket, each_category_is_created_with_its_own_table) {
    // SOCK-008 SOCK-009 SOCK-013 SOCK-014 SOCK-021 SOCK-029 SOCK-030 SOCK-031
    const struct {
        ULONG flags;
        const void* table;
    } categories[] = {{WSK_FLAG_BASIC_SOCKET, &wsk::basic_dispatch},
                      {WSK_FLAG_LISTEN_SOCKET, &wsk::listen_dispatch},
                      {WSK_FLAG_CONNECTION_SOCKET, &wsk::connection_dispatch},
                      {WSK_FLAG_STREAM_SOCKET, &wsk::stream_dispatch}};
    for (const auto& one : categories) {
        for (ADDRESS_FAMILY family : {AF_INET, AF_INET6}) {
            call c;
            bool dereferenced = false;
            c.on_completion = [&](call& done) {
                auto* s = reinterpret_cast<PWSK_SOCKET>(done.irp()->IoStatus.Information);
                dereferenced = s->Dispatch == one.table;
            };
            EXPECT_EQ(create(family, SOCK_STREAM, IPPROTO_TCP, one.flags, c), STATUS_SUCCESS);
            EXPECT_EQ(c.returned, STATUS_PENDING);
            EXPECT_TRUE(dereferenced);
            // Every category is closed through the basic table.
            EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
        }
    }
}

TEST_F(wsk_socket, the_stream_table_has_an_order_of_its_own) {
    // STRM-001
    using table = WSK_PROVIDER_STREAM_DISPATCH;
    constexpr size_t basic = sizeof(WSK_PROVIDER_BASIC_DISPATCH);
    constexpr size_t in_order[] = {offsetof(table, WskBind),
                                   offsetof(table, WskAccept),
                                   offsetof(table, WskConnect),
                                   offsetof(table, WskListen),
                                   offsetof(table, WskSend),
                                   offsetof(table, WskReceive),
                                   offsetof(table, WskDisconnect),
                                   offsetof(table, WskRelease),
                                   offsetof(table, WskGetLocalAddress),
                                   offsetof(table, WskGetRemoteAddress),
                                   offsetof(table, WskConnectEx),
                                   offsetof(table, WskSendEx),
                                   offsetof(table, WskReceiveEx)};
    PWSK_SOCKET s = make(WSK_FLAG_STREAM_SOCKET);
    const auto* slots = static_cast<void* const*>(s->Dispatch);
    for (size_t i = 0; i < std::size(in_order); ++i) {
        EXPECT_EQ(in_order[i], basic + i * sizeof(void*)) << i;
        EXPECT_NE(slots[in_order[i] / sizeof(void*)], nullptr) << i;
    }
    EXPECT_EQ(sizeof(table), basic + std::size(in_order) * sizeof(void*));
    // The functions are those of the other tables.
    EXPECT_EQ(stm(s).WskConnect, wsk::connection_dispatch.WskConnect);
    EXPECT_EQ(stm(s).WskAccept, wsk::listen_dispatch.WskAccept);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_socket, combinations_that_are_not_offered_are_refused_inside_the_call) {
    // SOCK-010 SOCK-012 SOCK-015 SOCK-016 SOCK-017 SOCK-018 SOCK-019
    const struct {
        ADDRESS_FAMILY family;
        USHORT type;
        ULONG protocol;
        ULONG flags;
        NTSTATUS status;
    } wrong[] = {
        {10, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET, STATUS_NOT_SUPPORTED},
        {AF_UNSPEC, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, STATUS_NOT_SUPPORTED},
        {AF_INET, SOCK_STREAM, 0, WSK_FLAG_CONNECTION_SOCKET, STATUS_NOT_SUPPORTED},
        {AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_CONNECTION_SOCKET, STATUS_NOT_SUPPORTED},
        {AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_STREAM_SOCKET, STATUS_NOT_SUPPORTED},
        {AF_INET, SOCK_STREAM, IPPROTO_UDP, WSK_FLAG_LISTEN_SOCKET, STATUS_NOT_SUPPORTED},
        {AF_INET6, 77, IPPROTO_TCP, WSK_FLAG_BASIC_SOCKET, STATUS_NOT_SUPPORTED},
        {AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET | WSK_FLAG_CONNECTION_SOCKET,
         STATUS_INVALID_PARAMETER},
        {AF_INET, SOCK_STREAM, IPPROTO_TCP, 0x100, STATUS_INVALID_PARAMETER}};
    for (const auto& w : wrong) {
        call c;
        EXPECT_EQ(create(w.family, w.type, w.protocol, w.flags, c), w.status);
        EXPECT_EQ(c.returned, w.status);
        EXPECT_EQ(c.information(), 0u);
    }
}

TEST_F(wsk_socket, missing_irp_or_client_is_refused) {
    // SOCK-004 SOCK-011
    EXPECT_EQ(wsk().WskSocket(client(), AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, nullptr, nullptr,
                              nullptr, nullptr, nullptr, nullptr),
              STATUS_INVALID_PARAMETER);
    call c;
    c([&](PIRP irp) {
        return wsk().WskSocket(nullptr, AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, nullptr, nullptr,
                               nullptr, nullptr, nullptr, irp);
    });
    EXPECT_EQ(c.returned, STATUS_INVALID_HANDLE);
    EXPECT_EQ(c.information(), 0u);
}

TEST_F(wsk_socket, a_basic_socket_ignores_context_and_dispatch) {
    // SOCK-023 SOCK-061 SOCK-063
    call c;
    int garbage = 0;
    EXPECT_EQ(
        create(AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_BASIC_SOCKET, c, &garbage, &garbage),
        STATUS_SUCCESS);
    EXPECT_EQ(events(c.socket(), WSK_EVENT_RECEIVE), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
}

TEST_F(wsk_socket, a_security_descriptor_that_was_not_cached_is_refused) {
    // SOCK-027
    int descriptor = 0;
    call c;
    c([&](PIRP irp) {
        return wsk().WskSocket(client(), AF_INET, SOCK_STREAM, IPPROTO_TCP,
                               WSK_FLAG_CONNECTION_SOCKET, nullptr, nullptr, nullptr, nullptr,
                               &descriptor, irp);
    });
    EXPECT_EQ(c.status(), STATUS_INVALID_PARAMETER);
}

TEST_F(wsk_socket, creation_survives_the_lack_of_memory_at_every_point) {
    // IRP-044
    PWSK_SOCKET first = make(WSK_FLAG_STREAM_SOCKET);
    for (uint64_t n = 1;; ++n) {
        call c;
        verify::arm_faults(n, true);
        c([&](PIRP irp) {
            return wsk().WskSocket(client(), AF_INET, SOCK_STREAM, IPPROTO_TCP,
                                   WSK_FLAG_STREAM_SOCKET, nullptr, nullptr, nullptr, nullptr,
                                   nullptr, irp);
        });
        const bool reached = verify::faults_seen() >= n;
        verify::arm_faults(0, true);
        if (c.status() == STATUS_SUCCESS) {
            EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
        } else {
            EXPECT_EQ(c.status(), STATUS_INSUFFICIENT_RESOURCES);
        }
        if (!reached) {
            break;
        }
        ASSERT_LT(n, 50u);
    }
    EXPECT_EQ(close(first), STATUS_SUCCESS);
}

// -- Bind.

TEST_F(wsk_socket, bind_checks_its_arguments) {
    // SOCK-041 SOCK-043 SOCK-044
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    SOCKADDR_IN good = v4(0);
    SOCKADDR_IN6 six = v6(0, true);
    EXPECT_EQ(bind_to(s, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(bind_to(s, sa(six)), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(bind_to(s, sa(good), 1), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(bind_to(s, sa(good)), STATUS_SUCCESS);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_socket, the_local_address_is_captured_and_a_second_bind_changes_nothing) {
    // SOCK-042 SOCK-045 SOCK-050
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    SOCKADDR_IN a = v4(0);
    call c;
    c([&](PIRP irp) { return con(s).WskBind(s, sa(a), 0, irp); });
    EXPECT_EQ(c.returned, STATUS_PENDING);
    std::memset(&a, 0xee, sizeof a);
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    SOCKADDR_IN first = {};
    SOCKADDR_IN second = {};
    EXPECT_EQ(local(s, sa(first)), STATUS_SUCCESS);
    EXPECT_NE(first.sin_port, 0);
    SOCKADDR_IN other = v4(0);
    EXPECT_EQ(bind_to(s, sa(other)), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(local(s, sa(second)), STATUS_SUCCESS);
    EXPECT_EQ(std::memcmp(&first, &second, sizeof first), 0);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_socket, a_failed_bind_leaves_the_socket_to_be_bound_again) {
    // SOCK-046 SOCK-047 SOCK-048 SOCK-060
    peer_listener taken;
    PWSK_SOCKET s = make(WSK_FLAG_LISTEN_SOCKET);
    SOCKADDR_IN busy = v4(taken.port());
    SOCKADDR_IN elsewhere = v4(0, 0xC0000237);  // 192.0.2.55
    call c;
    c([&](PIRP irp) { return lst(s).WskBind(s, sa(busy), 0, irp); });
    EXPECT_EQ(c.returned, STATUS_PENDING);  // a condition of the network, not a caller's mistake
    EXPECT_EQ(c.status(), STATUS_ADDRESS_ALREADY_EXISTS);
    EXPECT_EQ(bind_to(s, sa(elsewhere)), STATUS_INVALID_ADDRESS_COMPONENT);
    SOCKADDR_IN any = v4(0);
    EXPECT_EQ(bind_to(s, sa(any)), STATUS_SUCCESS);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_socket, a_port_is_free_again_when_the_close_is_complete) {
    // SOCK-052 SOCK-059
    PWSK_SOCKET l = listener();
    const uint16_t p = port(l);
    peer a = peer::connect(p);
    PWSK_SOCKET s = accept(l);
    // Our side closes actively, so the connection rests in TIME_WAIT.
    call d;
    d([&](PIRP irp) { return con(s).WskDisconnect(s, nullptr, 0, irp); });
    EXPECT_TRUE(a.ended());
    a.close();
    EXPECT_EQ(d.status(), STATUS_SUCCESS);
    EXPECT_EQ(receive(s, 1), "");
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
    PWSK_SOCKET again = make(WSK_FLAG_LISTEN_SOCKET);
    EXPECT_EQ(set(again, SOL_SOCKET, static_cast<ULONG>(SO_EXCLUSIVEADDRUSE), 1), STATUS_SUCCESS);
    EXPECT_EQ(bind(again, p), STATUS_SUCCESS);
    EXPECT_EQ(close(again), STATUS_SUCCESS);
}

// -- Address sharing: the 36 cells of the second bind against the first.

TEST_F(wsk_socket, the_second_bind_is_judged_by_the_sharing_table) {
    // SOCK-053 SOCK-055 SOCK-056
    constexpr NTSTATUS ok = STATUS_SUCCESS;
    constexpr NTSTATUS used = STATUS_ADDRESS_ALREADY_EXISTS;
    constexpr NTSTATUS no = STATUS_ACCESS_DENIED;
    // Rows: second; columns: first; none, reuse, exclusive, each wildcard and specific. Where an
    // access check decides, the default descriptor refuses.
    const NTSTATUS expected[6][6] = {
        {used, ok, used, ok, used, ok},
        {no, used, no, no, no, used},
        {no, ok, ok, ok, no, ok},
        {no, no, ok, ok, no, no},
        {used, used, used, used, used, used},
        {no, used, no, used, no, used},
    };
    const auto option = [&](PWSK_SOCKET s, int how) {
        if (how == 1) {
            EXPECT_EQ(set(s, SOL_SOCKET, SO_REUSEADDR, 1), STATUS_SUCCESS);
        } else if (how == 2) {
            EXPECT_EQ(set(s, SOL_SOCKET, static_cast<ULONG>(SO_EXCLUSIVEADDRUSE), 1),
                      STATUS_SUCCESS);
        }
    };
    for (int first = 0; first < 6; ++first) {
        for (int second = 0; second < 6; ++second) {
            PWSK_SOCKET a = make(WSK_FLAG_LISTEN_SOCKET);
            PWSK_SOCKET b = make(WSK_FLAG_LISTEN_SOCKET);
            option(a, first / 2);
            option(b, second / 2);
            SOCKADDR_IN at = v4(0, first % 2 == 0 ? INADDR_ANY : INADDR_LOOPBACK);
            EXPECT_EQ(bind_to(a, sa(at)), STATUS_SUCCESS);
            at = v4(port(a), second % 2 == 0 ? INADDR_ANY : INADDR_LOOPBACK);
            EXPECT_EQ(bind_to(b, sa(at)), expected[second][first])
                << "first " << first << " second " << second;
            EXPECT_EQ(close(b), STATUS_SUCCESS);
            EXPECT_EQ(close(a), STATUS_SUCCESS);
        }
    }
}

TEST_F(wsk_socket, two_different_specific_addresses_never_conflict) {
    // SOCK-054
    PWSK_SOCKET a = make(WSK_FLAG_LISTEN_SOCKET);
    PWSK_SOCKET b = make(WSK_FLAG_LISTEN_SOCKET);
    SOCKADDR_IN first = v4(0, 0x7f000001);
    EXPECT_EQ(bind_to(a, sa(first)), STATUS_SUCCESS);
    SOCKADDR_IN second = v4(port(a), 0x7f000002);
    EXPECT_EQ(bind_to(b, sa(second)), STATUS_SUCCESS);
    EXPECT_EQ(close(a), STATUS_SUCCESS);
    EXPECT_EQ(close(b), STATUS_SUCCESS);
}

TEST_F(wsk_socket, a_dual_stack_wildcard_meets_the_ipv4_wildcard) {
    // SOCK-058 SOCK-032
    PWSK_SOCKET six = make(WSK_FLAG_LISTEN_SOCKET, nullptr, nullptr, AF_INET6);
    ULONG only = 0;
    EXPECT_EQ(get(six, IPPROTO_IPV6, IPV6_V6ONLY, only), STATUS_SUCCESS);
    EXPECT_EQ(only, 1u);
    EXPECT_EQ(set(six, IPPROTO_IPV6, IPV6_V6ONLY, 0), STATUS_SUCCESS);
    SOCKADDR_IN6 any = v6(0, false);
    EXPECT_EQ(bind_to(six, sa(any)), STATUS_SUCCESS);
    SOCKADDR_IN6 at = {};
    EXPECT_EQ(local(six, sa(at)), STATUS_SUCCESS);
    PWSK_SOCKET four = make(WSK_FLAG_LISTEN_SOCKET);
    SOCKADDR_IN any4 = v4(__builtin_bswap16(at.sin6_port), INADDR_ANY);
    EXPECT_EQ(bind_to(four, sa(any4)), STATUS_ADDRESS_ALREADY_EXISTS);
    EXPECT_EQ(close(six), STATUS_SUCCESS);
    EXPECT_EQ(bind_to(four, sa(any4)), STATUS_SUCCESS);
    EXPECT_EQ(close(four), STATUS_SUCCESS);
}

// -- Addresses.

TEST_F(wsk_socket, addresses_are_written_in_exactly_the_familys_size) {
    // SOCK-064 SOCK-071
    struct {
        SOCKADDR_IN address;
        uint64_t canary;
    } four = {{}, 0x1122334455667788};
    struct {
        SOCKADDR_IN6 address;
        uint32_t canary;
    } six = {{}, 0x11223344};
    PWSK_SOCKET s = listener();
    EXPECT_EQ(local(s, sa(four.address)), STATUS_SUCCESS);
    EXPECT_EQ(four.canary, 0x1122334455667788u);
    EXPECT_EQ(four.address.sin_family, AF_INET);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    PWSK_SOCKET t = make(WSK_FLAG_LISTEN_SOCKET, nullptr, nullptr, AF_INET6);
    SOCKADDR_IN6 loopback = v6(0, true);
    EXPECT_EQ(bind_to(t, sa(loopback)), STATUS_SUCCESS);
    EXPECT_EQ(local(t, sa(six.address)), STATUS_SUCCESS);
    EXPECT_EQ(six.canary, 0x11223344u);
    EXPECT_EQ(six.address.sin6_family, AF_INET6);
    EXPECT_EQ(close(t), STATUS_SUCCESS);
}

TEST_F(wsk_socket, addresses_need_a_bound_and_a_connected_socket) {
    // SOCK-065 SOCK-070
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    SOCKADDR_IN a = {};
    EXPECT_EQ(local(s, sa(a)), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(remote(s, sa(a)), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(local(s, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(bind(s), STATUS_SUCCESS);
    EXPECT_EQ(local(s, sa(a)), STATUS_SUCCESS);
    EXPECT_EQ(remote(s, sa(a)), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_socket, a_wildcard_becomes_concrete_when_connected) {
    // SOCK-066 CONN-012
    peer_listener l;
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    SOCKADDR_IN any = v4(0, INADDR_ANY);
    EXPECT_EQ(bind_to(s, sa(any)), STATUS_SUCCESS);
    SOCKADDR_IN before = {};
    EXPECT_EQ(local(s, sa(before)), STATUS_SUCCESS);
    EXPECT_EQ(before.sin_addr.S_un.S_addr, 0u);
    EXPECT_NE(before.sin_port, 0);
    SOCKADDR_IN to = v4(l.port());
    call c;
    c([&](PIRP irp) { return con(s).WskConnect(s, sa(to), 0, irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    SOCKADDR_IN after = {};
    EXPECT_EQ(local(s, sa(after)), STATUS_SUCCESS);
    EXPECT_EQ(after.sin_addr.S_un.S_addr, v4(0).sin_addr.S_un.S_addr);
    EXPECT_EQ(after.sin_port, before.sin_port);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_socket, addresses_stay_after_a_reset) {
    // SOCK-068 SOCK-090
    pair p = connect_pair();
    const uint16_t theirs = p.theirs.local_port();
    p.theirs.reset();
    NTSTATUS s = STATUS_SUCCESS;
    EXPECT_EQ(receive(p.ours, 1, 0, &s), "");
    EXPECT_EQ(s, STATUS_CONNECTION_RESET);
    SOCKADDR_IN a = {};
    EXPECT_EQ(local(p.ours, sa(a)), STATUS_SUCCESS);
    EXPECT_EQ(a.sin_addr.S_un.S_addr, v4(0).sin_addr.S_un.S_addr);
    EXPECT_EQ(remote(p.ours, sa(a)), STATUS_SUCCESS);
    EXPECT_EQ(__builtin_bswap16(a.sin_port), theirs);
    close(p);
}

// -- WskSocketConnect.

class wsk_socket_connect : public wsk_socket {
protected:
    call& start_to(uint16_t number, call& c) {
        SOCKADDR_IN from = v4(0, INADDR_ANY);
        SOCKADDR_IN to = v4(number);
        return c([&](PIRP irp) {
            return wsk().WskSocketConnect(client(), SOCK_STREAM, IPPROTO_TCP, sa(from), sa(to), 0,
                                          nullptr, nullptr, nullptr, nullptr, nullptr, irp);
        });
    }
};

TEST_F(wsk_socket_connect, cancelling_destroys_the_half_made_socket) {
    // SOCK-039
    deaf_listener nobody;
    call c;
    start_to(nobody.port(), c);
    EXPECT_EQ(c.returned, STATUS_PENDING);
    EXPECT_FALSE(c.done());
    c.cancel();
    EXPECT_EQ(c.status(), STATUS_CANCELLED);
    EXPECT_EQ(c.information(), 0u);
    EXPECT_TRUE(eventually([&] { return count(base::object_kind::socket) == 0; }));
}

TEST_F(wsk_socket_connect, a_cancel_that_comes_too_late_leaves_the_socket_to_the_client) {
    // SOCK-039
    peer_listener l;
    call c;
    start_to(l.port(), c);
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    c.cancel();
    peer p = l.accept();
    EXPECT_EQ(send(c.socket(), "mine"), STATUS_SUCCESS);
    EXPECT_EQ(p.receive(4), "mine");
    EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
}

TEST_F(wsk_socket_connect, cancel_and_completion_race_and_no_socket_is_lost) {
    // SOCK-039
    peer_listener l;
    for (int i = 0; i < 200; ++i) {
        call c;
        start_to(l.port(), c);
        c.cancel();
        if (c.status() == STATUS_SUCCESS) {
            EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
        } else {
            EXPECT_EQ(c.status(), STATUS_CANCELLED);
            EXPECT_EQ(c.information(), 0u);
        }
    }
    EXPECT_TRUE(eventually([&] { return count(base::object_kind::socket) == 0; }));
}

TEST_F(wsk_socket_connect, options_have_their_defaults) {
    // SOCK-040: there is no moment to set them, and it is too late afterwards.
    peer_listener l;
    call c;
    start_to(l.port(), c);
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    const struct {
        ULONG level;
        ULONG option;
    } options[] = {{SOL_SOCKET, SO_REUSEADDR},
                   {SOL_SOCKET, static_cast<ULONG>(SO_EXCLUSIVEADDRUSE)},
                   {SOL_SOCKET, SO_KEEPALIVE},
                   {IPPROTO_TCP, TCP_NODELAY}};
    for (const auto& o : options) {
        ULONG value = 77;
        EXPECT_EQ(get(c.socket(), o.level, o.option, value), STATUS_SUCCESS) << o.option;
        EXPECT_EQ(value, 0u) << o.option;
    }
    EXPECT_EQ(set(c.socket(), SOL_SOCKET, SO_REUSEADDR, 1), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
}

// -- Close.

TEST_F(wsk_socket, close_works_in_every_state_and_needs_an_irp) {
    // SOCK-073 SOCK-074 SOCK-075
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    EXPECT_EQ(bas(s).WskCloseSocket(s, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(bind(s), STATUS_SUCCESS);  // it is still open
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    EXPECT_EQ(close(make(WSK_FLAG_CONNECTION_SOCKET)), STATUS_SUCCESS);
    EXPECT_EQ(close(make(WSK_FLAG_STREAM_SOCKET)), STATUS_SUCCESS);
    EXPECT_EQ(close(make(WSK_FLAG_BASIC_SOCKET)), STATUS_SUCCESS);
    EXPECT_EQ(close(listener()), STATUS_SUCCESS);
}

TEST_F(wsk_socket, close_resets_a_connection_that_is_not_shut_both_ways) {
    // SOCK-081
    pair p = connect_pair();
    EXPECT_EQ(close(p.ours), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.was_reset());
    EXPECT_EQ(close(p.listener), STATUS_SUCCESS);
}

TEST_F(wsk_socket, close_after_both_ends_have_finished_resets_nothing) {
    // SOCK-081 CONN-109 CONN-110
    pair p = connect_pair();
    p.theirs.finish();
    EXPECT_EQ(receive(p.ours, 10), "");
    call d;
    d([&](PIRP irp) { return con(p.ours).WskDisconnect(p.ours, nullptr, 0, irp); });
    EXPECT_EQ(d.status(), STATUS_SUCCESS);
    EXPECT_EQ(close(p.ours), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.ended());
    EXPECT_EQ(close(p.listener), STATUS_SUCCESS);
}

TEST_F(wsk_socket, close_completes_everything_that_is_pending_before_itself) {
    // SOCK-077 SOCK-087 CONN-063 IRP-027
    pair p = connect_pair(nullptr, 4096);
    std::atomic<int> before_close{0};
    std::vector<std::unique_ptr<buffer>> buffers;
    std::deque<call> calls;
    const auto count = [&](call&) { before_close.fetch_add(1); };
    for (int i = 0; i < 20; ++i) {
        buffers.push_back(std::make_unique<buffer>(size_t{100}));
        calls.emplace_back().on_completion = count;
        calls.back()(
            [&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &buffers.back()->buf, 0, irp); });
    }
    for (int i = 0; i < 4; ++i) {
        buffers.push_back(std::make_unique<buffer>(size_t{8} << 20));
        calls.emplace_back().on_completion = count;
        calls.back()(
            [&](PIRP irp) { return con(p.ours).WskSend(p.ours, &buffers.back()->buf, 0, irp); });
    }
    calls.emplace_back().on_completion = count;
    calls.back()([&](PIRP irp) { return con(p.ours).WskDisconnect(p.ours, nullptr, 0, irp); });
    // The peer goes away, so that what the kernel has taken does not hold the close up.
    call c;
    int seen_by_close = 0;
    c.on_completion = [&](call&) { seen_by_close = before_close.load(); };
    c([&](PIRP irp) { return bas(p.ours).WskCloseSocket(p.ours, irp); });
    p.theirs.reset();
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(seen_by_close, 25);
    for (call& one : calls) {
        EXPECT_EQ(one.status(), STATUS_CANCELLED);
    }
    EXPECT_EQ(calls[0].information(), 0u);
    EXPECT_EQ(close(p.listener), STATUS_SUCCESS);
}

TEST_F(wsk_socket, close_does_not_lose_what_was_sent) {
    // SOCK-082 CONN-025
    pair p = connect_pair(nullptr, 4096);
    const std::string text(300000, 'x');
    EXPECT_EQ(send(p.ours, text), STATUS_SUCCESS);
    call c;
    c([&](PIRP irp) { return bas(p.ours).WskCloseSocket(p.ours, irp); });
    EXPECT_EQ(p.theirs.receive(text.size()), text);
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(close(p.listener), STATUS_SUCCESS);
}

TEST_F(wsk_socket, close_waits_for_a_callback_and_no_other_one_starts) {
    // SOCK-078 SOCK-079 EVT-041
    connection_events e;
    halt held;
    e.receive = [&](ULONG, PWSK_DATA_INDICATION, SIZE_T, SIZE_T*) {
        held.stay();
        return STATUS_SUCCESS;
    };
    pair p = live_pair(e);
    EXPECT_TRUE(p.theirs.send("x"));
    held.wait();
    call c;
    c([&](PIRP irp) { return bas(p.ours).WskCloseSocket(p.ours, irp); });
    for (int i = 0; i < 100; ++i) {
        (void)p.theirs.send("more");
        ke::drain_deferred(ke::current());
        EXPECT_FALSE(c.done());
    }
    held.release();
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(e.receives.load(), 1u);
    EXPECT_EQ(close(p.listener), STATUS_SUCCESS);
}

TEST_F(wsk_socket, close_may_be_called_inside_the_sockets_own_callback) {
    // SOCK-080
    connection_events e;
    pair p;
    call c;
    e.receive = [&](ULONG, PWSK_DATA_INDICATION, SIZE_T, SIZE_T*) {
        c([&](PIRP irp) { return bas(p.ours).WskCloseSocket(p.ours, irp); });
        EXPECT_EQ(c.returned, STATUS_PENDING);
        EXPECT_FALSE(c.done());
        return STATUS_SUCCESS;
    };
    p = live_pair(e);
    EXPECT_TRUE(p.theirs.send("x"));
    EXPECT_TRUE(eventually([&] { return e.receives.load() == 1; }));
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(close(p.listener), STATUS_SUCCESS);
}

TEST_F(wsk_socket, close_needs_no_memory) {
    // SOCK-074: sockets of every category, and one that WskAccept made, close while every
    // allocation fails.
    pair p = connect_pair();
    PWSK_SOCKET made = make(WSK_FLAG_CONNECTION_SOCKET);
    EXPECT_EQ(bind(made), STATUS_SUCCESS);
    for (PWSK_SOCKET s : {p.ours, p.listener, make(WSK_FLAG_BASIC_SOCKET),
                          make(WSK_FLAG_STREAM_SOCKET), make(WSK_FLAG_LISTEN_SOCKET), made}) {
        call c;
        verify::arm_faults(1, false);
        c([&](PIRP irp) { return bas(s).WskCloseSocket(s, irp); });
        EXPECT_EQ(c.returned, STATUS_PENDING);
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
        verify::arm_faults(0, true);
    }
    EXPECT_TRUE(p.theirs.was_reset());
}

TEST_F(wsk_socket, a_socket_that_cannot_be_closed_later_is_not_made) {
    // SOCK-074: whichever allocation of the creation fails, nothing is left.
    bool made = false;
    for (uint64_t n = 1; n < 50 && !made; ++n) {
        call c;
        verify::arm_faults(n, true);
        c([&](PIRP irp) {
            return wsk().WskSocket(client(), AF_INET, SOCK_STREAM, IPPROTO_TCP,
                                   WSK_FLAG_STREAM_SOCKET, nullptr, nullptr, nullptr, nullptr,
                                   nullptr, irp);
        });
        const NTSTATUS s = c.status();
        verify::arm_faults(0, true);
        made = s == STATUS_SUCCESS;
        if (made) {
            EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
        } else {
            EXPECT_EQ(s, STATUS_INSUFFICIENT_RESOURCES);
            EXPECT_EQ(c.information(), 0u);
        }
    }
    EXPECT_TRUE(made);
}

// The call is refused, and its completion routine, which runs inside it, takes its time.
void stay_inside_a_refused_call(PWSK_SOCKET s, halt& held) {
    call c;
    c.on_completion = [&](call&) { held.stay(); };
    c([&](PIRP irp) { return con(s).WskSend(s, nullptr, 0, irp); });
    EXPECT_EQ(c.status(), STATUS_INVALID_PARAMETER);
}

TEST_F(wsk_socket, closing_while_another_thread_is_inside_a_call_is_reported) {
    // SOCK-076
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    halt held;
    machine_thread other = start([&] { stay_inside_a_refused_call(s, held); });
    held.wait();
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    EXPECT_EQ(violations(), 1u);
    held.release();
    other.join();
}

TEST_F(wsk_socket, closing_in_the_completion_routine_of_a_refused_call_is_no_offence) {
    // SOCK-076 SOCK-080
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    call closing;
    call c;
    c.on_completion = [&](call&) {
        closing([&](PIRP irp) { return bas(s).WskCloseSocket(s, irp); });
    };
    c([&](PIRP irp) { return con(s).WskSend(s, nullptr, 0, irp); });
    EXPECT_EQ(c.status(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(closing.status(), STATUS_SUCCESS);
    EXPECT_EQ(violations(), 0u);
}

TEST_F(wsk_socket, a_closed_socket_is_recognised) {
    // SOCK-076 SOCK-086 SOCK-088
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    SOCKADDR_IN a = v4(0);
    call c;
    c([&](PIRP irp) { return wsk::connection_dispatch.WskBind(s, sa(a), 0, irp); });
    EXPECT_EQ(c.status(), STATUS_INVALID_HANDLE);
    EXPECT_EQ(violations(), 1u);
    call again;
    again([&](PIRP irp) { return wsk::basic_dispatch.WskCloseSocket(s, irp); });
    EXPECT_EQ(again.status(), STATUS_INVALID_HANDLE);
    EXPECT_EQ(violations(), 1u);
}

TEST_F(wsk_socket, a_socket_is_recognised_as_closed_while_something_still_holds_it) {
    // SOCK-076 SOCK-086
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    halt held;
    machine_thread other = start([&] { stay_inside_a_refused_call(s, held); });
    held.wait();
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    EXPECT_EQ(violations(), 1u);
    SOCKADDR_IN a = v4(0);
    call c;
    c([&](PIRP irp) { return wsk::connection_dispatch.WskBind(s, sa(a), 0, irp); });
    EXPECT_EQ(c.status(), STATUS_INVALID_HANDLE);
    EXPECT_EQ(violations(), 1u);
    held.release();
    other.join();
}

TEST_F(wsk_socket, the_application_ends_only_after_the_last_user_of_a_closed_socket) {
    // The close IRP is completed by a thread that is still inside the socket.
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    auto& all = machine().get<wsk::sockets>();
    wsk::socket* inside = all.find(s);
    ASSERT_TRUE(inside->try_hold(wsk::socket::one_hold));
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    gate ended;
    auto ending = start([&] {
        leave();
        ended.open();
    });
    EXPECT_TRUE(ending.sleeps());
    EXPECT_FALSE(ended.is_open());
    EXPECT_EQ(all.open_count(), 1u);
    inside->let_go(wsk::socket::one_hold);
    ending.join();
    EXPECT_EQ(all.open_count(), 0u);
    enter();
}

TEST_F(wsk_socket, a_pointer_that_is_no_socket_is_recognised) {
    WSK_SOCKET mine = {&wsk::connection_dispatch};
    call c;
    c([&](PIRP irp) { return wsk::basic_dispatch.WskCloseSocket(&mine, irp); });
    EXPECT_EQ(c.status(), STATUS_INVALID_HANDLE);
    EXPECT_EQ(violations(), 1u);
}

TEST_F(wsk_socket, a_function_of_another_category_is_refused) {
    PWSK_SOCKET l = listener();
    buffer b("x");
    call c;
    c([&](PIRP irp) { return wsk::connection_dispatch.WskSend(l, &b.buf, 0, irp); });
    EXPECT_EQ(c.status(), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(violations(), 1u);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
}

TEST_F(wsk_socket, sockets_and_traffic_are_shown) {
    pair p = connect_pair();
    EXPECT_EQ(count(base::object_kind::socket), 2u);
    EXPECT_EQ(send(p.ours, "abc"), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.send("defgh"));
    EXPECT_EQ(receive(p.ours, 10), "defgh");
    close(p);
    EXPECT_EQ(count(base::object_kind::socket), 0u);
    struct : base::object_visitor {
        void visit(const base::object_info&) noexcept override {}
        void visit(const base::traffic_info& t) noexcept override {
            sent += t.bytes_sent;
            received += t.bytes_received;
            accepted += t.accepted;
            open |= t.open;
        }
        uint64_t sent = 0;
        uint64_t received = 0;
        uint64_t accepted = 0;
        bool open = false;
    } v;
    machine().show(v);
    EXPECT_EQ(v.sent, 3u);
    EXPECT_EQ(v.received, 5u);
    EXPECT_EQ(v.accepted, 1u);
    EXPECT_FALSE(v.open);
}

}  // namespace
