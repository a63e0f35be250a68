// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Applications for schedule exploration: they register with WSK through the exported functions and
// check the registration's promises after each call, on a machine that has the parts which
// registration needs.
//
// Promises checked (spec names in parentheses):
//   a capture waits for the subsystem, for its time, or for WskDeregister    (REG-046..048, 057)
//   a capture succeeds only with a subsystem that supports the version       (REG-043, 052, 053)
//   nothing is captured once WskDeregister has returned, and late captures
//   and queries fail                                                         (REG-056, 092, 094)
//   the subsystem has left when nothing of it is captured                    (REG-170, 171)
//   it is ready at once if the subsystem is there                          (REG-029, REG-050)
//   the client object is the same while the subsystem stays                  (REG-067)
//   failures leave the output alone                                          (REG-060)
//   every IRP completes once, before the wait for its client ends           (REG-097, 099, 167)
//   the range is right, and there when something is captured                 (REG-084, 086, 087)
// A lost wake-up shows as a deadlock of the simulated machine.

#pragma once

#include <atomic>
#include <new>
#include <string>

#include "host/host.hpp"
#include "io/manager.hpp"
#include "mm/pool.hpp"
#include "nmr/registrar.hpp"
#include "tests/unit/io_machine.hpp"
#include "tests/unit/support/fault_runs.hpp"
#include "tests/unit/support/sim_program.hpp"
#include "verify/ledger.hpp"
#include "wdk/abi/io.h"
#include "wdk/abi/netioddk.h"
#include "wdk/abi/ntstatus.h"
#include "wdk/abi/wsk.h"
#include "wsk/sockets.hpp"
#include "wsk/subsystem.hpp"

namespace test::sim {

/// Out of memory, in a run where that is to be expected.
inline bool is_fault(NTSTATUS s) {
    return s == STATUS_INSUFFICIENT_RESOURCES && fault_runs::current() != nullptr;
}

/// The subsystem of a simulated machine, present from the start or not.
class wsk_machine {
public:
    explicit wsk_machine(bool present, base::machine_options options = {}) : machine_(options) {
        base::machine_options off;
        off.verification = base::verify_level::off;
        machine_.get().install(
            std::unique_ptr<verify::ledger>(new (std::nothrow) verify::ledger(off)));
        io_ = &machine_.add<io::manager>();
        machine_.add<nmr::registrar>();
        machine_.add<wsk::sockets>();
        subsystem_ = &machine_.add<wsk::subsystem>();
        if (!present && options.wsk_ready_after_ms == 0) {
            subsystem_->stop();
        }
        seen_ = present || options.wsk_ready_after_ms != 0;
        stays_ = present;
    }

    /// What name resolution puts its answers into.
    void add_pool() { machine_.add<mm::pool>(); }

    /// It comes. From here on captures may succeed.
    bool start() {
        seen_ = true;
        ++changes_;
        const base::status s = subsystem_->start();
        check(s == STATUS_SUCCESS || is_fault(s.code()), "the subsystem cannot start");
        return s == STATUS_SUCCESS;
    }
    /// It leaves; what was captured is released when this returns.
    void stop() {
        ++changes_;
        subsystem_->stop();
        check(captured_ == 0, "the subsystem left captured");
    }

    void run(std::initializer_list<std::function<void()>> bodies) { machine_.run(bodies); }

    /// After everybody has deregistered.
    std::string verdict() {
        check(subsystem_->client_count() == 0, "a client object is left");
        return wrong_;
    }

    void check(bool holds, const char* what) {
        if (!holds && wrong_.empty()) {
            wrong_ = what;
        }
    }

    [[nodiscard]] wsk::subsystem& subsystem() { return *subsystem_; }
    [[nodiscard]] io::manager& io() { return *io_; }
    [[nodiscard]] bool seen() const { return seen_; }
    [[nodiscard]] uint32_t changes() const { return changes_; }
    /// It was there before anybody registered, and has not been told to leave.
    [[nodiscard]] bool stays() const { return stays_ && changes_ == 0; }

