#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# The demo that "make run" shows: an echo driver serves another process over IPv4 and IPv6, every
# byte comes back, the driver unloads, nothing is left behind.
. "$(dirname "$0")/lib"

sanitize=
case $OPENWSK_VARIANT in
    asan) sanitize="--sanitize address" ;;
    tsan) sanitize="--sanitize thread" ;;
esac
ECHO_CLIENT=$(dirname "$OPENWSK")/../../../bin/echo_client
export ECHO_CLIENT
# shellcheck disable=SC2086
expect 0 "$OPENWSK_SOURCE_DIR/examples/echo_server/demo.sh" "$OPENWSK" $sanitize
says '^127.0.0.1 port [0-9]+: 16 connections, 64000000 bytes sent and back'
says '^127.0.0.1 port [0-9]+: 16 connections, 16 bytes sent and back'
says 'listening \[?::?\]?.*accepted (32|48)'
says 'left behind: nothing'
says 'result: clean'
