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
//   no module is shown to a peer once its wait has returned  (NMR-035, NMR-164)
//   one of several deregister calls and every wait succeed   (NMR-114, NMR-169)
// A lost wake-up shows as a deadlock of the simulated machine.

#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "ke/thread.hpp"
#include "nmr/registrar.hpp"
#include "tests/unit/support/fault_runs.hpp"
#include "tests/unit/support/sim_program.hpp"
#include "wdk/abi/netioddk.h"
#include "wdk/abi/ntstatus.h"

namespace test::sim {

inline constexpr NPIID the_npi = {0x11111111, 1, 2, {1, 2, 3, 4, 5, 6, 7, 8}};

/// How a module behaves.
struct habits {
    bool detach_pends = false;     ///< detach returns STATUS_PENDING; a thread completes it
    bool early_complete = false;   ///< the same, but Complete is called before the return
    bool completes_first = false;  ///< the same, but Complete is called before it deregisters
    bool completes_twice = false;  ///< pends, and calls Complete once more than it should
    bool late_complete = false;    ///< pends, and Complete waits until the peer was told as well
    bool declines = false;         ///< client: never attaches; provider: refuses
    bool retries = false;          ///< client: tries a second time after a refusal
    bool rejects_after = false;  ///< client: fails its attach callback after the provider accepted
    bool attaches_elsewhere = false;  ///< client: another thread attaches; the callback returns as
                                      ///< soon as the provider was asked
    bool leaves_in_attach = false;    ///< deregisters itself inside its attach callback
    bool leaves_in_detach = false;    ///< deregisters itself inside its detach callback
    bool leaves_in_cleanup = false;   ///< deregisters itself inside its cleanup callback
    bool leaves_last = false;         ///< leaves when every other module's wait has returned
    bool returns = false;             ///< registers a second time after it has left

    [[nodiscard]] bool pends() const {
        return detach_pends || early_complete || completes_first || completes_twice ||
               late_complete;
    }
};

class module;

/// One side's view of a binding.
struct bound {
    noted<module*> owner;
    noted<HANDLE> handle;
    noted<bool> attached;
    noted<bool> detaching;  ///< the detach callback was called
    noted<bool> in_detach;  ///< and has not returned
    noted<bool> pended;     ///< it will return STATUS_PENDING
    noted<bool> completed;  ///< Complete was called
    noted<bool> cleaned;
    noted<bound*> peer;
    std::atomic<uint32_t> asked{0};  ///< attaching elsewhere: 1 asked, 2 answered
    std::atomic<uint32_t> told{0};   ///< the detach callback was called
    noted<NTSTATUS> answer{STATUS_UNSUCCESSFUL};

    void begin(module* who, HANDLE binding) {
        owner = who;
        handle = binding;
        attached = detaching = in_detach = pended = completed = cleaned = false;
        peer = nullptr;
        asked = told = 0;
    }
    static void raise(std::atomic<uint32_t>& word, uint32_t value) {
        word = value;
        host::current().wake(word, UINT32_MAX);
    }
    static void await(std::atomic<uint32_t>& word) {
        while (word == 0) {
            host::current().wait(word, 0, host::no_deadline);
        }
    }
};

class module {
public:
    /// gone: how many of the modules that do not leave last have ended; first: how many there are.
    module(bool is_client, habits h, uint32_t number, std::atomic<uint32_t>& gone,
           uint32_t first) :is_client_(is_client),
        number_(number), habits_(h), gone_(gone), first_(first) {
        instance_.Size = sizeof instance_;
        instance_.NpiId = &the_npi;
        instance_.NpiSpecificCharacteristics = this;
        client_ = {0, sizeof client_, client_attach, client_detach, cleanup, instance_};
        provider_ = {0, sizeof provider_, provider_attach, provider_detach, cleanup, instance_};
    }
    module(const module&) = delete;
    module& operator=(const module&) = delete;

    void live() {
        for (int lives = habits_.returns ? 2 : 1; lives > 0; --lives) {
            if (enter()) {
                while (habits_.leaves_last && gone_ != first_) {
                    const uint32_t seen = gone_;
                    host::current().wait(gone_, seen, host::no_deadline);
                }
                leave();
                wait();
            }
        }
        if (!habits_.leaves_last) {
            bound::raise(gone_, gone_ + 1);
        }
    }

    /// False when memory is out, which is an error unless the run is one of support/fault_runs.hpp.
    bool enter() {
        ++lives_;
        released_ = false;
        departures_ = 0;
        departed_ = 0;
        const uint32_t calls = calls_;
        const NTSTATUS s = is_client_ ? NmrRegisterClient(&client_, this, &handle_)
                                      : NmrRegisterProvider(&provider_, this, &handle_);
        if (s == STATUS_INSUFFICIENT_RESOURCES && fault_runs::current() != nullptr) {
            // From here on every callback is an error.
            check(handle_ == nullptr, "a failed register left a handle");
            check(calls_ == calls, "a failed register called back");
            released_ = true;
            --lives_;
            return false;
        }
        check(s == STATUS_SUCCESS, "register failed");
        return true;
    }

