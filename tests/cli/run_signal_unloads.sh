#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# SIGINT and SIGTERM unload.
. "$(dirname "$0")/lib"

write_hello hello
for signal in INT TERM; do
    "$OPENWSK" run hello.c > output 2>&1 &
    pid=$!
    wait_for 'running; Ctrl-C unloads' output
    kill -s $signal $pid
    wait $pid
    code=$?
    [ $code -eq 0 ] || fail "exit code $code after SIG$signal"
    says 'bye from hello'
    says 'result: clean'
done
