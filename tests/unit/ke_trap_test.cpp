// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Faults of the processor become bug checks that name the driver's function and line. The test
// program declares itself a driver image; each fault happens in a process of its own.

#include "ke/trap.hpp"

#include <csignal>
#include <cstring>

#include <link.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/annotate.hpp"
#include "host/symbolize.hpp"
#include "ke/irql.hpp"
#include "tests/unit/io_machine.hpp"

namespace {

// Sanitizers report faults themselves.
constexpr bool caught = OPENWSK_ASAN == 0 && OPENWSK_TSAN == 0;
volatile int sink = 0;
const auto stops = testing::ExitedWithCode(3);

int find_self(dl_phdr_info* info, size_t, void* out) {
    auto& range = *static_cast<std::pair<uintptr_t, uintptr_t>*>(out);
    range.first = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& h = info->dlpi_phdr[i];
        if (h.p_type == PT_LOAD) {
            range.second = std::max<uintptr_t>(range.second, h.p_vaddr + h.p_memsz);
        }
    }
    return 1;  // the program comes first
}

void become_driver() {
    std::pair<uintptr_t, uintptr_t> range{0, 0};
    dl_iterate_phdr(find_self, &range);
    char path[512] = {};
    ASSERT_GT(readlink("/proc/self/exe", path, sizeof path - 1), 0);
    ASSERT_TRUE(
        host::add_image("victim.so", path, reinterpret_cast<void*>(range.first), range.second));
}

class ke_trap_death : public testing::Test {
protected:
    void SetUp() override {
        if (!caught) {
            GTEST_SKIP() << "a sanitizer reports faults";
        }
    }
    io_machine m;
};

__attribute__((noinline)) int reads_null(volatile int* p) {
    return *p;  // the line that the report names
}

__attribute__((noinline)) void writes_wild(volatile int* p) {
    *p = 1;
}

TEST_F(ke_trap_death, a_null_dereference_names_function_file_and_line) {
    EXPECT_EXIT(become_driver();
                reads_null(nullptr), stops,
                "BUGCHECK 0x0000007E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED \\(0xC0000005,0x[0-9A-F]+"
                "(.|\n)*reads from (0x0|\\(nil\\)), a NULL pointer(.|\n)*victim.so!(.*)reads_null"
                ".*ke_trap_test.cpp:[0-9]+");
}

TEST_F(ke_trap_death, at_dispatch_level_it_is_another_bug_check) {
    EXPECT_EXIT(become_driver(); ke::raise(ke::current(), ke::dispatch_level);
                reads_null(nullptr), stops,
                "BUGCHECK 0x000000D1 DRIVER_IRQL_NOT_LESS_OR_EQUAL \\(0x0,0x2,0x0,");
}

TEST_F(ke_trap_death, a_wild_write_is_a_page_fault) {
    EXPECT_EXIT(become_driver();
                writes_wild(reinterpret_cast<int*>(0x123456780000)), stops,
                "BUGCHECK 0x00000050 PAGE_FAULT_IN_NONPAGED_AREA \\(0x123456780000,0x1,"
                "(.|\n)*writes_wild");
}

TEST_F(ke_trap_death, an_address_that_does_not_exist) {
    EXPECT_EXIT(become_driver(); writes_wild(reinterpret_cast<int*>(0xdfdfdfdfdfdfdfdf)), stops,
                                 "BUGCHECK 0x0000007E(.|\n)*not canonical");
}

TEST_F(ke_trap_death, a_call_through_a_null_pointer_names_the_caller) {
    void (*volatile nowhere)() = nullptr;
    EXPECT_EXIT(become_driver(); nowhere(), stops, "jumps to(.|\n)*ke_trap_test.cpp:");
}

TEST_F(ke_trap_death, memcpy_with_a_bad_pointer_names_the_driver) {
    char buffer[4096];
    void* volatile bad = reinterpret_cast<void*>(0x10);
    EXPECT_EXIT(become_driver(); std::memcpy(buffer, bad, sizeof buffer);
                sink = buffer[9], stops,
                "BUGCHECK 0x0000007E(.|\n)*in victim.so!.*ke_trap_test.cpp:");
}

__attribute__((noinline)) int divides(const volatile int* a, const volatile int* b) {
    return *a / *b;
}

TEST_F(ke_trap_death, a_division_by_zero) {
    volatile int one = 1;
    volatile int zero = 0;
    EXPECT_EXIT(become_driver();
                sink = divides(&one, &zero), stops, "0xC0000094(.|\n)*divides by zero");
}

