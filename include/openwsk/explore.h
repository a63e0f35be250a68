/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 The OpenWSK authors
 *
 * Exploring: the same drivers again and again, each time under another schedule of their threads,
 * on a simulated machine with virtual time. docs/simulation.md explains it.
 *
 *     struct openwsk_explore_options options = OPENWSK_EXPLORE_OPTIONS_INIT;
 *     const char *drivers[] = {"race.so"};
 *     struct openwsk_exploration *e;
 *     options.drivers = drivers;
 *     options.driver_count = 1;
 *     if (openwsk_explore(&options, &e) == OPENWSK_OK) {
 *         ... openwsk_exploration_get(e)->failure ...
 *         openwsk_exploration_free(e);
 *     }
 *
 * The conventions are those of <openwsk/machine.h>. The calling process has one thread and has made
 * no machine: the schedules run in child processes of it.
 */
#pragma once

#include <openwsk/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

enum openwsk_strategy {
    OPENWSK_STRATEGY_RANDOM = 0, /* every thread that can run is equally likely at each point */
    OPENWSK_STRATEGY_PCT = 1,    /* random priorities, changed at a few random points */
    OPENWSK_STRATEGY_DFS = 2     /* one after the other, up to a bound of preemptions */
};

#define OPENWSK_UNBOUNDED UINT32_MAX

/* A value of a service's key and of its subkey Parameters, see openwsk_set_param_dword. */
struct openwsk_parameter {
    const char* service;
    const char* name;
    const char* text; /* NULL: number */
    uint32_t number;
};

struct openwsk_explore_options {
    size_t size;
    const struct openwsk_machine_options* machine; /* seed and is_default are not used; NULL */
    const char* const* drivers;                    /* in the order they are loaded */
    size_t driver_count;
    const struct openwsk_parameter* parameters;
    size_t parameter_count;
    const char* text_filter; /* of what drivers print in the schedule that is shown; NULL: all */
    uint32_t strategy;       /* enum openwsk_strategy */
    uint32_t depth;          /* PCT: how many events must come in one order */
    uint32_t preemptions;    /* DFS: bound, or OPENWSK_UNBOUNDED */
    uint32_t reserved;       /* 0 */
    uint64_t schedules;      /* at most */
    uint64_t seed;           /* of the first schedule; each uses the following one */
    uint64_t steps;          /* a schedule that takes more does not end */
    uint64_t run_ns;         /* virtual time between the last DriverEntry and the first unload */
    const char* replay;      /* a trail: runs that schedule only; NULL */
};

#define OPENWSK_EXPLORE_OPTIONS_INIT                                          \
    {                                                                         \
        sizeof(struct openwsk_explore_options), NULL, NULL, 0, NULL, 0, NULL, \
            OPENWSK_STRATEGY_RANDOM, 3, 2, 0, 1000, 1, 200000, 0, NULL        \
    }

struct openwsk_exploration;

/* What came of it. Texts are empty where there is nothing to say, and belong to the exploration. */
struct openwsk_exploration_facts {
    size_t size;
    int code;           /* exit code that it justifies */
    int failed;         /* a schedule failed, or the drivers could not be loaded */
    int finished;       /* DFS: every schedule within the bound was run */
    int no_network;     /* a driver asked for a socket, which a simulated machine has not */
    uint64_t schedules; /* run to their ends */
    uint64_t redundant; /* DFS: given up because they equal others */
    uint64_t points;    /* schedule points of the first one */
    uint32_t threads;   /* threads of the first one */
    uint32_t reserved;
    double seconds;
    double bound;        /* PCT: lower bound of the chance that one run shows a bug */
    const char* failure; /* one line */
    uint64_t number;     /* of the schedule that failed, from 1; 0: none was run */
    uint64_t seed;       /* of the schedule that failed */
    const char* trail;   /* for replay, with that seed and the same strategy; shrunk */
    uint64_t preemptions_found;
    uint64_t preemptions; /* of the trail */
    uint64_t shrink_runs;
    const char* output;       /* what the drivers and the runtime wrote in the schedule shown */
    const char* threads_text; /* where each thread stood when it did not come to its end */
    const char* story;        /* who ran, one line for each stretch */
    const char* unrepeatable; /* two runs of one schedule differ: where */
};

/* Explores. *exploration goes back to openwsk_exploration_free. OPENWSK_BAD_ARGUMENT also for
 * a trail that is none. What is found is no error of the function. */
OPENWSK_API enum openwsk_result openwsk_explore(const struct openwsk_explore_options* options,
                                                struct openwsk_exploration** exploration);
OPENWSK_API const struct openwsk_exploration_facts* openwsk_exploration_get(
    const struct openwsk_exploration* exploration);
/* Writes it all as JSON, see docs/simulation.md. */
OPENWSK_API void openwsk_exploration_json(const struct openwsk_exploration* exploration,
                                          openwsk_write_function* function, void* context);
OPENWSK_API void openwsk_exploration_free(struct openwsk_exploration* exploration);

#ifdef __cplusplus
}
#endif
