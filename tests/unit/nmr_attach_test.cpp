// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: the offer, the attach call and the attached state (sections 4 to 6 of the NMR clauses).
// Method: modules that answer what the test says, and the order of what was called.

#include "tests/unit/support/nmr_modules.hpp"

namespace {

using test::client;
using test::eventually;
using test::provider;

class nmr_attach : public test::nmr_fixture {
protected:
    // Both leave; nothing may hold them.
    static void remove_all(client& c, provider& p) {
        EXPECT_EQ(c.remove(), STATUS_SUCCESS);
        EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    }
};

constexpr uint32_t A = 1;
constexpr uint32_t B = 2;

// NMR-057, NMR-061, NMR-062, NMR-076, NMR-077, NMR-078, NMR-080, NMR-082, NMR-083, NMR-086, NMR-101
TEST_F(nmr_attach, every_argument_arrives_as_it_was_passed) {
    client c(A, &log);
    provider p(A, &log);
    HANDLE seen = nullptr;
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        seen = h;
        return c.attach(h, i);
    };
    p.on_attach = [&](const provider::offer& o) {
        EXPECT_EQ(o.binding, seen);
        EXPECT_EQ(o.client, &c.characteristics.ClientRegistrationInstance);
        EXPECT_EQ(o.client_context, c.bindings().at(0));
        EXPECT_EQ(o.client_dispatch, &c.dispatch);
        EXPECT_NE(o.context, nullptr);
        EXPECT_NE(o.dispatch, nullptr);
        EXPECT_EQ(*o.context, nullptr);
        EXPECT_EQ(*o.dispatch, nullptr);
        const NTSTATUS s = p.accept(o);
        // The provider may call the client's dispatch from here on.
        EXPECT_EQ(*static_cast<const uint32_t*>(o.client_dispatch), c.dispatch);
        return s;
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(log.order(), "CAP PAC");
    EXPECT_EQ(c.bindings().at(0)->peer_context, p.bindings().at(0));
    EXPECT_EQ(c.bindings().at(0)->peer_dispatch, &p.dispatch);
    remove_all(c, p);
}

// NMR-059, NMR-060, NMR-190
TEST_F(nmr_attach, both_sides_get_the_same_handle_of_their_binding_alone) {
    provider p(A);
    client c1(A), c2(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c1.add(), STATUS_SUCCESS);
    ASSERT_EQ(c2.add(), STATUS_SUCCESS);
    EXPECT_NE(c1.bindings()[0]->handle, nullptr);
    EXPECT_EQ(c1.bindings()[0]->handle, p.bindings()[0]->handle);
    EXPECT_EQ(c2.bindings()[0]->handle, p.bindings()[1]->handle);
    EXPECT_NE(c1.bindings()[0]->handle, c2.bindings()[0]->handle);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    EXPECT_EQ(c1.remove(), STATUS_SUCCESS);
    EXPECT_EQ(c2.remove(), STATUS_SUCCESS);
}

// NMR-058, NMR-064, NMR-188: each later provider is offered, inside its register call.
TEST_F(nmr_attach, providers_that_register_later_are_offered_one_by_one) {
    client c(A);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    std::vector<std::unique_ptr<provider>> all;
    for (int i = 1; i <= 5; ++i) {
        all.push_back(std::make_unique<provider>(A));
        ASSERT_EQ(all.back()->add(), STATUS_SUCCESS);
        EXPECT_EQ(c.attaches, i);
        EXPECT_EQ(all.back()->attaches, 1);
    }
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    for (auto& p : all) {
        EXPECT_EQ(p->remove(), STATUS_SUCCESS);
    }
    EXPECT_EQ(c.attaches, 5);
}

// NMR-065, NMR-067, NMR-068, NMR-132: a client that declines, with any failure, is left alone, and
// so is the provider.
TEST_F(nmr_attach, a_declining_client_ends_the_offer_without_a_trace) {
    for (const NTSTATUS answer : {STATUS_NOINTERFACE, STATUS_INSUFFICIENT_RESOURCES,
                                  STATUS_DEVICE_NOT_READY, STATUS_INVALID_PARAMETER}) {
        log.clear();
        client c(A, &log);
        provider p(A, &log);
        c.on_attach = [&](HANDLE, PNPI_REGISTRATION_INSTANCE) { return answer; };
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        remove_all(c, p);
        EXPECT_EQ(log.order(), "CAP");
    }
    EXPECT_EQ(violations(), 0u);
}

// NMR-069
TEST_F(nmr_attach, a_declined_pair_is_not_offered_again) {
    client c(A);
    provider p1(A), p2(A);
    c.on_attach = test::decline;
    ASSERT_EQ(p1.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    ASSERT_EQ(p2.add(), STATUS_SUCCESS);
    EXPECT_EQ(p2.remove(), STATUS_SUCCESS);
    client other(A);
    ASSERT_EQ(other.add(), STATUS_SUCCESS);
    EXPECT_EQ(other.remove(), STATUS_SUCCESS);
    EXPECT_EQ(c.attaches, 2);
    remove_all(c, p1);
}

// NMR-070, NMR-179
TEST_F(nmr_attach, refusals_are_per_pair) {
    client c(A);
    provider p1(A), p2(A), p3(A);
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        return i == &p2.characteristics.ProviderRegistrationInstance ? STATUS_NOINTERFACE
                                                                     : c.attach(h, i);
    };
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    for (auto* p : {&p1, &p2, &p3}) {
        ASSERT_EQ(p->add(), STATUS_SUCCESS);
    }
    EXPECT_EQ(p1.attaches, 1);
    EXPECT_EQ(p2.attaches, 0);
    EXPECT_EQ(p3.attaches, 1);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p1.detaches, 1);
    EXPECT_EQ(p2.detaches, 0);
    EXPECT_EQ(p3.detaches, 1);
    for (auto* p : {&p1, &p2, &p3}) {
        EXPECT_EQ(p->remove(), STATUS_SUCCESS);
    }
}

