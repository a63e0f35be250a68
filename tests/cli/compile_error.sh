#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# A source that does not compile: the compiler's own message, exit code 2.
. "$(dirname "$0")/lib"

printf '#include <ntddk.h>\nint x = ;\n' > broken.c
expect 2 "$OPENWSK" run broken.c
says 'broken.c:2:.*error'
says 'broken.c does not compile'
expect 2 "$OPENWSK" cc -o broken.so broken.c
says 'broken.c:2:.*error'
[ ! -e broken.so ] || fail "broken.so was written"
left=$(find . -name 'broken.so*')
[ -z "$left" ] || fail "left over: $left"
