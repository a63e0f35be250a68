// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// WSK as a driver uses it, for unit tests: an application with a captured provider NPI, IRPs with a
// completion routine that can be waited for, buffers with MDL chains, and sockets.
//
// Every IRP checks what must hold for each call (IRP-001, IRP-002, IRP-010, IRP-012): the
// completion routine runs exactly once, PendingReturned says what the call returned, and a call
// that does not return STATUS_PENDING has completed its IRP with the status that it returns.

#pragma once

#include <atomic>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ke/thread.hpp"
#include "tests/unit/support/machine_fixture.hpp"
#include "tests/unit/support/wsk_peer.hpp"
#include "wdk/abi/io.h"
#include "wdk/abi/ntstatus.h"
#include "wdk/abi/wsk.h"
#include "wsk/dispatch.hpp"
#include "wsk/sockets.hpp"

namespace test {

constexpr ULONG_PTR stale = 0xdeadbeefcafe;  // what Information holds before a call

/// One IRP and one call made with it.
class call {
public:
    call() : irp_(IoAllocateIrp(1, FALSE)) { prepare(); }
    call(const call&) = delete;
    call& operator=(const call&) = delete;
    ~call() {
        if (issued_) {
            EXPECT_TRUE(finish());
        }
        IoFreeIrp(irp_);
    }

    /// Makes the call: f(PIRP) is the WSK function. May be used again when the last one is over.
    template <class F>
    call& operator()(F&& f) {
        if (issued_) {
            EXPECT_TRUE(finish());
            IoReuseIrp(irp_, STATUS_UNSUCCESSFUL);
            prepare();
        }
        issued_ = true;
        returned = f(irp_);
        if (returned != STATUS_PENDING) {
            EXPECT_EQ(completions_.load(), 1u) << "refused without completing the IRP";
            EXPECT_EQ(status_, returned);
            EXPECT_FALSE(pending_returned_);
        }
        return *this;
    }

    [[nodiscard]] PIRP irp() const { return irp_; }
    [[nodiscard]] bool done() const { return completions_.load(std::memory_order_acquire) != 0; }

    /// Waits as a driver does (which runs the completions this thread owes).
    bool finish() {
        const bool in_time = eventually([this] {
            ke::drain_deferred(ke::current());
            return done();
        });
        if (in_time && !checked_) {
            checked_ = true;
            EXPECT_EQ(completions_.load(), 1u);
            EXPECT_EQ(pending_returned_, returned == STATUS_PENDING);
        }
        return in_time;
    }
    NTSTATUS status() {
        EXPECT_TRUE(finish());
        return status_;
    }
    ULONG_PTR information() {
        EXPECT_TRUE(finish());
        return information_;
    }
    PWSK_SOCKET socket() { return reinterpret_cast<PWSK_SOCKET>(information()); }
    void cancel() { IoCancelIrp(irp_); }

    /// Called inside the completion routine.
    std::function<void(call&)> on_completion;
    NTSTATUS returned = STATUS_UNSUCCESSFUL;

private:
    void prepare() {
        IO_STACK_LOCATION* at = irp_->Tail.Overlay.CurrentStackLocation - 1;
        at->CompletionRoutine = routine;
        at->Context = this;
        at->Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
        irp_->IoStatus.Information = stale;
        completions_.store(0);
        checked_ = false;
    }
    static NTSTATUS routine(PDEVICE_OBJECT, PIRP irp, PVOID context) {
        call& c = *static_cast<call*>(context);
        c.status_ = irp->IoStatus.Status;
        c.information_ = irp->IoStatus.Information;
        c.pending_returned_ = irp->PendingReturned != FALSE;
        if (c.on_completion) {
            c.on_completion(c);
        }
        c.completions_.fetch_add(1, std::memory_order_release);
        return STATUS_MORE_PROCESSING_REQUIRED;
    }