    void captured() { ++captured_; }
    void released() { --captured_; }

private:
    sim_machine machine_;
    io::manager* io_ = nullptr;
    wsk::subsystem* subsystem_ = nullptr;
    noted<bool> seen_;  ///< the subsystem may have been there
    bool stays_ = false;
    noted<uint32_t> changes_;  ///< starts and stops of the subsystem, begun
    noted<uint32_t> captured_;
    std::string wrong_;
};

/// A WSK_TRANSPORT_LIST_CHANGE: it pends until its client leaves or the driver cancels it.
class list_change {
public:
    explicit list_change(wsk_machine& m) : m_(m), irp_(m.io().allocate_irp(1, nullptr)) {
        set_completion(irp_, completed, this);
    }
    list_change(const list_change&) = delete;
    list_change& operator=(const list_change&) = delete;
    ~list_change() { m_.io().free_irp(irp_, nullptr); }

    void send(const WSK_PROVIDER_NPI& to) {
        ++sent_;
        const NTSTATUS s = to.Dispatch->WskControlClient(to.Client, WSK_TRANSPORT_LIST_CHANGE, 0,
                                                         nullptr, 0, nullptr, nullptr, irp_);
        m_.check(s == STATUS_PENDING || s == STATUS_DEVICE_NOT_READY || is_fault(s),
                 "an odd status for an IRP");
        refused_with_ = s;
        pended_ = s == STATUS_PENDING;
        m_.check(pended_ || completions_ == 1, "a refused IRP was not completed");
    }
    void cancel() { (void)IoCancelIrp(irp_); }

    /// Once nobody is attached any more.
    void check_completed() {
        m_.check(completions_ == sent_, "an IRP outlived its client, or completed twice");
        m_.check(sent_ == 0 || pending_returned_ == pended_, "PendingReturned is wrong");
        m_.check(sent_ == 0 || status_ == (pended_ ? STATUS_CANCELLED : NTSTATUS{refused_with_}),
                 "an IRP ended with an odd status");
    }

private:
    static NTSTATUS completed(DEVICE_OBJECT*, IRP* irp, void* context) {
        auto& me = *static_cast<list_change*>(context);
        ++me.completions_;
        me.status_ = irp->IoStatus.Status;
        me.pending_returned_ = irp->PendingReturned != FALSE;
        return STATUS_MORE_PROCESSING_REQUIRED;
    }

    wsk_machine& m_;
    IRP* irp_;
    noted<uint32_t> sent_;
    noted<uint32_t> completions_;
    noted<bool> pended_;
    noted<bool> pending_returned_;
    noted<NTSTATUS> status_{STATUS_PENDING};
    noted<NTSTATUS> refused_with_{STATUS_PENDING};
};

/// An application that attaches through the NMR. Its detach pends while a call of its own is inside
/// the subsystem, as the documents demand.
class nmr_app {
public:
    explicit nmr_app(wsk_machine& m) : m_(m) {
        dispatch_.Version = MAKE_WSK_VERSION(1, 0);
        form_ = {0, sizeof form_, attach, detach, cleanup, {}};
        form_.ClientRegistrationInstance.Size = sizeof form_.ClientRegistrationInstance;
        form_.ClientRegistrationInstance.NpiId = &wsk::wsk_npi;
    }
    nmr_app(const nmr_app&) = delete;
    nmr_app& operator=(const nmr_app&) = delete;

    bool enter() {
        const NTSTATUS s = NmrRegisterClient(&form_, this, &handle_);
        m_.check(s == STATUS_SUCCESS || is_fault(s), "register failed");
        return s == STATUS_SUCCESS;
    }
    void leave() {
        m_.check(NmrDeregisterClient(handle_) == STATUS_PENDING, "deregister failed");
        m_.check(NmrWaitForClientDeregisterComplete(handle_) == STATUS_SUCCESS, "wait failed");
        m_.check(attached_ == cleaned_ && calls_ == 0, "the wait ended too early");
    }

