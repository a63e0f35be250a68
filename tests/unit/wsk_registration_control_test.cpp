// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: WskControlClient (REG section 11). Method: the function through the captured table, with and
// without an IRP, with every size that is wrong.

#include <algorithm>

#include "tests/unit/support/wsk_application.hpp"
#include "tests/unit/support/wsk_rig.hpp"

namespace {

using test::application;
using test::at_irql;
using test::call;

class wsk_registration_control : public test::captured_fixture {
protected:
    NTSTATUS control(ULONG code, SIZE_T in_size, void* in, SIZE_T out_size, void* out,
                     SIZE_T* returned = nullptr, PIRP irp = nullptr) {
        return app.npi.Dispatch->WskControlClient(app.npi.Client, code, in_size, in, out_size, out,
                                                  returned, irp);
    }
    PWSK_SOCKET make_socket(PSECURITY_DESCRIPTOR security = nullptr) {
        call c;
        c([&](PIRP irp) {
            return app.npi.Dispatch->WskSocket(app.npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
                                               WSK_FLAG_CONNECTION_SOCKET, nullptr, nullptr,
                                               nullptr, nullptr, security, irp);
        });
        return NT_SUCCESS(c.status()) ? c.socket() : nullptr;
    }
    static void close(PWSK_SOCKET s) {
        call c;
        c([&](PIRP irp) { return test::bas(s).WskCloseSocket(s, irp); });
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
    }
    NTSTATUS set_events(ULONG mask) {
        NPIID id = NPI_WSK_INTERFACE_ID;  // a private copy: REG-006
        WSK_EVENT_CALLBACK_CONTROL wish = {&id, mask};
        return control(WSK_SET_STATIC_EVENT_CALLBACKS, sizeof wish, &wish, 0, nullptr);
    }
};

// REG-131, REG-138, REG-139, CTL-006, CTL-007, CTL-008
TEST_F(wsk_registration_control, the_transport_list_is_queried_by_growing_the_buffer) {
    at_irql raised(2);
    SIZE_T size = ~SIZE_T{0};
    EXPECT_EQ(control(WSK_TRANSPORT_LIST_QUERY, 0, nullptr, 0, nullptr, &size),
              STATUS_BUFFER_OVERFLOW);
    ASSERT_NE(size, 0u);
    ASSERT_EQ(size % sizeof(WSK_TRANSPORT), 0u);
    const SIZE_T wanted = size;
    WSK_TRANSPORT list[16];
    ASSERT_LE(wanted, sizeof list);
    EXPECT_EQ(
        control(WSK_TRANSPORT_LIST_QUERY, 0, nullptr, wanted - sizeof(WSK_TRANSPORT), list, &size),
        STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(size, wanted);
    // The same variable for both sizes, as WireGuardNT does it; input arguments are ignored.
    size = sizeof list;
    EXPECT_EQ(control(WSK_TRANSPORT_LIST_QUERY, 5, &size, size, list, &size), STATUS_SUCCESS);
    EXPECT_EQ(size, wanted);
    for (SIZE_T i = 0; i < wanted / sizeof(WSK_TRANSPORT); ++i) {
        EXPECT_TRUE(list[i].AddressFamily == AF_INET || list[i].AddressFamily == AF_INET6);
    }
    EXPECT_EQ(control(WSK_TRANSPORT_LIST_QUERY, 0, nullptr, sizeof list, list, nullptr),
              STATUS_INVALID_PARAMETER);
}

// REG-138, CTL-008: a socket can be made of every record.
TEST_F(wsk_registration_control, every_transport_of_the_list_makes_a_socket) {
    WSK_TRANSPORT list[16];
    SIZE_T size = sizeof list;
    ASSERT_EQ(control(WSK_TRANSPORT_LIST_QUERY, 0, nullptr, size, list, &size), STATUS_SUCCESS);
    for (SIZE_T i = 0; i < size / sizeof(WSK_TRANSPORT); ++i) {
        const bool stream = list[i].SocketType == SOCK_STREAM;
        call c;
        c([&](PIRP irp) {
            return app.npi.Dispatch->WskSocket(
                app.npi.Client, list[i].AddressFamily, list[i].SocketType, list[i].Protocol,
                stream ? WSK_FLAG_CONNECTION_SOCKET : WSK_FLAG_DATAGRAM_SOCKET, nullptr, nullptr,
                nullptr, nullptr, nullptr, irp);
        });
        ASSERT_EQ(c.status(), STATUS_SUCCESS) << i;
        close(c.socket());
    }
}

// REG-133, REG-136, CTL-004, CTL-005: only a list change takes an IRP; another is completed with
// the refusal, and a list change without one is refused.
TEST_F(wsk_registration_control, an_irp_for_a_code_without_one_is_completed_with_the_refusal) {
    for (const ULONG code :
         {WSK_TRANSPORT_LIST_QUERY, WSK_CACHE_SD, WSK_RELEASE_SD, WSK_TDI_DEVICENAME_MAPPING,
          WSK_SET_STATIC_EVENT_CALLBACKS, WSK_TDI_BEHAVIOR}) {
        call c;
        SIZE_T size = 0;
        c([&](PIRP irp) { return control(code, 0, nullptr, 0, nullptr, &size, irp); });
        EXPECT_EQ(c.status(), STATUS_INVALID_PARAMETER) << code;
    }
    EXPECT_EQ(control(WSK_TRANSPORT_LIST_CHANGE, 0, nullptr, 0, nullptr), STATUS_INVALID_PARAMETER);
}

// REG-137, CTL-002
TEST_F(wsk_registration_control, an_unknown_code_is_not_supported) {
    for (const ULONG code : {0u, 1u, 9u, 0xFFFFFFFFu}) {
        EXPECT_EQ(control(code, 0, nullptr, 0, nullptr), STATUS_NOT_SUPPORTED);
        call c;
        c([&](PIRP irp) { return control(code, 0, nullptr, 0, nullptr, nullptr, irp); });
        EXPECT_EQ(c.status(), STATUS_NOT_SUPPORTED);
    }
}

// REG-134, REG-141, CTL-010
TEST_F(wsk_registration_control, a_list_change_request_completes_when_the_list_changes) {
    call first, second;
    for (call* c : {&first, &second}) {
        (*c)([&](PIRP irp) {
            return control(WSK_TRANSPORT_LIST_CHANGE, 0, nullptr, 0, nullptr, nullptr, irp);
        });
        EXPECT_EQ(c->returned, STATUS_PENDING);
        EXPECT_FALSE(c->done());
    }
    subsystem().transports().announce();
    EXPECT_EQ(first.status(), STATUS_SUCCESS);
    EXPECT_EQ(second.status(), STATUS_SUCCESS);
    EXPECT_EQ(first.information(), 0u);
}

// REG-099, REG-142, SOCK-007: WskDeregister cancels it; its routine has run when WskDeregister
// returns.
TEST_F(wsk_registration_control, deregistration_cancels_a_list_change_request) {
    call c;
    c([&](PIRP irp) {
        return control(WSK_TRANSPORT_LIST_CHANGE, 0, nullptr, 0, nullptr, nullptr, irp);
    });
    app.release();
    app.remove();
    gone = true;
    EXPECT_TRUE(c.done());
    EXPECT_EQ(c.status(), STATUS_CANCELLED);
}

// REG-099: also while a capture still holds WskDeregister back, and for a request that comes then.
TEST_F(wsk_registration_control, a_list_change_request_during_deregistration_is_cancelled) {
    call before, during;
    before([&](PIRP irp) {
        return control(WSK_TRANSPORT_LIST_CHANGE, 0, nullptr, 0, nullptr, nullptr, irp);
    });
    test::blocked_call removing(machine(), [&] { app.remove(); });
    gone = true;
    EXPECT_EQ(before.status(), STATUS_CANCELLED);
    during([&](PIRP irp) {
        return control(WSK_TRANSPORT_LIST_CHANGE, 0, nullptr, 0, nullptr, nullptr, irp);
    });
    EXPECT_EQ(during.status(), STATUS_CANCELLED);
    EXPECT_FALSE(removing.returned());
    app.release();
    removing.join();
}

// W-13, CTL-010: cancelled by the driver, changed and deregistered at once: completed once (call
// checks).
TEST_F(wsk_registration_control, a_list_change_request_completes_once_whoever_is_first) {
    for (int round = 0; round < 300; ++round) {
        call c;
        c([&](PIRP irp) {
            return control(WSK_TRANSPORT_LIST_CHANGE, 0, nullptr, 0, nullptr, nullptr, irp);
        });
        test::barrier together(2);
        auto cancelling = start([&] {
            together.arrive();
            c.cancel();
        });
        together.arrive();
        subsystem().transports().announce();
        cancelling.join();
        const NTSTATUS s = c.status();
        EXPECT_TRUE(s == STATUS_SUCCESS || s == STATUS_CANCELLED);
    }
}

// ---- security descriptors ----

// An absolute descriptor: owner and group SIDs and a DACL of no entries.
struct descriptor_parts {
    struct absolute {
        unsigned char revision = 1;
        unsigned char padding = 0;
        uint16_t control = 0x0004;
        uint32_t padding2 = 0;
        const void* owner = nullptr;
        const void* group = nullptr;
        const void* sacl = nullptr;
        const void* dacl = nullptr;
    } descriptor;
    unsigned char owner[12] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};
    unsigned char group[16] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
    unsigned char dacl[8] = {2, 0, 8, 0, 0, 0, 0, 0};
    descriptor_parts() {
        descriptor.owner = owner;
        descriptor.group = group;
        descriptor.dacl = dacl;
    }
};
static_assert(sizeof(descriptor_parts::absolute) == 40);

// REG-143, CTL-011: the copy is independent of the original, and what sockets accept.
TEST_F(wsk_registration_control, a_cached_descriptor_is_a_copy_that_sockets_accept) {
    auto parts = std::make_unique<descriptor_parts>();
    PSECURITY_DESCRIPTOR original = &parts->descriptor;
    PSECURITY_DESCRIPTOR copy = nullptr;
    {
        at_irql raised(2);
        ASSERT_EQ(control(WSK_CACHE_SD, sizeof original, &original, sizeof copy, &copy),
                  STATUS_SUCCESS);
    }
    ASSERT_NE(copy, nullptr);
    EXPECT_NE(copy, original);
    std::memset(static_cast<void*>(parts.get()), 0xEE, sizeof *parts);
    parts.reset();
    const auto* bytes = static_cast<const unsigned char*>(copy);
    EXPECT_EQ(bytes[0], 1);
    EXPECT_EQ(bytes[3] & 0x80, 0x80);  // self-relative
    uint32_t group_at = 0;
    std::memcpy(&group_at, bytes + 8, sizeof group_at);
    EXPECT_EQ(bytes[group_at + 12], 0x20);
    PWSK_SOCKET s = make_socket(copy);
    ASSERT_NE(s, nullptr);
    // A copy of the copy, which is self-relative, is the same.
    PSECURITY_DESCRIPTOR again = nullptr;
    ASSERT_EQ(control(WSK_CACHE_SD, sizeof copy, &copy, sizeof again, &again), STATUS_SUCCESS);
    EXPECT_EQ(std::memcmp(copy, again, 20 + 12 + 16 + 8), 0);
    EXPECT_EQ(control(WSK_RELEASE_SD, sizeof again, &again, 0, nullptr), STATUS_SUCCESS);
    // REG-144, SOCK-084: released while the socket is open; the close does not release it.
    EXPECT_EQ(control(WSK_RELEASE_SD, sizeof copy, &copy, 0, nullptr), STATUS_SUCCESS);
    close(s);
    EXPECT_EQ(violations(), 0u);
}

// REG-143, SOCK-027: a descriptor that was not cached by this client is refused.
TEST_F(wsk_registration_control, a_descriptor_that_is_not_cached_is_refused_by_sockets) {
    descriptor_parts parts;
    EXPECT_EQ(make_socket(&parts.descriptor), nullptr);
    PSECURITY_DESCRIPTOR original = &parts.descriptor;
    PSECURITY_DESCRIPTOR copy = nullptr;
    ASSERT_EQ(control(WSK_CACHE_SD, sizeof original, &original, sizeof copy, &copy),
              STATUS_SUCCESS);
    EXPECT_EQ(control(WSK_RELEASE_SD, sizeof copy, &copy, 0, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(make_socket(copy), nullptr);
}

// REG-144, CTL-013: each success needs one release; one more is reported.
TEST_F(wsk_registration_control, releasing_what_is_not_cached_is_reported) {
    descriptor_parts parts;
    PSECURITY_DESCRIPTOR original = &parts.descriptor;
    PSECURITY_DESCRIPTOR one = nullptr;
    PSECURITY_DESCRIPTOR two = nullptr;
    ASSERT_EQ(control(WSK_CACHE_SD, 8, &original, 8, &one), STATUS_SUCCESS);
    ASSERT_EQ(control(WSK_CACHE_SD, 8, &original, 8, &two), STATUS_SUCCESS);
    EXPECT_EQ(control(WSK_RELEASE_SD, 8, &one, 0, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(control(WSK_RELEASE_SD, 8, &two, 0, nullptr), STATUS_SUCCESS);
    (void)violations();
    EXPECT_EQ(control(WSK_RELEASE_SD, 8, &two, 0, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(control(WSK_RELEASE_SD, 8, &original, 0, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(violations(), 2u);
}

// REG-143, CTL-012: wrong sizes, no descriptor, or one that is none.
TEST_F(wsk_registration_control, a_wrong_size_or_a_bad_descriptor_is_invalid) {
    descriptor_parts parts;
    PSECURITY_DESCRIPTOR original = &parts.descriptor;
    PSECURITY_DESCRIPTOR copy = nullptr;
    EXPECT_EQ(control(WSK_CACHE_SD, 4, &original, 8, &copy), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(control(WSK_CACHE_SD, 8, nullptr, 8, &copy), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(control(WSK_CACHE_SD, 8, &original, 4, &copy), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(control(WSK_CACHE_SD, 8, &original, 8, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(control(WSK_RELEASE_SD, 4, &original, 0, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(control(WSK_RELEASE_SD, 8, nullptr, 0, nullptr), STATUS_INVALID_PARAMETER);
    PSECURITY_DESCRIPTOR none = nullptr;
    EXPECT_EQ(control(WSK_CACHE_SD, 8, &none, 8, &copy), STATUS_INVALID_PARAMETER);
    parts.descriptor.revision = 2;
    EXPECT_EQ(control(WSK_CACHE_SD, 8, &original, 8, &copy), STATUS_INVALID_PARAMETER);
    parts.descriptor.revision = 1;
    parts.owner[1] = 16;
    EXPECT_EQ(control(WSK_CACHE_SD, 8, &original, 8, &copy), STATUS_INVALID_PARAMETER);
    parts.owner[1] = 1;
    parts.dacl[2] = 7;
    EXPECT_EQ(control(WSK_CACHE_SD, 8, &original, 8, &copy), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(copy, nullptr);
}

// REG-145
TEST_F(wsk_registration_control, a_descriptor_left_behind_is_freed_and_reported) {
    descriptor_parts parts;
    PSECURITY_DESCRIPTOR original = &parts.descriptor;
    PSECURITY_DESCRIPTOR copy = nullptr;
    ASSERT_EQ(control(WSK_CACHE_SD, 8, &original, 8, &copy), STATUS_SUCCESS);
    (void)violations();
    app.release();
    app.remove();  // it does not hold the deregistration back
    gone = true;
    EXPECT_EQ(violations(), 1u);
}

// ---- static event callbacks and TDI ----

// REG-146, CTL-017, EVT-031, EVT-033
TEST_F(wsk_registration_control, static_events_apply_to_sockets_made_afterwards) {
    EXPECT_EQ(set_events(WSK_EVENT_RECEIVE | WSK_EVENT_RECEIVE_FROM), STATUS_SUCCESS);
    EXPECT_EQ(set_events(WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
    wsk::client& c = client_of(app);
    EXPECT_EQ(c.socket_opened(), static_cast<ULONG>(WSK_EVENT_RECEIVE | WSK_EVENT_RECEIVE_FROM |
                                                    WSK_EVENT_DISCONNECT));
    c.socket_closed();
}

// REG-135, REG-146: once a socket was made, even if it is gone again.
TEST_F(wsk_registration_control, after_the_first_socket_they_are_an_invalid_state) {
    ULONG flags = WSK_TDI_BEHAVIOR_BYPASS_TDI;
    WSK_TDI_MAP_INFO map = {};
    EXPECT_EQ(control(WSK_TDI_BEHAVIOR, sizeof flags, &flags, 0, nullptr), STATUS_SUCCESS);
    PWSK_SOCKET s = make_socket();
    ASSERT_NE(s, nullptr);
    close(s);
    EXPECT_EQ(set_events(WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(control(WSK_TDI_BEHAVIOR, sizeof flags, &flags, 0, nullptr),
              STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(control(WSK_TDI_DEVICENAME_MAPPING, sizeof map, &map, 0, nullptr),
              STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(client_of(app).socket_opened(), 0u);  // nothing changed
    client_of(app).socket_closed();
}

// REG-147
TEST_F(wsk_registration_control, static_events_of_another_npi_or_size_are_invalid) {
    NPIID other = NPI_WSK_INTERFACE_ID;
    other.Data1 ^= 1;
    WSK_EVENT_CALLBACK_CONTROL wish = {&other, WSK_EVENT_RECEIVE};
    EXPECT_EQ(control(WSK_SET_STATIC_EVENT_CALLBACKS, sizeof wish, &wish, 0, nullptr),
              STATUS_INVALID_PARAMETER);
    wish.NpiId = nullptr;
    EXPECT_EQ(control(WSK_SET_STATIC_EVENT_CALLBACKS, sizeof wish, &wish, 0, nullptr),
              STATUS_INVALID_PARAMETER);
    wish.NpiId = &NPI_WSK_INTERFACE_ID;
    EXPECT_EQ(control(WSK_SET_STATIC_EVENT_CALLBACKS, sizeof wish - 1, &wish, 0, nullptr),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(control(WSK_SET_STATIC_EVENT_CALLBACKS, sizeof wish, nullptr, 0, nullptr),
              STATUS_INVALID_PARAMETER);
}

// REG-148, REG-149, CTL-015, CTL-016
TEST_F(wsk_registration_control, tdi_behavior_is_accepted_and_a_tdi_mapping_is_not_supported) {
    ULONGLONG flags = WSK_TDI_BEHAVIOR_BYPASS_TDI;
    EXPECT_EQ(control(WSK_TDI_BEHAVIOR, 0, &flags, 0, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(control(WSK_TDI_BEHAVIOR, 8, &flags, 0, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(control(WSK_TDI_BEHAVIOR, 4, nullptr, 0, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(control(WSK_TDI_BEHAVIOR, 4, &flags, 0, nullptr), STATUS_SUCCESS);
    WSK_TDI_MAP_INFO map = {};
    EXPECT_EQ(control(WSK_TDI_DEVICENAME_MAPPING, sizeof map, &map, 0, nullptr),
              STATUS_NOT_SUPPORTED);
}

// REG-122: no extension interface is defined.
TEST_F(wsk_registration_control, registering_an_extension_interface_is_not_supported) {
    PWSK_SOCKET s = make_socket();
    ASSERT_NE(s, nullptr);
    NPIID extension = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    WSK_EXTENSION_CONTROL_IN in = {&extension, nullptr, nullptr};
    WSK_EXTENSION_CONTROL_OUT out = {};
    EXPECT_EQ(test::bas(s).WskControlSocket(s, WskIoctl, SIO_WSK_REGISTER_EXTENSION, 0, sizeof in,
                                            &in, sizeof out, &out, nullptr, nullptr),
              STATUS_NOT_SUPPORTED);
    close(s);
}

// REG-131, CTL-001, SOCK-004: the client argument is checked.
TEST_F(wsk_registration_control, a_null_client_is_an_invalid_handle) {
    SIZE_T size = 0;
    EXPECT_EQ(app.npi.Dispatch->WskControlClient(nullptr, WSK_TRANSPORT_LIST_QUERY, 0, nullptr, 0,
                                                 nullptr, &size, nullptr),
              STATUS_INVALID_HANDLE);
    call c;
    c([&](PIRP irp) {
        return app.npi.Dispatch->WskControlClient(nullptr, WSK_TRANSPORT_LIST_CHANGE, 0, nullptr, 0,
                                                  nullptr, nullptr, irp);
    });
    EXPECT_EQ(c.status(), STATUS_INVALID_HANDLE);
}

}  // namespace
