// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Eight threads on the real host register, deregister, attach, detach, capture, release and query
// at random, through both routes, while the subsystem leaves and returns. Contexts are heap objects
// with plain fields, so that the sanitizers see whether the registrar orders the callbacks of
// a binding and whether it uses anything that is gone.
//
// Environment: OPENWSK_STRESS_SECONDS, how long; 1 when not set.

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <random>

#include "tests/unit/support/nmr_modules.hpp"
#include "tests/unit/support/wsk_application.hpp"

namespace {

constexpr uint32_t thread_count = 8;
constexpr uint32_t npi_count = 3;
constexpr uint32_t block_count = 3;

using random_engine = std::minstd_rand;

/// Completes what detach callbacks leave to it, on a thread of its own.
class completer {
public:
    void add(bool as_client, HANDLE binding) {
        std::lock_guard<std::mutex> g(mutex_);
        waiting_.push_back({as_client, binding});
        changed_.notify_one();
    }
    void stop() {
        std::lock_guard<std::mutex> g(mutex_);
        stop_ = true;
        changed_.notify_one();
    }
    void run() {
        std::unique_lock<std::mutex> g(mutex_);
        for (;;) {
            changed_.wait(g, [this] { return stop_ || !waiting_.empty(); });
            if (waiting_.empty()) {
                return;
            }
            const item next = waiting_.front();
            waiting_.pop_front();
            g.unlock();
            complete(next.as_client, next.binding);
            g.lock();
        }
    }
    static void complete(bool as_client, HANDLE binding) {
        if (as_client) {
            NmrClientDetachProviderComplete(binding);
        } else {
            NmrProviderDetachClientComplete(binding);
        }
    }

private:
    struct item {
        bool as_client;
        HANDLE binding;
    };
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<item> waiting_;
    bool stop_ = false;
};

struct totals {
    std::atomic<uint64_t> lives{0};
    std::atomic<uint64_t> contexts_made{0};
    std::atomic<uint64_t> contexts_freed{0};
    std::atomic<uint64_t> detaches{0};
    std::atomic<uint64_t> captures{0};
    std::atomic<uint64_t> refusals{0};
    std::atomic<uint64_t> restarts{0};
};

/// One side of a binding; freed by its cleanup callback.
struct context {
    bool as_client;
    HANDLE binding;
    uint32_t way;  ///< how it detaches
    completer* later;
    totals* all;
    uint64_t plain = 1;
};

/// A module for one life: its characteristics go with it when the wait has returned.
class visitor {
public:
    visitor(bool as_client, const NPIID& npi, uint32_t dice, completer& later, totals& all)
        : as_client_(as_client), npi_(npi), dice_(dice), later_(later), all_(all) {
        NPI_REGISTRATION_INSTANCE instance = {};
        instance.Size = sizeof instance;
        instance.NpiId = &npi_;
        client_ = {0, sizeof client_, attach_provider, detach, cleanup, instance};
        provider_ = {0, sizeof provider_, attach_client, detach, cleanup, instance};
    }
    visitor(const visitor&) = delete;
    visitor& operator=(const visitor&) = delete;

    void live(uint32_t pause) {
        HANDLE h = nullptr;
        ASSERT_EQ(as_client_ ? NmrRegisterClient(&client_, this, &h)
                             : NmrRegisterProvider(&provider_, this, &h),
                  STATUS_SUCCESS);
        for (; pause != 0; --pause) {
            std::this_thread::yield();
        }
        ASSERT_EQ(as_client_ ? NmrDeregisterClient(h) : NmrDeregisterProvider(h), STATUS_PENDING);
        ASSERT_EQ(as_client_ ? NmrWaitForClientDeregisterComplete(h)
                             : NmrWaitForProviderDeregisterComplete(h),
                  STATUS_SUCCESS);
        ++all_.lives;
    }

private:
    context* make(HANDLE binding) {
        ++all_.contexts_made;
        return new context{as_client_, binding, dice_ % 4, &later_, &all_};
    }
    static void free(context* c) {
        ++c->all->contexts_freed;
        delete c;
    }

