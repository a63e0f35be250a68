// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A call of a pure virtual function (__cxa_pure_virtual) is a bug check that names who called it.
// exit: 3
// output: BUGCHECK 0x0000001E KMODE_EXCEPTION_NOT_HANDLED \(0xC0000002
// output: a pure virtual function was called
// output: in ddi_crt_pure_virtual!.*begin.*pure_virtual.cpp:15

#include "check.h"

struct base {
    base() { begin(); }
    void begin() {
        step();
        CHECK(FALSE);
    }
    virtual void step() = 0;
};

struct derived : base {
    void step() override {}
};

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    derived d;
    d.step();
}
