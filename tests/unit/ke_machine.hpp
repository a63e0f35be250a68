// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A machine with the kernel part only, for unit tests.

#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "base/machine.hpp"
#include "host/host.hpp"
#include "ke/kernel.hpp"
#include "mm/try_new.hpp"

class ke_machine {
public:
    explicit ke_machine(uint32_t processors = 4) {
        base::machine_options options;
        options.processors = processors;
        machine_.reset(mm::try_new<base::machine>(host::linux_host(), options));
        kernel_ =
            &machine_->install(std::unique_ptr<ke::kernel>(mm::try_new<ke::kernel>(*machine_)));
    }

    /// Adds a part that is made from the machine.
    template <class Part>
    Part& add() {
        return machine_->install(std::unique_ptr<Part>(new (std::nothrow) Part(*machine_)));
    }

    base::machine& machine() { return *machine_; }
    ke::kernel& kernel() { return *kernel_; }
    ke::thread& attach() { return ke::attach(*machine_); }

private:
    std::unique_ptr<base::machine> machine_;
    ke::kernel* kernel_ = nullptr;
};

/// Runs fn(thread, number) on n threads of the machine at once; returns when all have ended.
template <class Fn>
void on_threads(ke_machine& m, int n, Fn fn) {
    std::vector<std::thread> threads;
    for (int i = 0; i < n; ++i) {
        threads.emplace_back([&m, fn, i] { fn(m.attach(), i); });
    }
    for (std::thread& t : threads) {
        t.join();
    }
}
