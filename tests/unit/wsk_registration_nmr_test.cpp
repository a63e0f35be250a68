// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: WSK as an NMR provider, and applications that attach and leave through the NMR (REG sections
// 1 and 12 to 14). Method: NMR client modules of NPI_WSK_INTERFACE_ID beside applications that used
// WskRegister; real sockets where the clause is about sockets.

#include "tests/unit/support/nmr_modules.hpp"
#include "tests/unit/support/wsk_application.hpp"
#include "tests/unit/support/wsk_rig.hpp"
#include "verify/fault.hpp"

namespace {

using test::application;
using test::blocked_call;
using test::call;

// An application on the NMR route: an NMR client that wants the version in its dispatch table.
class nmr_application : public test::client {
public:
    explicit nmr_application(USHORT version = MAKE_WSK_VERSION(1, 0),
                             test::callback_log* log = nullptr)
        : client(0, log) {
        // A private copy of the id: it is compared by value (REG-006).
        id = NPI_WSK_INTERFACE_ID;
        characteristics.ClientRegistrationInstance.NpiId = &id;
        characteristics.ClientRegistrationInstance.NpiSpecificCharacteristics = nullptr;
        wanted.Version = version;
        on_attach = [this](HANDLE h, PNPI_REGISTRATION_INSTANCE p) { return attach_to_wsk(h, p); };
    }

    NTSTATUS attach_to_wsk(HANDLE h, PNPI_REGISTRATION_INSTANCE p) {
        range = *static_cast<const WSK_PROVIDER_CHARACTERISTICS*>(p->NpiSpecificCharacteristics);
        instance = p;
        test::binding_record* b = new_binding(h);
        const NTSTATUS s =
            NmrClientAttachProvider(h, b, &wanted, &b->peer_context, &b->peer_dispatch);
        if (s == STATUS_SUCCESS) {
            npi = {b->peer_context, static_cast<const WSK_PROVIDER_DISPATCH*>(b->peer_dispatch)};
            context = b;
        }
        return s;
    }

    NPIID id;
    WSK_CLIENT_DISPATCH wanted = {};
    WSK_PROVIDER_CHARACTERISTICS range = {};
    PNPI_REGISTRATION_INSTANCE instance = nullptr;
    WSK_PROVIDER_NPI npi = {};
    test::binding_record* context = nullptr;
};

class wsk_registration_nmr : public test::registration_fixture {
protected:
    // The IRP completes; the status is what the routine saw.
    static NTSTATUS make_socket(const WSK_PROVIDER_NPI& npi, PWSK_SOCKET& out) {
        call c;
        c([&](PIRP irp) {
            return npi.Dispatch->WskSocket(npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
                                           WSK_FLAG_LISTEN_SOCKET, nullptr, nullptr, nullptr,
                                           nullptr, nullptr, irp);
        });
        out = NT_SUCCESS(c.status()) ? c.socket() : nullptr;
        return c.status();
    }
    static void close(PWSK_SOCKET s) {
        call c;
        c([&](PIRP irp) { return test::bas(s).WskCloseSocket(s, irp); });
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
    }
    test::callback_log log;
};

// REG-001, REG-002, REG-065, REG-156: one application per route, both make sockets.
TEST_F(wsk_registration_nmr, both_routes_work_side_by_side) {
    application by_register;
    nmr_application by_nmr;
    ASSERT_EQ(by_register.add(), STATUS_SUCCESS);
    ASSERT_EQ(by_nmr.add(), STATUS_SUCCESS);
    ASSERT_EQ(by_register.capture(), STATUS_SUCCESS);
    EXPECT_EQ(subsystem().client_count(), 2u);
    EXPECT_NE(by_register.npi.Client, by_nmr.npi.Client);
    EXPECT_EQ(by_register.npi.Dispatch, by_nmr.npi.Dispatch);
    PWSK_SOCKET one = nullptr;
    PWSK_SOCKET two = nullptr;
    EXPECT_EQ(make_socket(by_register.npi, one), STATUS_SUCCESS);
    EXPECT_EQ(make_socket(by_nmr.npi, two), STATUS_SUCCESS);
    close(one);
    close(two);
    by_register.release();
    by_register.remove();
    EXPECT_EQ(by_nmr.remove(), STATUS_SUCCESS);
    EXPECT_EQ(subsystem().client_count(), 0u);
}

// REG-152, REG-153, REG-155, REG-161, REG-162, REG-163, REG-173, REG-177
TEST_F(wsk_registration_nmr, the_subsystem_is_an_ordinary_provider) {
    nmr_application a(MAKE_WSK_VERSION(1, 0), &log);
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.attaches, 1);
    ASSERT_NE(a.instance, nullptr);
    EXPECT_EQ(a.range.HighestVersion, 0x0101);
    EXPECT_EQ(a.range.LowestVersion, 0x0100);
    EXPECT_EQ(a.instance->Number, 0u);
    EXPECT_EQ(a.instance->Version, 0);
    EXPECT_NE(a.instance->ModuleId, nullptr);
    EXPECT_EQ(a.instance->ModuleId->Type, MIT_GUID);
    EXPECT_EQ(std::memcmp(a.instance->NpiId, &NPI_WSK_INTERFACE_ID, sizeof(NPIID)), 0);
    {
        wsk::client_call inside(machine(), a.npi.Client);
        EXPECT_TRUE(static_cast<bool>(inside));
    }
    EXPECT_EQ(a.remove(), STATUS_SUCCESS);
    EXPECT_EQ(log.order(), "CAP CDP CCB");
}

