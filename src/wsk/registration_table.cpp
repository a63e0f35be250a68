// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include <atomic>
#include <cstdio>

#include "ke/callout.hpp"
#include "nmr/registrar.hpp"
#include "trace/event.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ntstatus.h"
#include "wsk/registration.hpp"
#include "wsk/subsystem.hpp"

namespace wsk {
namespace {

// What a block holds after WskDeregister. Not a handle: its top bit is clear.
constexpr uint64_t deregistered = 0x5745446465524745;

const NPI_MODULEID application_module = {
    sizeof(NPI_MODULEID),
    MIT_GUID,
    {{0x6f1c39d2, 0x6d0a, 0x4b6e, {0x9b, 0x11, 0x52, 0xc4, 0x03, 0x7a, 0xe0, 0x15}}}};

mm::handle_value read_word(const ke::thread& self, WSK_REGISTRATION& block) noexcept {
    host::schedule_point(self, host::point::interlocked, &block);
    return registration_table::word_of(block);
}

void write_word(WSK_REGISTRATION& block, mm::handle_value word) noexcept {
    host::schedule_point(host::point::interlocked, &block);
    std::atomic_ref<ULONGLONG>(block.ReservedRegistrationState)
        .store(word, std::memory_order_release);
}

// Where a handle is looked up without a lock, and where it dies.
void life_point(const ke::thread& self, mm::handle_value word) noexcept {
    host::schedule_point(self, host::point::interlocked, reinterpret_cast<const void*>(word));
}

// True inside a callback that WSK waits for, so that waiting for WSK there never ends.
bool inside_wsk_callback() noexcept {
    for (const ke::callout_frame* f = ke::current().frame; f != nullptr; f = f->outer) {
        if (f->kind == ke::callout_kind::wsk_event ||
            f->kind == ke::callout_kind::wsk_client_event ||
            f->kind == ke::callout_kind::completion_routine) {
            return true;
        }
    }
    return false;
}

}  // namespace

const NPI_REGISTRATION_INSTANCE& application_instance() noexcept {
    static constexpr NPI_REGISTRATION_INSTANCE instance = {
        0, sizeof(NPI_REGISTRATION_INSTANCE), &wsk_npi, &application_module, 0, nullptr};
    return instance;
}

base::status registration_table::add(const WSK_CLIENT_NPI* npi, WSK_REGISTRATION* block,
                                     const void* caller) noexcept {
    if (npi == nullptr || npi->Dispatch == nullptr || block == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    if (npi->Dispatch->Reserved != 0) {
        verify::violation(verify::rule::wsk_registration_misuse, caller, npi->Dispatch,
                          "WSK_CLIENT_DISPATCH.Reserved is %u, not 0", npi->Dispatch->Reserved);
    }
    base::result<registration*> taken = take(*block, *npi, caller);
    if (!taken.ok()) {
        return taken.status();
    }
    registration& r = *taken.value();
    const base::status s = machine_->get<nmr::registrar>().register_module(
        nmr::form_of(nmr::side::client, application_instance(), r), caller, &r.nmr_client_);
    trace::emit(trace::event::wsk_register, r.word(), static_cast<uint32_t>(s.code()));
    if (!s.ok()) {
        r.begin_deregister(r.word());
        put(r);
        return s;
    }
    block->ReservedRegistrationContext = nullptr;
    block->ReservedRegistrationLock = 0;
    write_word(*block, r.word());
    return STATUS_SUCCESS;
}

// A slot for the block, unless a live registration has it.
base::result<registration*> registration_table::take(WSK_REGISTRATION& block,
                                                     const WSK_CLIENT_NPI& npi,
                                                     const void* caller) noexcept {
    lock_.lock();
    while (slab_.free_count() == 0) {
        const uint32_t objects = slab_.next_chunk_objects();
        lock_.unlock();
        registration* chunk = objects != 0 ? mm::slab<registration>::allocate(objects) : nullptr;
        if (chunk == nullptr) {
            return base::status{STATUS_INSUFFICIENT_RESOURCES};
        }
        lock_.lock();
        if (slab_.next_chunk_objects() == objects) {
            slab_.add(chunk);
        } else {
            mm::slab<registration>::discard(chunk);
        }
    }
    const bool live = is_registered_locked(&block);
    registration* r = live ? nullptr : slab_.take();
    if (r != nullptr) {
        registration*& bucket = bucket_of(&block);
        r->next_in_bucket_ = bucket;
        bucket = r;
        r->table_ = this;
        r->block_.store(&block, std::memory_order_relaxed);
        r->dispatch_ = npi.Dispatch;
        r->version_ = npi.Dispatch->Version;
        r->client_context_ = npi.ClientContext;
        r->caller_ = caller;
        r->ordinal_ = ++registered_;
        r->nmr_client_ = nullptr;
    }
    lock_.unlock();
    if (live) {
        verify::violation(verify::rule::wsk_registration_misuse, caller, &block,
                          "WskRegister with a WSK_REGISTRATION that is registered");
        return base::status{STATUS_INVALID_PARAMETER};
    }
    if (r == nullptr) {
        return base::status{STATUS_INSUFFICIENT_RESOURCES};
    }
    r->begin();
    return r;
}

void registration_table::put(registration& r) noexcept {
    r.end();
    host::guard g(lock_);
    registration** link = &bucket_of(r.block_.load(std::memory_order_relaxed));
    while (*link != &r) {
        link = &(*link)->next_in_bucket_;
    }
    *link = r.next_in_bucket_;
    life_point(ke::current(), r.word());
    slab_.put(r);
}

registration*& registration_table::bucket_of(const WSK_REGISTRATION* block) noexcept {
    const uint64_t mixed = trace::value(block) * 0x9e3779b97f4a7c15u;
    return buckets_[(mixed >> 32) % bucket_count];
}

bool registration_table::is_registered_locked(const WSK_REGISTRATION* block) noexcept {
    for (registration* r = bucket_of(block); r != nullptr; r = r->next_in_bucket_) {
        if (r->is_at(block)) {
            return true;
        }
    }
    return false;
}

registration* registration_table::find(const ke::thread& self,
                                       mm::handle_value word) const noexcept {
    if (OPENWSK_UNLIKELY(!mm::is_kind(word, mm::handle_kind::wsk_registration))) {
        return nullptr;
    }
    life_point(self, word);
    return slab_.find(word);
}

// A block that was deregistered is a normal sight (REG-056), also if that happened since the word
// was read; everything else is reported.
void registration_table::misuse(WSK_REGISTRATION& block, mm::handle_value word,
                                const char* function, const void* caller) const noexcept {
    if (word != deregistered && word == read_word(ke::current(), block)) {
        verify::violation(verify::rule::wsk_registration_misuse, caller, &block,
                          "%s with a WSK_REGISTRATION that was not registered, or was copied or "
                          "overwritten",
                          function);
    }
}

base::status registration_table::capture(ke::thread& self, WSK_REGISTRATION* block,
                                         ULONG timeout_ms, WSK_PROVIDER_NPI* out,
                                         const void* caller) noexcept {
    if (OPENWSK_UNLIKELY(block == nullptr || out == nullptr)) {
        return STATUS_INVALID_PARAMETER;
    }
    const mm::handle_value word = read_word(self, *block);
    registration* r = find(self, word);
    if (OPENWSK_UNLIKELY(r == nullptr || !r->is_at(block))) {
        misuse(*block, word, "WskCaptureProviderNPI", caller);
        return STATUS_DEVICE_NOT_READY;
    }
    base::status s = STATUS_SUCCESS;
    if (OPENWSK_LIKELY(r->captures_.enter(self, r->is_still(word)))) {
        *out = r->provider_;
    } else {
        s = r->capture_slow(word, timeout_ms, *out, caller);
    }
    trace::emit(trace::event::wsk_capture, word, static_cast<uint32_t>(s.code()));
    return s;
}

void registration_table::release(ke::thread& self, WSK_REGISTRATION* block,
                                 const void* caller) noexcept {
    const mm::handle_value word = block != nullptr ? read_word(self, *block) : 0;
    registration* r = find(self, word);
    if (OPENWSK_UNLIKELY(r == nullptr || !r->is_at(block))) {
        stray_release(block, false, caller);
        return;
    }
    trace::emit(trace::event::wsk_release, word);
    if (OPENWSK_UNLIKELY(!r->release(self, word))) {
        stray_release(block, true, caller);
    }
}

void registration_table::stray_release(const WSK_REGISTRATION* block, bool registered,
                                       const void* caller) noexcept {
    verify::violation(verify::rule::wsk_registration_misuse, caller, block,
                      registered
                          ? "WskReleaseProviderNPI without a capture to release"
                          : "WskReleaseProviderNPI with a WSK_REGISTRATION that is not registered");
}

base::status registration_table::query(WSK_REGISTRATION* block, WSK_PROVIDER_CHARACTERISTICS* out,
                                       const void* caller) noexcept {
    if (block == nullptr || out == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    const ke::thread& self = ke::current();
    const mm::handle_value word = read_word(self, *block);
    registration* r = find(self, word);
    if (r == nullptr || !r->is_at(block)) {
        misuse(*block, word, "WskQueryProviderCharacteristics", caller);
        return STATUS_DEVICE_NOT_READY;
    }
    return r->query(word, *out);
}

void registration_table::remove(WSK_REGISTRATION* block, const void* caller) noexcept {
    const ke::thread& self = ke::current();
    const mm::handle_value word = block != nullptr ? read_word(self, *block) : 0;
    registration* r = find(self, word);
    if (r == nullptr || !r->is_at(block) || !r->begin_deregister(word)) {
        verify::violation(verify::rule::wsk_registration_misuse, caller, block,
                          "WskDeregister with a WSK_REGISTRATION that is not registered, or is "
                          "being deregistered already");
        return;
    }
    trace::emit(trace::event::wsk_deregister, word);
    if (inside_wsk_callback()) {
        verify::violation(verify::rule::wsk_registration_misuse, caller, block,
                          "WskDeregister called from a WSK callback");
    }
    nmr::registrar& registrar = machine_->get<nmr::registrar>();
    if (registrar.deregister(nmr::side::client, r->nmr_client_, caller) == STATUS_PENDING) {
        const base::status s = registrar.wait(nmr::side::client, r->nmr_client_, caller);
        OPENWSK_ASSERT(s == STATUS_SUCCESS);
    }
    r->wait_for_captures_in_progress();
    // The last access to the block (REG-105).
    write_word(*block, deregistered);
    put(*r);
}

void registration_table::show(base::object_visitor& v) noexcept {
    host::guard g(lock_);
    slab_.for_each([&](registration& r) {
        base::object_info o;
        o.kind = base::object_kind::registration;
        o.ordinal = r.ordinal_;
        o.address = r.block_.load(std::memory_order_relaxed);
        o.site = r.caller_;
        std::snprintf(o.text, sizeof o.text, "WSK, version %u.%u", WSK_MAJOR_VERSION(r.version_),
                      WSK_MINOR_VERSION(r.version_));
        v.visit(o);
        const int64_t captured = r.captures_.users();
        if (captured > 0) {
            o.kind = base::object_kind::capture;
            std::snprintf(o.text, sizeof o.text, "%lld capture(s) of registration %llu",
                          static_cast<long long>(captured),
                          static_cast<unsigned long long>(r.ordinal_));
            v.visit(o);
        }
    });
}

}  // namespace wsk
