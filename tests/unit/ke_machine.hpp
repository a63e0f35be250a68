// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A machine with the kernel part only, for unit tests.

#pragma once

#include <memory>

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
