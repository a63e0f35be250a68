// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Objects and handles: counts of both kinds, death of the last reference, stale and foreign
// handles, handles of threads and events.

#include "ob/object.hpp"

#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ke/objects.hpp"
#include "tests/unit/ke_machine.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/zw.h"

namespace {

struct body {
    int destroyed = 0;
    KEVENT event;
};

void destroy(void* b) noexcept {
    ++static_cast<body*>(b)->destroyed;
}

class ob_object : public testing::Test {
protected:
    ob_object() {
        objects = &m.add<ob::object_manager>();
        self = &m.attach();
    }
    ke_machine m;
    ob::object_manager* objects = nullptr;
    ke::thread* self = nullptr;
};

TEST_F(ob_object, dies_with_its_last_reference_of_either_kind) {
    body b;
    ASSERT_TRUE(objects->insert(&b, ob::file_type, destroy));
    EXPECT_EQ(objects->reference(&b, ob::holder::driver, nullptr), &ob::file_type);
    objects->dereference(&b, ob::holder::runtime, nullptr);
    EXPECT_EQ(b.destroyed, 0);
    objects->dereference(&b, ob::holder::driver, nullptr);
    EXPECT_EQ(b.destroyed, 1);
    EXPECT_EQ(objects->reference(&b, ob::holder::driver, nullptr), nullptr);
}

TEST_F(ob_object, handle_keeps_it_alive_until_it_is_closed) {
    body b;
    HANDLE h = nullptr;
    ASSERT_TRUE(objects->insert(&b, ob::file_type, destroy));
    ASSERT_EQ(objects->open(&b, 7, OBJ_KERNEL_HANDLE, nullptr, &h), STATUS_SUCCESS);
    objects->dereference(&b, ob::holder::runtime, nullptr);
    EXPECT_EQ(b.destroyed, 0);
    void* found = nullptr;
    OBJECT_HANDLE_INFORMATION info{};
    EXPECT_EQ(
        objects->reference_by_handle(h, &ob::file_type, ob::holder::driver, nullptr, &found, &info),
        STATUS_SUCCESS);
    EXPECT_EQ(found, &b);
    EXPECT_EQ(info.GrantedAccess, 7u);
    EXPECT_EQ(info.HandleAttributes, OBJ_KERNEL_HANDLE);
    EXPECT_EQ(objects->close(h, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(b.destroyed, 0);
    objects->dereference(&b, ob::holder::driver, nullptr);
    EXPECT_EQ(b.destroyed, 1);
}

TEST_F(ob_object, handle_of_the_wrong_type_or_a_closed_one_is_refused) {
    body b;
    HANDLE h = nullptr;
    ASSERT_TRUE(objects->insert(&b, ob::file_type, destroy));
    ASSERT_EQ(objects->open(&b, 0, 0, nullptr, &h), STATUS_SUCCESS);
    objects->dereference(&b, ob::holder::runtime, nullptr);
    void* found = nullptr;
    EXPECT_EQ(objects->reference_by_handle(h, &ob::thread_type, ob::holder::driver, nullptr, &found,
                                           nullptr),
              STATUS_OBJECT_TYPE_MISMATCH);
    EXPECT_EQ(objects->close(h, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(b.destroyed, 1);
    const uint64_t before = verify::violation_count();
    EXPECT_EQ(objects->close(h, nullptr), STATUS_INVALID_HANDLE);
    EXPECT_EQ(verify::violation_count(), before + 1);
    for (HANDLE bad : {HANDLE{}, reinterpret_cast<HANDLE>(4), static_cast<HANDLE>(&b)}) {
        EXPECT_EQ(objects->reference_by_handle(bad, nullptr, ob::holder::driver, nullptr, &found,
                                               nullptr),
                  STATUS_INVALID_HANDLE);
    }
}

TEST_F(ob_object, thread_is_one) {
    base::ref_ptr<ke::thread> t = m.kernel().spawn(
        {}, [](void*) {}, nullptr);
    HANDLE h = nullptr;
    ASSERT_EQ(objects->open(t->object(), THREAD_ALL_ACCESS, 0, nullptr, &h), STATUS_SUCCESS);
    void* found = nullptr;
    ASSERT_EQ(objects->reference_by_handle(h, &ob::thread_type, ob::holder::driver, nullptr, &found,
                                           nullptr),
              STATUS_SUCCESS);
    EXPECT_EQ(found, t->object());
    EXPECT_EQ(t->driver_references.load(), 1u);
    PKTHREAD object = t->object();
    t.reset();
    EXPECT_EQ(ke::wait_one(*self, *objects->header_of(found), {}), STATUS_SUCCESS);
    EXPECT_EQ(objects->close(h, nullptr), STATUS_SUCCESS);
    m.kernel().reap();
    EXPECT_TRUE(m.kernel().reference(object));
    objects->dereference(found, ob::holder::driver, nullptr);
    EXPECT_FALSE(m.kernel().reference(object));
}

TEST_F(ob_object, pseudo_handles_name_the_caller) {
    void* found = nullptr;
    EXPECT_EQ(objects->reference_by_handle(NtCurrentThread(), &ob::thread_type, ob::holder::runtime,
                                           nullptr, &found, nullptr),
              STATUS_SUCCESS);
    EXPECT_EQ(found, self->object());
    objects->dereference(found, ob::holder::runtime, nullptr);
    EXPECT_EQ(objects->reference_by_handle(NtCurrentProcess(), &ob::process_type,
                                           ob::holder::driver, nullptr, &found, nullptr),
              STATUS_SUCCESS);
    EXPECT_EQ(found, ob::system_process());
    objects->dereference(found, ob::holder::driver, nullptr);
}

// Opening, using and closing handles from several threads ends with the object gone, once.
TEST_F(ob_object, survives_concurrent_handles) {
    body b;
    ASSERT_TRUE(objects->insert(&b, ob::file_type, destroy));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            m.attach();
            for (int n = 0; n < 500; ++n) {
                HANDLE h = nullptr;
                void* found = nullptr;
                EXPECT_EQ(objects->open(&b, 0, 0, nullptr, &h), STATUS_SUCCESS);
                EXPECT_EQ(objects->reference_by_handle(h, nullptr, ob::holder::driver, nullptr,
                                                       &found, nullptr),
                          STATUS_SUCCESS);
                EXPECT_EQ(objects->close(h, nullptr), STATUS_SUCCESS);
                objects->dereference(found, ob::holder::driver, nullptr);
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    EXPECT_EQ(b.destroyed, 0);
    objects->dereference(&b, ob::holder::runtime, nullptr);
    EXPECT_EQ(b.destroyed, 1);
}

void over_dereference() {
    ke_machine m;
    ob::object_manager& o = m.add<ob::object_manager>();
    m.attach();
    body b;
    o.insert(&b, ob::file_type, destroy);
    o.dereference(&b, ob::holder::driver, nullptr);
}

TEST(ob_object_death, driver_cannot_take_the_references_of_the_runtime) {
    EXPECT_EXIT(over_dereference(), testing::ExitedWithCode(3), "object-over-dereferenced");
}

}  // namespace
