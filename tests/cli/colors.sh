#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Colours: only on request or on a terminal; NO_COLOR and --color decide.
. "$(dirname "$0")/lib"

escape=$(printf '\033')
write_hello hello
expect 0 "$OPENWSK" cc -o hello.so hello.c
unset NO_COLOR
expect 0 "$OPENWSK" run --for 0s hello.so
silent_about "$escape"
expect 0 "$OPENWSK" --color always run --for 0s hello.so
says "$escape"
expect 0 env CLICOLOR_FORCE=1 "$OPENWSK" run --for 0s hello.so
says "$escape"
expect 0 env CLICOLOR_FORCE=1 NO_COLOR=1 "$OPENWSK" run --for 0s hello.so
silent_about "$escape"
expect 0 env NO_COLOR=1 "$OPENWSK" --color always run --for 0s hello.so
says "$escape"
