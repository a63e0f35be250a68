// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// ws2ipdef.h: IPv4 and IPv6 addresses (abi/ws2def.h) and the inline functions that test and make
// them.
#pragma once

#include "ws2def.h"

static const IN6_ADDR in6addr_any __attribute__((unused)) = IN6ADDR_ANY_INIT;
static const IN6_ADDR in6addr_loopback __attribute__((unused)) = IN6ADDR_LOOPBACK_INIT;

FORCEINLINE BOOLEAN IN6_ADDR_EQUAL(const IN6_ADDR *A, const IN6_ADDR *B)
{
    return __builtin_memcmp(A, B, sizeof(IN6_ADDR)) == 0;
}

FORCEINLINE BOOLEAN IN4_ADDR_EQUAL(const IN_ADDR *A, const IN_ADDR *B)
{
    return A->S_un.S_addr == B->S_un.S_addr;
}

FORCEINLINE BOOLEAN IN4_IS_ADDR_UNSPECIFIED(const IN_ADDR *A)
{
    return A->S_un.S_addr == INADDR_ANY;
}

FORCEINLINE BOOLEAN IN4_IS_ADDR_LOOPBACK(const IN_ADDR *A)
{
    return A->S_un.S_un_b.s_b1 == 127;
}

FORCEINLINE BOOLEAN IN4_IS_ADDR_BROADCAST(const IN_ADDR *A)
{
    return A->S_un.S_addr == INADDR_BROADCAST;
}

