#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Files that are no drivers are refused with the reason, exit code 4; files that are not there are
# wrong usage.
. "$(dirname "$0")/lib"

cat > empty.c << 'EOF'
int nothing;
EOF
cat > mangled.cpp << 'EOF'
#include <ntddk.h>
NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING) { return STATUS_SUCCESS; }
namespace { auto keep = &DriverEntry; }
EOF
expect 4 "$OPENWSK" run empty.c
says 'empty.so does not export DriverEntry'
expect 4 "$OPENWSK" run /bin/sh
says '/bin/sh is a program, not a shared object'
echo text > text.so
expect 4 "$OPENWSK" run text.so
says 'text.so is not an ELF file'
head -c 5000 "$(command -v cat)" > short.so
expect 4 "$OPENWSK" run short.so
mkdir folder.so
expect 4 "$OPENWSK" run folder.so
says 'folder.so is not a file'
expect 2 "$OPENWSK" run nowhere.so
says 'nowhere.so: No such file or directory'
