// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// MDLs as drivers use them: built for pool, locked under __try, mapped, in parts, on IRPs.

#include "check.h"

#define TAG 'ldM '

static NTSTATUS lock(PMDL mdl, LOCK_OPERATION operation) {
    __try {
        MmProbeAndLockPages(mdl, KernelMode, operation);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static void built_for_pool(void) {
    UCHAR* block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 6000, TAG);
    REQUIRE(block != NULL);
    PMDL mdl = IoAllocateMdl(block, 6000, FALSE, FALSE, NULL);
    REQUIRE(mdl != NULL);
    MmBuildMdlForNonPagedPool(mdl);
    CHECK_PTR(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority | MdlMappingNoExecute), block);
    CHECK_PTR(MmGetMdlVirtualAddress(mdl), block);
    CHECK_EQ(MmGetMdlByteCount(mdl), 6000);
    CHECK_EQ(MmGetMdlByteOffset(mdl), 0);
    CHECK_EQ(MmSizeOfMdl(block, 6000), sizeof(MDL) + 2 * sizeof(PFN_NUMBER));

    PMDL part = IoAllocateMdl(block, 6000, FALSE, FALSE, NULL);
    REQUIRE(part != NULL);
    IoBuildPartialMdl(mdl, part, block + 5000, 500);
    CHECK_EQ(MmGetMdlByteCount(part), 500);
    CHECK_PTR(MmGetSystemAddressForMdlSafe(part, NormalPagePriority), block + 5000);
    MmPrepareMdlForReuse(part);
    IoFreeMdl(part);
    IoFreeMdl(mdl);
    ExFreePoolWithTag(block, TAG);
}

static void locked_on_the_stack(void) {
    UCHAR local[256];
    PMDL mdl = IoAllocateMdl(local, sizeof local, FALSE, FALSE, NULL);
    REQUIRE(mdl != NULL);
    CHECK_STATUS(lock(mdl, IoModifyAccess), STATUS_SUCCESS);
    CHECK(mdl->MdlFlags & MDL_PAGES_LOCKED);
    UCHAR* mapped = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    CHECK_PTR(mapped, local);
    MmUnmapLockedPages(mapped, mdl);
    CHECK_PTR(MmMapLockedPages(mdl, KernelMode), local);
    MmUnmapLockedPages(local, mdl);
    CHECK_PTR(
        MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority),
        local);
    MmUnlockPages(mdl);
    CHECK_EQ(mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA), 0);
    IoFreeMdl(mdl);
}

static void memory_that_is_not_there(void) {
    PMDL mdl = IoAllocateMdl((PVOID)(ULONG_PTR)0x1000, 100, FALSE, FALSE, NULL);
    REQUIRE(mdl != NULL);
    CHECK_STATUS(lock(mdl, IoReadAccess), STATUS_ACCESS_VIOLATION);
    CHECK_EQ(mdl->MdlFlags & MDL_PAGES_LOCKED, 0);
    IoFreeMdl(mdl);
    static const char constant[] = "never written";
    mdl = IoAllocateMdl((PVOID)(ULONG_PTR)constant, sizeof constant, FALSE, FALSE, NULL);
    REQUIRE(mdl != NULL);
    CHECK_STATUS(lock(mdl, IoWriteAccess), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(lock(mdl, IoReadAccess), STATUS_SUCCESS);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

static void in_the_driver_s_memory(void) {
    UCHAR data[32];
    __declspec(align(16)) UCHAR storage[sizeof(MDL) + 2 * sizeof(PFN_NUMBER)];
    PMDL mdl = (PMDL)storage;
    MmInitializeMdl(mdl, data, sizeof data);
    MmBuildMdlForNonPagedPool(mdl);
    CHECK_PTR(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), data);
}

static void on_an_irp(void) {
    UCHAR data[32];
    PIRP irp = IoAllocateIrp(1, FALSE);
    REQUIRE(irp != NULL);
    PMDL first = IoAllocateMdl(data, 8, FALSE, FALSE, irp);
    PMDL second = IoAllocateMdl(data + 8, 8, TRUE, FALSE, irp);
    CHECK_PTR(irp->MdlAddress, first);
    CHECK_PTR(first->Next, second);
    IoFreeMdl(first);
    IoFreeMdl(second);
    IoFreeIrp(irp);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    built_for_pool();
    locked_on_the_stack();
    memory_that_is_not_there();
    in_the_driver_s_memory();
    on_an_irp();
}
