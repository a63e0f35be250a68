// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Type-stable objects that drivers name by handle.
//
// A handle is a number, never an address: one set bit, generation (32 bits), index (25), kind (4),
// two zero bits. A dead, foreign or wrong-kind value is recognised without touching anything it
// might once have named, and a value comes back only after its slot was reused 2^32 times. The set
// top bit keeps handles apart from NULL, from NT handles and from every address a process has.
//
// Objects are constructed once, when their chunk is allocated, and destroyed with the slab; take
// and put only change who owns them. So a look-up that races with put reads valid memory and must
// re-check the handle after it has made the object stay (taken the owner's lock, counted itself).
//
// take, put and add are called under the lock of the slab's owner; find needs no lock. No
// allocation happens in take: the owner grows the slab (allocate without the lock, add with it)
// when take says that none is left.

#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>

#include "base/assert.hpp"
#include "base/heap.hpp"
#include "verify/fault.hpp"

namespace mm {

enum class handle_kind : uint8_t {
    nmr_client = 1,
    nmr_provider,
    nmr_binding,
    wsk_client,
    wsk_registration,
    operation,
    object,
    lookaside,
};

using handle_value = uint64_t;

constexpr handle_value make_handle(handle_kind kind, uint32_t index, uint32_t generation) noexcept {
    return (uint64_t{1} << 63) | (uint64_t{generation} << 31) | (uint64_t{index} << 6) |
           (uint64_t{static_cast<uint8_t>(kind)} << 2);
}

constexpr bool is_kind(handle_value h, handle_kind kind) noexcept {
    return (h & 0x3f) == (uint64_t{static_cast<uint8_t>(kind)} << 2) && (h >> 63) != 0;
}

template <class T>
class slab;

/// What an object in a slab derives from.
class slab_entry : public base::heap_object {
public:
    [[nodiscard]] uint32_t slab_index() const noexcept { return index_; }

    /// The handle of a live object.
    [[nodiscard]] handle_value handle_as(handle_kind kind) const noexcept {
        return make_handle(kind, index_, generation());
    }

    /// True while h names this object and the object is in use.
    [[nodiscard]] bool is_named_by(handle_value h) const noexcept {
        const uint64_t wanted = (((h >> 31) & UINT32_MAX) << 1) | 1;
        return tag_.load(std::memory_order_acquire) == wanted;
    }

    [[nodiscard]] bool in_use() const noexcept {
        return (tag_.load(std::memory_order_acquire) & 1) != 0;
    }

private:
    template <class T>
    friend class slab;

    [[nodiscard]] uint32_t generation() const noexcept {
        return static_cast<uint32_t>(tag_.load(std::memory_order_relaxed) >> 1);
    }

    // generation << 1 | in use. Written under the owner's lock, read by anybody: the release in
    // take and put pairs with the acquire in is_named_by.
    std::atomic<uint64_t> tag_{1u << 1};
    uint32_t index_ = 0;
    uint32_t next_free_ = none;

    static constexpr uint32_t none = UINT32_MAX;
};

template <class T>
class slab {
public:
    slab() = default;
    slab(const slab&) = delete;
    slab& operator=(const slab&) = delete;

    ~slab() {
        for (uint32_t c = 0; c < chunk_count_; ++c) {
            delete[] chunks_[c].load(std::memory_order_relaxed);
        }
    }

    /// A new chunk for add, or null when memory is out or a fault point says so. Called without the
    /// owner's lock, with next_chunk_objects() from a moment before; the caller frees it with
    /// discard if it turns out not to be needed.
    [[nodiscard]] static T* allocate(uint32_t objects) noexcept {
        return verify::fault_here() ? nullptr : new (std::nothrow) T[objects];
    }
    static void discard(T* chunk) noexcept { delete[] chunk; }

    /// Number of objects the next chunk must have.
    [[nodiscard]] uint32_t next_chunk_objects() const noexcept {
        return chunk_count_ < chunks_max ? first_chunk << chunk_count_ : 0;
    }

    void add(T* chunk) noexcept {
        OPENWSK_ASSERT(chunk_count_ < chunks_max);
        const uint32_t objects = next_chunk_objects();
        const uint32_t base = capacity_.load(std::memory_order_relaxed);
        for (uint32_t i = objects; i-- > 0;) {
            chunk[i].index_ = base + i;
            chunk[i].next_free_ = free_;
            free_ = base + i;
        }
        free_count_ += objects;
        chunks_[chunk_count_++].store(chunk, std::memory_order_relaxed);
        // Pairs with the acquire in find: whoever sees the index sees the chunk.
        capacity_.store(base + objects, std::memory_order_release);
    }

