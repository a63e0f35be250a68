// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The memory that an IRP stands for: whose it is, and when it is the driver's again. What a cancel
// and a close do to requests that the kernel is working on.

#include <sys/mman.h>

#include "base/annotate.hpp"
#include "tests/unit/support/wsk_rig.hpp"

namespace {

using namespace test;

constexpr ULONG pool_tag = 0x54736554;

class wsk_irp_memory : public wsk_fixture {};

// A byte of a buffer that the provider has. A driver has no business there, so ThreadSanitizer must
// not take the test for one.
OPENWSK_NO_TSAN char peek(const char* at) {
    return *static_cast<const volatile char*>(at);
}

TEST_F(wsk_irp_memory, a_close_takes_everything_back_from_the_kernel) {
    // IRP-026: sends, receives and accepts that the kernel has under way.
    pair p = connect_pair(nullptr, 4096);
    buffer out(size_t{4} << 20);
    buffer in(size_t{10});
    call sending;
    call receiving;
    call accepting;
    sending([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &out.buf, 0, irp); });
    receiving(
        [&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &in.buf, WSK_FLAG_WAITALL, irp); });
    accepting([&](PIRP irp) {
        return lst(p.listener).WskAccept(p.listener, 0, nullptr, nullptr, nullptr, nullptr, irp);
    });
    EXPECT_TRUE(p.theirs.send("five!"));
    EXPECT_TRUE(eventually([&] {
        ke::drain_deferred(ke::current());
        return peek(in.data() + 4) == '!';
    }));
    call closing;
    bool all_done = false;
    closing.on_completion = [&](call&) { all_done = sending.done() && receiving.done(); };
    closing([&](PIRP irp) { return bas(p.ours).WskCloseSocket(p.ours, irp); });
    EXPECT_EQ(close(p.listener), STATUS_SUCCESS);
    EXPECT_EQ(accepting.status(), STATUS_CANCELLED);
    EXPECT_EQ(sending.status(), STATUS_CANCELLED);
    EXPECT_EQ(receiving.status(), STATUS_CANCELLED);
    EXPECT_EQ(receiving.information(), 5u);
    // The peer gets what the send says was handed over, and then a reset: no FIN.
    const size_t handed_over = sending.information();
    EXPECT_GT(handed_over, 0u);
    EXPECT_LT(handed_over, size_t{4} << 20);
    EXPECT_EQ(p.theirs.receive(handed_over).size(), handed_over);
    EXPECT_TRUE(p.theirs.was_reset());
    EXPECT_EQ(closing.status(), STATUS_SUCCESS);
    EXPECT_TRUE(all_done);
}

TEST_F(wsk_irp_memory, a_control_request_that_waits_ends_with_the_close) {
    // CTL-026 EVT-029
    connection_events e;
    halt held;
    e.receive = [&](ULONG, PWSK_DATA_INDICATION, SIZE_T, SIZE_T*) {
        held.stay();
        return STATUS_SUCCESS;
    };
    pair p = live_pair(e);
    EXPECT_TRUE(p.theirs.send("x"));
    held.wait();
    call disabling;
    call closing;
    disabling([&](PIRP irp) { return events(p.ours, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE, irp); });
    EXPECT_EQ(disabling.returned, STATUS_PENDING);
    bool before = false;
    closing.on_completion = [&](call&) { before = disabling.done(); };
    closing([&](PIRP irp) { return bas(p.ours).WskCloseSocket(p.ours, irp); });
    held.release();
    EXPECT_EQ(closing.status(), STATUS_SUCCESS);
    EXPECT_TRUE(before);
    EXPECT_TRUE(NT_SUCCESS(disabling.status()) || disabling.status() == STATUS_CANCELLED);
    EXPECT_EQ(close(p.listener), STATUS_SUCCESS);
}

