#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Drivers start in the order given and are unloaded in reverse.
. "$(dirname "$0")/lib"

for name in first second third; do
    write_hello $name
    expect 0 "$OPENWSK" cc -o $name.so $name.c
done
expect 0 "$OPENWSK" run --for 0s --no-prefix second.so first.so third.so
grep -oE '^(hello|bye) from [a-z]+' output | tr '\n' ',' > order
[ "$(cat order)" = "hello from second,hello from first,hello from third,bye from third,bye from \
first,bye from second," ] || fail "order: $(cat order)"
