#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# openwsk explain knows statuses, bug checks and rules.
. "$(dirname "$0")/lib"

expect 0 "$OPENWSK" explain STATUS_PENDING
says 'STATUS_PENDING \(0x00000103\): status, success'
expect 0 "$OPENWSK" explain 0xC000020D
says 'STATUS_CONNECTION_RESET'
expect 0 "$OPENWSK" explain 0xC4
says 'DRIVER_VERIFIER_DETECTED_VIOLATION'
says 'rule irql-too-high'
expect 0 "$OPENWSK" explain irql-too-high
says 'fix:'
expect 2 "$OPENWSK" explain no-such-thing
says 'no status, bug check or rule'