TEST_F(wsk_irp_memory, prompt_requests_ignore_a_cancel) {
    // IRP-028
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    SOCKADDR_IN a = v4(0);
    ULONG value = 1;
    const std::function<NTSTATUS(PIRP)> calls[] = {
        [&](PIRP irp) { return con(s).WskBind(s, sa(a), 0, irp); },
        [&](PIRP irp) { return con(s).WskGetLocalAddress(s, sa(a), irp); },
        [&](PIRP irp) {
            return bas(s).WskControlSocket(s, WskSetOption, SO_KEEPALIVE, SOL_SOCKET, sizeof value,
                                           &value, 0, nullptr, nullptr, irp);
        },
    };
    for (const auto& function : calls) {
        call c;
        c(function);
        c.cancel();
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
    }
    EXPECT_NE(a.sin_port, 0);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

TEST_F(wsk_irp_memory, both_ways_to_build_an_mdl_are_good_and_a_mapping_is_not_needed) {
    // IRP-030 IRP-037
    pair p = connect_pair();
    constexpr ULONG bytes = 3 * 4096 + 100;
    std::vector<char> memory(bytes);
    for (size_t i = 0; i < bytes; ++i) {
        memory[i] = static_cast<char>(i * 7);
    }
    for (const int way : {0, 1, 2}) {
        PMDL mdl = IoAllocateMdl(memory.data(), bytes, FALSE, FALSE, nullptr);
        ASSERT_NE(mdl, nullptr);
        if (way == 0) {
            MmBuildMdlForNonPagedPool(mdl);
        } else {
            MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
            EXPECT_EQ(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA, 0);
            if (way == 2) {
                mdl->MappedSystemVa = nullptr;  // says nothing while the flag is clear
            }
        }
        const MDL before = *mdl;
        WSK_BUF buf = {mdl, 50, bytes - 50};
        call c;
        c([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &buf, 0, irp); });
        EXPECT_EQ(c.status(), STATUS_SUCCESS) << way;
        EXPECT_EQ(c.information(), bytes - 50u) << way;
        EXPECT_TRUE(p.theirs.receive(bytes - 50) == std::string(memory.data() + 50, bytes - 50));
        EXPECT_TRUE(p.theirs.send(std::string(bytes - 50, 'r')));
        c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &buf, WSK_FLAG_WAITALL, irp); });
        EXPECT_EQ(c.status(), STATUS_SUCCESS) << way;
        EXPECT_EQ(memory[49], static_cast<char>(49 * 7)) << way;
        EXPECT_EQ(std::string(memory.data() + 50, bytes - 50), std::string(bytes - 50, 'r')) << way;
        EXPECT_EQ(std::memcmp(mdl, &before, sizeof before), 0) << way;
        for (size_t i = 0; i < bytes; ++i) {
            memory[i] = static_cast<char>(i * 7);
        }
        if (way != 0) {
            MmUnlockPages(mdl);
        }
        IoFreeMdl(mdl);
    }
    close(p);
}

/// A buffer that its owner takes away, and writes into, in the completion routine.
class pages {
public:
    static constexpr size_t bytes = size_t{1} << 20;
    pages()
        : memory_(static_cast<char*>(
              mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))),
          mdl_(IoAllocateMdl(memory_, bytes, FALSE, FALSE, nullptr)) {
        MmBuildMdlForNonPagedPool(mdl_);
        buf = {mdl_, 0, bytes};
        std::memset(memory_, 's', bytes);
    }
    pages(const pages&) = delete;
    pages& operator=(const pages&) = delete;
    ~pages() { munmap(memory_, bytes); }
    void reuse() {
        if (mdl_ != nullptr) {
            IoFreeMdl(std::exchange(mdl_, nullptr));
            std::memset(memory_, '#', bytes);
            mprotect(memory_, bytes, PROT_NONE);  // whoever touches it now faults
        }
    }
    [[nodiscard]] bool untouched() {
        mprotect(memory_, bytes, PROT_READ);
        return std::string(memory_, bytes) == std::string(bytes, '#');
    }
    char* data() { return memory_; }
    WSK_BUF buf;

private:
    char* memory_;
    PMDL mdl_;
};

