// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Compiled without ThreadSanitizer instrumentation (see the build file).

#include "host/fiber.hpp"

#include <boost/context/detail/fcontext.hpp>

#include "base/annotate.hpp"
#include "base/assert.hpp"

extern "C" {
#if OPENWSK_ASAN
void __asan_unpoison_memory_region(const volatile void* address, size_t bytes);
void __sanitizer_start_switch_fiber(void** fake_stack_save, const void* bottom, size_t size);
void __sanitizer_finish_switch_fiber(void* fake_stack_save, const void** bottom_old,
                                     size_t* size_old);
#endif
#if defined(OPENWSK_TSAN_RUNTIME)
void* __tsan_get_current_fiber(void);
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void __tsan_flush_memory(void);
#endif
}

namespace host {
namespace {

namespace context = boost::context::detail;

#if defined(OPENWSK_TSAN_RUNTIME)
constexpr unsigned no_sync = 1;
#endif

}  // namespace

void order_release([[maybe_unused]] void* address) noexcept {
#if defined(OPENWSK_TSAN_RUNTIME)
    __tsan_release(address);
#endif
}

void order_acquire([[maybe_unused]] void* address) noexcept {
#if defined(OPENWSK_TSAN_RUNTIME)
    __tsan_acquire(address);
#endif
}

void forget_accesses() noexcept {
#if defined(OPENWSK_TSAN_RUNTIME)
    __tsan_flush_memory();
#endif
}

fiber::~fiber() {
#if defined(OPENWSK_TSAN_RUNTIME)
    if (owns_tsan_fiber_) {
        __tsan_destroy_fiber(tsan_fiber_);
    }
#endif
}

void fiber::adopt_current() noexcept {
    stack_base_ = nullptr;
    stack_bytes_ = 0;
#if defined(OPENWSK_TSAN_RUNTIME)
    tsan_fiber_ = __tsan_get_current_fiber();
#endif
}

void fiber::prepare(void* base, size_t bytes, entry_fn entry, void* argument) noexcept {
    stack_base_ = base;
    stack_bytes_ = bytes;
    entry_ = entry;
    argument_ = argument;
    asan_fake_stack_ = nullptr;
#if OPENWSK_ASAN
    // What an abandoned fiber left poisoned.
    __asan_unpoison_memory_region(base, bytes);
#endif
    context_ =
        context::make_fcontext(static_cast<char*>(base) + bytes, bytes, [](context::transfer_t t) {
            fiber* me = static_cast<fiber*>(t.data);
            me->arrived(t.fctx);
            me->entry_(me->argument_);
            OPENWSK_UNREACHABLE("a fiber entry function returned");
        });
#if defined(OPENWSK_TSAN_RUNTIME)
    // The calls that an abandoned fiber was in stay in the sanitizer's stack of it.
    if (owns_tsan_fiber_ && !unwound_) {
        __tsan_destroy_fiber(tsan_fiber_);
        owns_tsan_fiber_ = false;
    }
    if (!owns_tsan_fiber_) {
        tsan_fiber_ = __tsan_create_fiber(0);
        owns_tsan_fiber_ = true;
    }
#endif
    unwound_ = false;
}

// Runs on the stack just entered, before anything else there.
void fiber::arrived(void* from_context) noexcept {
    fiber* from = came_from_;
    from->context_ = from_context;
#if OPENWSK_ASAN
    const void* old_base = nullptr;
    size_t old_bytes = 0;
    __sanitizer_finish_switch_fiber(asan_fake_stack_, &old_base, &old_bytes);
    if (from->stack_base_ == nullptr) {
        from->stack_base_ = const_cast<void*>(old_base);
        from->stack_bytes_ = old_bytes;
    }
#endif
}

void fiber::become() noexcept {
#if defined(OPENWSK_TSAN_RUNTIME)
    if (__tsan_get_current_fiber() != tsan_fiber_) {
        __tsan_switch_to_fiber(tsan_fiber_, no_sync);
    }
#endif
}

void fiber::switch_to(fiber& other, [[maybe_unused]] bool finished) noexcept {
    other.came_from_ = this;
#if OPENWSK_ASAN
    __sanitizer_start_switch_fiber(finished ? nullptr : &asan_fake_stack_, other.stack_base_,
                                   other.stack_bytes_);
#endif
    const context::transfer_t t = context::jump_fcontext(other.context_, &other);
    arrived(t.fctx);
}

}  // namespace host
