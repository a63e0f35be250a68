// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Whole pages, probing, and the memory manager's small queries.
//
// Windows documents: the wdm.h reference pages of the functions; docs/ddi/mm.md says what differs.

#include <cstring>

#include <dlfcn.h>

#include "host/probe.hpp"
#include "ke/edge.hpp"
#include "ke/module.hpp"
#include "ke/seh.hpp"
#include "mm/pool.hpp"
#include "wdk/abi/mm.h"
#include "wdk/abi/ntstatus.h"

namespace {

constexpr uint8_t passive = 0;
constexpr uint8_t apc = 1;
constexpr uint8_t dispatch = 2;
constexpr uint32_t contiguous_tag = 0x6d436d4d;  // "MmCm"
constexpr uint32_t noncached_tag = 0x636e6d4d;   // "Mmnc"
constexpr size_t routine_name_max = 128;

mm::pool& pool_of(const ke::edge& e) noexcept {
    return e.machine().get<mm::pool>();
}

void* allocate_pages(const ke::edge& e, SIZE_T bytes, uint32_t tag) noexcept {
    const SIZE_T whole = (bytes + PAGE_SIZE - 1) & ~SIZE_T{PAGE_SIZE - 1};
    return whole >= bytes ? pool_of(e).allocate({whole, tag, false, false, false}, e.caller())
                          : nullptr;
}

// Raises what ProbeForRead and ProbeForWrite raise; the address must be a user's on Windows, which
// has no meaning here.
void probe(const ke::edge& e, const volatile void* address, SIZE_T bytes, ULONG alignment,
           bool write) noexcept {
    if (bytes == 0) {
        return;
    }
    const auto at = reinterpret_cast<uintptr_t>(address);
    if (alignment > 1 && at % alignment != 0) {
        ke::raise_status(e.thread(), STATUS_DATATYPE_MISALIGNMENT, e.caller());
    }
    if (!host::accessible(const_cast<const void*>(address), bytes, write)) {
        ke::raise_status(e.thread(), STATUS_ACCESS_VIOLATION, e.caller());
    }
}

/// The exported routine of this name; nothing of the C library, nor of the runtime's own API.
void* exported(const char* name) noexcept {
    if (name[0] < 'A' || name[0] > 'Z') {
        return nullptr;
    }
    void* p = dlsym(RTLD_DEFAULT, name);
    Dl_info found{};
    Dl_info ours{};
    static const char here = 0;
    const bool both = p != nullptr && dladdr(p, &found) != 0 && dladdr(&here, &ours) != 0;
    return both && found.dli_fbase == ours.dli_fbase ? p : nullptr;
}

}  // namespace

extern "C" {

// ---- pages -------------------------------------------------------------------------------------

OPENWSK_EXPORT PVOID MmAllocateContiguousMemory(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS) {
    OPENWSK_EDGE(dispatch);
    return allocate_pages(e, NumberOfBytes, contiguous_tag);
}

OPENWSK_EXPORT VOID MmFreeContiguousMemory(PVOID BaseAddress) {
    OPENWSK_EDGE(dispatch);
    pool_of(e).free(BaseAddress, contiguous_tag, e.caller());
}

OPENWSK_EXPORT PVOID MmAllocateNonCachedMemory(SIZE_T NumberOfBytes) {
    OPENWSK_EDGE(apc);
    return allocate_pages(e, NumberOfBytes, noncached_tag);
}

OPENWSK_EXPORT VOID MmFreeNonCachedMemory(PVOID BaseAddress, SIZE_T) {
    OPENWSK_EDGE(apc);
    pool_of(e).free(BaseAddress, noncached_tag, e.caller());
}

OPENWSK_EXPORT PMDL MmAllocatePagesForMdl(PHYSICAL_ADDRESS, PHYSICAL_ADDRESS, PHYSICAL_ADDRESS,
                                          SIZE_T TotalBytes) {
    OPENWSK_EDGE(apc);
    return pool_of(e).mdl().allocate_pages(TotalBytes, true, e.caller());
}

OPENWSK_EXPORT PMDL MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS, PHYSICAL_ADDRESS, PHYSICAL_ADDRESS,
                                            SIZE_T TotalBytes, MEMORY_CACHING_TYPE, ULONG Flags) {
    OPENWSK_EDGE(apc);
    return pool_of(e).mdl().allocate_pages(TotalBytes, (Flags & MM_DONT_ZERO_ALLOCATION) == 0,
                                           e.caller());
}

OPENWSK_EXPORT VOID MmFreePagesFromMdl(PMDL MemoryDescriptorList) {
    OPENWSK_EDGE(apc);
    pool_of(e).mdl().free_pages(*MemoryDescriptorList, e.caller());
}

// ---- probing -----------------------------------------------------------------------------------

OPENWSK_EXPORT BOOLEAN MmIsAddressValid(PVOID VirtualAddress) {
    OPENWSK_EDGE(dispatch);
    return host::accessible(VirtualAddress, 1, false) ? TRUE : FALSE;
}

OPENWSK_EXPORT VOID ProbeForRead(const volatile VOID* Address, SIZE_T Length, ULONG Alignment) {
    OPENWSK_EDGE(apc);
    probe(e, Address, Length, Alignment, false);
}

OPENWSK_EXPORT VOID ProbeForWrite(volatile VOID* Address, SIZE_T Length, ULONG Alignment) {
    OPENWSK_EDGE(apc);
    probe(e, Address, Length, Alignment, true);
}

// ---- queries -----------------------------------------------------------------------------------

OPENWSK_EXPORT PHYSICAL_ADDRESS MmGetPhysicalAddress(PVOID BaseAddress) {
    PHYSICAL_ADDRESS p;
    p.QuadPart = static_cast<LONGLONG>(reinterpret_cast<uintptr_t>(BaseAddress));
    return p;
}

OPENWSK_EXPORT MM_SYSTEMSIZE MmQuerySystemSize(void) {
    return MmLargeSystem;
}

OPENWSK_EXPORT PVOID MmLockPagableDataSection(PVOID AddressWithinSection) {
    OPENWSK_EDGE(apc);
    const ke::module* image = ke::module_of(AddressWithinSection);
    return image != nullptr ? const_cast<char*>(image->base) : AddressWithinSection;
}

OPENWSK_EXPORT VOID MmUnlockPagableImageSection(PVOID) {
    OPENWSK_EDGE(apc);
}

OPENWSK_EXPORT PVOID MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName) {
    OPENWSK_EDGE(passive);
    char name[routine_name_max];
    const size_t n = SystemRoutineName->Length / sizeof(WCHAR);
    if (n == 0 || n >= sizeof name) {
        return nullptr;
    }
    for (size_t i = 0; i < n; ++i) {
        const auto c = static_cast<char16_t>(SystemRoutineName->Buffer[i]);
        if (c >= 0x80) {
            return nullptr;
        }
        name[i] = static_cast<char>(c);
    }
    name[n] = 0;
    return exported(name);
}

}  // extern "C"
