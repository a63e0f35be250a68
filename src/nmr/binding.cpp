// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// How a binding moves; the diagram is in nmr/binding.hpp. Functions whose name ends in _locked are
// entered and left with the registrar's lock; those that call a module release it around the
// call. A binding cannot go away meanwhile: only the thread that owns its state moves it on.

#include "nmr/binding.hpp"

#include "ke/long_wait.hpp"
#include "nmr/registrar.hpp"
#include "trace/event.hpp"
#include "verify/text.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ntstatus.h"

namespace nmr {
namespace {

bool is_leaving(const binding& b) noexcept {
    return b.client->leaving() || b.provider->leaving();
}

}  // namespace

void registrar::report_status(const binding& b, side s, base::status result) noexcept {
    verify::violation(verify::rule::nmr_detach_status, b.of(s).form.code(), b.handle(),
                      "%s returned %#x; the detach counts as complete",
                      s == side::client ? "ClientDetachProvider" : "ProviderDetachClient",
                      static_cast<unsigned>(result.code()));
}

const char* name_of(binding_state s) noexcept {
    static constexpr const char* names[] = {"free",
                                            "not offered yet",
                                            "in ClientAttachProvider",
                                            "in ProviderAttachClient",
                                            "attached, in ClientAttachProvider",
                                            "attached",
                                            "detaching",
                                            "undoing a failed attach",
                                            "in cleanup",
                                            "in cleanup of a failed attach"};
    return names[static_cast<unsigned>(s)];
}

void binding::reset() noexcept {
    OPENWSK_ASSERT(state_ == binding_state::none && run == nullptr);
    for (side_progress& progress : sides) {
        progress.context = nullptr;
        progress.phase = side_phase::idle;
        progress.latched = false;
    }
    last_attempt = base::status{};
    attempted = false;
    offer_waits = false;
}

binding* registrar::find_binding_locked(HANDLE handle) noexcept {
    const auto h = reinterpret_cast<mm::handle_value>(handle);
    return mm::is_kind(h, mm::handle_kind::nmr_binding) ? bindings_.find(h) : nullptr;
}

// ---- the offer ----

void registrar::offer_locked(binding& b) noexcept {
    b.set_state(binding_state::in_cap);
    lock_.unlock();
    const base::status answer = call_attach_provider(b.pair(), b.handle());
    lock_.lock();
    if (b.state() == binding_state::in_pac) {
        // The client returned while a thread of its own is still inside the provider.
        b.offer_waits = true;
        ++b.client->waiters;
        ke::long_wait(
            lock_, b.client->changed, [&b] { return b.state() != binding_state::in_pac; },
            [&b] {
                verify::text out;
                out.add(
                    "openwsk: ClientAttachProvider of binding %p returned; the offer waits "
                    "for NmrClientAttachProvider on another thread\n",
                    b.handle());
            });
        --b.client->waiters;
        b.offer_waits = false;
    }
    judge_locked(b, answer);
}

// What the client's answer makes of the binding (NMR-065..073, NMR-137).
void registrar::judge_locked(binding& b, base::status answer) noexcept {
    const bool attached = b.state() == binding_state::attached_in_cap;
    const bool mismatch = b.attempted ? !(answer == b.last_attempt) : answer == STATUS_SUCCESS;
    if (mismatch) {
        const void* client = b.client->form.code();
        const base::status expected = b.attempted ? b.last_attempt : STATUS_NOINTERFACE;
        lock_.unlock();
        verify::violation(verify::rule::nmr_attach_status, client, b.handle(),
                          "ClientAttachProvider returned %#x; NmrClientAttachProvider %s %#x",
                          static_cast<unsigned>(answer.code()),
                          b.attempted ? "had returned" : "was not called, which calls for",
                          static_cast<unsigned>(expected.code()));
        lock_.lock();
    }
    if (!attached) {
        retire_locked(b);
    } else if (!(answer == STATUS_SUCCESS)) {
        undo_locked(b);
    } else if (is_leaving(b)) {
        detach_locked(b, b.client->leaving() ? side::client : side::provider);
    } else {
        b.set_state(binding_state::attached);
    }
}

base::status registrar::attach(HANDLE handle, void* client_context, const void* client_dispatch,
                               void** provider_context, const void** provider_dispatch,
                               const void* caller) noexcept {
    if (provider_context == nullptr || provider_dispatch == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    lock_.lock();
    binding* b = find_binding_locked(handle);
    base::status refusal;
    if (b == nullptr || !b->in_offer()) {
        refusal = STATUS_INVALID_PARAMETER;
    } else if (b->state() != binding_state::in_cap) {
        refusal = STATUS_INVALID_DEVICE_STATE;
    } else if (is_leaving(*b)) {
        b->attempted = true;
        b->last_attempt = refusal = STATUS_NOINTERFACE;
    }
    if (!refusal.ok()) {
        lock_.unlock();
        if (!(refusal == STATUS_NOINTERFACE)) {
            verify::violation(verify::rule::nmr_attach_misuse, caller, handle,
                              refusal == STATUS_INVALID_PARAMETER
                                  ? "%p is not a binding whose ClientAttachProvider is running"
                                  : "binding %p is attached, or another thread attaches it",
                              handle);
        }
        return refusal;
    }
    b->set_state(binding_state::in_pac);
    lock_.unlock();
    void* context = nullptr;
    const void* dispatch = nullptr;
    const base::status answer =
        call_attach_client(b->pair(), handle, client_context, client_dispatch, &context, &dispatch);
    lock_.lock();
    const void* provider = b->provider->form.code();
    b->attempted = true;
    b->last_attempt = answer;
    if (answer == STATUS_SUCCESS) {
        b->at(side::client).context = client_context;
        b->at(side::provider).context = context;
        b->set_state(binding_state::attached_in_cap);
    } else {
        // A Complete that the provider made while it declined does not count for the next attempt.
        b->at(side::client).latched = b->at(side::provider).latched = false;
        b->set_state(binding_state::in_cap);
    }
    if (b->offer_waits) {
        b->client->changed.notify_all();
    }
    lock_.unlock();
    if (answer == STATUS_SUCCESS) {
        *provider_context = context;
        *provider_dispatch = dispatch;
    } else if (answer.ok()) {
        verify::violation(verify::rule::nmr_attach_status, provider, handle,
                          "ProviderAttachClient returned %#x, which is not STATUS_SUCCESS: the "
                          "modules are not attached",
                          static_cast<unsigned>(answer.code()));
    }
    return answer;
}

// ---- detach ----

// Both detach callbacks, without waiting for one side before the other is told (NMR-126).
void registrar::detach_locked(binding& b, side first) noexcept {
    b.set_state(binding_state::detaching);
    side_progress& one = b.at(first);
    side_progress& two = b.at(other(first));
    one.phase = two.phase = side_phase::calling;
    lock_.unlock();
    base::status first_result;
    base::status second_result;
    {
        const callback_scope scope(b.pair());
        first_result = detach_side(b, first, one.context);
        second_result = detach_side(b, other(first), two.context);
    }
    lock_.lock();
    settle_locked(b, first, first_result);
    settle_locked(b, other(first), second_result);
    finish_if_done_locked(b);
}

// A client that failed after the provider accepted has freed its context: only the provider is
// detached and cleaned up (NMR-073).
void registrar::undo_locked(binding& b) noexcept {
    b.set_state(binding_state::undoing);
    b.at(side::client).phase = side_phase::done;
    side_progress& provider = b.at(side::provider);
    provider.phase = side_phase::calling;
    lock_.unlock();
    base::status result;
    {
        const callback_scope scope(b.pair());
        result = detach_side(b, side::provider, provider.context);
    }
    lock_.lock();
    settle_locked(b, side::provider, result);
    finish_if_done_locked(b);
}

void registrar::settle_locked(binding& b, side s, base::status result) noexcept {
    side_progress& progress = b.at(s);
    OPENWSK_ASSERT(progress.phase == side_phase::calling);
    const bool pends = result == STATUS_PENDING && !progress.latched;
    progress.phase = pends ? side_phase::pending : side_phase::done;
}

void registrar::complete(side s, HANDLE handle, const void* caller) noexcept {
    lock_.lock();
    binding* b = find_binding_locked(handle);
    bool stray = true;
    if (b != nullptr) {
        trace::emit(trace::event::nmr_complete, trace::value(handle), static_cast<uint64_t>(s));
        side_progress& progress = b->at(s);
        if (b->run != nullptr) {
            host::schedule_point(host::point::interlocked, b->run);
        }
        switch (progress.phase) {
            case side_phase::idle:
                // Possible once the provider knows the client.
                stray = b->state() == binding_state::created || b->state() == binding_state::in_cap;
                progress.latched = !stray;
                break;
            case side_phase::calling:
                stray = false;
                progress.latched = true;
                break;
            case side_phase::pending:
                stray = false;
                progress.phase = side_phase::done;
                finish_if_done_locked(*b);
                break;
            case side_phase::done:
                break;
        }
    }
    lock_.unlock();
    if (stray) {
        verify::violation(verify::rule::nmr_stray_complete, caller, handle,
                          "%s for %p, which has no pending detach of that side",
                          s == side::client ? "NmrClientDetachProviderComplete"
                                            : "NmrProviderDetachClientComplete",
                          handle);
    }
}

// ---- cleanup ----

// Both sides are done, and no detach callback is on a stack: a side whose callback runs is calling.
void registrar::finish_if_done_locked(binding& b) noexcept {
    if (!b.both_done()) {
        return;
    }
    const bool undo = b.state() == binding_state::undoing;
    b.set_state(undo ? binding_state::undo_cleanup : binding_state::cleanup);
    lock_.unlock();
    {
        const callback_scope scope(b.pair());
        if (!undo) {
            call_cleanup(b.client->form, b.at(side::client).context);
        }
        call_cleanup(b.provider->form, b.at(side::provider).context);
    }
    lock_.lock();
    retire_locked(b);
}

// The end of a binding: from here on its handle is dead and its registrations may drain.
void registrar::retire_locked(binding& b) noexcept {
    b.set_state(binding_state::none);
    for (const side s : {side::client, side::provider}) {
        registration& r = b.of(s);
        if (b.link(s).node.linked()) {
            registration::binding_list::remove(b.link(s));
        }
        OPENWSK_ASSERT(r.binding_count != 0);
        --r.binding_count;
        drained_locked(r);
    }
    b.client = b.provider = nullptr;
    bindings_.put(b);
}

}  // namespace nmr