// NMR-071
TEST_F(nmr_attach, a_provider_that_comes_back_is_offered_with_a_new_handle) {
    client c(A);
    provider p(A);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.bindings().size(), 2u);
    EXPECT_NE(c.bindings()[0]->handle, c.bindings()[1]->handle);
    remove_all(c, p);
}

// NMR-066, NMR-072
TEST_F(nmr_attach, success_without_an_attachment_counts_as_a_decline) {
    client c(A, &log);
    provider p(A, &log);
    c.on_attach = [](HANDLE, PNPI_REGISTRATION_INSTANCE) { return STATUS_SUCCESS; };
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    (void)violations();
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(violations(), 1u);
    remove_all(c, p);
    EXPECT_EQ(log.order(), "CAP");
}

// NMR-066, NMR-072: the same after the provider had declined.
TEST_F(nmr_attach, success_after_a_refusal_counts_as_a_decline) {
    client c(A, &log);
    provider p(A, &log);
    p.on_attach = [](const provider::offer&) { return STATUS_NOINTERFACE; };
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        EXPECT_EQ(c.attach(h, i), STATUS_NOINTERFACE);
        return STATUS_SUCCESS;
    };
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    (void)violations();
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(violations(), 1u);
    remove_all(c, p);
    EXPECT_EQ(log.order(), "CAP PAC");
}

