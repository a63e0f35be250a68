#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Includes are found as Windows finds them: in any case, with backslashes, and WPP's trace headers.
. "$(dirname "$0")/lib"

mkdir -p Shared/Inner Shared/Deep/er source other/parts
echo '#define FROM_INNER 1' > Shared/Inner/inner.h
{
    printf '#include "INNER\\Inner.H"\n#include "deep\\ER\\nested.h"\n'
    echo '#define FROM_OUTER 2'
} > Shared/outer.h
echo '#define FROM_UP 3' > Up.h
# From a header in a folder of its own: two folders up, in another case and in its own.
printf '#include "..\\..\\BESIDE.h"\n#include "..\\..\\exact.h"\n' > Shared/Deep/er/Nested.h
echo '#define FROM_BESIDE 10' > Shared/beside.h
echo '#define FROM_EXACT 20' > Shared/exact.h
cat > source/mixed.c << 'EOF'
#include <NtDdk.h>
#include "..\up.h"
#include <Outer.h>
#include "mixed.tmh"
LONG Other(VOID);
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(RegistryPath);
    WPP_INIT_TRACING(Driver, RegistryPath);
    DoTraceMessage(TRACE_INIT, "sum %d", FROM_INNER + FROM_OUTER + FROM_UP + FROM_BESIDE +
                   FROM_EXACT + Other());
    return STATUS_SUCCESS;
}
EOF
# The same spelling in another folder means another file.
echo '#define FROM_UP 100' > other/UP.h
cat > other/parts/other.c << 'EOF'
#include <ntddk.h>
#include "..\up.h"
LONG Other(VOID) { return FROM_UP; }
EOF
for sources in "source/mixed.c other/parts/other.c" "other/parts/other.c source/mixed.c"; do
    expect 0 "$OPENWSK" run --for 0s $sources -I Shared
    says '\[TRACE_INIT\] sum 136'
done
left=$(find . -name '*.include')
[ -z "$left" ] || fail "left over: $left"
