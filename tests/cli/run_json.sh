#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# --json writes the report for programs.
. "$(dirname "$0")/lib"

write_hello hello
expect 0 "$OPENWSK" run --for 0s --json report.json hello.c
python3 - << 'EOF' || fail "report.json"
import json
report = json.load(open("report.json"))
assert report["schema"] == 1
assert report["result"] == "clean" and report["exit_code"] == 0
driver, = report["drivers"]
assert driver["name"] == "hello" and driver["state"] == "unloaded"
assert driver["entry_status"] == {"value": "0x00000000", "name": "STATUS_SUCCESS"}
assert driver["left_behind"] == [] and report["violations"] == []
EOF
expect 2 "$OPENWSK" run --for 0s --json nowhere/report.json hello.c
says 'nowhere/report.json: No such file or directory'
echo text > no.so
expect 4 "$OPENWSK" run --json failed.json no.so
python3 -c '
import json
report = json.load(open("failed.json"))
assert report["result"] == "not-started" and report["exit_code"] == 4
assert "is not an ELF file" in report["not_loaded"][0]["text"]' || fail "failed.json"