// NMR-073, NMR-151, H-13: the client fails after the provider accepted. Only the provider's side is
// undone, and while its detach pends both registrations are held.
TEST_F(nmr_attach, a_client_that_fails_after_acceptance_undoes_the_provider_s_side_only) {
    for (const bool pending : {false, true}) {
        log.clear();
        client c(A, &log);
        provider p(A, &log);
        HANDLE binding = nullptr;
        c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
            binding = h;
            EXPECT_EQ(c.attach(h, i), STATUS_SUCCESS);
            return STATUS_INSUFFICIENT_RESOURCES;
        };
        if (pending) {
            p.on_detach = test::pend;
        }
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        if (pending) {
            EXPECT_EQ(log.order(), "CAP PAC PDC");
            EXPECT_EQ(c.deregister(), STATUS_PENDING);
            EXPECT_EQ(p.deregister(), STATUS_PENDING);
            test::gate done_c, done_p;
            auto wait_c = start([&] {
                EXPECT_EQ(c.wait(), STATUS_SUCCESS);
                done_c.open();
            });
            auto wait_p = start([&] {
                EXPECT_EQ(p.wait(), STATUS_SUCCESS);
                done_p.open();
            });
            EXPECT_TRUE(test::all_asleep({wait_c.id(), wait_p.id()}));
            EXPECT_FALSE(done_c.is_open());
            EXPECT_FALSE(done_p.is_open());
            NmrClientDetachProviderComplete(binding);  // not the side that pends
            EXPECT_EQ(p.cleanups, 0);
            NmrProviderDetachClientComplete(binding);
        } else {
            remove_all(c, p);
        }
        EXPECT_TRUE(eventually([&] { return p.cleanups == 1; }));
        EXPECT_EQ(log.order(), "CAP PAC PDC PCB");
        EXPECT_EQ(c.detaches + c.cleanups, 0);
    }
}

// NMR-084, NMR-085, NMR-089, NMR-151: whatever failure the provider answers with is what the client
// gets; nobody is detached or cleaned up.
TEST_F(nmr_attach, a_refusal_reaches_the_client_unchanged_and_ends_there) {
    for (const NTSTATUS answer :
         {STATUS_NOINTERFACE, STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED,
          STATUS_DEVICE_NOT_READY, static_cast<NTSTATUS>(0xE0001234)}) {
        log.clear();
        client c(A, &log);
        provider p(A, &log);
        p.on_attach = [&](const provider::offer&) { return answer; };
        NTSTATUS seen = STATUS_SUCCESS;
        c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) { return seen = c.attach(h, i); };
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        EXPECT_EQ(seen, answer);
        remove_all(c, p);
        EXPECT_EQ(log.order(), "CAP PAC");
    }
}

// NMR-089: the documented client frees its context at once; a later use would be caught by ASan.
TEST_F(nmr_attach, a_failed_client_may_free_its_context_on_the_spot) {
    client c(A);
    provider p(A);
    p.on_attach = [](const provider::offer&) { return STATUS_NOINTERFACE; };
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE) {
        auto* context = new test::binding_record;
        void* provider_context = nullptr;
        const void* dispatch = nullptr;
        const NTSTATUS s =
            NmrClientAttachProvider(h, context, nullptr, &provider_context, &dispatch);
        delete context;
        return s;
    };
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(p.attaches, 1);
    remove_all(c, p);
    EXPECT_EQ(c.cleanups + p.cleanups, 0);
}

// NMR-087, NMR-088, NMR-131: NULL contexts and dispatch tables are values like any other.
std::atomic<int> null_calls{0};
NTSTATUS null_cap(HANDLE h, PVOID, PNPI_REGISTRATION_INSTANCE) {
    void* context = reinterpret_cast<void*>(1);
    const void* dispatch = reinterpret_cast<void*>(1);
    const NTSTATUS s = NmrClientAttachProvider(h, nullptr, nullptr, &context, &dispatch);
    EXPECT_EQ(context, nullptr);
    EXPECT_EQ(dispatch, nullptr);
    return s;
}
NTSTATUS null_pac(HANDLE, PVOID, PNPI_REGISTRATION_INSTANCE, PVOID client_context,
                  const VOID* client_dispatch, PVOID*, const VOID**) {
    EXPECT_EQ(client_context, nullptr);
    EXPECT_EQ(client_dispatch, nullptr);
    return STATUS_SUCCESS;
}
NTSTATUS null_detach(PVOID context) {
    EXPECT_EQ(context, nullptr);
    ++null_calls;
    return STATUS_SUCCESS;
}
VOID null_cleanup(PVOID context) {
    EXPECT_EQ(context, nullptr);
    ++null_calls;
}

