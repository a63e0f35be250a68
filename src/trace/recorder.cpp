// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "trace/recorder.hpp"

#include <bit>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace trace {

// A thread's newest records. head_ counts records ever written; record i lies in slot i modulo the
// capacity.
class ring : public base::heap_object {
public:
    static constexpr uint32_t capacity = 1024;
    static constexpr size_t words = sizeof(record) / sizeof(uint64_t);
    static_assert(words == 6 && offsetof(record, thread) == 40 && offsetof(record, id) == 44 &&
                  offsetof(record, irql) == 46 && std::endian::native == std::endian::little);

    /// The words of a record, in order; the last one is made by pack.
    void append(uint64_t stamp, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                uint64_t packed) noexcept {
        const uint64_t at = head_.load(std::memory_order_relaxed);
        // Claims the slot before the first word of it changes (partner: read).
        head_.store(at + 1, std::memory_order_release);
        std::atomic<uint64_t>* slot = slots_[at % capacity];
        slot[0].store(stamp, std::memory_order_release);
        slot[1].store(a, std::memory_order_release);
        slot[2].store(b, std::memory_order_release);
        slot[3].store(c, std::memory_order_release);
        slot[4].store(d, std::memory_order_release);
        slot[5].store(packed, std::memory_order_release);
        done_.store(at + 1, std::memory_order_release);
    }

    static uint64_t pack(uint32_t thread, event id, uint8_t irql) noexcept {
        return thread | uint64_t{static_cast<uint16_t>(id)} << 32 | uint64_t{irql} << 48;
    }

    [[nodiscard]] uint64_t end() const noexcept { return done_.load(std::memory_order_acquire); }

    /// Reads record i; false when it has been overwritten.
    bool read(uint64_t i, record& out) const noexcept {
        uint64_t raw[words];
        const std::atomic<uint64_t>* slot = slots_[i % capacity];
        for (size_t w = 0; w < words; ++w) {
            raw[w] = slot[w].load(std::memory_order_acquire);
        }
        std::memcpy(&out, raw, sizeof out);
        return head_.load(std::memory_order_relaxed) <= i + capacity;
    }

    ring* next = nullptr;

private:
    std::atomic<uint64_t> head_{0};
    std::atomic<uint64_t> done_{0};
    std::atomic<uint64_t> slots_[capacity][words] = {};
};

namespace {

// writer_state_. idle -> running [queue]; running <-> asleep [run_writer, queue]; any -> ending
// [~recorder].
enum writer_state : uint32_t { idle, running, asleep, ending };

constexpr uint64_t queued_bytes_max = 64u << 20;

std::atomic<uint64_t> next_id_{1};

struct event_text {
    uint16_t id;
    const char* name;
    const char* arguments;
};

constexpr event_text event_texts[] = {
#define OPENWSK_EVENT_TEXT(number, name, arguments) {number, #name, arguments},
    OPENWSK_EVENTS(OPENWSK_EVENT_TEXT)
#undef OPENWSK_EVENT_TEXT
};

const event_text* find_event(uint16_t id) noexcept {
    for (const event_text& e : event_texts) {
        if (e.id == id) {
            return &e;
        }
    }
    return nullptr;
}

}  // namespace

const char* event_name(uint16_t id) noexcept {
    const event_text* e = find_event(id);
    return e != nullptr ? e->name : nullptr;
}

const char* event_arguments(uint16_t id) noexcept {
    const event_text* e = find_event(id);
    return e != nullptr ? e->arguments : nullptr;
}

/// The rest of record_event, apart so that the usual path needs no stack frame.
__attribute__((noinline)) void record_slowly(event id, uint64_t a, uint64_t b, uint64_t c,
                                             uint64_t d) noexcept {
    host::thread* t = host::self();
    if (t == nullptr || t->machine == nullptr) {
        return;
    }
    recorder* r = t->machine->find<recorder>();
    if (r == nullptr || !r->enabled_) {
        return;
    }
    if (ring* own = r->ring_of(*t)) {
        own->append(r->clock_.now(), a, b, c, d, ring::pack(t->ordinal, id, t->irql));
    }
}

