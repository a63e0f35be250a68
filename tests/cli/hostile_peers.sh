#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# Peers that reset, stall, half-close, flood, hang up at once or send byte by byte: the echo server
# serves the well-behaved among them without an error, and leaves nothing behind.
# OPENWSK_SOAK_SECONDS and OPENWSK_SOAK_CONNECTIONS make it longer and larger.
. "$(dirname "$0")/lib"

peers=$(dirname "$OPENWSK")/../../../bin/echo_abuse
sanitize=
case $OPENWSK_VARIANT in
    asan) sanitize="--sanitize address" ;;
    tsan) sanitize="--sanitize thread" ;;
esac
# shellcheck disable=SC2086
"$OPENWSK" run --param Port=0 $sanitize \
    "$OPENWSK_SOURCE_DIR/examples/echo_server/echo_server.c" > output 2>&1 &
server=$!
wait_for 'listening on port [0-9]+' output
port=$(sed -n 's/.*listening on port \([0-9]*\).*/\1/p' output)
"$peers" --connections "${OPENWSK_SOAK_CONNECTIONS:-100}" \
    --seconds "${OPENWSK_SOAK_SECONDS:-4}" 127.0.0.1 "$port" > peers 2>&1
code=$?
kill -s INT $server
wait $server
server_code=$?
cat peers >> output
[ $code -eq 0 ] || fail "a peer found something wrong"
[ $server_code -eq 0 ] || fail "exit code $server_code of the server"
says 'left behind: nothing'
says 'result: clean'
