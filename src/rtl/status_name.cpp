// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "rtl/status_name.hpp"

#include <cstdio>
#include <cstring>

#include "wdk/abi/ntstatus_table.h"

namespace rtl {
namespace {

struct row {
    int32_t value;
    const char* name;
};

constexpr row rows[] = {
#define OPENWSK_STATUS_ROW(name) {name, #name},
    OPENWSK_NTSTATUS_TABLE(OPENWSK_STATUS_ROW)
#undef OPENWSK_STATUS_ROW
};
constexpr size_t row_count = sizeof rows / sizeof rows[0];

constexpr bool ascending() noexcept {
    for (size_t i = 1; i < row_count; ++i) {
        if (static_cast<uint32_t>(rows[i - 1].value) > static_cast<uint32_t>(rows[i].value)) {
            return false;
        }
    }
    return true;
}
static_assert(ascending(), "ntstatus_table.h is out of order");

}  // namespace

const char* status_name(int32_t status) noexcept {
    size_t low = 0;
    size_t high = row_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (static_cast<uint32_t>(rows[middle].value) < static_cast<uint32_t>(status)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < row_count && rows[low].value == status ? rows[low].name : nullptr;
}

bool status_value(const char* name, int32_t& out) noexcept {
    for (const row& r : rows) {
        if (std::strcmp(r.name, name) == 0) {
            out = r.value;
            return true;
        }
    }
    return false;
}

const char* describe_status(int32_t status, char* text, size_t capacity) noexcept {
    const char* name = status_name(status);
    const auto value = static_cast<uint32_t>(status);
    if (name != nullptr) {
        std::snprintf(text, capacity, "%s (0x%08X)", name, value);
    } else {
        std::snprintf(text, capacity, "0x%08X", value);
    }
    return text;
}

}  // namespace rtl
