// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Context areas of driver objects, which go with the driver.

#include "check.h"

static int one;
static int two;

static void run_checks(PDRIVER_OBJECT driver) {
    PVOID area;
    PVOID other;
    PGENERIC_MAPPING mapping = IoGetFileObjectGenericMapping();
    CHECK_PTR(IoGetDriverObjectExtension(driver, &one), NULL);
    REQUIRE(NT_SUCCESS(IoAllocateDriverObjectExtension(driver, &one, 100, &area)));
    CHECK(area != NULL && RtlCompareMemory(area, area, 100) == 100);
    CHECK_EQ(((PUCHAR)area)[99], 0);
    RtlFillMemory(area, 100, 1);
    CHECK_STATUS(IoAllocateDriverObjectExtension(driver, &one, 100, &other),
                 STATUS_OBJECT_NAME_COLLISION);
    CHECK_PTR(other, NULL);
    CHECK_STATUS(IoAllocateDriverObjectExtension(driver, &two, 1, &other), STATUS_SUCCESS);
    CHECK_PTR(IoGetDriverObjectExtension(driver, &one), area);
    CHECK_PTR(IoGetDriverObjectExtension(driver, &two), other);

    CHECK_EQ(mapping->GenericRead, FILE_GENERIC_READ);
    CHECK_EQ(mapping->GenericAll, FILE_ALL_ACCESS);
}
