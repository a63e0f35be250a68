#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Static constructors run before DriverEntry, destructors after DriverUnload, and each load of a
# C++ driver has globals of its own.
. "$(dirname "$0")/lib"

cat > counter.cpp << 'EOF'
#include <ntddk.h>
namespace {
struct counter {
    int value;
    counter() : value(10) { DbgPrint("constructed\n"); }
    ~counter() { DbgPrint("destroyed at %d\n", value); }
};
counter global;
void unload(PDRIVER_OBJECT)
{
    ++global.value;
}
}
extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING)
{
    Driver->DriverUnload = unload;
    DbgPrint("entered at %d\n", ++global.value);
    return STATUS_SUCCESS;
}
EOF
sanitize=
case $OPENWSK_VARIANT in
    asan) sanitize="--sanitize address" ;;
    tsan) sanitize="--sanitize thread" ;;
esac
# shellcheck disable=SC2086
expect 0 "$OPENWSK" cc $sanitize -o counter.so counter.cpp
expect 0 "$OPENWSK" run --for 0s --no-prefix counter.so counter.so
grep -E '^(constructed|entered|destroyed)' output > order
cat > wanted << 'EOF'
constructed
entered at 11
constructed
entered at 11
destroyed at 12
destroyed at 12
EOF
diff order wanted || fail "the two loads share their globals, or the order is wrong"
