// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "io/section.hpp"

#include <cstring>
#include <memory>
#include <new>

#include "io/file.hpp"
#include "mm/try_new.hpp"
#include "ob/object.hpp"
#include "rtl/registry.hpp"
#include "verify/ledger.hpp"

namespace io {
namespace {

using name_view = std::u16string_view;

constexpr uint64_t page = 4096;
constexpr uint64_t granularity = 64 * 1024;
constexpr uint64_t bytes_max = uint64_t{1} << 46;
constexpr name_view directory = u"\\BaseNamedObjects\\";

uint64_t whole_pages(uint64_t bytes) noexcept {
    return (bytes + page - 1) & ~(page - 1);
}

bool known_protection(ULONG protection) noexcept {
    return protection == PAGE_READONLY || protection == PAGE_READWRITE ||
           protection == PAGE_WRITECOPY;
}

base::status check_name(name_view name) noexcept {
    if (name[0] != u'\\') {
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    if (name.size() <= directory.size() ||
        !rtl::same_name(name.substr(0, directory.size()), directory)) {
        return STATUS_OBJECT_PATH_NOT_FOUND;
    }
    return name.find(u'\\', directory.size()) == name_view::npos ? STATUS_SUCCESS
                                                                 : STATUS_OBJECT_PATH_NOT_FOUND;
}

base::status make_memory(const section_request& r, section& s) noexcept {
    if (r.bytes == 0) {
        return STATUS_INVALID_PARAMETER_4;
    }
    if (r.bytes > bytes_max) {
        return STATUS_SECTION_TOO_BIG;
    }
    s.bytes = whole_pages(r.bytes);
    return host::file::make_memory(s.bytes, s.contents) == 0 ? STATUS_SUCCESS
                                                             : STATUS_INSUFFICIENT_RESOURCES;
}

base::status take_file(const section_request& r, section& s) noexcept {
    const file& f = *r.contents;
    const bool writes = r.protection == PAGE_READWRITE;
    if (f.identity.folder) {
        return STATUS_INVALID_FILE_FOR_SECTION;
    }
    if ((f.request.access & (FILE_READ_DATA | FILE_EXECUTE)) == 0 ||
        (writes && (f.request.access & FILE_WRITE_DATA) == 0)) {
        return STATUS_ACCESS_DENIED;
    }
    host::file::facts now{};
    int error = f.contents.query(now);
    s.bytes = r.bytes != 0 ? r.bytes : now.size;
    if (error == 0 && s.bytes == 0) {
        return STATUS_MAPPED_FILE_SIZE_ZERO;
    }
    if (error == 0 && s.bytes > now.size) {
        if (!writes || s.bytes > bytes_max) {
            return STATUS_SECTION_TOO_BIG;
        }
        error = f.contents.resize(s.bytes);
    }
    return status_of_errno(error != 0 ? error : f.contents.duplicate(s.contents));
}

}  // namespace

// Views that drivers left behind; the sections are objects and go with the object manager.
sections::~sections() {
    host::guard g(lock_);
    while (view* v = views_.pop_front()) {
        host::file::unmap(v->base, v->bytes);
        delete v;
    }
    while (named_.pop_front() != nullptr) {
    }
}

void sections::destroy(void* body) noexcept {
    auto* s = static_cast<section*>(body);
    sections* all = s->machine->find<sections>();
    if (all != nullptr && s->name != nullptr) {
        host::guard g(all->lock_);
        s->link.unlink();
    }
    delete s;
}

// A section whose last reference is gone stays on the list until destroy has taken it off; it has
// no name any more.
section* sections::reference_locked(name_view name) noexcept {
    auto& objects = machine_->get<ob::object_manager>();
    for (section* s = named_.front(); s != nullptr; s = named_.next(*s)) {
        if (rtl::same_name({s->name, s->name_length}, name) &&
            objects.reference(s, ob::holder::runtime, nullptr) != nullptr) {
            return s;
        }
    }
    return nullptr;
}

base::status sections::create(const section_request& r, void*& body) noexcept {
    if (!known_protection(r.protection)) {
        return STATUS_INVALID_PAGE_PROTECTION;
    }
    constexpr ULONG known = SEC_COMMIT | SEC_RESERVE | SEC_NOCACHE;
    if ((r.attributes & ~known) != 0 || (r.attributes & (SEC_COMMIT | SEC_RESERVE)) == 0) {
        return STATUS_INVALID_PARAMETER_6;
    }
    if (!r.name.empty()) {
        NT_TRY(check_name(r.name));
    }
    std::unique_ptr<section> s(mm::try_new<section>());
    if (s == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    s->machine = machine_;
    s->protection = r.protection;
    NT_TRY(r.contents != nullptr ? take_file(r, *s) : make_memory(r, *s));
    auto& objects = machine_->get<ob::object_manager>();
    if (r.name.empty()) {
        if (!objects.insert(s.get(), ob::section_type, destroy)) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        body = s.release();
        return STATUS_SUCCESS;
    }
    char16_t* copy = verify::fault_here() ? nullptr : new (std::nothrow) char16_t[r.name.size()];
    if (copy == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    std::memcpy(copy, r.name.data(), r.name.size() * sizeof(char16_t));
    host::guard g(lock_);
    if (section* other = reference_locked(r.name)) {
        delete[] copy;
        if (r.open_existing) {
            body = other;
            return STATUS_OBJECT_NAME_EXISTS;
        }
        g.unlock();
        objects.dereference(other, ob::holder::runtime, nullptr);
        return STATUS_OBJECT_NAME_COLLISION;
    }
    s->name = copy;
    s->name_length = r.name.size();
    if (!objects.insert(s.get(), ob::section_type, destroy)) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    named_.push_back(*s);
    body = s.release();
    return STATUS_SUCCESS;
}

base::status sections::open(name_view name, void*& body) noexcept {
    NT_TRY(check_name(name));
    host::guard g(lock_);
    body = reference_locked(name);
    return body != nullptr ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

base::status sections::map(void* body, const view_request& r, const void* caller, void*& base,
                           size_t& bytes) noexcept {
    auto* s = static_cast<section*>(body);
    if (!known_protection(r.protection)) {
        return STATUS_INVALID_PAGE_PROTECTION;
    }
    if (r.protection == PAGE_READWRITE && s->protection != PAGE_READWRITE) {
        return STATUS_SECTION_PROTECTION;
    }
    if (r.base != nullptr) {
        return STATUS_CONFLICTING_ADDRESSES;  // the host chooses
    }
    if (r.offset % granularity != 0) {
        return STATUS_MAPPED_ALIGNMENT;
    }
    const uint64_t all = whole_pages(s->bytes);
    if (r.offset >= all || r.bytes > all - r.offset) {
        return STATUS_INVALID_VIEW_SIZE;
    }
    std::unique_ptr<view> v(mm::try_new<view>());
    if (v == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    v->of = s;
    v->bytes = whole_pages(r.bytes != 0 ? r.bytes : all - r.offset);
    const auto how = r.protection == PAGE_READONLY    ? host::file::view::read
                     : r.protection == PAGE_READWRITE ? host::file::view::write
                                                      : host::file::view::copy;
    v->base = static_cast<char*>(s->contents.map(r.offset, v->bytes, how));
    if (v->base == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    machine_->get<ob::object_manager>().reference(s, ob::holder::runtime, caller);
    base = v->base;
    bytes = v->bytes;
    if (auto* l = machine_->find<verify::ledger>()) {
        l->add(base::object_kind::view, base, bytes, 0, caller);
    }
    host::guard g(lock_);
    views_.push_back(*v.release());
    return STATUS_SUCCESS;
}

base::status sections::unmap(const void* address) noexcept {
    view* v = nullptr;
    {
        host::guard g(lock_);
        v = views_.front();
        while (v != nullptr &&
               static_cast<uintptr_t>(static_cast<const char*>(address) - v->base) >= v->bytes) {
            v = views_.next(*v);
        }
        if (v == nullptr) {
            return STATUS_NOT_MAPPED_VIEW;
        }
        v->link.unlink();
    }
    if (auto* l = machine_->find<verify::ledger>()) {
        l->remove(base::object_kind::view, v->base);
    }
    host::file::unmap(v->base, v->bytes);
    machine_->get<ob::object_manager>().dereference(v->of, ob::holder::runtime, nullptr);
    delete v;
    return STATUS_SUCCESS;
}

}  // namespace io
