// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What is explored and how, and what came of it.
//
// A schedule is one whole life of the drivers in a machine of its own on the simulated host: load,
// DriverEntry of each, a while of virtual time, DriverUnload in reverse, the report. It fails when
// the report is not clean, or by a bug check, a deadlock, no end within the step limit.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/machine.hpp"

namespace explore {

enum class method : uint8_t { random_walk, pct, depth_first };

/// A value of a service's key, see loader::set_parameter.
struct parameter {
    std::string service;
    std::string name;
    bool is_number;
    uint32_t number;
    std::string text;
};

struct setup {
    base::machine_options machine;  ///< its seed is not used: each schedule has its own
    std::vector<std::string> drivers;
    std::vector<parameter> parameters;
    std::string text_filter;
    method how = method::random_walk;
    uint64_t schedules = 1000;
    uint64_t seed = 1;         ///< of the first schedule; each uses the following one
    uint32_t depth = 3;        ///< of pct
    uint32_t preemptions = 2;  ///< bound of depth_first; host::depth_first::unbounded: none
    uint64_t steps_max = 200000;
    uint64_t run_ns = 0;        ///< virtual time between the last DriverEntry and the first unload
    uint32_t hung_seconds = 2;  ///< of CPU time, without a schedule point
    uint32_t shrink_runs_max = 400;
    bool replays = false;         ///< runs trail instead of exploring
    std::vector<uint32_t> trail;  ///< of an earlier failure
};

struct result {
    int code = 0;             ///< exit code, see openwsk/machine.h
    bool failed = false;      ///< a schedule failed, or the drivers could not be loaded
    bool finished = false;    ///< depth_first ran every schedule within its bound
    bool no_network = false;  ///< a driver asked for a socket, which a simulated machine has not
    uint64_t schedules = 0;
    uint64_t redundant = 0;  ///< given up by depth_first: they equal others
    double seconds = 0;
    double bound = 0;     ///< pct: lower bound of the chance of one run
    uint64_t points = 0;  ///< of the first schedule
    uint32_t fibers = 0;  ///< of the first schedule

    // Of the schedule that failed.
    std::string failure;  ///< one line
    uint64_t number = 0;  ///< counted from 1
    uint64_t seed = 0;
    std::string trail;  ///< for replays, shrunk
    uint64_t preemptions_found = 0;
    uint64_t preemptions = 0;  ///< of the trail
    uint64_t shrink_runs = 0;
    std::string output;   ///< what drivers and runtime wrote
    std::string threads;  ///< where each thread stood at the end
    std::string story;    ///< who ran, line by line

    std::string unrepeatable;  ///< not empty: two runs of one schedule differ, and where
};

/// Explores in child processes. The caller has one thread only and no machine.
result run(const setup& s);

}  // namespace explore
