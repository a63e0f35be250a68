// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What one registration does, by itself and as an NMR client; the table is in
// wsk/registration_table.cpp.

#include "wsk/registration.hpp"

#include "ke/long_wait.hpp"
#include "nmr/registrar.hpp"
#include "trace/event.hpp"
#include "verify/text.hpp"
#include "wdk/abi/ntstatus.h"
#include "wsk/subsystem.hpp"

namespace wsk {

const char* name_of(registration_state s) noexcept {
    static constexpr const char* names[] = {
        "none",   "waiting for the subsystem", "ready",        "version refused",
        "failed", "subsystem leaving",         "deregistering"};
    return names[static_cast<unsigned>(s)];
}

void registration::set_state(registration_state to) noexcept {
    OPENWSK_ASSERT(is_edge(state_, to));
    trace::emit(trace::event::wsk_registration_state, word(), static_cast<uint64_t>(state_),
                static_cast<uint64_t>(to));
    state_ = to;
}

void registration::begin() noexcept {
    host::guard g(lock_);
    OPENWSK_ASSERT(!bound_ && !detach_pends_ && captures_in_progress_ == 0);
    OPENWSK_ASSERT(!captures_.is_open() && captures_.users() == 0);
    provider_ = {};
    seen_ = false;
    last_capture_ = nullptr;
    set_state(registration_state::waiting);
}

void registration::end() noexcept {
    host::guard g(lock_);
    set_state(registration_state::none);
}

// ---- NMR client ----

base::status registration::attach_provider(HANDLE binding,
                                           const NPI_REGISTRATION_INSTANCE& provider) noexcept {
    // Copied here: after a refusal nobody tells us when the subsystem goes (REG-089).
    const auto* range =
        static_cast<const WSK_PROVIDER_CHARACTERISTICS*>(provider.NpiSpecificCharacteristics);
    {
        host::guard g(lock_);
        if (range == nullptr || bound_ || state_ == registration_state::deregistering) {
            return STATUS_NOINTERFACE;
        }
        bound_ = true;
        range_ = *range;
    }
    WSK_PROVIDER_NPI npi = {};
    const void* table = nullptr;
    const base::status answer = table_->machine().get<nmr::registrar>().attach(
        binding, this, dispatch_, &npi.Client, &table, nullptr);
    npi.Dispatch = static_cast<const WSK_PROVIDER_DISPATCH*>(table);

    host::guard g(lock_);
    bound_ = answer == STATUS_SUCCESS;
    if (bound_) {
        provider_ = npi;
        binding_ = binding;
    }
    if (state_ == registration_state::deregistering) {
        return answer;
    }
    const USHORT wanted = dispatch_->Version;
    const bool refused = wanted < range_.LowestVersion || wanted > range_.HighestVersion;
    seen_ = true;
    if (bound_) {
        set_state(registration_state::ready);
        captures_.open();
    } else if (!(answer == STATUS_NOINTERFACE)) {
        failure_ = answer;
        set_state(registration_state::failed);
    } else if (refused) {
        set_state(registration_state::refused);
    } else {
        // It supports the version but takes nobody: it is leaving.
        seen_ = false;
        set_state(registration_state::waiting);
    }
    changed_.notify_all();
    return answer;
}

base::status registration::detach(void*) noexcept {
    PWSK_CLIENT handle = nullptr;
    {
        host::guard g(lock_);
        captures_.close();
        seen_ = false;
        detach_pends_ = captures_.users() > 0;
        if (state_ == registration_state::ready) {
            set_state(detach_pends_ ? registration_state::leaving : registration_state::waiting);
        }
        if (detach_pends_) {
            return STATUS_PENDING;
        }
        handle = provider_.Client;
    }
    return_licence(handle);
    return STATUS_SUCCESS;
}

// From here on the application makes no call through the table it captured.
void registration::return_licence(PWSK_CLIENT handle) noexcept {
    // Another provider's client is not ours to account for.
    if (client* c = table_->machine().get<subsystem>().find_client(handle)) {
        c->licence_returned();
    }
}

void registration::cleanup(void*) noexcept {
    host::guard g(lock_);
    OPENWSK_ASSERT(!detach_pends_);
    bound_ = false;
}

// Reports the end of the detach when the last capture was released.
void registration::settle() noexcept {
    lock_.lock();
    if (!detach_pends_ || captures_.users() > 0) {
        lock_.unlock();
        return;
    }
    detach_pends_ = false;
    if (state_ == registration_state::leaving) {
        set_state(registration_state::waiting);
    }
    const HANDLE binding = binding_;
    const PWSK_CLIENT handle = provider_.Client;
    lock_.unlock();
    return_licence(handle);
    table_->machine().get<nmr::registrar>().complete(nmr::side::client, binding, nullptr);
}

void registration::describe_wait(verify::text& out) noexcept {
    lock_.lock();
    const auto captured = static_cast<long long>(captures_.users());
    const PWSK_CLIENT handle = provider_.Client;
    const void* last = last_capture_;
    lock_.unlock();
    out.add("openwsk: WskDeregister waits; registered by ");
    out.add_return(caller_);
    out.add("\n    %lld capture(s) not released", captured);
    if (captured != 0 && last != nullptr) {
        out.add(", the last that waited by ");
        out.add_return(last);
    }
    out.add("\n");
    client* c = table_->machine().get<subsystem>().find_client(handle);
    if (c != nullptr) {
        const client::counts held = c->held_by();
        out.add("    %u socket(s) not closed, %u IRP(s) not completed, %u call(s) inside WSK\n",
                held.sockets, held.irps, held.calls);
    }
}

// ---- what the application calls ----

// What a capture gives now; STATUS_PENDING: the subsystem is to be waited for.
base::status registration::outcome() const noexcept {
    switch (state_) {
        case registration_state::ready:
            return STATUS_SUCCESS;
        case registration_state::refused:
            return STATUS_NOINTERFACE;
        case registration_state::failed:
            return failure_;
        case registration_state::waiting:
        case registration_state::leaving:
            return STATUS_PENDING;
        case registration_state::none:
        case registration_state::deregistering:
            break;
    }
    return STATUS_DEVICE_NOT_READY;
}

base::status registration::capture_slow(mm::handle_value word, ULONG timeout_ms,
                                        WSK_PROVIDER_NPI& out, const void* caller) noexcept {
    host::guard g(lock_);
    if (!is_named_by(word)) {
        return STATUS_DEVICE_NOT_READY;
    }
    if (outcome() == STATUS_PENDING && timeout_ms != WSK_NO_WAIT) {
        const uint64_t deadline =
            timeout_ms == WSK_INFINITE_WAIT
                ? host::no_deadline
                : host::current().now_ns() + uint64_t{timeout_ms} * ke::ns_per_ms;
        ++captures_in_progress_;
        ke::long_wait_until(
            lock_, changed_, deadline,
            [this]() OPENWSK_NO_TSA { return !(outcome() == STATUS_PENDING); },
            [caller] {
                verify::text text;
                text.add("openwsk: WskCaptureProviderNPI waits for the WSK subsystem; called by ");
                text.add_return(caller);
                text.add("\n");
            });
        --captures_in_progress_;
        if (captures_in_progress_ == 0 && state_ == registration_state::deregistering) {
            changed_.notify_all();
        }
    }
    const base::status s = outcome();
    if (s == STATUS_SUCCESS) {
        const bool entered = captures_.enter(*host::self());
        OPENWSK_ASSERT(entered);
        last_capture_ = caller;
        out = provider_;
    }
    return s == STATUS_PENDING ? base::status{STATUS_DEVICE_NOT_READY} : s;
}

bool registration::release_slow(ke::thread& self, mm::handle_value word) noexcept {
    {
        host::guard g(lock_);
        if (!is_named_by(word) || !captures_.leave_checked(self)) {
            return false;
        }
        if (captures_.is_open()) {
            return true;
        }
    }
    settle();
    return true;
}

base::status registration::query(mm::handle_value word,
                                 WSK_PROVIDER_CHARACTERISTICS& out) noexcept {
    host::guard g(lock_);
    if (!is_named_by(word) || !seen_ || state_ == registration_state::deregistering) {
        return STATUS_DEVICE_NOT_READY;
    }
    out = range_;
    return STATUS_SUCCESS;
}

bool registration::begin_deregister(mm::handle_value word) noexcept {
    host::guard g(lock_);
    if (!is_named_by(word) || state_ == registration_state::deregistering) {
        return false;
    }
    // New captures fail, waiting ones wake up; then comes everything that waits (REG-100).
    captures_.close();
    set_state(registration_state::deregistering);
    changed_.notify_all();
    return true;
}

void registration::wait_for_captures_in_progress() noexcept {
    host::guard g(lock_);
    ke::long_wait(
        lock_, changed_, [this]() OPENWSK_NO_TSA { return captures_in_progress_ == 0; }, [] {});
}

}  // namespace wsk
