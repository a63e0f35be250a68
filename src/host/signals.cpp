// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/signals.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>

#include <dlfcn.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/annotate.hpp"
#include "host/backtrace.hpp"
#include "host/host.hpp"
#include "host/symbolize.hpp"

namespace host {
namespace {

// Symbol look-ups of the report run on it.
constexpr int longest_call = 7;  // bytes
constexpr size_t signal_stack_bytes = 256 * 1024;
constexpr unsigned patience_s = 10;
constexpr uintptr_t page = 4096;
// Frames larger than the guard page step over it; what lies this far below is still an overflow.
constexpr uintptr_t overflow_reach = 64 * 1024;
constexpr greg_t error_write = 2;
constexpr greg_t error_fetch = 16;
constexpr greg_t trap_page_fault = 14;

// Release by catch_faults, acquire by threads that start and by the signal handler.
constinit std::atomic<fault_handler> handler_{nullptr};
constinit std::atomic<int> exit_code_{0};

class signal_stack {
public:
    signal_stack() = default;
    signal_stack(const signal_stack&) = delete;
    signal_stack& operator=(const signal_stack&) = delete;
    ~signal_stack() {
        if (base_ != nullptr) {
            stack_t none{};
            none.ss_flags = SS_DISABLE;
            sigaltstack(&none, nullptr);
            munmap(base_, signal_stack_bytes);
        }
    }

    void use() noexcept {
        if (base_ != nullptr) {
            return;
        }
        void* memory = mmap(nullptr, signal_stack_bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
        if (memory == MAP_FAILED) {
            return;  // a fault then ends the process without a report
        }
        base_ = memory;
        stack_t stack{};
        stack.ss_sp = memory;
        stack.ss_size = signal_stack_bytes;
        sigaltstack(&stack, nullptr);
    }

private:
    void* base_ = nullptr;
};

thread_local signal_stack stack_;

fault_kind kind_of(int signal) noexcept {
    switch (signal) {
        case SIGBUS:
            return fault_kind::bus;
        case SIGFPE:
            return fault_kind::arithmetic;
        case SIGILL:
            return fault_kind::instruction;
        default:
            return fault_kind::access;
    }
}

// Code of a driver, or of the image that this is in.
bool in_known_code(const void* address) noexcept {
    if (in_driver(address)) {
        return true;
    }
    static const char here = 0;
    Dl_info ours{};
    Dl_info theirs{};
    return dladdr(&here, &ours) != 0 && dladdr(address, &theirs) != 0 &&
           ours.dli_fbase == theirs.dli_fbase;
}

// True where the bytes before an address in such code can be a call: anything else on a stack is no
// return address.
bool behind_call(const void* address) noexcept {
    const auto* at = static_cast<const unsigned char*>(address);
    if (!in_known_code(at - longest_call) || !in_known_code(at)) {
        return false;
    }
    constexpr unsigned char call_relative = 0xe8;
    if (at[-5] == call_relative) {
        return true;
    }
    // FF /2: through a register or memory, with up to five bytes of address.
    for (int back = 2; back <= longest_call; ++back) {
        if (at[-back] == 0xff && (at[1 - back] & 0x38) == 0x10) {
            return true;
        }
    }
    return false;
}

// The word on top of the stack is the return address where a leaf function (memcpy) or a call to
// nowhere faulted, before any frame was set up.
const void* top_of_stack(uintptr_t sp) noexcept {
    const stack_limits& limits = current_stack();
    if (sp % sizeof(void*) != 0 || sp < limits.low || sp + sizeof(void*) > limits.high) {
        return nullptr;
    }
    return *reinterpret_cast<const void* const*>(sp);
}

void on_signal(int signal, siginfo_t* info, void* context) noexcept {
    alarm(patience_s);
    if (thread* t = self()) {
        t->held_ranks = 0;  // the report takes locks of its own, whatever is held here
        ++t->unobserved;    // and nobody else runs in the meantime
    }
    const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    const auto sp = static_cast<uintptr_t>(registers[REG_RSP]);
    fault f{};
    f.kind = kind_of(signal);
    f.instruction = reinterpret_cast<const void*>(registers[REG_RIP]);
    f.address = info->si_addr;
    const bool page_fault = registers[REG_TRAPNO] == trap_page_fault;
    f.address_known = signal != SIGSEGV || info->si_code != SI_KERNEL;
    f.write = page_fault && (registers[REG_ERR] & error_write) != 0;
    f.execute = (page_fault && (registers[REG_ERR] & error_fetch) != 0) ||
                (signal == SIGSEGV && f.address == f.instruction);
    const stack_limits& limits = current_stack();
    const auto address = reinterpret_cast<uintptr_t>(f.address);
    f.stack_overflow = page_fault && limits.low != 0 && address < limits.low + page &&
                       address >= limits.low - overflow_reach && sp < limits.low + 2 * page;
    if (!in_driver(f.instruction) || f.execute) {
        const void* top = top_of_stack(sp);
        if (f.execute || behind_call(top)) {
            f.frames[f.depth++] = top;
        }
    }
    f.depth += backtrace_from(static_cast<uintptr_t>(registers[REG_RBP]), f.frames + f.depth,
                              sizeof f.frames / sizeof f.frames[0] - f.depth);
    handler_.load(std::memory_order_acquire)(f);
    // Somebody else's fault: the instruction faults again, without us.
    alarm(0);
    std::signal(signal, SIG_DFL);
}

void on_alarm(int) noexcept {
    _exit(exit_code_.load(std::memory_order_relaxed));
}

}  // namespace

void catch_faults(fault_handler handler, int exit_code) noexcept {
    if (OPENWSK_ASAN != 0 || OPENWSK_TSAN != 0) {
        return;
    }
    exit_code_.store(exit_code, std::memory_order_relaxed);
    fault_handler none = nullptr;
    if (!handler_.compare_exchange_strong(none, handler, std::memory_order_acq_rel)) {
        return;
    }
    prepare_thread_for_faults();
    struct sigaction action {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
        sigaction(signal, &action, nullptr);
    }
    struct sigaction hung {};
    hung.sa_handler = on_alarm;
    sigemptyset(&hung.sa_mask);
    sigaction(SIGALRM, &hung, nullptr);
}

void prepare_thread_for_faults() noexcept {
    if (handler_.load(std::memory_order_acquire) != nullptr) {
        current_stack();
        stack_.use();
    }
}

}  // namespace host
