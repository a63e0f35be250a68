// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A driver that frees pool with another tag is stopped; the report shows both.
// exit: 3
// output: OPENWSK VIOLATION pool-wrong-tag
// output: has tag 'Mine' and is freed with tag 'Your'; allocated by .*wrong_tag.c:19
// output: in ddi_verify_wrong_tag!.*wrong_tag.c:22
// output: BUGCHECK 0x000000C2 BAD_POOL_CALLER \(0xA,

#include "check.h"

#define MINE 'eniM'
#define YOURS 'ruoY'

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    // Allocation and free are named by line.
    void* block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 40, MINE);
    REQUIRE(block != NULL);

    ExFreePoolWithTag(block, YOURS);
    CHECK(FALSE);
}
