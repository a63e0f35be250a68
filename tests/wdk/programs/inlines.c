// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The WDK's inline functions: lists, IRP stack locations, MDLs, bounded strings, checked
// arithmetic, intrinsics.

#include "runtime.h"

#include <intrin.h>
#include <ntintsafe.h>
#include <ntstrsafe.h>
#include <ws2ipdef.h>

typedef struct {
    int Value;
    LIST_ENTRY Link;
} ITEM;

static void lists(void) {
    LIST_ENTRY head;
    ITEM items[3] = {{1, {NULL, NULL}}, {2, {NULL, NULL}}, {3, {NULL, NULL}}};
    SINGLE_LIST_ENTRY stack = {NULL};
    SINGLE_LIST_ENTRY entry;
    InitializeListHead(&head);
    CHECK(IsListEmpty(&head));
    InsertTailList(&head, &items[1].Link);
    InsertHeadList(&head, &items[0].Link);
    InsertTailList(&head, &items[2].Link);
    CHECK(CONTAINING_RECORD(RemoveHeadList(&head), ITEM, Link)->Value == 1);
    CHECK(CONTAINING_RECORD(RemoveTailList(&head), ITEM, Link)->Value == 3);
    CHECK(RemoveEntryList(&items[1].Link) && IsListEmpty(&head));
    PushEntryList(&stack, &entry);
    CHECK(PopEntryList(&stack) == &entry && PopEntryList(&stack) == NULL);
}