    [[nodiscard]] uint32_t free_count() const noexcept { return free_count_; }
    [[nodiscard]] uint32_t in_use_count() const noexcept {
        return capacity_.load(std::memory_order_relaxed) - free_count_;
    }

    /// An unused object, now in use; null when none is left or a fault point says so.
    [[nodiscard]] T* take() noexcept {
        if (free_ == slab_entry::none || verify::fault_here()) {
            return nullptr;
        }
        T& object = *at(free_);
        free_ = object.next_free_;
        --free_count_;
        object.tag_.store(object.tag_.load(std::memory_order_relaxed) | 1,
                          std::memory_order_release);
        return &object;
    }

    /// Ends the object's life: its handle is dead from here on.
    void put(T& object) noexcept {
        OPENWSK_ASSERT(object.in_use());
        uint32_t next = object.generation() + 1;
        if (next == 0) {
            next = 1;
        }
        object.tag_.store(uint64_t{next} << 1, std::memory_order_release);
        object.next_free_ = free_;
        free_ = object.index_;
        ++free_count_;
    }

    /// The object that h names at this moment, or null. The kind is the caller's business.
    [[nodiscard]] T* find(handle_value h) const noexcept {
        T* object = slot_of(h);
        return OPENWSK_LIKELY(object != nullptr && object->is_named_by(h)) ? object : nullptr;
    }

    /// The object that h named when it was live, if there ever was one; somebody else's by now,
    /// or nobody's.
    [[nodiscard]] T* slot_of(handle_value h) const noexcept {
        return at_index(static_cast<uint32_t>((h >> 6) & index_mask));
    }

    /// The object in use whose member is at p, or null. For objects that drivers name by the
    /// address of a member; p may be anything, and is not followed.
    template <class M>
    [[nodiscard]] T* of_member(const void* p, M T::*member) const noexcept {
        const uint32_t capacity = capacity_.load(std::memory_order_acquire);
        // The last chunk is as large as all others together.
        for (auto c = static_cast<uint32_t>(std::bit_width(capacity / first_chunk)); c-- > 0;) {
            T* chunk = chunks_[c].load(std::memory_order_relaxed);
            const uintptr_t distance =
                reinterpret_cast<uintptr_t>(p) - reinterpret_cast<uintptr_t>(&(chunk->*member));
            if (distance < (size_t{first_chunk} << c) * sizeof(T)) {
                T* object = chunk + distance / sizeof(T);
                return distance % sizeof(T) == 0 && object->in_use() ? object : nullptr;
            }
        }
        return nullptr;
    }

    /// The object with this index, in use or not; null past the last one. For walks that cannot
    /// keep the owner's lock.
    [[nodiscard]] T* at_index(uint32_t index) const noexcept {
        return OPENWSK_LIKELY(index < capacity_.load(std::memory_order_acquire)) ? at(index)
                                                                                 : nullptr;
    }

    /// Calls fn for every object in use, in index order. Under the owner's lock.
    template <class Fn>
    void for_each(Fn&& fn) noexcept {
        const uint32_t n = capacity_.load(std::memory_order_relaxed);
        for (uint32_t i = 0; i < n; ++i) {
            if (T* object = at(i); object->in_use()) {
                fn(*object);
            }
        }
    }

private:
    // Chunk c holds first_chunk << c objects, so few chunks reach any size and an index finds its
    // chunk by its highest bit.
    static constexpr uint32_t first_chunk = 32;
    static constexpr uint32_t chunks_max = 20;
    static constexpr uint32_t index_mask = (1u << 25) - 1;
    static_assert((first_chunk << chunks_max) - first_chunk <= index_mask);

    [[nodiscard]] T* at(uint32_t index) const noexcept {
        if (OPENWSK_LIKELY(index < first_chunk)) {
            return chunks_[0].load(std::memory_order_relaxed) + index;
        }
        const uint32_t shifted = index / first_chunk + 1;
        const auto c = static_cast<uint32_t>(std::bit_width(shifted) - 1);
        const uint32_t base = first_chunk * ((1u << c) - 1);
        return chunks_[c].load(std::memory_order_relaxed) + (index - base);
    }

    std::atomic<uint32_t> capacity_{0};
    uint32_t chunk_count_ = 0;
    uint32_t free_ = slab_entry::none;
    uint32_t free_count_ = 0;
    std::atomic<T*> chunks_[chunks_max] = {};
};

}  // namespace mm