TEST_F(nmr_attach, null_contexts_and_dispatch_tables_are_called_back_with_null) {
    null_calls = 0;
    client c(A);
    provider p(A);
    c.characteristics.ClientAttachProvider = null_cap;
    c.characteristics.ClientDetachProvider = null_detach;
    c.characteristics.ClientCleanupBindingContext = null_cleanup;
    p.characteristics.ProviderAttachClient = null_pac;
    p.characteristics.ProviderDetachClient = null_detach;
    p.characteristics.ProviderCleanupBindingContext = null_cleanup;
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(null_calls, 4);  // CDP, PDC, CCB, PCB
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    EXPECT_EQ(null_calls, 4);
}

// NMR-090
TEST_F(nmr_attach, outputs_stay_untouched_when_the_provider_declines) {
    client c(A);
    provider p(A);
    p.on_attach = [](const provider::offer& o) {
        *o.context = reinterpret_cast<void*>(0xbad);
        *o.dispatch = reinterpret_cast<void*>(0xbad);
        return STATUS_NOINTERFACE;
    };
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE) {
        void* context = reinterpret_cast<void*>(0x77);
        const void* dispatch = reinterpret_cast<void*>(0x78);
        const NTSTATUS s = NmrClientAttachProvider(h, nullptr, nullptr, &context, &dispatch);
        EXPECT_EQ(context, reinterpret_cast<void*>(0x77));
        EXPECT_EQ(dispatch, reinterpret_cast<void*>(0x78));
        return s;
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(p.attaches, 1);
    remove_all(c, p);
}

// NMR-091, NMR-092: each attempt reaches the provider afresh; what counts is the one that succeeds.
TEST_F(nmr_attach, a_client_may_try_again_and_only_the_success_is_kept) {
    client c(A, &log);
    provider p(A, &log);
    p.on_attach = [&](const provider::offer& o) {
        EXPECT_EQ(*o.context, nullptr);
        if (*static_cast<const uint32_t*>(o.client_dispatch) == 2) {
            *o.context = reinterpret_cast<void*>(0xbad);
            return STATUS_NOINTERFACE;
        }
        return p.accept(o);
    };
    test::binding_record* second = nullptr;
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        c.dispatch = 2;
        EXPECT_EQ(c.attach(h, i), STATUS_NOINTERFACE);
        c.dispatch = 1;
        const NTSTATUS s = c.attach(h, i);
        second = c.bindings().back();
        return s;
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(log.order(), "CAP PAC PAC");
    remove_all(c, p);
    EXPECT_EQ(log.order(), "CAP PAC PAC CDP PDC CCB PCB");
    ASSERT_EQ(c.bindings().size(), 2u);
    EXPECT_EQ(c.bindings()[0]->detached, 0);
    EXPECT_EQ(c.bindings()[0]->cleaned, 0);
    EXPECT_EQ(second->detached, 1);
    EXPECT_EQ(second->cleaned, 1);
    EXPECT_EQ(violations(), 0u);
}

// NMR-093
TEST_F(nmr_attach, a_second_attach_after_a_success_changes_nothing) {
    client c(A, &log);
    provider p(A, &log);
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        const NTSTATUS s = c.attach(h, i);
        EXPECT_EQ(c.attach(h, i), STATUS_INVALID_DEVICE_STATE);
        return s;
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    remove_all(c, p);
    EXPECT_EQ(log.order(), "CAP PAC CDP PDC CCB PCB");
    EXPECT_EQ(c.bindings()[0]->cleaned, 1);
    EXPECT_EQ(c.bindings()[1]->cleaned, 0);
}

