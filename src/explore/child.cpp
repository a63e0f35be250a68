// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "explore/child.hpp"

#include <cstdio>
#include <cstring>
#include <new>

#include "host/process.hpp"

namespace explore {
namespace {

constexpr int exit_internal = 70;

// What the child itself could not write down.
void judge_end(const host::child_end& end, verdict& v) noexcept {
    if (v.kind != failure::none || (end.code == 0 && end.signal == 0)) {
        return;
    }
    v.kind = failure::died;
    v.code = exit_internal;
    if (end.signal != 0) {
        std::snprintf(v.what, sizeof v.what, "the run was ended by signal %d (%s)", end.signal,
                      strsignal(end.signal));
    } else {
        std::snprintf(v.what, sizeof v.what, "the process ended with exit code %d", end.code);
    }
}

}  // namespace

shared::shared(uint64_t steps_max) noexcept : pages_(steps_max) {
    if (void* page = host::map_shared(sizeof(board))) {
        board_ = new (page) board{};
    }
}

shared::~shared() {
    if (board_ != nullptr) {
        host::unmap_shared(board_, sizeof(board));
    }
}

bool run_child(shared& s, const std::function<void()>& body, uint32_t silent_s,
               std::string* output) {
    s.sheet() = {};
    s.pages().begin();
    host::child_end end{};
    if (!host::run_child(body, s.pages().progress(), silent_s, output, end)) {
        return false;
    }
    judge_end(end, s.sheet().last);
    return true;
}

}  // namespace explore
