// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: waiting for the end of a deregistration (section 11 of the NMR clauses). Method: a thread
// that waits, and what must or must not have let it go.

#include <sys/mman.h>

#include "nmr/registrar.hpp"
#include "tests/unit/support/nmr_modules.hpp"
#include "tests/unit/support/sim_program.hpp"
#include "tests/unit/support/stderr_text.hpp"

namespace {

using test::client;
using test::eventually;
using test::provider;

class nmr_wait : public test::nmr_fixture {
protected:
    static void attach(client& c, provider& p) {
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        ASSERT_EQ(p.attaches, 1);
    }
};

constexpr uint32_t A = 1;

// NMR-159, NMR-160, NMR-129
TEST_F(nmr_wait, blocks_while_a_side_is_pending_and_returns_success) {
    client c(A);
    provider p(A);
    c.on_detach = test::pend;
    attach(c, p);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    test::gate done;
    auto waiter = start([&] {
        EXPECT_EQ(c.wait(), STATUS_SUCCESS);
        done.open();
    });
    EXPECT_TRUE(waiter.sleeps());
    EXPECT_FALSE(done.is_open());
    NmrClientDetachProviderComplete(c.bindings()[0]->handle);
    waiter.join();
    EXPECT_EQ(c.cleanups, 1);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-161
TEST_F(nmr_wait, before_deregister_it_is_invalid_and_the_module_lives_on) {
    client c(A);
    provider p(A);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    (void)violations();
    EXPECT_EQ(c.wait(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(violations(), 1u);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.attaches, 1);
    EXPECT_EQ(c.wait(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(p.wait(), STATUS_INVALID_PARAMETER);
    client other(A);
    ASSERT_EQ(other.add(), STATUS_SUCCESS);
    EXPECT_EQ(other.attaches, 1);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(other.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-162
TEST_F(nmr_wait, a_handle_that_is_not_one_of_its_kind_is_invalid) {
    client c(A);
    provider p(A);
    attach(c, p);
    HANDLE binding = c.bindings()[0]->handle;
    for (HANDLE h : {static_cast<HANDLE>(nullptr), reinterpret_cast<HANDLE>(0x12345678), binding,
                     p.handle, static_cast<HANDLE>(&c)}) {
        EXPECT_EQ(NmrWaitForClientDeregisterComplete(h), STATUS_INVALID_PARAMETER) << h;
    }
    for (HANDLE h : {static_cast<HANDLE>(nullptr), binding, c.handle}) {
        EXPECT_EQ(NmrWaitForProviderDeregisterComplete(h), STATUS_INVALID_PARAMETER) << h;
    }
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-158, NMR-164: both cleanup callbacks have returned, the peer's too.
TEST_F(nmr_wait, waits_for_the_peer_s_cleanup_as_well) {
    client c(A);
    provider p(A);
    c.on_detach = test::pend;
    attach(c, p);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    test::gate done;
    auto waiter = start([&] {
        EXPECT_EQ(c.wait(), STATUS_SUCCESS);
        done.open();
    });
    p.on_cleanup = [&](test::binding_record*) {
        EXPECT_TRUE(waiter.sleeps());
        EXPECT_FALSE(done.is_open());
    };
    EXPECT_TRUE(waiter.sleeps());
    NmrClientDetachProviderComplete(c.bindings()[0]->handle);
    waiter.join();
    EXPECT_EQ(p.cleanups, 1);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-034, NMR-164, H-17: after the wait nothing of the module is called or read. Its callbacks lie
// on a page of code that is gone then.
TEST_F(nmr_wait, after_it_the_module_s_code_may_go) {
    // mov eax, STATUS_NOINTERFACE; ret
    static const unsigned char code[] = {0xb8, 0xb9, 0x02, 0x00, 0xc0, 0xc3};
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(page, MAP_FAILED);
    std::memcpy(page, code, sizeof code);
    ASSERT_EQ(mprotect(page, 4096, PROT_READ | PROT_EXEC), 0);
    client c(A);
    c.characteristics.ClientAttachProvider = reinterpret_cast<PNPI_CLIENT_ATTACH_PROVIDER_FN>(page);
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    ASSERT_EQ(munmap(page, 4096), 0);
    std::memset(static_cast<void*>(&c.characteristics), 0xDD, sizeof c.characteristics);
    client other(A);
    ASSERT_EQ(other.add(), STATUS_SUCCESS);
    EXPECT_EQ(other.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-166, H-08: one thread waits while the deregister call is still returning on another.
TEST_F(nmr_wait, may_return_while_the_deregister_call_is_still_returning) {
    client c(A);
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    test::contest together(2, 5000);
    auto other = start([&] {
        while (together.next()) {
            together.arrive();
            ASSERT_EQ(c.deregister(), STATUS_PENDING);
            together.arrive();
        }
    });
    for (int i = 0; together.next(); ++i) {
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        together.arrive();
        while (c.wait() != STATUS_SUCCESS) {
        }
        ASSERT_EQ(c.cleanups, i + 1);
        together.arrive();
    }
    other.join();
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-167, NMR-168
TEST_F(nmr_wait, ends_the_handle) {
    client c(A);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(c.wait(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(c.deregister(), STATUS_INVALID_PARAMETER);
}

// NMR-169
TEST_F(nmr_wait, several_threads_may_wait_for_one_registration) {
    for (int round = 0; round < 50; ++round) {
        client c(A);
        provider p(A);
        c.on_detach = test::pend;
        attach(c, p);
        EXPECT_EQ(c.deregister(), STATUS_PENDING);
        std::atomic<int> inside{0};
        {
            std::vector<test::machine_thread> waiters;
            for (int i = 0; i < 8; ++i) {
                waiters.push_back(start([&] {
                    ++inside;
                    // A thread that comes after all others have left finds the handle dead.
                    const NTSTATUS s = c.wait();
                    EXPECT_TRUE(s == STATUS_SUCCESS || s == STATUS_INVALID_PARAMETER);
                }));
            }
            EXPECT_TRUE(eventually([&] { return inside == 8; }));
            NmrClientDetachProviderComplete(c.bindings()[0]->handle);
        }
        EXPECT_EQ(c.wait(), STATUS_INVALID_PARAMETER);
        EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    }
}

// NMR-169: while they all wait, all of them succeed.
TEST_F(nmr_wait, every_thread_that_waits_gets_success) {
    client c(A);
    provider p(A);
    c.on_detach = test::pend;
    attach(c, p);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    std::atomic<int> succeeded{0};
    {
        std::vector<test::machine_thread> waiters;
        std::vector<pid_t> ids;
        for (int i = 0; i < 8; ++i) {
            waiters.push_back(start([&] { succeeded += c.wait() == STATUS_SUCCESS ? 1 : 0; }));
            ids.push_back(waiters.back().id());
        }
        // Whoever holds a lock is awake, so all of them sleep in the wait.
        EXPECT_TRUE(test::all_asleep(ids));
        NmrClientDetachProviderComplete(c.bindings()[0]->handle);
    }
    EXPECT_EQ(succeeded, 8);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-171
TEST_F(nmr_wait, does_not_depend_on_other_registrations) {
    client c1(A), c2(A);
    provider p(A);
    c2.on_detach = test::pend;
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c1.add(), STATUS_SUCCESS);
    ASSERT_EQ(c2.add(), STATUS_SUCCESS);
    EXPECT_EQ(c2.deregister(), STATUS_PENDING);
    EXPECT_EQ(c1.remove(), STATUS_SUCCESS);  // although c2 pends on the same provider
    NmrClientDetachProviderComplete(c2.bindings()[0]->handle);
    EXPECT_EQ(c2.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-172
TEST_F(nmr_wait, inside_a_callback_of_the_same_module_it_stops) {
    client c(A);
    provider p(A);
    c.on_detach = [&](test::binding_record*) {
        (void)c.wait();
        return STATUS_SUCCESS;
    };
    attach(c, p);
    EXPECT_EXIT((void)c.deregister(), testing::ExitedWithCode(3), "nmr-wait-in-callback");
    c.on_detach = [&](test::binding_record*) {
        (void)NmrDeregisterProvider(p.handle);
        (void)p.wait();  // the peer's end depends on this callback as well
        return STATUS_SUCCESS;
    };
    EXPECT_EXIT((void)c.deregister(), testing::ExitedWithCode(3), "nmr-wait-in-callback");
    c.on_detach = nullptr;
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-186: waiting for somebody else inside a callback is fine.
TEST_F(nmr_wait, inside_a_callback_of_another_module_it_works) {
    client c(A);
    provider p(A);
    client other(A + 1);
    ASSERT_EQ(other.add(), STATUS_SUCCESS);
    c.on_detach = [&](test::binding_record*) {
        EXPECT_EQ(other.remove(), STATUS_SUCCESS);
        return STATUS_SUCCESS;
    };
    attach(c, p);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(c.detaches, 1);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-173, NMR-174: a module that never waits leaves its registration behind, and nothing else.
TEST_F(nmr_wait, a_registration_nobody_waits_for_is_shown_as_left_behind) {
    client c(A);
    provider p(A);
    attach(c, p);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    ASSERT_EQ(objects().size(), 1u);
    EXPECT_EQ(objects()[0].kind, base::object_kind::registration);
    EXPECT_EQ(objects()[0].address, c.handle);
    EXPECT_NE(objects()[0].site, nullptr);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_TRUE(objects().empty());
}

// NMR-160, NMR-187
TEST_F(nmr_wait, at_apc_level_it_works_and_at_dispatch_level_it_stops) {
    client c(A);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    EXPECT_EXIT(
        {
            test::at_irql raised(2);
            (void)c.wait();
        },
        testing::ExitedWithCode(3), "NmrWaitForClientDeregisterComplete");
    {
        test::at_irql raised(1);
        EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    }
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    EXPECT_EQ(p.deregister(), STATUS_PENDING);
    EXPECT_EXIT(
        {
            test::at_irql raised(2);
            (void)p.wait();
        },
        testing::ExitedWithCode(3), "NmrWaitForProviderDeregisterComplete");
    EXPECT_EQ(p.wait(), STATUS_SUCCESS);
}

// NMR-170: there is no timeout; past the machine's patience the wait says what holds it up, once.
// In a simulation, where ten times the patience cost nothing.
TEST(nmr_wait_impatient, a_wait_that_lasts_names_the_binding_and_goes_on) {
    test::stderr_text said;
    host::random_walk how(1);
    const test::exploration e = test::explore(how, 1, [] {
        base::machine_options impatient;
        impatient.stuck_after_ms = 20;
        test::sim_machine m(impatient);
        m.add<nmr::registrar>();
        client c(A);
        provider p(A);
        c.on_detach = test::pend;
        EXPECT_EQ(p.add(), STATUS_SUCCESS);
        EXPECT_EQ(c.add(), STATUS_SUCCESS);
        EXPECT_EQ(c.deregister(), STATUS_PENDING);
        bool done = false;
        m.run({[&] {
                   EXPECT_EQ(c.wait(), STATUS_SUCCESS);
                   done = true;
               },
               [&] {
                   const uint64_t later = host::current().now_ns() + 200000000;
                   while (host::park(later)) {
                   }
                   EXPECT_FALSE(done);
                   NmrClientDetachProviderComplete(c.bindings()[0]->handle);
               }});
        EXPECT_TRUE(done);
        EXPECT_EQ(p.remove(), STATUS_SUCCESS);
        return std::string();
    });
    EXPECT_EQ(e.failure, "");
    EXPECT_EQ(e.complete, 1u);
    const std::string text = said.all();
    EXPECT_NE(text.find("waits for 1 binding"), std::string::npos) << text;
    EXPECT_NE(text.find("client detach pending"), std::string::npos) << text;
    EXPECT_EQ(text.find("waits for"), text.rfind("waits for")) << text;
}

}  // namespace
