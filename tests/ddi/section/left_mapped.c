// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A view that is not unmapped is in the report.
// exit: 1
// output: 1 section view, 4096 bytes
// output: made by .*left_mapped!run_checks

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    LARGE_INTEGER size;
    SIZE_T bytes = 0;
    PVOID base = NULL;
    HANDLE section;
    UNREFERENCED_PARAMETER(driver);
    size.QuadPart = 1;
    REQUIRE(NT_SUCCESS(ZwCreateSection(&section, SECTION_ALL_ACCESS, NULL, &size, PAGE_READWRITE,
                                       SEC_COMMIT, NULL)));
    CHECK_STATUS(ZwMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, NULL, &bytes,
                                    ViewShare, 0, PAGE_READWRITE),
                 STATUS_SUCCESS);
    ZwClose(section);
}
