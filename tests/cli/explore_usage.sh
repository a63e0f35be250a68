#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Wrong usage of explore; a driver that depends on more than the schedule; a driver that wants a
# network.
. "$(dirname "$0")/lib"

write_hello hello
build_for_variant hello
expect 2 "$OPENWSK" explore
expect 2 "$OPENWSK" explore nowhere.so
expect 2 "$OPENWSK" explore --strategy best hello.so
expect 2 "$OPENWSK" explore --schedules 0 hello.so
expect 2 "$OPENWSK" explore --depth 0 hello.so
expect 2 "$OPENWSK" explore --preemptions some hello.so
says "'some' is no number"
expect 2 "$OPENWSK" explore --steps 0 hello.so
expect 2 "$OPENWSK" explore --for soon hello.so
expect 2 "$OPENWSK" explore --replay 1.x hello.so
says '--replay or --dbgprint is not understood'
expect 2 "$OPENWSK" explore --schedule 5 hello.so
says 'did you mean --schedules'
expect 2 "$OPENWSK" explore --json nowhere/e.json hello.so
expect 0 "$OPENWSK" explore --json e.json hello.so
python3 -c '
import json
e = json.load(open("e.json"))
assert e["result"] == "clean" and e["exit_code"] == 0 and e["failure"] is None
assert e["strategy"] == "random" and e["schedules"] == 1000' || fail "e.json"

# Asks the processor for the time.
cat > clock.c << 'EOF'
#include <ntddk.h>
static KEVENT Event;
static VOID Unload(PDRIVER_OBJECT Driver) { UNREFERENCED_PARAMETER(Driver); }
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    ULONG i;
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    for (i = 0; i < 64; ++i) {
        if ((__builtin_ia32_rdtsc() >> 4) & 1) {
            KeSetEvent(&Event, IO_NO_INCREMENT, FALSE);
        } else {
            KeClearEvent(&Event);
            KeClearEvent(&Event);
        }
    }
    return STATUS_SUCCESS;
}
EOF
build_for_variant clock
expect 1 "$OPENWSK" explore clock.so
says '^not repeatable: the first schedule ran differently when it was run again'
says 'depends on something outside the schedule'
says 'event [0-9]+ of [0-9]+: thread 1 .*; the second time: '

sanitize=()
case $OPENWSK_VARIANT in
    asan) sanitize=(--sanitize address) ;;
    tsan) sanitize=(--sanitize thread) ;;
esac
echo_server=$OPENWSK_SOURCE_DIR/examples/echo_server/echo_server.c
expect 0 "$OPENWSK" explore --schedules 20 "${sanitize[@]}" "$echo_server"
says 'no simulated network: a driver asked for a socket'
