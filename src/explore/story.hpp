// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The journal of a schedule as text, for people: who ran, until where, and why it stopped.

#pragma once

#include <string>

#include "explore/board.hpp"
#include "host/journal.hpp"

namespace explore {

/// "thread 5 (race!Worker)"
std::string name_of_thread(const host::journal& pages, uint32_t fiber);

/// "KeSetEvent, at race!Worker+0x1f (race.c:33)"; empty when at is null.
std::string describe_call(const void* in, const void* at);

/// One line for each stretch that a thread ran.
std::string tell_story(const host::journal& pages);

/// One line for each thread that has not ended: where it stands.
std::string describe_threads(const board& b, const host::journal& pages);

/// What happens at event i.
std::string describe_event(const host::journal& pages, uint64_t i);

}  // namespace explore
