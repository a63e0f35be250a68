// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// interlocked.h: the Interlocked functions of wdm.h, which name the intrinsics of crt/intrin.h, and
// the Read and Write functions of one aligned value.
#pragma once

#include "crt/intrin.h"

#define InterlockedIncrement8 openwsk_increment8
#define InterlockedIncrement8Acquire openwsk_increment8_acq
#define InterlockedIncrementAcquire8 openwsk_increment8_acq
#define InterlockedIncrement8Release openwsk_increment8_rel
#define InterlockedIncrementRelease8 openwsk_increment8_rel
#define InterlockedIncrement8NoFence openwsk_increment8_nf
#define InterlockedIncrementNoFence8 openwsk_increment8_nf
#define InterlockedIncrement16 openwsk_increment16
#define InterlockedIncrement16Acquire openwsk_increment16_acq
#define InterlockedIncrementAcquire16 openwsk_increment16_acq
#define InterlockedIncrement16Release openwsk_increment16_rel
#define InterlockedIncrementRelease16 openwsk_increment16_rel
#define InterlockedIncrement16NoFence openwsk_increment16_nf
#define InterlockedIncrementNoFence16 openwsk_increment16_nf
#define InterlockedIncrement openwsk_increment32
#define InterlockedIncrementAcquire openwsk_increment32_acq
#define InterlockedIncrementRelease openwsk_increment32_rel
#define InterlockedIncrementNoFence openwsk_increment32_nf
#define InterlockedIncrement64 openwsk_increment64
#define InterlockedIncrement64Acquire openwsk_increment64_acq
#define InterlockedIncrementAcquire64 openwsk_increment64_acq
#define InterlockedIncrement64Release openwsk_increment64_rel
#define InterlockedIncrementRelease64 openwsk_increment64_rel
#define InterlockedIncrement64NoFence openwsk_increment64_nf
#define InterlockedIncrementNoFence64 openwsk_increment64_nf
#define InterlockedDecrement8 openwsk_decrement8
#define InterlockedDecrement8Acquire openwsk_decrement8_acq
#define InterlockedDecrementAcquire8 openwsk_decrement8_acq
#define InterlockedDecrement8Release openwsk_decrement8_rel
#define InterlockedDecrementRelease8 openwsk_decrement8_rel
#define InterlockedDecrement8NoFence openwsk_decrement8_nf
#define InterlockedDecrementNoFence8 openwsk_decrement8_nf
#define InterlockedDecrement16 openwsk_decrement16
#define InterlockedDecrement16Acquire openwsk_decrement16_acq
#define InterlockedDecrementAcquire16 openwsk_decrement16_acq
#define InterlockedDecrement16Release openwsk_decrement16_rel
#define InterlockedDecrementRelease16 openwsk_decrement16_rel
#define InterlockedDecrement16NoFence openwsk_decrement16_nf
#define InterlockedDecrementNoFence16 openwsk_decrement16_nf
#define InterlockedDecrement openwsk_decrement32
#define InterlockedDecrementAcquire openwsk_decrement32_acq
#define InterlockedDecrementRelease openwsk_decrement32_rel
#define InterlockedDecrementNoFence openwsk_decrement32_nf
#define InterlockedDecrement64 openwsk_decrement64
#define InterlockedDecrement64Acquire openwsk_decrement64_acq
#define InterlockedDecrementAcquire64 openwsk_decrement64_acq
#define InterlockedDecrement64Release openwsk_decrement64_rel
#define InterlockedDecrementRelease64 openwsk_decrement64_rel
#define InterlockedDecrement64NoFence openwsk_decrement64_nf
#define InterlockedDecrementNoFence64 openwsk_decrement64_nf
#define InterlockedExchange8 openwsk_exchange8
#define InterlockedExchange8Acquire openwsk_exchange8_acq
#define InterlockedExchangeAcquire8 openwsk_exchange8_acq
#define InterlockedExchange8Release openwsk_exchange8_rel
#define InterlockedExchangeRelease8 openwsk_exchange8_rel
#define InterlockedExchange8NoFence openwsk_exchange8_nf
#define InterlockedExchangeNoFence8 openwsk_exchange8_nf
#define InterlockedExchange16 openwsk_exchange16
#define InterlockedExchange16Acquire openwsk_exchange16_acq
#define InterlockedExchangeAcquire16 openwsk_exchange16_acq
#define InterlockedExchange16Release openwsk_exchange16_rel
#define InterlockedExchangeRelease16 openwsk_exchange16_rel
#define InterlockedExchange16NoFence openwsk_exchange16_nf
#define InterlockedExchangeNoFence16 openwsk_exchange16_nf
#define InterlockedExchange openwsk_exchange32
#define InterlockedExchangeAcquire openwsk_exchange32_acq
#define InterlockedExchangeRelease openwsk_exchange32_rel
#define InterlockedExchangeNoFence openwsk_exchange32_nf
#define InterlockedExchange64 openwsk_exchange64
#define InterlockedExchange64Acquire openwsk_exchange64_acq
#define InterlockedExchangeAcquire64 openwsk_exchange64_acq
#define InterlockedExchange64Release openwsk_exchange64_rel
#define InterlockedExchangeRelease64 openwsk_exchange64_rel
#define InterlockedExchange64NoFence openwsk_exchange64_nf
#define InterlockedExchangeNoFence64 openwsk_exchange64_nf
#define InterlockedExchangeAdd8 openwsk_exchange_add8
#define InterlockedExchangeAdd8Acquire openwsk_exchange_add8_acq
#define InterlockedExchangeAddAcquire8 openwsk_exchange_add8_acq
#define InterlockedExchangeAdd8Release openwsk_exchange_add8_rel
#define InterlockedExchangeAddRelease8 openwsk_exchange_add8_rel
#define InterlockedExchangeAdd8NoFence openwsk_exchange_add8_nf
#define InterlockedExchangeAddNoFence8 openwsk_exchange_add8_nf
#define InterlockedExchangeAdd16 openwsk_exchange_add16
#define InterlockedExchangeAdd16Acquire openwsk_exchange_add16_acq
#define InterlockedExchangeAddAcquire16 openwsk_exchange_add16_acq
#define InterlockedExchangeAdd16Release openwsk_exchange_add16_rel
#define InterlockedExchangeAddRelease16 openwsk_exchange_add16_rel
#define InterlockedExchangeAdd16NoFence openwsk_exchange_add16_nf
#define InterlockedExchangeAddNoFence16 openwsk_exchange_add16_nf
#define InterlockedExchangeAdd openwsk_exchange_add32
#define InterlockedExchangeAddAcquire openwsk_exchange_add32_acq
#define InterlockedExchangeAddRelease openwsk_exchange_add32_rel
#define InterlockedExchangeAddNoFence openwsk_exchange_add32_nf
#define InterlockedExchangeAdd64 openwsk_exchange_add64
#define InterlockedExchangeAdd64Acquire openwsk_exchange_add64_acq
#define InterlockedExchangeAddAcquire64 openwsk_exchange_add64_acq
#define InterlockedExchangeAdd64Release openwsk_exchange_add64_rel
#define InterlockedExchangeAddRelease64 openwsk_exchange_add64_rel
#define InterlockedExchangeAdd64NoFence openwsk_exchange_add64_nf
#define InterlockedExchangeAddNoFence64 openwsk_exchange_add64_nf
#define InterlockedAdd8 openwsk_add8
#define InterlockedAdd8Acquire openwsk_add8_acq
#define InterlockedAddAcquire8 openwsk_add8_acq
#define InterlockedAdd8Release openwsk_add8_rel
#define InterlockedAddRelease8 openwsk_add8_rel
#define InterlockedAdd8NoFence openwsk_add8_nf
#define InterlockedAddNoFence8 openwsk_add8_nf
#define InterlockedAdd16 openwsk_add16
#define InterlockedAdd16Acquire openwsk_add16_acq
#define InterlockedAddAcquire16 openwsk_add16_acq
#define InterlockedAdd16Release openwsk_add16_rel
#define InterlockedAddRelease16 openwsk_add16_rel
#define InterlockedAdd16NoFence openwsk_add16_nf
#define InterlockedAddNoFence16 openwsk_add16_nf
#define InterlockedAdd openwsk_add32
#define InterlockedAddAcquire openwsk_add32_acq
#define InterlockedAddRelease openwsk_add32_rel
#define InterlockedAddNoFence openwsk_add32_nf
#define InterlockedAdd64 openwsk_add64
#define InterlockedAdd64Acquire openwsk_add64_acq
#define InterlockedAddAcquire64 openwsk_add64_acq
#define InterlockedAdd64Release openwsk_add64_rel
#define InterlockedAddRelease64 openwsk_add64_rel
#define InterlockedAdd64NoFence openwsk_add64_nf
#define InterlockedAddNoFence64 openwsk_add64_nf
#define InterlockedAnd8 openwsk_and8
#define InterlockedAnd8Acquire openwsk_and8_acq
#define InterlockedAndAcquire8 openwsk_and8_acq
#define InterlockedAnd8Release openwsk_and8_rel
#define InterlockedAndRelease8 openwsk_and8_rel
#define InterlockedAnd8NoFence openwsk_and8_nf
#define InterlockedAndNoFence8 openwsk_and8_nf
#define InterlockedAnd16 openwsk_and16
#define InterlockedAnd16Acquire openwsk_and16_acq
#define InterlockedAndAcquire16 openwsk_and16_acq
#define InterlockedAnd16Release openwsk_and16_rel
#define InterlockedAndRelease16 openwsk_and16_rel
#define InterlockedAnd16NoFence openwsk_and16_nf
#define InterlockedAndNoFence16 openwsk_and16_nf
#define InterlockedAnd openwsk_and32
#define InterlockedAndAcquire openwsk_and32_acq
#define InterlockedAndRelease openwsk_and32_rel
#define InterlockedAndNoFence openwsk_and32_nf
#define InterlockedAnd64 openwsk_and64
#define InterlockedAnd64Acquire openwsk_and64_acq
#define InterlockedAndAcquire64 openwsk_and64_acq
#define InterlockedAnd64Release openwsk_and64_rel
#define InterlockedAndRelease64 openwsk_and64_rel
#define InterlockedAnd64NoFence openwsk_and64_nf
#define InterlockedAndNoFence64 openwsk_and64_nf
#define InterlockedOr8 openwsk_or8
#define InterlockedOr8Acquire openwsk_or8_acq
#define InterlockedOrAcquire8 openwsk_or8_acq
#define InterlockedOr8Release openwsk_or8_rel
#define InterlockedOrRelease8 openwsk_or8_rel
#define InterlockedOr8NoFence openwsk_or8_nf
#define InterlockedOrNoFence8 openwsk_or8_nf
#define InterlockedOr16 openwsk_or16
#define InterlockedOr16Acquire openwsk_or16_acq
#define InterlockedOrAcquire16 openwsk_or16_acq
#define InterlockedOr16Release openwsk_or16_rel
#define InterlockedOrRelease16 openwsk_or16_rel
#define InterlockedOr16NoFence openwsk_or16_nf
#define InterlockedOrNoFence16 openwsk_or16_nf
#define InterlockedOr openwsk_or32
#define InterlockedOrAcquire openwsk_or32_acq
#define InterlockedOrRelease openwsk_or32_rel
#define InterlockedOrNoFence openwsk_or32_nf
#define InterlockedOr64 openwsk_or64
#define InterlockedOr64Acquire openwsk_or64_acq
#define InterlockedOrAcquire64 openwsk_or64_acq
#define InterlockedOr64Release openwsk_or64_rel
#define InterlockedOrRelease64 openwsk_or64_rel
#define InterlockedOr64NoFence openwsk_or64_nf
#define InterlockedOrNoFence64 openwsk_or64_nf
#define InterlockedXor8 openwsk_xor8
#define InterlockedXor8Acquire openwsk_xor8_acq
#define InterlockedXorAcquire8 openwsk_xor8_acq
#define InterlockedXor8Release openwsk_xor8_rel
#define InterlockedXorRelease8 openwsk_xor8_rel
#define InterlockedXor8NoFence openwsk_xor8_nf
#define InterlockedXorNoFence8 openwsk_xor8_nf
#define InterlockedXor16 openwsk_xor16
#define InterlockedXor16Acquire openwsk_xor16_acq
#define InterlockedXorAcquire16 openwsk_xor16_acq
#define InterlockedXor16Release openwsk_xor16_rel
#define InterlockedXorRelease16 openwsk_xor16_rel
#define InterlockedXor16NoFence openwsk_xor16_nf
#define InterlockedXorNoFence16 openwsk_xor16_nf
#define InterlockedXor openwsk_xor32
#define InterlockedXorAcquire openwsk_xor32_acq
#define InterlockedXorRelease openwsk_xor32_rel
#define InterlockedXorNoFence openwsk_xor32_nf
#define InterlockedXor64 openwsk_xor64
#define InterlockedXor64Acquire openwsk_xor64_acq
#define InterlockedXorAcquire64 openwsk_xor64_acq
#define InterlockedXor64Release openwsk_xor64_rel
#define InterlockedXorRelease64 openwsk_xor64_rel
#define InterlockedXor64NoFence openwsk_xor64_nf
#define InterlockedXorNoFence64 openwsk_xor64_nf
#define InterlockedCompareExchange8 openwsk_compare_exchange8
#define InterlockedCompareExchange8Acquire openwsk_compare_exchange8_acq
#define InterlockedCompareExchangeAcquire8 openwsk_compare_exchange8_acq
#define InterlockedCompareExchange8Release openwsk_compare_exchange8_rel
#define InterlockedCompareExchangeRelease8 openwsk_compare_exchange8_rel
#define InterlockedCompareExchange8NoFence openwsk_compare_exchange8_nf
#define InterlockedCompareExchangeNoFence8 openwsk_compare_exchange8_nf
#define InterlockedCompareExchange16 openwsk_compare_exchange16
#define InterlockedCompareExchange16Acquire openwsk_compare_exchange16_acq
#define InterlockedCompareExchangeAcquire16 openwsk_compare_exchange16_acq
#define InterlockedCompareExchange16Release openwsk_compare_exchange16_rel
#define InterlockedCompareExchangeRelease16 openwsk_compare_exchange16_rel
#define InterlockedCompareExchange16NoFence openwsk_compare_exchange16_nf
#define InterlockedCompareExchangeNoFence16 openwsk_compare_exchange16_nf
#define InterlockedCompareExchange openwsk_compare_exchange32
#define InterlockedCompareExchangeAcquire openwsk_compare_exchange32_acq
#define InterlockedCompareExchangeRelease openwsk_compare_exchange32_rel
#define InterlockedCompareExchangeNoFence openwsk_compare_exchange32_nf
#define InterlockedCompareExchange64 openwsk_compare_exchange64
#define InterlockedCompareExchange64Acquire openwsk_compare_exchange64_acq
#define InterlockedCompareExchangeAcquire64 openwsk_compare_exchange64_acq
#define InterlockedCompareExchange64Release openwsk_compare_exchange64_rel
#define InterlockedCompareExchangeRelease64 openwsk_compare_exchange64_rel
#define InterlockedCompareExchange64NoFence openwsk_compare_exchange64_nf
#define InterlockedCompareExchangeNoFence64 openwsk_compare_exchange64_nf
#define InterlockedExchangePointer _InterlockedExchangePointer
#define InterlockedCompareExchangePointer _InterlockedCompareExchangePointer
#define InterlockedExchangePointerAcquire _InterlockedExchangePointer_acq
#define InterlockedCompareExchangePointerAcquire _InterlockedCompareExchangePointer_acq
#define InterlockedExchangePointerRelease _InterlockedExchangePointer_rel
#define InterlockedCompareExchangePointerRelease _InterlockedCompareExchangePointer_rel
#define InterlockedExchangePointerNoFence _InterlockedExchangePointer_nf
#define InterlockedCompareExchangePointerNoFence _InterlockedCompareExchangePointer_nf
#define InterlockedCompareExchange128 openwsk_compare_exchange128
#define InterlockedExchangeAddSizeT(Target, Value) \
    InterlockedExchangeAdd64((LONG64 volatile *)(Target), (LONG64)(Value))
