// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Interlocked operations act on the width that their name says, return what they should, and are
// schedule points only while a simulation runs.

#include "runtime.h"

typedef union {
    ULONG64 Whole;
    LONG Half[2];
    SHORT Quarter[4];
    CHAR Byte[8];
} WIDTHS;

static void widths(void) {
    WIDTHS w;
    long native[2] = {0, 0};
    w.Whole = 0xffffffffffffffff;
    CHECK(InterlockedIncrement(&w.Half[0]) == 0 && w.Half[1] == -1);
    w.Whole = 0xffffffffffffffff;
    CHECK(InterlockedIncrement16(&w.Quarter[0]) == 0 && w.Quarter[1] == -1);
    CHECK(InterlockedOr8(&w.Byte[0], 0x55) == 0 && w.Byte[0] == 0x55 && w.Byte[1] == 0);
    w.Whole = 0xffffffff;
    CHECK(InterlockedIncrement64((LONG64*)&w.Whole) == 0x100000000);
    // A driver that says `long` means 32 bits.
    CHECK(InterlockedDecrement((volatile LONG*)&native[0]) == -1 && native[0] == 0xffffffff);
#ifdef __cplusplus
    CHECK(InterlockedIncrement(&native[0]) == 0 && native[0] == 0);
    CHECK(InterlockedDecrement(&native[0]) == -1 && native[0] == 0xffffffff && native[1] == 0);
#endif
}

static void values(void) {
    LONG a = 5;
    LONG64 b = 5;
    PVOID p = NULL;
    PVOID q = &a;
    LONG64 __declspec(align(16)) pair[2] = {1, 2};
    LONG64 expected[2] = {1, 2};
    CHECK(InterlockedAdd(&a, 3) == 8 && InterlockedExchangeAdd(&a, 2) == 8 && a == 10);
    CHECK(InterlockedExchange(&a, 1) == 10 && InterlockedCompareExchange(&a, 7, 1) == 1 && a == 7);
    CHECK(InterlockedCompareExchange(&a, 9, 1) == 7 && a == 7);
    CHECK(InterlockedAnd(&a, 5) == 7 && InterlockedOr(&a, 8) == 5 && InterlockedXor(&a, 1) == 13);
    CHECK(a == 12 && InterlockedDecrementAcquire(&a) == 11 &&
          InterlockedIncrementNoFence(&a) == 12);
    CHECK(InterlockedExchangeAddNoFence64(&b, 3) == 5 && InterlockedDecrementRelease64(&b) == 7);
    CHECK(InterlockedCompareExchangeNoFence64(&b, 1, 7) == 7 && b == 1);
    CHECK(InterlockedExchangePointer(&p, q) == NULL && p == q);
    CHECK(InterlockedCompareExchangePointer(&p, NULL, q) == q && p == NULL);
    CHECK(!InterlockedBitTestAndSet(&a, 0) && a == 13 && InterlockedBitTestAndReset(&a, 2) &&
          a == 9);
    CHECK(!InterlockedBitTestAndSet64(&b, 40) && b == 0x10000000001);
    CHECK(InterlockedCompareExchange128(pair, 4, 3, expected) && pair[0] == 3 && pair[1] == 4);
    CHECK(!InterlockedCompareExchange128(pair, 6, 5, expected) && expected[0] == 3 && pair[1] == 4);
    WriteNoFence(&a, 3);
    WriteRelease64(&b, 4);
    CHECK(ReadNoFence(&a) == 3 && ReadAcquire64(&b) == 4);
    WritePointerRelease(&p, &b);
    CHECK(ReadPointerAcquire(&p) == &b);
}

static void bits(void) {
    ULONG index = 99;
    LONG word = 0;
    CHECK(!BitScanForward(&index, 0) && index == 99);
    CHECK(BitScanForward(&index, 0x50) && index == 4 && BitScanReverse(&index, 0x50) && index == 6);
    CHECK(BitScanForward64(&index, 1ULL << 40) && index == 40);
    CHECK(!BitTestAndSet(&word, 3) && word == 8 && BitTest(&word, 3));
    CHECK(RotateLeft32(0x80000001, 1) == 3 && RotateRight64(1, 1) == 0x8000000000000000);
    CHECK(RtlUshortByteSwap(0x1234) == 0x3412 && RtlUlongByteSwap(0x12345678) == 0x78563412);
    CHECK(RtlUlonglongByteSwap(1) == 0x0100000000000000);
}

static void points(void) {
    LONG a = 0;
    InterlockedIncrement(&a);
    CHECK(schedule_points == 0);
    openwsk_simulating = 1;
    InterlockedIncrement(&a);
    ReadAcquire(&a);
    YieldProcessor();
    CHECK(schedule_points == 3);
    openwsk_simulating = 0;
    YieldProcessor();
    CHECK(schedule_points == 3);
}

int main(void) {
    widths();
    values();
    bits();
    points();
    return 0;
}
