// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The real host: pthreads, futexes, CLOCK_MONOTONIC, mmap.

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <ctime>
#include <new>

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/prng.hpp"
#include "host/backtrace.hpp"
#include "host/host.hpp"
#include "host/signals.hpp"

namespace host {
namespace {

constexpr uint64_t ns_per_s = 1000000000;
constexpr size_t page = 4096;
// 1601-01-01 to 1970-01-01 in 100 ns units.
constexpr uint64_t epoch_1601_100ns = 116444736000000000;

uint64_t read_clock(clockid_t clock) noexcept {
    timespec ts{};
    clock_gettime(clock, &ts);
    return static_cast<uint64_t>(ts.tv_sec) * ns_per_s + static_cast<uint64_t>(ts.tv_nsec);
}

struct start_block {
    thread* t;
    void (*entry)(void*);
    void* argument;
    char name[16];  // terminated; longer names are cut
};

// The id of a thread's pthread; 0 until the thread runs. The thread writes it down itself: by the
// time pthread_create returns it may have ended, been joined and its object started again.
std::atomic_ref<uintptr_t> id_of(thread& t) noexcept {
    return std::atomic_ref<uintptr_t>(t.host_private[0]);
}

void* run(void* argument) noexcept {
    start_block block = *static_cast<start_block*>(argument);
    delete static_cast<start_block*>(argument);
    current_thread = block.t;
    id_of(*block.t).store(static_cast<uintptr_t>(pthread_self()), std::memory_order_release);
    pthread_setname_np(pthread_self(), block.name);
    prepare_thread_for_faults();
    block.entry(block.argument);
    current_thread = nullptr;
    return nullptr;
}

// Shows others where the calling thread waits, while this lives.
class shown_wait {
public:
    explicit shown_wait(uintptr_t frame) noexcept : thread_(current_thread) {
        if (thread_ != nullptr) {
            thread_->stack_high.store(current_stack().high, std::memory_order_relaxed);
            thread_->wait_frame.store(frame, std::memory_order_release);
        }
    }
    shown_wait(const shown_wait&) = delete;
    shown_wait& operator=(const shown_wait&) = delete;
    ~shown_wait() {
        if (thread_ != nullptr) {
            thread_->wait_frame.store(0, std::memory_order_release);
        }
    }

private:
    thread* thread_;
};

struct detached_block {
    void (*entry)(void*);
    void* argument;
};

void* run_block(void* argument) noexcept {
    const detached_block block = *static_cast<detached_block*>(argument);
    delete static_cast<detached_block*>(argument);
    pthread_setname_np(pthread_self(), "openwsk-block");
    block.entry(block.argument);
    return nullptr;
}

class linux_host_type final : public host_interface {
public:
    linux_host_type() noexcept {
        // A container may forbid it; then light_fence is a barrier of its own.
        if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0) {
            asymmetric_fences.store(true, std::memory_order_relaxed);
        }
    }

    uint64_t now_ns() noexcept override { return read_clock(CLOCK_MONOTONIC); }

    uint64_t system_time_100ns() noexcept override {
        return epoch_1601_100ns + read_clock(CLOCK_REALTIME) / 100;
    }

    bool start(thread& t, const thread_options& options, void (*entry)(void*),
               void* argument) noexcept override {
        auto* block = new (std::nothrow) start_block{&t, entry, argument, {}};
        if (block == nullptr) {
            return false;
        }
        for (size_t i = 0; i + 1 < sizeof block->name && options.name[i] != 0; ++i) {
            block->name[i] = options.name[i];
        }
        t.run_on(*this);
        id_of(t).store(0, std::memory_order_relaxed);
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setguardsize(&attributes, page);
        pthread_attr_setstacksize(&attributes, stack_bytes(options));
        pthread_t id{};
        const int error = pthread_create(&id, &attributes, run, block);
        pthread_attr_destroy(&attributes);
        if (error != 0) {
            delete block;
            return false;
        }
        return true;
    }

    void join(thread& t) noexcept override {
        uintptr_t id = 0;
        for (unsigned round = 0; (id = id_of(t).load(std::memory_order_acquire)) == 0; ++round) {
            spin(round);
        }
        pthread_join(static_cast<pthread_t>(id), nullptr);
    }

    void adopt(thread& t) noexcept override {
        OPENWSK_ASSERT(current_thread == nullptr);
        t.run_on(*this);
        current_thread = &t;
        prepare_thread_for_faults();
    }

