// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Name resolution as a driver uses it: from a host name and a service to an address that it could
// connect to, and back. ADDR-001, ADDR-007, ADDR-009, ADDR-025, REG-069.

#include "wsk_calls.h"

static VOID run_checks(PDRIVER_OBJECT driver) {
    DECLARE_CONST_UNICODE_STRING(node, L"127.0.0.1");
    DECLARE_CONST_UNICODE_STRING(service, L"80");
    DECLARE_UNICODE_STRING_SIZE(host, NI_MAXHOST);
    DECLARE_UNICODE_STRING_SIZE(port, NI_MAXSERV);
    UNICODE_STRING no_name = RTL_CONSTANT_STRING(L"no.such.name.invalid");
    ADDRINFOEXW hints;
    PADDRINFOEXW list = (PADDRINFOEXW)1;
    SOCKADDR_IN wanted = wsk_loopback(80);

    UNREFERENCED_PARAMETER(driver);
    wsk_begin();
    RtlZeroMemory(&hints, sizeof hints);
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = IPPROTO_TCP;
    CALL_GIVES(wsk.Dispatch->WskGetAddressInfo(wsk.Client, (PUNICODE_STRING)&node,
                                               (PUNICODE_STRING)&service, NS_ALL, NULL, &hints,
                                               &list, NULL, NULL, wsk_ready()),
               STATUS_SUCCESS);
    CHECK_EQ(wsk_result.Information, 0);
    CHECK(list != NULL && list->ai_next == NULL);
    CHECK_EQ(list->ai_addrlen, sizeof wanted);
    CHECK(RtlCompareMemory(list->ai_addr, &wanted, sizeof wanted) == sizeof wanted);

    CALL_GIVES(wsk.Dispatch->WskGetNameInfo(wsk.Client, list->ai_addr, (ULONG)list->ai_addrlen,
                                            &host, &port, NI_NUMERICHOST | NI_NUMERICSERV, NULL,
                                            NULL, wsk_ready()),
               STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&host, &node, FALSE));
    CHECK(RtlEqualUnicodeString(&port, &service, FALSE));
    wsk.Dispatch->WskFreeAddressInfo(wsk.Client, list);

    // A name where only a number may be: no server is asked.
    hints.ai_flags = AI_NUMERICHOST;
    CALL_GIVES(wsk.Dispatch->WskGetAddressInfo(wsk.Client, &no_name, NULL, NS_ALL, NULL, &hints,
                                               &list, NULL, NULL, wsk_ready()),
               STATUS_NOT_FOUND);
    CHECK(list == NULL);
    wsk.Dispatch->WskFreeAddressInfo(wsk.Client, NULL);
    wsk_end();
}