// NMR-094
TEST_F(nmr_attach, an_attach_outside_the_offer_is_invalid) {
    client c(A, &log);
    provider p(A, &log);
    HANDLE binding = nullptr;
    bool take = false;
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        binding = h;
        return take ? c.attach(h, i) : STATUS_NOINTERFACE;
    };
    const auto attach = [&](HANDLE h) {
        void* context = nullptr;
        const void* dispatch = nullptr;
        return NmrClientAttachProvider(h, nullptr, nullptr, &context, &dispatch);
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(attach(binding), STATUS_INVALID_PARAMETER);  // declined
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    take = true;
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(attach(binding), STATUS_INVALID_PARAMETER);  // attached
    remove_all(c, p);
    EXPECT_EQ(attach(binding), STATUS_INVALID_PARAMETER);  // detached
    EXPECT_EQ(attach(nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(attach(reinterpret_cast<HANDLE>(0x77)), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(log.order(), "CAP CAP PAC CDP PDC CCB PCB");
}

// NMR-095
TEST_F(nmr_attach, a_helper_thread_may_attach_while_the_offer_runs) {
    client c(A, &log);
    provider p(A, &log);
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        NTSTATUS s = STATUS_UNSUCCESSFUL;
        start([&] { s = c.attach(h, i); }).join();
        return s;
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(log.order(), "CAP PAC");
    remove_all(c, p);
}

// NMR-095, H-24: two threads on one binding; one is inside the provider.
TEST_F(nmr_attach, two_concurrent_attempts_do_not_both_reach_the_provider) {
    client c(A);
    provider p(A);
    test::halt held;
    p.on_attach = [&](const provider::offer& o) {
        held.stay();
        return p.accept(o);
    };
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        NTSTATUS s = STATUS_UNSUCCESSFUL;
        auto helper = start([&] { s = c.attach(h, i); });
        held.wait();
        EXPECT_EQ(c.attach(h, i), STATUS_INVALID_DEVICE_STATE);
        held.release();
        helper.join();
        return s;
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(p.attaches, 1);
    remove_all(c, p);
}

// NMR-095: a client that returns before its helper does is waited for; what counts is what the
// helper brought about, judged by what the client answered.
TEST_F(nmr_attach, an_offer_waits_for_an_attempt_on_another_thread) {
    for (const NTSTATUS answer : {STATUS_SUCCESS, STATUS_UNSUCCESSFUL}) {
        log.clear();
        client c(A, &log);
        provider p(A, &log);
        test::halt held;
        std::unique_ptr<test::machine_thread> helper;
        p.on_attach = [&](const provider::offer& o) {
            held.stay();
            return p.accept(o);
        };
        c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
            helper = std::make_unique<test::machine_thread>(
                machine(), [&, h, i] { EXPECT_EQ(c.attach(h, i), STATUS_SUCCESS); });
            held.wait();
            return answer;
        };
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        test::gate added;
        auto adder = start([&] {
            EXPECT_EQ(c.add(), STATUS_SUCCESS);
            added.open();
        });
        held.wait();
        EXPECT_TRUE(adder.sleeps());
        EXPECT_FALSE(added.is_open());
        held.release();
        adder.join();
        helper->join();
        remove_all(c, p);
        EXPECT_EQ(log.order(),
                  answer == STATUS_SUCCESS ? "CAP PAC CDP PDC CCB PCB" : "CAP PAC PDC PCB");
    }
}

// NMR-096
TEST_F(nmr_attach, null_outputs_are_invalid_before_the_provider_is_asked) {
    client c(A);
    provider p(A);
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE) {
        void* context = nullptr;
        const void* dispatch = nullptr;
        EXPECT_EQ(NmrClientAttachProvider(h, nullptr, nullptr, nullptr, &dispatch),
                  STATUS_INVALID_PARAMETER);
        EXPECT_EQ(NmrClientAttachProvider(h, nullptr, nullptr, &context, nullptr),
                  STATUS_INVALID_PARAMETER);
        return STATUS_NOINTERFACE;
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.attaches, 1);
    EXPECT_EQ(p.attaches, 0);
    remove_all(c, p);
}

// NMR-097
TEST_F(nmr_attach, only_status_success_attaches) {
    client c(A, &log);
    provider p(A, &log);
    p.on_attach = [](const provider::offer&) { return STATUS_PENDING; };
    NTSTATUS seen = STATUS_SUCCESS;
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) { return seen = c.attach(h, i); };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    (void)violations();
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(seen, STATUS_PENDING);
    EXPECT_EQ(violations(), 1u);
    remove_all(c, p);
    EXPECT_EQ(log.order(), "CAP PAC");
}

