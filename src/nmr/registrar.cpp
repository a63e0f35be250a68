// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Tables, registration, deregistration and wait. What happens to one binding is in nmr/binding.cpp.

#include "nmr/registrar.hpp"

#include <cstdio>
#include <cstring>

#include "ke/long_wait.hpp"
#include "trace/event.hpp"
#include "verify/text.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ntstatus.h"

namespace nmr {
namespace {

constexpr uint32_t described_max = 16;

uint64_t hash(const GUID& id) noexcept {
    uint64_t words[2];
    static_assert(sizeof words == sizeof id);
    std::memcpy(words, &id, sizeof words);
    const uint64_t mixed = (words[0] ^ (words[1] * 0x9e3779b97f4a7c15u)) * 0xbf58476d1ce4e5b9u;
    return mixed ^ (mixed >> 32);
}

const char* name_of(side s) noexcept {
    return s == side::client ? "client" : "provider";
}

const char* name_of(side_phase p) noexcept {
    switch (p) {
        case side_phase::idle:
            return "attached";
        case side_phase::calling:
            return "in its detach callback";
        case side_phase::pending:
            return "detach pending";
        case side_phase::done:
            break;
    }
    return "detached";
}

}  // namespace

const char* name_of(registration_state s) noexcept {
    static constexpr const char* names[] = {"none",     "offering", "registered",
                                            "draining", "drained",  "closed"};
    return names[static_cast<unsigned>(s)];
}

void registration::set_state(registration_state to) noexcept {
    OPENWSK_ASSERT(is_edge(state_, to));
    trace::emit(trace::event::nmr_registration_state, trace::value(handle()),
                static_cast<uint64_t>(state_), static_cast<uint64_t>(to));
    state_ = to;
}

registrar::registrar(base::machine& m) noexcept : machine_(&m) {}

registrar::~registrar() = default;

// ---- register ----

base::status registrar::register_module(const module_form& form, const void* caller,
                                        HANDLE* out) noexcept {
    *out = nullptr;
    lock_.lock();
    uint32_t peers = 0;
    npi* group = nullptr;
    registration* r = nullptr;
    if (reserve_locked(form, peers)) {
        r = registrations_.take();
        group = r != nullptr ? group_locked(form.npi_id) : nullptr;
    }
    if (group == nullptr || !take_bindings_locked(*r, peers)) {
        if (r != nullptr) {
            registrations_.put(*r);
        }
        if (group != nullptr && group->count(side::client) + group->count(side::provider) == 0) {
            remove_npi_locked(*group);
        }
        lock_.unlock();
        trace::emit(trace::event::nmr_register, static_cast<uint64_t>(form.side), 0, 0,
                    static_cast<uint32_t>(STATUS_INSUFFICIENT_RESOURCES));
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    r->form = form;
    r->group = group;
    r->caller = caller;
    r->ordinal = ++registered_;
    ++r->calls;
    // The variable took NULL a moment ago. From the next line on peers know the module, and their
    // threads may call it (NMR-049).
    *out = r->handle();
    insert_locked(*r);
    trace::emit(trace::event::nmr_register, static_cast<uint64_t>(form.side), trace::value(*out),
                hash(group->id), STATUS_SUCCESS);
    while (binding* b = r->offers.pop_front()) {
        offer_locked(*b);
    }
    if (!r->leaving()) {
        r->set_state(registration_state::registered);
    }
    --r->calls;
    release_locked(*r);
    lock_.unlock();
    return STATUS_SUCCESS;
}

// Makes sure that the objects the registration needs exist, so that taking them is all that is
// left to do. The answer about peers holds as long as the lock does.
bool registrar::reserve_locked(const module_form& form, uint32_t& peers) noexcept {
    for (;;) {
        npi* group = find_npi_locked(form.npi_id);
        peers = group != nullptr ? group->count(other(form.side)) : 0;
        if (registrations_.free_count() == 0) {
            if (!grow_locked(registrations_)) {
                return false;
            }
        } else if (group == nullptr && npis_.free_count() == 0) {
            if (!grow_locked(npis_)) {
                return false;
            }
        } else if (bindings_.free_count() < peers) {
            if (!grow_locked(bindings_)) {
                return false;
            }
        } else {
            return true;
        }
    }
}

// Adds a chunk; the lock is released meanwhile, so the caller looks again at everything.
template <class T>
bool registrar::grow_locked(mm::slab<T>& slab) noexcept {
    const uint32_t objects = slab.next_chunk_objects();
    lock_.unlock();
    T* chunk = objects != 0 ? mm::slab<T>::allocate(objects) : nullptr;
    lock_.lock();
    if (chunk == nullptr) {
        return false;
    }
    if (slab.next_chunk_objects() != objects) {
        // Another thread was faster; what it added may be enough.
        mm::slab<T>::discard(chunk);
        return true;
    }
    slab.add(chunk);
    return true;
}

npi*& registrar::bucket_of(const GUID& id) noexcept {
    return buckets_[hash(id) % bucket_count];
}

npi* registrar::find_npi_locked(const GUID& id) noexcept {
    for (npi* n = bucket_of(id); n != nullptr; n = n->next_in_bucket) {
        if (std::memcmp(&n->id, &id, sizeof id) == 0) {
            return n;
        }
    }
    return nullptr;
}

npi* registrar::group_locked(const GUID& id) noexcept {
    npi* n = find_npi_locked(id);
    if (n == nullptr) {
        n = npis_.take();
        if (n != nullptr) {
            n->id = id;
            npi*& bucket = bucket_of(id);
            n->next_in_bucket = bucket;
            bucket = n;
        }
    }
    return n;
}

void registrar::remove_npi_locked(npi& group) noexcept {
    npi** link = &bucket_of(group.id);
    while (*link != &group) {
        link = &(*link)->next_in_bucket;
    }
    *link = group.next_in_bucket;
    npis_.put(group);
}

// All or none, on r's list of offers.
bool registrar::take_bindings_locked(registration& r, uint32_t count) noexcept {
    for (uint32_t i = 0; i < count; ++i) {
        binding* b = bindings_.take();
        if (b == nullptr) {
            while (binding* taken = r.offers.pop_front()) {
                bindings_.put(*taken);
            }
            return false;
        }
        r.offers.push_back(*b);
    }
    return true;
}

// Puts r on the list of its NPI and pairs it with every peer there, oldest first. Peers that are
// leaving are not on the list.
void registrar::insert_locked(registration& r) noexcept {
    npi& group = *r.group;
    npi::peer_list& peers = group.peers(other(r.side()));
    binding* b = r.offers.front();
    for (registration* peer = peers.front(); peer != nullptr; peer = peers.next(*peer)) {
        OPENWSK_ASSERT(b != nullptr);
        b->client = r.side() == side::client ? &r : peer;
        b->provider = r.side() == side::client ? peer : &r;
        b->reset();
        b->ordinal = ++bound_;
        for (const side s : {side::client, side::provider}) {
            registration& of = b->of(s);
            of.bindings.push_back(b->link(s));
            ++of.binding_count;
        }
        b->set_state(binding_state::created);
        b = r.offers.next(*b);
    }
    OPENWSK_ASSERT(b == nullptr);
    group.peers(r.side()).push_back(r);
    ++group.count(r.side());
    r.set_state(registration_state::offering);
}

// ---- deregister ----

registration* registrar::find_locked(side s, HANDLE handle) noexcept {
    const auto h = reinterpret_cast<mm::handle_value>(handle);
    if (!mm::is_kind(
            h, s == side::client ? mm::handle_kind::nmr_client : mm::handle_kind::nmr_provider)) {
        return nullptr;
    }
    registration* r = registrations_.find(h);
    return r != nullptr && r->side() == s && r->state() != registration_state::closed ? r : nullptr;
}

base::status registrar::deregister(side s, HANDLE handle, const void* caller) noexcept {
    lock_.lock();
    registration* r = find_locked(s, handle);
    if (r == nullptr || r->leaving()) {
        const bool again = r != nullptr;
        lock_.unlock();
        verify::violation(verify::rule::nmr_bad_handle, caller, handle,
                          again ? "the %s registration %p is being deregistered already"
                                : "no %s registration has the handle %p",
                          name_of(s), handle);
        return STATUS_INVALID_PARAMETER;
    }
    ++r->calls;
    leave_npi_locked(*r);
    r->set_state(registration_state::draining);
    trace::emit(trace::event::nmr_deregister, trace::value(handle), STATUS_PENDING);
    detach_run run(*r, s);
    while (fill_run_locked(run)) {
        const uint32_t count = run.count;
        lock_.unlock();
        make_run(run, count);
        lock_.lock();
        end_run_locked(run, count);
    }
    drained_locked(*r);
    base::status result = STATUS_PENDING;
    if (machine_->options().idle_deregister_succeeds && r->state() == registration_state::drained &&
        r->waiters == 0) {
        close_locked(*r);
        result = STATUS_SUCCESS;
    }
    --r->calls;
    release_locked(*r);
    lock_.unlock();
    return result;
}

void registrar::leave_npi_locked(registration& r) noexcept {
    npi& group = *r.group;
    npi::peer_list::remove(r);
    --group.count(r.side());
    r.group = nullptr;
    if (group.count(side::client) == 0 && group.count(side::provider) == 0) {
        remove_npi_locked(group);
    }
}

/// Called when a leaving registration may have lost its last binding.
void registrar::drained_locked(registration& r) noexcept {
    if (r.state() == registration_state::draining && r.binding_count == 0) {
        r.set_state(registration_state::drained);
        if (r.waiters != 0) {
            r.changed.notify_all();
        }
    }
}

// ---- wait ----

base::status registrar::wait(side s, HANDLE handle, const void* caller) noexcept {
    lock_.lock();
    registration* r = find_locked(s, handle);
    if (r == nullptr || !r->leaving()) {
        const bool too_early = r != nullptr;
        lock_.unlock();
        if (too_early) {
            verify::violation(verify::rule::nmr_wait_too_early, caller, handle,
                              "the %s registration %p was not deregistered", name_of(s), handle);
        } else {
            verify::violation(verify::rule::nmr_bad_handle, caller, handle,
                              "no %s registration has the handle %p", name_of(s), handle);
        }
        return STATUS_INVALID_PARAMETER;
    }
    if (r->state() != registration_state::drained) {
        if (inside_callback_of(*r)) {
            lock_.unlock();
            report_endless_wait(s, handle, caller);
            lock_.lock();
        }
        ++r->waiters;
        ke::long_wait(
            lock_, r->changed, [r] { return r->state() == registration_state::drained; },
            [this, handle] { describe_wait(handle); });
        --r->waiters;
    }
    if (r->waiters == 0) {
        close_locked(*r);
        release_locked(*r);
    }
    lock_.unlock();
    return STATUS_SUCCESS;
}

void registrar::report_endless_wait(side s, HANDLE handle, const void* caller) noexcept {
    if (machine_->options().verification != base::verify_level::off) {
        verify::violation(verify::rule::nmr_wait_in_callback, caller, handle,
                          "a callback of the %s registration %p waits for the end of its own "
                          "deregistration, which waits for the callback",
                          name_of(s), handle);
    }
}

void registrar::close_locked(registration& r) noexcept {
    r.set_state(registration_state::closed);
}

// The object outlives its handle while a register or deregister call of it is on a stack.
void registrar::release_locked(registration& r) noexcept {
    if (r.state() == registration_state::closed && r.calls == 0) {
        OPENWSK_ASSERT(r.binding_count == 0 && r.waiters == 0);
        r.set_state(registration_state::none);
        r.form = module_form{};
        registrations_.put(r);
    }
}

// ---- reports ----

void registrar::show(base::object_visitor& v) noexcept {
    host::guard g(lock_);
    registrations_.for_each([&](registration& r) {
        if (r.form.ours != nullptr || r.state() == registration_state::closed) {
            return;
        }
        base::object_info o;
        o.kind = base::object_kind::registration;
        o.ordinal = r.ordinal;
        o.address = r.handle();
        o.site = r.caller;
        std::snprintf(o.text, sizeof o.text, "NMR %s, NPI %08x-%04x-%04x, %s, %u binding(s)",
                      name_of(r.side()), r.form.npi_id.Data1, r.form.npi_id.Data2,
                      r.form.npi_id.Data3, name_of(r.state()), r.binding_count);
        v.visit(o);
    });
    bindings_.for_each([&](binding& b) OPENWSK_NO_TSA {
        for (const side s : {side::client, side::provider}) {
            if (b.of(s).form.ours == nullptr) {
                show_binding_locked(v, b, s);
            }
        }
    });
}

// A binding is shown once for each driver that has part in it.
void registrar::show_binding_locked(base::object_visitor& v, binding& b, side s) noexcept {
    base::object_info o;
    o.kind = base::object_kind::binding;
    o.ordinal = b.ordinal;
    o.address = b.handle();
    o.site = b.of(s).caller;
    const uint64_t peer = b.of(other(s)).ordinal;
    std::snprintf(o.text, sizeof o.text,
                  "as %s, with registration %llu; %s; client %s, provider %s", name_of(s),
                  static_cast<unsigned long long>(peer), name_of(b.state()),
                  name_of(b.at(side::client).phase), name_of(b.at(side::provider).phase));
    v.visit(o);
}

// Names the bindings that keep a registration from draining.
void registrar::describe_wait(HANDLE handle) noexcept {
    struct line {
        binding_state state;
        side_phase phases[2];
        const void* callers[2];
        uint64_t ordinal;
    };
    line lines[described_max];
    uint32_t found = 0;
    component* ours = nullptr;
    {
        host::guard g(lock_);
        // The caller waits for it, so it does not go away.
        ours = registrations_.find(reinterpret_cast<mm::handle_value>(handle))->form.ours;
        bindings_.for_each([&](binding& b) {
            if (b.client->handle() != handle && b.provider->handle() != handle) {
                return;
            }
            if (found < described_max) {
                lines[found] = {b.state(),
                                {b.at(side::client).phase, b.at(side::provider).phase},
                                {b.client->caller, b.provider->caller},
                                b.ordinal};
            }
            ++found;
        });
    }
    verify::text out;
    if (ours != nullptr) {
        ours->describe_wait(out);
        return;
    }
    out.add("openwsk: the end of NMR registration %p waits for %u binding(s)\n", handle, found);
    for (uint32_t i = 0; i < found && i < described_max; ++i) {
        const line& l = lines[i];
        out.add("    binding %llu: %s\n", static_cast<unsigned long long>(l.ordinal),
                name_of(l.state));
        for (const side s : {side::client, side::provider}) {
            const auto n = static_cast<unsigned>(s);
            out.add("        %s %s, registered by ", name_of(s), name_of(l.phases[n]));
            out.add_return(l.callers[n]);
            out.add("\n");
        }
    }
}

}  // namespace nmr