TEST_F(wsk_irp_memory, nothing_is_touched_after_the_completion) {
    // IRP-038: sends, receives and cancelled ones.
    pair p = connect_pair();
    pages sent;
    pages received;
    pages cancelled;
    call sending;
    call receiving;
    call waiting;
    sending.on_completion = [&](call&) { sent.reuse(); };
    receiving.on_completion = [&](call&) { received.reuse(); };
    waiting.on_completion = [&](call&) { cancelled.reuse(); };
    receiving([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &received.buf, 0, irp); });
    waiting([&](PIRP irp) {
        return con(p.ours).WskReceive(p.ours, &cancelled.buf, WSK_FLAG_WAITALL, irp);
    });
    EXPECT_TRUE(p.theirs.send(std::string(1000, 'r')));
    EXPECT_EQ(receiving.status(), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.send(std::string(1000, 'w')));
    EXPECT_TRUE(eventually([&] {
        ke::drain_deferred(ke::current());
        return peek(cancelled.data() + 999) == 'w';
    }));
    waiting.cancel();
    EXPECT_EQ(waiting.status(), STATUS_CANCELLED);
    std::string arrived;
    std::thread reader([&] { arrived = p.theirs.receive(pages::bytes); });
    sending([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &sent.buf, 0, irp); });
    EXPECT_EQ(sending.status(), STATUS_SUCCESS);
    // More traffic in both directions, and the close.
    EXPECT_TRUE(p.theirs.send(std::string(100000, 'm')));
    EXPECT_EQ(receive(p.ours, 100000, WSK_FLAG_WAITALL), std::string(100000, 'm'));
    reader.join();
    EXPECT_TRUE(arrived == std::string(pages::bytes, 's'));
    close(p);
    EXPECT_TRUE(sent.untouched());
    EXPECT_TRUE(received.untouched());
    EXPECT_TRUE(cancelled.untouched());
}

