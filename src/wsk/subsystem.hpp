// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The WSK subsystem of a machine: an NMR provider of NPI_WSK_INTERFACE_ID. Attaching an
// application, by WskRegister or through the NMR, makes a client object; detaching pends while the
// object counts sockets, IRPs or calls.
//
// Documents: "Winsock Kernel Architecture", "Attaching the WSK Client to the WSK Subsystem",
// "Unregistering and Unloading the WSK Client".
//
// The subsystem starts with the machine, later (machine option wsk_ready_after_ms), or when start
// is called. It may stop and start again; applications see it leave and return.
//
// Locks: rank subsystem for the client slab and the state. Not held across calls into the
// registrar.

#pragma once

#include <cstdint>

#include "base/machine.hpp"
#include "base/ref_ptr.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"
#include "ke/thread.hpp"
#include "mm/slab.hpp"
#include "nmr/module.hpp"
#include "wdk/abi/wsk.h"
#include "wsk/address_info.hpp"
#include "wsk/client.hpp"
#include "wsk/client_control.hpp"
#include "wsk/descriptor_cache.hpp"
#include "wsk/registration.hpp"

namespace wsk {

/// The versions supported, highest and lowest (REG-116).
inline constexpr USHORT version_highest = MAKE_WSK_VERSION(1, 1);
inline constexpr USHORT version_lowest = MAKE_WSK_VERSION(1, 0);

constexpr bool is_supported(USHORT version) noexcept {
    return version >= version_lowest && version <= version_highest;
}

/// {2227E803-8D8B-11D4-ABAD-009027719E09}, compared by value everywhere (REG-006).
extern const NPIID wsk_npi;

class subsystem : public base::machine_part, private nmr::component {
public:
    static constexpr base::part slot = base::part::wsk;

    explicit subsystem(base::machine& m) noexcept;
    ~subsystem() override;

    [[nodiscard]] base::machine& machine() const noexcept { return *machine_; }
    [[nodiscard]] registration_table& registrations() noexcept { return registrations_; }
    [[nodiscard]] transport_watch& transports() noexcept { return transports_; }
    [[nodiscard]] descriptor_cache& descriptors() noexcept { return descriptors_; }
    [[nodiscard]] name_service& names() noexcept { return names_; }

    /// Registers with the NMR and attaches the applications that are there. PASSIVE_LEVEL. Nothing
    /// happens when it is started already.
    base::status start() noexcept;
    /// Deregisters and waits until every application is detached. < DISPATCH_LEVEL. Nothing
    /// happens when it is not started.
    void stop() noexcept;

    /// The client object that a handle names at this moment, or null; see client_call.
    [[nodiscard]] client* find_client(PWSK_CLIENT handle) const noexcept;

    /// Client objects that exist.
    [[nodiscard]] uint32_t client_count() noexcept;

    void show(base::object_visitor& v) noexcept override;

private:
    friend class client;

    base::status attach_client(HANDLE binding, const NPI_REGISTRATION_INSTANCE& application,
                               void* client_context, const void* client_dispatch,
                               void** provider_context,
                               const void** provider_dispatch) noexcept override;
    base::status detach(void* binding_context) noexcept override;
    void cleanup(void* binding_context) noexcept override;
    void describe_wait(verify::text& out) noexcept override;

    [[nodiscard]] client* take_client() noexcept;
    void start_late() noexcept;
    static void start_late_entry(void* self) noexcept;

    // Constant after construction.
    base::machine* const machine_;
    NPI_REGISTRATION_INSTANCE instance_ = {};
    base::ref_ptr<ke::thread> late_thread_;  ///< starts the subsystem when its time has come

    // Own synchronisation.
    registration_table registrations_;
    descriptor_cache descriptors_;
    transport_watch transports_;
    name_service names_;

    host::mutex lock_{base::lock_rank::subsystem};
    host::condition changed_;
    mm::slab<client> clients_;  ///< take, put, add under lock_; find without
    HANDLE provider_ OPENWSK_GUARDED_BY(lock_) = nullptr;
    bool starting_ OPENWSK_GUARDED_BY(lock_) = false;
    bool ending_ OPENWSK_GUARDED_BY(lock_) = false;
};

}  // namespace wsk