    /// Starts the deregistration. The module may do so from several places at once; exactly one
    /// of them succeeds (NMR-114).
    void leave() {
        if (habits_.completes_first) {
            complete_all();
        }
        const NTSTATUS s =
            is_client_ ? NmrDeregisterClient(handle_) : NmrDeregisterProvider(handle_);
        check(s == STATUS_PENDING || s == STATUS_INVALID_PARAMETER, "deregister failed");
        if (s == STATUS_PENDING) {
            ++departures_;
            bound::raise(departed_, 1);
        }
    }

    /// What a second thread that waits for the module does.
    void wait_too() {
        bound::await(departed_);
        wait();
    }

    /// Of several that wait at once all succeed; one that comes later finds the handle dead.
    void wait() {
        const NTSTATUS s = is_client_ ? NmrWaitForClientDeregisterComplete(handle_)
                                      : NmrWaitForProviderDeregisterComplete(handle_);
        check(s == STATUS_SUCCESS || s == STATUS_INVALID_PARAMETER, "wait failed");
        ended_ += s == STATUS_SUCCESS ? 1 : 0;
        released_ = true;
        check(departures_ == 1, "not exactly one deregister succeeded");
        for (bound& b : bindings_) {
            check(!b.attached || b.cleaned, "wait ended before a binding was cleaned up");
            check(!b.in_detach, "wait ended inside a detach callback");
        }
    }

    /// Waits for the threads that the module started, as a driver waits for its work items.
    void join_workers() {
        for (uint32_t i = 0; i < workers_started_; ++i) {
            host::current().join(workers_[i]);
        }
    }

    /// What went wrong, or nothing.
    [[nodiscard]] const std::string& verdict() {
        check(ended_ >= lives_, "not every life was ended by a wait that succeeded");
        return wrong_;
    }
    [[nodiscard]] uint32_t attached() const { return attaches_; }
    [[nodiscard]] uint32_t cleaned() const { return cleanups_; }

private:
    static NTSTATUS client_attach(HANDLE binding, PVOID context, PNPI_REGISTRATION_INSTANCE peer) {
        module& me = *static_cast<module*>(context);
        ++me.calls_;
        me.check_lives(*peer);
        return me.attach_as_client(binding);
    }
    static NTSTATUS provider_attach(HANDLE binding, PVOID context, PNPI_REGISTRATION_INSTANCE peer,
                                    PVOID client_context, const VOID*, PVOID* out,
                                    const VOID** dispatch) {
        module& me = *static_cast<module*>(context);
        ++me.calls_;
        me.check_lives(*peer);
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
        if (habits_.attaches_elsewhere) {
            return attach_elsewhere(*b);
        }
        NTSTATUS s = STATUS_UNSUCCESSFUL;
        for (int tries = habits_.retries ? 2 : 1; tries > 0 && s != STATUS_SUCCESS; --tries) {
            s = attach_once(*b);
        }
        if (s != STATUS_SUCCESS) {
            b->owner = nullptr;
            return s;
        }
        if (habits_.rejects_after) {
            b->owner = nullptr;
            return STATUS_UNSUCCESSFUL;
        }
        b->attached = true;
        ++attaches_;
        return STATUS_SUCCESS;
    }

    NTSTATUS attach_once(bound& b) {
        PVOID context = nullptr;
        const VOID* dispatch = nullptr;
        const NTSTATUS s = NmrClientAttachProvider(b.handle, &b, this, &context, &dispatch);
        if (s == STATUS_SUCCESS) {
            check(context != nullptr && dispatch != nullptr, "attached without the peer's context");
        }
        return s;
    }

    // NMR-095
    NTSTATUS attach_elsewhere(bound& b) {
        start_worker(b, [](void* argument) {
            bound& it = *static_cast<bound*>(argument);
            it.answer = it.owner->attach_once(it);
            bound::raise(it.asked, 2);
        });
        bound::await(b.asked);
        if (b.asked == 2 && b.answer != STATUS_SUCCESS) {
            b.owner = nullptr;
            return b.answer;
        }
        b.attached = true;
        ++attaches_;
        return STATUS_SUCCESS;
    }

