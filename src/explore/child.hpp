// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A child process that runs schedules: forked from a parent with one thread, watched, survived.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "explore/board.hpp"
#include "host/journal.hpp"

namespace explore {

/// The pages that a child shares with its parent.
class shared {
public:
    explicit shared(uint64_t steps_max) noexcept;
    shared(const shared&) = delete;
    shared& operator=(const shared&) = delete;
    ~shared();

    [[nodiscard]] bool ok() const noexcept { return board_ != nullptr && pages_.ok(); }
    [[nodiscard]] board& sheet() const noexcept { return *board_; }
    [[nodiscard]] host::journal& pages() noexcept { return pages_; }

private:
    board* board_ = nullptr;
    host::journal pages_;
};

/// Runs body in a child process, its standard output and error going to *output (null: dropped).
/// When the child ends in a way that its body did not foresee, or makes no progress for silent_s
/// seconds and is ended, the board's verdict says so. False when there is no process to be had.
bool run_child(shared& s, const std::function<void()>& body, uint32_t silent_s,
               std::string* output);

}  // namespace explore
