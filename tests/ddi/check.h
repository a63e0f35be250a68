// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Tests written as drivers. Each tests/ddi/<family>/<name>.c (or .cpp) is one driver and one test,
// ddi.<family>.<name>: it is built with the driver flags and run by the command. It includes the
// driver headers and this one and defines
//
//     static void run_checks(PDRIVER_OBJECT driver);
//
// which DriverEntry below calls at PASSIVE_LEVEL. The test passes if at least one CHECK ran, none
// failed and the command ends with exit code 0, so a leak fails it as well. A check may run on any
// thread and at any IRQL up to DISPATCH_LEVEL; what fails after DriverEntry has returned is
// answered at unload with bug check 0xE2 (MANUALLY_INITIATED_CRASH).
//
// A driver that wants its own DriverEntry defines CHECK_OWN_ENTRY first, and returns
// check_result() from it. Comment lines at the left margin tell how the test is run:
//
//     // run: --param Name=Value     more options for the command
//     // files: a new folder        the driver's volume C: is an empty folder
//     // exit: 3                     the exit code that is right, if it is not 0
//     // output: regular expression  a line that the command must print; may be repeated
//     // variants: plain asan        the variants that the test makes sense in, if not all

#pragma once

#include <ntddk.h>

static volatile LONG check_count;
static volatile LONG check_failures;

static inline BOOLEAN check_that(BOOLEAN holds, const char* text, const char* file, int line) {
    InterlockedIncrement(&check_count);
    if (!holds) {
        InterlockedIncrement(&check_failures);
        DbgPrint("%s:%d: CHECK(%s) failed\n", file, line, text);
    }
    return holds;
}

static inline BOOLEAN check_equal(ULONGLONG actual, ULONGLONG expected, const char* text,
                                  const char* file, int line) {
    InterlockedIncrement(&check_count);
    if (actual != expected) {
        InterlockedIncrement(&check_failures);
        DbgPrint("%s:%d: %s is 0x%I64x, not 0x%I64x\n", file, line, text, actual, expected);
    }
    return actual == expected;
}

/// The condition holds. Yields the condition, so that a test can stop where going on is useless.
#define CHECK(Condition) check_that((Condition) ? TRUE : FALSE, #Condition, __FILE__, __LINE__)

/// Two integers are equal; prints both if they are not.
#define CHECK_EQ(Actual, Expected) \
    check_equal((ULONGLONG)(Actual), (ULONGLONG)(Expected), #Actual, __FILE__, __LINE__)

/// An NTSTATUS is the expected one.
#define CHECK_STATUS(Actual, Expected) \
    check_equal((ULONG)(Actual), (ULONG)(Expected), #Actual, __FILE__, __LINE__)

/// Two pointers are equal.
#define CHECK_PTR(Actual, Expected) \
    check_equal((ULONG_PTR)(Actual), (ULONG_PTR)(Expected), #Actual, __FILE__, __LINE__)

/// The condition holds, or the function, which returns nothing, ends.
#define REQUIRE(Condition)       \
    do {                         \
        if (!CHECK(Condition)) { \
            return;              \
        }                        \
    } while (0)

/// What DriverEntry returns.
static inline NTSTATUS check_result(void) {
    if (check_count == 0) {
        DbgPrint("no CHECK ran\n");
    }
    return check_count > 0 && check_failures == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

static inline void check_unload(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    if (check_failures != 0) {
        KeBugCheckEx(0xE2, (ULONG_PTR)check_failures, 0, 0, 0);
    }
}

#ifndef CHECK_OWN_ENTRY

// Stays a function of its own, so that a report names it.
static DECLSPEC_NOINLINE void run_checks(PDRIVER_OBJECT driver);

#ifdef __cplusplus
extern "C" DRIVER_INITIALIZE DriverEntry;
#else
DRIVER_INITIALIZE DriverEntry;
#endif

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path) {
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = check_unload;
    run_checks(driver);
    return check_result();
}

#endif  // CHECK_OWN_ENTRY
