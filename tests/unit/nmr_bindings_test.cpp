// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: many bindings, ordering and visibility, IRQL, handles, robustness (sections 12 to 16 of the
// NMR clauses). Method: grids of modules; random runs whose records are checked against the order
// that must hold.

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <set>

#include "tests/unit/support/nmr_modules.hpp"

namespace {

using test::at_irql;
using test::callback_record;
using test::client;
using test::eventually;
using test::provider;

class nmr_bindings : public test::nmr_fixture {};

constexpr uint32_t A = 1;

// NMR-175
TEST_F(nmr_bindings, each_binding_of_a_client_has_values_of_its_own) {
    client c(A);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    std::vector<std::unique_ptr<provider>> providers;
    for (int i = 0; i < 100; ++i) {
        providers.push_back(std::make_unique<provider>(A));
        ASSERT_EQ(providers.back()->add(), STATUS_SUCCESS);
    }
    const auto bindings = c.bindings();
    ASSERT_EQ(bindings.size(), 100u);
    for (unsigned i = 0; i < 100; ++i) {
        EXPECT_EQ(bindings[i]->peer_context, providers[i]->bindings().at(0));
        EXPECT_EQ(bindings[i]->peer_dispatch, &providers[i]->dispatch);
    }
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    for (unsigned i = 0; i < 100; ++i) {
        EXPECT_EQ(bindings[i]->detached, 1);
        EXPECT_EQ(bindings[i]->cleaned, 1);
        EXPECT_EQ(providers[i]->remove(), STATUS_SUCCESS);
    }
}

// NMR-177
TEST_F(nmr_bindings, one_context_may_serve_several_bindings) {
    client c(A);
    test::binding_record shared;
    shared.module = &c;
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE) {
        void* context = nullptr;
        const void* dispatch = nullptr;
        return NmrClientAttachProvider(h, &shared, nullptr, &context, &dispatch);
    };
    provider p1(A), p2(A);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    ASSERT_EQ(p1.add(), STATUS_SUCCESS);
    ASSERT_EQ(p2.add(), STATUS_SUCCESS);
    EXPECT_EQ(p1.remove(), STATUS_SUCCESS);
    EXPECT_EQ(shared.detached, 1);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(shared.detached, 2);
    EXPECT_EQ(shared.cleaned, 2);
    EXPECT_EQ(p2.remove(), STATUS_SUCCESS);
}

// NMR-178: n x m, whatever the order of registration.
TEST_F(nmr_bindings, n_clients_and_m_providers_make_n_times_m_bindings_in_any_order) {
    std::mt19937 random(7);
    for (int round = 0; round < 60; ++round) {
        const unsigned n = 1 + random() % 8;
        const unsigned m = 1 + random() % 8;
        std::vector<std::unique_ptr<client>> clients;
        std::vector<std::unique_ptr<provider>> providers;
        while (clients.size() < n || providers.size() < m) {
            if (providers.size() == m || (clients.size() < n && random() % 2 == 0)) {
                clients.push_back(std::make_unique<client>(A));
                ASSERT_EQ(clients.back()->add(), STATUS_SUCCESS);
            } else {
                providers.push_back(std::make_unique<provider>(A));
                ASSERT_EQ(providers.back()->add(), STATUS_SUCCESS);
            }
        }
        for (auto& c : clients) {
            EXPECT_EQ(c->attaches, static_cast<int>(m));
            std::set<const void*> peers;
            for (test::binding_record* b : c->bindings()) {
                peers.insert(b->peer);
            }
            EXPECT_EQ(peers.size(), m);
        }
        for (auto& p : providers) {
            EXPECT_EQ(p->attaches, static_cast<int>(n));
        }
        for (auto& c : clients) {
            EXPECT_EQ(c->remove(), STATUS_SUCCESS);
        }
        for (auto& p : providers) {
            EXPECT_EQ(p->remove(), STATUS_SUCCESS);
        }
    }
}