    /// Sends the request unless the application was told to detach.
    void send(list_change& r) {
        if (!may_call_) {
            return;
        }
        ++calls_;
        r.send({client_, table_});
        --calls_;
        if (calls_ == 0 && pends_) {
            pends_ = false;
            NmrClientDetachProviderComplete(binding_);
        }
    }

private:
    static NTSTATUS attach(HANDLE binding, PVOID context, PNPI_REGISTRATION_INSTANCE) {
        auto& me = *static_cast<nmr_app*>(context);
        PVOID client = nullptr;
        const VOID* table = nullptr;
        const NTSTATUS s = NmrClientAttachProvider(binding, &me, &me.dispatch_, &client, &table);
        if (s == STATUS_SUCCESS) {
            me.client_ = static_cast<PWSK_CLIENT>(client);
            me.table_ = static_cast<const WSK_PROVIDER_DISPATCH*>(table);
            me.binding_ = binding;
            me.may_call_ = true;
            ++me.attached_;
        }
        return s;
    }
    static NTSTATUS detach(PVOID context) {
        auto& me = *static_cast<nmr_app*>(context);
        me.m_.check(me.may_call_, "detached twice");
        me.may_call_ = false;
        me.pends_ = me.calls_ != 0;
        return me.pends_ ? STATUS_PENDING : STATUS_SUCCESS;
    }
    static VOID cleanup(PVOID context) {
        auto& me = *static_cast<nmr_app*>(context);
        ++me.cleaned_;
        me.m_.check(!me.may_call_ && me.calls_ == 0, "cleaned up inside a call");
    }

    wsk_machine& m_;
    WSK_CLIENT_DISPATCH dispatch_ = {};
    NPI_CLIENT_CHARACTERISTICS form_ = {};
    HANDLE handle_ = nullptr;
    noted<HANDLE> binding_;
    noted<PWSK_CLIENT> client_;
    noted<const WSK_PROVIDER_DISPATCH*> table_;
    noted<bool> may_call_;
    noted<bool> pends_;
    noted<uint32_t> calls_;
    noted<uint32_t> attached_;
    noted<uint32_t> cleaned_;
};

class app {
public:
    explicit app(wsk_machine& m, USHORT version = MAKE_WSK_VERSION(1, 0)) : m_(m) {
        dispatch_.Version = version;
    }
    app(const app&) = delete;
    app& operator=(const app&) = delete;

    /// False when memory is out, which is an error unless the run is one of support/fault_runs.hpp.
    bool enter() {
        WSK_CLIENT_NPI npi = {this, &dispatch_};
        move_to(phase::entering);
        const NTSTATUS s = WskRegister(&npi, &block_);
        if (is_fault(s)) {
            move_to(phase::out);
            return false;
        }
        m_.check(s == STATUS_SUCCESS, "WskRegister failed");
        move_to(phase::in);
        return true;
    }

    void leave() {
        if (at_ == phase::out) {
            return;  // it never came in
        }
        move_to(phase::leaving);
        WskDeregister(&block_);
        move_to(phase::out);
        m_.check(held_ == 0, "WskDeregister returned with a capture");
    }

    /// What a driver may still do with the block (REG-056, REG-092).
    void use_after_leave() {
        WSK_PROVIDER_NPI npi = {};
        m_.check(WskCaptureProviderNPI(&block_, WSK_INFINITE_WAIT, &npi) == STATUS_DEVICE_NOT_READY,
                 "a capture after WskDeregister");
        WSK_PROVIDER_CHARACTERISTICS range = {};
        m_.check(WskQueryProviderCharacteristics(&block_, &range) == STATUS_DEVICE_NOT_READY,
                 "a query after WskDeregister");
    }

    /// Captures and, if that succeeded, releases. Returns what the capture returned.
    NTSTATUS use(ULONG timeout_ms) {
        const NTSTATUS s = capture(timeout_ms);
        if (s == STATUS_SUCCESS) {
            query(true);
            release();
        }
        return s;
    }

