// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Pool, lookaside lists, MDLs and verifier queries.
//
// Windows documents: the wdm.h reference pages of the functions; docs/ddi/mm.md says what differs.

#include "ke/edge.hpp"
#include "ke/module.hpp"
#include "ke/seh.hpp"
#include "mm/pool.hpp"
#include "wdk/abi/io.h"
#include "wdk/abi/ntstatus.h"

namespace {

constexpr uint8_t apc = 1;
constexpr uint8_t dispatch = 2;
constexpr uint32_t no_tag = 0x656e6f4e;  // "None", what ExAllocatePool gives its blocks

mm::pool& pool_of(const ke::edge& e) noexcept {
    return e.machine().get<mm::pool>();
}

constexpr bool is_paged(ULONG type) noexcept {
    return (type & PagedPool) != 0;
}

/// Allocates as ExAllocatePoolWithTag does; raises when raise says so.
void* allocate(const ke::edge& e, ULONG type, SIZE_T bytes, ULONG tag, bool raise) noexcept {
    auto& pool = pool_of(e);
    if (tag == 0) {
        pool.report_zero_tag(bytes, e.caller());
    }
    void* p = pool.allocate({bytes, tag, is_paged(type), (type & POOL_ZERO_ALLOCATION) != 0,
                             (type & NonPagedPoolCacheAligned) != 0},
                            e.caller());
    if (p == nullptr && raise) {
        ke::raise_status(e.thread(), STATUS_INSUFFICIENT_RESOURCES, e.caller());
    }
    return p;
}

/// One kind of memory, known required flags, a tag.
bool valid(POOL_FLAGS flags, ULONG tag) noexcept {
    constexpr POOL_FLAGS kinds =
        POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED;
    constexpr POOL_FLAGS known = kinds | POOL_FLAG_USE_QUOTA | POOL_FLAG_UNINITIALIZED |
                                 POOL_FLAG_SESSION | POOL_FLAG_CACHE_ALIGNED |
                                 POOL_FLAG_RAISE_ON_FAILURE;
    constexpr POOL_FLAGS required = (POOL_FLAG_REQUIRED_END << 1) - 1;
    const POOL_FLAGS kind = flags & kinds;
    return tag != 0 && kind != 0 && (kind & (kind - 1)) == 0 && (flags & required & ~known) == 0;
}

/// Extended parameters that may be ignored: a priority, or whatever is marked optional.
bool acceptable(PCPOOL_EXTENDED_PARAMETER parameters, ULONG count) noexcept {
    for (ULONG i = 0; i < count; ++i) {
        if (parameters[i].Type != PoolExtendedParameterPriority && !parameters[i].Optional) {
            return false;
        }
    }
    return true;
}

void* allocate_by_flags(const ke::edge& e, POOL_FLAGS flags, SIZE_T bytes, ULONG tag,
                        bool acceptable_parameters) noexcept {
    NTSTATUS s = STATUS_INVALID_PARAMETER;
    void* p = nullptr;
    if (valid(flags, tag) && acceptable_parameters) {
        s = STATUS_INSUFFICIENT_RESOURCES;
        p = pool_of(e).allocate(
            {bytes, tag, (flags & POOL_FLAG_PAGED) != 0, (flags & POOL_FLAG_UNINITIALIZED) == 0,
             (flags & POOL_FLAG_CACHE_ALIGNED) != 0},
            e.caller());
    }
    if (p == nullptr && (flags & POOL_FLAG_RAISE_ON_FAILURE) != 0) {
        ke::raise_status(e.thread(), s, e.caller());
    }
    return p;
}

GENERAL_LOOKASIDE_POOL& general(void* list) noexcept {
    return *static_cast<GENERAL_LOOKASIDE_POOL*>(list);
}

void* take(const ke::edge& e, void* list) noexcept {
    bool raises = false;
    void* p = pool_of(e).lookasides().allocate(general(list), e.caller(), raises);
    if (p == nullptr && raises) {
        ke::raise_status(e.thread(), STATUS_INSUFFICIENT_RESOURCES, e.caller());
    }
    return p;
}

// The classic lists report no failure: what cannot be set up cannot be used.
void set_up(const ke::edge& e, void* list, bool paged, PALLOCATE_FUNCTION allocate_with,
            PFREE_FUNCTION free_with, ULONG flags, SIZE_T bytes, ULONG tag) noexcept {
    const ULONG type = (paged ? PagedPool : NonPagedPool) | flags;
    const mm::lookaside_setup setup{paged,
                                    (flags & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0,
                                    false,
                                    reinterpret_cast<void*>(allocate_with),
                                    reinterpret_cast<void*>(free_with),
                                    static_cast<POOL_TYPE>(type),
                                    bytes,
                                    tag};
    (void)pool_of(e).lookasides().initialize(general(list), setup, e.caller());
}

}  // namespace

extern "C" {

// ---- pool --------------------------------------------------------------------------------------

OPENWSK_EXPORT PVOID ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes) {
    OPENWSK_EDGE(dispatch);
    return allocate(e, PoolType, NumberOfBytes, no_tag,
                    (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0);
}

OPENWSK_EXPORT PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag) {
    OPENWSK_EDGE(dispatch);
    return allocate(e, PoolType, NumberOfBytes, Tag,
                    (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0);
}

OPENWSK_EXPORT PVOID ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes,
                                                   ULONG Tag, EX_POOL_PRIORITY) {
    OPENWSK_EDGE(dispatch);
    return allocate(e, PoolType, NumberOfBytes, Tag,
                    (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0);
}

OPENWSK_EXPORT PVOID ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes,
                                                ULONG Tag) {
    OPENWSK_EDGE(dispatch);
    return allocate(e, PoolType, NumberOfBytes, Tag,
                    (PoolType & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) == 0);
}

OPENWSK_EXPORT PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag) {
    OPENWSK_EDGE(dispatch);
    return allocate_by_flags(e, Flags, NumberOfBytes, Tag, true);
}

