// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Security descriptors of sockets: what they decide, and who holds them how long.

#include "tests/unit/support/wsk_rig.hpp"
#include "wdk/abi/ob.h"

namespace {

using namespace test;

/// A descriptor in absolute form without a DACL: it lets everybody in.
struct open_descriptor {
    UCHAR bytes[40] = {1};
};

class wsk_security : public wsk_fixture {
protected:
    PSECURITY_DESCRIPTOR cache() {
        open_descriptor original;
        PSECURITY_DESCRIPTOR in = &original;
        PSECURITY_DESCRIPTOR out = nullptr;
        EXPECT_EQ(wsk().WskControlClient(client(), WSK_CACHE_SD, sizeof in, &in, sizeof out, &out,
                                         nullptr, nullptr),
                  STATUS_SUCCESS);
        return out;
    }
    NTSTATUS release(PSECURITY_DESCRIPTOR copy) {
        return wsk().WskControlClient(client(), WSK_RELEASE_SD, sizeof copy, &copy, 0, nullptr,
                                      nullptr, nullptr);
    }
    PWSK_SOCKET make_with(PSECURITY_DESCRIPTOR copy, PEPROCESS process = nullptr,
                          PETHREAD thread = nullptr) {
        call c;
        c([&](PIRP irp) {
            return wsk().WskSocket(client(), AF_INET, SOCK_STREAM, IPPROTO_TCP,
                                   WSK_FLAG_LISTEN_SOCKET, nullptr, nullptr, process, thread, copy,
                                   irp);
        });
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
        return c.socket();
    }
    NTSTATUS apply(PWSK_SOCKET s, PSECURITY_DESCRIPTOR copy) {
        call c;
        c([&](PIRP irp) {
            return bas(s).WskControlSocket(s, WskSetOption, SO_WSK_SECURITY, SOL_SOCKET,
                                           sizeof copy, &copy, 0, nullptr, nullptr, irp);
        });
        EXPECT_EQ(c.information(), 0u);
        return c.status();
    }
    PSECURITY_DESCRIPTOR applied(PWSK_SOCKET s) {
        PSECURITY_DESCRIPTOR copy = nullptr;
        call c;
        c([&](PIRP irp) {
            return bas(s).WskControlSocket(s, WskGetOption, SO_WSK_SECURITY, SOL_SOCKET, 0, nullptr,
                                           sizeof copy, &copy, nullptr, irp);
        });
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
        EXPECT_EQ(c.information(), sizeof copy);
        return copy;
    }
    /// The CHECK cell: a wildcard bind first, a specific one second, without options.
    NTSTATUS second_bind(PWSK_SOCKET first, PEPROCESS process = nullptr,
                         PETHREAD thread = nullptr) {
        SOCKADDR_IN any = v4(0, INADDR_ANY);
        EXPECT_EQ(bind_to(first, sa(any)), STATUS_SUCCESS);
        PWSK_SOCKET second = make_with(nullptr, process, thread);
        const NTSTATUS s = bind(second, port(first));
        EXPECT_EQ(close(second), STATUS_SUCCESS);
        return s;
    }
};

TEST_F(wsk_security, a_descriptor_that_grants_lets_others_share) {
    // SOCK-057 SOCK-056
    PSECURITY_DESCRIPTOR sd = cache();
    PWSK_SOCKET first = make_with(sd);
    EXPECT_EQ(second_bind(first), STATUS_SUCCESS);
    EXPECT_EQ(close(first), STATUS_SUCCESS);
    PWSK_SOCKET closed_to_all = make_with(nullptr);
    EXPECT_EQ(second_bind(closed_to_all), STATUS_ACCESS_DENIED);
    EXPECT_EQ(close(closed_to_all), STATUS_SUCCESS);
    EXPECT_EQ(release(sd), STATUS_SUCCESS);
}

TEST_F(wsk_security, the_socket_keeps_the_descriptor_that_the_client_gives_back) {
    // SOCK-028 CTL-042
    PSECURITY_DESCRIPTOR sd = cache();
    PWSK_SOCKET first = make_with(sd);
    EXPECT_EQ(release(sd), STATUS_SUCCESS);
    EXPECT_EQ(release(sd), STATUS_INVALID_PARAMETER);  // the socket's own reference is not ours
    EXPECT_EQ(violations(), 1u);
    PSECURITY_DESCRIPTOR again = applied(first);  // readable, and the same
    EXPECT_EQ(again, sd);
    EXPECT_EQ(static_cast<const UCHAR*>(again)[0], 1);
    EXPECT_EQ(second_bind(first), STATUS_SUCCESS);
    EXPECT_EQ(close(first), STATUS_SUCCESS);
    EXPECT_EQ(static_cast<const UCHAR*>(again)[0], 1);  // ours outlives the socket
    EXPECT_EQ(release(again), STATUS_SUCCESS);
    EXPECT_EQ(release(again), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(violations(), 1u);
}

TEST_F(wsk_security, the_option_replaces_the_descriptor_before_bind) {
    // CTL-042 CTL-033 SOCK-027
    PSECURITY_DESCRIPTOR sd = cache();
    open_descriptor foreign;
    PWSK_SOCKET first = make_with(nullptr);
    EXPECT_EQ(apply(first, &foreign), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(apply(first, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(apply(first, sd), STATUS_SUCCESS);
    EXPECT_EQ(apply(first, sd), STATUS_SUCCESS);
    EXPECT_EQ(release(sd), STATUS_SUCCESS);
    EXPECT_EQ(second_bind(first), STATUS_SUCCESS);
    PSECURITY_DESCRIPTOR late = cache();
    EXPECT_EQ(apply(first, late), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(release(late), STATUS_SUCCESS);
    EXPECT_EQ(close(first), STATUS_SUCCESS);
    PWSK_SOCKET b = make(WSK_FLAG_BASIC_SOCKET);
    EXPECT_EQ(apply(b, nullptr), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(close(b), STATUS_SUCCESS);
}

TEST_F(wsk_security, each_get_needs_one_release_and_the_default_is_a_descriptor_too) {
    // CTL-043
    PWSK_SOCKET s = make_with(nullptr);
    PSECURITY_DESCRIPTOR one = applied(s);
    PSECURITY_DESCRIPTOR two = applied(s);
    ASSERT_NE(one, nullptr);
    // It can be applied, and forbids sharing as the default does.
    PWSK_SOCKET t = make_with(one);
    EXPECT_EQ(second_bind(t), STATUS_ACCESS_DENIED);
    EXPECT_EQ(close(t), STATUS_SUCCESS);
    EXPECT_EQ(release(one), STATUS_SUCCESS);
    EXPECT_EQ(release(two), STATUS_SUCCESS);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    EXPECT_EQ(release(two), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(violations(), 1u);
}

TEST_F(wsk_security, the_owner_is_captured_at_creation_and_may_end) {
    // SOCK-025 SOCK-026: a machine has one security context, so the owner changes no outcome; the
    // socket must not lean on the thread that it names.
    PSECURITY_DESCRIPTOR sd = cache();
    PWSK_SOCKET made = nullptr;
    {
        machine_thread owner = start([&] {
            made = make_with(sd, nullptr, reinterpret_cast<PETHREAD>(KeGetCurrentThread()));
        });
        owner.join();
    }
    EXPECT_EQ(second_bind(made, PsGetCurrentProcess()), STATUS_SUCCESS);
    EXPECT_EQ(close(made), STATUS_SUCCESS);
    PWSK_SOCKET other =
        make_with(nullptr, PsGetCurrentProcess(), reinterpret_cast<PETHREAD>(KeGetCurrentThread()));
    EXPECT_EQ(second_bind(other, PsGetCurrentProcess()), STATUS_ACCESS_DENIED);
    EXPECT_EQ(close(other), STATUS_SUCCESS);
    EXPECT_EQ(release(sd), STATUS_SUCCESS);
}

}  // namespace