TEST_F(wsk_irp_memory, paged_memory_is_good_enough_here) {
    // IRP-042: contexts and addresses in paged pool, where Windows asks for non-paged.
    auto* context = static_cast<connection_events*>(
        ExAllocatePool2(POOL_FLAG_PAGED, sizeof(connection_events), pool_tag));
    new (context) connection_events;
    auto* addresses = static_cast<SOCKADDR_IN*>(
        ExAllocatePool2(POOL_FLAG_PAGED, 2 * sizeof(SOCKADDR_IN), pool_tag));
    PWSK_SOCKET l = listener();
    peer p = peer::connect(port(l));
    call c;
    c([&](PIRP irp) {
        return lst(l).WskAccept(l, 0, context, &connection_callbacks, sa(addresses[0]),
                                sa(addresses[1]), irp);
    });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(__builtin_bswap16(addresses[1].sin_port), p.local_port());
    EXPECT_EQ(events(c.socket(), WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EXPECT_TRUE(p.send("x"));
    EXPECT_TRUE(eventually([&] { return context->taken() == "x"; }));
    EXPECT_EQ(close(c.socket()), STATUS_SUCCESS);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
    context->~connection_events();
    ExFreePoolWithTag(context, pool_tag);
    ExFreePoolWithTag(addresses, pool_tag);
}

TEST_F(wsk_irp_memory, what_may_wait_is_for_passive_level) {
    // IRP-040: the address list codes, the loopback fast path and the codes of WFP.
    // In a program of its own: a copy of this one could inherit a lock that an I/O thread held.
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET);
    const auto ioctl = [&](ULONG code) {
        call c;
        c([&](PIRP irp) {
            return bas(s).WskControlSocket(s, WskIoctl, code, 0, 0, nullptr, 0, nullptr, nullptr,
                                           irp);
        });
        return c.returned;
    };
    for (ULONG code : {0x48000016u, 0x28000017u, 0xC8000019u, 0x98000010u, 0x980000DCu, 0x980000DDu,
                       0x980000DEu}) {
        (void)ioctl(code);
        EXPECT_EXIT(
            {
                at_irql raised(2);
                (void)ioctl(code);
            },
            testing::ExitedWithCode(3), "irql-too-high(.|\n)*needs PASSIVE_LEVEL");
    }
    {
        at_irql raised(2);
        (void)ioctl(SIO_WSK_QUERY_RECEIVE_BACKLOG);
    }
    EXPECT_EQ(violations(), 0u);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
}

// -- IRPs that are used again inside their completion routine, under every policy.

struct policy {
    const char* name;
    base::completion_policy value;
};
void PrintTo(const policy& p, std::ostream* out) {
    *out << p.name;
}

class wsk_repost : public wsk_fixture, public testing::WithParamInterface<policy> {
protected:
    wsk_repost() : wsk_fixture(with(GetParam().value)) {}
    static base::machine_options with(base::completion_policy p) {
        base::machine_options o;
        o.completions = p;
        return o;
    }
};

/// One IRP that receives a byte from each of some sockets in turn, in its own completion routine.
class relay {
public:
    relay(std::vector<PWSK_SOCKET> sockets, int rounds)
        : sockets_(std::move(sockets)), rounds_(rounds), irp_(IoAllocateIrp(1, FALSE)) {}
    relay(const relay&) = delete;
    relay& operator=(const relay&) = delete;
    ~relay() { IoFreeIrp(irp_); }
    void run() {
        post();
        EXPECT_TRUE(eventually([&] {
            ke::drain_deferred(ke::current());
            return done_.load() == rounds_;
        }));
    }
    /// How many of its completion routines were on one stack.
    [[nodiscard]] int deepest() const { return deepest_.load(); }

private:
    void post() {
        PWSK_SOCKET s = sockets_[static_cast<size_t>(done_.load()) % sockets_.size()];
        IO_STACK_LOCATION* at = irp_->Tail.Overlay.CurrentStackLocation - 1;
        at->CompletionRoutine = routine;
        at->Context = this;
        at->Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
        EXPECT_EQ(con(s).WskReceive(s, &b_.buf, 0, irp_), STATUS_PENDING);
    }
    static NTSTATUS routine(PDEVICE_OBJECT, PIRP irp, PVOID context) {
        static thread_local int depth = 0;
        auto& me = *static_cast<relay*>(context);
        ++depth;
        me.deepest_.store(std::max(me.deepest_.load(), depth));
        EXPECT_EQ(irp->IoStatus.Information, 1u);
        if (me.done_.load() + 1 < me.rounds_) {
            me.done_.fetch_add(1);
            IoReuseIrp(irp, STATUS_UNSUCCESSFUL);
            me.post();
        } else {
            me.done_.fetch_add(1);
        }
        --depth;
        return STATUS_MORE_PROCESSING_REQUIRED;
    }

    const std::vector<PWSK_SOCKET> sockets_;
    const int rounds_;
    PIRP irp_;
    buffer b_{size_t{1}};
    std::atomic<int> done_{0};
    std::atomic<int> deepest_{0};
};

constexpr int depth_max = 8;

TEST_P(wsk_repost, the_stack_does_not_grow) {
    // IRP-017 EVT-039: all bytes are there before the first receive, so that each receive could
    // complete at once, inside the completion routine of the one before.
    constexpr int rounds = 50000;
    pair p = connect_pair();
    EXPECT_TRUE(p.theirs.send(std::string(rounds, 'r')));
    {
        relay r({p.ours}, rounds);
        r.run();
        EXPECT_LE(r.deepest(), depth_max);
    }
    close(p);
}

TEST_P(wsk_repost, the_stack_does_not_grow_from_socket_to_socket) {
    // IRP-017: the next receive is on another socket, whose completions may run at once.
    constexpr size_t count = 64;
    constexpr int rounds = 12800;
    std::vector<pair> pairs;
    std::vector<PWSK_SOCKET> sockets;
    for (size_t i = 0; i < count; ++i) {
        pairs.push_back(connect_pair());
        EXPECT_TRUE(pairs.back().theirs.send(std::string(rounds / count, 'r')));
        sockets.push_back(pairs.back().ours);
    }
    {
        relay r(sockets, rounds);
        r.run();
        EXPECT_LE(r.deepest(), depth_max);
    }
    for (pair& p : pairs) {
        close(p);
    }
}

INSTANTIATE_TEST_SUITE_P(policies, wsk_repost,
                         testing::Values(policy{"deferred", base::completion_policy::deferred},
                                         policy{"thread", base::completion_policy::thread},
                                         policy{"inline", base::completion_policy::inline_},
                                         policy{"mixed", base::completion_policy::mixed}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
