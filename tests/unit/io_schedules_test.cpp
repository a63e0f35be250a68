// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Every schedule of an IRP that is cancelled while its owner finishes it. The owner keeps the
// protocol that WSK keeps: its own lock decides, the hook only leaves a wish.

#include <string>

#include "io/irp_bytes.hpp"
#include "io/manager.hpp"
#include "tests/unit/io_machine.hpp"
#include "tests/unit/support/sim_program.hpp"
#include "wdk/abi/ntstatus.h"

namespace {

constexpr uint64_t runs_max = 500000;

struct owner {
    host::mutex lock{base::lock_rank::socket};
    bool done = false;
    bool asked = false;
    int hooks = 0;
    int completions = 0;
    NTSTATUS status = 0;
    bool pending_seen = true;
    bool missed = false;
};

struct state {
    owner* who;
};

void ask(io::operation& op) noexcept {
    owner& o = *op.state<state>().who;
    host::guard g(o.lock);
    ++o.hooks;
    o.asked = o.asked || !o.done;
}

NTSTATUS count(DEVICE_OBJECT*, IRP* irp, void* context) {
    owner& o = *static_cast<owner*>(context);
    ++o.completions;
    o.status = irp->IoStatus.Status;
    o.pending_seen = o.pending_seen && irp->PendingReturned;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

io::operation* submit(io::manager& m, IRP* irp, owner& o) {
    set_completion(irp, count, &o);
    io::operation* op = m.begin(*irp, nullptr, "WskTest");
    op->emplace<state>(state{&o});
    io::mark_pending(*op);
    return op;
}

void finish(io::manager& m, io::operation* op, owner& o, bool armed) {
    NTSTATUS s = armed ? STATUS_SUCCESS : STATUS_CANCELLED;
    {
        host::guard g(o.lock);
        o.done = true;
        s = o.asked ? STATUS_CANCELLED : s;
    }
    (void)m.complete(*op, s, 0);
}

class program {
public:
    program() {
        base::machine_options off;
        off.verification = base::verify_level::off;
        sim_.get().install(std::unique_ptr<verify::ledger>(new (std::nothrow) verify::ledger(off)));
        io_ = &sim_.add<io::manager>();
        irp_ = io_->allocate_irp(1, nullptr);
    }
    program(const program&) = delete;
    program& operator=(const program&) = delete;
    ~program() { io_->free_irp(irp_, nullptr); }

    /// One thread submits and finishes, the other cancels.
    std::string cancel_against_finish(bool cancels_twice) {
        owner o;
        test::noted<int> called;
        const int cancellers = cancels_twice ? 2 : 1;
        test::noted<int> returned;
        std::vector<std::function<void()>> threads;
        threads.emplace_back([&] {
            const bool cancelled_before = returned == cancellers;
            io::operation* op = submit(*io_, irp_, o);
            const bool armed = io::arm_cancel(*op, ask);
            o.missed = cancelled_before && armed;
            finish(*io_, op, o, armed);
        });
        for (int i = 0; i < cancellers; ++i) {
            threads.emplace_back([&] {
                called += io_->cancel_irp(irp_, nullptr) ? 1 : 0;
                ++returned;
            });
        }
        sim_.run(threads);
        return check(o, called);
    }

private:
    std::string check(const owner& o, int called) {
        if (o.completions != 1) {
            return "completed " + std::to_string(o.completions) + " times";
        }
        if (o.hooks != 0 && called == 0) {
            return "the hook ran and IoCancelIrp returned FALSE";
        }
        if (o.hooks > 1) {
            return "the hook ran twice";
        }
        if (o.missed) {
            return "armed although it was cancelled before the call";
        }
        if (o.asked && o.status != STATUS_CANCELLED) {
            return "a wish was lost";
        }
        if (!o.pending_seen || irp_->CancelRoutine != nullptr || io_->operations_live() != 0) {
            return "something is left";
        }
        return {};
    }

    test::sim_machine sim_;
    io::manager* io_ = nullptr;
    IRP* irp_ = nullptr;
};

// IRP-021, IRP-023, IRP-024, IRP-027.
TEST(io_schedules, cancel_and_finish_hold_in_every_schedule) {
    host::depth_first how;
    test::search("cancel against finish", how, runs_max, [] {
        program p;
        return p.cancel_against_finish(false);
    });
}

TEST(io_schedules, two_cancellers_hold_in_schedules_with_few_preemptions) {
    host::depth_first how(2);
    test::search("two cancellers against finish", how, runs_max, [] {
        program p;
        return p.cancel_against_finish(true);
    });
}

}  // namespace