    PIRP irp_;
    bool issued_ = false;
    bool checked_ = false;
    std::atomic<uint32_t> completions_{0};
    NTSTATUS status_ = 0;
    ULONG_PTR information_ = 0;
    bool pending_returned_ = false;
};

/// Memory behind a chain of MDLs of the given sizes, and a WSK_BUF for all of it.
class buffer {
public:
    explicit buffer(std::vector<size_t> sizes) {
        for (size_t n : sizes) {
            total_ += n;
        }
        // A canary before and behind what the chain describes (IRP-036).
        memory_.assign(canary + total_ + canary, '#');
        size_t at = canary;
        for (size_t n : sizes) {
            mdls_.emplace_back();
            MDL& m = mdls_.back();
            m = {};
            const auto address = reinterpret_cast<uintptr_t>(memory_.data() + at);
            m.MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL;
            m.MappedSystemVa = memory_.data() + at;
            m.StartVa = reinterpret_cast<PVOID>(address & ~uintptr_t{4095});
            m.ByteOffset = static_cast<ULONG>(address & 4095);
            m.ByteCount = static_cast<ULONG>(n);
            at += n;
        }
        for (size_t i = 0; i + 1 < mdls_.size(); ++i) {
            mdls_[i].Next = &mdls_[i + 1];
        }
        buf.Mdl = mdls_.empty() ? nullptr : &mdls_.front();
        buf.Length = total_;
        before_ = mdls_;
    }
    explicit buffer(size_t n) : buffer(std::vector<size_t>{n}) {}
    explicit buffer(const std::string& text, std::vector<size_t> sizes = {})
        : buffer(sizes.empty() ? std::vector<size_t>{text.size()} : sizes) {
        std::memcpy(memory_.data() + canary, text.data(), text.size());
    }
    ~buffer() {
        EXPECT_EQ(memory_.substr(0, canary), std::string(canary, '#'));
        EXPECT_EQ(memory_.substr(canary + total_), std::string(canary, '#'));
        // The MDLs are as they were (IRP-037).
        for (size_t i = 0; i < mdls_.size(); ++i) {
            EXPECT_EQ(std::memcmp(&mdls_[i], &before_[i], sizeof(MDL)), 0);
        }
    }
    [[nodiscard]] std::string text(size_t n) const { return memory_.substr(canary, n); }
    [[nodiscard]] std::string text() const { return text(total_); }
    char* data() { return memory_.data() + canary; }

    WSK_BUF buf = {};

private:
    static constexpr size_t canary = 64;
    size_t total_ = 0;
    std::string memory_;
    std::deque<MDL> mdls_;
    std::deque<MDL> before_;
};

inline SOCKADDR_IN v4(uint16_t port, uint32_t host = INADDR_LOOPBACK) {
    SOCKADDR_IN a = {};
    a.sin_family = AF_INET;
    a.sin_port = __builtin_bswap16(port);
    a.sin_addr.S_un.S_addr = __builtin_bswap32(host);
    return a;
}

inline SOCKADDR_IN6 v6(uint16_t port, bool loopback) {
    SOCKADDR_IN6 a = {};
    a.sin6_family = AF_INET6;
    a.sin6_port = __builtin_bswap16(port);
    a.sin6_addr.u.Byte[15] = loopback ? 1 : 0;
    return a;
}

template <class A>
PSOCKADDR sa(A& address) {
    return reinterpret_cast<PSOCKADDR>(&address);
}

/// Dispatch tables through any socket, as drivers cast them.
inline const WSK_PROVIDER_CONNECTION_DISPATCH& con(PWSK_SOCKET s) {
    return *static_cast<const WSK_PROVIDER_CONNECTION_DISPATCH*>(s->Dispatch);
}
inline const WSK_PROVIDER_LISTEN_DISPATCH& lst(PWSK_SOCKET s) {
    return *static_cast<const WSK_PROVIDER_LISTEN_DISPATCH*>(s->Dispatch);
}
inline const WSK_PROVIDER_STREAM_DISPATCH& stm(PWSK_SOCKET s) {
    return *static_cast<const WSK_PROVIDER_STREAM_DISPATCH*>(s->Dispatch);
}
inline const WSK_PROVIDER_BASIC_DISPATCH& bas(PWSK_SOCKET s) {
    return *static_cast<const WSK_PROVIDER_BASIC_DISPATCH*>(s->Dispatch);
}

/// What the callbacks of a connection do; the socket's context.
struct connection_events {
    std::function<NTSTATUS(ULONG, PWSK_DATA_INDICATION, SIZE_T, SIZE_T*)> receive;
    std::function<void(ULONG)> disconnect;
    std::atomic<uint32_t> receives{0};
    std::atomic<uint32_t> disconnects{0};
    std::atomic<ULONG> disconnect_flags{0};
    std::atomic<int> inside{0};
    host::mutex mutex{base::lock_rank::leaf};
    std::string text;  ///< everything indicated, guarded by mutex

