#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# The registration example: fallback to a supported version, a subsystem that comes late, and a wait
# that unload cancels.
. "$(dirname "$0")/lib"

app() {
    expect 0 "$OPENWSK" run --no-prefix "$@" \
        "$OPENWSK_SOURCE_DIR/examples/wsk_registration/wsk_registration.c"
    says 'left behind: nothing'
    says '^deregistered$'
}

app --for 0s
says '^not waiting: WSK does not support this version$'
says '^WSK supports versions 1.0 to 1.1$'
says '^waiting with the new version: captured$'
says '^the provider speaks version 1.0$'

app --for 0s --param Version=257
says '^not waiting: captured$'
says '^the provider speaks version 1.1$'

app --for 1s --wsk-ready-after 100ms --param Version=256
says '^not waiting: WSK is not ready$'
says '^waiting 20 ms: WSK is not ready$'
says '^waiting as long as it takes: captured$'

app --for 0s --wsk-ready-after 1h --param Version=256
says '^waiting as long as it takes: WSK is not ready$'
