// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ps/thread.hpp"

#include <csetjmp>

#include "ke/callout.hpp"
#include "mm/try_new.hpp"
#include "verify/violation.hpp"

namespace ps {
namespace {

struct start_block : base::heap_object {
    start_block(PKSTART_ROUTINE r, void* c) noexcept : routine(r), context(c) {}
    PKSTART_ROUTINE routine;
    void* context;
};

// setjmp in a function of its own, without locals that live across it.
__attribute__((noinline)) void run_routine(ke::thread& self, const start_block& start) noexcept {
    std::jmp_buf gate;
    self.end_gate = &gate;
    if (setjmp(gate) == 0) {
        ke::callout(ke::callout_kind::thread_start, start.routine, start.context);
        self.exit_status.store(STATUS_SUCCESS, std::memory_order_relaxed);
    }
    self.end_gate = nullptr;
}

void thread_main(void* argument) noexcept {
    ke::thread& self = ke::current();
    auto* block = static_cast<start_block*>(argument);
    const start_block start = *block;
    delete block;
    run_routine(self, start);
    if (const int owned = self.mutants.load(std::memory_order_relaxed); owned != 0) {
        // Reports show return addresses, which lie behind what they are about.
        verify::violation(verify::rule::thread_owns_mutex,
                          reinterpret_cast<const char*>(start.routine) + 1, self.object(),
                          "thread %u ends and owns %d mutexes", self.id, owned);
    }
}

}  // namespace

base::ref_ptr<ke::thread> create(ke::kernel& k, PKSTART_ROUTINE routine, void* context,
                                 const void* caller) noexcept {
    auto* block = mm::try_new<start_block>(routine, context);
    if (block == nullptr) {
        return {};
    }
    ke::spawn_options options;
    options.name = "driver";
    options.start = reinterpret_cast<const void*>(routine);
    options.image = ke::module_of(options.start);
    options.creator = caller;
    base::ref_ptr<ke::thread> t = k.spawn(options, thread_main, block);
    if (!t) {
        delete block;
    }
    return t;
}

bool is_system_thread(const ke::thread& t) noexcept {
    return t.entry == thread_main;
}

void terminate(ke::thread& self, NTSTATUS status, const void* caller) noexcept {
    if (!is_system_thread(self)) {
        return;
    }
    const ke::callout_frame* f = self.frame;
    if (OPENWSK_UNLIKELY(f == nullptr || f->kind != ke::callout_kind::thread_start)) {
        verify::violation(verify::rule::thread_bad_terminate, caller, nullptr,
                          "PsTerminateSystemThread inside a %s",
                          f != nullptr ? ke::name_of(f->kind) : "thread without a routine");
    }
    self.exit_status.store(status, std::memory_order_relaxed);
    ke::callout_scope::abandon(self);
    std::longjmp(*static_cast<std::jmp_buf*>(self.end_gate), 1);
}

}  // namespace ps
