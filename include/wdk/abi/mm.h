// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// mm.h: memory manager. MDLs, mapping and locking of pages, verifier queries. Documents: "wdm.h
// header" reference pages, "Using MDLs". An MDL is followed in memory by one PFN_NUMBER per page it
// spans.
#pragma once

#include "ex.h"

OPENWSK_C_BEGIN

#define PAGE_SIZE 0x1000
#define PAGE_SHIFT 12L

typedef struct _MDL {
    struct _MDL *Next;
    CSHORT Size;
    CSHORT MdlFlags;
    USHORT AllocationProcessorNumber;
    USHORT Reserved;
    struct _KPROCESS *Process;
    PVOID MappedSystemVa;
    PVOID StartVa;
    ULONG ByteCount;
    ULONG ByteOffset;
} MDL, *PMDL;
typedef const MDL *PCMDL;

#define MDL_MAPPED_TO_SYSTEM_VA 0x0001
#define MDL_PAGES_LOCKED 0x0002
#define MDL_SOURCE_IS_NONPAGED_POOL 0x0004
#define MDL_ALLOCATED_FIXED_SIZE 0x0008
#define MDL_PARTIAL 0x0010
#define MDL_PARTIAL_HAS_BEEN_MAPPED 0x0020
#define MDL_IO_PAGE_READ 0x0040
#define MDL_WRITE_OPERATION 0x0080
#define MDL_LOCKED_PAGE_TABLES 0x0100
#define MDL_PARENT_MAPPED_SYSTEM_VA MDL_LOCKED_PAGE_TABLES
#define MDL_FREE_EXTRA_PTES 0x0200
#define MDL_DESCRIBES_AWE 0x0400
#define MDL_IO_SPACE 0x0800
#define MDL_NETWORK_HEADER 0x1000
#define MDL_MAPPING_CAN_FAIL 0x2000
#define MDL_PAGE_CONTENTS_INVARIANT 0x4000
#define MDL_ALLOCATED_MUST_SUCCEED MDL_PAGE_CONTENTS_INVARIANT
#define MDL_INTERNAL 0x8000
#define MDL_MAPPING_FLAGS                                                       \
    (MDL_MAPPED_TO_SYSTEM_VA | MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | \
     MDL_PARTIAL_HAS_BEEN_MAPPED | MDL_PARENT_MAPPED_SYSTEM_VA | MDL_IO_SPACE)

#define MdlMappingNoWrite 0x80000000
#define MdlMappingNoExecute 0x40000000
#define MdlMappingWithGuardPtes 0x20000000

typedef enum _LOCK_OPERATION { IoReadAccess, IoWriteAccess, IoModifyAccess } LOCK_OPERATION;

typedef enum _MM_PAGE_PRIORITY {
    LowPagePriority,
    NormalPagePriority = 16,
    HighPagePriority = 32
} MM_PAGE_PRIORITY;

typedef enum _MEMORY_CACHING_TYPE_ORIG { MmFrameBufferCached = 2 } MEMORY_CACHING_TYPE_ORIG;
typedef enum _MEMORY_CACHING_TYPE {
    MmNonCached = FALSE,
    MmCached = TRUE,
    MmWriteCombined = MmFrameBufferCached,
    MmHardwareCoherentCached,
    MmNonCachedUnordered,
    MmUSWCCached,
    MmMaximumCacheType,
    MmNotMapped = -1
} MEMORY_CACHING_TYPE;

typedef enum _MM_SYSTEM_SIZE { MmSmallSystem, MmMediumSystem, MmLargeSystem } MM_SYSTEMSIZE;

typedef struct _PHYSICAL_MEMORY_RANGE {
    PHYSICAL_ADDRESS BaseAddress;
    LARGE_INTEGER NumberOfBytes;
} PHYSICAL_MEMORY_RANGE, *PPHYSICAL_MEMORY_RANGE;

#define MM_ALLOCATE_FULLY_REQUIRED 0x00000004
#define MM_DONT_ZERO_ALLOCATION 0x00000001
#define MM_ALLOCATE_FROM_LOCAL_NODE_ONLY 0x00000002
#define MM_ALLOCATE_NO_WAIT 0x00000008

#define PAGE_NOACCESS 0x01
#define PAGE_READONLY 0x02
#define PAGE_READWRITE 0x04
#define PAGE_WRITECOPY 0x08
#define PAGE_EXECUTE 0x10
#define PAGE_EXECUTE_READ 0x20
#define PAGE_EXECUTE_READWRITE 0x40
#define PAGE_GUARD 0x100
#define PAGE_NOCACHE 0x200
#define MEM_COMMIT 0x00001000
#define MEM_RESERVE 0x00002000
#define MEM_DECOMMIT 0x00004000
#define MEM_RELEASE 0x00008000

struct _DRIVER_OBJECT;

OPENWSK_API SIZE_T MmSizeOfMdl(PVOID Base, SIZE_T Length);
OPENWSK_API VOID MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList);
OPENWSK_API VOID MmProbeAndLockPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                                     LOCK_OPERATION Operation);
OPENWSK_API VOID MmUnlockPages(PMDL MemoryDescriptorList);
OPENWSK_API PVOID MmMapLockedPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode);
OPENWSK_API PVOID MmMapLockedPagesSpecifyCache(PMDL MemoryDescriptorList,
                                               KPROCESSOR_MODE AccessMode,
                                               MEMORY_CACHING_TYPE CacheType,
                                               PVOID RequestedAddress, ULONG BugCheckOnFailure,
                                               ULONG Priority);
OPENWSK_API VOID MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList);
OPENWSK_API PMDL MmAllocatePagesForMdl(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                       PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes);
OPENWSK_API PMDL MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                         PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes,
                                         MEMORY_CACHING_TYPE CacheType, ULONG Flags);
OPENWSK_API VOID MmFreePagesFromMdl(PMDL MemoryDescriptorList);
OPENWSK_API PVOID MmAllocateContiguousMemory(SIZE_T NumberOfBytes,
                                             PHYSICAL_ADDRESS HighestAcceptableAddress);
OPENWSK_API VOID MmFreeContiguousMemory(PVOID BaseAddress);
OPENWSK_API PVOID MmAllocateNonCachedMemory(SIZE_T NumberOfBytes);
OPENWSK_API VOID MmFreeNonCachedMemory(PVOID BaseAddress, SIZE_T NumberOfBytes);
OPENWSK_API BOOLEAN MmIsAddressValid(PVOID VirtualAddress);
OPENWSK_API PVOID MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName);
OPENWSK_API PVOID MmLockPagableDataSection(PVOID AddressWithinSection);
OPENWSK_API VOID MmUnlockPagableImageSection(PVOID ImageSectionHandle);
OPENWSK_API LOGICAL MmIsDriverVerifying(struct _DRIVER_OBJECT *DriverObject);
OPENWSK_API LOGICAL MmIsDriverVerifyingByAddress(PVOID AddressWithinSection);
OPENWSK_API NTSTATUS MmIsVerifierEnabled(PULONG VerifierFlags);
OPENWSK_API MM_SYSTEMSIZE MmQuerySystemSize(void);
OPENWSK_API PHYSICAL_ADDRESS MmGetPhysicalAddress(PVOID BaseAddress);

OPENWSK_API VOID ProbeForRead(const volatile VOID *Address, SIZE_T Length, ULONG Alignment);
OPENWSK_API VOID ProbeForWrite(volatile VOID *Address, SIZE_T Length, ULONG Alignment);

OPENWSK_C_END