FORCEINLINE BOOLEAN IN4_IS_ADDR_MULTICAST(const IN_ADDR *A)
{
    return (A->S_un.S_un_b.s_b1 & 0xf0) == 0xe0;
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_UNSPECIFIED(const IN6_ADDR *A)
{
    return IN6_ADDR_EQUAL(A, &in6addr_any);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_LOOPBACK(const IN6_ADDR *A)
{
    return IN6_ADDR_EQUAL(A, &in6addr_loopback);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_MULTICAST(const IN6_ADDR *A)
{
    return A->u.Byte[0] == 0xff;
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_LINKLOCAL(const IN6_ADDR *A)
{
    return A->u.Byte[0] == 0xfe && (A->u.Byte[1] & 0xc0) == 0x80;
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_V4MAPPED(const IN6_ADDR *A)
{
    return A->u.Word[0] == 0 && A->u.Word[1] == 0 && A->u.Word[2] == 0 && A->u.Word[3] == 0 &&
           A->u.Word[4] == 0 && A->u.Word[5] == 0xffff;
}

FORCEINLINE const UCHAR *IN6_GET_ADDR_V4MAPPED(const IN6_ADDR *A)
{
    return &A->u.Byte[12];
}

FORCEINLINE VOID IN6_SET_ADDR_V4MAPPED(PIN6_ADDR A6, const IN_ADDR *A4)
{
    *A6 = in6addr_any;
    A6->u.Word[5] = 0xffff;
    __builtin_memcpy(&A6->u.Byte[12], A4, sizeof(IN_ADDR));
}

FORCEINLINE VOID IN4ADDR_SETANY(PSOCKADDR_IN A)
{
    __builtin_memset(A, 0, sizeof(*A));
    A->sin_family = AF_INET;
}

FORCEINLINE VOID IN4ADDR_SETLOOPBACK(PSOCKADDR_IN A)
{
    IN4ADDR_SETANY(A);
    A->sin_addr.S_un.S_un_b.s_b1 = 127;
    A->sin_addr.S_un.S_un_b.s_b4 = 1;
}

FORCEINLINE BOOLEAN IN4ADDR_ISANY(const SOCKADDR_IN *A)
{
    return IN4_IS_ADDR_UNSPECIFIED(&A->sin_addr);
}

FORCEINLINE BOOLEAN IN4ADDR_ISLOOPBACK(const SOCKADDR_IN *A)
{
    return IN4_IS_ADDR_LOOPBACK(&A->sin_addr);
}

FORCEINLINE VOID IN6ADDR_SETANY(PSOCKADDR_IN6 A)
{
    __builtin_memset(A, 0, sizeof(*A));
    A->sin6_family = AF_INET6;
}

FORCEINLINE VOID IN6ADDR_SETLOOPBACK(PSOCKADDR_IN6 A)
{
    IN6ADDR_SETANY(A);
    A->sin6_addr = in6addr_loopback;
}

FORCEINLINE VOID IN6ADDR_SETV4MAPPED(PSOCKADDR_IN6 A6, const IN_ADDR *A4, SCOPE_ID Scope,
                                     USHORT Port)
{
    IN6ADDR_SETANY(A6);
    A6->sin6_port = Port;
    A6->sin6_scope_struct = Scope;
    IN6_SET_ADDR_V4MAPPED(&A6->sin6_addr, A4);
}

FORCEINLINE BOOLEAN IN6ADDR_ISANY(const SOCKADDR_IN6 *A)
{
    return IN6_IS_ADDR_UNSPECIFIED(&A->sin6_addr);
}

FORCEINLINE BOOLEAN IN6ADDR_ISLOOPBACK(const SOCKADDR_IN6 *A)
{
    return IN6_IS_ADDR_LOOPBACK(&A->sin6_addr);
}

FORCEINLINE BOOLEAN IN6ADDR_ISV4MAPPED(const SOCKADDR_IN6 *A)
{
    return IN6_IS_ADDR_V4MAPPED(&A->sin6_addr);
}

FORCEINLINE BOOLEAN INETADDR_ISANY(const SOCKADDR *A)
{
    return A->sa_family == AF_INET6 ? IN6ADDR_ISANY((const SOCKADDR_IN6 *)A)
                                    : IN4ADDR_ISANY((const SOCKADDR_IN *)A);
}

FORCEINLINE BOOLEAN INETADDR_ISLOOPBACK(const SOCKADDR *A)
{
    return A->sa_family == AF_INET6 ? IN6ADDR_ISLOOPBACK((const SOCKADDR_IN6 *)A)
                                    : IN4ADDR_ISLOOPBACK((const SOCKADDR_IN *)A);
}

FORCEINLINE USHORT INETADDR_PORT(const SOCKADDR *A)
{
    return A->sa_family == AF_INET6 ? ((const SOCKADDR_IN6 *)A)->sin6_port
                                    : ((const SOCKADDR_IN *)A)->sin_port;
}

FORCEINLINE PUCHAR INETADDR_ADDRESS(const SOCKADDR *A)
{
    return A->sa_family == AF_INET6 ? (PUCHAR) & ((PSOCKADDR_IN6)A)->sin6_addr
                                    : (PUCHAR) & ((PSOCKADDR_IN)A)->sin_addr;
}

FORCEINLINE VOID INETADDR_SET_PORT(PSOCKADDR A, USHORT Port)
{
    if (A->sa_family == AF_INET6) {
        ((PSOCKADDR_IN6)A)->sin6_port = Port;
    } else {
        ((PSOCKADDR_IN)A)->sin_port = Port;
    }
}

FORCEINLINE VOID INETADDR_SETANY(PSOCKADDR A)
{
    if (A->sa_family == AF_INET6) {
        IN6ADDR_SETANY((PSOCKADDR_IN6)A);
    } else {
        IN4ADDR_SETANY((PSOCKADDR_IN)A);
    }
}

FORCEINLINE VOID INETADDR_SETLOOPBACK(PSOCKADDR A)
{
    if (A->sa_family == AF_INET6) {
        IN6ADDR_SETLOOPBACK((PSOCKADDR_IN6)A);
    } else {
        IN4ADDR_SETLOOPBACK((PSOCKADDR_IN)A);
    }
}

FORCEINLINE SIZE_T SOCKADDR_SIZE(ADDRESS_FAMILY Family)
{
    return Family == AF_INET    ? sizeof(SOCKADDR_IN)
           : Family == AF_INET6 ? sizeof(SOCKADDR_IN6)
                                : sizeof(SOCKADDR_STORAGE);
}