    NTSTATUS attach_as_provider(HANDLE binding, bound& client, PVOID* out, const VOID** dispatch) {
        check(!released_, "provider attach callback after the wait");
        ++offers_;
        bound::raise(client.asked, 1);
        if (habits_.leaves_in_attach) {
            leave();
        }
        if (habits_.declines || (habits_.retries && offers_ % 2 == 1)) {
            return STATUS_NOINTERFACE;
        }
        bound* b = take(binding);
        b->attached = true;
        b->peer = &client;
        client.peer = b;
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
        bound::raise(b.told, 1);
        if (habits_.leaves_in_detach) {
            leave();
        }
        b.pended = habits_.pends();
        if (habits_.early_complete || (habits_.completes_first && !b.completed)) {
            b.completed = true;
            complete(b);
        } else if (habits_.detach_pends) {
            start_worker(b, complete_now);
        } else if (habits_.completes_twice) {
            start_worker(b, complete_twice);
        } else if (habits_.late_complete) {
            start_worker(b, complete_late);
        }
        b.in_detach = false;
        return b.pended ? STATUS_PENDING : STATUS_SUCCESS;
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

    void start_worker(bound& b, void (*body)(void*)) {
        if (workers_started_ == workers_.size()) {
            check(false, "more work than workers");
            body(&b);
            return;
        }
        ke::thread& worker = workers_[workers_started_];
        worker.machine = host::self()->machine;
        worker.home = static_cast<ke::thread*>(host::self())->home;
        worker.ordinal = (is_client_ ? 200 : 210) + number_ * 20 + workers_started_;
        ++workers_started_;
        host::current().start(worker, {}, body, &b);
    }

    static void complete_now(void* argument) {
        bound& b = *static_cast<bound*>(argument);
        b.completed = true;
        b.owner->complete(b);
    }

    // NMR-144: the second call finds the binding as it is, or its handle dead.
    static void complete_twice(void* argument) {
        bound& b = *static_cast<bound*>(argument);
        b.completed = true;
        b.owner->complete(b);
        b.owner->complete(b);
    }

    // NMR-126: the peer is told although this side pends.
    static void complete_late(void* argument) {
        bound& b = *static_cast<bound*>(argument);
        bound::await(b.peer->told);
        complete_now(argument);
    }

    // NMR-142: every attached binding, before any detach has begun.
    void complete_all() {
        for (bound& b : bindings_) {
            if (b.owner != nullptr && b.attached && !b.detaching && !b.completed) {
                b.completed = true;
                complete(b);
            }
        }
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
                b.begin(this, binding);
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

    void check_lives(const NPI_REGISTRATION_INSTANCE& peer) {
        const auto& who = *static_cast<const module*>(peer.NpiSpecificCharacteristics);
        check(!who.released_, "the peer's wait has returned");
    }

    const bool is_client_;
    const uint32_t number_;
    const habits habits_;
    std::atomic<uint32_t>& gone_;
    const uint32_t first_;
    NPI_REGISTRATION_INSTANCE instance_ = {};
    NPI_CLIENT_CHARACTERISTICS client_ = {};
    NPI_PROVIDER_CHARACTERISTICS provider_ = {};
    HANDLE handle_ = nullptr;
    uint32_t lives_ = 0;
    noted<uint32_t> ended_;
    noted<uint32_t> departures_;
    std::atomic<uint32_t> departed_{0};
    noted<bool> released_;
    noted<uint32_t> offers_;
    noted<uint32_t> attaches_;
    noted<uint32_t> cleanups_;
    noted<uint32_t> calls_;  ///< of attach callbacks
    std::array<bound, 8> bindings_;
    std::array<ke::thread, 4> workers_;
    noted<uint32_t> workers_started_;
    std::string wrong_;
};

/// Some modules of one NPI, each with a thread that registers, deregisters and waits.
struct crowd {
    std::vector<habits> clients;
    std::vector<habits> providers;
    bool more_waiters = false;  ///< a second thread waits for the first client and provider
};

/// Runs the modules once; what went wrong, or nothing.
inline std::string run(const crowd& who) {
    constexpr size_t modules_max = 4;
    sim_machine m;
    m.add<nmr::registrar>();
    std::array<std::optional<module>, modules_max> modules;
    std::array<std::function<void()>, modules_max + 2> bodies;
    uint32_t count = 0;
    uint32_t threads = 0;
    std::atomic<uint32_t> gone{0};
    uint32_t leave_first = 0;
    for (const std::vector<habits>* side : {&who.clients, &who.providers}) {
        for (const habits& h : *side) {
            leave_first += h.leaves_last ? 0 : 1;
        }
    }
    const auto add = [&](bool is_client, habits h) {
        module& it = modules[count].emplace(is_client, h, count, gone, leave_first);
        ++count;
        bodies[threads++] = [&it] { it.live(); };
        return &it;
    };
    std::array<module*, 2> first = {};
    for (const habits& h : who.clients) {
        module* it = add(true, h);
        first[0] = first[0] == nullptr ? it : first[0];
    }
    for (const habits& h : who.providers) {
        module* it = add(false, h);
        first[1] = first[1] == nullptr ? it : first[1];
    }
    if (who.more_waiters) {
        for (module* it : first) {
            bodies[threads++] = [it] { it->wait_too(); };
        }
    }
    if (fault_runs::current() != nullptr) {
        fault_runs::arm();
    }
    m.run(std::span<const std::function<void()>>(bodies.data(), threads));
    for (std::optional<module>& it : modules) {
        if (it.has_value()) {
            it->join_workers();
        }
    }
    if (fault_runs::current() != nullptr) {
        fault_runs::disarm();
    }
    for (std::optional<module>& it : modules) {
        if (it.has_value() && !it->verdict().empty()) {
            return it->verdict();
        }
    }
    return {};
}

}  // namespace test::sim
