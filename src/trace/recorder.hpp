// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The recorder of a machine: what happened (events) and what the driver said (text lines).
//
// Events go to one ring per thread. The owner of a ring is its only writer; anybody may read while
// it writes: the words of a record are atomics, stored with release and loaded with acquire, so
// that a reader that sees a word of a newer record also sees the head that says so and drops the
// record. Emitting takes no lock, and no memory but the ring itself, once. In a ring the time of a
// record is a stamp (host/stamp.hpp); last() makes it nanoseconds.
//
// Text lines (DbgPrint) are pushed on a lock-free stack; a writer thread takes all of it, restores
// the order and hands each line to the sink. It starts with the first line; in a simulation, where
// a write cannot disturb timing, the line is handed over at once. Any IRQL, any lock held.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/machine.hpp"
#include "host/host.hpp"
#include "host/stamp.hpp"
#include "trace/event.hpp"

namespace trace {

/// One line of text as the driver printed it, without the line end.
struct text_line {
    text_line* next;
    uint64_t time_ns;    ///< since the recorder was made
    uint32_t thread;     ///< ordinal in the machine
    uint32_t component;  ///< DPFLTR_xxx_ID
    uint32_t level;      ///< bit number 0..31, or a mask
    uint32_t length;
    uint8_t irql;
    char text[1];  ///< length bytes, not terminated
};

/// Receives text lines, one at a time, in order. Runs on the writer thread and, when the process
/// ends by a bug check, on the thread that failed; must not call into the machine.
class text_sink {
public:
    text_sink() = default;
    text_sink(const text_sink&) = delete;
    text_sink& operator=(const text_sink&) = delete;
    virtual ~text_sink() = default;
    virtual void write(const text_line& line) noexcept = 0;
};

/// Which text lines are printed: a mask of levels for each component, as the kernel debugger's
/// Kd_xxx_Mask variables ("Reading and filtering debugging messages"). Everything, at first.
class text_filter {
public:
    static constexpr uint32_t components = 160;  ///< ids from here on share the last mask

    text_filter() noexcept { set_all(UINT32_MAX); }

    /// level: a bit number 0..31, or a mask.
    [[nodiscard]] bool allows(uint32_t component, uint32_t level) const noexcept {
        return (mask(component) & bits_of(level)) != 0;
    }
    void set(uint32_t component, uint32_t mask) noexcept {
        masks_[index(component)].store(mask, std::memory_order_relaxed);
    }
    void set_all(uint32_t mask) noexcept {
        for (std::atomic<uint32_t>& m : masks_) {
            m.store(mask, std::memory_order_relaxed);
        }
    }
    [[nodiscard]] uint32_t mask(uint32_t component) const noexcept {
        return masks_[index(component)].load(std::memory_order_relaxed);
    }
    static constexpr uint32_t bits_of(uint32_t level) noexcept {
        return level < 32 ? uint32_t{1} << level : level;
    }

private:
    static constexpr uint32_t index(uint32_t component) noexcept {
        return component < components ? component : components - 1;
    }

    // Relaxed: a filter that changes takes effect soon.
    std::atomic<uint32_t> masks_[components];
};

/// Name and argument names of an event id; null for a number that no event has.
const char* event_name(uint16_t id) noexcept;
const char* event_arguments(uint16_t id) noexcept;

class ring;

class recorder : public base::machine_part {
public:
    static constexpr base::part slot = base::part::trace;

    recorder(host::host_interface& h, const base::machine_options& options) noexcept;
    ~recorder() override;

    /// Where text goes from now on; null drops it. The sink outlives the recorder or the next call.
    void set_sink(text_sink* sink) noexcept;

    /// Queues a line; dropped, and counted, when too much is waiting to be written.
    void text(uint32_t component, uint32_t level, const char* text, size_t length) noexcept;

    /// Waits until every line queued before the call has been written. IRQL < DISPATCH_LEVEL.
    void flush() noexcept;
    /// Writes what is queued on the calling thread, which is about to end the process.
    void flush_now() noexcept;

    /// The newest events of all threads, oldest first; returns how many. Any thread, any time.
    size_t last(record* out, size_t capacity) const noexcept;

    /// False: no event is kept.
    [[nodiscard]] bool enabled() const noexcept { return enabled_; }

    [[nodiscard]] text_filter& filter() noexcept { return filter_; }

    /// Time of events and lines is counted from here (now_ns scale).
    [[nodiscard]] uint64_t epoch_ns() const noexcept { return clock_.start_ns(); }

private:
    friend void record_event(event, uint64_t, uint64_t, uint64_t, uint64_t) noexcept;
    friend void record_slowly(event, uint64_t, uint64_t, uint64_t, uint64_t) noexcept;

    ring* ring_of(host::thread& t) noexcept;
    text_line* make_line(uint32_t component, uint32_t level, const char* text,
                         size_t length) noexcept;
    void queue(text_line* line) noexcept;
    void write_batch(bool forced) noexcept;
    void tell_dropped(text_sink* sink) noexcept;
    void run_writer() noexcept;
    static void writer_entry(void* self) noexcept;

    // Constant after construction.
    host::host_interface* host_;
    const uint64_t id_;  ///< unique in the process, never 0
    const host::stamp_clock clock_;
    const bool enabled_;

    // Own synchronisation.
    text_filter filter_;
    std::atomic<ring*> rings_{nullptr};       // pushed by emit, read by last; never popped
    std::atomic<text_line*> lines_{nullptr};  // newest first; taken whole by the writer
    std::atomic<uint64_t> queued_bytes_{0};
    std::atomic<uint32_t> dropped_{0};
    std::atomic<text_sink*> sink_{nullptr};  // release by set_sink, acquire by the writer
    std::atomic<uint32_t> queued_{0};        // lines queued, ever (wraps)
    std::atomic<uint32_t> written_{0};       // lines written, ever (wraps); flush sleeps on it
    std::atomic<uint32_t> flushers_{0};      // threads inside flush
    std::atomic<uint32_t> writing_{0};       // 1: somebody holds the right to call the sink
    std::atomic<uint32_t> writer_state_{0};  // see writer_state in the source
    host::thread writer_;
};

}  // namespace trace
