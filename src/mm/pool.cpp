// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "mm/pool.hpp"

#include <algorithm>
#include <cstring>

#include "base/heap.hpp"
#include "ke/thread.hpp"
#include "trace/event.hpp"
#include "verify/fault.hpp"
#include "verify/text.hpp"
#include "verify/violation.hpp"

#if OPENWSK_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace mm {
namespace {

using base::object_kind;
using verify::rule;

constexpr size_t page = 4096;
constexpr size_t cache_line = 64;
constexpr size_t unit = 16;
constexpr size_t red_zone = 16;
constexpr uint64_t magic_live = 0x4c4f4f504b53574f;  // "OWSKPOOL"
constexpr uint64_t magic_freed = 0x6c6f6f706b73776f;
constexpr unsigned char fresh_pattern = 0xa5;
constexpr unsigned char freed_pattern = 0xdf;
constexpr unsigned char zone_pattern = 0xfd;
constexpr uint8_t apc_level = 1;
constexpr uint16_t flag_paged = 1;

constexpr size_t round_up(size_t n, size_t to) noexcept {
    return (n + to - 1) & ~(to - 1);
}

void poison(void* p, size_t bytes) noexcept {
#if OPENWSK_ASAN
    __asan_poison_memory_region(p, bytes);
#else
    (void)p;
    (void)bytes;
#endif
}
void unpoison(void* p, size_t bytes) noexcept {
#if OPENWSK_ASAN
    __asan_unpoison_memory_region(p, bytes);
#else
    (void)p;
    (void)bytes;
#endif
}

// A word that may be poisoned, or not ours at all.
// volatile keeps the load in here.
OPENWSK_UNSANITIZED uint64_t read_raw(const volatile uint64_t& word) noexcept {
    return word;
}

// The first of n bytes that is not the pattern; n when all are. Eight at a time while they agree.
size_t find_change(const unsigned char* bytes, size_t n, unsigned char pattern) noexcept {
    const uint64_t word_pattern = pattern * 0x0101010101010101u;
    size_t at = 0;
    for (uint64_t word = word_pattern; at + sizeof word <= n; at += sizeof word) {
        std::memcpy(&word, bytes + at, sizeof word);
        if (word != word_pattern) {
            break;
        }
    }
    while (at < n && bytes[at] == pattern) {
        ++at;
    }
    return at;
}

// Four characters as the debugger shows them, in memory order.
struct tag_text {
    char text[5];
    explicit tag_text(uint32_t tag) noexcept {
        for (int i = 0; i < 4; ++i) {
            const auto c = static_cast<char>(tag >> (8 * i));
            text[i] = c >= 0x20 && c < 0x7f ? c : '.';
        }
        text[4] = 0;
    }
};

}  // namespace

// In front of the driver's bytes. raw is what the heap returned.
struct alignas(unit) pool::header {
    uint64_t magic;
    void* raw;
    size_t raw_bytes;
    size_t bytes;
    uint32_t tag;
    uint16_t flags;
    uint16_t unused;
    uint64_t check;

    [[nodiscard]] uint64_t checksum() const noexcept {
        return (magic ^ reinterpret_cast<uint64_t>(raw) ^ raw_bytes ^ (bytes << 1) ^ tag ^
                (uint64_t{flags} << 40)) *
               0x9e3779b97f4a7c15u;
    }
    unsigned char* user() noexcept { return reinterpret_cast<unsigned char*>(this + 1); }
    [[nodiscard]] unsigned char* end() const noexcept {
        return static_cast<unsigned char*>(raw) + raw_bytes;
    }
};

pool::pool(base::machine& m) noexcept
    : ledger_(&m.get<verify::ledger>()),
      fill_(m.options().verification == base::verify_level::full),
      limits_(fill_ ? full_limits : standard_limits) {}

pool::~pool() {
    host::guard g(lock_);
    for (; count_ > 0; --count_) {
        give_back(*quarantine_[oldest_].block);
        oldest_ = (oldest_ + 1) % quarantine_blocks;
    }
}

pool::header* pool::header_of(void* address) noexcept {
    return reinterpret_cast<header*>(address) - 1;
}

