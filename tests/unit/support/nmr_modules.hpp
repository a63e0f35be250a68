// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Client and provider modules whose callbacks record what happened and do what the test says. They
// go through the exported functions only, as a driver does.

#pragma once

#include <atomic>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "tests/unit/support/machine_fixture.hpp"
#include "wdk/abi/netioddk.h"
#include "wdk/abi/ntstatus.h"

namespace test {

/// Binding identity of a test module: the context it attaches with.
struct binding_record {
    void* module = nullptr;
    HANDLE handle = nullptr;
    void* peer_context = nullptr;
    const void* peer_dispatch = nullptr;
    PNPI_REGISTRATION_INSTANCE peer = nullptr;
    uint64_t plain = 0;  ///< written in one callback, read in later ones, without synchronisation
    std::atomic<int> detached{0};
    std::atomic<int> cleaned{0};
};

/// What happened, in order: "CAP", "PAC", "CDP", "PDC", "CCB", "PCB", with what the callback saw.
struct callback_record {
    std::string what;
    const void* module;
    void* context;
    HANDLE binding;
    std::thread::id thread;
    uint8_t irql;
};

class callback_log {
public:
    void add(const char* what, const void* module, void* context, HANDLE binding = nullptr) {
        std::lock_guard<std::mutex> g(mutex_);
        records_.push_back(
            {what, module, context, binding, std::this_thread::get_id(), ke::current().irql});
    }
    [[nodiscard]] std::vector<callback_record> all() const {
        std::lock_guard<std::mutex> g(mutex_);
        return records_;
    }
    /// "CAP PAC CDP ...".
    [[nodiscard]] std::string order() const {
        std::string out;
        for (const callback_record& r : all()) {
            out += (out.empty() ? "" : " ") + r.what;
        }
        return out;
    }
    void clear() {
        std::lock_guard<std::mutex> g(mutex_);
        records_.clear();
    }

private:
    mutable std::mutex mutex_;
    std::vector<callback_record> records_;
};

inline NPIID make_npi(uint32_t number) {
    return NPIID{number, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}};
}

/// What both kinds of module share.
class module_base {
public:
    explicit module_base(uint32_t npi, callback_log* log) : npi_(make_npi(npi)), log_(log) {
        id_.Length = sizeof id_;
        id_.Type = MIT_GUID;
        id_.Guid = make_npi(npi + 0x80000000u);
    }
    module_base(const module_base&) = delete;
    module_base& operator=(const module_base&) = delete;

    std::atomic<int> attaches{0};
    std::atomic<int> detaches{0};
    std::atomic<int> cleanups{0};
    HANDLE handle = nullptr;
    uint32_t dispatch = 0x0d15;  ///< its address is the module's dispatch table

protected:
    void fill(NPI_REGISTRATION_INSTANCE& instance) const {
        instance.Version = 0;
        instance.Size = sizeof instance;
        instance.NpiId = &npi_;
        instance.ModuleId = &id_;
        instance.Number = 0;
        instance.NpiSpecificCharacteristics = this;
    }
    void record(const char* what, void* context, HANDLE binding = nullptr) const {
        if (log_ != nullptr) {
            log_->add(what, this, context, binding);
        }
    }
    binding_record* new_binding(HANDLE binding) {
        auto* b = new binding_record;
        b->module = this;
        b->handle = binding;
        std::lock_guard<std::mutex> g(mutex_);
        bindings_.emplace_back(b);
        return b;
    }

public:
    /// Every binding this module made a context for, in order.
    [[nodiscard]] std::vector<binding_record*> bindings() const {
        std::lock_guard<std::mutex> g(mutex_);
        std::vector<binding_record*> out;
        for (const auto& b : bindings_) {
            out.push_back(b.get());
        }
        return out;
    }

protected:
    NPIID npi_;
    NPI_MODULEID id_ = {};
    callback_log* log_;

private:
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<binding_record>> bindings_;
};

class client : public module_base {
public:
    explicit client(uint32_t npi, callback_log* log = nullptr) : module_base(npi, log) {
        characteristics.Length = sizeof characteristics;
        characteristics.ClientAttachProvider = attach_provider;
        characteristics.ClientDetachProvider = detach_provider;
        characteristics.ClientCleanupBindingContext = cleanup_binding;
        fill(characteristics.ClientRegistrationInstance);
    }

    NTSTATUS add() { return NmrRegisterClient(&characteristics, this, &handle); }
    NTSTATUS deregister() { return NmrDeregisterClient(handle); }
    NTSTATUS wait() { return NmrWaitForClientDeregisterComplete(handle); }
    NTSTATUS remove() {
        const NTSTATUS s = deregister();
        return s == STATUS_PENDING ? wait() : s;
    }

    /// The default: make a context and attach.
    NTSTATUS attach(HANDLE binding, PNPI_REGISTRATION_INSTANCE provider) {
        binding_record* b = new_binding(binding);
        b->peer = provider;
        return NmrClientAttachProvider(binding, b, &dispatch, &b->peer_context, &b->peer_dispatch);
    }

