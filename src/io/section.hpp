// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Sections: memory with a handle, perhaps a name, perhaps the contents of a file; and their views.
//
// Documents: ZwCreateSection, ZwOpenSection, ZwMapViewOfSection, ZwUnmapViewOfSection.
//
// There is one process and one address space, so a view is memory of the process that every driver
// can use. Named sections are in \BaseNamedObjects; a name is there as long as its section. A view
// keeps its section alive and belongs to the driver that mapped it: it is in the ledger until it is
// unmapped.
//
// Any thread, PASSIVE_LEVEL. Lock order: names and views (rank name) > object table.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/heap.hpp"
#include "base/list.hpp"
#include "base/machine.hpp"
#include "base/status.hpp"
#include "host/file.hpp"
#include "host/mutex.hpp"
#include "wdk/abi/zw.h"

namespace io {

struct file;

struct section : base::heap_object {
    base::machine* machine = nullptr;
    base::list_node link;  // on the list of named sections
    host::file contents;
    uint64_t bytes = 0;
    ULONG protection = 0;
    char16_t* name = nullptr;
    size_t name_length = 0;

    ~section() { delete[] name; }
};

struct view : base::heap_object {
    base::list_node link;
    section* of = nullptr;
    char* base = nullptr;
    size_t bytes = 0;
};

struct section_request {
    std::u16string_view name;  ///< empty: none
    bool open_existing;        ///< OBJ_OPENIF
    uint64_t bytes;            ///< 0: those of the file
    ULONG protection;
    ULONG attributes;      ///< SEC_ flags
    const file* contents;  ///< null: memory
};

struct view_request {
    void* base;
    uint64_t offset;
    uint64_t bytes;  ///< 0: to the end
    ULONG protection;
};

class sections : public base::machine_part {
public:
    static constexpr base::part slot = base::part::sections;

    explicit sections(base::machine& m) noexcept : machine_(&m) {}
    ~sections() override;

    /// body is an object with a reference of the runtime's for the caller to give back.
    /// STATUS_OBJECT_NAME_EXISTS (a success) for one that was there.
    base::status create(const section_request& request, void*& body) noexcept;
    /// The named one, likewise. STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND,
    /// STATUS_OBJECT_PATH_SYNTAX_BAD.
    base::status open(std::u16string_view name, void*& body) noexcept;

    /// Maps a view of a section that the caller holds a reference to; the view keeps one. base and
    /// bytes are what was mapped, in whole pages. STATUS_INVALID_PAGE_PROTECTION,
    /// STATUS_SECTION_PROTECTION, STATUS_CONFLICTING_ADDRESSES for any address asked for,
    /// STATUS_MAPPED_ALIGNMENT, STATUS_INVALID_VIEW_SIZE, STATUS_INSUFFICIENT_RESOURCES.
    base::status map(void* body, const view_request& request, const void* caller, void*& base,
                     size_t& bytes) noexcept;
    /// Unmaps the view that the address lies in. STATUS_NOT_MAPPED_VIEW.
    base::status unmap(const void* address) noexcept;

private:
    /// The named section, with a reference of the runtime's; null when there is none.
    section* reference_locked(std::u16string_view name) noexcept OPENWSK_REQUIRES(lock_);
    static void destroy(void* body) noexcept OPENWSK_NO_TSA;

    base::machine* const machine_;

    host::mutex lock_{base::lock_rank::name};
    base::list<section, &section::link> named_ OPENWSK_GUARDED_BY(lock_);
    base::list<view, &view::link> views_ OPENWSK_GUARDED_BY(lock_);
};

}  // namespace io
