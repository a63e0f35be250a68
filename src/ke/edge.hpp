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
        host::schedule_point(host::point::call, info_);
        if (OPENWSK_UNLIKELY(thread_->irql > info.irql_max || thread_->irql < info.irql_min)) {
            wrong_irql();
        }
#if !OPENWSK_ASAN && !OPENWSK_TSAN  // their frames are several times larger
        if (OPENWSK_UNLIKELY(stack_used() > stack_budget)) {
            stack_exceeded();
        }
#endif
        if (thread_->irql < 2) {
            drain_deferred(*thread_);
        }
    }
    edge(const edge&) = delete;
    edge& operator=(const edge&) = delete;
    ~edge() {
        if (OPENWSK_UNLIKELY(thread_->host->simulated())) {
            host::schedule_point(host::point::leave, nullptr);
        }
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

    void wrong_irql() const noexcept;
    void stack_exceeded() const noexcept;

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

}  // namespace ke

/// The first statement of an entry point: OPENWSK_EDGE(highest IRQL, lowest IRQL) declares the
/// edge e, named after the function.
#define OPENWSK_EDGE(...) OPENWSK_EDGE_AS(__func__, __VA_ARGS__)

/// The same under the name by which drivers know the function: OPENWSK_EDGE_AS("WskSend").
#define OPENWSK_EDGE_AS(...)                              \
    static constexpr ::ke::api openwsk_api_{__VA_ARGS__}; \
    const ::ke::edge e(openwsk_api_, __builtin_return_address(0))