    static NTSTATUS attach_provider(HANDLE binding, PVOID self, PNPI_REGISTRATION_INSTANCE) {
        auto& me = *static_cast<visitor*>(self);
        if (me.dice_ % 7 == 0) {
            return STATUS_NOINTERFACE;
        }
        context* c = me.make(binding);
        NTSTATUS s = STATUS_NOINTERFACE;
        for (int tries = 0; tries < 2 && s != STATUS_SUCCESS; ++tries) {
            PVOID peer = nullptr;
            const VOID* dispatch = nullptr;
            s = NmrClientAttachProvider(binding, c, &me, &peer, &dispatch);
        }
        if (s != STATUS_SUCCESS) {
            free(c);
        }
        return s;
    }
    static NTSTATUS attach_client(HANDLE binding, PVOID self, PNPI_REGISTRATION_INSTANCE, PVOID,
                                  const VOID*, PVOID* out, const VOID** dispatch) {
        auto& me = *static_cast<visitor*>(self);
        if (me.dice_ % 5 == 0) {
            return STATUS_NOINTERFACE;
        }
        *out = me.make(binding);
        *dispatch = &me;
        return STATUS_SUCCESS;
    }
    static NTSTATUS detach(PVOID of) {
        context* c = static_cast<context*>(of);
        EXPECT_EQ(c->plain, 1u);
        c->plain = 2;
        ++c->all->detaches;
        if (c->way == 1) {
            completer::complete(c->as_client, c->binding);
            c->plain = 2;  // still there (NMR-157)
        } else if (c->way == 2) {
            c->later->add(c->as_client, c->binding);
        }
        return c->way == 1 || c->way == 2 ? STATUS_PENDING : STATUS_SUCCESS;
    }
    static VOID cleanup(PVOID of) {
        context* c = static_cast<context*>(of);
        EXPECT_EQ(c->plain, 2u);
        free(c);
    }

    const bool as_client_;
    const NPIID npi_;
    const uint32_t dice_;
    completer& later_;
    totals& all_;
    NPI_CLIENT_CHARACTERISTICS client_ = {};
    NPI_PROVIDER_CHARACTERISTICS provider_ = {};
};

class wsk_registration_stress : public test::registration_fixture {
protected:
    void use_block(test::application& a, random_engine& dice) {
        // The block is shared: each call has an output of its own.
        WSK_PROVIDER_NPI npi = {};
        WSK_PROVIDER_CHARACTERISTICS range = {};
        const ULONG timeouts[] = {WSK_NO_WAIT, WSK_NO_WAIT, 1, WSK_INFINITE_WAIT};
        const NTSTATUS s = WskCaptureProviderNPI(&a.block, timeouts[dice() % 4], &npi);
        (void)WskQueryProviderCharacteristics(&a.block, &range);
        if (s != STATUS_SUCCESS) {
            EXPECT_EQ(s, STATUS_DEVICE_NOT_READY);
            ++all.refusals;
            return;
        }
        ++all.captures;
        EXPECT_NE(subsystem().find_client(npi.Client), nullptr);
        if (dice() % 8 == 0) {
            SIZE_T bytes = 0;
            EXPECT_EQ(npi.Dispatch->WskControlClient(npi.Client, WSK_TRANSPORT_LIST_QUERY, 0,
                                                     nullptr, 0, nullptr, &bytes, nullptr),
                      STATUS_BUFFER_OVERFLOW);
        }
        WskReleaseProviderNPI(&a.block);
    }

    // Thread n keeps block n registered and everybody uses all blocks.
    void work(uint32_t n, const std::chrono::steady_clock::time_point end) {
        random_engine dice(n + 1);
        while (std::chrono::steady_clock::now() < end) {
            switch (dice() % 4) {
                case 0:
                    if (n < block_count) {
                        blocks[n].remove();
                        ASSERT_EQ(blocks[n].add(), STATUS_SUCCESS);
                    } else if (n == block_count) {
                        stop_subsystem();
                        start_subsystem();
                        ++all.restarts;
                    }
                    break;
                case 1:
                    use_block(blocks[dice() % block_count], dice);
                    break;
                default:
                    // Half of the time among modules of other NPIs.
                    visitor v(dice() % 2 == 0,
                              test::make_npi(static_cast<uint32_t>(dice()) % npi_count),
                              static_cast<uint32_t>(dice()), later, all);
                    v.live(dice() % 4);
                    break;
            }
        }
    }

    completer later;
    totals all;
    test::application blocks[block_count];
};

// NMR-124, NMR-151, NMR-157, NMR-164, NMR-182, REG-054, REG-058, REG-100, REG-171, REG-180.
TEST_F(wsk_registration_stress, eight_threads_do_everything_at_random) {
    const char* text = std::getenv("OPENWSK_STRESS_SECONDS");
    const auto seconds = std::chrono::seconds(text != nullptr ? std::atoi(text) : 1);
    for (test::application& a : blocks) {
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
    }
    auto completing = start([&] { later.run(); });
    {
        const auto end = std::chrono::steady_clock::now() + seconds;
        std::vector<test::machine_thread> threads;
        for (uint32_t n = 0; n < thread_count; ++n) {
            threads.push_back(start([this, n, end] { work(n, end); }));
        }
    }
    later.stop();
    completing.join();
    for (test::application& a : blocks) {
        a.remove();
    }
    std::printf("%lu lives, %lu contexts, %lu captures, %lu refused, %lu restarts\n",
                all.lives.load(), all.contexts_made.load(), all.captures.load(),
                all.refusals.load(), all.restarts.load());
    EXPECT_GT(all.lives, 0u);
    EXPECT_GT(all.captures, 0u);
    EXPECT_EQ(all.contexts_freed, all.contexts_made);
    EXPECT_EQ(subsystem().client_count(), 0u);
    EXPECT_TRUE(objects().empty());
    EXPECT_EQ(violations(), 0u);
}

}  // namespace
