// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Modules for schedule exploration: they check the registrar's promises from inside their
// callbacks, and hold nothing but plain fields, so that a run is short and its memory is the same
// in every run.
//
// Promises checked (spec names in parentheses):
//   order of callbacks of a binding, each at most once       (NMR-124, 17.5)
//   cleanup exactly once, after both detach sides are done   (NMR-157, NMR-158)
//   no callback once the wait has returned                   (NMR-034, NMR-166)
//   every attached binding was detached before the wait ends (NMR-165)

#pragma once

#include <array>
#include <string>

#include "host/host.hpp"
#include "ke/thread.hpp"
#include "wdk/abi/netioddk.h"
#include "wdk/abi/ntstatus.h"

namespace test::sim {

inline constexpr NPIID the_npi = {0x11111111, 1, 2, {1, 2, 3, 4, 5, 6, 7, 8}};

/// How a module behaves.
struct habits {
    bool detach_pends = false;    ///< detach returns STATUS_PENDING; a thread completes it
    bool early_complete = false;  ///< the same, but Complete is called before the return
    bool declines = false;        ///< client: never attaches; provider: refuses
    bool retries = false;         ///< client: tries a second time after a refusal
    bool rejects_after = false;   ///< client: fails its attach callback after the provider accepted
    bool leaves_in_attach = false;   ///< deregisters itself inside its attach callback
    bool leaves_in_detach = false;   ///< deregisters itself inside its detach callback
    bool leaves_in_cleanup = false;  ///< deregisters itself inside its cleanup callback
};

class module;

/// One side's view of a binding.
struct bound {
    module* owner = nullptr;
    HANDLE handle = nullptr;
    bool attached = false;
    bool detaching = false;  ///< the detach callback was called
    bool in_detach = false;  ///< and has not returned
    bool pended = false;     ///< it will return STATUS_PENDING
    bool completed = false;  ///< Complete was called
    bool cleaned = false;
    bound* peer = nullptr;
};

class module {
public:
    module(bool is_client, habits h) :is_client_(is_client), habits_(h) {
        instance_.Size = sizeof instance_;
        instance_.NpiId = &the_npi;
        instance_.NpiSpecificCharacteristics = this;
        client_ = {0, sizeof client_, client_attach, client_detach, cleanup, instance_};
        provider_ = {0, sizeof provider_, provider_attach, provider_detach, cleanup, instance_};
    }
    module(const module&) = delete;
    module& operator=(const module&) = delete;

    void enter() {
        const NTSTATUS s = is_client_ ? NmrRegisterClient(&client_, this, &handle_)
                                      : NmrRegisterProvider(&provider_, this, &handle_);
        check(s == STATUS_SUCCESS, "register failed");
    }

    /// Starts the deregistration. The module may do so from several places at once; exactly one
    /// of them succeeds (NMR-114).
    void leave() {
        const NTSTATUS s =
            is_client_ ? NmrDeregisterClient(handle_) : NmrDeregisterProvider(handle_);
        check(s == STATUS_PENDING || s == STATUS_INVALID_PARAMETER, "deregister failed");
        departures_ += s == STATUS_PENDING ? 1 : 0;
    }

    void wait() {
        const NTSTATUS s = is_client_ ? NmrWaitForClientDeregisterComplete(handle_)
                                      : NmrWaitForProviderDeregisterComplete(handle_);
        check(s == STATUS_SUCCESS, "wait failed");
        released_ = true;
        check(departures_ == 1, "not exactly one deregister succeeded");
        for (bound& b : bindings_) {
            check(!b.attached || b.cleaned, "wait ended before a binding was cleaned up");
            check(!b.in_detach, "wait ended inside a detach callback");
        }
    }

    /// Waits for the thread that completes a pending detach, as a driver's work item would, if one
    /// was started.
    void join_worker() {
        if (worker_started_) {
            host::current().join(worker_);
        }
    }

    [[nodiscard]] const std::string& wrong() const { return wrong_; }
    [[nodiscard]] uint32_t attached() const { return attaches_; }
    [[nodiscard]] uint32_t cleaned() const { return cleanups_; }

private:
    static NTSTATUS client_attach(HANDLE binding, PVOID context, PNPI_REGISTRATION_INSTANCE) {
        return static_cast<module*>(context)->attach_as_client(binding);
    }
    static NTSTATUS provider_attach(HANDLE binding, PVOID context, PNPI_REGISTRATION_INSTANCE,
                                    PVOID client_context, const VOID*, PVOID* out,
                                    const VOID** dispatch) {
        module& me = *static_cast<module*>(context);
        return me.attach_as_provider(binding, *static_cast<bound*>(client_context), out, dispatch);
    }
    static NTSTATUS client_detach(PVOID context) { return detach(context); }
    static NTSTATUS provider_detach(PVOID context) { return detach(context); }

