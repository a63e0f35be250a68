// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A network module as the registrar sees it: one form for the modules of drivers, which give
// function pointers (NPI_CLIENT_CHARACTERISTICS, NPI_PROVIDER_CHARACTERISTICS), and for the
// runtime's own modules (WSK and its applications), which implement an interface.
//
// Documents: "Network Module", "Initializing NMR Data Structures",
// "NPI_CLIENT_CHARACTERISTICS", "NPI_PROVIDER_CHARACTERISTICS", "NPI_REGISTRATION_INSTANCE".
//
// The functions named call_... are the only way from the registrar into a module. Drivers are
// called through the gate, our own modules directly; in both cases no lock is held. While the call
// runs the calling thread carries a callback_frame, so that a wait for one of the two modules'
// deregistration, which could never end, is recognised (NMR-172).

#pragma once

#include <cstdint>

#include "base/assert.hpp"
#include "base/status.hpp"
#include "ke/callout.hpp"
#include "ke/thread.hpp"
#include "wdk/abi/netioddk.h"

namespace verify {
class text;
}

namespace nmr {

enum class side : uint8_t { client, provider };

constexpr side other(side s) noexcept {
    return s == side::client ? side::provider : side::client;
}

/// A module of the runtime itself. Exceptions to the documented callbacks: none, they are the same
/// calls with the same duties, at the same IRQL.
class component {
public:
    /// ClientAttachProvider; for clients.
    virtual base::status attach_provider(HANDLE binding,
                                         const NPI_REGISTRATION_INSTANCE& provider) noexcept;
    /// ProviderAttachClient; for providers. The outputs are not null and hold null.
    virtual base::status attach_client(HANDLE binding, const NPI_REGISTRATION_INSTANCE& client,
                                       void* client_context, const void* client_dispatch,
                                       void** provider_context,
                                       const void** provider_dispatch) noexcept;
    /// ClientDetachProvider, ProviderDetachClient.
    virtual base::status detach(void* binding_context) noexcept = 0;
    /// ClientCleanupBindingContext, ProviderCleanupBindingContext.
    virtual void cleanup(void* binding_context) noexcept = 0;
    /// Adds to the report about a wait for this module's deregistration what it waits for.
    virtual void describe_wait(verify::text& out) noexcept = 0;

protected:
    ~component() = default;
};

/// What a module registers with, in one form. The callbacks are copied; the registration instance
/// stays the caller's own, because its address is what peers receive (NMR-035).
struct module_form {
    nmr::side side = side::client;
    const NPI_REGISTRATION_INSTANCE* instance = nullptr;
    GUID npi_id = {};  ///< copied: NPIs are compared by value (NMR-003)
    void* context = nullptr;
    component* ours = nullptr;  ///< instead of the function pointers

    PNPI_CLIENT_ATTACH_PROVIDER_FN attach_provider = nullptr;
    PNPI_PROVIDER_ATTACH_CLIENT_FN attach_client = nullptr;
    NTSTATUS (*detach)(PVOID context) = nullptr;
    VOID (*cleanup)(PVOID context) = nullptr;

    /// An address inside the module, for reports; null for our own.
    [[nodiscard]] const void* code() const noexcept {
        return side == side::client ? reinterpret_cast<const void*>(attach_provider)
                                    : reinterpret_cast<const void*>(attach_client);
    }
};

/// Checks a driver's characteristics and brings them into the one form; STATUS_INVALID_PARAMETER
/// (NMR-022, 023, 029..031, 051).
base::result<module_form> form_of(PNPI_CLIENT_CHARACTERISTICS characteristics,
                                  void* context) noexcept;
base::result<module_form> form_of(PNPI_PROVIDER_CHARACTERISTICS characteristics,
                                  void* context) noexcept;

/// The form of one of our own modules.
module_form form_of(nmr::side side, const NPI_REGISTRATION_INSTANCE& instance,
                    component& module) noexcept;

class registration;

/// One NMR callback on the stack of a thread; linked through ke::thread::nmr_callback.
struct callback_frame {
    const callback_frame* outer;
    const registration* client;
    const registration* provider;
};

/// True when a callback of r is on the calling thread's stack.
bool inside_callback_of(const registration& r) noexcept;

/// The two modules of a binding while one of them is called.
struct module_pair {
    const registration* client;
    const registration* provider;
};

base::status call_attach_provider(const module_pair& pair, HANDLE binding) noexcept;
base::status call_attach_client(const module_pair& pair, HANDLE binding, void* client_context,
                                const void* client_dispatch, void** provider_context,
                                const void** provider_dispatch) noexcept;
/// Puts the callbacks that run while it lives on the calling thread's list.
class callback_scope {
public:
    explicit callback_scope(const module_pair& pair) noexcept
        : thread_(&ke::current()),
          frame_{static_cast<const callback_frame*>(thread_->nmr_callback), pair.client,
                 pair.provider} {
        OPENWSK_ASSERT(thread_->held_ranks == 0);
        thread_->nmr_callback = &frame_;
    }
    callback_scope(const callback_scope&) = delete;
    callback_scope& operator=(const callback_scope&) = delete;
    ~callback_scope() {
        OPENWSK_ASSERT(thread_->nmr_callback == &frame_ && thread_->held_ranks == 0);
        thread_->nmr_callback = frame_.outer;
    }

private:
    ke::thread* thread_;
    callback_frame frame_;
};

/// These two need a callback_scope of the pair, which serves all callbacks of a detachment.
inline base::status call_detach(const module_form& form, void* context) noexcept {
    return OPENWSK_UNLIKELY(form.ours != nullptr)
               ? form.ours->detach(context)
               : base::status{ke::callout(ke::callout_kind::nmr_detach, form.detach, context)};
}
inline void call_cleanup(const module_form& form, void* context) noexcept {
    if (OPENWSK_UNLIKELY(form.ours != nullptr)) {
        form.ours->cleanup(context);
    } else if (form.cleanup != nullptr) {
        ke::callout(ke::callout_kind::nmr_cleanup, form.cleanup, context);
    }
}

}  // namespace nmr