void record_event(event id, uint64_t a, uint64_t b, uint64_t c, uint64_t d) noexcept {
    host::thread* t = host::self();
    const recorder* r =
        t != nullptr && t->machine != nullptr ? t->machine->find<recorder>() : nullptr;
    // A recorder that is not enabled gave no thread a ring.
    if (OPENWSK_UNLIKELY(r == nullptr || t->trace_recorder != r->id_ || !r->clock_.counts())) {
        record_slowly(id, a, b, c, d);
        return;
    }
    static_cast<ring*>(t->trace_ring)
        ->append(host::stamp_clock::count(), a, b, c, d, ring::pack(t->ordinal, id, t->irql));
}

recorder::recorder(host::host_interface& h, const base::machine_options& options) noexcept
    : host_(&h),
      id_(next_id_.fetch_add(1, std::memory_order_relaxed)),
      clock_(h),
      enabled_(options.verification != base::verify_level::off) {}

recorder::~recorder() {
    const uint32_t before = writer_state_.exchange(ending);
    if (before != idle) {
        host_->wake(writer_state_, 1);
        host_->join(writer_);
    }
    write_batch(true);
    ring* r = rings_.load(std::memory_order_acquire);
    while (r != nullptr) {
        ring* next = r->next;
        delete r;
        r = next;
    }
}

// The ring stays with the thread object, which the runtime reuses: as many rings as there ever
// were threads at once.
ring* recorder::ring_of(host::thread& t) noexcept {
    if (t.trace_recorder == id_) {
        return static_cast<ring*>(t.trace_ring);
    }
    ring* made = new (std::nothrow) ring;
    if (made == nullptr) {
        return nullptr;
    }
    made->next = rings_.load(std::memory_order_relaxed);
    while (!rings_.compare_exchange_weak(made->next, made, std::memory_order_release,
                                         std::memory_order_relaxed)) {
    }
    t.trace_ring = made;
    t.trace_recorder = id_;
    return made;
}

size_t recorder::last(record* out, size_t capacity) const noexcept {
    const host::stamp_clock::scale scale = clock_.read();
    size_t count = 0;
    for (ring* r = rings_.load(std::memory_order_acquire); r != nullptr; r = r->next) {
        const uint64_t end = r->end();
        for (uint64_t i = end; i-- > 0 && end - i <= ring::capacity;) {
            record one;
            if (!r->read(i, one)) {
                break;
            }
            one.time_ns = scale.elapsed_ns(one.time_ns);
            // Insert from the back; the oldest falls off when the window is full.
            if (count == capacity) {
                if (capacity == 0 || one.time_ns <= out[0].time_ns) {
                    break;
                }
                std::memmove(out, out + 1, (count - 1) * sizeof *out);
                --count;
            }
            size_t at = count;
            // Of one ring the later record comes first here, also when both have the same time.
            while (at > 0 && out[at - 1].time_ns >= one.time_ns) {
                out[at] = out[at - 1];
                --at;
            }
            out[at] = one;
            ++count;
        }
    }
    return count;
}

void recorder::set_sink(text_sink* sink) noexcept {
    flush();
    sink_.store(sink, std::memory_order_release);
}

text_line* recorder::make_line(uint32_t component, uint32_t level, const char* text,
                               size_t length) noexcept {
    void* memory = std::malloc(sizeof(text_line) + length);
    if (memory == nullptr) {
        return nullptr;
    }
    auto* line = new (memory) text_line{};
    const host::thread* t = host::self();
    line->time_ns = host_->now_ns() - clock_.start_ns();
    line->thread = t != nullptr ? t->ordinal : 0;
    line->irql = t != nullptr ? t->irql : uint8_t{0};
    line->component = component;
    line->level = level;
    line->length = static_cast<uint32_t>(length);
    std::memcpy(line->text, text, length);
    return line;
}

