// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The edge: what every exported NT, NMR and WSK function does first.
//
//     NTSTATUS NmrDeregisterClient(HANDLE h) {
//         OPENWSK_EDGE(DISPATCH_LEVEL);
//         return e.machine().get<nmr::registrar>().deregister_client(h, e.caller()).code();
//     }
//
// The constructor attaches the thread, offers a schedule point, checks the IRQL rule of the
// function (rules irql-too-high, irql-too-low) and the stack that the driver has used
// (stack-budget) and, below DISPATCH_LEVEL, runs the completions this thread still owes (completion
// policy "deferred"). The destructor offers another schedule point.

#pragma once

#include <cstdint>

#include "ke/callout.hpp"
#include "ke/thread.hpp"

namespace ke {

/// What an entry point requires. IRQL values as in wdm.h: PASSIVE 0, APC 1, DISPATCH 2.
struct api {
    const char* name;
    uint8_t irql_max = 2;
    uint8_t irql_min = 0;
};

class edge {
public:
    edge(const api& info, const void* caller) noexcept
        : info_(&info), caller_(caller), thread_(&current()) {
        host::schedule_point(*thread_, host::point::call, info_);
        if (OPENWSK_UNLIKELY(thread_->irql > info.irql_max || thread_->irql < info.irql_min)) {
            wrong_irql(*thread_, info, caller);
        }
#if !OPENWSK_ASAN && !OPENWSK_TSAN  // their frames are several times larger
        if (OPENWSK_UNLIKELY(stack_used() > stack_budget)) {
            stack_exceeded(*thread_, info, caller, stack_used());
        }
#endif
        if (thread_->irql < 2) {
            drain_deferred(*thread_);
        }
    }
    edge(const edge&) = delete;
    edge& operator=(const edge&) = delete;
    ~edge() {
        host::schedule_point(*thread_, host::point::leave, nullptr);
        // No jump in place of a last call: stacks tell by the entry point's frame what was called.
        __asm__ volatile("");
    }

    [[nodiscard]] ke::thread& thread() const noexcept {
        return *thread_;
    }
    [[nodiscard]] base::machine& machine() const noexcept {
        return *thread_->machine;
    }
    [[nodiscard]] const void* caller() const noexcept {
        return caller_;
    }
    [[nodiscard]] const char* name() const noexcept {
        return info_->name;
    }

private:
    static constexpr size_t stack_budget = 24 * 1024;

    // By value: whose address is taken does not stay in registers.
    static void wrong_irql(const ke::thread& t, const api& info, const void* caller) noexcept;
    static void stack_exceeded(const ke::thread& t, const api& info, const void* caller,
                               size_t used) noexcept;

    /// Stack that the driver has used since it was called.
    [[nodiscard]] __attribute__((always_inline)) size_t stack_used() const noexcept {
        const callout_frame* f = thread_->frame;
        return f != nullptr
                   ? static_cast<size_t>(static_cast<const char*>(f->stack) -
                                         static_cast<const char*>(__builtin_frame_address(0)))
                   : 0;
    }

    const api* info_;
    const void* caller_;
    ke::thread* thread_;
};

/// The edge where nothing stands at it: no schedule point, no event to record, no completion that
/// is owed, an IRQL that every function for <= DISPATCH_LEVEL accepts. For functions that are worth
/// a way of their own in this case, in which the stack is not measured; the other way begins with
/// an edge as ever.
class plain_edge {
public:
    plain_edge() noexcept : thread_(static_cast<ke::thread*>(host::self())) {}

    [[nodiscard]] __attribute__((always_inline)) bool holds() const noexcept {
        return OPENWSK_LIKELY(thread_ != nullptr) &&
               OPENWSK_LIKELY(thread_->plain_seat < host::seat_count) &&
               OPENWSK_LIKELY(thread_->irql <= 2) &&
               thread_->deferred_head.load(std::memory_order_relaxed) == nullptr;
    }
    [[nodiscard]] uint32_t seat() const noexcept { return thread_->plain_seat; }
    [[nodiscard]] base::machine& machine() const noexcept { return *thread_->machine; }

private:
    const ke::thread* thread_;
};

}  // namespace ke

/// The first statement of an entry point: OPENWSK_EDGE(highest IRQL, lowest IRQL) declares the
/// edge e, named after the function.
#define OPENWSK_EDGE(...) OPENWSK_EDGE_AS(__func__, __VA_ARGS__)

/// The same under the name by which drivers know the function: OPENWSK_EDGE_AS("WskSend").
#define OPENWSK_EDGE_AS(...)                              \
    static constexpr ::ke::api openwsk_api_{__VA_ARGS__}; \
    const ::ke::edge e(openwsk_api_, __builtin_return_address(0))