TEST_F(ke_trap_death, an_invalid_instruction) {
    EXPECT_EXIT(become_driver(); __builtin_trap(), stops, "0xC000001D(.|\n)*invalid instruction");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winfinite-recursion"
__attribute__((noinline)) int recurses(volatile char* p) {
    volatile char frame[512];
    frame[0] = *p;
    return recurses(frame) + frame[0];
}
#pragma GCC diagnostic pop

TEST_F(ke_trap_death, a_stack_overflow_on_a_thread_of_the_machine) {
    auto overflow = [&] {
        auto& k = m.machine().get<ke::kernel>();
        k.spawn(
            {},
            [](void*) {
                volatile char c = 0;
                recurses(&c);
            },
            nullptr);
        for (;;) {
            pause();
        }
    };
    EXPECT_EXIT(become_driver();
                overflow(), stops,
                "BUGCHECK 0x0000007F UNEXPECTED_KERNEL_MODE_TRAP \\(0x8,(.|\n)*recurses");
}

// On a thread of the program, with no frame of an image that belongs to the runtime: its entry
// is a page of code that stores to address zero.
void fault_elsewhere() {
    void* page =
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const unsigned char code[] = {0xc6, 0x04, 0x25, 0x00, 0x00, 0x00, 0x00, 0x00};
    std::memcpy(page, code, sizeof code);
    pthread_t thread{};
    pthread_create(&thread, nullptr, reinterpret_cast<void* (*)(void*)>(page), nullptr);
    pthread_join(thread, nullptr);
}

TEST_F(ke_trap_death, a_fault_of_somebody_else_keeps_its_effect) {
    EXPECT_EXIT(fault_elsewhere(), testing::KilledBySignal(SIGSEGV), "");
}

// Functions in a section of their own, the only part of the program that is a driver: what they
// call is the runtime.
#define OF_THE_DRIVER __attribute__((noinline, section("openwsk_victim")))

OF_THE_DRIVER int asks_for_a_division(volatile int* a, volatile int* b) {
    return divides(a, b) + 1;
}
OF_THE_DRIVER int passes(volatile int* p) {
    return reads_null(p) + 1;
}
OF_THE_DRIVER int asks_for_an_instruction(void (*f)()) {
    f();
    return 1;
}
OF_THE_DRIVER void asks_for_a_write(volatile int* p) {
    writes_wild(p);
    sink = 1;
}

__attribute__((noinline)) void traps() {
    __builtin_trap();
}

extern "C" const char __start_openwsk_victim[];
extern "C" const char __stop_openwsk_victim[];

void become_small_driver() {
    char path[512] = {};
    ASSERT_GT(readlink("/proc/self/exe", path, sizeof path - 1), 0);
    ASSERT_TRUE(
        host::add_image("small.so", path, __start_openwsk_victim,
                        static_cast<size_t>(__stop_openwsk_victim - __start_openwsk_victim)));
}

TEST_F(ke_trap_death, what_no_argument_can_cause_inside_a_call_is_an_internal_error) {
    volatile int one = 1;
    volatile int zero = 0;
    const auto internal = testing::ExitedWithCode(70);
    EXPECT_EXIT(become_small_driver();
                sink = asks_for_a_division(&one, &zero), internal,
                "internal error in openwsk: fault(.|\n)*divides.*while it was called by small.so");
    EXPECT_EXIT(become_small_driver();
                sink = asks_for_an_instruction(traps), internal,
                "internal error in openwsk: fault(.|\n)*while it was called by small.so");
    static const int constant = 7;
    EXPECT_EXIT(become_small_driver(); asks_for_a_write(const_cast<int*>(&constant)), internal,
                                       "internal error in openwsk: fault");
}

TEST_F(ke_trap_death, a_bad_pointer_inside_a_call_is_reported_with_both_explanations) {
    EXPECT_EXIT(become_small_driver();
                sink = passes(nullptr), stops,
                "BUGCHECK 0x0000007E(.|\n)*inside .*reads_null.*: it passed a bad pointer, or this "
                "is an error in openwsk");
    EXPECT_EXIT(become_small_driver(); sink = passes(reinterpret_cast<int*>(0x123456780000)), stops,
                                       "BUGCHECK 0x00000050(.|\n)*or this is an error in openwsk");
}

TEST_F(ke_trap_death, a_fault_without_a_driver_is_an_internal_error) {
    EXPECT_EXIT(reads_null(nullptr), testing::ExitedWithCode(70),
                "internal error in openwsk: fault");
}

}  // namespace
