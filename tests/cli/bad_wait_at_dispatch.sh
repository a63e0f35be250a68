#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# A wait at DISPATCH_LEVEL is a bug check that names the call.
. "$(dirname "$0")/lib"

bad_driver waits << 'EOF'
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    KEVENT event;
    KIRQL irql;
    UNREFERENCED_PARAMETER(Driver);
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL); // WRONG
    KeLowerIrql(irql);
    return STATUS_SUCCESS;
}
EOF
build_for_variant waits
expect 3 "$OPENWSK" run waits.so
says 'VIOLATION wait-at-dispatch'
says "in waits!.*\(.*waits.c:$line\)"