    NPI_CLIENT_CHARACTERISTICS characteristics = {};
    std::function<NTSTATUS(HANDLE, PNPI_REGISTRATION_INSTANCE)> on_attach;
    std::function<NTSTATUS(binding_record*)> on_detach;
    std::function<void(binding_record*)> on_cleanup;

private:
    static NTSTATUS attach_provider(HANDLE binding, PVOID context,
                                    PNPI_REGISTRATION_INSTANCE provider) {
        auto* self = static_cast<client*>(context);
        ++self->attaches;
        self->record("CAP", context, binding);
        return self->on_attach ? self->on_attach(binding, provider)
                               : self->attach(binding, provider);
    }
    static NTSTATUS detach_provider(PVOID context) {
        auto* b = static_cast<binding_record*>(context);
        auto* self = static_cast<client*>(b->module);
        ++self->detaches;
        ++b->detached;
        self->record("CDP", context, b->handle);
        return self->on_detach ? self->on_detach(b) : STATUS_SUCCESS;
    }
    static VOID cleanup_binding(PVOID context) {
        auto* b = static_cast<binding_record*>(context);
        auto* self = static_cast<client*>(b->module);
        self->record("CCB", context, b->handle);
        ++b->cleaned;
        if (self->on_cleanup) {
            self->on_cleanup(b);
        }
        ++self->cleanups;
    }
};

class provider : public module_base {
public:
    explicit provider(uint32_t npi, callback_log* log = nullptr) : module_base(npi, log) {
        characteristics.Length = sizeof characteristics;
        characteristics.ProviderAttachClient = attach_client;
        characteristics.ProviderDetachClient = detach_client;
        characteristics.ProviderCleanupBindingContext = cleanup_binding;
        fill(characteristics.ProviderRegistrationInstance);
    }

    NTSTATUS add() { return NmrRegisterProvider(&characteristics, this, &handle); }
    NTSTATUS deregister() { return NmrDeregisterProvider(handle); }
    NTSTATUS wait() { return NmrWaitForProviderDeregisterComplete(handle); }
    NTSTATUS remove() {
        const NTSTATUS s = deregister();
        return s == STATUS_PENDING ? wait() : s;
    }

    /// Everything ProviderAttachClient received.
    struct offer {
        HANDLE binding;
        PNPI_REGISTRATION_INSTANCE client;
        void* client_context;
        const void* client_dispatch;
        void** context;
        const void** dispatch;
    };

    /// The default: make a context and accept.
    NTSTATUS accept(const offer& o) {
        binding_record* b = new_binding(o.binding);
        b->peer = o.client;
        b->peer_context = o.client_context;
        b->peer_dispatch = o.client_dispatch;
        *o.context = b;
        *o.dispatch = &dispatch;
        return STATUS_SUCCESS;
    }

    NPI_PROVIDER_CHARACTERISTICS characteristics = {};
    std::function<NTSTATUS(const offer&)> on_attach;
    std::function<NTSTATUS(binding_record*)> on_detach;
    std::function<void(binding_record*)> on_cleanup;

private:
    static NTSTATUS attach_client(HANDLE binding, PVOID context, PNPI_REGISTRATION_INSTANCE client,
                                  PVOID client_context, const VOID* client_dispatch,
                                  PVOID* provider_context, const VOID** provider_dispatch) {
        auto* self = static_cast<provider*>(context);
        ++self->attaches;
        self->record("PAC", context, binding);
        const offer o{binding,         client,           client_context,
                      client_dispatch, provider_context, provider_dispatch};
        return self->on_attach ? self->on_attach(o) : self->accept(o);
    }
    static NTSTATUS detach_client(PVOID context) {
        auto* b = static_cast<binding_record*>(context);
        auto* self = static_cast<provider*>(b->module);
        ++self->detaches;
        ++b->detached;
        self->record("PDC", context, b->handle);
        return self->on_detach ? self->on_detach(b) : STATUS_SUCCESS;
    }
    static VOID cleanup_binding(PVOID context) {
        auto* b = static_cast<binding_record*>(context);
        auto* self = static_cast<provider*>(b->module);
        self->record("PCB", context, b->handle);
        ++b->cleaned;
        if (self->on_cleanup) {
            self->on_cleanup(b);
        }
        ++self->cleanups;
    }
};

/// Declines without asking the provider.
inline NTSTATUS decline(HANDLE, PNPI_REGISTRATION_INSTANCE) {
    return STATUS_NOINTERFACE;
}

/// A detach callback that pends until the test completes it.
inline NTSTATUS pend(binding_record*) {
    return STATUS_PENDING;
}

class nmr_fixture : public machine_fixture {
protected:
    using machine_fixture::machine_fixture;
    callback_log log;
};

/// The same with STATUS_SUCCESS from an idle deregister.
inline base::machine_options idle_succeeds() {
    base::machine_options options;
    options.idle_deregister_succeeds = true;
    return options;
}

}  // namespace test
