#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Pool that is freed twice, or with another tag, is a bug check that names who allocated and who
# freed.
. "$(dirname "$0")/lib"

bad_driver twice << 'EOF'
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    PVOID p = ExAllocatePoolWithTag(NonPagedPoolNx, 10, 'eciT');
    UNREFERENCED_PARAMETER(Driver);
    ExFreePoolWithTag(p, 'eciT');
    ExFreePoolWithTag(p, 'eciT'); // WRONG
    return STATUS_SUCCESS;
}
EOF
build_for_variant twice
expect 3 "$OPENWSK" run twice.so
if [ "$OPENWSK_VARIANT" = asan ]; then
    says 'VIOLATION pool-bad-address' # freed blocks are in quarantine, their headers too
else
    says 'VIOLATION pool-double-free'
    says "tag 'Tice'"
fi
says "in twice!.*\(.*twice.c:$line\)"
says 'BUGCHECK 0x000000C2 BAD_POOL_CALLER'

bad_driver tag << 'EOF'
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    PVOID p = ExAllocatePoolWithTag(NonPagedPoolNx, 10, 'thgR');
    UNREFERENCED_PARAMETER(Driver);
    ExFreePoolWithTag(p, 'gnrW'); // WRONG
    return STATUS_SUCCESS;
}
EOF
build_for_variant tag
expect 3 "$OPENWSK" run tag.so
says 'VIOLATION pool-wrong-tag'
says "in tag!.*\(.*tag.c:$line\)"
