#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# --files gives drivers a volume; they read and write below it and reach nothing outside of it.
. "$(dirname "$0")/lib"

cat > reader.c << 'EOF'
#include <ntddk.h>
static VOID Unload(PDRIVER_OBJECT Driver) { UNREFERENCED_PARAMETER(Driver); }
static VOID Show(const WCHAR *Name)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK result;
    HANDLE file;
    char text[16] = {0};
    NTSTATUS s;
    RtlInitUnicodeString(&name, Name);
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, NULL, NULL);
    s = ZwOpenFile(&file, GENERIC_READ | SYNCHRONIZE, &attributes, &result, FILE_SHARE_READ,
                   FILE_SYNCHRONOUS_IO_NONALERT);
    if (NT_SUCCESS(s)) {
        s = ZwReadFile(file, NULL, NULL, NULL, &result, text, 15, NULL, NULL);
        ZwClose(file);
    }
    DbgPrint("%ws: 0x%08X '%s'\n", Name, s, text);
}
static VOID Log(void)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\SystemRoot\\Temp\\log");
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK result;
    HANDLE file;
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, NULL, NULL);
    if (NT_SUCCESS(ZwCreateFile(&file, FILE_APPEND_DATA | SYNCHRONIZE, &attributes, &result, NULL,
                                FILE_ATTRIBUTE_NORMAL, 0, FILE_OPEN_IF,
                                FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0))) {
        ZwWriteFile(file, NULL, NULL, NULL, &result, "logged\n", 7, NULL, NULL);
        ZwClose(file);
    }
}
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    Show(L"\\??\\C:\\inside");
    Show(L"\\??\\C:\\link");
    Show(L"\\??\\C:\\folder\\secret");
    Show(L"\\??\\C:\\pipe");
    Log();
    return STATUS_SUCCESS;
}
EOF
mkdir -p disk/windows/temp
printf yes > disk/inside
printf no > secret
ln -s ../secret disk/link
ln -s .. disk/folder
mkfifo disk/pipe
build_for_variant reader

expect 0 "$OPENWSK" run --for 0s --files disk reader.so
expect 0 "$OPENWSK" run --for 0s --files disk reader.so
says "inside: 0x00000000 'yes'"
says "link: 0xC0000280 ''"
says "secret: 0xC000003A ''"
says "pipe: 0xC0000022 ''"
[ "$(cat disk/windows/temp/log)" = "$(printf 'logged\nlogged\n')" ] || fail "the log is wrong"

expect 0 "$OPENWSK" run --for 0s reader.so
says "inside: 0xC000003A"

expect 2 "$OPENWSK" run --for 0s --files nowhere reader.so