OPENWSK_EXPORT PVOID ExAllocatePool3(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag,
                                     PCPOOL_EXTENDED_PARAMETER ExtendedParameters,
                                     ULONG ExtendedParametersCount) {
    OPENWSK_EDGE(dispatch);
    return allocate_by_flags(e, Flags, NumberOfBytes, Tag,
                             acceptable(ExtendedParameters, ExtendedParametersCount));
}

OPENWSK_EXPORT VOID ExFreePool(PVOID P) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).free(P, 0, e.caller());
}

OPENWSK_EXPORT VOID ExFreePoolWithTag(PVOID P, ULONG Tag) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).free(P, Tag, e.caller());
}

OPENWSK_EXPORT VOID ExFreePool2(PVOID P, ULONG Tag, PCPOOL_EXTENDED_PARAMETER, ULONG) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).free(P, Tag, e.caller());
}

// ---- lookaside lists ---------------------------------------------------------------------------

OPENWSK_EXPORT VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside,
                                                    PALLOCATE_FUNCTION Allocate,
                                                    PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size,
                                                    ULONG Tag, USHORT) {
    OPENWSK_EDGE(dispatch);
    set_up(e, Lookaside, false, Allocate, Free, Flags, Size, Tag);
}

OPENWSK_EXPORT VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).lookasides().remove(general(Lookaside), e.caller());
}

OPENWSK_EXPORT PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside) {
    OPENWSK_EDGE(dispatch);
    return take(e, Lookaside);
}

OPENWSK_EXPORT VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).lookasides().free(general(Lookaside), Entry, e.caller());
}

OPENWSK_EXPORT VOID ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside,
                                                   PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                                   ULONG Flags, SIZE_T Size, ULONG Tag, USHORT) {
    OPENWSK_EDGE(apc);
    set_up(e, Lookaside, true, Allocate, Free, Flags, Size, Tag);
}

OPENWSK_EXPORT VOID ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside) {
    OPENWSK_EDGE(apc);
    pool_of(e).lookasides().remove(general(Lookaside), e.caller());
}

OPENWSK_EXPORT PVOID ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside) {
    OPENWSK_EDGE(apc);
    return take(e, Lookaside);
}

OPENWSK_EXPORT VOID ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry) {
    OPENWSK_EDGE(apc);
    pool_of(e).lookasides().free(general(Lookaside), Entry, e.caller());
}

OPENWSK_EXPORT NTSTATUS ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside,
                                                    PALLOCATE_FUNCTION_EX Allocate,
                                                    PFREE_FUNCTION_EX Free, POOL_TYPE PoolType,
                                                    ULONG Flags, SIZE_T Size, ULONG Tag, USHORT) {
    OPENWSK_EDGE(dispatch);
    constexpr ULONG raise = EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL;
    constexpr ULONG fail = EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE;
    if ((Flags & ~(raise | fail)) != 0 || Flags == (raise | fail)) {
        return STATUS_INVALID_PARAMETER_5;
    }
    const mm::lookaside_setup setup{is_paged(PoolType),
                                    (Flags & raise) != 0,
                                    true,
                                    reinterpret_cast<void*>(Allocate),
                                    reinterpret_cast<void*>(Free),
                                    PoolType,
                                    Size,
                                    Tag};
    return pool_of(e).lookasides().initialize(general(Lookaside), setup, e.caller()).code();
}