    void abandon(thread& t) noexcept override {
        OPENWSK_ASSERT(current_thread == &t);
        current_thread = nullptr;
    }

    bool wait(std::atomic<uint32_t>& word, uint32_t expected,
              uint64_t deadline_ns) noexcept override {
        timespec ts{};
        timespec* until = nullptr;
        if (deadline_ns != no_deadline) {
            ts.tv_sec = static_cast<time_t>(deadline_ns / ns_per_s);
            ts.tv_nsec = static_cast<long>(deadline_ns % ns_per_s);
            until = &ts;
        }
        const shown_wait here(reinterpret_cast<uintptr_t>(__builtin_frame_address(0)));
        const long rc = syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word),
                                FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, until, nullptr,
                                FUTEX_BITSET_MATCH_ANY);
        return !(rc == -1 && errno == ETIMEDOUT);
    }

    void wake(std::atomic<uint32_t>& word, uint32_t count) noexcept override {
        const uint32_t n = count > INT_MAX ? INT_MAX : count;
        syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAKE | FUTEX_PRIVATE_FLAG, n,
                nullptr, nullptr, 0);
    }

    void heavy_fence() noexcept override {
        if (asymmetric_fences.load(std::memory_order_relaxed)) {
            const long rc = syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
            OPENWSK_ASSERT(rc == 0);
        } else {
            fence_word_.fetch_add(1, std::memory_order_seq_cst);
        }
    }

    void schedule(point, const volatile void*) noexcept override {}

    void spin(unsigned round) noexcept override {
        if (round < spins_before_yield) {
            __builtin_ia32_pause();
        } else {
            sched_yield();
        }
    }

    uint64_t random(stream) noexcept override {
        uint64_t value = 0;
        (void)!getrandom(&value, sizeof value, 0);
        return value;
    }

    void* allocate(size_t bytes) noexcept override { return std::malloc(bytes); }
    void deallocate(void* address, size_t) noexcept override { std::free(address); }

    void* map_pages(size_t bytes) noexcept override {
        const size_t length = round_up(bytes);
        void* base = mmap(nullptr, length + 2 * page, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base == MAP_FAILED) {
            return nullptr;
        }
        char* usable = static_cast<char*>(base) + page;
        if (mprotect(usable, length, PROT_READ | PROT_WRITE) != 0) {
            munmap(base, length + 2 * page);
            return nullptr;
        }
        return usable;
    }

    void unmap_pages(void* address, size_t bytes) noexcept override {
        munmap(static_cast<char*>(address) - page, round_up(bytes) + 2 * page);
    }

    void seal_pages(void* address, size_t bytes, bool sealed) noexcept override {
        const int rc =
            mprotect(address, round_up(bytes), sealed ? PROT_NONE : PROT_READ | PROT_WRITE);
        OPENWSK_ASSERT(rc == 0);
    }

    uint32_t processor_count() noexcept override {
        // Those that this process may use: fewer than there are under taskset or in a container.
        cpu_set_t allowed;
        if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
            return static_cast<uint32_t>(CPU_COUNT(&allowed));
        }
        const long n = sysconf(_SC_NPROCESSORS_ONLN);
        return n > 0 ? static_cast<uint32_t>(n) : 1;
    }

private:
    static constexpr unsigned spins_before_yield = 30;

    std::atomic<uint32_t> fence_word_{0};

    static size_t round_up(size_t bytes) noexcept { return (bytes + page - 1) & ~(page - 1); }

    // Sanitizers make frames several times larger; the driver's own budget is checked elsewhere.
    static size_t stack_bytes(const thread_options& options) noexcept {
        const size_t factor = OPENWSK_ASAN != 0 || OPENWSK_TSAN != 0 ? 4 : 1;
        return round_up(options.stack_bytes * factor);
    }
};

}  // namespace

bool run_detached(void (*entry)(void*), void* argument) noexcept {
    auto* block = new (std::nothrow) detached_block{entry, argument};
    if (block == nullptr) {
        return false;
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t id{};
    const int error = pthread_create(&id, &attributes, run_block, block);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        delete block;
    }
    return error == 0;
}

host_interface& linux_host() noexcept {
    // Never destroyed: threads that outlive main still use it.
    alignas(linux_host_type) static char storage[sizeof(linux_host_type)];
    static linux_host_type* instance = new (storage) linux_host_type;
    return *instance;
}

}  // namespace host
