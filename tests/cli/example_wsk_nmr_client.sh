#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Attaching to WSK through the NMR: at once, and when WSK comes later.
. "$(dirname "$0")/lib"

client() {
    expect 0 "$OPENWSK" run --no-prefix "$@" \
        "$OPENWSK_SOURCE_DIR/examples/wsk_nmr_client/wsk_nmr_client.cpp"
    says 'left behind: nothing'
}

client --for 0s
says '^WSK offers versions 1.0 to 1.1$'
says '^version 2.0 is refused; trying 1.0$'
says '^attached to WSK 1.0$'
says '^detaching from WSK$'

client --for 1s --wsk-ready-after 50ms
says '^attached to WSK 1.0$'

client --for 0s --wsk-ready-after 1h
silent_about 'attached'
