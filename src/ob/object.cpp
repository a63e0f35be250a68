// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ob/object.hpp"

#include <cstdio>
#include <utility>

#include "ke/dispatcher.hpp"
#include "ke/kernel.hpp"
#include "mm/try_new.hpp"
#include "verify/violation.hpp"

namespace ob {

constinit object_type thread_type{"Thread"};
constinit object_type process_type{"Process"};
constinit object_type event_type{"Event"};
constinit object_type semaphore_type{"Semaphore"};
constinit object_type file_type{"File"};
constinit object_type key_type{"Key"};
constinit object_type section_type{"Section"};
constinit object_type token_type{"Token"};

namespace {

// Never signaled: the system process does not end.
struct process {
    process() noexcept { ke::initialize_header(header, ProcessObject, sizeof header, 0); }
    DISPATCHER_HEADER header;
};

const HANDLE current_process = reinterpret_cast<HANDLE>(-1);
const HANDLE current_thread = reinterpret_cast<HANDLE>(-2);

mm::handle_value value_of(HANDLE h) noexcept {
    return reinterpret_cast<mm::handle_value>(h);
}

}  // namespace

PEPROCESS system_process() noexcept {
    static process the_process;
    return reinterpret_cast<PEPROCESS>(&the_process);
}

struct object_manager::entry : base::heap_object {
    void* body = nullptr;
    const object_type* type = nullptr;
    destroy_function destroy = nullptr;
    DISPATCHER_HEADER* header = nullptr;
    uint32_t references[2] = {1, 0};  // by holder
    const void* site = nullptr;       // of the driver's first reference
    entry* next = nullptr;
};

object_manager::object_manager(base::machine& m) noexcept : machine_(&m) {}

// Whatever drivers left behind goes with the machine.
object_manager::~object_manager() {
    for (shard& s : shards_) {
        for (;;) {
            entry* e = nullptr;
            {
                host::guard g(s.lock);
                e = s.first;
                if (e == nullptr) {
                    break;
                }
                s.first = e->next;
            }
            e->destroy(e->body);
            delete e;
        }
    }
}

object_manager::shard& object_manager::shard_of(const void* body) noexcept {
    const uint64_t mixed = reinterpret_cast<uintptr_t>(body) * 0x9e3779b97f4a7c15u;
    return shards_[mixed >> (64 - 6)];
}

object_manager::entry* object_manager::find_locked(shard& s,
                                                   const void* body) noexcept OPENWSK_NO_TSA {
    entry* e = s.first;
    while (e != nullptr && e->body != body) {
        e = e->next;
    }
    return e;
}

bool object_manager::insert(void* body, const object_type& type, destroy_function destroy,
                            DISPATCHER_HEADER* header) noexcept {
    entry* e = mm::try_new<entry>();
    if (e == nullptr) {
        return false;
    }
    e->body = body;
    e->type = &type;
    e->destroy = destroy;
    e->header = header;
    shard& s = shard_of(body);
    host::guard g(s.lock);
    OPENWSK_ASSERT(find_locked(s, body) == nullptr);
    e->next = s.first;
    s.first = e;
    return true;
}

const object_type* object_manager::reference(void* body, holder who, const void* caller) noexcept {
    shard& s = shard_of(body);
    {
        host::guard g(s.lock);
        if (entry* e = find_locked(s, body)) {
            if (e->references[static_cast<size_t>(who)]++ == 0 && who == holder::driver) {
                e->site = caller;
            }
            return e->type;
        }
    }
    if (body == system_process()) {
        return &process_type;
    }
    base::ref_ptr<ke::thread> t = machine_->get<ke::kernel>().reference(body);
    if (!t) {
        return nullptr;
    }
    if (who == holder::driver &&
        t->driver_references.fetch_add(1, std::memory_order_relaxed) == 0) {
        t->referenced_by.store(caller, std::memory_order_relaxed);
    }
    (void)t.detach();
    return &thread_type;
}

void object_manager::dereference(void* body, holder who, const void* caller) noexcept {
    if (body == system_process()) {
        return;
    }
    if (base::ref_ptr<ke::thread> t = machine_->get<ke::kernel>().reference(body)) {
        dereference_thread(std::move(t), who, caller);
    } else {
        dereference_entry(body, who, caller);
    }
}

void object_manager::dereference_thread(base::ref_ptr<ke::thread> t, holder who,
                                        const void* caller) noexcept {
    if (who == holder::driver) {
        uint32_t held = t->driver_references.load(std::memory_order_relaxed);
        do {
            if (held == 0) {
                verify::violation(verify::rule::object_over_dereferenced, caller, t->object(),
                                  "thread %u is dereferenced more often than it was referenced",
                                  t->id);
                return;
            }
        } while (
            !t->driver_references.compare_exchange_weak(held, held - 1, std::memory_order_relaxed));
    }
    base::ref_ptr<ke::thread>::adopt(t.get()).reset();
}

void object_manager::dereference_entry(void* body, holder who, const void* caller) noexcept {
    shard& s = shard_of(body);
    entry* gone = nullptr;
    verify::rule broken{};
    const char* problem = nullptr;
    {
        host::guard g(s.lock);
        entry* e = find_locked(s, body);
        if (e == nullptr) {
            broken = verify::rule::object_bad_pointer;
            problem = "no object";
        } else if (uint32_t& held = e->references[static_cast<size_t>(who)]; held == 0) {
            broken = verify::rule::object_over_dereferenced;
            problem = "an object, but dereferenced more often than it was referenced";
        } else if (--held == 0 && e->references[0] == 0 && e->references[1] == 0) {
            entry** link = &s.first;
            while (*link != e) {
                link = &(*link)->next;
            }
            *link = e->next;
            gone = e;
        }
    }
    if (OPENWSK_UNLIKELY(problem != nullptr)) {
        verify::violation(broken, caller, body, "%p is %s", body, problem);
    } else if (gone != nullptr) {
        gone->destroy(body);
        delete gone;
    }
}

DISPATCHER_HEADER* object_manager::header_of(void* body) noexcept {
    shard& s = shard_of(body);
    host::guard g(s.lock);
    if (entry* e = find_locked(s, body)) {
        return e->header;
    }
    // Threads and processes begin with their header.
    return static_cast<DISPATCHER_HEADER*>(body);
}

// ---- handles ----------------------------------------------------------------------------------

base::status object_manager::open(void* body, ACCESS_MASK access, ULONG attributes,
                                  const void* caller, HANDLE* out) noexcept {
    if (reference(body, holder::runtime, caller) == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    handle_entry* h = nullptr;
    for (;;) {
        uint32_t wanted = 0;
        {
            host::guard g(handles_lock_);
            h = handles_.take();
            if (h != nullptr) {
                h->body = body;
                h->access = access;
                h->attributes = attributes;
                *out = reinterpret_cast<HANDLE>(h->handle_as(mm::handle_kind::object));
                break;
            }
            wanted = handles_.free_count() == 0 ? handles_.next_chunk_objects() : 0;
        }
        handle_entry* chunk = wanted != 0 ? mm::slab<handle_entry>::allocate(wanted) : nullptr;
        if (chunk == nullptr) {
            dereference(body, holder::runtime, caller);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        host::guard g(handles_lock_);
        if (handles_.next_chunk_objects() == wanted) {
            handles_.add(chunk);
            chunk = nullptr;
        }
        g.unlock();
        if (chunk != nullptr) {
            mm::slab<handle_entry>::discard(chunk);
        }
    }
    if (verify::ledger* l = ledger()) {
        l->add(base::object_kind::handle, *out, 0, 0, caller);
    }
    return STATUS_SUCCESS;
}

base::status object_manager::close(HANDLE handle, const void* caller) noexcept {
    if (handle == current_process || handle == current_thread) {
        return STATUS_SUCCESS;
    }
    void* body = nullptr;
    const mm::handle_value v = value_of(handle);
    if (mm::is_kind(v, mm::handle_kind::object)) {
        host::guard g(handles_lock_);
        if (handle_entry* h = handles_.find(v)) {
            body = std::exchange(h->body, nullptr);
            handles_.put(*h);
        }
    }
    if (body == nullptr) {
        verify::violation(verify::rule::handle_invalid, caller, handle,
                          "the handle %p is closed, but not open", handle);
        return STATUS_INVALID_HANDLE;
    }
    if (verify::ledger* l = ledger()) {
        l->remove(base::object_kind::handle, handle);
    }
    dereference(body, holder::runtime, caller);
    return STATUS_SUCCESS;
}

void* object_manager::pseudo_handle(HANDLE handle) noexcept {
    if (handle == current_process) {
        return system_process();
    }
    return handle == current_thread ? ke::current().object() : nullptr;
}

base::status object_manager::reference_by_handle(HANDLE handle, const object_type* type, holder who,
                                                 const void* caller, void** body,
                                                 OBJECT_HANDLE_INFORMATION* information) noexcept {
    void* found = pseudo_handle(handle);
    OBJECT_HANDLE_INFORMATION about{0, STANDARD_RIGHTS_ALL | SPECIFIC_RIGHTS_ALL};
    const mm::handle_value v = value_of(handle);
    const object_type* actual = nullptr;
    if (found != nullptr) {
        actual = reference(found, who, caller);
    } else if (mm::is_kind(v, mm::handle_kind::object)) {
        host::guard g(handles_lock_);
        if (const handle_entry* h = handles_.find(v)) {
            found = h->body;
            about = {h->attributes, h->access};
            actual = reference(found, who, caller);
        }
    }
    if (actual == nullptr) {
        return STATUS_INVALID_HANDLE;
    }
    if (type != nullptr && type != actual) {
        dereference(found, who, caller);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    *body = found;
    if (information != nullptr) {
        *information = about;
    }
    return STATUS_SUCCESS;
}

// Handles are in the ledger. Here: what is kept alive by references that a driver did not return.
void object_manager::show(base::object_visitor& v) noexcept {
    for (shard& s : shards_) {
        host::guard g(s.lock);
        for (entry* e = s.first; e != nullptr; e = e->next) {
            if (const uint32_t n = e->references[static_cast<size_t>(holder::driver)]; n != 0) {
                base::object_info info{};
                info.kind = base::object_kind::reference;
                info.address = e->body;
                info.site = e->site;
                std::snprintf(info.text, sizeof info.text, "%s object, %u references",
                              e->type->name, n);
                v.visit(info);
            }
        }
    }
}

}  // namespace ob
