#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# A stack that is overrun is a bug check that says so.
. "$(dirname "$0")/lib"
[ "$OPENWSK_VARIANT" = plain ] || exit 77 # sanitizers report it themselves

bad_driver deep << 'EOF'
NOINLINE static int Deeper(volatile int *p)
{
    volatile int room[256];
    room[0] = *p + 1;
    return Deeper(room) + room[0]; // WRONG
}
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    int start = 0;
    UNREFERENCED_PARAMETER(Driver);
    return Deeper(&start);
}
EOF
build_for_variant deep
expect 3 "$OPENWSK" run deep.so
says 'BUGCHECK'
says 'stack'
says 'deep!Deeper.*\(.*deep.c:'