void* pool::allocate(const pool_request& request, const void* caller) noexcept {
    const uint8_t irql = ke::current().irql;
    if (irql > (request.paged ? apc_level : 2)) {
        verify::violation(rule::pool_allocate_irql, caller, nullptr,
                          "%zu bytes of %s pool were asked for at IRQL %u", request.bytes,
                          request.paged ? "paged" : "nonpaged", irql);
    }
    if (request.bytes == 0) {
        verify::violation(rule::pool_zero_bytes, caller, nullptr,
                          "zero bytes of pool were asked for, tag '%s'",
                          tag_text(request.tag).text);
    }
    const size_t align = request.bytes >= page ? page : request.cache_aligned ? cache_line : unit;
    const size_t slack = sizeof(header) + align + red_zone;
    if (request.bytes > SIZE_MAX / 2 - slack || verify::fault_here()) {
        return nullptr;
    }
    const size_t raw_bytes = round_up(request.bytes, unit) + slack;
    void* raw = base::heap_allocate(raw_bytes);
    if (raw == nullptr) {
        return nullptr;
    }
    auto* user = reinterpret_cast<unsigned char*>(
        round_up(reinterpret_cast<uintptr_t>(raw) + sizeof(header), align));
    header* h = header_of(user);
    *h = {magic_live,  raw,
          raw_bytes,   request.bytes,
          request.tag, request.paged ? flag_paged : uint16_t{0},
          0,           0};
    h->check = h->checksum();
    if (request.zeroed) {
        std::memset(user, 0, request.bytes);
    } else if (fill_) {
        std::memset(user, fresh_pattern, request.bytes);
    }
    unsigned char* zone = user + request.bytes;
    const auto zone_bytes = static_cast<size_t>(h->end() - zone);
    std::memset(zone, zone_pattern, std::min(zone_bytes, red_zone));
    poison(zone, zone_bytes);
    poison(raw, static_cast<size_t>(user - static_cast<unsigned char*>(raw)));
    ledger_->add(object_kind::pool, user, request.bytes, request.tag, caller,
                 request.paged ? flag_paged : uint16_t{0});
    trace::emit(trace::event::pool_allocate, trace::value(user), request.bytes, request.tag,
                request.paged ? 1 : 0);
    return user;
}

void pool::report_zero_tag(size_t bytes, const void* caller) noexcept {
    verify::violation(rule::pool_zero_tag, caller, nullptr, "%zu bytes of pool without a tag",
                      bytes);
}

// ---- free --------------------------------------------------------------------------------------

void pool::bad_address(void* address, const void* caller) noexcept {
    verify::entry e;
    {
        host::guard g(lock_);
        for (size_t i = 0; i < count_; ++i) {
            const freed& f = quarantine_[(oldest_ + i) % quarantine_blocks];
            if (f.block->user() == address) {
                const freed found = f;
                const tag_text tag(f.block->tag);
                const size_t bytes = f.block->bytes;
                g.unlock();
                verify::violation(rule::pool_double_free, caller, address,
                                  "block %p (%zu bytes, tag '%s') is freed again; allocated by %s, "
                                  "freed by %s",
                                  address, bytes, tag.text,
                                  verify::place_text(found.allocated_by).text,
                                  verify::place_text(found.freed_by).text);
                break;
            }
        }
    }
    if (ledger_->find(object_kind::irp, address, e)) {
        verify::violation(rule::pool_bad_address, caller, address,
                          "%p is an IRP that IoAllocateIrp returned; IoFreeIrp frees it", address);
    }
    if (ledger_->find_around(object_kind::pool, address, 1, e)) {
        verify::violation(
            rule::pool_bad_address, caller, address,
            "%p lies %zu bytes inside a block of %llu bytes, tag '%s', allocated by %s", address,
            static_cast<size_t>(static_cast<const char*>(address) -
                                static_cast<const char*>(e.address)),
            static_cast<unsigned long long>(e.size), tag_text(e.tag).text,
            verify::place_text(e.caller).text);
    }
    verify::violation(
        rule::pool_bad_address, caller, address,
        address == nullptr ? "a NULL pointer is freed (%p)" : "%p is no pool block, or was freed",
        address);
    OPENWSK_UNREACHABLE("a stop rule returned");
}

void pool::check_block(const header& h, void* address, const void* allocated_by,
                       const void* caller) noexcept {
    if (h.magic != magic_live || h.check != h.checksum()) {
        verify::violation(rule::pool_underrun, caller, address,
                          "the bytes in front of block %p were overwritten; allocated by %s",
                          address, verify::place_text(allocated_by).text);
    }
#if !OPENWSK_ASAN
    const unsigned char* zone = static_cast<unsigned char*>(address) + h.bytes;
    const auto zone_bytes = std::min(static_cast<size_t>(h.end() - zone), red_zone);
    const size_t at = find_change(zone, zone_bytes, zone_pattern);
    if (OPENWSK_UNLIKELY(at != zone_bytes)) {
        verify::violation(rule::pool_overrun, caller, address,
                          "byte %zu behind block %p (%zu bytes, tag '%s') was overwritten; "
                          "allocated by %s",
                          at, address, h.bytes, tag_text(h.tag).text,
                          verify::place_text(allocated_by).text);
    }
#endif
}

void pool::check_live_objects(void* address, size_t bytes, const void* caller) noexcept {
    verify::entry e;
    if (ledger_->find_inside(address, bytes, e)) {
        verify::violation(rule::pool_free_live_object, caller, address,
                          "block %p is freed with a live %s at offset %zu, set up by %s", address,
                          verify::name_of(e.what),
                          static_cast<size_t>(static_cast<const char*>(e.address) -
                                              static_cast<const char*>(address)),
                          verify::place_text(e.caller).text);
    }
}

