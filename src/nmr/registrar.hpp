// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The Network Module Registrar of a machine: pairs client and provider modules of a network
// programming interface, brokers attach, detach and cleanup, and is not involved in anything
// the attached modules do with each other.
//
// Documents: "Introduction to the Network Module Registrar", the pages of netioddk.h.
//
// Threads: the registrar has none. Every callback runs on the thread of the call that caused it, at
// the IRQL of that call; attach callbacks are made by register calls only.
//
// Locks: one lock (rank nmr) guards tables, registrations and bindings. It is held for bounded
// sections and never across a callback or an allocation. State machines: nmr/registration.hpp and
// nmr/binding.hpp.
//
// Memory: a register call allocates its registration and the bindings with every live peer before
// the first callback; deregister, complete, wait and cleanup allocate nothing.
//
// Cost: registering is O(peers of the NPI); deregistering is O(bindings of the registration).

#pragma once

#include <cstdint>

#include "base/machine.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"
#include "mm/slab.hpp"
#include "nmr/binding.hpp"
#include "nmr/detach_run.hpp"
#include "nmr/module.hpp"
#include "nmr/registration.hpp"
#include "wdk/abi/ntstatus.h"

namespace nmr {

class registrar : public base::machine_part {
public:
    static constexpr base::part slot = base::part::nmr;

    explicit registrar(base::machine& m) noexcept;
    ~registrar() override;

    /// Registers a module and makes the offers to its live peers. *out is written before the first
    /// callback, and is NULL on failure. PASSIVE_LEVEL. caller: an address inside the driver.
    base::status register_module(const module_form& form, const void* caller, HANDLE* out) noexcept;

    /// Starts a deregistration; STATUS_PENDING, or STATUS_INVALID_PARAMETER for a handle that is
    /// not a live registration of that side. Never waits. <= DISPATCH_LEVEL.
    base::status deregister(side s, HANDLE handle, const void* caller) noexcept;

    /// Waits until a deregistration is complete and ends the handle. < DISPATCH_LEVEL.
    base::status wait(side s, HANDLE handle, const void* caller) noexcept;

    /// NmrClientAttachProvider: from inside ClientAttachProvider. PASSIVE_LEVEL.
    base::status attach(HANDLE binding, void* client_context, const void* client_dispatch,
                        void** provider_context, const void** provider_dispatch,
                        const void* caller) noexcept;

    /// Nmr...Complete: the detach of one side has ended. May run the cleanup callbacks.
    /// <= DISPATCH_LEVEL.
    void complete(side s, HANDLE binding, const void* caller) noexcept;

    /// Shows the registrations of drivers that are not ended, and their bindings.
    void show(base::object_visitor& v) noexcept override;

private:
    static constexpr uint32_t bucket_count = 1024;

    // Register: registrar.cpp.
    template <class T>
    bool grow_locked(mm::slab<T>& slab) noexcept OPENWSK_REQUIRES(lock_);
    bool reserve_locked(const module_form& form, uint32_t& peers) noexcept OPENWSK_REQUIRES(lock_);
    npi* group_locked(const GUID& id) noexcept OPENWSK_REQUIRES(lock_);
    bool take_bindings_locked(registration& r, uint32_t count) noexcept OPENWSK_REQUIRES(lock_);
    void insert_locked(registration& r) noexcept OPENWSK_REQUIRES(lock_);
    void remove_npi_locked(npi& group) noexcept OPENWSK_REQUIRES(lock_);
    npi*& bucket_of(const GUID& id) noexcept OPENWSK_REQUIRES(lock_);
    npi* find_npi_locked(const GUID& id) noexcept OPENWSK_REQUIRES(lock_);

    // Deregister and wait: registrar.cpp.
    registration* find_locked(side s, HANDLE handle) noexcept OPENWSK_REQUIRES(lock_);
    void leave_npi_locked(registration& r) noexcept OPENWSK_REQUIRES(lock_);
    void drained_locked(registration& r) noexcept OPENWSK_REQUIRES(lock_);
    void close_locked(registration& r) noexcept OPENWSK_REQUIRES(lock_);
    void release_locked(registration& r) noexcept OPENWSK_REQUIRES(lock_);
    void report_endless_wait(side s, HANDLE handle, const void* caller) noexcept
        OPENWSK_EXCLUDES(lock_);
    void describe_wait(HANDLE handle) noexcept OPENWSK_EXCLUDES(lock_);
    void show_binding_locked(base::object_visitor& v, binding& b, side s) noexcept
        OPENWSK_REQUIRES(lock_);

    // Runs: detach_run.cpp.
    bool fill_run_locked(detach_run& run) noexcept OPENWSK_REQUIRES(lock_);
    void make_run(detach_run& run, uint32_t count) noexcept OPENWSK_EXCLUDES(lock_);
    void end_run_locked(detach_run& run, uint32_t count) noexcept OPENWSK_REQUIRES(lock_);
    void break_run_locked(detach_run& run, binding& wanted) noexcept OPENWSK_REQUIRES(lock_);
    void release_run_locked(detach_run& run, uint32_t from, uint32_t to,
                            const binding* kept) noexcept OPENWSK_REQUIRES(lock_);

    // Bindings: binding.cpp. Those that call out release the lock and take it again.
    binding* find_binding_locked(HANDLE handle) noexcept OPENWSK_REQUIRES(lock_);
    void offer_locked(binding& b) noexcept OPENWSK_REQUIRES(lock_);
    void judge_locked(binding& b, base::status answer) noexcept OPENWSK_REQUIRES(lock_);
    // Tells one side, and checks that it answers one of the two documented statuses (NMR-130).
    static base::status detach_side(const binding& b, side s, void* context) noexcept {
        const base::status result = call_detach(b.of(s).form, context);
        if (OPENWSK_UNLIKELY(!(result == STATUS_SUCCESS || result == STATUS_PENDING))) {
            report_status(b, s, result);
        }
        return result;
    }
    static void report_status(const binding& b, side s, base::status result) noexcept;
    void detach_locked(binding& b, side first) noexcept OPENWSK_REQUIRES(lock_);
    void undo_locked(binding& b) noexcept OPENWSK_REQUIRES(lock_);
    void settle_locked(binding& b, side s, base::status result) noexcept OPENWSK_REQUIRES(lock_);
    void finish_if_done_locked(binding& b) noexcept OPENWSK_REQUIRES(lock_);
    void retire_locked(binding& b) noexcept OPENWSK_REQUIRES(lock_);

    // Constant after construction.
    base::machine* machine_;

    host::mutex lock_{base::lock_rank::nmr};
    mm::slab<registration> registrations_ OPENWSK_GUARDED_BY(lock_);
    mm::slab<binding> bindings_ OPENWSK_GUARDED_BY(lock_);
    mm::slab<npi> npis_ OPENWSK_GUARDED_BY(lock_);
    npi* buckets_[bucket_count] OPENWSK_GUARDED_BY(lock_) = {};
    uint64_t registered_ OPENWSK_GUARDED_BY(lock_) = 0;  ///< registrations, ever
    uint64_t bound_ OPENWSK_GUARDED_BY(lock_) = 0;       ///< bindings, ever
};

}  // namespace nmr
