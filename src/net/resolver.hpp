// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Has names resolved without waiting for it. getaddrinfo(3) cannot be interrupted and may take
// half a minute, so it runs on threads of its own, which know no machine and are left alone when
// the machine goes.
//
// A lookup, in the hands of the resolver from submit on:
//
//     waiting  -> asked     [a thread takes it]
//     waiting  -> returned  [withdraw]
//     asked    -> answered  [the source has answered]
//     answered -> returned  [next]
//     waiting, answered -> gone   [close]
//     asked    -> gone      [the source has answered, closed meanwhile]
//
// Threads come when a lookup finds none free, at most threads_max, and stay until the resolver is
// closed. In a simulation there are none: next() asks by itself.
//
// Lifetime: the owner holds one reference, every thread one; the last frees the object. Lock: one,
// of rank leaf.

#pragma once

#include <cstdint>

#include "base/heap.hpp"
#include "base/list.hpp"
#include "base/ref_ptr.hpp"
#include "host/mutex.hpp"
#include "net/resolve.hpp"

namespace net {

/// One question with its answer.
class lookup : public base::heap_object {
public:
    lookup() = default;
    lookup(const lookup&) = delete;
    lookup& operator=(const lookup&) = delete;
    ~lookup();

    enum class subject : uint8_t { addresses, names };

    // Set before submit, constant until it is back.
    subject about = subject::addresses;
    address_question addresses{};
    name_question names{};

    // Of the source until the lookup is back.
    address_answer found{};
    name_answer named{};

    /// The submitter's, guarded as it likes.
    void* owner = nullptr;

private:
    friend class resolver;
    base::list_node node_;
    bool waiting_ = false;
};

class resolver : public base::heap_object {
public:
    /// Null without memory. The source outlives the process's last lookup.
    static base::ref_ptr<resolver> make(name_source& source) noexcept;

    /// Sees to it that there is a thread. False when there is none to be had.
    [[nodiscard]] bool prepare() noexcept;
    /// Hands a lookup over. prepare() has succeeded. True when every thread is busy and the caller,
    /// once it holds no lock, should add another.
    [[nodiscard]] bool submit(lookup& l) noexcept;
    void add_thread() noexcept;
    /// Takes back a lookup that nobody has asked yet. False: next() will return it.
    [[nodiscard]] bool withdraw(lookup& l) noexcept;
    /// Waits for an answered lookup and hands it back; null once the resolver is closed.
    [[nodiscard]] lookup* next() noexcept;
    /// Nothing is handed back any more.
    void close() noexcept;

    base::ref_count references;
    void last_reference_released() noexcept;

private:
    using lookup_list = base::list<lookup, &lookup::node_>;
    static constexpr uint32_t threads_max = 8;

    explicit resolver(name_source& source) noexcept : source_(&source) {}
    ~resolver() = default;

    static void thread_main(void* self) noexcept;
    void serve() noexcept;
    [[nodiscard]] lookup* take_waiting() noexcept OPENWSK_REQUIRES(lock_);
    void ask(lookup& l) noexcept;
    static void drop(lookup_list& list) noexcept;

    name_source* const source_;

    host::mutex lock_{base::lock_rank::leaf};
    host::condition work_;      // a lookup waits, or closed
    host::condition answered_;  // a lookup is answered, or closed
    lookup_list waiting_ OPENWSK_GUARDED_BY(lock_);
    lookup_list done_ OPENWSK_GUARDED_BY(lock_);
    uint32_t waiting_count_ OPENWSK_GUARDED_BY(lock_) = 0;
    uint32_t threads_ OPENWSK_GUARDED_BY(lock_) = 0;
    uint32_t idle_ OPENWSK_GUARDED_BY(lock_) = 0;  // threads that are not asking
    bool closed_ OPENWSK_GUARDED_BY(lock_) = false;
};

}  // namespace net