    std::string taken() {
        host::guard g(mutex);
        return text;
    }
};

inline std::string text_of(PWSK_DATA_INDICATION list) {
    std::string out;
    for (; list != nullptr; list = list->Next) {
        const MDL& m = *list->Buffer.Mdl;
        out.append(static_cast<const char*>(m.MappedSystemVa) + list->Buffer.Offset,
                   list->Buffer.Length);
    }
    return out;
}

inline NTSTATUS on_receive(PVOID context, ULONG flags, PWSK_DATA_INDICATION list, SIZE_T indicated,
                           SIZE_T* accepted) {
    auto& e = *static_cast<connection_events*>(context);
    EXPECT_EQ(e.inside.fetch_add(1), 0) << "two callbacks of one socket at once";
    NTSTATUS s = STATUS_SUCCESS;
    if (e.receive) {
        s = e.receive(flags, list, indicated, accepted);
    } else {
        host::guard g(e.mutex);
        e.text += text_of(list);
    }
    e.inside.fetch_sub(1);
    e.receives.fetch_add(1, std::memory_order_release);
    return s;
}

inline NTSTATUS on_disconnect(PVOID context, ULONG flags) {
    auto& e = *static_cast<connection_events*>(context);
    EXPECT_EQ(e.inside.fetch_add(1), 0) << "two callbacks of one socket at once";
    e.disconnect_flags.store(flags);
    if (e.disconnect) {
        e.disconnect(flags);
    }
    e.inside.fetch_sub(1);
    e.disconnects.fetch_add(1, std::memory_order_release);
    return STATUS_SUCCESS;
}

inline constexpr WSK_CLIENT_CONNECTION_DISPATCH connection_callbacks = {on_receive, on_disconnect,
                                                                        nullptr};

/// What the callbacks of a listener do; the socket's context.
struct listen_events {
    std::function<NTSTATUS(PSOCKADDR, PSOCKADDR, PWSK_SOCKET, PVOID*,
                           const WSK_CLIENT_CONNECTION_DISPATCH**)>
        accept;
    std::function<WSK_INSPECT_ACTION(PWSK_INSPECT_ID)> inspect;
    std::function<void(PWSK_INSPECT_ID)> aborted;
    std::atomic<uint32_t> accepts{0};
    std::atomic<uint32_t> inspects{0};
    std::atomic<uint32_t> aborts{0};
    std::atomic<int> inside{0};
    host::mutex mutex{base::lock_rank::leaf};
    std::vector<PWSK_SOCKET> sockets;  ///< accepted, guarded by mutex

    PWSK_SOCKET at(size_t i) {
        host::guard g(mutex);
        return i < sockets.size() ? sockets[i] : nullptr;
    }
};

inline NTSTATUS on_accept(PVOID context, ULONG flags, PSOCKADDR local, PSOCKADDR remote,
                          PWSK_SOCKET s, PVOID* out_context,
                          const WSK_CLIENT_CONNECTION_DISPATCH** out_dispatch) {
    auto& e = *static_cast<listen_events*>(context);
    EXPECT_EQ(e.inside.fetch_add(1), 0) << "two callbacks of one socket at once";
    EXPECT_EQ(flags, 0u);
    NTSTATUS result = STATUS_SUCCESS;
    if (e.accept) {
        result = e.accept(local, remote, s, out_context, out_dispatch);
    }
    if (result >= 0) {
        host::guard g(e.mutex);
        e.sockets.push_back(s);
    }
    e.inside.fetch_sub(1);
    e.accepts.fetch_add(1, std::memory_order_release);
    return result;
}

inline WSK_INSPECT_ACTION on_inspect(PVOID context, PSOCKADDR, PSOCKADDR, PWSK_INSPECT_ID id) {
    auto& e = *static_cast<listen_events*>(context);
    const WSK_INSPECT_ACTION a = e.inspect ? e.inspect(id) : WskInspectAccept;
    e.inspects.fetch_add(1, std::memory_order_release);
    return a;
}

inline NTSTATUS on_abort(PVOID context, PWSK_INSPECT_ID id) {
    auto& e = *static_cast<listen_events*>(context);
    if (e.aborted) {
        e.aborted(id);
    }
    e.aborts.fetch_add(1, std::memory_order_release);
    return STATUS_SUCCESS;
}

inline constexpr WSK_CLIENT_LISTEN_DISPATCH listen_callbacks = {on_accept, on_inspect, on_abort};

/// gtest fixture: an application of WSK.
class wsk_fixture : public machine_fixture {
protected:
    explicit wsk_fixture(base::machine_options options = {}) : machine_fixture(options) {}