// NMR-181: two providers register on two threads; the client is inside both offers at once.
TEST_F(nmr_bindings, callbacks_of_one_module_are_not_serialised) {
    client c(A);
    provider p1(A), p2(A);
    std::atomic<int> inside{0};
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        ++inside;
        EXPECT_TRUE(eventually([&] { return inside == 2; }));
        return c.attach(h, i);
    };
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    {
        auto one = start([&] { EXPECT_EQ(p1.add(), STATUS_SUCCESS); });
        auto two = start([&] { EXPECT_EQ(p2.add(), STATUS_SUCCESS); });
    }
    EXPECT_EQ(c.attaches, 2);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p1.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p2.remove(), STATUS_SUCCESS);
}

// Checks the order of one binding's callbacks: CAP before PAC, both before the detach callbacks,
// both of them before the cleanup callbacks, each at most once.
void check_binding(const std::vector<std::string>& seen) {
    std::map<std::string, int> count;
    std::string order;
    for (const std::string& what : seen) {
        ++count[what];
        order += what + " ";
    }
    for (const auto& [what, n] : count) {
        EXPECT_EQ(n, 1) << what << " in " << order;
    }
    if (seen.size() > 2) {
        ASSERT_EQ(seen.size(), 6u) << order;
        EXPECT_EQ(seen[0], "CAP") << order;
        EXPECT_EQ(seen[1], "PAC") << order;
        EXPECT_EQ(seen[2] == "CDP" ? seen[3] : seen[2], "PDC") << order;
        EXPECT_EQ(seen[4], "CCB") << order;
        EXPECT_EQ(seen[5], "PCB") << order;
    }
}

// NMR-182, NMR-183, NMR-184, H-15: random concurrent lives; plain fields are written in one
// callback and read in the next, so ThreadSanitizer sees whether the registrar orders them.
TEST_F(nmr_bindings, random_concurrent_lives_keep_the_order_within_each_binding) {
    constexpr unsigned threads = 6;
    constexpr int lives = 150;
    const auto pending_now = [](test::binding_record* b, bool as_client) {
        b->plain = b->plain * 2 + 1;
        if (as_client) {
            NmrClientDetachProviderComplete(b->handle);
        } else {
            NmrProviderDetachClientComplete(b->handle);
        }
        return STATUS_PENDING;
    };
    std::vector<std::unique_ptr<client>> clients;
    std::vector<std::unique_ptr<provider>> providers;
    for (unsigned i = 0; i < threads; ++i) {
        clients.push_back(std::make_unique<client>(A, &log));
        providers.push_back(std::make_unique<provider>(A, &log));
        client& c = *clients.back();
        c.on_detach = [&, i](test::binding_record* b) {
            return i % 2 == 0 ? pending_now(b, true) : STATUS_SUCCESS;
        };
        c.on_cleanup = [](test::binding_record* b) { b->plain += 100; };
        providers.back()->on_detach = [&, i](test::binding_record* b) {
            return i % 3 == 0 ? pending_now(b, false) : STATUS_SUCCESS;
        };
    }
    {
        std::vector<test::machine_thread> running;
        for (unsigned i = 0; i < threads; ++i) {
            running.push_back(start([&, i] {
                for (int n = 0; n < lives; ++n) {
                    if (i % 2 == 0) {
                        ASSERT_EQ(clients[i]->add(), STATUS_SUCCESS);
                        ASSERT_EQ(clients[i]->remove(), STATUS_SUCCESS);
                    } else {
                        ASSERT_EQ(providers[i]->add(), STATUS_SUCCESS);
                        ASSERT_EQ(providers[i]->remove(), STATUS_SUCCESS);
                    }
                }
            }));
        }
    }
    std::map<HANDLE, std::vector<std::string>> by_binding;
    for (const callback_record& r : log.all()) {
        by_binding[r.binding].push_back(r.what);
    }
    for (const auto& [handle, seen] : by_binding) {
        check_binding(seen);
    }
    for (unsigned i = 0; i < threads; ++i) {
        EXPECT_EQ(clients[i]->detaches, clients[i]->cleanups);
        EXPECT_EQ(providers[i]->detaches, providers[i]->cleanups);
        for (test::binding_record* b : clients[i]->bindings()) {
            EXPECT_EQ(b->plain, b->cleaned * (i % 2 == 0 ? 101u : 100u));  // NMR-184
        }
    }
    EXPECT_TRUE(objects().empty());
}

