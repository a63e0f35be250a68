#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# What a driver left behind is reported as well if its DriverEntry failed.
. "$(dirname "$0")/lib"

bad_driver half << 'EOF'
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    volatile PVOID kept = ExAllocatePoolWithTag(NonPagedPoolNx, 64, 'flaH'); // WRONG
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(kept);
    return STATUS_INSUFFICIENT_RESOURCES;
}
EOF
build_for_variant half
expect 4 "$OPENWSK" run half.so
says 'DriverEntry returned STATUS_INSUFFICIENT_RESOURCES'
says "1 pool allocation, tag 'Half', 64 bytes"
says "half.c:$line"
