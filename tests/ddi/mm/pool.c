// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Every way to allocate and free pool, with contents, alignment and exceptions as documented.

#include "check.h"

#define TAG 'looP'

static void allocate_with_tag(void) {
    static const POOL_TYPE types[] = {NonPagedPool, PagedPool, NonPagedPoolNx,
                                      NonPagedPoolCacheAligned};
    for (ULONG i = 0; i < ARRAYSIZE(types); ++i) {
        UCHAR* p = ExAllocatePoolWithTag(types[i], 100, TAG);
        REQUIRE(p != NULL);
        CHECK_EQ((ULONG_PTR)p % 16, 0);
        RtlFillMemory(p, 100, 0x5a);
        CHECK_EQ(p[99], 0x5a);
        ExFreePoolWithTag(p, TAG);
    }
    void* page = ExAllocatePoolWithTag(NonPagedPoolNx, PAGE_SIZE, TAG);
    CHECK_EQ((ULONG_PTR)page % PAGE_SIZE, 0);
    ExFreePoolWithTag(page, 0);
    void* untagged = ExAllocatePool(NonPagedPoolNx, 10);
    CHECK(untagged != NULL);
    ExFreePool(untagged);
    void* prioritised = ExAllocatePoolWithTagPriority(PagedPool, 10, TAG, NormalPoolPriority);
    CHECK(prioritised != NULL);
    ExFreePoolWithTag(prioritised, TAG);
    void* charged = ExAllocatePoolWithQuotaTag(PagedPool, 10, TAG);
    CHECK(charged != NULL);
    ExFreePoolWithTag(charged, TAG);
}

static BOOLEAN is_zero(const UCHAR* p, SIZE_T n) {
    for (SIZE_T i = 0; i < n; ++i) {
        if (p[i] != 0) {
            return FALSE;
        }
    }
    return TRUE;
}

static void allocate_by_flags(void) {
    UCHAR* p = ExAllocatePool2(POOL_FLAG_NON_PAGED, 500, TAG);
    REQUIRE(p != NULL);
    CHECK(is_zero(p, 500));
    ExFreePool2(p, TAG, NULL, 0);
    p = ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_UNINITIALIZED | POOL_FLAG_CACHE_ALIGNED, 70,
                        TAG);
    CHECK_EQ((ULONG_PTR)p % 64, 0);
    ExFreePoolWithTag(p, TAG);

    CHECK_PTR(ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, 0), NULL);
    CHECK_PTR(ExAllocatePool2(0, 10, TAG), NULL);
    CHECK_PTR(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, 10, TAG), NULL);
    CHECK_PTR(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_RESERVED2, 10, TAG), NULL);

    POOL_EXTENDED_PARAMETER parameter;
    RtlZeroMemory(&parameter, sizeof parameter);
    parameter.Type = PoolExtendedParameterPriority;
    parameter.Priority = HighPoolPriority;
    p = ExAllocatePool3(POOL_FLAG_NON_PAGED, 10, TAG, &parameter, 1);
    CHECK(p != NULL);
    ExFreePool2(p, TAG, NULL, 0);
    parameter.Type = PoolExtendedParameterSecurePool;
    CHECK_PTR(ExAllocatePool3(POOL_FLAG_NON_PAGED, 10, TAG, &parameter, 1), NULL);
    parameter.Optional = 1;
    p = ExAllocatePool3(POOL_FLAG_NON_PAGED, 10, TAG, &parameter, 1);
    CHECK(p != NULL);
    ExFreePool(p);
}

static void raise_on_failure(void) {
    NTSTATUS status = STATUS_SUCCESS;
    __try {
        ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_RAISE_ON_FAILURE, 10, 0);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    CHECK_STATUS(status, STATUS_INVALID_PARAMETER);
    status = STATUS_SUCCESS;
    __try {
        ExAllocatePoolWithQuotaTag(NonPagedPoolNx, ~(SIZE_T)0, TAG);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    CHECK_STATUS(status, STATUS_INSUFFICIENT_RESOURCES);
    CHECK_PTR(ExAllocatePoolWithTag(NonPagedPoolNx, ~(SIZE_T)0, TAG), NULL);
}

static void verifier_queries(PDRIVER_OBJECT driver) {
    ULONG flags = 0;
    CHECK_STATUS(MmIsVerifierEnabled(&flags), STATUS_SUCCESS);
    CHECK(flags != 0);
    CHECK(MmIsDriverVerifyingByAddress((PVOID)(ULONG_PTR)&verifier_queries));
    CHECK(MmIsDriverVerifying(driver));
}

static void run_checks(PDRIVER_OBJECT driver) {
    allocate_with_tag();
    allocate_by_flags();
    raise_on_failure();
    verifier_queries(driver);
}
