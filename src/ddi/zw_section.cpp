// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Sections and their views.
//
// Windows documents: "Section Objects and Views"; the pages of wdm.h and ntifs.h with these names.
// PASSIVE_LEVEL.

#include "ddi/handle.hpp"
#include "io/file.hpp"
#include "io/section.hpp"

namespace {

using ddi::handle_target;

std::u16string_view name_in(const OBJECT_ATTRIBUTES* attributes) noexcept {
    return attributes != nullptr ? ddi::view(attributes->ObjectName) : std::u16string_view();
}

ULONG flags_in(const OBJECT_ATTRIBUTES* attributes) noexcept {
    return attributes != nullptr ? attributes->Attributes : 0;
}

// There are no directory objects, so no handle can be a root.
base::status check_root(const OBJECT_ATTRIBUTES* attributes) noexcept {
    return attributes == nullptr || attributes->RootDirectory == nullptr
               ? STATUS_SUCCESS
               : STATUS_OBJECT_TYPE_MISMATCH;
}

base::status create_section(const ke::edge& e, io::section_request request, HANDLE file,
                            void*& body) noexcept {
    auto& sections = e.machine().get<io::sections>();
    const handle_target target(e, file, &ob::file_type, ddi::null_handle::means_nothing);
    NT_TRY(target.status());
    if (target.body() != nullptr) {
        request.contents = e.machine().get<io::files>().find(target.body());
        if (request.contents == nullptr) {
            return STATUS_INVALID_FILE_FOR_SECTION;
        }
    }
    return sections.create(request, body);
}

// The only process is the system process.
base::status check_process(const ke::edge& e, HANDLE process) noexcept {
    return handle_target(e, process, &ob::process_type).status();
}

}  // namespace

extern "C" {

OPENWSK_EXPORT NTSTATUS ZwCreateSection(PHANDLE SectionHandle, ACCESS_MASK DesiredAccess,
                                        POBJECT_ATTRIBUTES ObjectAttributes,
                                        PLARGE_INTEGER MaximumSize, ULONG SectionPageProtection,
                                        ULONG AllocationAttributes, HANDLE FileHandle) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (SectionHandle == nullptr || (MaximumSize != nullptr && MaximumSize->QuadPart < 0)) {
        return STATUS_INVALID_PARAMETER;
    }
    *SectionHandle = nullptr;
    base::status created = check_root(ObjectAttributes);
    void* body = nullptr;
    if (created.ok()) {
        created = create_section(
            e,
            {.name = name_in(ObjectAttributes),
             .open_existing = (flags_in(ObjectAttributes) & OBJ_OPENIF) != 0,
             .bytes = MaximumSize != nullptr ? static_cast<uint64_t>(MaximumSize->QuadPart) : 0,
             .protection = SectionPageProtection,
             .attributes = AllocationAttributes,
             .contents = nullptr},
            FileHandle, body);
    }
    if (!created.ok()) {
        return created.code();
    }
    const base::status s =
        ddi::give_handle(e, body, DesiredAccess, flags_in(ObjectAttributes), SectionHandle);
    return s.ok() ? created.code() : s.code();
}

OPENWSK_EXPORT NTSTATUS ZwOpenSection(PHANDLE SectionHandle, ACCESS_MASK DesiredAccess,
                                      POBJECT_ATTRIBUTES ObjectAttributes) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (SectionHandle == nullptr || name_in(ObjectAttributes).empty()) {
        return STATUS_INVALID_PARAMETER;
    }
    *SectionHandle = nullptr;
    void* body = nullptr;
    base::status s = check_root(ObjectAttributes);
    if (s.ok()) {
        s = e.machine().get<io::sections>().open(name_in(ObjectAttributes), body);
    }
    if (s.ok()) {
        s = ddi::give_handle(e, body, DesiredAccess, flags_in(ObjectAttributes), SectionHandle);
    }
    return s.code();
}

OPENWSK_EXPORT NTSTATUS ZwMapViewOfSection(HANDLE SectionHandle, HANDLE ProcessHandle,
                                           PVOID* BaseAddress, ULONG_PTR, SIZE_T,
                                           PLARGE_INTEGER SectionOffset, PSIZE_T ViewSize,
                                           SECTION_INHERIT InheritDisposition, ULONG,
                                           ULONG Win32Protect) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (BaseAddress == nullptr || ViewSize == nullptr ||
        (InheritDisposition != ViewShare && InheritDisposition != ViewUnmap) ||
        (SectionOffset != nullptr && SectionOffset->QuadPart < 0)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (const base::status s = check_process(e, ProcessHandle); !s.ok()) {
        return s.code();
    }
    const handle_target section(e, SectionHandle, &ob::section_type);
    if (!section.status().ok()) {
        return section.status().code();
    }
    void* base = nullptr;
    size_t bytes = 0;
    const base::status s = e.machine().get<io::sections>().map(
        section.body(),
        {.base = *BaseAddress,
         .offset = SectionOffset != nullptr ? static_cast<uint64_t>(SectionOffset->QuadPart) : 0,
         .bytes = *ViewSize,
         .protection = Win32Protect},
        e.caller(), base, bytes);
    if (s.ok()) {
        *BaseAddress = base;
        *ViewSize = bytes;
    }
    return s.code();
}

OPENWSK_EXPORT NTSTATUS ZwUnmapViewOfSection(HANDLE ProcessHandle, PVOID BaseAddress) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    base::status s = check_process(e, ProcessHandle);
    if (s.ok()) {
        s = e.machine().get<io::sections>().unmap(BaseAddress);
    }
    return s.code();
}

}  // extern "C"