    NTSTATUS attach_as_client(HANDLE binding) {
        check(!released_, "client attach callback after the wait");
        if (habits_.leaves_in_attach) {
            leave();
        }
        if (habits_.declines) {
            return STATUS_NOINTERFACE;
        }
        bound* b = take(binding);
        PVOID provider_context = nullptr;
        const VOID* dispatch = nullptr;
        NTSTATUS s = STATUS_UNSUCCESSFUL;
        for (int tries = habits_.retries ? 2 : 1; tries > 0 && s != STATUS_SUCCESS; --tries) {
            s = NmrClientAttachProvider(binding, b, this, &provider_context, &dispatch);
        }
        if (s != STATUS_SUCCESS) {
            b->owner = nullptr;
            return s;
        }
        b->peer = static_cast<bound*>(provider_context);
        if (habits_.rejects_after) {
            b->owner = nullptr;
            return STATUS_UNSUCCESSFUL;
        }
        b->attached = true;
        ++attaches_;
        return STATUS_SUCCESS;
    }

    NTSTATUS attach_as_provider(HANDLE binding, bound& client, PVOID* out, const VOID** dispatch) {
        check(!released_, "provider attach callback after the wait");
        ++offers_;
        if (habits_.leaves_in_attach) {
            leave();
        }
        if (habits_.declines || (habits_.retries && offers_ == 1)) {
            return STATUS_NOINTERFACE;
        }
        bound* b = take(binding);
        b->attached = true;
        b->peer = &client;
        ++attaches_;
        *out = b;
        *dispatch = this;
        return STATUS_SUCCESS;
    }

    static NTSTATUS detach(PVOID context) {
        bound& b = *static_cast<bound*>(context);
        return b.owner->detach(b);
    }

    NTSTATUS detach(bound& b) {
        check(!released_, "detach callback after the wait");
        check(b.attached, "detach of a binding that was not attached");
        check(!b.detaching, "detach callback twice");
        check(!b.cleaned, "detach after cleanup");
        b.detaching = true;
        b.in_detach = true;
        if (habits_.leaves_in_detach) {
            leave();
        }
        if (habits_.early_complete) {
            b.pended = b.completed = true;
            complete(b);
        } else if (habits_.detach_pends) {
            b.pended = true;
            start_worker(b);
        }
        b.in_detach = false;
        return habits_.detach_pends || habits_.early_complete ? STATUS_PENDING : STATUS_SUCCESS;
    }

    static void cleanup(PVOID context) {
        bound& b = *static_cast<bound*>(context);
        b.owner->clean(b);
    }

    void clean(bound& b) {
        check(!released_, "cleanup callback after the wait");
        check(b.detaching && !b.in_detach, "cleanup before the detach callback returned");
        check(!b.pended || b.completed, "cleanup before Complete");
        check(!b.cleaned, "cleanup twice");
        b.cleaned = true;
        ++cleanups_;
        if (habits_.leaves_in_cleanup) {
            leave();
        }
    }

    void start_worker(bound& b) {
        check(!worker_started_, "a second binding pends");
        worker_started_ = true;
        worker_.machine = host::self()->machine;
        worker_.home = static_cast<ke::thread*>(host::self())->home;
        worker_.ordinal = is_client_ ? 200 : 201;
        host::current().start(worker_, {}, work, &b);
    }

    static void work(void* argument) {
        bound& b = *static_cast<bound*>(argument);
        b.completed = true;
        b.owner->complete(b);
    }

    void complete(bound& b) {
        if (is_client_) {
            NmrClientDetachProviderComplete(b.handle);
        } else {
            NmrProviderDetachClientComplete(b.handle);
        }
    }

    bound* take(HANDLE binding) {
        for (bound& b : bindings_) {
            if (b.owner == nullptr) {
                b = bound{};
                b.owner = this;
                b.handle = binding;
                return &b;
            }
        }
        check(false, "more bindings than modules");
        return &bindings_[0];
    }

    void check(bool holds, const char* what) {
        if (!holds && wrong_.empty()) {
            wrong_ = std::string(is_client_ ? "client: " : "provider: ") + what;
        }
    }

    const bool is_client_;
    const habits habits_;
    NPI_REGISTRATION_INSTANCE instance_ = {};
    NPI_CLIENT_CHARACTERISTICS client_ = {};
    NPI_PROVIDER_CHARACTERISTICS provider_ = {};
    HANDLE handle_ = nullptr;
    uint32_t departures_ = 0;
    bool released_ = false;
    uint32_t offers_ = 0;
    uint32_t attaches_ = 0;
    uint32_t cleanups_ = 0;
    std::array<bound, 4> bindings_;
    ke::thread worker_;
    bool worker_started_ = false;
    std::string wrong_;
};

}  // namespace test::sim
