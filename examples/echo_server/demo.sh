#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# demo.sh OPENWSK [OPTION]...: runs echo_server.c, drives traffic through it from another process
# over IPv4 and IPv6, unloads it with Ctrl-C's signal and shows the report. Exit code 0 if every
# byte came back and nothing was left behind. The options go to "openwsk run".

set -eu

openwsk=${1:?usage: demo.sh OPENWSK [OPTION]...}
shift
client=${ECHO_CLIENT:-$(dirname "$openwsk")/echo_client}
here=$(cd "$(dirname "$0")" && pwd)
log=$(mktemp)
server=
stop() {
    if [ -n "$server" ]; then
        kill -TERM "$server" 2> /dev/null || true
    fi
    rm -f "$log"
}
trap stop EXIT

echo "openwsk run --param Port=0 $* examples/echo_server/echo_server.c"
"$openwsk" run --param Port=0 "$@" "$here/echo_server.c" > >(tee "$log") 2>&1 &
server=$!

# The port that the system chose stands in what the driver prints.
port=
for _ in $(seq 600); do
    port=$(sed -n 's/.*listening on port \([0-9][0-9]*\).*/\1/p' "$log")
    if [ -n "$port" ] || ! kill -0 "$server" 2> /dev/null; then
        break
    fi
    sleep 0.1
done
if [ -z "$port" ]; then
    echo "the driver did not start to listen" >&2
    exit 1
fi

"$client" --connections 16 --bytes 4000000 127.0.0.1 "$port"
"$client" --connections 16 --bytes 1 127.0.0.1 "$port"
if grep -q '^0*1 ' /proc/net/if_inet6 2> /dev/null; then
    "$client" --connections 16 --bytes 4000000 ::1 "$port"
else
    echo "this machine has no IPv6 loopback: IPv4 only"
fi

kill -INT "$server"
code=0
wait "$server" || code=$?
server=
exit "$code"
