#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# A NULL pointer: a report with function and line, and what the driver printed before; exit code 3
# (with a sanitizer its own report and exit code 1).
. "$(dirname "$0")/lib"

bad_driver null << 'EOF'
static volatile ULONG_PTR nothing;
NOINLINE static int Read(volatile int *p)
{
    return *p; // WRONG
}
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    return Read((volatile int *)nothing);
}
EOF
build_for_variant null
if [ "$OPENWSK_VARIANT" = plain ]; then
    expect 3 "$OPENWSK" run --json report.json null.so
    says 'BUGCHECK 0x0000007E .*C0000005'
    says "in null!Read.*\(.*null.c:$line\)"
    python3 - "$line" << 'EOF' || fail report.json
import json, sys
report = json.load(open("report.json"))
assert report["result"] == "bug-check" and report["exit_code"] == 3
place = report["bug_check"]["stack"][0]
assert place["function"] == "Read" and place["line"] == int(sys.argv[1])
EOF
else
    expect 1 "$OPENWSK" run --json report.json null.so
    says "null.c:$line"
    python3 -c '
import json
report = json.load(open("report.json"))
assert report["result"] == "sanitizer" and report["exit_code"] == 1' || fail report.json
fi
says 'about to misbehave'