    void SetUp() override {
        machine_fixture::SetUp();
        enter();
    }
    void TearDown() override {
        leave();
        EXPECT_EQ(violations(), 0u) << "the test broke a rule without expecting it";
        machine_fixture::TearDown();
    }

    /// The application's life: between the two it has a registration and a captured NPI.
    void enter() {
        WSK_CLIENT_NPI npi = {nullptr, &application_dispatch_};
        ASSERT_EQ(WskRegister(&npi, &registration_), STATUS_SUCCESS);
        ASSERT_EQ(WskCaptureProviderNPI(&registration_, WSK_INFINITE_WAIT, &provider_),
                  STATUS_SUCCESS);
    }
    void leave() {
        WskReleaseProviderNPI(&registration_);
        WskDeregister(&registration_);
        EXPECT_EQ(machine().get<wsk::sockets>().open_count(), 0u);
    }

    [[nodiscard]] PWSK_CLIENT client() const { return provider_.Client; }
    [[nodiscard]] const WSK_PROVIDER_DISPATCH& wsk() const { return *provider_.Dispatch; }

    PWSK_SOCKET make(ULONG flags, const void* dispatch = nullptr, void* context = nullptr,
                     ADDRESS_FAMILY family = AF_INET) {
        call c;
        c([&](PIRP irp) {
            return wsk().WskSocket(client(), family, SOCK_STREAM, IPPROTO_TCP, flags, context,
                                   dispatch, nullptr, nullptr, nullptr, irp);
        });
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
        return c.socket();
    }
    NTSTATUS bind_to(PWSK_SOCKET s, SOCKADDR* address, ULONG flags = 0) {
        call c;
        c([&](PIRP irp) { return lst(s).WskBind(s, address, flags, irp); });
        EXPECT_EQ(c.information(), 0u);  // SOCK-049
        return c.status();
    }
    NTSTATUS bind(PWSK_SOCKET s, uint16_t port = 0) {
        SOCKADDR_IN a = v4(port);
        return bind_to(s, sa(a));
    }
    /// A listening socket on 127.0.0.1, on a port of the kernel's choice.
    PWSK_SOCKET listener(listen_events* e = nullptr) {
        PWSK_SOCKET s = make(WSK_FLAG_LISTEN_SOCKET, e != nullptr ? &listen_callbacks : nullptr, e);
        EXPECT_EQ(bind(s), STATUS_SUCCESS);
        return s;
    }
    uint16_t port(PWSK_SOCKET s) {
        SOCKADDR_IN a = {};
        call c;
        c([&](PIRP irp) { return local_address_function(s)(s, sa(a), irp); });
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
        return __builtin_bswap16(a.sin_port);
    }
    PWSK_SOCKET accept(PWSK_SOCKET l, const WSK_CLIENT_CONNECTION_DISPATCH* dispatch = nullptr,
                       void* context = nullptr) {
        call c;
        c([&](PIRP irp) {
            return lst(l).WskAccept(l, 0, context, dispatch, nullptr, nullptr, irp);
        });
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
        return c.socket();
    }
    NTSTATUS close(PWSK_SOCKET s) {
        call c;
        c([&](PIRP irp) { return bas(s).WskCloseSocket(s, irp); });
        EXPECT_EQ(c.returned, STATUS_PENDING);
        const NTSTATUS result = c.status();
        EXPECT_EQ(c.information(), 0u);
        return result;
    }
    NTSTATUS events(PWSK_SOCKET s, ULONG mask, PIRP irp = nullptr) {
        NPIID id = NPI_WSK_INTERFACE_ID;
        WSK_EVENT_CALLBACK_CONTROL c = {&id, mask};
        return bas(s).WskControlSocket(s, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof c,
                                       &c, 0, nullptr, nullptr, irp);
    }
    /// WskControlSocket with an IRP: its status and how many bytes it says it returned.
    struct outcome {
        NTSTATUS status;
        ULONG_PTR bytes;
    };
    outcome control(PWSK_SOCKET s, WSK_CONTROL_SOCKET_TYPE type, ULONG code, ULONG level,
                    SIZE_T in_bytes, void* in, SIZE_T out_bytes, void* out) {
        call c;
        c([&](PIRP irp) {
            return bas(s).WskControlSocket(s, type, code, level, in_bytes, in, out_bytes, out,
                                           nullptr, irp);
        });
        const NTSTATUS status = c.status();
        return {status, c.information()};
    }
    NTSTATUS set(PWSK_SOCKET s, ULONG level, ULONG option, ULONG value) {
        return control(s, WskSetOption, option, level, sizeof value, &value, 0, nullptr).status;
    }
    NTSTATUS get(PWSK_SOCKET s, ULONG level, ULONG option, ULONG& value) {
        return control(s, WskGetOption, option, level, 0, nullptr, sizeof value, &value).status;
    }
    NTSTATUS ioctl(PWSK_SOCKET s, ULONG code, SIZE_T in_bytes = 0, void* in = nullptr,
                   SIZE_T out_bytes = 0, void* out = nullptr) {
        return control(s, WskIoctl, code, SOL_SOCKET, in_bytes, in, out_bytes, out).status;
    }
    NTSTATUS send(PWSK_SOCKET s, const std::string& text, ULONG flags = 0) {
        buffer b(text);
        call c;
        c([&](PIRP irp) { return con(s).WskSend(s, &b.buf, flags, irp); });
        const NTSTATUS result = c.status();
        EXPECT_EQ(c.information(), result == STATUS_SUCCESS ? text.size() : 0u);
        return result;
    }
    /// "" at the end of the stream; status in *out.
    std::string receive(PWSK_SOCKET s, size_t n, ULONG flags = 0, NTSTATUS* out = nullptr) {
        buffer b(n);
        call c;
        c([&](PIRP irp) { return con(s).WskReceive(s, &b.buf, flags, irp); });
        const NTSTATUS result = c.status();
        if (out != nullptr) {
            *out = result;
        } else {
            EXPECT_EQ(result, STATUS_SUCCESS);
        }
        return b.text(c.information());
    }