    /// Sends the request under a capture, if there is one to be had.
    void send(list_change& r) {
        if (capture(WSK_NO_WAIT) == STATUS_SUCCESS) {
            r.send({last_, last_table_});
            release();
        }
    }

    NTSTATUS capture(ULONG timeout_ms) {
        const uint32_t moves = moves_;
        const uint64_t begin = host::current().now_ns();
        const uint32_t changes = m_.changes();
        WSK_PROVIDER_NPI npi = {this, nullptr};
        const NTSTATUS s = WskCaptureProviderNPI(&block_, timeout_ms, &npi);
        if (s == STATUS_SUCCESS) {
            ++held_;
            m_.captured();
            m_.check(at_ != phase::out || moves != moves_,
                     "captured after WskDeregister had returned");
            m_.check(m_.seen(), "captured without a subsystem");
            m_.check(supported(), "captured with a version that is not supported");
            m_.check(npi.Dispatch != nullptr && npi.Dispatch->Version == dispatch_.Version,
                     "captured a wrong table");
            m_.check(m_.subsystem().find_client(npi.Client) != nullptr, "captured a dead client");
            m_.check(last_ == nullptr || last_ == npi.Client || last_changes_ != m_.changes() ||
                         last_moves_ != moves_,
                     "captured another client of the same attachment");
            last_ = npi.Client;
            last_table_ = npi.Dispatch;
            last_changes_ = changes;
            last_moves_ = moves;
            return s;
        }
        m_.check(npi.Client == this && npi.Dispatch == nullptr, "a failure wrote the output");
        if (is_fault(s)) {  // the attachment failed (REG-044)
            return s;
        }
        if (s == STATUS_NOINTERFACE) {
            m_.check(!supported(), "a supported version was refused");
        } else {
            m_.check(s == STATUS_DEVICE_NOT_READY, "capture returned an odd status");
            m_.check(at_ != phase::in || moves != moves_ || !m_.stays(),
                     "no subsystem although it is there");
            const uint64_t passed = host::current().now_ns() - begin;
            m_.check(
                at_ != phase::in || moves != moves_ ||
                    (timeout_ms != WSK_INFINITE_WAIT && passed >= uint64_t{timeout_ms} * 1000000),
                "a capture gave up too early");
        }
        return s;
    }

    void release() {
        m_.check(at_ != phase::out, "WskDeregister returned before a release");
        --held_;
        m_.released();
        WskReleaseProviderNPI(&block_);
    }

    /// What the last capture gave.
    [[nodiscard]] WSK_PROVIDER_NPI captured() const { return {last_, last_table_}; }

    void query(bool captured) {
        WSK_PROVIDER_CHARACTERISTICS range = {};
        const NTSTATUS s = WskQueryProviderCharacteristics(&block_, &range);
        if (s == STATUS_SUCCESS) {
            m_.check(m_.seen(), "a range without a subsystem");
            m_.check(range.LowestVersion == MAKE_WSK_VERSION(1, 0) &&
                         range.HighestVersion == MAKE_WSK_VERSION(1, 1),
                     "a wrong range");
        } else {
            m_.check(s == STATUS_DEVICE_NOT_READY, "query returned an odd status");
            m_.check(!captured || at_ != phase::in || m_.changes() != 0, "no range while captured");
        }
    }

private:
    enum class phase : uint8_t { out, entering, in, leaving };

    void move_to(phase to) {
        at_ = to;
        ++moves_;
    }
    [[nodiscard]] bool supported() const { return wsk::is_supported(dispatch_.Version); }

    wsk_machine& m_;
    WSK_CLIENT_DISPATCH dispatch_ = {};
    WSK_REGISTRATION block_ = {};
    noted<phase> at_{phase::out};
    noted<uint32_t> moves_;
    noted<int> held_;
    noted<PWSK_CLIENT> last_;  ///< captured last
    noted<const WSK_PROVIDER_DISPATCH*> last_table_;
    noted<uint32_t> last_changes_;
    noted<uint32_t> last_moves_;
};

}  // namespace test::sim
