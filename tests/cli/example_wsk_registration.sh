#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# The registration example: fallback to a supported version, a subsystem that comes late, and a wait
# that unload cancels.
. "$(dirname "$0")/lib"

# app once PATTERN option... or app expect 0 option...: runs the example and unloads it then.
app() {
    "$1" "$2" "$OPENWSK" run --no-prefix "${@:3}" \
        "$OPENWSK_SOURCE_DIR/examples/wsk_registration/wsk_registration.c"
    says 'left behind: nothing'
    says '^deregistered$'
}

app expect 0 --for 0s
says '^not waiting: WSK does not support this version$'
says '^WSK supports versions 1.0 to 1.1$'
says '^waiting with the new version: captured$'
says '^the provider speaks version 1.0$'

app expect 0 --for 0s --param Version=257
says '^not waiting: captured$'
says '^the provider speaks version 1.1$'

# Late: whichever of the three tries is under way then gets it.
app once '^(not waiting|waiting .*): captured$' --wsk-ready-after 100ms --param Version=256
says '^the provider speaks version 1.0$'

# Never: the limited wait ends by itself, the other one with the unload.
app once '^waiting 20 ms: WSK is not ready$' --wsk-ready-after 1h --param Version=256
says '^not waiting: WSK is not ready$'
says '^waiting as long as it takes: WSK is not ready$'
silent_about 'captured'
