#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Wrong usage: exit code 2 and a hint; help and version: exit code 0.
. "$(dirname "$0")/lib"

expect 2 "$OPENWSK" rnu hello.c
says "'rnu' is not understood; did you mean run"
expect 2 "$OPENWSK" run --stuck-afetr 1s hello.c
says "'--stuck-afetr' is not understood; did you mean --stuck-after"
expect 2 "$OPENWSK" run
says 'DRIVER'
expect 2 "$OPENWSK" run --for soon hello.so
says "'soon' is no time"
expect 2 "$OPENWSK" run --completions never hello.so
expect 2 "$OPENWSK" cc -o x.so
expect 2 "$OPENWSK" cc -o x.so hello.txt
says 'hello.txt is no C or C\+\+ source'
touch hello.so
expect 2 "$OPENWSK" run --param Port hello.so
says 'write NAME=VALUE'
expect 0 "$OPENWSK" --help
says 'Exit codes: 0 clean'
expect 0 "$OPENWSK"
says 'explain'
expect 0 "$OPENWSK" run --help
says 'Examples:'
expect 0 "$OPENWSK" --version
says '^openwsk [0-9]+\.[0-9]+\.[0-9]+ \((plain|asan|tsan)\)$'
