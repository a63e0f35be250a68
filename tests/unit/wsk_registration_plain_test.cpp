// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: captures and releases with verification off, where the exported functions have a way of
// their own for the usual case (ke::plain_edge), keep every promise that they keep elsewhere.
// Method: the tests whose outcome could differ, on a machine that records nothing. The first
// capture of a thread gives it a seat and goes the long way, so each thread makes one before.

#include "tests/unit/support/nmr_modules.hpp"
#include "tests/unit/support/wsk_application.hpp"

namespace {

using test::application;
using test::blocked_call;

base::machine_options off() {
    base::machine_options options;
    options.verification = base::verify_level::off;
    return options;
}

class wsk_registration_plain : public test::registration_fixture {
protected:
    wsk_registration_plain() : registration_fixture(off()) {}
    void SetUp() override {
        registration_fixture::SetUp();
        be_plain();
    }

    /// Gives the calling thread its seat.
    static void be_plain() {
        application a;
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        ASSERT_EQ(a.capture(), STATUS_SUCCESS);
        a.release();
        a.remove();
        EXPECT_LT(host::self()->plain_seat, host::seat_count);
    }
};

// REG-041, REG-055, REG-078
TEST_F(wsk_registration_plain, deregister_waits_for_every_release) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    EXPECT_EQ(client_of(a).held_by().sockets, 0u);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    EXPECT_EQ(count(base::object_kind::capture), 1u);
    blocked_call call(machine(), [&] { a.remove(); });
    EXPECT_TRUE(call.blocks());
    EXPECT_EQ(a.capture(), STATUS_DEVICE_NOT_READY);
    a.release();
    EXPECT_TRUE(call.blocks());
    a.release();
    call.join();
    EXPECT_EQ(violations(), 0u);
}

// REG-056, REG-059: the slot has another owner by now.
TEST_F(wsk_registration_plain, a_block_that_was_deregistered_captures_nothing) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    a.release();
    const WSK_REGISTRATION before = a.block;
    a.remove();
    EXPECT_EQ(a.capture(), STATUS_DEVICE_NOT_READY);
    application b;
    ASSERT_EQ(b.add(), STATUS_SUCCESS);
    EXPECT_EQ(violations(), 0u);
    a.block = before;  // as if it had been read before
    EXPECT_EQ(a.capture(), STATUS_DEVICE_NOT_READY);
    EXPECT_EQ(count(base::object_kind::capture), 0u);
    ASSERT_EQ(b.capture(), STATUS_SUCCESS);
    (void)violations();
    a.release();
    EXPECT_EQ(violations(), 1u);
    EXPECT_EQ(count(base::object_kind::capture), 1u);
    b.release();
    b.remove();
}

// REG-082: a copy is not the block.
TEST_F(wsk_registration_plain, a_copied_block_is_reported) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    application copy;
    copy.block = a.block;
    EXPECT_EQ(copy.capture(), STATUS_DEVICE_NOT_READY);
    EXPECT_EQ(violations(), 1u);
    copy.release();
    EXPECT_EQ(violations(), 1u);
    EXPECT_EQ(count(base::object_kind::capture), 1u);
    a.release();
    EXPECT_EQ(violations(), 0u);
    a.remove();
}

// REG-077, REG-081: captured here, released there; a release too many is reported where it is made,
// also on the thread that captured, and afterwards everything counts as before.
TEST_F(wsk_registration_plain, a_release_too_many_is_reported_on_every_thread) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(a.capture(), STATUS_SUCCESS);
        start([&] {
            be_plain();
            a.release();
        }).join();
        ASSERT_EQ(violations(), 0u);
        a.release();
        ASSERT_EQ(violations(), 1u);
        ASSERT_EQ(count(base::object_kind::capture), 0u);
    }
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    auto other = start([&] {
        be_plain();
        a.release();
    });
    a.release();
    other.join();
    EXPECT_EQ(violations(), 1u);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    blocked_call call(machine(), [&] { a.remove(); });
    EXPECT_TRUE(call.blocks());
    a.release();
    call.join();
}

// REG-054, REG-094, REG-100: WskDeregister ends while everybody recaptures, and nobody is inside
// when it has.
TEST_F(wsk_registration_plain, deregister_meets_captures_on_several_threads) {
    for (int i = 0; i < 50; ++i) {
        application a;
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        std::atomic<bool> gone{false};
        std::atomic<uint32_t> captured{0};
        std::vector<test::machine_thread> threads;
        for (int t = 0; t < 3; ++t) {
            threads.push_back(start([&] {
                WSK_PROVIDER_NPI npi = {};
                while (WskCaptureProviderNPI(&a.block, WSK_NO_WAIT, &npi) == STATUS_SUCCESS) {
                    ++captured;
                    EXPECT_FALSE(gone.load());
                    WskReleaseProviderNPI(&a.block);
                }
            }));
        }
        ASSERT_TRUE(test::eventually([&] { return captured.load() > 100; }));
        a.remove();
        gone = true;
        threads.clear();
        ASSERT_EQ(violations(), 0u);
    }
}

}  // namespace
