// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: registration (sections 2 and 3 of the NMR clauses). Method: small modules
// that record their callbacks, through the exported functions.

#include <set>

#include <sys/mman.h>

#include "tests/unit/support/nmr_modules.hpp"
#include "verify/fault.hpp"

namespace {

using test::callback_record;
using test::client;
using test::eventually;
using test::provider;

class nmr_register : public test::nmr_fixture {};

constexpr uint32_t A = 1;
constexpr uint32_t B = 2;
constexpr uint32_t C = 3;

// ---- 2. data structures: what registration checks ----

// NMR-022, NMR-023, NMR-029, NMR-030, NMR-031, NMR-041, NMR-051
TEST_F(nmr_register, bad_characteristics_are_refused_and_leave_null) {
    client good(A);
    const auto refused = [&](auto&& spoil) {
        client c(A);
        spoil(c.characteristics);
        HANDLE h = reinterpret_cast<HANDLE>(0xDEADBEEFDEADBEEF);
        EXPECT_EQ(NmrRegisterClient(&c.characteristics, &c, &h), STATUS_INVALID_PARAMETER);
        EXPECT_EQ(h, nullptr);
    };
    refused([](auto& c) { c.ClientRegistrationInstance.Size = 0; });
    refused([](auto& c) { c.ClientRegistrationInstance.Size = 39; });
    refused([](auto& c) { c.ClientRegistrationInstance.NpiId = nullptr; });
    refused([](auto& c) { c.Version = 1; });
    refused([](auto& c) { c.Length = 0; });
    refused([](auto& c) { c.Length = 71; });
    refused([](auto& c) { c.ClientAttachProvider = nullptr; });
    refused([](auto& c) { c.ClientDetachProvider = nullptr; });
    const auto refused_provider = [&](auto&& spoil) {
        provider p(A);
        spoil(p.characteristics);
        HANDLE h = reinterpret_cast<HANDLE>(0xDEADBEEFDEADBEEF);
        EXPECT_EQ(NmrRegisterProvider(&p.characteristics, &p, &h), STATUS_INVALID_PARAMETER);
        EXPECT_EQ(h, nullptr);
    };
    refused_provider([](auto& c) { c.ProviderRegistrationInstance.Size = 0; });
    refused_provider([](auto& c) { c.ProviderRegistrationInstance.Size = 39; });
    refused_provider([](auto& c) { c.ProviderRegistrationInstance.NpiId = nullptr; });
    refused_provider([](auto& c) { c.Version = 1; });
    refused_provider([](auto& c) { c.Length = 0; });
    refused_provider([](auto& c) { c.Length = 71; });
    refused_provider([](auto& c) { c.ProviderAttachClient = nullptr; });
    refused_provider([](auto& c) { c.ProviderDetachClient = nullptr; });

    HANDLE h = reinterpret_cast<HANDLE>(0xDEAD);
    EXPECT_EQ(NmrRegisterClient(nullptr, nullptr, &h), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(h, nullptr);
    h = reinterpret_cast<HANDLE>(0xDEAD);
    EXPECT_EQ(NmrRegisterProvider(nullptr, nullptr, &h), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(h, nullptr);
    EXPECT_EQ(NmrRegisterClient(&good.characteristics, nullptr, nullptr), STATUS_INVALID_PARAMETER);
    // NMR-042: none of them left a trace.
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(p.attaches, 0);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-022, NMR-030
TEST_F(nmr_register, longer_structures_are_accepted) {
    client c(A);
    c.characteristics.Length = 80;
    c.characteristics.ClientRegistrationInstance.Size = 48;
    provider p(A);
    p.characteristics.Length = 80;
    p.characteristics.ProviderRegistrationInstance.Size = 48;
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.attaches, 1);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-032
TEST_F(nmr_register, cleanup_callbacks_are_optional_on_either_side) {
    for (const bool client_has : {false, true}) {
        for (const bool provider_has : {false, true}) {
            client c(A);
            provider p(A);
            if (!client_has) {
                c.characteristics.ClientCleanupBindingContext = nullptr;
            }
            if (!provider_has) {
                p.characteristics.ProviderCleanupBindingContext = nullptr;
            }
            ASSERT_EQ(c.add(), STATUS_SUCCESS);
            ASSERT_EQ(p.add(), STATUS_SUCCESS);
            EXPECT_EQ(c.remove(), STATUS_SUCCESS);
            EXPECT_EQ(p.remove(), STATUS_SUCCESS);
            EXPECT_EQ(c.cleanups, client_has ? 1 : 0);
            EXPECT_EQ(p.cleanups, provider_has ? 1 : 0);
        }
    }
}

// NMR-033, NMR-034: the structures are only read, and not at all after the wait. They lie on a page
// of their own that is read-only during the registration and inaccessible after it.
TEST_F(nmr_register, structures_are_read_only_and_untouched_after_the_wait) {
    struct page_type {
        NPI_CLIENT_CHARACTERISTICS characteristics;
        NPIID npi;
        NPI_MODULEID id;
    };
    void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    auto* page = static_cast<page_type*>(memory);
    client c(A);
    page->characteristics = c.characteristics;
    page->npi = test::make_npi(A);
    page->id = *c.characteristics.ClientRegistrationInstance.ModuleId;
    page->characteristics.ClientRegistrationInstance.NpiId = &page->npi;
    page->characteristics.ClientRegistrationInstance.ModuleId = &page->id;
    ASSERT_EQ(mprotect(memory, 4096, PROT_READ), 0);

    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    HANDLE h = nullptr;
    ASSERT_EQ(NmrRegisterClient(&page->characteristics, &c, &h), STATUS_SUCCESS);
    EXPECT_EQ(c.attaches, 1);
    EXPECT_EQ(NmrDeregisterClient(h), STATUS_PENDING);
    EXPECT_EQ(NmrWaitForClientDeregisterComplete(h), STATUS_SUCCESS);
    ASSERT_EQ(mprotect(memory, 4096, PROT_NONE), 0);
    client other(A);
    ASSERT_EQ(other.add(), STATUS_SUCCESS);
    EXPECT_EQ(other.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    munmap(memory, 4096);
}

// NMR-035, NMR-061
TEST_F(nmr_register, peers_receive_the_address_of_the_module_s_own_instance) {
    client c(A);
    provider p(A);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.bindings().at(0)->peer, &p.characteristics.ProviderRegistrationInstance);
    EXPECT_EQ(p.bindings().at(0)->peer, &c.characteristics.ClientRegistrationInstance);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// ---- 3. registration ----

// NMR-037, NMR-038, NMR-160, NMR-163
TEST_F(nmr_register, a_life_without_peers_is_success_pending_success) {
    client c(A);
    EXPECT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    provider p(A);
    EXPECT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(p.deregister(), STATUS_PENDING);
    EXPECT_EQ(p.wait(), STATUS_SUCCESS);
    EXPECT_EQ(c.attaches + p.attaches, 0);
}

// NMR-040, NMR-059
TEST_F(nmr_register, handles_of_live_objects_are_distinct_and_not_null) {
    std::set<HANDLE> seen;
    std::vector<std::unique_ptr<client>> clients;
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    for (int i = 0; i < 10000; ++i) {
        clients.push_back(std::make_unique<client>(A));
        ASSERT_EQ(clients.back()->add(), STATUS_SUCCESS);
        ASSERT_TRUE(seen.insert(clients.back()->handle).second);
        ASSERT_TRUE(seen.insert(clients.back()->bindings().at(0)->handle).second);
    }
    EXPECT_EQ(seen.count(nullptr), 0u);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    for (auto& c : clients) {
        EXPECT_EQ(c->remove(), STATUS_SUCCESS);
    }
}

// NMR-043, NMR-062
TEST_F(nmr_register, each_registration_gets_its_own_context) {
    static thread_local std::vector<void*> seen;
    seen.clear();
    const auto see = [](HANDLE, PVOID context, PNPI_REGISTRATION_INSTANCE) -> NTSTATUS {
        seen.push_back(context);
        return STATUS_NOINTERFACE;
    };
    client c(A);
    c.characteristics.ClientAttachProvider = see;
    HANDLE first = nullptr;
    HANDLE second = nullptr;
    ASSERT_EQ(NmrRegisterClient(&c.characteristics, nullptr, &first), STATUS_SUCCESS);
    ASSERT_EQ(NmrRegisterClient(&c.characteristics, reinterpret_cast<void*>(0x1234), &second),
              STATUS_SUCCESS);
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(seen, (std::vector<void*>{nullptr, reinterpret_cast<void*>(0x1234)}));
    for (HANDLE h : {first, second}) {
        EXPECT_EQ(NmrDeregisterClient(h), STATUS_PENDING);
        EXPECT_EQ(NmrWaitForClientDeregisterComplete(h), STATUS_SUCCESS);
    }
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-044
TEST_F(nmr_register, registration_succeeds_whatever_the_peers_answer) {
    for (const NTSTATUS answer : {STATUS_INSUFFICIENT_RESOURCES, STATUS_NOINTERFACE}) {
        provider p(A);
        p.on_attach = [&](const provider::offer&) { return answer; };
        client c(A);
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        EXPECT_EQ(c.add(), STATUS_SUCCESS);
        EXPECT_NE(c.handle, nullptr);
        EXPECT_EQ(p.attaches, 1);
        EXPECT_EQ(c.remove(), STATUS_SUCCESS);
        EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    }
}

// NMR-045, NMR-058, NMR-081, NMR-185
TEST_F(nmr_register, offers_are_made_on_the_registering_thread_before_the_call_returns) {
    client c(A, &log);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    provider p(A, &log);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(log.order(), "CAP PAC");
    for (const callback_record& r : log.all()) {
        EXPECT_EQ(r.thread, std::this_thread::get_id());
        EXPECT_EQ(r.irql, 0);
    }
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-046, NMR-188
TEST_F(nmr_register, without_a_peer_nothing_is_called_until_one_registers) {
    client c(A, &log);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(log.order(), "");
    provider p(A, &log);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(log.order(), "CAP PAC");
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    EXPECT_EQ(c.attaches, 1);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(c.attaches, 1);
}

// NMR-047
TEST_F(nmr_register, the_client_is_always_asked_first) {
    client c1(A, &log), c2(A, &log), c3(A, &log);
    for (auto* c : {&c1, &c2, &c3}) {
        c->on_attach = test::decline;
        ASSERT_EQ(c->add(), STATUS_SUCCESS);
    }
    provider p(A, &log);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(log.order(), "CAP CAP CAP");
    EXPECT_EQ(p.attaches, 0);
    for (auto* c : {&c1, &c2, &c3}) {
        EXPECT_EQ(c->remove(), STATUS_SUCCESS);
    }
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-048, NMR-054, NMR-063
TEST_F(nmr_register, a_client_is_offered_every_provider_once_oldest_first) {
    std::vector<std::unique_ptr<provider>> providers;
    for (int i = 0; i < 5; ++i) {
        providers.push_back(std::make_unique<provider>(A));
        ASSERT_EQ(providers.back()->add(), STATUS_SUCCESS);
    }
    client c(A);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.bindings().size(), 5u);
    for (unsigned i = 0; i < 5; ++i) {
        EXPECT_EQ(c.bindings()[i]->peer,
                  &providers[i]->characteristics.ProviderRegistrationInstance);
    }
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    for (auto& p : providers) {
        EXPECT_EQ(p->attaches, 1);
        EXPECT_EQ(p->remove(), STATUS_SUCCESS);
    }
}

// NMR-049, NMR-056
TEST_F(nmr_register, the_handle_is_stored_before_the_first_offer) {
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    client c(A);
    HANDLE seen = nullptr;
    c.on_attach = [&](HANDLE, PNPI_REGISTRATION_INSTANCE) -> NTSTATUS {
        seen = c.handle;
        return STATUS_NOINTERFACE;
    };
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(seen, c.handle);
    EXPECT_NE(seen, nullptr);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-050, NMR-198
TEST_F(nmr_register, a_module_may_come_and_go_from_any_thread) {
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    const auto cycles = [] {
        client c(A);
        for (int i = 0; i < 2500; ++i) {
            ASSERT_EQ(c.add(), STATUS_SUCCESS);
            ASSERT_EQ(c.remove(), STATUS_SUCCESS);
        }
        EXPECT_EQ(c.attaches, 2500);
        EXPECT_EQ(c.cleanups, 2500);
    };
    {
        auto one = start(cycles);
        auto two = start(cycles);
        auto three = start(cycles);
        cycles();
    }
    EXPECT_EQ(p.attaches, 10000);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-053, NMR-099, NMR-186: a chain of 50 modules, each of which registers the next from inside
// its ClientAttachProvider or ProviderAttachClient.
TEST_F(nmr_register, registering_inside_attach_callbacks_nests) {
    constexpr uint32_t depth = 50;
    std::vector<std::unique_ptr<client>> clients;
    std::vector<std::unique_ptr<provider>> providers;
    for (uint32_t i = 0; i < depth; ++i) {
        clients.push_back(std::make_unique<client>(100 + i));
        providers.push_back(std::make_unique<provider>(100 + i));
    }
    const auto next = [&](uint32_t i) {
        if (i + 1 < depth) {
            EXPECT_EQ(providers[i + 1]->add(), STATUS_SUCCESS);
            EXPECT_EQ(clients[i + 1]->add(), STATUS_SUCCESS);
        }
    };
    for (uint32_t i = 0; i < depth; ++i) {
        if (i % 2 == 0) {
            clients[i]->on_attach = [&, i](HANDLE h, PNPI_REGISTRATION_INSTANCE p) {
                next(i);
                return clients[i]->attach(h, p);
            };
        } else {
            providers[i]->on_attach = [&, i](const provider::offer& o) {
                next(i);
                return providers[i]->accept(o);
            };
        }
    }
    ASSERT_EQ(providers[0]->add(), STATUS_SUCCESS);
    ASSERT_EQ(clients[0]->add(), STATUS_SUCCESS);
    for (uint32_t i = 0; i < depth; ++i) {
        EXPECT_EQ(providers[i]->bindings().size(), 1u);
        EXPECT_EQ(clients[i]->remove(), STATUS_SUCCESS);
        EXPECT_EQ(providers[i]->remove(), STATUS_SUCCESS);
    }
}

// NMR-055, H-01: exactly one offer when both sides register at once.
TEST_F(nmr_register, concurrent_registration_of_both_sides_makes_one_offer) {
    client c(A);
    provider p(A);
    test::contest together(2, 20000);
    auto other = start([&] {
        while (together.next()) {
            ASSERT_EQ(p.add(), STATUS_SUCCESS);
            together.arrive();
            ASSERT_EQ(p.remove(), STATUS_SUCCESS);
            together.arrive();
        }
    });
    for (int i = 0; together.next(); ++i) {
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        together.arrive();
        ASSERT_EQ(c.remove(), STATUS_SUCCESS);
        together.arrive();
        ASSERT_EQ(c.attaches, i + 1);
        ASSERT_EQ(p.attaches, i + 1);
    }
    other.join();
    EXPECT_EQ(c.cleanups, together.count());
    EXPECT_EQ(p.cleanups, together.count());
}

// NMR-056, NMR-074, NMR-181: a registration takes part while its first offer still runs.
TEST_F(nmr_register, a_peer_that_registers_during_an_offer_pairs_at_once) {
    provider first(A), second(A);
    client c(A);
    test::halt held;
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE p) {
        if (p == &first.characteristics.ProviderRegistrationInstance) {
            held.stay();
        }
        return c.attach(h, p);
    };
    ASSERT_EQ(first.add(), STATUS_SUCCESS);
    auto registering = start([&] { EXPECT_EQ(c.add(), STATUS_SUCCESS); });
    held.wait();
    ASSERT_EQ(second.add(), STATUS_SUCCESS);
    EXPECT_EQ(second.attaches, 1);
    EXPECT_EQ(first.attaches, 0);
    // Nothing else is held up: other NPIs and the same one.
    for (int i = 0; i < 10000; ++i) {
        client unrelated(B + static_cast<uint32_t>(i % 100));
        ASSERT_EQ(unrelated.add(), STATUS_SUCCESS);
        ASSERT_EQ(unrelated.remove(), STATUS_SUCCESS);
    }
    held.release();
    registering.join();
    EXPECT_EQ(first.attaches, 1);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(first.remove(), STATUS_SUCCESS);
    EXPECT_EQ(second.remove(), STATUS_SUCCESS);
}

// NMR-039, NMR-042, NMR-194: the k-th allocation fails, for all k, with five peers.
TEST_F(nmr_register, every_failing_allocation_is_insufficient_resources_without_a_trace) {
    std::vector<std::unique_ptr<provider>> providers;
    for (int i = 0; i < 5; ++i) {
        providers.push_back(std::make_unique<provider>(A));
        ASSERT_EQ(providers.back()->add(), STATUS_SUCCESS);
    }
    int failures = 0;
    for (uint64_t k = 1;; ++k) {
        client c(A);
        c.handle = reinterpret_cast<HANDLE>(0xDEADBEEFDEADBEEF);
        c.on_attach = test::decline;
        verify::arm_faults(k, true);
        const NTSTATUS s = c.add();
        const bool reached = verify::faults_seen() >= k;
        verify::arm_faults(0, true);
        if (!reached) {
            EXPECT_EQ(s, STATUS_SUCCESS);
            EXPECT_EQ(c.attaches, 5);
            EXPECT_EQ(c.remove(), STATUS_SUCCESS);
            break;
        }
        ++failures;
        EXPECT_EQ(s, STATUS_INSUFFICIENT_RESOURCES) << k;
        EXPECT_EQ(c.handle, nullptr);
        EXPECT_EQ(c.attaches, 0);
        provider late(A);  // no peer sees it either
        ASSERT_EQ(late.add(), STATUS_SUCCESS);
        EXPECT_EQ(c.attaches, 0);
        EXPECT_EQ(late.remove(), STATUS_SUCCESS);
    }
    EXPECT_GE(failures, 6);  // the registration and five bindings
    for (auto& p : providers) {
        EXPECT_EQ(p->remove(), STATUS_SUCCESS);
    }
}

// NMR-039: the first registration of an NPI.
TEST_F(nmr_register, a_failing_allocation_for_a_new_npi_leaves_nothing) {
    for (uint64_t k = 1;; ++k) {
        provider p(C);
        verify::arm_faults(k, true);
        const NTSTATUS s = p.add();
        const bool reached = verify::faults_seen() >= k;
        verify::arm_faults(0, true);
        if (!reached) {
            EXPECT_EQ(s, STATUS_SUCCESS);
            EXPECT_EQ(p.remove(), STATUS_SUCCESS);
            EXPECT_GE(k, 3u);
            break;
        }
        EXPECT_EQ(s, STATUS_INSUFFICIENT_RESOURCES);
    }
    EXPECT_TRUE(objects().empty());
}

// NMR-052, NMR-187
TEST_F(nmr_register, registering_above_passive_level_stops_with_the_function_s_name) {
    client c(A);
    EXPECT_EXIT(
        {
            test::at_irql raised(2);
            (void)c.add();
        },
        testing::ExitedWithCode(3), "NmrRegisterClient");
    provider p(A);
    EXPECT_EXIT(
        {
            test::at_irql raised(1);
            (void)p.add();
        },
        testing::ExitedWithCode(3), "NmrRegisterProvider");
}

}  // namespace
