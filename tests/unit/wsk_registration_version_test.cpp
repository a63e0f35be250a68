// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: WskQueryProviderCharacteristics, version negotiation and WskClientEvent (REG sections 7, 9
// and 10). Method: applications of every version against the subsystem, and against a test double
// that goes away.

#include "tests/unit/support/nmr_modules.hpp"
#include "tests/unit/support/wsk_application.hpp"

namespace {

using test::application;
using test::at_irql;
using test::blocked_call;

class wsk_registration_version : public test::registration_fixture {};

// REG-083, REG-084, REG-087, REG-088, REG-114, REG-116
TEST_F(wsk_registration_version, query_gives_the_supported_range_before_and_after_a_capture) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.query(), STATUS_SUCCESS);
    EXPECT_EQ(a.range.HighestVersion, 0x0101);
    EXPECT_EQ(a.range.LowestVersion, 0x0100);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    at_irql raised(2);
    EXPECT_EQ(a.query(), STATUS_SUCCESS);
    a.release();
    ke::lower(ke::current(), 0);
    a.remove();
}

// REG-085
TEST_F(wsk_registration_version, query_is_not_ready_until_the_subsystem_was_seen) {
    stop_subsystem();
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    a.range = {7, 7};
    EXPECT_EQ(a.query(), STATUS_DEVICE_NOT_READY);
    EXPECT_EQ(a.range.HighestVersion, 7);
    start_subsystem();
    EXPECT_EQ(a.query(), STATUS_SUCCESS);
    a.remove();
}

// REG-086
TEST_F(wsk_registration_version, query_works_after_a_refusal) {
    application a(MAKE_WSK_VERSION(9, 0));
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.capture(), STATUS_NOINTERFACE);
    EXPECT_EQ(a.query(), STATUS_SUCCESS);
    EXPECT_EQ(a.range.HighestVersion, 0x0101);
    a.remove();
}

// REG-089, REG-090, W-10: a double of the subsystem whose characteristics are freed after it left.
// An instance that was refused keeps the numbers, one that was attached does not.
TEST_F(wsk_registration_version, the_range_is_copied_when_the_subsystem_is_seen) {
    stop_subsystem();
    auto numbers = std::make_unique<WSK_PROVIDER_CHARACTERISTICS>(
        WSK_PROVIDER_CHARACTERISTICS{MAKE_WSK_VERSION(5, 5), MAKE_WSK_VERSION(5, 0)});
    test::provider twin(1);
    twin.characteristics.ProviderRegistrationInstance.NpiId = &NPI_WSK_INTERFACE_ID;
    twin.characteristics.ProviderRegistrationInstance.NpiSpecificCharacteristics = numbers.get();
    twin.on_attach = [&](const test::provider::offer& o) {
        const auto* wanted = static_cast<const WSK_CLIENT_DISPATCH*>(o.client_dispatch);
        return wanted->Version == MAKE_WSK_VERSION(5, 1) ? twin.accept(o) : STATUS_NOINTERFACE;
    };
    application refused(MAKE_WSK_VERSION(1, 0)), attached(MAKE_WSK_VERSION(5, 1));
    ASSERT_EQ(refused.add(), STATUS_SUCCESS);
    ASSERT_EQ(attached.add(), STATUS_SUCCESS);
    ASSERT_EQ(twin.add(), STATUS_SUCCESS);
    EXPECT_EQ(refused.capture(), STATUS_NOINTERFACE);
    EXPECT_EQ(attached.capture(), STATUS_SUCCESS);
    attached.release();
    EXPECT_EQ(twin.remove(), STATUS_SUCCESS);
    numbers.reset();
    EXPECT_EQ(refused.query(), STATUS_SUCCESS);
    EXPECT_EQ(refused.range.HighestVersion, MAKE_WSK_VERSION(5, 5));
    EXPECT_EQ(attached.query(), STATUS_DEVICE_NOT_READY);
    // Both until a new subsystem registers.
    start_subsystem();
    EXPECT_EQ(refused.query(), STATUS_SUCCESS);
    EXPECT_EQ(refused.range.HighestVersion, 0x0101);
    EXPECT_EQ(refused.capture(), STATUS_SUCCESS);
    refused.release();
    EXPECT_EQ(attached.query(), STATUS_SUCCESS);
    EXPECT_EQ(attached.capture(), STATUS_NOINTERFACE);
    refused.remove();
    attached.remove();
}

// REG-091
TEST_F(wsk_registration_version, query_holds_nothing_back) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    for (int i = 0; i < 20000; ++i) {
        ASSERT_EQ(a.query(), STATUS_SUCCESS);
    }
    a.remove();
    EXPECT_TRUE(objects().empty());
}