// NMR-185
TEST_F(nmr_bindings, the_registrar_has_no_thread_of_its_own) {
    client c(A, &log);
    provider p(A, &log);
    const uint32_t before = machine().get<ke::kernel>().thread_count();
    c.on_detach = test::pend;
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(p.deregister(), STATUS_PENDING);
    NmrClientDetachProviderComplete(c.bindings()[0]->handle);
    EXPECT_EQ(p.wait(), STATUS_SUCCESS);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(machine().get<ke::kernel>().thread_count(), before);
    for (const callback_record& r : log.all()) {
        EXPECT_EQ(r.thread, std::this_thread::get_id());
    }
}

// NMR-187: NmrClientAttachProvider is for PASSIVE_LEVEL; the rest of the table is in
// nmr_register_test and nmr_wait_test.
TEST_F(nmr_bindings, attaching_above_passive_level_stops) {
    client c(A);
    provider p(A);
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        at_irql raised(2);
        return c.attach(h, i);
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EXIT((void)c.add(), testing::ExitedWithCode(3), "NmrClientAttachProvider");
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-189, H-23: a caller at DISPATCH_LEVEL is not held up by a thread that is busy in the
// registrar.
TEST_F(nmr_bindings, calls_at_dispatch_level_are_bounded) {
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    test::gate stop;
    std::vector<test::machine_thread> busy;
    for (int i = 0; i < 3; ++i) {
        busy.push_back(start([&] {
            while (!stop.is_open()) {
                client c(A + 1);
                EXPECT_EQ(c.add(), STATUS_SUCCESS);
                EXPECT_EQ(c.remove(), STATUS_SUCCESS);
            }
        }));
    }
    for (int i = 0; i < 200; ++i) {
        client c(A);
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        {
            at_irql raised(2);
            ASSERT_EQ(c.deregister(), STATUS_PENDING);
        }
        ASSERT_EQ(c.wait(), STATUS_SUCCESS);
    }
    stop.open();
    busy.clear();
    EXPECT_EQ(p.detaches, 200);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-112, NMR-113, NMR-190, NMR-191: every function with every handle that is not its own.
TEST_F(nmr_bindings, wrong_handles_are_refused_by_every_function) {
    // So many bindings that one of them lies where a registration does in its own table: only the
    // kind tells the two apart.
    provider many(A + 2);
    std::deque<client> others;
    ASSERT_EQ(many.add(), STATUS_SUCCESS);
    for (int i = 0; i < 8; ++i) {
        ASSERT_EQ(others.emplace_back(A + 2).add(), STATUS_SUCCESS);
    }
    client c(A);
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    client gone(A + 1);
    ASSERT_EQ(gone.add(), STATUS_SUCCESS);
    EXPECT_EQ(gone.remove(), STATUS_SUCCESS);
    HANDLE binding = c.bindings()[0]->handle;
    int on_stack = 0;
    const std::vector<HANDLE> common = {nullptr,
                                        reinterpret_cast<HANDLE>(0x77),
                                        reinterpret_cast<HANDLE>(UINTPTR_MAX),
                                        &on_stack,
                                        gone.handle,
                                        binding};
    auto for_client = common;
    for_client.push_back(p.handle);
    auto for_provider = common;
    for_provider.push_back(c.handle);
    for (HANDLE h : for_client) {
        EXPECT_EQ(NmrDeregisterClient(h), STATUS_INVALID_PARAMETER) << h;
        EXPECT_EQ(NmrWaitForClientDeregisterComplete(h), STATUS_INVALID_PARAMETER) << h;
    }
    for (HANDLE h : for_provider) {
        EXPECT_EQ(NmrDeregisterProvider(h), STATUS_INVALID_PARAMETER) << h;
        EXPECT_EQ(NmrWaitForProviderDeregisterComplete(h), STATUS_INVALID_PARAMETER) << h;
    }
    void* context = nullptr;
    const void* dispatch = nullptr;
    std::vector<HANDLE> no_bindings = {c.handle, p.handle, many.handle, gone.handle, &on_stack};
    for (const client& other : others) {
        no_bindings.push_back(other.handle);
    }
    (void)violations();
    for (HANDLE h : no_bindings) {
        EXPECT_EQ(NmrClientAttachProvider(h, nullptr, nullptr, &context, &dispatch),
                  STATUS_INVALID_PARAMETER);
        NmrClientDetachProviderComplete(h);
        NmrProviderDetachClientComplete(h);
    }
    EXPECT_EQ(violations(), 3 * no_bindings.size());
    EXPECT_EQ(c.detaches + p.detaches + many.detaches, 0);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    for (client& other : others) {
        EXPECT_EQ(other.remove(), STATUS_SUCCESS);
    }
    EXPECT_EQ(many.remove(), STATUS_SUCCESS);
}

// NMR-192, H-16
TEST_F(nmr_bindings, a_dead_handle_stays_dead) {
    client c(A);
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    HANDLE first = c.handle;
    HANDLE first_binding = c.bindings()[0]->handle;
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE) -> NTSTATUS {
        EXPECT_NE(h, first_binding);
        return STATUS_NOINTERFACE;
    };
    for (int i = 0; i < 100000; ++i) {
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        ASSERT_NE(c.handle, first);
        ASSERT_EQ(c.deregister(), STATUS_PENDING);
        ASSERT_EQ(c.wait(), STATUS_SUCCESS);
    }
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(NmrDeregisterClient(first), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(NmrWaitForClientDeregisterComplete(first), STATUS_INVALID_PARAMETER);
    NmrClientDetachProviderComplete(first_binding);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-193
TEST_F(nmr_bindings, handles_belong_to_no_thread) {
    client c(A);
    start([&] { EXPECT_EQ(c.add(), STATUS_SUCCESS); }).join();
    start([&] { EXPECT_EQ(c.deregister(), STATUS_PENDING); }).join();
    start([&] { EXPECT_EQ(c.wait(), STATUS_SUCCESS); }).join();
}

// NMR-196: an exception does not get through the registrar. The process ends where the exception
// would enter the runtime.
TEST_F(nmr_bindings, an_exception_in_a_callback_ends_the_process) {
    client c(A);
    provider p(A);
    c.on_attach = [](HANDLE, PNPI_REGISTRATION_INSTANCE) -> NTSTATUS { throw 1; };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_DEATH(start([&] { (void)c.add(); }).join(), "exception left the ClientAttachProvider");
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-198
TEST_F(nmr_bindings, when_all_modules_left_the_registrar_is_as_new) {
    for (int round = 0; round < 3; ++round) {
        {
            client c(A), c2(A);
            provider p(A);
            ASSERT_EQ(c.add(), STATUS_SUCCESS);
            ASSERT_EQ(p.add(), STATUS_SUCCESS);
            ASSERT_EQ(c2.add(), STATUS_SUCCESS);
            EXPECT_EQ(p.attaches, 2);
            EXPECT_EQ(p.remove(), STATUS_SUCCESS);
            EXPECT_EQ(c.remove(), STATUS_SUCCESS);
            EXPECT_EQ(c2.remove(), STATUS_SUCCESS);
        }
        EXPECT_TRUE(objects().empty());
        client alone(A);
        ASSERT_EQ(alone.add(), STATUS_SUCCESS);
        EXPECT_EQ(alone.attaches, 0);
        EXPECT_EQ(alone.remove(), STATUS_SUCCESS);
    }
}

// NMR-180, H-18: a registration of the peer outlives the module's own; then the other way round.
TEST_F(nmr_bindings, registrations_of_a_binding_may_end_in_either_order) {
    for (const bool client_first : {true, false}) {
        auto c = std::make_unique<client>(A);
        auto p = std::make_unique<provider>(A);
        c->on_detach = test::pend;
        ASSERT_EQ(p->add(), STATUS_SUCCESS);
        ASSERT_EQ(c->add(), STATUS_SUCCESS);
        HANDLE binding = c->bindings()[0]->handle;
        EXPECT_EQ(c->deregister(), STATUS_PENDING);
        EXPECT_EQ(p->deregister(), STATUS_PENDING);
        NmrClientDetachProviderComplete(binding);
        if (client_first) {
            EXPECT_EQ(c->wait(), STATUS_SUCCESS);
            c.reset();
            EXPECT_EQ(p->wait(), STATUS_SUCCESS);
        } else {
            EXPECT_EQ(p->wait(), STATUS_SUCCESS);
            p.reset();
            EXPECT_EQ(c->wait(), STATUS_SUCCESS);
        }
    }
}

}  // namespace
