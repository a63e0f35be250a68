// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Schedule points in driver code: the inline functions of the driver headers (Interlocked...,
// YieldProcessor) call in here while the process runs simulations. Declared in
// include/wdk/abi/runtime.h.

#include "host/sim.hpp"
#include "wdk/abi/runtime.h"

extern "C" {

OPENWSK_EXPORT volatile int openwsk_simulating = 0;

OPENWSK_EXPORT VOID openwsk_schedule_point(const volatile VOID* Address) {
    if (Address != nullptr) {
        host::schedule_point(host::point::interlocked, Address);
    } else if (host::thread* t = host::self(); t != nullptr && t->host != nullptr) {
        t->host->spin(0);
    }
}

}  // extern "C"
