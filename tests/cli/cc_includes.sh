#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Includes are found as Windows finds them: in any case, with backslashes, and WPP's trace headers.
. "$(dirname "$0")/lib"

mkdir -p Shared/Inner source
echo '#define FROM_INNER 1' > Shared/Inner/inner.h
printf '#include "INNER\\Inner.H"\n#define FROM_OUTER 2\n' > Shared/outer.h
echo '#define FROM_UP 3' > Up.h
cat > source/mixed.c << 'EOF'
#include <NtDdk.h>
#include "..\up.h"
#include <Outer.h>
#include "mixed.tmh"
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(RegistryPath);
    WPP_INIT_TRACING(Driver, RegistryPath);
    DoTraceMessage(TRACE_INIT, "sum %d", FROM_INNER + FROM_OUTER + FROM_UP);
    return STATUS_SUCCESS;
}
EOF
expect 0 "$OPENWSK" run --for 0s source/mixed.c -I Shared
says '\[TRACE_INIT\] sum 6'
left=$(find . -name '*.include')
[ -z "$left" ] || fail "left over: $left"
