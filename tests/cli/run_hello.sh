#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# A driver in one C source is compiled, loaded, unloaded and found clean.
. "$(dirname "$0")/lib"

write_hello hello
expect 0 "$OPENWSK" run --for 0s hello.c
says 'hello from hello at \\Registry\\Machine\\System\\CurrentControlSet\\Services\\hello$'
says 'bye from hello$'
says 'driver hello: DriverEntry returned STATUS_SUCCESS \(0x00000000\), unloaded'
says 'left behind: nothing'
says 'result: clean \(exit code 0\)'
