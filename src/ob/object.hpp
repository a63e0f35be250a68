// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Objects, references and handles.
//
// Documents: "Object Manager Routines", ObReferenceObjectByHandle, ObDereferenceObject, "Life Cycle
// of an Object", "Object Handles".
//
// An object is a body that drivers point at (PETHREAD, PFILE_OBJECT, PKEVENT of an event object)
// and an entry in the object table, found by the body's address; nothing of ours lies in or before
// the body. The entry counts two kinds of references: those of the driver (ObReferenceObject, look-
// ups) and those of the runtime (handles, the creator). A driver that dereferences more often than
// it referenced is told so (rule object-over-dereferenced) and takes nothing from the runtime.
// Threads keep their counts themselves (ke::thread); the system process is never freed.
//
//     unknown -> live    [insert: one reference of the runtime's, owned by the creator]
//     live -> unknown    [the last reference of either kind; then destroy(body)]
//
// Handles are entries of one typed table, with generations: a closed handle stays dead.
//
// Any thread; IRQL <= DISPATCH_LEVEL for references by pointer, PASSIVE_LEVEL for handles. Lock
// order: handle table > one shard of the object table.

#pragma once

#include <cstdint>

#include "base/machine.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"
#include "ke/thread.hpp"
#include "mm/slab.hpp"
#include "verify/ledger.hpp"
#include "wdk/abi/ob.h"

namespace ob {

/// What POBJECT_TYPE points at.
struct object_type {
    const char* name;
};

extern object_type thread_type;
extern object_type process_type;
extern object_type event_type;
extern object_type semaphore_type;
extern object_type file_type;
extern object_type key_type;
extern object_type section_type;
extern object_type token_type;

/// Frees a body whose last reference is gone. IRQL <= DISPATCH_LEVEL, no lock held.
using destroy_function = void (*)(void* body) noexcept;

enum class holder : uint8_t { runtime, driver };

class object_manager : public base::machine_part {
public:
    static constexpr base::part slot = base::part::ob;

    explicit object_manager(base::machine& m) noexcept;
    ~object_manager() override;

    // ---- objects ----

    /// Makes body an object; false when there is no memory. header is what a wait for the object
    /// waits for, or null.
    bool insert(void* body, const object_type& type, destroy_function destroy,
                DISPATCHER_HEADER* header = nullptr) noexcept;

    /// Adds a reference and tells the type; null if body is no object.
    const object_type* reference(void* body, holder who, const void* caller) noexcept;
    /// Takes one back. Reports (object-bad-pointer, object-over-dereferenced) what cannot be.
    void dereference(void* body, holder who, const void* caller) noexcept;

    // ---- handles ----

    /// A new handle for body, with a reference of its own. STATUS_INSUFFICIENT_RESOURCES,
    /// STATUS_INVALID_PARAMETER for what is no object. access and attributes are kept and told.
    base::status open(void* body, ACCESS_MASK access, ULONG attributes, const void* caller,
                      HANDLE* out) noexcept;
    /// STATUS_INVALID_HANDLE (rule handle-invalid) for what is no open handle.
    base::status close(HANDLE handle, const void* caller) noexcept;

    /// The object behind a handle, with one more reference of the given holder.
    /// STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH (type null: any).
    base::status reference_by_handle(HANDLE handle, const object_type* type, holder who,
                                     const void* caller, void** body,
                                     OBJECT_HANDLE_INFORMATION* information) noexcept;

    /// What a wait for the object waits for; null when it cannot be waited for. The caller holds
    /// a reference.
    DISPATCHER_HEADER* header_of(void* body) noexcept;

    void show(base::object_visitor& v) noexcept override;

private:
    struct entry;
    struct handle_entry : mm::slab_entry {
        void* body = nullptr;
        ACCESS_MASK access = 0;
        ULONG attributes = 0;
    };
    struct shard {
        host::mutex lock{base::lock_rank::object};
        entry* first OPENWSK_GUARDED_BY(lock) = nullptr;
    };
    static constexpr size_t shard_count = 64;

    shard& shard_of(const void* body) noexcept;
    static entry* find_locked(shard& s, const void* body) noexcept;
    void dereference_entry(void* body, holder who, const void* caller) noexcept;
    void dereference_thread(base::ref_ptr<ke::thread> t, holder who, const void* caller) noexcept;
    void* pseudo_handle(HANDLE handle) noexcept;
    [[nodiscard]] verify::ledger* ledger() const noexcept {
        return machine_->find<verify::ledger>();
    }

    base::machine* const machine_;
    shard shards_[shard_count];

    host::mutex handles_lock_{base::lock_rank::handle};
    mm::slab<handle_entry> handles_ OPENWSK_GUARDED_BY(handles_lock_);
};

/// The system process: the only one. Shared by all machines, as it never changes.
PEPROCESS system_process() noexcept;

}  // namespace ob
