// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "verify/rules.hpp"

#include <cstddef>

#include "base/assert.hpp"

namespace verify {
namespace {

constexpr rule_text table_[] = {
#define OPENWSK_RULE_ROW(identifier, name, level, code, p1, hint) \
    {name, severity::level, code, p1, hint},
    OPENWSK_RULES(OPENWSK_RULE_ROW)
#undef OPENWSK_RULE_ROW
};

}  // namespace

const rule_text& text_of(rule id) noexcept {
    const auto index = static_cast<size_t>(id);
    OPENWSK_ASSERT(index < rule_count);
    return table_[index];
}

}  // namespace verify
