// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// THE lock order of the runtime. A thread may take a lock only if its rank is greater than the
// rank of every lock it holds; host::mutex asserts that in every build. Outermost first:
//
//   loader            loaded modules, drivers
//     client          one WSK registration instance; the WSK client object
//       subsystem     readiness of the WSK subsystem
//         nmr         registrar tables and bindings
//           socket    one WSK socket: state, queues, strand
//             io_loop      loop pool, monitor
//               handle     handle table
//               name       named sections, views, open files
//               object     object table
//                 thread   thread list, work queues
//                   net_socket    transport socket
//                     net_loop    ready and timer lists of an event loop
//                       irp       IRP slab, cancel spin lock
//                         executive  rundown, resources, push-lock side tables
//                           timer    timer queue
//                             processor  virtual processors and their DPC queues
//                               wait     hashed dispatcher locks (several, in bucket order)
//                                 memory   pool, MDL and lookaside ledgers
//                                   verify  ledgers, rules, fault points
//                                     trace   event rings, sinks
//
// Locks of equal rank are never held together, with one exception: the wait engine takes several
// dispatcher buckets in ascending bucket order (mutex::lock_another).

#pragma once

#include <cstdint>

namespace base {

enum class lock_rank : uint8_t {
    loader = 2,
    client = 6,
    subsystem = 10,
    nmr = 14,
    socket = 18,
    io_loop = 22,
    handle = 24,
    name = 25,
    object = 26,
    thread = 30,
    net_socket = 34,
    net_loop = 38,
    irp = 42,
    executive = 44,
    timer = 46,
    processor = 48,
    wait = 52,
    memory = 56,
    verify = 58,
    trace = 60,
    leaf = 62,
};

}  // namespace base