// NMR-098: after either module began to leave, the provider is not asked.
TEST_F(nmr_attach, attaching_to_a_module_that_leaves_is_refused_without_asking) {
    for (const bool provider_leaves : {true, false}) {
        log.clear();
        client c(A, &log);
        provider p(A, &log);
        c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
            start([&] {
                EXPECT_EQ(provider_leaves ? p.deregister() : c.deregister(), STATUS_PENDING);
            }).join();
            const NTSTATUS s = c.attach(h, i);
            EXPECT_EQ(s, STATUS_NOINTERFACE);
            return s;
        };
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        EXPECT_EQ(provider_leaves ? p.wait() : c.wait(), STATUS_SUCCESS);
        EXPECT_EQ(provider_leaves ? c.remove() : p.remove(), STATUS_SUCCESS);
        EXPECT_EQ(log.order(), "CAP");
    }
    EXPECT_EQ(violations(), 0u);
}

// NMR-099
TEST_F(nmr_attach, the_provider_may_register_while_it_attaches) {
    client c(A);
    provider p(A);
    client lower(B);
    p.on_attach = [&](const provider::offer& o) {
        EXPECT_EQ(lower.add(), STATUS_SUCCESS);
        return p.accept(o);
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_NE(lower.handle, nullptr);
    EXPECT_EQ(lower.remove(), STATUS_SUCCESS);
    remove_all(c, p);
}

// NMR-100, NMR-176
TEST_F(nmr_attach, one_provider_serves_many_clients_by_handle) {
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    std::vector<std::unique_ptr<client>> clients;
    for (int i = 0; i < 100; ++i) {
        clients.push_back(std::make_unique<client>(A));
        ASSERT_EQ(clients.back()->add(), STATUS_SUCCESS);
    }
    const auto seen = p.bindings();
    ASSERT_EQ(seen.size(), 100u);
    for (unsigned i = 0; i < 100; ++i) {
        EXPECT_EQ(seen[i]->handle, clients[i]->bindings()[0]->handle);
        EXPECT_EQ(seen[i]->peer, &clients[i]->characteristics.ClientRegistrationInstance);
        EXPECT_EQ(seen[i]->peer_context, clients[i]->bindings()[0]);
    }
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    for (unsigned i = 0; i < 100; ++i) {
        EXPECT_EQ(seen[i]->detached, 1);
        EXPECT_EQ(seen[i]->cleaned, 1);
        EXPECT_EQ(clients[i]->remove(), STATUS_SUCCESS);
    }
}

// NMR-101, H-22: the provider calls the client from another thread before the attach returned.
TEST_F(nmr_attach, the_provider_may_call_the_client_before_the_attach_has_returned) {
    client c(A);
    provider p(A);
    p.on_attach = [&](const provider::offer& o) {
        const NTSTATUS s = p.accept(o);
        start([&] {
            EXPECT_EQ(*static_cast<const uint32_t*>(o.client_dispatch), c.dispatch);
        }).join();
        return s;
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.bindings().at(0)->peer_context, p.bindings().at(0));
    remove_all(c, p);
}

// NMR-074: nothing else waits for a client that blocks in its offer.
TEST_F(nmr_attach, a_blocked_offer_holds_nobody_up) {
    client slow(A);
    provider p(A);
    test::halt held;
    slow.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        held.stay();
        return slow.attach(h, i);
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    auto blocked = start([&] { EXPECT_EQ(slow.add(), STATUS_SUCCESS); });
    held.wait();
    for (int i = 0; i < 5000; ++i) {
        client same(A), other(B);
        ASSERT_EQ(same.add(), STATUS_SUCCESS);
        ASSERT_EQ(other.add(), STATUS_SUCCESS);
        ASSERT_EQ(same.attaches, 1);
        ASSERT_EQ(same.remove(), STATUS_SUCCESS);
        ASSERT_EQ(other.remove(), STATUS_SUCCESS);
    }
    held.release();
    blocked.join();
    remove_all(slow, p);
}

// NMR-075, H-02, H-14: a deregistration that comes while the offer is attached but not over.
TEST_F(nmr_attach, no_detach_starts_before_the_offer_is_over) {
    for (const bool provider_leaves : {true, false}) {
        log.clear();
        client c(A, &log);
        provider p(A, &log);
        test::halt held;
        c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
            const NTSTATUS s = c.attach(h, i);
            held.stay();
            return s;
        };
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        std::thread::id registering;
        auto adder = start([&] {
            registering = std::this_thread::get_id();
            EXPECT_EQ(c.add(), STATUS_SUCCESS);
        });
        held.wait();
        EXPECT_EQ(provider_leaves ? p.deregister() : c.deregister(), STATUS_PENDING);
        EXPECT_EQ(c.detaches + p.detaches, 0);
        held.release();
        adder.join();
        // NMR-137: the thread that made the offer tore it down, before the register call returned.
        EXPECT_EQ(log.order(),
                  provider_leaves ? "CAP PAC PDC CDP CCB PCB" : "CAP PAC CDP PDC CCB PCB");
        for (const auto& r : log.all()) {
            EXPECT_EQ(r.thread, registering) << r.what;
        }
        EXPECT_EQ(provider_leaves ? p.wait() : c.wait(), STATUS_SUCCESS);
        EXPECT_EQ(provider_leaves ? c.remove() : p.remove(), STATUS_SUCCESS);
    }
}