// REG-092
TEST_F(wsk_registration_version, query_of_a_dead_block_is_not_ready_and_null_is_invalid) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    WSK_PROVIDER_CHARACTERISTICS out;
    EXPECT_EQ(WskQueryProviderCharacteristics(nullptr, &out), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(WskQueryProviderCharacteristics(&a.block, nullptr), STATUS_INVALID_PARAMETER);
    a.remove();
    EXPECT_EQ(a.query(), STATUS_DEVICE_NOT_READY);
}

// REG-113, REG-115, REG-117, REG-118, REG-119
TEST_F(wsk_registration_version, a_version_is_supported_exactly_inside_the_range) {
    struct {
        int major, minor;
        bool supported;
    } const table[] = {{0, 0, false}, {0, 9, false}, {0, 255, false}, {1, 0, true},
                       {1, 1, true},  {1, 2, false}, {2, 0, false},   {255, 255, false}};
    for (const auto& row : table) {
        application a(static_cast<USHORT>(row.major << 8 | row.minor));
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        EXPECT_EQ(a.capture(), row.supported ? STATUS_SUCCESS : STATUS_NOINTERFACE)
            << row.major << "." << row.minor;
        if (row.supported) {
            EXPECT_EQ(a.npi.Dispatch->Version, a.dispatch.Version);
            EXPECT_EQ(client_of(a).version(), a.dispatch.Version);
            a.release();
        }
        a.remove();
    }
}

// REG-120: the documented fallback on one block.
TEST_F(wsk_registration_version, an_application_falls_back_to_a_supported_version) {
    application a(MAKE_WSK_VERSION(2, 0));
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(WSK_INFINITE_WAIT), STATUS_NOINTERFACE);
    ASSERT_EQ(a.query(), STATUS_SUCCESS);
    a.remove();
    a.dispatch.Version = a.range.LowestVersion;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.capture(WSK_INFINITE_WAIT), STATUS_SUCCESS);
    a.release();
    a.remove();
}

// ---- WskClientEvent ----

std::atomic<int> event_calls{0};
struct seen_event {
    void* context;
    ULONG type;
    void* information;
    SIZE_T length;
} last_event;

NTSTATUS record_event(PVOID context, ULONG type, PVOID information, SIZE_T length) {
    ++event_calls;
    last_event = {context, type, information, length};
    return STATUS_NOT_IMPLEMENTED;
}

// REG-124, REG-128: a conforming subsystem never calls it.
TEST_F(wsk_registration_version, the_client_event_is_never_called) {
    event_calls = 0;
    for (int i = 0; i < 3; ++i) {
        application a(i == 0 ? MAKE_WSK_VERSION(9, 9) : MAKE_WSK_VERSION(1, 1));
        a.dispatch.WskClientEvent = record_event;
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        if (a.capture() == STATUS_SUCCESS) {
            EXPECT_EQ(client_of(a).add_static_events(WSK_EVENT_RECEIVE),
                      base::status{STATUS_SUCCESS});
            a.release();
        }
        stop_subsystem();
        start_subsystem();
        a.remove();
    }
    EXPECT_EQ(event_calls, 0);
}

// REG-125, REG-126, REG-127: through an event of our own.
TEST_F(wsk_registration_version, an_event_carries_the_application_s_context) {
    event_calls = 0;
    application a;
    a.dispatch.WskClientEvent = record_event;
    a.context = reinterpret_cast<void*>(0x1234);
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    int information = 5;
    EXPECT_EQ(client_of(a).raise_event(77, &information, sizeof information),
              base::status{STATUS_NOT_IMPLEMENTED});
    EXPECT_EQ(last_event.context, reinterpret_cast<void*>(0x1234));
    EXPECT_EQ(last_event.type, 77u);
    EXPECT_EQ(last_event.information, &information);
    EXPECT_EQ(last_event.length, sizeof information);
    (void)client_of(a).raise_event(78, &information, 0);
    EXPECT_EQ(last_event.information, nullptr);  // no information: NULL and zero
    EXPECT_EQ(event_calls, 2);
    a.release();
    a.remove();
}

// REG-129, REG-130, REG-104: an event that is being delivered holds the deregistration back;
// afterwards there are none.
NTSTATUS blocking_event(PVOID context, ULONG, PVOID, SIZE_T) {
    ++event_calls;
    static_cast<test::halt*>(context)->stay();
    return STATUS_SUCCESS;
}

TEST_F(wsk_registration_version, no_event_is_delivered_after_deregistration) {
    event_calls = 0;
    application a;
    test::halt event;
    a.dispatch.WskClientEvent = blocking_event;
    a.context = &event;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    wsk::client& c = client_of(a);
    a.release();
    auto raising = start([&] { (void)c.raise_event(1, nullptr, 0); });
    event.wait();
    blocked_call removing(machine(), [&] { a.remove(); });
    EXPECT_TRUE(removing.blocks());
    event.release();
    removing.join();
    raising.join();
    EXPECT_EQ(c.raise_event(2, nullptr, 0), base::status{STATUS_NOT_IMPLEMENTED});
    EXPECT_EQ(event_calls, 1);
}

}  // namespace
