// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Many connections at once: an event-driven echo server under peers that behave, reset, stall,
// half-close, flood and send one byte at a time; under every completion policy.

#include <condition_variable>
#include <mutex>
#include <random>

#include "io/loop_pool.hpp"
#include "tests/unit/support/wsk_rig.hpp"

namespace {

using namespace test;

/// An echo server as a driver writes one: retains what is indicated, sends it from where it lies,
/// releases it when it is sent, closes when the peer is gone.
class echo_server {
public:
    explicit echo_server(std::atomic<uint64_t>& echoed) : echoed_(echoed) {}

    static NTSTATUS on_accept(PVOID context, ULONG, PSOCKADDR, PSOCKADDR, PWSK_SOCKET s,
                              PVOID* out_context, const WSK_CLIENT_CONNECTION_DISPATCH** out) {
        auto& server = *static_cast<echo_server*>(context);
        auto* c = new connection{server, s};
        {
            std::lock_guard g(server.mutex_);
            ++server.open_;
            server.connections_.push_back(c);
        }
        *out_context = c;
        *out = &callbacks;
        return STATUS_SUCCESS;
    }

    /// Aborts what is still open and waits until everything is closed.
    void stop() {
        std::vector<connection*> all;
        {
            std::lock_guard g(mutex_);
            all = connections_;
            for (connection* c : all) {
                ++c->references;
            }
        }
        for (connection* c : all) {
            c->close();
            c->drop();
        }
        std::unique_lock lock(mutex_);
        while (open_ != 0) {
            lock.unlock();
            ke::drain_deferred(ke::current());
            lock.lock();
            changed_.wait_for(lock, std::chrono::milliseconds(1));
        }
    }

private:
    struct connection {
        connection(echo_server& s, PWSK_SOCKET w) : server(s), socket(w) {}
        echo_server& server;
        PWSK_SOCKET socket;
        int references = 1;  // guarded by the server's mutex: open, sends, stop
        bool closing = false;

        void close() {
            std::unique_lock lock(server.mutex_);
            if (closing) {
                return;
            }
            closing = true;
            lock.unlock();
            drop();
        }
        /// The last reference closes the socket; its completion frees us.
        void drop() {
            {
                std::lock_guard g(server.mutex_);
                if (--references != 0) {
                    return;
                }
            }
            PIRP irp = IoAllocateIrp(1, FALSE);
            prepare(irp, on_closed, this);
            EXPECT_EQ(con(socket).WskCloseSocket(socket, irp), STATUS_PENDING);
        }
    };
    struct sending {
        connection* owner;
        PWSK_DATA_INDICATION list;
        SIZE_T bytes;
    };

    static void prepare(PIRP irp, PIO_COMPLETION_ROUTINE routine, void* context) {
        IO_STACK_LOCATION* at = irp->Tail.Overlay.CurrentStackLocation - 1;
        at->CompletionRoutine = routine;
        at->Context = context;
        at->Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
    }

    static NTSTATUS on_receive(PVOID context, ULONG, PWSK_DATA_INDICATION list, SIZE_T n, SIZE_T*) {
        auto& c = *static_cast<connection*>(context);
        {
            std::lock_guard g(c.server.mutex_);
            if (c.closing) {
                return STATUS_SUCCESS;
            }
            ++c.references;
        }
        PIRP irp = IoAllocateIrp(1, FALSE);
        prepare(irp, on_sent, new sending{&c, list, n});
        EXPECT_EQ(con(c.socket).WskSend(c.socket, &list->Buffer, 0, irp), STATUS_PENDING);
        return STATUS_PENDING;
    }
    static NTSTATUS on_sent(PDEVICE_OBJECT, PIRP irp, PVOID context) {
        std::unique_ptr<sending> s(static_cast<sending*>(context));
        connection& c = *s->owner;
        EXPECT_EQ(con(c.socket).WskRelease(c.socket, s->list), STATUS_SUCCESS);
        if (irp->IoStatus.Status == STATUS_SUCCESS) {
            EXPECT_EQ(irp->IoStatus.Information, s->bytes);
            c.server.echoed_.fetch_add(s->bytes);
        } else {
            c.close();
        }
        c.drop();
        IoFreeIrp(irp);
        return STATUS_MORE_PROCESSING_REQUIRED;
    }
    static NTSTATUS on_disconnect(PVOID context, ULONG) {
        static_cast<connection*>(context)->close();
        return STATUS_SUCCESS;
    }
    static NTSTATUS on_closed(PDEVICE_OBJECT, PIRP irp, PVOID context) {
        auto* c = static_cast<connection*>(context);
        EXPECT_EQ(irp->IoStatus.Status, STATUS_SUCCESS);
        echo_server& server = c->server;
        std::lock_guard g(server.mutex_);
        std::erase(server.connections_, c);
        delete c;
        IoFreeIrp(irp);
        --server.open_;
        server.changed_.notify_all();
        return STATUS_MORE_PROCESSING_REQUIRED;
    }