OPENWSK_EXPORT VOID ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).lookasides().remove(general(Lookaside), e.caller());
}

OPENWSK_EXPORT VOID ExFlushLookasideListEx(PLOOKASIDE_LIST_EX Lookaside) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).lookasides().flush(general(Lookaside), e.caller());
}

OPENWSK_EXPORT PVOID ExAllocateFromLookasideListEx(PLOOKASIDE_LIST_EX Lookaside) {
    OPENWSK_EDGE(dispatch);
    return take(e, Lookaside);
}

OPENWSK_EXPORT VOID ExFreeToLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PVOID Entry) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).lookasides().free(general(Lookaside), Entry, e.caller());
}

// ---- MDLs --------------------------------------------------------------------------------------

OPENWSK_EXPORT SIZE_T MmSizeOfMdl(PVOID Base, SIZE_T Length) {
    return mm::mdls::size_of(Base, Length);
}

OPENWSK_EXPORT PMDL IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer,
                                  BOOLEAN, PIRP Irp) {
    OPENWSK_EDGE(dispatch);
    return pool_of(e).mdl().allocate(VirtualAddress, Length, SecondaryBuffer != FALSE, Irp,
                                     e.caller());
}

OPENWSK_EXPORT VOID IoFreeMdl(PMDL Mdl) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).mdl().free(Mdl, e.caller());
}

OPENWSK_EXPORT VOID IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress,
                                      ULONG Length) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).mdl().build_partial(*SourceMdl, *TargetMdl, VirtualAddress, Length, e.caller());
}

OPENWSK_EXPORT VOID MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).mdl().build(*MemoryDescriptorList, e.caller());
}

OPENWSK_EXPORT VOID MmProbeAndLockPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE,
                                        LOCK_OPERATION Operation) {
    OPENWSK_EDGE(dispatch);
    const base::status s = pool_of(e).mdl().lock(*MemoryDescriptorList, Operation, e.caller());
    if (!s.ok()) {
        ke::raise_status(e.thread(), s.code(), e.caller());
    }
}

OPENWSK_EXPORT VOID MmUnlockPages(PMDL MemoryDescriptorList) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).mdl().unlock(*MemoryDescriptorList, e.caller());
}

OPENWSK_EXPORT PVOID MmMapLockedPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode) {
    OPENWSK_EDGE(dispatch);
    void* p = pool_of(e).mdl().map(*MemoryDescriptorList, AccessMode, e.caller());
    if (p == nullptr) {
        ke::raise_status(e.thread(), STATUS_INSUFFICIENT_RESOURCES, e.caller());
    }
    return p;
}

OPENWSK_EXPORT PVOID MmMapLockedPagesSpecifyCache(PMDL MemoryDescriptorList,
                                                  KPROCESSOR_MODE AccessMode, MEMORY_CACHING_TYPE,
                                                  PVOID, ULONG, ULONG) {
    OPENWSK_EDGE(dispatch);
    void* p = pool_of(e).mdl().map(*MemoryDescriptorList, AccessMode, e.caller());
    if (p == nullptr && AccessMode != KernelMode) {
        ke::raise_status(e.thread(), STATUS_INSUFFICIENT_RESOURCES, e.caller());
    }
    return p;
}

OPENWSK_EXPORT VOID MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).mdl().unmap(BaseAddress, *MemoryDescriptorList, e.caller());
}

// ---- verifier ----------------------------------------------------------------------------------

OPENWSK_EXPORT NTSTATUS MmIsVerifierEnabled(PULONG VerifierFlags) {
    OPENWSK_EDGE(dispatch);
    // Special pool, forced IRQL checking, pool tracking, I/O verification, deadlock detection.
    constexpr ULONG checked = 0x0000003b;
    const bool on = e.machine().options().verification != base::verify_level::off;
    *VerifierFlags = on ? checked : 0;
    return on ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

OPENWSK_EXPORT LOGICAL MmIsDriverVerifyingByAddress(PVOID AddressWithinSection) {
    OPENWSK_EDGE(dispatch);
    return e.machine().options().verification != base::verify_level::off &&
                   ke::module_of(AddressWithinSection) != nullptr
               ? TRUE
               : FALSE;
}

OPENWSK_EXPORT LOGICAL MmIsDriverVerifying(struct _DRIVER_OBJECT*) {
    OPENWSK_EDGE(dispatch);
    return e.machine().options().verification != base::verify_level::off ? TRUE : FALSE;
}

}  // extern "C"
