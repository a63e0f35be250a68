// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: netioddk.h and netiodef.h declare what Windows x64 declares. Method: layout assertions, and
// documented initialisers that must compile (sections 2 and 19 of the clauses).

#include <cstddef>
#include <type_traits>

#include <gtest/gtest.h>

#include "base/annotate.hpp"
#include "wdk/abi/netioddk.h"
#include "wdk/abi/ntstatus.h"

namespace {

// NMR-015
static_assert(offsetof(NPI_MODULEID, Length) == 0 && offsetof(NPI_MODULEID, Type) == 4);
static_assert(offsetof(NPI_MODULEID, Guid) == 8 && sizeof(NPI_MODULEID) == 24);
// NMR-016
static_assert(MIT_GUID == 1 && MIT_IF_LUID == 2);
// NMR-017
static_assert(sizeof(NPI_MODULEID::IfLuid) == 8 && offsetof(NPI_MODULEID, IfLuid) == 8);
// NMR-019
static_assert(std::is_same_v<NPIID, GUID> && std::is_same_v<PNPIID, const GUID*>);
// NMR-020: ULONG is 32 bits although long is not.
static_assert(sizeof(ULONG) == 4);
static_assert(offsetof(NPI_REGISTRATION_INSTANCE, Version) == 0);
static_assert(offsetof(NPI_REGISTRATION_INSTANCE, Size) == 2);
static_assert(offsetof(NPI_REGISTRATION_INSTANCE, NpiId) == 8);
static_assert(offsetof(NPI_REGISTRATION_INSTANCE, ModuleId) == 16);
static_assert(offsetof(NPI_REGISTRATION_INSTANCE, Number) == 24);
static_assert(offsetof(NPI_REGISTRATION_INSTANCE, NpiSpecificCharacteristics) == 32);
static_assert(sizeof(NPI_REGISTRATION_INSTANCE) == 40);
// NMR-027
static_assert(offsetof(NPI_CLIENT_CHARACTERISTICS, Version) == 0);
static_assert(offsetof(NPI_CLIENT_CHARACTERISTICS, Length) == 2);
static_assert(offsetof(NPI_CLIENT_CHARACTERISTICS, ClientAttachProvider) == 8);
static_assert(offsetof(NPI_CLIENT_CHARACTERISTICS, ClientDetachProvider) == 16);
static_assert(offsetof(NPI_CLIENT_CHARACTERISTICS, ClientCleanupBindingContext) == 24);
static_assert(offsetof(NPI_CLIENT_CHARACTERISTICS, ClientRegistrationInstance) == 32);
static_assert(sizeof(NPI_CLIENT_CHARACTERISTICS) == 72);
// NMR-028
static_assert(offsetof(NPI_PROVIDER_CHARACTERISTICS, Version) == 0);
static_assert(offsetof(NPI_PROVIDER_CHARACTERISTICS, Length) == 2);
static_assert(offsetof(NPI_PROVIDER_CHARACTERISTICS, ProviderAttachClient) == 8);
static_assert(offsetof(NPI_PROVIDER_CHARACTERISTICS, ProviderDetachClient) == 16);
static_assert(offsetof(NPI_PROVIDER_CHARACTERISTICS, ProviderCleanupBindingContext) == 24);
static_assert(offsetof(NPI_PROVIDER_CHARACTERISTICS, ProviderRegistrationInstance) == 32);
static_assert(sizeof(NPI_PROVIDER_CHARACTERISTICS) == 72);
// NMR-036
static_assert(std::is_same_v<PNPI_CLIENT_CHARACTERISTICS, const NPI_CLIENT_CHARACTERISTICS*>);
static_assert(std::is_same_v<PNPI_PROVIDER_CHARACTERISTICS, const NPI_PROVIDER_CHARACTERISTICS*>);
static_assert(std::is_same_v<PNPI_REGISTRATION_INSTANCE, const NPI_REGISTRATION_INSTANCE*>);
static_assert(std::is_same_v<PNPI_MODULEID, const NPI_MODULEID*>);
// NMR-057
static_assert(std::is_same_v<NPI_CLIENT_ATTACH_PROVIDER_FN,
                             NTSTATUS(HANDLE, PVOID, PNPI_REGISTRATION_INSTANCE)>);
// NMR-079: the header's form, with const in the last parameter.
static_assert(std::is_same_v<NPI_PROVIDER_ATTACH_CLIENT_FN,
                             NTSTATUS(HANDLE, PVOID, PNPI_REGISTRATION_INSTANCE, PVOID, const VOID*,
                                      PVOID*, const VOID**)>);
// NMR-076
static_assert(std::is_same_v<decltype(NmrClientAttachProvider),
                             NTSTATUS(HANDLE, PVOID, const VOID*, PVOID*, const VOID**)>);
// NMR-037, NMR-038, NMR-106, NMR-138, NMR-159
static_assert(std::is_same_v<decltype(NmrRegisterClient),
                             NTSTATUS(PNPI_CLIENT_CHARACTERISTICS, PVOID, PHANDLE)>);
static_assert(std::is_same_v<decltype(NmrRegisterProvider),
                             NTSTATUS(PNPI_PROVIDER_CHARACTERISTICS, PVOID, PHANDLE)>);
static_assert(std::is_same_v<decltype(NmrDeregisterClient), NTSTATUS(HANDLE)>);
static_assert(std::is_same_v<decltype(NmrDeregisterProvider), NTSTATUS(HANDLE)>);
static_assert(std::is_same_v<decltype(NmrClientDetachProviderComplete), VOID(HANDLE)>);
static_assert(std::is_same_v<decltype(NmrProviderDetachClientComplete), VOID(HANDLE)>);
static_assert(std::is_same_v<decltype(NmrWaitForClientDeregisterComplete), NTSTATUS(HANDLE)>);
static_assert(std::is_same_v<decltype(NmrWaitForProviderDeregisterComplete), NTSTATUS(HANDLE)>);
// NMR-123, NMR-149
static_assert(std::is_same_v<NPI_CLIENT_DETACH_PROVIDER_FN, NTSTATUS(PVOID)>);
static_assert(std::is_same_v<NPI_PROVIDER_DETACH_CLIENT_FN, NTSTATUS(PVOID)>);
static_assert(std::is_same_v<NPI_CLIENT_CLEANUP_BINDING_CONTEXT_FN, VOID(PVOID)>);
static_assert(std::is_same_v<NPI_PROVIDER_CLEANUP_BINDING_CONTEXT_FN, VOID(PVOID)>);

NTSTATUS attach_provider(HANDLE, PVOID, PNPI_REGISTRATION_INSTANCE) {
    return STATUS_NOINTERFACE;
}
NTSTATUS detach(PVOID) {
    return STATUS_SUCCESS;
}

// The positional initialisers of "Initializing NMR Data Structures", as constants: NMR-020,
// NMR-027, NMR-036. The module id compiles with and without the extra brace level.
const NPIID exnpi = {0x3a0f1c2e, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};
const NPI_MODULEID module_braced = {
    sizeof(NPI_MODULEID), MIT_GUID, {{0x11, 0x22, 0x33, {1, 2, 3, 4, 5, 6, 7, 8}}}};
const NPI_CLIENT_CHARACTERISTICS characteristics = {
    0,
    sizeof(NPI_CLIENT_CHARACTERISTICS),
    attach_provider,
    detach,
    nullptr,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &exnpi, &module_braced, 0, nullptr}};