void pool::free(void* address, uint32_t tag, const void* caller) noexcept {
    verify::entry e{};
    const bool found = ledger_->remove(object_kind::pool, address, &e);
    if (address == nullptr || (!found && ledger_->complete())) {
        bad_address(address, caller);
    }
    header& h = *header_of(address);
    if (!found && read_raw(h.magic) != magic_live) {
        bad_address(address, caller);
    }
    unpoison(&h, sizeof h);
    check_block(h, address, e.caller, caller);
    if (tag != 0 && tag != h.tag) {
        verify::violation(rule::pool_wrong_tag, caller, address,
                          "block %p has tag '%s' and is freed with tag '%s'; allocated by %s",
                          address, tag_text(h.tag).text, tag_text(tag).text,
                          verify::place_text(e.caller).text);
    }
    const uint8_t irql = ke::current().irql;
    const bool paged = (h.flags & flag_paged) != 0;
    if (irql > (paged ? apc_level : 2)) {
        verify::violation(rule::pool_free_irql, caller, address,
                          "block %p of %s pool is freed at IRQL %u", address,
                          paged ? "paged" : "nonpaged", irql);
    }
    check_live_objects(address, h.bytes, caller);
    trace::emit(trace::event::pool_free, trace::value(address), h.tag);
    retire(h, e.caller, caller);
}

void pool::give_back(header& h) noexcept {
    void* raw = h.raw;
    const size_t raw_bytes = h.raw_bytes;
    h.magic = magic_freed;
    unpoison(raw, raw_bytes);
    base::heap_deallocate(raw, raw_bytes);
}

void pool::retire(header& h, const void* allocated_by, const void* freed_by) noexcept {
    if (OPENWSK_ASAN != 0 || !ledger_->enabled() || h.raw_bytes > limits_.bytes) {
        give_back(h);
        return;
    }
    h.magic = magic_freed;
    std::memset(h.user(), freed_pattern, std::min(h.bytes, limits_.pattern_bytes));
    freed fresh{&h, allocated_by, freed_by};
    for (bool placed = false; !placed;) {
        freed old{};
        {
            host::guard g(lock_);
            if (count_ == limits_.blocks || bytes_ + h.raw_bytes > limits_.bytes) {
                old = quarantine_[oldest_];
                oldest_ = (oldest_ + 1) % quarantine_blocks;
                --count_;
                bytes_ -= old.block->raw_bytes;
            }
            if (bytes_ + h.raw_bytes <= limits_.bytes) {
                quarantine_[(oldest_ + count_) % quarantine_blocks] = fresh;
                ++count_;
                bytes_ += h.raw_bytes;
                placed = true;
            }
        }
        if (old.block != nullptr) {
            size_t at = 0;
            if (damaged(*old.block, at)) {
                written_after_free(old, *old.block, at);
            }
            give_back(*old.block);
        }
    }
}

bool pool::damaged(header& h, size_t& at) const noexcept {
    // A late write is mostly to the first fields of a structure.
    const size_t bytes = std::min(h.bytes, limits_.pattern_bytes);
    at = find_change(h.user(), bytes, freed_pattern);
    return at != bytes;
}

void pool::written_after_free(const freed& f, const header& h, size_t at) noexcept {
    const void* user = f.block->user();
    verify::violation(rule::pool_write_after_free, f.freed_by, user,
                      "byte %zu of block %p (%zu bytes, tag '%s') was written after it was freed; "
                      "allocated by %s, freed by %s",
                      at, user, h.bytes, tag_text(h.tag).text,
                      verify::place_text(f.allocated_by).text, verify::place_text(f.freed_by).text);
}

void pool::check_quarantine() noexcept {
    freed found{};
    header copy{};
    size_t at = 0;
    {
        host::guard g(lock_);
        for (size_t i = 0; i < count_ && found.block == nullptr; ++i) {
            const freed& f = quarantine_[(oldest_ + i) % quarantine_blocks];
            if (damaged(*f.block, at)) {
                found = f;
                copy = *f.block;
            }
        }
    }
    if (found.block != nullptr) {
        written_after_free(found, copy, at);
    }
}

void pool::show(base::object_visitor&) noexcept {
    // Blocks are in the ledger. A report is the time to look for writes to those that are gone.
    check_quarantine();
}

// ---- for lookaside lists and MDLs --------------------------------------------------------------

void pool::put_aside(void* address, size_t bytes) noexcept {
    ledger_->remove(object_kind::pool, address);
    poison(address, bytes);
}

void pool::hand_out(void* address, size_t bytes, uint32_t tag, bool paged,
                    const void* caller) noexcept {
    unpoison(address, bytes);
    ledger_->add(object_kind::pool, address, bytes, tag, caller, paged ? flag_paged : uint16_t{0});
}

bool pool::describe(const void* address, size_t& bytes, bool& paged) const noexcept {
    verify::entry e;
    if (!ledger_->find(object_kind::pool, address, e)) {
        return false;
    }
    bytes = e.size;
    paged = (e.flags & flag_paged) != 0;
    return true;
}

bool pool::locate(const void* address, verify::entry& block) const noexcept {
    return fill_ && ledger_->find_around(object_kind::pool, address, 1, block);
}

}  // namespace mm
