// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Whole pages, probing, and the memory manager's small queries.

#include "check.h"

static const PHYSICAL_ADDRESS none;
static const PHYSICAL_ADDRESS all = {.QuadPart = -1};

static void pages(void) {
    UCHAR* p = MmAllocateContiguousMemory(100, all);
    REQUIRE(p != NULL);
    CHECK_EQ((ULONG_PTR)p % PAGE_SIZE, 0);
    p[PAGE_SIZE - 1] = 1;
    MmFreeContiguousMemory(p);
    p = MmAllocateNonCachedMemory(PAGE_SIZE + 1);
    REQUIRE(p != NULL);
    p[2 * PAGE_SIZE - 1] = 1;
    MmFreeNonCachedMemory(p, PAGE_SIZE + 1);

    PMDL mdl = MmAllocatePagesForMdlEx(none, all, none, 5000, MmCached, 0);
    REQUIRE(mdl != NULL);
    CHECK_EQ(MmGetMdlByteCount(mdl), 2 * PAGE_SIZE);
    p = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    REQUIRE(p != NULL);
    CHECK_EQ(p[0] | p[5000], 0);
    MmUnmapLockedPages(p, mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    mdl = MmAllocatePagesForMdl(none, all, none, PAGE_SIZE);
    REQUIRE(mdl != NULL);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    CHECK_PTR(MmAllocatePagesForMdl(none, all, none, 0), NULL);
}

static NTSTATUS probe(PVOID address, SIZE_T length, ULONG alignment, BOOLEAN write) {
    __try {
        if (write) {
            ProbeForWrite(address, length, alignment);
        } else {
            ProbeForRead(address, length, alignment);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static const char constant[] = "cannot be written";

static void probing(void) {
    ULONG local[4] = {1, 2, 3, 4};
    PVOID nowhere = (PVOID)(ULONG_PTR)0x2000;
    CHECK_STATUS(probe(local, sizeof local, 4, TRUE), STATUS_SUCCESS);
    CHECK_EQ(local[3], 4);
    CHECK_STATUS(probe((UCHAR*)local + 1, 4, 4, FALSE), STATUS_DATATYPE_MISALIGNMENT);
    CHECK_STATUS(probe(nowhere, 1, 1, FALSE), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(probe(nowhere, 0, 1, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(probe((PVOID)(ULONG_PTR)constant, 4, 1, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(probe((PVOID)(ULONG_PTR)constant, 4, 1, TRUE), STATUS_ACCESS_VIOLATION);
    CHECK(MmIsAddressValid(local));
    CHECK(!MmIsAddressValid(nowhere));
}

static void queries(void) {
    UNICODE_STRING known = RTL_CONSTANT_STRING(L"ExAllocatePool2");
    UNICODE_STRING unknown = RTL_CONSTANT_STRING(L"NtNoSuchRoutine");
    UNICODE_STRING foreign = RTL_CONSTANT_STRING(L"malloc");
    CHECK(MmGetSystemRoutineAddress(&known) != NULL);
    CHECK_PTR(MmGetSystemRoutineAddress(&unknown), NULL);
    CHECK_PTR(MmGetSystemRoutineAddress(&foreign), NULL);
    CHECK_EQ(MmQuerySystemSize(), MmLargeSystem);
    CHECK_EQ(MmGetPhysicalAddress(&known).QuadPart, (ULONG_PTR)&known);
    PVOID section = MmLockPagableDataSection((PVOID)(ULONG_PTR)&queries);
    CHECK(section != NULL);
    MmUnlockPagableImageSection(section);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    pages();
    probing();
    queries();
}
