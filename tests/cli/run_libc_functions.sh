#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# libc's wide-character and formatted-print functions are refused: their wchar_t and long are not
# the driver's.
. "$(dirname "$0")/lib"

cat > wide.c << 'EOF'
#include <stdio.h>
#include <wchar.h>
int DriverEntry(wchar_t *a, char *b)
{
    return sprintf(b, "%d", 1) + (int)wcslen(a);
}
EOF
"${CC:-gcc}" -O0 -fno-builtin -fPIC -shared -o wide.so wide.c || exit 1
expect 4 "$OPENWSK" run wide.so
says 'imports functions of the C library'
says '^ +sprintf$'
says '^ +wcslen$'