    static constexpr WSK_CLIENT_CONNECTION_DISPATCH callbacks = {on_receive, on_disconnect,
                                                                 nullptr};

    std::atomic<uint64_t>& echoed_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<connection*> connections_;
    int open_ = 0;
};

constexpr WSK_CLIENT_LISTEN_DISPATCH server_callbacks = {echo_server::on_accept, nullptr, nullptr};

class wsk_stress : public wsk_fixture, public testing::WithParamInterface<int> {
protected:
    static base::machine_options with_policy(int p) {
        base::machine_options o;
        o.completions = static_cast<base::completion_policy>(p);
        return o;
    }
    wsk_stress() : wsk_fixture(with_policy(GetParam())) {}
};

/// One peer's life. Returns false when an echo was wrong.
bool live(uint16_t port, uint32_t seed) {
    std::minstd_rand random(seed);
    peer p = peer::connect(port);
    if (!p.open()) {
        return false;
    }
    const unsigned kind = random() % 6;
    const unsigned rounds = 1 + random() % 20;
    for (unsigned i = 0; i < rounds; ++i) {
        const size_t n = kind == 0 ? 1 : 1 + random() % (kind == 1 ? 200000 : 3000);
        std::string text(n, '\0');
        for (char& c : text) {
            c = static_cast<char>(random());
        }
        if (kind == 2 && i == rounds / 2) {
            (void)p.send_some(text);
            p.reset();
            return true;
        }
        if (kind == 3) {
            // A flood that nobody reads, then gone.
            (void)p.send_some(std::string(300000, 'f'));
            p.close();
            return true;
        }
        std::string back;
        std::thread sender([&] { (void)p.send(text); });
        back = p.receive(n);
        sender.join();
        if (back != text) {
            return false;
        }
    }
    if (kind == 4) {
        p.finish();
        return true;
    }
    if (kind == 5) {
        p.reset();
    }
    return true;
}

TEST_P(wsk_stress, an_echo_server_survives_all_kinds_of_peers) {
    std::atomic<uint64_t> echoed{0};
    echo_server server(echoed);
    PWSK_SOCKET l = make(WSK_FLAG_LISTEN_SOCKET, &server_callbacks, &server);
    ASSERT_EQ(bind(l), STATUS_SUCCESS);
    ASSERT_EQ(events(l, WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT),
              STATUS_SUCCESS);
    const uint16_t p = port(l);
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    constexpr uint32_t threads_max = 16;
    const uint32_t lives = OPENWSK_TSAN != 0 || OPENWSK_ASAN != 0 ? 6 : 20;
    for (uint32_t t = 0; t < threads_max; ++t) {
        threads.emplace_back([&, t] {
            for (uint32_t i = 0; i < lives; ++i) {
                if (!live(p, 1 + t * 1000 + i)) {
                    wrong.fetch_add(1);
                }
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    EXPECT_EQ(wrong.load(), 0);
    EXPECT_GT(echoed.load(), 0u);
    EXPECT_EQ(close(l), STATUS_SUCCESS);
    server.stop();
    EXPECT_TRUE(eventually([&] { return machine().get<wsk::sockets>().open_count() == 0; }));
    EXPECT_EQ(count(base::object_kind::socket), 0u);
    EXPECT_EQ(count(base::object_kind::indication), 0u);
}

TEST_P(wsk_stress, closing_with_connections_open_leaves_nothing) {
    std::atomic<uint64_t> echoed{0};
    echo_server server(echoed);
    PWSK_SOCKET l = make(WSK_FLAG_LISTEN_SOCKET, &server_callbacks, &server);
    ASSERT_EQ(bind(l), STATUS_SUCCESS);
    ASSERT_EQ(events(l, WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT),
              STATUS_SUCCESS);
    std::vector<peer> peers;
    for (int i = 0; i < 200; ++i) {
        peers.push_back(peer::connect(port(l)));
        ASSERT_TRUE(peers.back().open());
        EXPECT_TRUE(peers.back().send("hello"));
    }
    for (peer& one : peers) {
        EXPECT_EQ(one.receive(5), "hello");
    }
    EXPECT_EQ(close(l), STATUS_SUCCESS);
    server.stop();
    for (peer& one : peers) {
        EXPECT_TRUE(one.was_reset());
    }
}

INSTANTIATE_TEST_SUITE_P(policies, wsk_stress, testing::Values(0, 1, 2, 3));

}  // namespace
