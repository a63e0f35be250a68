// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The declarations as the library includes them: beside libstdc++ and libc, with a 32-bit wchar_t.
// compile.sh compiles this unit without the driver flags.

#include <algorithm>
#include <atomic>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wdk/abi/bugcodes_table.h"
#include "wdk/abi/crt.h"
#include "wdk/abi/ntstatus_table.h"
#include "wdk/abi/runtime.h"
#include "wdk/abi/seh.h"
#include "wdk/abi/wdm.h"
#include "wdk/abi/wsk.h"

// What comes after may still be the standard library.
#include <chrono>
#include <functional>
#include <map>

static_assert(sizeof(WCHAR) == 2 && std::is_same<WCHAR, char16_t>::value, "");
static_assert(std::min(1, 2) == 1, "no macro of this name");

struct name {
    unsigned value;
    const char* text;
};
#define ROW(Name) {static_cast<unsigned>(Name), #Name},
constexpr name statuses[] = {OPENWSK_NTSTATUS_TABLE(ROW)};
[[maybe_unused]] constexpr name bug_checks[] = {OPENWSK_BUGCODE_TABLE(ROW)};

constexpr bool ascending() {
    for (size_t i = 1; i < sizeof(statuses) / sizeof(statuses[0]); ++i) {
        if (statuses[i - 1].value >= statuses[i].value) {
            return false;
        }
    }
    return true;
}
static_assert(ascending(), "status names ascend by value, each value once");
