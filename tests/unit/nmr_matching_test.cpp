// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: who is offered to whom (section 1 of the NMR clauses). Method: small modules
// that record their callbacks, through the exported functions.

#include "tests/unit/support/nmr_modules.hpp"

namespace {

using test::client;
using test::eventually;
using test::provider;

class nmr_matching : public test::nmr_fixture {};

constexpr uint32_t A = 1;
constexpr uint32_t B = 2;
constexpr uint32_t C = 3;

// NMR-001, NMR-102: once attached, calls of the modules do not pass the registrar. The "NPI" here
// is a pointer to a number; another thread keeps the registrar busy meanwhile.
TEST_F(nmr_matching, attached_modules_call_each_other_without_the_registrar) {
    provider p(A);
    client c(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    const auto* peer = static_cast<const uint32_t*>(c.bindings().at(0)->peer_dispatch);
    ASSERT_EQ(peer, &p.dispatch);
    test::gate stop;
    std::atomic<uint64_t> rounds{0};
    auto busy = start([&] {
        while (!stop.is_open()) {
            client other(B);
            EXPECT_EQ(other.add(), STATUS_SUCCESS);
            EXPECT_EQ(other.remove(), STATUS_SUCCESS);
            ++rounds;
        }
    });
    uint64_t sum = 0;
    for (int i = 0; i < 1000000; ++i) {
        sum += *peer;
    }
    EXPECT_EQ(sum, 1000000ull * 0x0d15);
    EXPECT_TRUE(eventually([&] { return rounds > 100; }));
    stop.open();
    busy.join();
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-002
TEST_F(nmr_matching, one_module_may_be_client_of_one_npi_and_provider_of_another) {
    client as_client(A);
    provider as_provider(B);
    provider above(A);
    client below(B);
    ASSERT_EQ(as_client.add(), STATUS_SUCCESS);
    ASSERT_EQ(as_provider.add(), STATUS_SUCCESS);
    ASSERT_EQ(above.add(), STATUS_SUCCESS);
    ASSERT_EQ(below.add(), STATUS_SUCCESS);
    EXPECT_EQ(as_client.attaches, 1);
    EXPECT_EQ(as_provider.attaches, 1);
    EXPECT_EQ(as_client.remove(), STATUS_SUCCESS);
    EXPECT_EQ(as_provider.detaches, 0);
    EXPECT_EQ(as_provider.remove(), STATUS_SUCCESS);
    EXPECT_EQ(above.remove(), STATUS_SUCCESS);
    EXPECT_EQ(below.remove(), STATUS_SUCCESS);
}

// NMR-003 (the two modules own private copies of the id), NMR-012
TEST_F(nmr_matching, npis_are_compared_by_value_bit_by_bit) {
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    client same(A);
    ASSERT_NE(same.characteristics.ClientRegistrationInstance.NpiId,
              p.characteristics.ProviderRegistrationInstance.NpiId);
    ASSERT_EQ(same.add(), STATUS_SUCCESS);
    EXPECT_EQ(same.attaches, 1);
    for (unsigned byte = 0; byte < sizeof(NPIID); ++byte) {
        NPIID flipped = test::make_npi(A);
        reinterpret_cast<unsigned char*>(&flipped)[byte] ^= 1;
        client other(A);
        other.characteristics.ClientRegistrationInstance.NpiId = &flipped;
        ASSERT_EQ(other.add(), STATUS_SUCCESS);
        EXPECT_EQ(other.attaches, 0) << "byte " << byte;
        EXPECT_EQ(other.remove(), STATUS_SUCCESS);
    }
    EXPECT_EQ(same.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-004
TEST_F(nmr_matching, offers_are_the_pairs_of_client_and_provider_of_one_npi) {
    client ca(A), cb(B), ca2(A);
    provider pa(A), pb(B), pb2(B);
    ASSERT_EQ(ca.add(), STATUS_SUCCESS);
    ASSERT_EQ(pb.add(), STATUS_SUCCESS);
    ASSERT_EQ(cb.add(), STATUS_SUCCESS);
    ASSERT_EQ(pa.add(), STATUS_SUCCESS);
    ASSERT_EQ(pb2.add(), STATUS_SUCCESS);
    ASSERT_EQ(ca2.add(), STATUS_SUCCESS);
    EXPECT_EQ(ca.attaches, 1);
    EXPECT_EQ(ca2.attaches, 1);
    EXPECT_EQ(cb.attaches, 2);
    EXPECT_EQ(pa.attaches, 2);
    EXPECT_EQ(pb.attaches, 1);
    EXPECT_EQ(pb2.attaches, 1);
    for (auto* m : {&ca, &cb, &ca2}) {
        EXPECT_EQ(m->remove(), STATUS_SUCCESS);
    }
    for (auto* m : {&pa, &pb, &pb2}) {
        EXPECT_EQ(m->remove(), STATUS_SUCCESS);
    }
}

// NMR-005, NMR-006, NMR-007, NMR-016, NMR-021, NMR-025, NMR-026: nothing but the id decides, and
// everything else reaches the peer unchanged.
TEST_F(nmr_matching, other_fields_do_not_matter_and_reach_the_peer_unchanged) {
    static const ULONG numbers[] = {0, 1, 0xFFFFFFFF};
    for (const ULONG number : numbers) {
        client c(A);
        provider p(A);
        NPI_REGISTRATION_INSTANCE& ci = c.characteristics.ClientRegistrationInstance;
        NPI_REGISTRATION_INSTANCE& pi = p.characteristics.ProviderRegistrationInstance;
        ci.Version = 1;
        pi.Version = 1;
        ci.Number = 1;
        pi.Number = number;
        ci.ModuleId = pi.ModuleId;  // shared: no rule excludes a module from itself
        ci.NpiSpecificCharacteristics = reinterpret_cast<const void*>(0x1000);
        pi.NpiSpecificCharacteristics = reinterpret_cast<const void*>(0x2000);
        NPI_REGISTRATION_INSTANCE seen_by_client = {};
        NPI_REGISTRATION_INSTANCE seen_by_provider = {};
        c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
            seen_by_client = *i;
            return c.attach(h, i);
        };
        p.on_attach = [&](const provider::offer& o) {
            seen_by_provider = *o.client;
            return p.accept(o);
        };
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        EXPECT_EQ(c.attaches, 1);
        EXPECT_EQ(seen_by_client.Number, number);
        EXPECT_EQ(seen_by_client.Version, 1);
        EXPECT_EQ(seen_by_client.ModuleId, pi.ModuleId);
        EXPECT_EQ(seen_by_client.Size, pi.Size);
        EXPECT_EQ(seen_by_client.NpiId, pi.NpiId);
        EXPECT_EQ(seen_by_client.NpiSpecificCharacteristics, pi.NpiSpecificCharacteristics);
        EXPECT_EQ(seen_by_provider.Number, 1u);
        EXPECT_EQ(seen_by_provider.NpiSpecificCharacteristics, ci.NpiSpecificCharacteristics);
        EXPECT_EQ(c.bindings().at(0)->peer_dispatch, &p.dispatch);
        EXPECT_EQ(c.remove(), STATUS_SUCCESS);
        EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    }
}

// NMR-008
TEST_F(nmr_matching, a_driver_is_offered_its_own_provider) {
    client c(A, &log);
    provider p(A, &log);
    c.characteristics.ClientRegistrationInstance.ModuleId =
        p.characteristics.ProviderRegistrationInstance.ModuleId;
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(log.order(), "CAP PAC");
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    EXPECT_EQ(p.deregister(), STATUS_PENDING);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.wait(), STATUS_SUCCESS);
}

// NMR-009, NMR-122
TEST_F(nmr_matching, registrations_of_one_module_do_not_influence_one_another) {
    provider pa(A), pb(B), pc(C);
    client ca(A), cb(B), cc(C);
    for (auto* p : {&pa, &pb, &pc}) {
        ASSERT_EQ(p->add(), STATUS_SUCCESS);
    }
    for (auto* c : {&ca, &cb, &cc}) {
        ASSERT_EQ(c->add(), STATUS_SUCCESS);
    }
    EXPECT_EQ(cb.remove(), STATUS_SUCCESS);
    EXPECT_EQ(ca.detaches + cc.detaches + pa.detaches + pc.detaches, 0);
    EXPECT_EQ(pb.detaches, 1);
    provider late(A);
    ASSERT_EQ(late.add(), STATUS_SUCCESS);
    EXPECT_EQ(ca.attaches, 2);
    EXPECT_EQ(late.remove(), STATUS_SUCCESS);
    for (auto* p : {&pa, &pb, &pc}) {
        EXPECT_EQ(p->remove(), STATUS_SUCCESS);
    }
    EXPECT_EQ(ca.remove(), STATUS_SUCCESS);
    EXPECT_EQ(cc.remove(), STATUS_SUCCESS);
}

// NMR-010
TEST_F(nmr_matching, implementations_of_one_npi_differ_by_number) {
    provider p0(A), p1(A);
    p1.characteristics.ProviderRegistrationInstance.ModuleId =
        p0.characteristics.ProviderRegistrationInstance.ModuleId;
    p1.characteristics.ProviderRegistrationInstance.Number = 1;
    ASSERT_EQ(p0.add(), STATUS_SUCCESS);
    ASSERT_EQ(p1.add(), STATUS_SUCCESS);
    client c(A);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.bindings().size(), 2u);
    EXPECT_NE(c.bindings()[0]->handle, c.bindings()[1]->handle);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p0.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p1.remove(), STATUS_SUCCESS);
}

// NMR-011
TEST_F(nmr_matching, the_same_characteristics_may_be_registered_twice) {
    client c(A);
    HANDLE first = nullptr;
    HANDLE second = nullptr;
    ASSERT_EQ(NmrRegisterClient(&c.characteristics, &c, &first), STATUS_SUCCESS);
    ASSERT_EQ(NmrRegisterClient(&c.characteristics, &c, &second), STATUS_SUCCESS);
    EXPECT_NE(first, second);
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.attaches, 2);
    EXPECT_EQ(NmrDeregisterClient(first), STATUS_PENDING);
    EXPECT_EQ(NmrWaitForClientDeregisterComplete(first), STATUS_SUCCESS);
    EXPECT_EQ(c.detaches, 1);
    EXPECT_EQ(NmrDeregisterClient(second), STATUS_PENDING);
    EXPECT_EQ(NmrWaitForClientDeregisterComplete(second), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-012
TEST_F(nmr_matching, any_guid_is_an_npi) {
    std::vector<std::unique_ptr<client>> clients;
    for (uint32_t i = 0; i < 1000; ++i) {
        clients.push_back(std::make_unique<client>(i * 2654435761u));
        ASSERT_EQ(clients.back()->add(), STATUS_SUCCESS);
    }
    for (uint32_t i = 0; i < 1000; i += 7) {
        provider p(i * 2654435761u);
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        EXPECT_EQ(p.attaches, 1);
        EXPECT_EQ(clients[i]->attaches, 1);
        EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    }
    for (auto& c : clients) {
        EXPECT_EQ(c->remove(), STATUS_SUCCESS);
    }
}

// NMR-013, NMR-014, NMR-024, NMR-043: pointers of the modules are passed on, never followed. All of
// them lie in an unmapped page, the module id is NULL.
void* const poison = reinterpret_cast<void*>(0xdead0000);
std::atomic<int> poison_calls{0};

NTSTATUS poison_cap(HANDLE binding, PVOID context, PNPI_REGISTRATION_INSTANCE provider) {
    EXPECT_EQ(context, poison);
    EXPECT_EQ(provider->NpiSpecificCharacteristics, poison);
    EXPECT_EQ(provider->ModuleId, nullptr);
    ++poison_calls;
    void* provider_context = nullptr;
    const void* provider_dispatch = nullptr;
    const NTSTATUS s =
        NmrClientAttachProvider(binding, poison, nullptr, &provider_context, &provider_dispatch);
    EXPECT_EQ(provider_context, poison);
    EXPECT_EQ(provider_dispatch, poison);
    return s;
}
NTSTATUS poison_pac(HANDLE, PVOID context, PNPI_REGISTRATION_INSTANCE client, PVOID client_context,
                    const VOID* client_dispatch, PVOID* out, const VOID** dispatch) {
    EXPECT_EQ(context, poison);
    EXPECT_EQ(client_context, poison);
    EXPECT_EQ(client_dispatch, nullptr);
    EXPECT_EQ(client->NpiSpecificCharacteristics, nullptr);
    ++poison_calls;
    *out = poison;
    *dispatch = poison;
    return STATUS_SUCCESS;
}
NTSTATUS poison_detach(PVOID context) {
    EXPECT_EQ(context, poison);
    ++poison_calls;
    return STATUS_SUCCESS;
}
VOID poison_cleanup(PVOID context) {
    EXPECT_EQ(context, poison);
    ++poison_calls;
}

TEST_F(nmr_matching, pointers_of_the_modules_are_never_followed) {
    poison_calls = 0;
    const NPIID npi = test::make_npi(A);
    const NPI_CLIENT_CHARACTERISTICS c = {
        0,
        sizeof c,
        poison_cap,
        poison_detach,
        poison_cleanup,
        {0, sizeof(NPI_REGISTRATION_INSTANCE), &npi, nullptr, 0, nullptr}};
    const NPI_PROVIDER_CHARACTERISTICS p = {
        0,
        sizeof p,
        poison_pac,
        poison_detach,
        poison_cleanup,
        {0, sizeof(NPI_REGISTRATION_INSTANCE), &npi, nullptr, 0, poison}};
    HANDLE client_handle = nullptr;
    HANDLE provider_handle = nullptr;
    ASSERT_EQ(NmrRegisterProvider(&p, poison, &provider_handle), STATUS_SUCCESS);
    ASSERT_EQ(NmrRegisterClient(&c, poison, &client_handle), STATUS_SUCCESS);
    EXPECT_EQ(NmrDeregisterClient(client_handle), STATUS_PENDING);
    EXPECT_EQ(NmrWaitForClientDeregisterComplete(client_handle), STATUS_SUCCESS);
    EXPECT_EQ(NmrDeregisterProvider(provider_handle), STATUS_PENDING);
    EXPECT_EQ(NmrWaitForProviderDeregisterComplete(provider_handle), STATUS_SUCCESS);
    EXPECT_EQ(poison_calls, 6);
}

}  // namespace
