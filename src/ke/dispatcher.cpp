// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/dispatcher.hpp"

#include <algorithm>

#include "ke/kernel.hpp"
#include "ke/objects.hpp"
#include "trace/event.hpp"
#include "verify/violation.hpp"

#if OPENWSK_TSAN
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace ke {
namespace {

constexpr uint32_t bug_list_corruption = 0x139;  // KERNEL_SECURITY_CHECK_FAILURE
constexpr uint64_t corrupt_list_entry = 3;
constexpr uint64_t ns_per_100ns_unit = 100;

enum waiter_state : uint32_t { waiting = 0, claimed = 1, withdrawn = 2, satisfied = 3 };

// One wait of one thread, on its stack. Fields below state are written by whoever claims the
// waiter, before it is satisfied.
struct waiter {
    thread* owner;
    bool all;
    std::atomic<uint32_t> state{waiting};
    std::atomic<bool> kicked{false};
    uint32_t key = 0;
    bool abandoned = false;
};

[[noreturn]] void corrupt(const DISPATCHER_HEADER& h) noexcept {
    // The process ends here, with a wait bucket locked that no report needs.
    current().held_ranks = 0;
    verify::bug_check(bug_list_corruption, corrupt_list_entry, trace::value(&h), 0, 0, nullptr,
                      "the wait list of the dispatcher object at %p (type %u) is corrupt: it was "
                      "never initialized, initialized while threads waited, or overwritten",
                      static_cast<const void*>(&h), h.Type);
}

void check_links(const DISPATCHER_HEADER& h, const LIST_ENTRY& e) noexcept {
    if (OPENWSK_UNLIKELY(e.Flink == nullptr || e.Blink == nullptr || e.Flink->Blink != &e ||
                         e.Blink->Flink != &e)) {
        corrupt(h);
    }
}

}  // namespace

// LIST_ENTRY first: the list of the object links it.
struct wait_block {
    static constexpr uint32_t canary_value = 0x4b6c4257;  // 'WBlK'

    LIST_ENTRY links;
    uint32_t canary = canary_value;
    uint32_t key = 0;
    bool linked = false;
    waiter* owner = nullptr;
    DISPATCHER_HEADER* object = nullptr;
    wait_block* next_claimed = nullptr;
};

namespace {

void link(wait_block& b) noexcept {
    DISPATCHER_HEADER& h = *b.object;
    check_links(h, h.WaitListHead);
    b.links.Flink = &h.WaitListHead;
    b.links.Blink = h.WaitListHead.Blink;
    h.WaitListHead.Blink->Flink = &b.links;
    h.WaitListHead.Blink = &b.links;
    b.linked = true;
}

void unlink(wait_block& b) noexcept {
    check_links(*b.object, b.links);
    b.links.Flink->Blink = b.links.Blink;
    b.links.Blink->Flink = b.links.Flink;
    b.linked = false;
}

bool is_signaled(const DISPATCHER_HEADER& h, const thread& t) noexcept {
    return load_state(h) > 0 || (h.Type == MutantObject && owns_mutant(h, t));
}

// Takes what a successful wait takes from the object. True if it was an abandoned mutex.
bool consume(DISPATCHER_HEADER& h, thread& t) noexcept {
    switch (h.Type) {
        case EventSynchronizationObject:
        case TimerSynchronizationObject:
            store_state(h, 0);
            return false;
        case SemaphoreObject:
            store_state(h, load_state(h) - 1);
            return false;
        case MutantObject:
            return acquire_mutant(h, t);
        default:
            return false;
    }
}

// Before the object is touched: a waiter that has left or is somebody else's takes nothing.
bool claim_one(waiter& w) noexcept {
    uint32_t state = waiting;
    return w.state.compare_exchange_strong(state, claimed, std::memory_order_acq_rel);
}

base::status result_of(const waiter& w) noexcept {
    const auto key = static_cast<int32_t>(w.key);
    return w.abandoned ? STATUS_ABANDONED_WAIT_0 + key : STATUS_WAIT_0 + key;
}

// Locks the buckets of several objects in ascending order, each once.
class many_locks {
public:
    many_locks(wait_table& table, uint32_t count, DISPATCHER_HEADER* const* objects) noexcept
        : table_(&table) {
        for (uint32_t i = 0; i < count; ++i) {
            needed_ |= uint64_t{1} << wait_table::index_of(objects[i]);
        }
    }
    void lock() noexcept OPENWSK_NO_TSA {
        bool first = true;
        for (uint64_t rest = needed_; rest != 0; rest &= rest - 1) {
            host::mutex& m = table_->at(static_cast<uint32_t>(__builtin_ctzll(rest)));
            if (first) {
                m.lock();
                first = false;
            } else {
                m.lock_another();
            }
        }
    }
    void unlock() noexcept OPENWSK_NO_TSA {
        const auto lowest = static_cast<uint32_t>(__builtin_ctzll(needed_));
        for (uint64_t rest = needed_ & (needed_ - 1); rest != 0; rest &= rest - 1) {
            table_->at(static_cast<uint32_t>(__builtin_ctzll(rest))).unlock_another();
        }
        table_->at(lowest).unlock();
    }

private:
    static_assert(wait_table::buckets == 64);
    wait_table* table_;
    uint64_t needed_ = 0;
};

// One wait for one or several objects; lives on the waiter's stack.
class wait_operation {
public:
    wait_operation(thread& self, uint32_t count, DISPATCHER_HEADER* const* objects, bool all,
                   wait_block* blocks) noexcept
        : waiter_{&self, all},
          locks_(self.home->waits(), count, objects),
          objects_(objects),
          blocks_(blocks),
          count_(count) {}

    base::status run(wait_time time) noexcept {
        locks_.lock();
        if (take_now()) {
            locks_.unlock();
            return result_of(waiter_);
        }
        if (time.poll) {
            locks_.unlock();
            return STATUS_TIMEOUT;
        }
        for (uint32_t i = 0; i < count_; ++i) {
            blocks_[i].key = i;
            blocks_[i].owner = &waiter_;
            blocks_[i].object = objects_[i];
            link(blocks_[i]);
        }
        locks_.unlock();
        thread& self = *waiter_.owner;
        self.waits_for = objects_[0];
        const base::status out = sleep(time.deadline_ns);
        self.waits_for = nullptr;
        return out;
    }

private:
    // All locks are held. Consumes what the wait is for, if it is there.
    bool take_now() noexcept {
        thread& self = *waiter_.owner;
        if (waiter_.all) {
            for (uint32_t i = 0; i < count_; ++i) {
                if (!is_signaled(*objects_[i], self)) {
                    return false;
                }
            }
            for (uint32_t i = 0; i < count_; ++i) {
                waiter_.abandoned |= consume(*objects_[i], self);
            }
            return true;
        }
        for (uint32_t i = 0; i < count_; ++i) {
            if (is_signaled(*objects_[i], self)) {
                waiter_.abandoned = consume(*objects_[i], self);
                waiter_.key = i;
                return true;
            }
        }
        return false;
    }

    base::status sleep(uint64_t deadline_ns) noexcept {
        for (;;) {
            const bool in_time = host::park(deadline_ns);
            if (waiter_.state.load(std::memory_order_acquire) == satisfied) {
                // The block that satisfied the wait is unlinked already.
                if (count_ > 1) {
                    withdraw();
                }
                return result_of(waiter_);
            }
            const bool kicked = waiter_.kicked.exchange(false, std::memory_order_acquire);
            if (in_time && !kicked) {
                continue;
            }
            locks_.lock();
            // With all the locks held only a claim can have come first, and it will be completed.
            if (waiter_.state.load(std::memory_order_acquire) == waiting) {
                const bool taken = kicked && take_now();
                if (taken || !in_time) {
                    waiter_.state.store(withdrawn, std::memory_order_relaxed);
                    unlink_all();
                    locks_.unlock();
                    return taken ? result_of(waiter_) : base::status(STATUS_TIMEOUT);
                }
            } else if (!in_time) {
                deadline_ns = host::no_deadline;
            }
            locks_.unlock();
        }
    }

    void withdraw() noexcept {
        locks_.lock();
        unlink_all();
        locks_.unlock();
    }

    void unlink_all() noexcept {
        for (uint32_t i = 0; i < count_; ++i) {
            if (blocks_[i].linked) {
                unlink(blocks_[i]);
            }
        }
    }

    waiter waiter_;
    many_locks locks_;
    DISPATCHER_HEADER* const* objects_;
    wait_block* blocks_;
    uint32_t count_;
};

base::status run_wait(thread& self, uint32_t count, DISPATCHER_HEADER* const* objects, bool all,
                      wait_block* blocks, wait_time time) noexcept {
    OPENWSK_ASSERT(self.held_ranks == 0);
    host::schedule_point(host::point::wait, objects[0]);
    trace::emit(trace::event::wait_begin, trace::value(objects[0]), objects[0]->Type,
                time.poll ? 0 : time.deadline_ns);
    wait_operation operation(self, count, objects, all, blocks);
    const base::status out = operation.run(time);
    trace::emit(trace::event::wait_end, trace::value(objects[0]),
                static_cast<uint32_t>(out.code()));
    return out;
}

}  // namespace

// volatile keeps the access whole; the attribute keeps it out of ThreadSanitizer's sight.
OPENWSK_NO_TSAN static LONG raw_load(const LONG* p) noexcept {
    return *const_cast<const volatile LONG*>(p);
}
OPENWSK_NO_TSAN static void raw_store(LONG* p, LONG value) noexcept {
    *const_cast<volatile LONG*>(p) = value;
}

LONG load_state(const DISPATCHER_HEADER& h) noexcept {
    const LONG state = raw_load(&h.SignalState);
    std::atomic_signal_fence(std::memory_order_acquire);
#if OPENWSK_TSAN
    __tsan_acquire(const_cast<LONG*>(&h.SignalState));
#endif
    return state;
}

void store_state(DISPATCHER_HEADER& h, LONG state) noexcept {
#if OPENWSK_TSAN
    __tsan_release(&h.SignalState);
#endif
    std::atomic_signal_fence(std::memory_order_release);
    raw_store(&h.SignalState, state);
}

void initialize_header(DISPATCHER_HEADER& h, KOBJECTS type, size_t object_bytes,
                       LONG state) noexcept {
    h.Type = static_cast<UCHAR>(type);
    h.Signalling = 0;
    h.Size = static_cast<UCHAR>(object_bytes / sizeof(LONG));
    h.Reserved1 = 0;
    h.WaitListHead.Flink = h.WaitListHead.Blink = &h.WaitListHead;
    store_state(h, state);
}

bool waitable(const DISPATCHER_HEADER& h) noexcept {
    switch (h.Type) {
        case EventNotificationObject:
        case EventSynchronizationObject:
        case MutantObject:
        case ProcessObject:
        case SemaphoreObject:
        case ThreadObject:
        case TimerNotificationObject:
        case TimerSynchronizationObject:
            return true;
        default:
            return false;
    }
}

object_lock::object_lock(thread& self, DISPATCHER_HEADER& h) noexcept OPENWSK_NO_TSA
    : header_(&h),
      lock_(&self.home->waits().at(wait_table::index_of(&h))) {
    lock_->lock();
}

object_lock::~object_lock() OPENWSK_NO_TSA {
    lock_->unlock();
    for (uint32_t i = 0; i < wakes_; ++i) {
        host::unpark(*wake_[i]);
    }
}

// Thread objects are type-stable, so a thread can be woken after its wait is over. Beyond the
// array it is woken at once, with the lock held.
void object_lock::wake_later(thread& t) noexcept {
    if (wakes_ < wakes_max) {
        wake_[wakes_++] = &t;
    } else {
        host::unpark(t);
    }
}

// Claims waiters, oldest first, while the object is signaled.
claimed_waiters object_lock::claim() noexcept {
    DISPATCHER_HEADER& h = *header_;
    claimed_waiters out;
    check_links(h, h.WaitListHead);
    for (LIST_ENTRY* e = h.WaitListHead.Flink; e != &h.WaitListHead && load_state(h) > 0;) {
        auto* b = reinterpret_cast<wait_block*>(e);
        check_links(h, *e);
        if (OPENWSK_UNLIKELY(b->canary != wait_block::canary_value || b->object != &h)) {
            corrupt(h);
        }
        e = e->Flink;
        waiter& w = *b->owner;
        if (w.all) {
            w.kicked.store(true, std::memory_order_release);
            wake_later(*w.owner);
            continue;
        }
        unlink(*b);
        if (!claim_one(w)) {
            continue;
        }
        w.key = b->key;
        w.abandoned = consume(h, *w.owner);
        b->next_claimed = nullptr;
        (out.last_ != nullptr ? out.last_->next_claimed : out.first_) = b;
        out.last_ = b;
    }
    return out;
}

namespace {

// Lets the waiter of one claimed block go on; the next block, which may not outlive that.
wait_block* let_go(wait_block& b, thread*& owner) noexcept {
    wait_block* next = b.next_claimed;
    waiter& w = *b.owner;
    owner = w.owner;
    w.state.store(satisfied, std::memory_order_release);
    return next;
}

}  // namespace

void object_lock::release(claimed_waiters& waiters) noexcept {
    for (wait_block* b = waiters.first_; b != nullptr;) {
        thread* t = nullptr;
        b = let_go(*b, t);
        wake_later(*t);
    }
}

void claimed_waiters::release() noexcept {
    for (wait_block* b = first_; b != nullptr;) {
        thread* t = nullptr;
        b = let_go(*b, t);
        host::unpark(*t);
    }
}

wait_time to_wait_time(const LARGE_INTEGER* timeout) noexcept {
    if (timeout == nullptr) {
        return {};
    }
    const LONGLONG units = timeout->QuadPart;
    if (units == 0) {
        return {true, 0};
    }
    host::host_interface& h = host::current();
    uint64_t from_now = units < 0 ? 0 - static_cast<uint64_t>(units) : 0;
    if (units > 0) {
        const uint64_t system = h.system_time_100ns();
        from_now =
            static_cast<uint64_t>(units) > system ? static_cast<uint64_t>(units) - system : 0;
    }
    const uint64_t now = h.now_ns();
    const uint64_t limit = (host::no_deadline - 1 - now) / ns_per_100ns_unit;
    return {false, from_now >= limit ? host::no_deadline : now + from_now * ns_per_100ns_unit};
}

base::status wait_one(thread& self, DISPATCHER_HEADER& object, wait_time time) noexcept {
    wait_block block;
    DISPATCHER_HEADER* objects[1] = {&object};
    return run_wait(self, 1, objects, false, &block, time);
}

base::status wait_many(thread& self, uint32_t count, DISPATCHER_HEADER* const* objects, bool all,
                       wait_time time) noexcept {
    OPENWSK_ASSERT(count > 0 && count <= MAXIMUM_WAIT_OBJECTS);
    if (count <= THREAD_WAIT_OBJECTS) {
        wait_block blocks[THREAD_WAIT_OBJECTS];
        return run_wait(self, count, objects, all, blocks, time);
    }
    wait_block blocks[MAXIMUM_WAIT_OBJECTS];
    return run_wait(self, count, objects, all, blocks, time);
}

void delay(thread& self, wait_time time) noexcept {
    OPENWSK_ASSERT(self.held_ranks == 0);
    host::schedule_point(host::point::wait, &self);
    if (time.poll) {
        self.host->spin(UINT32_MAX);
        return;
    }
    // A permit left by a late unpark ends one park early.
    while (self.host->now_ns() < time.deadline_ns) {
        host::park(time.deadline_ns);
    }
}

}  // namespace ke
