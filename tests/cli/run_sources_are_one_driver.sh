#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# All C and C++ sources together are one driver.
. "$(dirname "$0")/lib"

cat > entry.c << 'EOF'
#include <ntddk.h>
int answer(int question);
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(RegistryPath);
    DbgPrint("the answer is %d\n", answer(VALUE));
    return STATUS_SUCCESS;
}
EOF
mkdir parts
echo '#define TWO 2' > parts/two.h
cat > helper.cpp << 'EOF'
#include <ntddk.h>
#include "two.h"
template <class T> static T twice(T x) { return TWO * x; }
extern "C" int answer(int question) { return twice(question); }
EOF
expect 0 "$OPENWSK" run --for 0s entry.c helper.cpp -I parts -D VALUE=21
says 'the answer is 42'
says 'driver entry:'
silent_about 'driver helper'