#define InterlockedIncrementSizeT(Target) InterlockedIncrement64((LONG64 volatile *)(Target))
#define InterlockedDecrementSizeT(Target) InterlockedDecrement64((LONG64 volatile *)(Target))
#define InterlockedAndUlong(Target, Value) InterlockedAnd((LONG volatile *)(Target), (LONG)(Value))
#define InterlockedBitTestAndSet openwsk_interlocked_bit_test_and_set32
#define InterlockedBitTestAndSet64 openwsk_interlocked_bit_test_and_set64
#define InterlockedBitTestAndReset openwsk_interlocked_bit_test_and_reset32
#define InterlockedBitTestAndReset64 openwsk_interlocked_bit_test_and_reset64
#define BitTest _bittest
#define BitTest64 _bittest64
#define BitTestAndSet _bittestandset
#define BitTestAndSet64 _bittestandset64
#define BitTestAndReset _bittestandreset
#define BitTestAndReset64 _bittestandreset64
#define BitTestAndComplement _bittestandcomplement
#define BitTestAndComplement64 _bittestandcomplement64
#define BitScanForward _BitScanForward
#define BitScanForward64 _BitScanForward64
#define BitScanReverse _BitScanReverse
#define BitScanReverse64 _BitScanReverse64
#define RotateLeft32 _rotl
#define RotateLeft64 _rotl64
#define RotateRight32 _rotr
#define RotateRight64 _rotr64
#define PopulationCount64 __popcnt64
#define MultiplyHigh __mulh
#define UnsignedMultiplyHigh __umulh