// REG-154
TEST_F(wsk_registration_nmr, attaches_when_the_subsystem_registers_on_its_thread) {
    stop_subsystem();
    nmr_application a(MAKE_WSK_VERSION(1, 1), &log);
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.attaches, 0);
    std::thread::id starter;
    start([&] {
        starter = std::this_thread::get_id();
        start_subsystem();
    }).join();
    ASSERT_EQ(a.attaches, 1);
    EXPECT_EQ(log.all().at(0).thread, starter);
    EXPECT_EQ(a.npi.Dispatch->Version, MAKE_WSK_VERSION(1, 1));
    EXPECT_EQ(a.remove(), STATUS_SUCCESS);
}

// REG-121, REG-158, REG-164, NMR-091
TEST_F(wsk_registration_nmr, a_refused_version_may_be_followed_by_another_in_the_same_callback) {
    nmr_application a(MAKE_WSK_VERSION(2, 0), &log);
    a.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE p) {
        EXPECT_EQ(a.attach_to_wsk(h, p), STATUS_NOINTERFACE);
        EXPECT_EQ(subsystem().client_count(), 0u);
        a.wanted.Version = MAKE_WSK_VERSION(1, 0);
        return a.attach_to_wsk(h, p);
    };
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(subsystem().client_count(), 1u);
    EXPECT_EQ(a.remove(), STATUS_SUCCESS);
    EXPECT_EQ(a.bindings().at(0)->cleaned, 0);
    EXPECT_EQ(a.bindings().at(1)->cleaned, 1);
}

// REG-159: giving up, declining, failing: no later callback.
TEST_F(wsk_registration_nmr, giving_up_leaves_nothing) {
    for (const NTSTATUS answer :
         {STATUS_NOINTERFACE, STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS}) {
        log.clear();
        nmr_application a(MAKE_WSK_VERSION(2, 0), &log);
        a.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE p) {
            return answer == STATUS_SUCCESS ? a.attach_to_wsk(h, p) : answer;
        };
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        EXPECT_EQ(a.remove(), STATUS_SUCCESS);
        EXPECT_EQ(log.order(), "CAP");
        EXPECT_EQ(subsystem().client_count(), 0u);
    }
}

// REG-165
TEST_F(wsk_registration_nmr, a_null_client_dispatch_is_invalid) {
    nmr_application a;
    a.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE) {
        void* context = nullptr;
        const void* dispatch = nullptr;
        const NTSTATUS s = NmrClientAttachProvider(h, nullptr, nullptr, &context, &dispatch);
        EXPECT_EQ(s, STATUS_INVALID_PARAMETER);
        return s;
    };
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.attaches, 1);
    EXPECT_EQ(a.remove(), STATUS_SUCCESS);
}

// REG-166
TEST_F(wsk_registration_nmr, a_failed_allocation_in_the_attach_attaches_nobody) {
    nmr_application a;
    a.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE p) {
        verify::arm_faults(1, true);
        const NTSTATUS s = a.attach_to_wsk(h, p);
        verify::arm_faults(0, true);
        EXPECT_EQ(s, STATUS_INSUFFICIENT_RESOURCES);
        return s;
    };
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.attaches, 1);
    EXPECT_EQ(subsystem().client_count(), 0u);
    EXPECT_EQ(a.remove(), STATUS_SUCCESS);
    EXPECT_EQ(a.detaches, 0);
}

// REG-167, REG-168, REG-169, REG-175, REG-176: the application detaches at once with a socket open;
// WSK's side pends until it is closed, through its own table; no new socket meanwhile.
TEST_F(wsk_registration_nmr, an_open_socket_holds_the_subsystem_s_side_back) {
    nmr_application a(MAKE_WSK_VERSION(1, 0), &log);
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    PWSK_SOCKET s = nullptr;
    ASSERT_EQ(make_socket(a.npi, s), STATUS_SUCCESS);
    EXPECT_EQ(a.deregister(), STATUS_PENDING);
    EXPECT_EQ(a.detaches, 1);
    EXPECT_EQ(a.cleanups, 0);
    PWSK_SOCKET refused = nullptr;
    EXPECT_EQ(make_socket(a.npi, refused), STATUS_DEVICE_NOT_READY);
    call connect;
    SOCKADDR_IN nowhere = {};
    nowhere.sin_family = AF_INET;
    connect([&](PIRP irp) {
        return a.npi.Dispatch->WskSocketConnect(a.npi.Client, SOCK_STREAM, IPPROTO_TCP,
                                                test::sa(nowhere), test::sa(nowhere), 0, nullptr,
                                                nullptr, nullptr, nullptr, nullptr, irp);
    });
    EXPECT_EQ(connect.status(), STATUS_DEVICE_NOT_READY);
    blocked_call waiting(machine(), [&] { EXPECT_EQ(a.wait(), STATUS_SUCCESS); });
    EXPECT_TRUE(waiting.blocks());
    close(s);
    waiting.join();
    EXPECT_EQ(log.order(), "CAP CDP CCB");
    EXPECT_EQ(subsystem().client_count(), 0u);
}

