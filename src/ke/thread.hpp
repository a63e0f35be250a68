// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The kernel's view of a thread: what KTHREAD/ETHREAD hold on Windows. PETHREAD and PKTHREAD of
// drivers point at its dispatcher header.
//
// A thread belongs to one machine. The runtime makes system threads, I/O threads and workers
// (ke::kernel::spawn); a thread that NT did not create is attached by its first NT call
// (ke::current), to the default machine unless somebody bound it to another one before.
//
// Thread objects are type-stable: the last reference puts the object on a list from which the next
// thread is made, so a late unpark is a spurious wake-up and nothing else.
//
// Life:      idle -> running        [kernel::spawn, attach]
//            running -> ended       [the entry function returned; detach]
//            ended -> idle          [last reference released]
//   running: on the kernel's thread list; the thread itself holds one reference.
//   ended:   off the list; the dispatcher header is signaled; held by handles and pointers only.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/list.hpp"
#include "base/machine.hpp"
#include "base/ref_ptr.hpp"
#include "host/host.hpp"
#include "wdk/abi/ke.h"

namespace ke {

class kernel;
class processor;
struct module;
struct callout_frame;
struct deferred;

inline constexpr int32_t default_priority = 8;

enum class thread_state : uint8_t { idle, running, ended };

struct thread : host::thread {
    /// What PETHREAD and PKTHREAD point at: signaled when the thread has ended.
    DISPATCHER_HEADER header;

    // Constant while the thread runs.
    uint32_t id = 0;        ///< PsGetCurrentThreadId, a multiple of four
    bool attached = false;  ///< not started by the runtime
    const void* start = nullptr;
    kernel* home = nullptr;          ///< the kernel part of its machine
    uint64_t created_100ns = 0;      ///< system time
    void (*entry)(void*) = nullptr;  ///< of a thread the runtime started
    void* argument = nullptr;
    module* image = nullptr;  ///< stays loaded until the thread has ended

    // Owned by the thread itself.
    processor* cpu = nullptr;  ///< held while IRQL >= DISPATCH_LEVEL
    uint32_t last_cpu = 0;
    uint64_t system_affinity = 0;    ///< overrides user_affinity while not 0
    callout_frame* frame = nullptr;  ///< innermost gate on this stack
    module* last_image = nullptr;    ///< called into last
    uint32_t depth = 0;              ///< gates on this stack
    void* seh_top = nullptr;         ///< innermost __try outside every gate
    int32_t seh_deferred = 0;        ///< the status that a __finally goes on raising ...
    bool seh_is_deferred = false;    ///< ... if there is one
    uint32_t critical_regions = 0;
    uint32_t guarded_regions = 0;
    const void* waits_for = nullptr;     ///< what the thread blocks on, for reports
    const void* nmr_callback = nullptr;  ///< innermost nmr::callback_frame on this stack
    const void* wsk_call = nullptr;      ///< innermost wsk::socket_call on this stack
    void* end_gate = nullptr;            ///< where PsTerminateSystemThread goes (ps/thread.cpp)

    /// Work this thread must run at its next wait, fall below DISPATCH_LEVEL or NT entry below
    /// it (completion policy "deferred"). Pushed by the owner, taken whole by the owner or the
    /// monitor.
    std::atomic<deferred*> deferred_head{nullptr};
    std::atomic<uint64_t> deferred_since_ns{0};
    bool draining = false;

    // Read and written by any thread.
    std::atomic<uint64_t> user_affinity{UINT64_MAX};
    std::atomic<int32_t> mutants{0};  ///< mutexes the thread owns
    std::atomic<int32_t> priority{default_priority};
    std::atomic<int32_t> base_priority{default_priority};
    base::ref_count references;
    std::atomic<uint32_t> driver_references{0};  ///< the part of it that drivers took
    std::atomic<const void*> referenced_by{nullptr};
    std::atomic<int32_t> exit_status{STATUS_PENDING};

    // Guarded by the kernel's thread lock.
    thread_state state = thread_state::idle;
    base::list_node link;

    /// Processors the thread may run on now.
    [[nodiscard]] uint64_t affinity() const noexcept {
        return system_affinity != 0 ? system_affinity
                                    : user_affinity.load(std::memory_order_relaxed);
    }

    /// The thread as drivers name it.
    [[nodiscard]] PKTHREAD object() const noexcept {
        return reinterpret_cast<PKTHREAD>(const_cast<DISPATCHER_HEADER*>(&header));
    }

    void last_reference_released() noexcept;
};

/// Attaches the calling OS thread to the default machine.
thread& attach_default() noexcept;

/// Binds the calling OS thread, which no machine knows yet, to a machine; detach undoes it. A
/// thread that ends attached is detached by the runtime.
thread& attach(base::machine& m) noexcept;
void detach() noexcept;

/// The calling thread; attaches it to the default machine if the runtime does not know it yet.
inline thread& current() noexcept {
    host::thread* t = host::self();
    return OPENWSK_LIKELY(t != nullptr) ? *static_cast<thread*>(t) : attach_default();
}

/// The calling thread's machine.
inline base::machine& current_machine() noexcept {
    return *current().machine;
}

/// Work item of the deferred queue: embedded in a strand. run may call into the driver; it is
/// called at the thread's IRQL at that moment (< DISPATCH_LEVEL) without any lock.
struct deferred {
    deferred* next = nullptr;
    void (*run)(deferred&) noexcept = nullptr;
};

/// Queues d on the calling thread. d must not be queued already.
void defer(deferred& d) noexcept;

/// Runs what is queued, oldest first, unless IRQL >= DISPATCH_LEVEL or a drain is already on this
/// stack.
void drain_deferred_slow(thread& t) noexcept;

inline void drain_deferred(thread& t) noexcept {
    if (OPENWSK_UNLIKELY(t.deferred_head.load(std::memory_order_relaxed) != nullptr)) {
        drain_deferred_slow(t);
    }
}

/// Takes everything queued on another thread (monitor). Returns a list linked through next, oldest
/// first.
deferred* steal_deferred(thread& t) noexcept;

}  // namespace ke
