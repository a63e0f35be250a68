#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Attaching to WSK through the NMR: at once, and when WSK comes later.
. "$(dirname "$0")/lib"

client() {
    "$1" "$2" "$OPENWSK" run --no-prefix "${@:3}" \
        "$OPENWSK_SOURCE_DIR/examples/wsk_nmr_client/wsk_nmr_client.cpp"
    says 'left behind: nothing'
}

client expect 0 --for 0s
says '^WSK offers versions 1.0 to 1.1$'
says '^version 2.0 is refused; trying 1.0$'
says '^attached to WSK 1.0$'
says '^detaching from WSK$'

client once '^attached to WSK 1.0$' --wsk-ready-after 50ms
says '^detaching from WSK$'

client expect 0 --for 0s --wsk-ready-after 1h
silent_about 'attached'