// ---- one aligned value, read or written whole ---------------------------------------------------

#define OPENWSK_READ_WRITE(Width, Type, Alias)                              \
    OPENWSK_READ(openwsk_read##Width##_nf, Type, Alias, __ATOMIC_RELAXED)   \
    OPENWSK_READ(openwsk_read##Width##_acq, Type, Alias, __ATOMIC_ACQUIRE)  \
    OPENWSK_WRITE(openwsk_write##Width##_nf, Type, Alias, __ATOMIC_RELAXED) \
    OPENWSK_WRITE(openwsk_write##Width##_rel, Type, Alias, __ATOMIC_RELEASE)
#define OPENWSK_READ(Name, Type, Alias, Order)            \
    OPENWSK_INLINE Type Name(Type const volatile *Source) \
    {                                                     \
        openwsk_point(Source);                            \
        return __atomic_load_n(Source, Order);            \
    }                                                     \
    OPENWSK_READ_ALIAS(Name, Type, Alias)
#define OPENWSK_WRITE(Name, Type, Alias, Order)                      \
    OPENWSK_INLINE void Name(Type volatile *Destination, Type Value) \
    {                                                                \
        openwsk_point(Destination);                                  \
        __atomic_store_n(Destination, Value, Order);                 \
    }                                                                \
    OPENWSK_WRITE_ALIAS(Name, Type, Alias)
#ifdef __cplusplus
#define OPENWSK_READ_ALIAS(Name, Type, Alias)              \
    OPENWSK_INLINE Type Name(Alias const volatile *Source) \
    {                                                      \
        return Name((Type const volatile *)Source);        \
    }
#define OPENWSK_WRITE_ALIAS(Name, Type, Alias)                        \
    OPENWSK_INLINE void Name(Alias volatile *Destination, Type Value) \
    {                                                                 \
        Name((Type volatile *)Destination, Value);                    \
    }
#else
#define OPENWSK_READ_ALIAS(Name, Type, Alias)
#define OPENWSK_WRITE_ALIAS(Name, Type, Alias)
#endif

OPENWSK_READ_WRITE(8, CHAR, signed char)
OPENWSK_READ_WRITE(16, SHORT, wchar_t)
OPENWSK_READ_WRITE(32, LONG, long)
OPENWSK_READ_WRITE(64, LONG64, long long)
OPENWSK_READ_WRITE(_u8, UCHAR, bool)
OPENWSK_READ_WRITE(_u16, USHORT, char16_t)
OPENWSK_READ_WRITE(_u32, ULONG, unsigned long)
OPENWSK_READ_WRITE(_u64, ULONG64, unsigned long long)

#define ReadNoFence8 openwsk_read8_nf
#define ReadAcquire8 openwsk_read8_acq
#define ReadRaw8 openwsk_read8_nf
#define WriteNoFence8 openwsk_write8_nf
#define WriteRelease8 openwsk_write8_rel
#define WriteRaw8 openwsk_write8_nf
#define ReadNoFence16 openwsk_read16_nf
#define ReadAcquire16 openwsk_read16_acq
#define ReadRaw16 openwsk_read16_nf
#define WriteNoFence16 openwsk_write16_nf
#define WriteRelease16 openwsk_write16_rel
#define WriteRaw16 openwsk_write16_nf
#define ReadNoFence openwsk_read32_nf
#define ReadAcquire openwsk_read32_acq
#define ReadRaw openwsk_read32_nf
#define WriteNoFence openwsk_write32_nf
#define WriteRelease openwsk_write32_rel
#define WriteRaw openwsk_write32_nf
#define ReadNoFence64 openwsk_read64_nf
#define ReadAcquire64 openwsk_read64_acq
#define ReadRaw64 openwsk_read64_nf
#define WriteNoFence64 openwsk_write64_nf
#define WriteRelease64 openwsk_write64_rel
#define WriteRaw64 openwsk_write64_nf
#define ReadUCharNoFence openwsk_read_u8_nf
#define ReadUCharAcquire openwsk_read_u8_acq
#define ReadUCharRaw openwsk_read_u8_nf
#define WriteUCharNoFence openwsk_write_u8_nf
#define WriteUCharRelease openwsk_write_u8_rel
#define WriteUCharRaw openwsk_write_u8_nf
#define ReadUShortNoFence openwsk_read_u16_nf
#define ReadUShortAcquire openwsk_read_u16_acq
#define ReadUShortRaw openwsk_read_u16_nf
#define WriteUShortNoFence openwsk_write_u16_nf
#define WriteUShortRelease openwsk_write_u16_rel
#define WriteUShortRaw openwsk_write_u16_nf
#define ReadULongNoFence openwsk_read_u32_nf
#define ReadULongAcquire openwsk_read_u32_acq
#define ReadULongRaw openwsk_read_u32_nf
#define WriteULongNoFence openwsk_write_u32_nf
#define WriteULongRelease openwsk_write_u32_rel
#define WriteULongRaw openwsk_write_u32_nf
#define ReadULong64NoFence openwsk_read_u64_nf
#define ReadULong64Acquire openwsk_read_u64_acq
#define ReadULong64Raw openwsk_read_u64_nf
#define WriteULong64NoFence openwsk_write_u64_nf
#define WriteULong64Release openwsk_write_u64_rel
#define WriteULong64Raw openwsk_write_u64_nf
#define ReadBooleanNoFence openwsk_read_u8_nf
#define ReadBooleanAcquire openwsk_read_u8_acq
#define ReadBooleanRaw openwsk_read_u8_nf
#define WriteBooleanNoFence openwsk_write_u8_nf
#define WriteBooleanRelease openwsk_write_u8_rel
#define WriteBooleanRaw openwsk_write_u8_nf

#define ReadPointerNoFence(Source) \
    openwsk_read_pointer((PVOID const volatile *)(Source), __ATOMIC_RELAXED)
#define ReadPointerAcquire(Source) \
    openwsk_read_pointer((PVOID const volatile *)(Source), __ATOMIC_ACQUIRE)
#define ReadPointerRaw(Source) ReadPointerNoFence(Source)
#define WritePointerNoFence(Destination, Value) \
    openwsk_write_pointer((PVOID volatile *)(Destination), (PVOID)(Value), __ATOMIC_RELAXED)
#define WritePointerRelease(Destination, Value) \
    openwsk_write_pointer((PVOID volatile *)(Destination), (PVOID)(Value), __ATOMIC_RELEASE)
#define WritePointerRaw(Destination, Value) WritePointerNoFence(Destination, Value)

static inline __attribute__((always_inline, unused)) PVOID
openwsk_read_pointer(PVOID const volatile *Source, int Order)
{
    openwsk_point(Source);
    return Order == __ATOMIC_ACQUIRE ? __atomic_load_n(Source, __ATOMIC_ACQUIRE)
                                     : __atomic_load_n(Source, __ATOMIC_RELAXED);
}

static inline __attribute__((always_inline, unused)) void
openwsk_write_pointer(PVOID volatile *Destination, PVOID Value, int Order)
{
    openwsk_point(Destination);
    if (Order == __ATOMIC_RELEASE) {
        __atomic_store_n(Destination, Value, __ATOMIC_RELEASE);
    } else {
        __atomic_store_n(Destination, Value, __ATOMIC_RELAXED);
    }
}
