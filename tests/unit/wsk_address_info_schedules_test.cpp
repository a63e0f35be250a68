// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Schedules of WskGetAddressInfo: the answer, a cancel and the end of the application, in every
// order. In a simulation names are answered by the fixed source (net/resolve.hpp).

#include <string>

#include "mm/pool.hpp"
#include "tests/unit/support/wsk_programs.hpp"

namespace {

using test::noted;
using test::sim::app;
using test::sim::wsk_machine;

constexpr uint64_t searched_max = 2000000;
constexpr uint32_t few_preemptions = 2;

/// One query; checks that it completes once, in time, with what the status promises.
class query {
public:
    explicit query(wsk_machine& m) : m_(m), irp_(m.io().allocate_irp(1, nullptr)) {
        set_completion(irp_, completed, this);
        node_.Buffer = reinterpret_cast<PWSTR>(units_);
        node_.Length = node_.MaximumLength = sizeof units_;
    }
    query(const query&) = delete;
    query& operator=(const query&) = delete;
    ~query() { m_.io().free_irp(irp_, nullptr); }

    void send(const WSK_PROVIDER_NPI& to) {
        table_ = to.Dispatch;
        ++sent_;
        const NTSTATUS s = to.Dispatch->WskGetAddressInfo(
            to.Client, &node_, nullptr, NS_ALL, nullptr, nullptr, &list_, nullptr, nullptr, irp_);
        m_.check(s == STATUS_PENDING || s == STATUS_DEVICE_NOT_READY, "an odd status for an IRP");
        m_.check(s == STATUS_PENDING || completions_ == 1, "a refused IRP was not completed");
    }
    void cancel() { (void)IoCancelIrp(irp_); }

    /// Once nobody is attached any more.
    void check_completed(bool may_be_cancelled) {
        m_.check(completions_ == sent_, "an IRP outlived its client, or completed twice");
        if (sent_ == 0) {
            return;
        }
        const NTSTATUS s = status_;
        m_.check(s == STATUS_SUCCESS || s == STATUS_DEVICE_NOT_READY ||
                     (may_be_cancelled && s == STATUS_CANCELLED),
                 "a query ended with an odd status");
        m_.check((s == STATUS_SUCCESS) == (list_ != nullptr), "a list and a failure, or neither");
        if (list_ != nullptr) {
            m_.check(list_->ai_family == AF_INET && list_->ai_addrlen == 16, "a wrong list");
            table_->WskFreeAddressInfo(nullptr, list_);
        }
    }

private:
    static NTSTATUS completed(DEVICE_OBJECT*, IRP* irp, void* context) {
        auto& me = *static_cast<query*>(context);
        ++me.completions_;
        me.status_ = irp->IoStatus.Status;
        return STATUS_MORE_PROCESSING_REQUIRED;
    }

    wsk_machine& m_;
    IRP* irp_;
    char16_t units_[9] = {u'1', u'2', u'7', u'.', u'0', u'.', u'0', u'.', u'1'};
    UNICODE_STRING node_ = {};
    PADDRINFOEXW list_ = nullptr;
    const WSK_PROVIDER_DISPATCH* table_ = nullptr;
    noted<uint32_t> sent_;
    noted<uint32_t> completions_;
    noted<NTSTATUS> status_{STATUS_PENDING};
};

// ADDR-021
TEST(wsk_address_info_schedules, a_query_ends_before_its_application_with_few_preemptions) {
    // All schedules are more than 700,000.
    host::depth_first how(few_preemptions);
    test::search("query against deregister", how, searched_max, [] {
        wsk_machine m(true);
        m.add_pool();
        query q(m);
        app a(m);
        a.enter();
        m.check(a.capture(WSK_NO_WAIT) == STATUS_SUCCESS, "nothing to capture");
        m.run({[&] {
                   q.send(a.captured());
                   a.release();
               },
               [&] {
                   a.leave();
                   q.check_completed(false);
               }});
        return m.verdict();
    });
}

// ADDR-020
TEST(wsk_address_info_schedules, a_query_completes_once_however_late_the_cancel_comes) {
    host::depth_first how;
    test::search("query against cancel", how, searched_max, [] {
        wsk_machine m(true);
        m.add_pool();
        query q(m);
        app a(m);
        a.enter();
        m.check(a.capture(WSK_NO_WAIT) == STATUS_SUCCESS, "nothing to capture");
        m.run({[&] { q.send(a.captured()); }, [&] { q.cancel(); }});
        a.release();
        a.leave();
        q.check_completed(true);
        return m.verdict();
    });
}

}  // namespace