    /// Both ends of a connection: ours accepted, the peer's a POSIX socket.
    struct pair {
        PWSK_SOCKET listener = nullptr;
        PWSK_SOCKET ours = nullptr;
        peer theirs;
    };
    pair connect_pair(connection_events* e = nullptr, int peer_receive_buffer = 0) {
        pair p;
        p.listener = listener();
        p.theirs = peer::connect(port(p.listener), false, peer_receive_buffer);
        p.ours = accept(p.listener, e != nullptr ? &connection_callbacks : nullptr, e);
        return p;
    }
    /// The same with events enabled.
    pair live_pair(connection_events& e, ULONG mask = WSK_EVENT_RECEIVE) {
        pair p = connect_pair(&e);
        EXPECT_EQ(events(p.ours, mask), STATUS_SUCCESS);
        return p;
    }
    void close(pair& p) {
        EXPECT_EQ(close(p.ours), STATUS_SUCCESS);
        EXPECT_EQ(close(p.listener), STATUS_SUCCESS);
    }

    PFN_WSK_GET_LOCAL_ADDRESS local_address_function(PWSK_SOCKET s) {
        auto& all = machine().get<wsk::sockets>();
        switch (all.find(s)->kind()) {
            case wsk::category::listen:
                return lst(s).WskGetLocalAddress;
            case wsk::category::stream:
                return stm(s).WskGetLocalAddress;
            default:
                return con(s).WskGetLocalAddress;
        }
    }

private:
    const WSK_CLIENT_DISPATCH application_dispatch_ = {MAKE_WSK_VERSION(1, 0), 0, nullptr};
    WSK_REGISTRATION registration_ = {};
    WSK_PROVIDER_NPI provider_ = {};
};

}  // namespace test