// NMR-104, NMR-105: an idle binding stays as it is.
TEST_F(nmr_attach, a_binding_lasts_until_one_of_its_modules_deregisters) {
    client c(A), other(A);
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    for (int i = 0; i < 1000; ++i) {
        ASSERT_EQ(other.add(), STATUS_SUCCESS);
        ASSERT_EQ(other.remove(), STATUS_SUCCESS);
    }
    EXPECT_EQ(c.detaches + c.cleanups, 0);
    EXPECT_EQ(p.bindings()[0]->detached, 0);
    remove_all(c, p);
    EXPECT_EQ(c.cleanups, 1);
}

// NMR-103: the documented way of counting calls in progress, under load: a client that calls into
// the provider's dispatch from several threads while the provider leaves and returns.
TEST_F(nmr_attach, the_documented_in_progress_count_works_under_load) {
    struct counted {
        std::mutex lock;
        uint64_t calls = 0;
        bool detaching = false;
        bool attached = false;
        HANDLE binding = nullptr;
        const std::atomic<uint32_t>* npi = nullptr;
    } state;
    std::atomic<uint32_t> served{0};
    client c(A);
    provider p(A);
    p.on_attach = [&](const provider::offer& o) {
        const NTSTATUS s = p.accept(o);
        *o.dispatch = &served;
        return s;
    };
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        const NTSTATUS s = c.attach(h, i);
        std::lock_guard<std::mutex> g(state.lock);
        state.attached = true;
        state.detaching = false;
        state.binding = h;
        state.npi = static_cast<const std::atomic<uint32_t>*>(c.bindings().back()->peer_dispatch);
        return s;
    };
    c.on_detach = [&](test::binding_record*) {
        std::lock_guard<std::mutex> g(state.lock);
        state.detaching = true;
        state.attached = false;
        return state.calls == 0 ? STATUS_SUCCESS : STATUS_PENDING;
    };
    test::gate stop;
    const auto caller = [&] {
        while (!stop.is_open()) {
            bool counted_in = false;
            {
                std::lock_guard<std::mutex> g(state.lock);
                counted_in = state.attached;
                state.calls += counted_in ? 1 : 0;
            }
            if (!counted_in) {
                std::this_thread::yield();
                continue;
            }
            const_cast<std::atomic<uint32_t>*>(state.npi)->fetch_add(1);
            HANDLE complete = nullptr;
            {
                std::lock_guard<std::mutex> g(state.lock);
                if (--state.calls == 0 && state.detaching) {
                    complete = state.binding;
                    state.detaching = false;
                }
            }
            if (complete != nullptr) {
                NmrClientDetachProviderComplete(complete);
            }
        }
    };
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    auto one = start(caller);
    auto two = start(caller);
    for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        const uint32_t before = served;
        EXPECT_TRUE(eventually([&] { return served != before; }));
        ASSERT_EQ(p.remove(), STATUS_SUCCESS);
        ASSERT_EQ(c.cleanups, i + 1);
    }
    stop.open();
    one.join();
    two.join();
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
}

}  // namespace
