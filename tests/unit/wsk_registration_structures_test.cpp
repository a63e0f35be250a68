// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: the registration half of wsk.h declares what Windows x64 declares (REG section 2). Method:
// layout assertions; the documented initialisers must compile.

#include <cstddef>
#include <cstring>
#include <type_traits>

#include "tests/unit/support/wsk_application.hpp"

namespace {

// REG-007
static_assert(MAKE_WSK_VERSION(1, 0) == 0x0100 && MAKE_WSK_VERSION(1, 1) == 0x0101);
static_assert(MAKE_WSK_VERSION(0, 0) == 0 && MAKE_WSK_VERSION(255, 255) == 0xFFFF);
static_assert(MAKE_WSK_VERSION(1, 0x1FF) == 0x01FF);
static_assert(WSK_MAJOR_VERSION(0x0102) == 1 && WSK_MINOR_VERSION(0x0102) == 2);
static_assert(sizeof(WSK_MAJOR_VERSION(0)) == 1 && sizeof(WSK_MINOR_VERSION(0)) == 1);
// REG-009
static_assert(WSK_NO_WAIT == 0 && WSK_INFINITE_WAIT == 0xFFFFFFFF);
// REG-010, REG-011
static_assert(sizeof(WSK_REGISTRATION) == 24);
static_assert(offsetof(WSK_REGISTRATION, ReservedRegistrationState) == 0);
static_assert(offsetof(WSK_REGISTRATION, ReservedRegistrationContext) == 8);
static_assert(offsetof(WSK_REGISTRATION, ReservedRegistrationLock) == 16);
// REG-012
static_assert(sizeof(WSK_CLIENT_NPI) == 16 && offsetof(WSK_CLIENT_NPI, Dispatch) == 8);
// REG-013
static_assert(sizeof(WSK_PROVIDER_NPI) == 16 && offsetof(WSK_PROVIDER_NPI, Dispatch) == 8);
// REG-014
static_assert(sizeof(WSK_CLIENT_DISPATCH) == 16);
static_assert(offsetof(WSK_CLIENT_DISPATCH, Reserved) == 2);
static_assert(offsetof(WSK_CLIENT_DISPATCH, WskClientEvent) == 8);
// REG-015: WskFreeAddressInfo before WskGetNameInfo.
static_assert(sizeof(WSK_PROVIDER_DISPATCH) == 56);
static_assert(offsetof(WSK_PROVIDER_DISPATCH, Reserved) == 2);
static_assert(offsetof(WSK_PROVIDER_DISPATCH, WskSocket) == 8);
static_assert(offsetof(WSK_PROVIDER_DISPATCH, WskSocketConnect) == 16);
static_assert(offsetof(WSK_PROVIDER_DISPATCH, WskControlClient) == 24);
static_assert(offsetof(WSK_PROVIDER_DISPATCH, WskGetAddressInfo) == 32);
static_assert(offsetof(WSK_PROVIDER_DISPATCH, WskFreeAddressInfo) == 40);
static_assert(offsetof(WSK_PROVIDER_DISPATCH, WskGetNameInfo) == 48);
// REG-016: the highest version comes first.
static_assert(sizeof(WSK_PROVIDER_CHARACTERISTICS) == 4);
static_assert(offsetof(WSK_PROVIDER_CHARACTERISTICS, HighestVersion) == 0);
static_assert(offsetof(WSK_PROVIDER_CHARACTERISTICS, LowestVersion) == 2);
// REG-017
static_assert(std::is_same_v<PWSK_CLIENT, PVOID>);
// REG-019, REG-039, REG-073, REG-083, REG-093
static_assert(std::is_same_v<decltype(WskRegister), NTSTATUS(PWSK_CLIENT_NPI, PWSK_REGISTRATION)>);
static_assert(std::is_same_v<decltype(WskCaptureProviderNPI),
                             NTSTATUS(PWSK_REGISTRATION, ULONG, PWSK_PROVIDER_NPI)>);
static_assert(std::is_same_v<decltype(WskReleaseProviderNPI), VOID(PWSK_REGISTRATION)>);
static_assert(std::is_same_v<decltype(WskQueryProviderCharacteristics),
                             NTSTATUS(PWSK_REGISTRATION, PWSK_PROVIDER_CHARACTERISTICS)>);
static_assert(std::is_same_v<decltype(WskDeregister), VOID(PWSK_REGISTRATION)>);
// REG-123
static_assert(std::is_same_v<PFN_WSK_CLIENT_EVENT, NTSTATUS (*)(PVOID, ULONG, PVOID, SIZE_T)>);
// REG-131
static_assert(std::is_same_v<PFN_WSK_CONTROL_CLIENT, NTSTATUS (*)(PWSK_CLIENT, ULONG, SIZE_T, PVOID,
                                                                  SIZE_T, PVOID, SIZE_T*, PIRP)>);
// REG-132
static_assert(WSK_TRANSPORT_LIST_QUERY == 2 && WSK_TRANSPORT_LIST_CHANGE == 3);
static_assert(WSK_CACHE_SD == 4 && WSK_RELEASE_SD == 5 && WSK_TDI_DEVICENAME_MAPPING == 6);
static_assert(WSK_SET_STATIC_EVENT_CALLBACKS == 7 && WSK_TDI_BEHAVIOR == 8);
// REG-140
static_assert(sizeof(WSK_TRANSPORT) == 28 && offsetof(WSK_TRANSPORT, ProviderId) == 12);
// REG-146
static_assert(sizeof(WSK_EVENT_CALLBACK_CONTROL) == 16);

// REG-018: WSKAPI is the calling convention and expands to nothing.
NTSTATUS WSKAPI client_event(PVOID, ULONG, PVOID, SIZE_T) {
    return STATUS_NOT_IMPLEMENTED;
}

// REG-008: the documented initialiser, constant, without a narrowing error.
const WSK_CLIENT_DISPATCH documented_dispatch = {MAKE_WSK_VERSION(1, 0), 0, nullptr};
const WSK_CLIENT_DISPATCH with_event = {MAKE_WSK_VERSION(1, 1), 0, client_event};

TEST(wsk_registration_structures, documented_initialisers_fill_the_fields_they_name) {
    EXPECT_EQ(documented_dispatch.Version, 0x0100);
    EXPECT_EQ(with_event.WskClientEvent, &client_event);
    WSK_CLIENT_NPI npi = {nullptr, &documented_dispatch};  // REG-012, as msquic writes it
    EXPECT_EQ(npi.Dispatch, &documented_dispatch);
}

// REG-005, REG-006
TEST(wsk_registration_structures, the_wsk_npi_id_has_the_documented_bytes) {
    static const unsigned char bytes[16] = {0x03, 0xE8, 0x27, 0x22, 0x8B, 0x8D, 0xD4, 0x11,
                                            0xAB, 0xAD, 0x00, 0x90, 0x27, 0x71, 0x9E, 0x09};
    EXPECT_EQ(std::memcmp(&NPI_WSK_INTERFACE_ID, bytes, sizeof bytes), 0);
    EXPECT_EQ(std::memcmp(&wsk::wsk_npi, bytes, sizeof bytes), 0);
}

}  // namespace
