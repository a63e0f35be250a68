// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// __try, __except, __finally and __leave behave as documented in crt/excpt.h; locals written in the
// body keep their values.

#include "runtime.h"

static int (*volatile again)(int Levels, NTSTATUS Status);

static int deep(int Levels, NTSTATUS Status) {
    volatile char room[64];
    room[Levels % 64] = (char)Levels;
    if (Levels == 0) {
        ExRaiseStatus(Status);
    }
    return again(Levels - 1, Status) + room[0];
}

static NTSTATUS catches(NTSTATUS Raised) {
    NTSTATUS status = STATUS_SUCCESS;
    int written = 1;
    int steps = 0;
    __try {
        written = 2;
        steps++;
        if (Raised != STATUS_SUCCESS) {
            written = 3;
            deep(10, Raised);
        }
        steps++;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        CHECK(written == 3 && steps == 1);
        status = GetExceptionCode();
    }
    CHECK(status == Raised && innermost == NULL);
    CHECK(steps == (Raised == STATUS_SUCCESS ? 2 : 1));
    return status;
}

static int filter_calls;
static int filter(PEXCEPTION_POINTERS Pointers) {
    filter_calls++;
    return Pointers->ExceptionRecord->ExceptionCode == STATUS_ACCESS_VIOLATION
               ? EXCEPTION_EXECUTE_HANDLER
               : EXCEPTION_CONTINUE_SEARCH;
}

static int searches(NTSTATUS Raised) {
    int where = 0;
    __try {
        __try {
            ExRaiseStatus(Raised);
        } __except (filter(GetExceptionInformation())) {
            where = 1;
        }
        where += 10;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        CHECK(GetExceptionCode() == Raised);
        where += 100;
    }
    CHECK(innermost == NULL);
    return where;
}

static int finally_runs(NTSTATUS Raised, int* Order) {
    int order = 0;
    __try {
        __try {
            order = order * 10 + 1;
            if (Raised != STATUS_SUCCESS) {
                ExRaiseStatus(Raised);
            }
            order = order * 10 + 2;
        } __finally {
            CHECK(AbnormalTermination() == (Raised != STATUS_SUCCESS));
            order = order * 10 + 3;
        }
        order = order * 10 + 4;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        order = order * 10 + 5;
    }
    *Order = order;
    return innermost == NULL;
}

static int leaves(int Early) {
    int at = 1;
    __try {
        for (;;) {
            at = 2;
            if (Early) {
                __leave;
            }
            break;
        }
        at = 3;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        at = 4;
    }
    CHECK(innermost == NULL);
    return at;
}

static int leaves_to_finally(void) {
    int at = 1;
    __try {
        at = 2;
        __leave;
    } __finally {
        CHECK(!AbnormalTermination());
        at = at * 10 + 1;
    }
    return at;
}

static int returns_from_body(void) {
    __try {
        return 7;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return 8;
    }
    return 9;
}

static int raises_in_handler(void) {
    int at = 0;
    __try {
        __try {
            ExRaiseStatus(STATUS_INVALID_HANDLE);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            at = 1;
            ExRaiseStatus(STATUS_NO_MEMORY);
        }
        at = 2;
    } __except (GetExceptionCode() == STATUS_NO_MEMORY) {
        at += 10;
    }
    return at;
}

static int in_a_loop(void) {
    int sum = 0;
    int i;
    for (i = 0; i < 1000; ++i) {
        __try {
            sum += i;
            if (i % 2 != 0) {
                ExRaiseStatus(STATUS_UNSUCCESSFUL);
            }
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            sum += 1;
        }
    }
    return sum;
}

int main(void) {
    int order;
    again = deep;
    catches(STATUS_SUCCESS);
    CHECK(catches(STATUS_ACCESS_VIOLATION) == STATUS_ACCESS_VIOLATION);
    CHECK(searches(STATUS_ACCESS_VIOLATION) == 11 && filter_calls == 1);
    CHECK(searches(STATUS_NO_MEMORY) == 100 && filter_calls == 2);
    CHECK(finally_runs(STATUS_SUCCESS, &order) && order == 1234);
    CHECK(finally_runs(STATUS_NO_MEMORY, &order) && order == 135);
    CHECK(leaves(0) == 3 && leaves(1) == 2);
    CHECK(leaves_to_finally() == 21);
    CHECK(returns_from_body() == 7 && innermost == NULL);
    CHECK(raises_in_handler() == 11 && innermost == NULL);
    CHECK(in_a_loop() == 499500 + 500);
    return 0;
}
