// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What a child process that runs schedules leaves for its parent, in shared pages: the parent reads
// it when the child has ended, however that came about. Addresses in it are of code that both have
// mapped at the same place.

#pragma once

#include <cstdint>

#include "host/sim.hpp"

namespace explore {

enum class failure : uint8_t {
    none,
    found,        ///< a violation, or something left behind
    not_started,  ///< DriverEntry failed
    deadlock,
    no_end,    ///< more steps than the limit
    hung,      ///< a thread runs without reaching a schedule point
    stopped,   ///< bug check
    reported,  ///< by a sanitizer
    internal,  ///< an assertion of the runtime
    died,      ///< the process was ended by a signal
};

struct verdict {
    failure kind;
    int code;          ///< exit code that it justifies
    char what[256];    ///< the same text for the same failure
    const void* site;  ///< where in a driver, or null; a return address
    bool no_network;   ///< a driver asked for a socket
    uint64_t hash;     ///< of a run that came to its end
};

/// Where a thread stands when a run ends without coming to its end.
struct standing {
    uint32_t fiber;
    bool running;
    bool waits;
    host::point step;
    const void* in;  ///< the function of the runtime that the driver called
    const void* at;  ///< return address in the driver, or null
};

struct board {
    static constexpr uint32_t standings_max = 64;

    uint64_t begun;  ///< schedules
    uint64_t complete;
    uint64_t redundant;
    uint64_t seed;   ///< of the schedule that runs
    bool exhausted;  ///< depth_first has finished
    double bound;    ///< of pct
    verdict last;
    uint32_t standing_count;
    standing standings[standings_max];

    void begin(uint64_t seed_of_run) noexcept {
        seed = seed_of_run;
        last = {};
        standing_count = 0;
        ++begun;
    }
};

}  // namespace explore
