// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "wsk/subsystem.hpp"

#include "ke/kernel.hpp"
#include "ke/long_wait.hpp"
#include "nmr/registrar.hpp"
#include "verify/text.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ntstatus.h"
#include "wsk/sockets.hpp"

namespace wsk {

constinit const NPIID wsk_npi = {
    0x2227e803, 0x8d8b, 0x11d4, {0xab, 0xad, 0x00, 0x90, 0x27, 0x71, 0x9e, 0x09}};

namespace {

const NPI_MODULEID subsystem_module = {
    sizeof(NPI_MODULEID),
    MIT_GUID,
    {{0x0f6f4d5b, 0x53c5, 0x4ab4, {0x8c, 0x27, 0x7e, 0x2b, 0x92, 0x60, 0x4b, 0xd1}}}};

constexpr WSK_PROVIDER_CHARACTERISTICS characteristics = {version_highest, version_lowest};

const WSK_PROVIDER_DISPATCH& table_of(USHORT version) noexcept {
    return version == MAKE_WSK_VERSION(1, 0) ? provider_dispatch_1_0 : provider_dispatch_1_1;
}

}  // namespace

subsystem::subsystem(base::machine& m) noexcept : machine_(&m), registrations_(m), names_(m) {
    instance_.Size = sizeof instance_;
    instance_.NpiId = &wsk_npi;
    instance_.ModuleId = &subsystem_module;
    instance_.NpiSpecificCharacteristics = &characteristics;
    if (m.options().wsk_ready_after_ms == 0) {
        (void)start();
    } else {
        start_late();
    }
}

// The drivers are gone; whoever did not deregister is not called any more.
subsystem::~subsystem() {
    if (!late_thread_) {
        return;
    }
    {
        host::guard g(lock_);
        ending_ = true;
        changed_.notify_all();
    }
    // To its very end: the machine goes next.
    machine_->get<ke::kernel>().wait_ended(*late_thread_);
}

base::status subsystem::start() noexcept {
    {
        host::guard g(lock_);
        if (provider_ != nullptr || starting_) {
            return STATUS_SUCCESS;
        }
        starting_ = true;
    }
    HANDLE made = nullptr;
    const base::status s = machine_->get<nmr::registrar>().register_module(
        nmr::form_of(nmr::side::provider, instance_, *this), nullptr, &made);
    host::guard g(lock_);
    starting_ = false;
    provider_ = made;
    return s;
}

void subsystem::stop() noexcept {
    HANDLE leaving = nullptr;
    {
        host::guard g(lock_);
        leaving = provider_;
        provider_ = nullptr;
    }
    if (leaving == nullptr) {
        return;
    }
    nmr::registrar& registrar = machine_->get<nmr::registrar>();
    if (registrar.deregister(nmr::side::provider, leaving, nullptr) == STATUS_PENDING) {
        const base::status s = registrar.wait(nmr::side::provider, leaving, nullptr);
        OPENWSK_ASSERT(s == STATUS_SUCCESS);
    }
}

// The early boot: a thread starts the subsystem when its time has come.
void subsystem::start_late() noexcept {
    ke::spawn_options options;
    options.name = "openwsk-wsk";
    late_thread_ = machine_->get<ke::kernel>().spawn(options, start_late_entry, this);
}

void subsystem::start_late_entry(void* self) noexcept {
    auto& s = *static_cast<subsystem*>(self);
    const uint64_t due =
        host::current().now_ns() + s.machine_->options().wsk_ready_after_ms * ke::ns_per_ms;
    s.lock_.lock();
    while (!s.ending_ && s.changed_.wait(s.lock_, due)) {
    }
    const bool ending = s.ending_;
    s.lock_.unlock();
    if (!ending) {
        (void)s.start();
    }
}

// ---- client objects ----

client* subsystem::find_client(PWSK_CLIENT handle) const noexcept {
    const auto h = reinterpret_cast<mm::handle_value>(handle);
    return mm::is_kind(h, mm::handle_kind::wsk_client) ? clients_.find(h) : nullptr;
}

uint32_t subsystem::client_count() noexcept {
    host::guard g(lock_);
    return clients_.in_use_count();
}

client* subsystem::take_client() noexcept {
    lock_.lock();
    while (clients_.free_count() == 0) {
        const uint32_t objects = clients_.next_chunk_objects();
        lock_.unlock();
        client* chunk = objects != 0 ? mm::slab<client>::allocate(objects) : nullptr;
        if (chunk == nullptr) {
            return nullptr;
        }
        lock_.lock();
        if (clients_.next_chunk_objects() == objects) {
            clients_.add(chunk);
        } else {
            mm::slab<client>::discard(chunk);
        }
    }
    client* c = clients_.take();
    lock_.unlock();
    return c;
}

// ---- NMR provider ----

base::status subsystem::attach_client(HANDLE binding, const NPI_REGISTRATION_INSTANCE& application,
                                      void* client_context, const void* client_dispatch,
                                      void** provider_context,
                                      const void** provider_dispatch) noexcept {
    if (client_dispatch == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    const auto* dispatch = static_cast<const WSK_CLIENT_DISPATCH*>(client_dispatch);
    if (!is_supported(dispatch->Version)) {
        return STATUS_NOINTERFACE;
    }
    client* c = take_client();
    if (c == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    // One of our own registrations attaches with itself as context (REG-127).
    const auto* own = &application == &application_instance()
                          ? static_cast<const registration*>(client_context)
                          : nullptr;
    if (own != nullptr) {
        c->attach(*this, binding, *dispatch, own->client_context(), own->caller(), true);
    } else {
        c->attach(*this, binding, *dispatch, client_context, &application, false);
    }
    *provider_context = c->handle();
    *provider_dispatch = &table_of(dispatch->Version);
    return STATUS_SUCCESS;
}

base::status subsystem::detach(void* binding_context) noexcept {
    client* c = find_client(binding_context);
    OPENWSK_ASSERT(c != nullptr);
    const bool complete = c->begin_detach();
    // A request that is queued from here on sees that the client leaves.
    transports_.release(*c);
    return complete ? STATUS_SUCCESS : STATUS_PENDING;
}

void subsystem::cleanup(void* binding_context) noexcept {
    client* c = find_client(binding_context);
    OPENWSK_ASSERT(c != nullptr);
    if (c->held_by().calls != 0) {
        verify::violation(verify::rule::wsk_registration_misuse, c->creation_site(),
                          binding_context,
                          "ClientDetachProvider completed with a call inside the provider dispatch "
                          "table");
    }
    machine_->get<sockets>().buffers().release_quarantine(*c);
    const void* cached_by = nullptr;
    if (const uint32_t cached = descriptors_.drop(*c, cached_by); cached != 0) {
        verify::violation(verify::rule::wsk_registration_misuse, cached_by, binding_context,
                          "%u security descriptor(s) cached by WSK_CACHE_SD were not released",
                          cached);
    }
    host::guard g(lock_);
    host::schedule_point(host::point::interlocked, &c->holds_);  // pairs with client::enter
    clients_.put(*c);
}

void subsystem::describe_wait(verify::text& out) noexcept {
    out.add("openwsk: the WSK subsystem stops and waits for %u application(s)\n", client_count());
}

void subsystem::show(base::object_visitor& v) noexcept {
    registrations_.show(v);
}

}  // namespace wsk