// REG-175: the documented application pends while a call into the provider is in progress.
TEST_F(wsk_registration_nmr, the_application_s_side_may_pend_on_its_calls) {
    nmr_application a(MAKE_WSK_VERSION(1, 0), &log);
    a.on_detach = test::pend;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.deregister(), STATUS_PENDING);
    {
        // Its calls still work until it has reported completion.
        wsk::client_call inside(machine(), a.npi.Client);
        EXPECT_TRUE(static_cast<bool>(inside));
        EXPECT_FALSE(inside->accepts_sockets());
        EXPECT_FALSE(inside->try_pend_irp());
    }
    NmrClientDetachProviderComplete(a.context->handle);
    EXPECT_EQ(a.wait(), STATUS_SUCCESS);
    EXPECT_EQ(violations(), 0u);
}

// REG-170, REG-174: the subsystem stops and the application leaves at the same moment.
TEST_F(wsk_registration_nmr, the_application_is_detached_once_when_both_leave) {
    for (int round = 0; round < 300; ++round) {
        nmr_application a;
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        test::barrier together(2);
        auto stopping = start([&] {
            together.arrive();
            stop_subsystem();
        });
        together.arrive();
        EXPECT_EQ(a.remove(), STATUS_SUCCESS);
        stopping.join();
        ASSERT_EQ(a.detaches, 1);
        ASSERT_EQ(a.cleanups, 1);
        start_subsystem();
    }
}

// REG-127: on this route an event carries the binding context.
NTSTATUS record_context(PVOID context, ULONG, PVOID, SIZE_T) {
    static_cast<test::binding_record*>(context)->plain = 77;
    return STATUS_NOT_IMPLEMENTED;
}

TEST_F(wsk_registration_nmr, an_event_carries_the_binding_context) {
    nmr_application a;
    a.wanted.WskClientEvent = record_context;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    wsk::client* c = subsystem().find_client(a.npi.Client);
    ASSERT_NE(c, nullptr);
    EXPECT_EQ(c->context(), a.context);
    (void)c->raise_event(1, nullptr, 0);
    EXPECT_EQ(a.context->plain, 77u);
    EXPECT_EQ(a.remove(), STATUS_SUCCESS);
}

// REG-095, REG-150: a call that fails is counted and uncounted like any other.
TEST_F(wsk_registration_nmr, failing_calls_are_counted_out) {
    nmr_application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    wsk::client* c = subsystem().find_client(a.npi.Client);
    ASSERT_NE(c, nullptr);
    PWSK_SOCKET none = nullptr;
    call bad;
    bad([&](PIRP irp) {
        return a.npi.Dispatch->WskSocket(a.npi.Client, 99, 99, 99, 0xFF, nullptr, nullptr, nullptr,
                                         nullptr, nullptr, irp);
    });
    EXPECT_LT(bad.status(), 0);
    EXPECT_LT(
        a.npi.Dispatch->WskControlClient(a.npi.Client, 0, 0, nullptr, 0, nullptr, nullptr, nullptr),
        0);
    EXPECT_EQ(c->held_by().calls, 0u);
    EXPECT_EQ(c->held_by().sockets, 0u);
    EXPECT_EQ(c->held_by().irps, 0u);
    EXPECT_EQ(none, nullptr);
    EXPECT_EQ(a.remove(), STATUS_SUCCESS);
}

// REG-017: PWSK_CLIENT is a PVOID, so its address is what NmrClientAttachProvider takes; a value
// that is no client is refused (SOCK-004), one that is dead as well (SOCK-005).
TEST_F(wsk_registration_nmr, a_value_that_is_no_client_is_refused) {
    nmr_application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    const WSK_PROVIDER_NPI npi = a.npi;
    PWSK_SOCKET s = nullptr;
    EXPECT_EQ(make_socket({nullptr, npi.Dispatch}, s), STATUS_INVALID_HANDLE);
    EXPECT_EQ(make_socket({&a, npi.Dispatch}, s), STATUS_INVALID_HANDLE);
    EXPECT_EQ(a.remove(), STATUS_SUCCESS);
    EXPECT_EQ(make_socket(npi, s), STATUS_DEVICE_NOT_READY);
}

}  // namespace