void recorder::text(uint32_t component, uint32_t level, const char* text, size_t length) noexcept {
    if (queued_bytes_.fetch_add(length, std::memory_order_relaxed) > queued_bytes_max) {
        queued_bytes_.fetch_sub(length, std::memory_order_relaxed);
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    text_line* line = make_line(component, level, text, length);
    if (line == nullptr) {
        queued_bytes_.fetch_sub(length, std::memory_order_relaxed);
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    queue(line);
}

void recorder::queue(text_line* line) noexcept {
    queued_.fetch_add(1, std::memory_order_relaxed);
    line->next = lines_.load(std::memory_order_relaxed);
    // Sequentially consistent, as all of writer_state_: either the writer, falling asleep, sees
    // the line, or we see that it sleeps.
    while (!lines_.compare_exchange_weak(line->next, line)) {
    }
    if (host_->simulated()) {
        write_batch(true);
        return;
    }
    uint32_t seen = asleep;
    if (writer_state_.compare_exchange_strong(seen, running)) {
        host_->wake(writer_state_, 1);
    } else if (seen == idle && writer_state_.compare_exchange_strong(seen, running)) {
        writer_.ordinal = 0;
        if (!host_->start(writer_, {.name = "openwsk-print"}, writer_entry, this)) {
            writer_state_.store(idle);
            write_batch(true);
        }
    }
}

void recorder::writer_entry(void* self) noexcept {
    static_cast<recorder*>(self)->run_writer();
}

void recorder::run_writer() noexcept {
    while (true) {
        write_batch(false);
        uint32_t seen = running;
        if (!writer_state_.compare_exchange_strong(seen, asleep)) {
            OPENWSK_ASSERT(seen == ending);
            return;
        }
        if (lines_.load() != nullptr) {
            seen = asleep;
            writer_state_.compare_exchange_strong(seen, running);
            continue;
        }
        while (writer_state_.load() == asleep) {
            host_->wait(writer_state_, asleep, host::no_deadline);
        }
    }
}

// forced: the caller is not the writer thread. It waits a little for the right to write, then
// writes anyway: the process is about to end and the writer may be stuck in the sink.
void recorder::write_batch(bool forced) noexcept {
    constexpr unsigned patience = 1000;
    bool owner = writing_.exchange(1, std::memory_order_acquire) == 0;
    for (unsigned round = 0; !owner && (!forced || round < patience); ++round) {
        host_->spin(round);
        owner = writing_.exchange(1, std::memory_order_acquire) == 0;
    }

    text_line* newest = lines_.exchange(nullptr);
    text_line* oldest = nullptr;
    while (newest != nullptr) {
        text_line* next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    text_sink* sink = sink_.load(std::memory_order_acquire);
    uint32_t count = 0;
    while (oldest != nullptr) {
        text_line* line = oldest;
        oldest = line->next;
        if (sink != nullptr) {
            sink->write(*line);
        }
        queued_bytes_.fetch_sub(line->length, std::memory_order_relaxed);
        std::free(line);
        ++count;
    }
    tell_dropped(sink);
    if (owner) {
        writing_.store(0, std::memory_order_release);
    }
    if (count != 0) {
        written_.fetch_add(count);
        if (flushers_.load() != 0) {
            host_->wake(written_, UINT32_MAX);
        }
    }
}

void recorder::tell_dropped(text_sink* sink) noexcept {
    const uint32_t lost = dropped_.exchange(0, std::memory_order_relaxed);
    if (lost == 0 || sink == nullptr) {
        return;
    }
    char text[80];
    const int length = std::snprintf(text, sizeof text, "(%u lines lost: too much output)", lost);
    if (text_line* line = make_line(0, 0, text, static_cast<size_t>(length))) {
        sink->write(*line);
        std::free(line);
    }
}

void recorder::flush() noexcept {
    const uint32_t target = queued_.load();
    flushers_.fetch_add(1);
    while (true) {
        const uint32_t done = written_.load();
        if (static_cast<int32_t>(done - target) >= 0) {
            break;
        }
        host_->wait(written_, done, host::no_deadline);
    }
    flushers_.fetch_sub(1);
}

void recorder::flush_now() noexcept {
    write_batch(true);
}

}  // namespace trace
