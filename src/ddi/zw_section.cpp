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

using ddi::objects;

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

base::status give_handle(const ke::edge& e, void* body, ACCESS_MASK access,
                         const OBJECT_ATTRIBUTES* attributes, HANDLE* out) noexcept {
    const base::status s = objects(e).open(body, access, flags_in(attributes), e.caller(), out);
    objects(e).dereference(body, ob::holder::runtime, e.caller());
    return s;
}

base::status create_section(const ke::edge& e, io::section_request request, HANDLE file,
                            void*& body) noexcept {
    auto& sections = e.machine().get<io::sections>();
    if (file == nullptr) {
        return sections.create(request, body);
    }
    void* file_body = nullptr;
    NT_TRY(objects(e).reference_by_handle(file, &ob::file_type, ob::holder::runtime, e.caller(),
                                          &file_body, nullptr));
    request.contents = e.machine().get<io::files>().find(file_body);
    const base::status s = request.contents != nullptr
                               ? sections.create(request, body)
                               : base::status(STATUS_INVALID_FILE_FOR_SECTION);
    objects(e).dereference(file_body, ob::holder::runtime, e.caller());
    return s;
}

// The only process is the system process.
base::status check_process(const ke::edge& e, HANDLE process) noexcept {
    void* body = nullptr;
    NT_TRY(objects(e).reference_by_handle(process, &ob::process_type, ob::holder::runtime,
                                          e.caller(), &body, nullptr));
    objects(e).dereference(body, ob::holder::runtime, e.caller());
    return STATUS_SUCCESS;
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
    const base::status s = give_handle(e, body, DesiredAccess, ObjectAttributes, SectionHandle);
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
    return s.ok() ? give_handle(e, body, DesiredAccess, ObjectAttributes, SectionHandle).code()
                  : s.code();
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
    void* body = nullptr;
    base::status s = check_process(e, ProcessHandle);
    if (s.ok()) {
        s = objects(e).reference_by_handle(SectionHandle, &ob::section_type, ob::holder::runtime,
                                           e.caller(), &body, nullptr);
    }
    if (!s.ok()) {
        return s.code();
    }
    void* base = nullptr;
    size_t bytes = 0;
    s = e.machine().get<io::sections>().map(
        body,
        {.base = *BaseAddress,
         .offset = SectionOffset != nullptr ? static_cast<uint64_t>(SectionOffset->QuadPart) : 0,
         .bytes = *ViewSize,
         .protection = Win32Protect},
        e.caller(), base, bytes);
    objects(e).dereference(body, ob::holder::runtime, e.caller());
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
