// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Received bytes on their way to the driver, without a copy.
//
// Documents: "WSK_DATA_INDICATION structure", WskReceiveEvent, WskRelease.
//
// Bytes are received into a chunk of 64 KiB through an arena, a cursor in a chunk that one thread
// uses at a time and only for the length of a receive call. What was received is cut off as a
// lent: the driver sees its node and MDL, we keep the rest. When the driver is done, the bytes
// go back: the cursor retreats if nothing was cut off behind them, otherwise the chunk is free
// when the last of its lents is. So a driver that takes everything costs no memory at all, one that
// retains 64 bytes pins 64 bytes, and bytes that were refused are simply kept where they lie.
//
//   free     -> cut        [arena::receive]
//   cut      -> free       [the callback took everything]
//   cut      -> retained   [the callback returned STATUS_PENDING]
//   cut      -> released   [WskRelease inside the callback; then freed]
//   cut      -> staged     [the callback took part or nothing]
//   staged   -> cut        [indicated again]
//   staged   -> free       [copied to receive requests, or dropped]
//   retained -> free       [WskRelease]
//   retained -> quarantined [the socket is closed]
//   quarantined -> free    [WskRelease; the client object is gone]
//
//   cut, staged   on no list, or on the socket's staged list
//   retained      on the socket's list, counts against its budget
//   quarantined   on the buffer pool's list: still readable, so that a late read is harmless
//
// The driver may write to node and MDL what it likes (Next above all): nothing in them is read
// back. A node that WskRelease is given is found by its address before it is touched.
//
// Locks: memory (slab of lents, chunks, quarantine). Arenas are taken with one exchange.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/heap.hpp"
#include "base/list.hpp"
#include "host/mutex.hpp"
#include "mm/slab.hpp"
#include "net/socket.hpp"
#include "wdk/abi/wsk.h"

namespace wsk {

class client;
class socket;
class buffer_pool;

struct chunk : base::heap_object {
    static constexpr size_t size = 64 * 1024;
    std::atomic<uint32_t> references{1};
    chunk* next = nullptr;
    alignas(16) char bytes[size];
};

class lent final : public mm::slab_entry {
public:
    enum class state : uint8_t { free, cut, released, staged, retained, quarantined };

    /// What the driver sees.
    WSK_DATA_INDICATION node = {};

    [[nodiscard]] size_t length() const noexcept { return length_; }
    [[nodiscard]] const char* bytes() const noexcept { return bytes_; }
    /// Forgets the first n bytes: they have been taken.
    void drop_front(size_t n) noexcept {
        OPENWSK_ASSERT(n <= length_);
        bytes_ += n;
        length_ -= n;
    }
    /// Fills node and MDL for bytes() and length(), as they are shown to the driver.
    void describe() noexcept;

    /// The socket that retains it; read by anybody who finds the node, so the rest is touched
    /// only by him whose socket it is.
    std::atomic<const socket*> owner{nullptr};
    /// Whose it is in quarantine, else null. Changed under the pool's lock.
    std::atomic<const client*> application{nullptr};

    // The holder's: the receiving thread, then the owning socket under its lock, then the pool.
    base::list_node link;
    state where = state::free;

private:
    friend class buffer_pool;
    static constexpr size_t pages_max = chunk::size / 4096 + 1;

    // An MDL is followed by the numbers of its pages.
    struct described {
        MDL mdl;
        ULONG_PTR pages[pages_max];
    };
    described described_ = {};
    chunk* memory_ = nullptr;
    char* bytes_ = nullptr;
    size_t length_ = 0;
    char* cut_at_ = nullptr;  // where the bytes began, and how far they were rounded up
    size_t cut_bytes_ = 0;
};

/// Chunks, arenas and lents of a machine.
class buffer_pool {
public:
    buffer_pool() = default;
    buffer_pool(const buffer_pool&) = delete;
    buffer_pool& operator=(const buffer_pool&) = delete;
    /// Every socket is gone; what is quarantined goes with the pool.
    ~buffer_pool();

    /// Receives up to bytes_max bytes (at least 1) from the socket, whose receiving token the
    /// caller holds. none: out is the bytes, cut off; out null: the peer's FIN. no_resources: no
    /// memory. full: as many bytes came as there was room, so there may be more. No lock held.
    net::error receive(net::socket& from, size_t bytes_max, lent*& out, bool& full) noexcept;

    /// Takes the bytes back. Not on any list.
    void give_back(lent& l) noexcept;

    /// Keeps a retained one of a socket that is closed.
    void quarantine(lent& l, const client& application) noexcept;
    /// Ends the quarantine of a client object's indications.
    void release_quarantine(const client& application) noexcept;

    /// The lent in use whose node this is, or null; touches nothing but our own memory.
    [[nodiscard]] lent* find(const WSK_DATA_INDICATION* node) const noexcept;
    /// Takes a quarantined one back; false when it is not quarantined.
    bool release_quarantined(lent& l) noexcept;

    [[nodiscard]] uint32_t quarantined() const noexcept {
        return quarantined_.load(std::memory_order_relaxed);
    }

private:
    static constexpr uint32_t arenas_max = 32;
    static constexpr size_t useful_bytes = 16 * 1024;  // an arena with less takes a new chunk
    static constexpr uint32_t free_chunks_max = 16;

    struct alignas(64) arena {
        std::atomic<uint32_t> busy{0};
        // The holder's:
        chunk* memory = nullptr;
        size_t used = 0;
        lent* spare = nullptr;
    };

    arena* enter() noexcept;
    static void leave(arena& a) noexcept { a.busy.store(0, std::memory_order_release); }
    bool provide(arena& a) noexcept;
    chunk* take_chunk() noexcept;
    void drop_chunk(chunk& c) noexcept;
    lent* take_lent() noexcept;
    void put_lent(lent& l) noexcept;

    arena arenas_[arenas_max];

    host::mutex mutex_{base::lock_rank::memory};
    mm::slab<lent> lents_;
    chunk* free_chunks_ OPENWSK_GUARDED_BY(mutex_) = nullptr;
    uint32_t free_count_ OPENWSK_GUARDED_BY(mutex_) = 0;
    base::list<lent, &lent::link> quarantine_ OPENWSK_GUARDED_BY(mutex_);
    std::atomic<uint32_t> quarantined_{0};  // written under mutex_
};

}  // namespace wsk
