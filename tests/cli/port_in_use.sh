#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# A port that somebody else listens on: the driver gets STATUS_ADDRESS_ALREADY_EXISTS.
. "$(dirname "$0")/lib"

python3 - << 'EOF' &
import os, socket, time
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(("::", 0))
s.listen(1)
with open("port.new", "w") as f:
    f.write("%d\n" % s.getsockname()[1])
os.rename("port.new", "port")
s.settimeout(60)
try:
    s.accept()
except OSError:
    pass
EOF
holder=$!

timeout 20 sh -c 'until [ -e port ]; do sleep 0.02; done' || fail "no port"
once 'cannot listen on port [0-9]+: status 0xc000020a' "$OPENWSK" run --param Port="$(cat port)" \
    "$OPENWSK_SOURCE_DIR/examples/echo_server/echo_server.c"
kill $holder
says 'left behind: nothing'