TEST(nmr_structures, documented_initialiser_fills_the_fields_it_names) {
    EXPECT_EQ(characteristics.ClientRegistrationInstance.NpiId, &exnpi);
    EXPECT_EQ(characteristics.ClientRegistrationInstance.ModuleId, &module_braced);
    EXPECT_EQ(module_braced.Guid.Data1, 0x11u);
    EXPECT_EQ(characteristics.ClientRegistrationInstance.Size, 40);
}

// NMR-018
TEST(nmr_structures, module_ids_are_equal_by_type_and_selected_member) {
    NPI_MODULEID a = {};
    NPI_MODULEID b = {};
    a.Type = b.Type = MIT_GUID;
    a.Guid = b.Guid = GUID{1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    a.Length = 1;
    b.Length = 2;
    EXPECT_TRUE(NmrIsEqualNpiModuleId(&a, &b));
    b.Guid.Data4[7] = 12;
    EXPECT_FALSE(NmrIsEqualNpiModuleId(&a, &b));
    b = a;
    b.Type = MIT_IF_LUID;
    EXPECT_FALSE(NmrIsEqualNpiModuleId(&a, &b));
    a.Type = MIT_IF_LUID;
    a.IfLuid.LowPart = b.IfLuid.LowPart = 5;  // NMR-017
    a.IfLuid.HighPart = b.IfLuid.HighPart = 6;
    a.Guid.Data4[4] = 1;
    b.Guid.Data4[4] = 2;
    EXPECT_TRUE(NmrIsEqualNpiModuleId(&a, &b));
    b.IfLuid.HighPart = 7;
    EXPECT_FALSE(NmrIsEqualNpiModuleId(&a, &b));
#if !OPENWSK_ASAN
    // UBSan would stop at the load of an enumerator that does not exist.
    b = a;
    a.Type = b.Type = static_cast<NPI_MODULEID_TYPE>(7);
    EXPECT_FALSE(NmrIsEqualNpiModuleId(&a, &b));
#endif
}

}  // namespace