static NTSTATUS done(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context) {
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID cancelled(PDEVICE_OBJECT Device, PIRP Irp) {
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
}

static void irps(void) {
    struct {
        IRP Irp;
        IO_STACK_LOCATION Stack[2];
    } packet;
    PIRP irp = &packet.Irp;
    memset(&packet, 0, sizeof(packet));
    irp->StackCount = 2;
    irp->CurrentLocation = 3;
    irp->Tail.Overlay.CurrentStackLocation = &packet.Stack[2];
    CHECK(IoGetNextIrpStackLocation(irp) == &packet.Stack[1]);
    IoSetCompletionRoutine(irp, done, &packet, TRUE, FALSE, TRUE);
    CHECK(packet.Stack[1].CompletionRoutine == done && packet.Stack[1].Context == &packet);
    CHECK(packet.Stack[1].Control == (SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_CANCEL));
    IoSetNextIrpStackLocation(irp);
    CHECK(IoGetCurrentIrpStackLocation(irp) == &packet.Stack[1] && irp->CurrentLocation == 2);
    IoMarkIrpPending(irp);
    CHECK(packet.Stack[1].Control & SL_PENDING_RETURNED);
    packet.Stack[1].MajorFunction = IRP_MJ_DEVICE_CONTROL;
    packet.Stack[0].Control = 0xff;
    IoCopyCurrentIrpStackLocationToNext(irp);
    CHECK(packet.Stack[0].MajorFunction == IRP_MJ_DEVICE_CONTROL && packet.Stack[0].Control == 0);
    CHECK(packet.Stack[0].CompletionRoutine == NULL);
    IoSkipCurrentIrpStackLocation(irp);
    CHECK(IoGetNextIrpStackLocation(irp) == &packet.Stack[1] && irp->CurrentLocation == 3);
    CHECK(IoSetCancelRoutine(irp, cancelled) == NULL && IoSetCancelRoutine(irp, NULL) == cancelled);
}

static void mdls(void) {
    struct {
        MDL Mdl;
        PFN_NUMBER Pages[3];
    } m;
    PCHAR base = (PCHAR)0x10000ff0;
    MmInitializeMdl(&m.Mdl, base, 0x1020);
    CHECK(MmGetMdlByteCount(&m.Mdl) == 0x1020 && MmGetMdlByteOffset(&m.Mdl) == 0xff0);
    CHECK(MmGetMdlVirtualAddress(&m.Mdl) == base &&
          m.Mdl.Size == sizeof(MDL) + 3 * sizeof(PFN_NUMBER));
    CHECK(MmGetMdlPfnArray(&m.Mdl) == m.Pages && m.Mdl.MdlFlags == 0);
    CHECK(ADDRESS_AND_SIZE_TO_SPAN_PAGES(base, 0x10) == 1 &&
          ADDRESS_AND_SIZE_TO_SPAN_PAGES(base, 0x11) == 2);
    m.Mdl.MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL;
    m.Mdl.MappedSystemVa = base;
    CHECK(MmGetSystemAddressForMdlSafe(&m.Mdl, NormalPagePriority) == base);
    MmPrepareMdlForReuse(&m.Mdl);
}

static void strings(void) {
    char text[6];
    wchar_t wide[4];
    char* end = NULL;
    size_t length = 99;
    size_t left = 0;
    CHECK(RtlStringCchCopyA(text, sizeof(text), "hello") == STATUS_SUCCESS && text[5] == 0);
    CHECK(RtlStringCchCopyA(text, sizeof(text), "hello!") == STATUS_BUFFER_OVERFLOW);
    CHECK(strcmp(text, "hello") == 0);
    CHECK(RtlStringCchCopyA(text, 0, "x") == STATUS_INVALID_PARAMETER);
    CHECK(RtlStringCchCopyNA(text, sizeof(text), "hello", 2) == STATUS_SUCCESS && text[2] == 0);
    CHECK(RtlStringCchCatA(text, sizeof(text), "y") == STATUS_SUCCESS && strcmp(text, "hey") == 0);
    CHECK(RtlStringCchCatA(text, sizeof(text), "you") == STATUS_BUFFER_OVERFLOW);
    CHECK(strcmp(text, "heyyo") == 0);
    CHECK(RtlStringCchCopyExA(text, sizeof(text), "ab", &end, &left, 0) == STATUS_SUCCESS);
    CHECK(end == text + 2 && left == 4);
    CHECK(RtlStringCchCopyExA(text, 6, "long text", NULL, NULL, STRSAFE_NO_TRUNCATION) ==
          STATUS_BUFFER_OVERFLOW);
    CHECK(text[0] == 0);
    CHECK(RtlStringCchLengthA("four", 5, &length) == STATUS_SUCCESS && length == 4);
    CHECK(RtlStringCchLengthA("four", 4, &length) == STATUS_INVALID_PARAMETER && length == 0);
    CHECK(RtlStringCbCopyW(wide, sizeof(wide), L"abc") == STATUS_SUCCESS && wide[3] == 0);
    CHECK(RtlStringCbCopyW(wide, sizeof(wide), L"abcd") == STATUS_BUFFER_OVERFLOW &&
          wide[2] == L'c');
    CHECK(RtlStringCbLengthW(wide, sizeof(wide), &length) == STATUS_SUCCESS && length == 6);
    CHECK(strcpy_s(text, sizeof(text), "fits") == 0 && strcat_s(text, sizeof(text), "x") == 0);
    CHECK(strcat_s(text, sizeof(text), "y") == ERANGE && text[0] == 0);
    CHECK(strncpy_s(text, 3, "abcdef", _TRUNCATE) == STRUNCATE && strcmp(text, "ab") == 0);
    CHECK(memcpy_s(text, 2, "abc", 3) == ERANGE && text[0] == 0);
    CHECK(_stricmp("ABC", "abc") == 0 && strtok_s(text, " ", &end) == NULL);
}

static void attributes(void) {
    OBJECT_ATTRIBUTES Attributes;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Echo");
    memset(&Attributes, 0xff, sizeof(Attributes));
    InitializeObjectAttributes(&Attributes, &Name, OBJ_KERNEL_HANDLE, NULL, NULL);
    CHECK(Attributes.Length == sizeof(Attributes) && Attributes.Attributes == OBJ_KERNEL_HANDLE);
    CHECK(Attributes.ObjectName == &Name && Attributes.RootDirectory == NULL);
    CHECK(Attributes.SecurityDescriptor == NULL && Attributes.SecurityQualityOfService == NULL);
}

static void arithmetic(void) {
    ULONG sum = 0;
    USHORT small = 0;
    SIZE_T size = 0;
    CHECK(RtlULongAdd(1, 2, &sum) == STATUS_SUCCESS && sum == 3);
    CHECK(RtlULongAdd(MAXULONG, 1, &sum) == STATUS_INTEGER_OVERFLOW && sum == MAXULONG);
    CHECK(RtlULongSub(1, 2, &sum) == STATUS_INTEGER_OVERFLOW);
    CHECK(RtlULongMult(0x10000, 0x10000, &sum) == STATUS_INTEGER_OVERFLOW);
    CHECK(RtlULongToUShort(0x10000, &small) == STATUS_INTEGER_OVERFLOW);
    CHECK(RtlULongToUShort(0xffff, &small) == STATUS_SUCCESS && small == 0xffff);
    CHECK(RtlLongToULong(-1, &sum) == STATUS_INTEGER_OVERFLOW);
    CHECK(RtlSizeTMult(1ULL << 40, 1ULL << 40, &size) == STATUS_INTEGER_OVERFLOW);
    CHECK(RtlULongLongToSIZET(5, &size) == STATUS_SUCCESS && size == 5);
    CHECK(ALIGN_UP_BY(17, 16) == 32 && ROUND_TO_PAGES(1) == PAGE_SIZE && BYTES_TO_PAGES(4097) == 2);
}

static void addresses(void) {
    SOCKADDR_INET a;
    IN_ADDR v4;
    SCOPE_ID scope = SCOPEID_UNSPECIFIED_INIT;
    IN6ADDR_SETLOOPBACK(&a.Ipv6);
    CHECK(INETADDR_ISLOOPBACK((PSOCKADDR)&a) && !INETADDR_ISANY((PSOCKADDR)&a));
    CHECK(a.si_family == AF_INET6);
    IN4ADDR_SETLOOPBACK(&a.Ipv4);
    CHECK(INETADDR_ISLOOPBACK((PSOCKADDR)&a) &&
          a.Ipv4.sin_addr.s_addr == RtlUlongByteSwap(INADDR_LOOPBACK));
    INETADDR_SET_PORT((PSOCKADDR)&a, 0x1234);
    CHECK(INETADDR_PORT((PSOCKADDR)&a) == 0x1234);
    v4 = a.Ipv4.sin_addr;
    IN6ADDR_SETV4MAPPED(&a.Ipv6, &v4, scope, 7);
    CHECK(IN6ADDR_ISV4MAPPED(&a.Ipv6) && a.Ipv6.sin6_addr.s6_addr[12] == 127);
}

static void processor(void) {
    int plain[4];
    int exact[4];
    __cpuid(plain, 1);
    __cpuidex(exact, 1, 0);
    CHECK(plain[0] == exact[0] && (plain[3] & 1 << 26) != 0);  // SSE2
    if ((plain[2] & 1 << 27) != 0) {
        CHECK((_xgetbv(0) & 3) == 3);  // x87 and SSE state
    }
}

int main(void) {
    lists();
    irps();
    mdls();
    strings();
    attributes();
    arithmetic();
    addresses();
    processor();
    return 0;
}
