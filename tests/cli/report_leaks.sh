#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Pool and IRPs that a driver does not free: by tag, with function and line of the creation; exit
# code 1, also in JSON.
. "$(dirname "$0")/lib"

bad_driver leaky << 'EOF'
static volatile PVOID kept;
NOINLINE static void Make(SIZE_T Bytes)
{
    kept = ExAllocatePoolWithTag(NonPagedPoolNx, Bytes, 'kaeL'); // WRONG
}
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    Make(100);
    Make(101);
    Make(102);
    kept = IoAllocateIrp(1, FALSE);
    kept = ExAllocatePoolZero(NonPagedPoolNx, 7, 'kaeI'); // INLINE
    return STATUS_SUCCESS;
}
EOF
build_for_variant leaky
expect 1 "$OPENWSK" run --for 0s --json report.json leaky.so
says "3 pool allocations, tag 'Leak', 303 bytes"
says "made by leaky!Make.*\(.*leaky.c:$line\)"
says "by leaky!(misbehave|DriverEntry)"
says '1 IRP'
# An inline function of the driver headers makes the call, but the place is the driver's.
inline=$(grep -n INLINE leaky.c | cut -d: -f1)
says "made by leaky!(misbehave|DriverEntry).*\(.*leaky.c:$inline\)"
says 'result: not clean \(exit code 1\)'
python3 - << 'EOF' || fail report.json
import json
report = json.load(open("report.json"))
assert report["result"] == "found" and report["exit_code"] == 1
pool, seven, irp = report["drivers"][0]["left_behind"]
assert pool["kind"] == "pool" and pool["tag"] == "Leak" and pool["count"] == 3
assert pool["bytes"] == 303 and pool["site"]["function"] == "Make"
assert irp["kind"] == "irp" and irp["count"] == 1
EOF
