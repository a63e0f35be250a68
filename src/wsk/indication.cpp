// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "wsk/indication.hpp"

#include <algorithm>
#include <utility>

#include "base/poison.hpp"
#include "ke/thread.hpp"
#include "mm/try_new.hpp"

namespace wsk {
namespace {

constexpr uintptr_t page_bytes = 4096;

// Cut ranges are kept in units of 16 bytes.
constexpr size_t round_up(size_t n) noexcept {
    return (n + 15) & ~size_t{15};
}

}  // namespace

void lent::describe() noexcept {
    const auto address = reinterpret_cast<uintptr_t>(bytes_);
    const uintptr_t offset = address & (page_bytes - 1);
    const uintptr_t first = address / page_bytes;
    const size_t pages = (offset + length_ + page_bytes - 1) / page_bytes;
    MDL& m = described_.mdl;
    m.Next = nullptr;
    m.Size = static_cast<CSHORT>(sizeof(MDL) + pages * sizeof(ULONG_PTR));
    m.MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL | MDL_MAPPED_TO_SYSTEM_VA;
    m.Process = nullptr;
    m.MappedSystemVa = bytes_;
    m.StartVa = reinterpret_cast<PVOID>(address - offset);
    m.ByteCount = static_cast<ULONG>(length_);
    m.ByteOffset = static_cast<ULONG>(offset);
    for (size_t i = 0; i < pages; ++i) {
        described_.pages[i] = first + i;
    }
    node.Next = nullptr;
    node.Buffer.Mdl = &m;
    node.Buffer.Offset = 0;
    node.Buffer.Length = length_;
}

buffer_pool::~buffer_pool() {
    while (lent* l = quarantine_.pop_front()) {
        give_back(*l);
    }
    for (arena& a : arenas_) {
        if (a.spare != nullptr) {
            put_lent(*a.spare);
        }
        if (a.memory != nullptr) {
            drop_chunk(*a.memory);
        }
    }
    while (chunk* c = free_chunks_) {
        free_chunks_ = c->next;
        base::unpoison(c->bytes, chunk::size);
        delete c;
    }
}

// An arena nobody uses at this moment. They are held for the length of one receive, so only as many
// threads as there are processors compete for them.
buffer_pool::arena* buffer_pool::enter() noexcept {
    const uint32_t first = ke::current().ordinal;
    for (uint32_t i = 0; i < arenas_max; ++i) {
        arena& a = arenas_[(first + i) % arenas_max];
        if (a.busy.exchange(1, std::memory_order_acquire) == 0) {
            return &a;
        }
    }
    return nullptr;
}

bool buffer_pool::provide(arena& a) noexcept {
    if (a.memory == nullptr || chunk::size - a.used < useful_bytes) {
        chunk* fresh = take_chunk();
        if (fresh == nullptr) {
            return false;
        }
        if (a.memory != nullptr) {
            drop_chunk(*a.memory);
        }
        a.memory = fresh;
        a.used = 0;
    }
    if (a.spare == nullptr) {
        a.spare = take_lent();
    }
    return a.spare != nullptr;
}

net::error buffer_pool::receive(net::socket& from, size_t bytes_max, lent*& out,
                                bool& full) noexcept {
    out = nullptr;
    full = false;
    arena* a = enter();
    if (a == nullptr) {
        return net::error::no_resources;
    }
    if (!provide(*a)) {
        leave(*a);
        return net::error::no_resources;
    }
    char* at = a->memory->bytes + a->used;
    const size_t room = std::min(chunk::size - a->used, bytes_max);
    const iovec v{at, room};
    size_t got = 0;
    base::unpoison(at, round_up(room));
    const net::error e = from.try_receive(&v, 1, got);
    const size_t kept = e == net::error::none ? round_up(got) : 0;
    base::poison(at + kept, round_up(room) - kept);
    if (kept != 0) {
        lent& l = *std::exchange(a->spare, nullptr);
        l.memory_ = a->memory;
        l.memory_->references.fetch_add(1, std::memory_order_relaxed);
        l.bytes_ = l.cut_at_ = at;
        l.length_ = got;
        l.cut_bytes_ = kept;
        l.where = lent::state::cut;
        a->used += kept;
        out = &l;
        full = got == room;
    }
    leave(*a);
    return e;
}

void buffer_pool::give_back(lent& l) noexcept {
    OPENWSK_ASSERT(!l.link.linked());
    chunk* memory = std::exchange(l.memory_, nullptr);
    base::poison(l.cut_at_, l.cut_bytes_);
    l.where = lent::state::free;
    l.owner.store(nullptr, std::memory_order_relaxed);
    lent* spare = &l;
    if (arena* a = enter()) {
        if (a->memory == memory && a->used + memory->bytes == l.cut_at_ + l.cut_bytes_) {
            a->used -= l.cut_bytes_;
        }
        if (a->spare == nullptr) {
            a->spare = std::exchange(spare, nullptr);
        }
        leave(*a);
    }
    if (spare != nullptr) {
        put_lent(*spare);
    }
    drop_chunk(*memory);
}

chunk* buffer_pool::take_chunk() noexcept {
    {
        host::guard g(mutex_);
        if (chunk* c = free_chunks_) {
            free_chunks_ = c->next;
            --free_count_;
            c->references.store(1, std::memory_order_relaxed);
            return c;
        }
    }
    if (verify::fault_here()) {
        return nullptr;
    }
    // Not value-initialised: 64 KiB of zeros would cost more than they tell.
    chunk* c = new (std::nothrow) chunk;
    if (c != nullptr) {
        base::poison(c->bytes, chunk::size);
    }
    return c;
}

void buffer_pool::drop_chunk(chunk& c) noexcept {
    if (c.references.fetch_sub(1, std::memory_order_acq_rel) != 1) {
        return;
    }
    {
        host::guard g(mutex_);
        if (free_count_ < free_chunks_max) {
            c.next = free_chunks_;
            free_chunks_ = &c;
            ++free_count_;
            return;
        }
    }
    base::unpoison(c.bytes, chunk::size);
    delete &c;
}

lent* buffer_pool::take_lent() noexcept {
    for (;;) {
        uint32_t wanted = 0;
        {
            host::guard g(mutex_);
            if (lents_.free_count() != 0) {
                return lents_.take();
            }
            wanted = lents_.next_chunk_objects();
        }
        lent* fresh = wanted != 0 ? mm::slab<lent>::allocate(wanted) : nullptr;
        if (fresh == nullptr) {
            return nullptr;
        }
        host::guard g(mutex_);
        if (lents_.next_chunk_objects() == wanted) {
            lents_.add(fresh);
        } else {
            mm::slab<lent>::discard(fresh);
        }
    }
}

void buffer_pool::put_lent(lent& l) noexcept {
    host::guard g(mutex_);
    lents_.put(l);
}

void buffer_pool::quarantine(lent& l, const client& application) noexcept {
    host::guard g(mutex_);
    l.where = lent::state::quarantined;
    l.owner.store(nullptr, std::memory_order_relaxed);
    l.application.store(&application, std::memory_order_relaxed);
    quarantine_.push_back(l);
    ++quarantined_;
}

void buffer_pool::release_quarantine(const client& application) noexcept {
    for (;;) {
        lent* found = nullptr;
        {
            host::guard g(mutex_);
            for (lent* l = quarantine_.front(); l != nullptr; l = quarantine_.next(*l)) {
                if (l->application.load(std::memory_order_relaxed) == &application) {
                    l->application.store(nullptr, std::memory_order_relaxed);
                    found = l;
                    l->link.unlink();
                    --quarantined_;
                    break;
                }
            }
        }
        if (found == nullptr) {
            return;
        }
        give_back(*found);
    }
}

bool buffer_pool::release_quarantined(lent& l) noexcept {
    {
        host::guard g(mutex_);
        if (l.application.load(std::memory_order_relaxed) == nullptr) {
            return false;
        }
        l.application.store(nullptr, std::memory_order_relaxed);
        l.link.unlink();
        --quarantined_;
    }
    give_back(l);
    return true;
}

lent* buffer_pool::find(const WSK_DATA_INDICATION* node) const noexcept {
    return lents_.of_member(node, &lent::node);
}

}  // namespace wsk
