#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# What a schedule may fail with, and that exploring survives and tells it: a deadlock, threads that
# spin, a bug check, something left behind, a failed DriverEntry.
. "$(dirname "$0")/lib"

# write_driver NAME: NAME.c has a system thread that runs work() from standard input; DriverUnload
# runs before(), then waits for the thread.
write_driver() {
    cat > "$1.c" << 'EOF'
#include <ntddk.h>
static KEVENT First, Second;
static volatile LONG Flag;
static PKTHREAD Thread;
static VOID work(VOID);
static VOID before(VOID);
static VOID Worker(PVOID Context) { UNREFERENCED_PARAMETER(Context); work(); }
static VOID Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    before();
    KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Thread);
}
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    HANDLE handle;
    NTSTATUS status;
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    KeInitializeEvent(&First, SynchronizationEvent, TRUE);
    KeInitializeEvent(&Second, SynchronizationEvent, TRUE);
    status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, NULL);
    if (NT_SUCCESS(status)) {
        ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                  (PVOID*)&Thread, NULL);
        ZwClose(handle);
    }
    return status;
}
EOF
    cat >> "$1.c"
    build_for_variant "$1"
}

# Two locks in two orders.
write_driver order << 'EOF'
static VOID take(KEVENT *e) { KeWaitForSingleObject(e, Executive, KernelMode, FALSE, NULL); }
static VOID give(KEVENT *e) { KeSetEvent(e, IO_NO_INCREMENT, FALSE); }
static VOID both(KEVENT *a, KEVENT *b) { take(a); take(b); give(b); give(a); }
static VOID work(VOID) { both(&First, &Second); }
static VOID before(VOID) { both(&Second, &First); }
EOF
for strategy in random pct dfs; do
    expect 1 "$OPENWSK" explore --strategy $strategy --schedules 5000 order.so
    says '^FAILED schedule [0-9]+ \(seed [0-9]+\): deadlock'
    shrunk 1
    says '^threads at the end:'
    says 'thread 1 \(DriverEntry, DriverUnload\) waits, in KeWaitForSingleObject, at order!'
    says 'thread 2 \(order!Worker\) waits, in KeWaitForSingleObject, at order!'
done

# Waits for a flag that nobody sets; each turn of the loop is a schedule point.
write_driver spin << 'EOF'
static VOID work(VOID)
{
    while (InterlockedCompareExchange(&Flag, 0, 1) == 0) {
        YieldProcessor();
    }
}
static VOID before(VOID) {}
EOF
expect 1 "$OPENWSK" explore --steps 5000 spin.so
says '^FAILED schedule 1 \(seed 1\): no end after 5000 steps'
says 'thread 2 \(spin!Worker\) (runs|could go on), in an interlocked operation or pause, at'

# A bug check in some schedules only.
write_driver stops << 'EOF'
static VOID work(VOID)
{
    if (InterlockedIncrement(&Flag) == 2) {
        KeBugCheckEx(0xE2, 1, 2, 3, 4);
    }
}
static VOID before(VOID) { InterlockedIncrement(&Flag); }
EOF
expect 3 "$OPENWSK" explore stops.so
says '^FAILED schedule [0-9]+ \(seed [0-9]+\): bug check 0x000000E2'
says '^\*\*\* BUGCHECK 0x000000E2'
says '^result: not clean \(exit code 3\)'

# Something left behind in some schedules only.
write_driver leaks << 'EOF'
static VOID work(VOID)
{
    if (InterlockedIncrement(&Flag) == 2) {
        ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, 'kaeL');
    }
}
static VOID before(VOID) { InterlockedIncrement(&Flag); }
EOF
expect 1 "$OPENWSK" explore --json leaks.json leaks.so
says '^FAILED schedule [0-9]+ \(seed [0-9]+\): leaks left behind: pool, by leaks!'
says "1 pool allocation, tag 'Leak'"
python3 - << 'EOF' || fail "leaks.json"
import json
report = json.load(open("leaks.json"))
assert report["schema"] == 1 and report["result"] == "failed" and report["exit_code"] == 1
failure = report["failure"]
assert failure["text"].startswith("leaks left behind: pool")
assert failure["trail"] is not None and "Worker" in failure["story"]
assert failure["preemptions"] <= failure["preemptions_found"]
EOF

# DriverEntry fails; the file is no driver.
cat > entry.c << 'EOF'
#include <ntddk.h>
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_NOT_SUPPORTED;
}
EOF
build_for_variant entry
expect 4 "$OPENWSK" explore entry.so
says 'DriverEntry of entry returned .*STATUS_NOT_SUPPORTED'
echo text > no.so
expect 4 "$OPENWSK" explore no.so
says 'is not an ELF file'
