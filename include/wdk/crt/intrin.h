// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// intrin.h: the intrinsics of Microsoft's x64 compiler that drivers use.
//
// Each is a macro for an inline function of ours, because clang has intrinsics of the same names
// with Linux' 64-bit `long`. Widths are fixed by the name, never by the argument:
// _InterlockedIncrement acts on 32 bits. In C a `volatile long *` converts silently; in C++ an
// overload takes it and acts on its low 32 bits, which is what a driver that wrote `long` means.
//
// Orders: without suffix sequentially consistent, _acq, _rel and _nf as they say. Each interlocked
// operation is a schedule point of a simulation (../abi/runtime.h).
#pragma once

#include "../abi/dbg.h"
#include "../abi/runtime.h"
#include "../abi/rtl.h"

#define OPENWSK_INLINE static inline __attribute__((unused))

OPENWSK_INLINE void openwsk_point(const volatile void *Address)
{
    if (__builtin_expect(openwsk_simulating, 0)) {
        openwsk_schedule_point(Address);
    }
}

OPENWSK_INLINE void openwsk_yield(void)
{
    openwsk_point((const volatile void *)0);
    __builtin_ia32_pause();
}

// OPENWSK_ATOMIC*(Name, Type, C++ alias type, operation): the function and, in C++, its overload
// for the alias.
#ifdef __cplusplus
#define OPENWSK_ALIAS1(Name, Type, Alias)            \
    OPENWSK_INLINE Type Name(Alias volatile *Target) \
    {                                                \
        return Name((Type volatile *)Target);        \
    }
#define OPENWSK_ALIAS2(Name, Type, Alias)                        \
    OPENWSK_INLINE Type Name(Alias volatile *Target, Type Value) \
    {                                                            \
        return Name((Type volatile *)Target, Value);             \
    }
#define OPENWSK_ALIAS3(Name, Type, Alias)                                        \
    OPENWSK_INLINE Type Name(Alias volatile *Target, Type Value, Type Comparand) \
    {                                                                            \
        return Name((Type volatile *)Target, Value, Comparand);                  \
    }
#else
#define OPENWSK_ALIAS1(Name, Type, Alias)
#define OPENWSK_ALIAS2(Name, Type, Alias)
#define OPENWSK_ALIAS3(Name, Type, Alias)
#endif

#define OPENWSK_ATOMIC1(Name, Type, Expression)     \
    OPENWSK_INLINE Type Name(Type volatile *Target) \
    {                                               \
        openwsk_point(Target);                      \
        return (Type)(Expression);                  \
    }
#define OPENWSK_ATOMIC2(Name, Type, Expression)                 \
    OPENWSK_INLINE Type Name(Type volatile *Target, Type Value) \
    {                                                           \
        openwsk_point(Target);                                  \
        return (Type)(Expression);                              \
    }
#define OPENWSK_ATOMIC3(Name, Type, Order, FailureOrder)                                \
    OPENWSK_INLINE Type Name(Type volatile *Target, Type Value, Type Comparand)         \
    {                                                                                   \
        openwsk_point(Target);                                                          \
        __atomic_compare_exchange_n(Target, &Comparand, Value, 0, Order, FailureOrder); \
        return Comparand;                                                               \
    }

// All operations of one width and one order. Name##8 and so on is how the intrinsic's name ends.
#define OPENWSK_ATOMICS(Width, Suffix, Type, Alias, Order, FailureOrder)                          \
    OPENWSK_ATOMIC1(openwsk_increment##Width##Suffix, Type, __atomic_add_fetch(Target, 1, Order)) \
    OPENWSK_ATOMIC1(openwsk_decrement##Width##Suffix, Type, __atomic_sub_fetch(Target, 1, Order)) \
    OPENWSK_ATOMIC2(openwsk_exchange##Width##Suffix, Type,                                        \
                    __atomic_exchange_n(Target, Value, Order))                                    \
    OPENWSK_ATOMIC2(openwsk_exchange_add##Width##Suffix, Type,                                    \
                    __atomic_fetch_add(Target, Value, Order))                                     \
    OPENWSK_ATOMIC2(openwsk_add##Width##Suffix, Type, __atomic_add_fetch(Target, Value, Order))   \
    OPENWSK_ATOMIC2(openwsk_and##Width##Suffix, Type, __atomic_fetch_and(Target, Value, Order))   \
    OPENWSK_ATOMIC2(openwsk_or##Width##Suffix, Type, __atomic_fetch_or(Target, Value, Order))     \
    OPENWSK_ATOMIC2(openwsk_xor##Width##Suffix, Type, __atomic_fetch_xor(Target, Value, Order))   \
    OPENWSK_ATOMIC3(openwsk_compare_exchange##Width##Suffix, Type, Order, FailureOrder)           \
    OPENWSK_ALIAS1(openwsk_increment##Width##Suffix, Type, Alias)                                 \
    OPENWSK_ALIAS1(openwsk_decrement##Width##Suffix, Type, Alias)                                 \
    OPENWSK_ALIAS2(openwsk_exchange##Width##Suffix, Type, Alias)                                  \
    OPENWSK_ALIAS2(openwsk_exchange_add##Width##Suffix, Type, Alias)                              \
    OPENWSK_ALIAS2(openwsk_add##Width##Suffix, Type, Alias)                                       \
    OPENWSK_ALIAS2(openwsk_and##Width##Suffix, Type, Alias)                                       \
    OPENWSK_ALIAS2(openwsk_or##Width##Suffix, Type, Alias)                                        \
    OPENWSK_ALIAS2(openwsk_xor##Width##Suffix, Type, Alias)                                       \
    OPENWSK_ALIAS3(openwsk_compare_exchange##Width##Suffix, Type, Alias)

OPENWSK_ATOMICS(8, , CHAR, UCHAR, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
OPENWSK_ATOMICS(8, _acq, CHAR, UCHAR, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)
OPENWSK_ATOMICS(8, _rel, CHAR, UCHAR, __ATOMIC_RELEASE, __ATOMIC_RELAXED)
OPENWSK_ATOMICS(8, _nf, CHAR, UCHAR, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
OPENWSK_ATOMICS(16, , SHORT, USHORT, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
OPENWSK_ATOMICS(16, _acq, SHORT, USHORT, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)
OPENWSK_ATOMICS(16, _rel, SHORT, USHORT, __ATOMIC_RELEASE, __ATOMIC_RELAXED)
OPENWSK_ATOMICS(16, _nf, SHORT, USHORT, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
OPENWSK_ATOMICS(32, , LONG, long, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
OPENWSK_ATOMICS(32, _acq, LONG, long, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)
OPENWSK_ATOMICS(32, _rel, LONG, long, __ATOMIC_RELEASE, __ATOMIC_RELAXED)
OPENWSK_ATOMICS(32, _nf, LONG, long, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
OPENWSK_ATOMICS(64, , LONG64, long long, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
OPENWSK_ATOMICS(64, _acq, LONG64, long long, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)
OPENWSK_ATOMICS(64, _rel, LONG64, long long, __ATOMIC_RELEASE, __ATOMIC_RELAXED)
OPENWSK_ATOMICS(64, _nf, LONG64, long long, __ATOMIC_RELAXED, __ATOMIC_RELAXED)

#define OPENWSK_POINTER_ATOMICS(Suffix, Order, FailureOrder)                                    \
    OPENWSK_INLINE PVOID openwsk_exchange_pointer##Suffix(PVOID volatile *Target, PVOID Value)  \
    {                                                                                           \
        openwsk_point(Target);                                                                  \
        return __atomic_exchange_n(Target, Value, Order);                                       \
    }                                                                                           \
    OPENWSK_INLINE PVOID openwsk_compare_exchange_pointer##Suffix(PVOID volatile *Target,       \
                                                                  PVOID Value, PVOID Comparand) \
    {                                                                                           \
        openwsk_point(Target);                                                                  \
        __atomic_compare_exchange_n(Target, &Comparand, Value, 0, Order, FailureOrder);         \
        return Comparand;                                                                       \
    }
OPENWSK_POINTER_ATOMICS(, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
OPENWSK_POINTER_ATOMICS(_acq, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)
OPENWSK_POINTER_ATOMICS(_rel, __ATOMIC_RELEASE, __ATOMIC_RELAXED)
OPENWSK_POINTER_ATOMICS(_nf, __ATOMIC_RELAXED, __ATOMIC_RELAXED)

/// Compares 128 bits with *Comparand and, if equal, stores High:Low; *Comparand receives what was
/// there.
OPENWSK_INLINE UCHAR openwsk_compare_exchange128(LONG64 volatile *Target, LONG64 High, LONG64 Low,
                                                 LONG64 *Comparand)
{
    __extension__ typedef unsigned __int128 pair;
    pair expected = ((pair)(ULONG64)Comparand[1] << 64) | (ULONG64)Comparand[0];
    pair desired = ((pair)(ULONG64)High << 64) | (ULONG64)Low;
    pair found;
    openwsk_point(Target);
    found =
        __sync_val_compare_and_swap((volatile pair *)(volatile void *)Target, expected, desired);
    Comparand[0] = (LONG64)(ULONG64)found;
    Comparand[1] = (LONG64)(ULONG64)(found >> 64);
    return found == expected;
}

// ---- bits ---------------------------------------------------------------------------------------

OPENWSK_INLINE UCHAR openwsk_bit_test32(LONG const volatile *Base, LONG Offset)
{
    return (UCHAR)(((ULONG)Base[Offset >> 5] >> (Offset & 31)) & 1);
}

OPENWSK_INLINE UCHAR openwsk_bit_test_and_set32(LONG *Base, LONG Offset)
{
    UCHAR before = openwsk_bit_test32(Base, Offset);
    Base[Offset >> 5] = (LONG)((ULONG)Base[Offset >> 5] | ((ULONG)1 << (Offset & 31)));
    return before;
}

OPENWSK_INLINE UCHAR openwsk_bit_test_and_reset32(LONG *Base, LONG Offset)
{
    UCHAR before = openwsk_bit_test32(Base, Offset);
    Base[Offset >> 5] = (LONG)((ULONG)Base[Offset >> 5] & ~((ULONG)1 << (Offset & 31)));
    return before;
}

OPENWSK_INLINE UCHAR openwsk_bit_test_and_complement32(LONG *Base, LONG Offset)
{
    UCHAR before = openwsk_bit_test32(Base, Offset);
    Base[Offset >> 5] = (LONG)((ULONG)Base[Offset >> 5] ^ ((ULONG)1 << (Offset & 31)));
    return before;
}

OPENWSK_INLINE UCHAR openwsk_interlocked_bit_test_and_set32(LONG volatile *Base, LONG Offset)
{
    ULONG bit = (ULONG)1 << (Offset & 31);
    openwsk_point(&Base[Offset >> 5]);
    return ((ULONG)__atomic_fetch_or(&Base[Offset >> 5], (LONG)bit, __ATOMIC_SEQ_CST) & bit) != 0;
}

OPENWSK_INLINE UCHAR openwsk_interlocked_bit_test_and_reset32(LONG volatile *Base, LONG Offset)
{
    ULONG bit = (ULONG)1 << (Offset & 31);
    openwsk_point(&Base[Offset >> 5]);
    return ((ULONG)__atomic_fetch_and(&Base[Offset >> 5], (LONG)~bit, __ATOMIC_SEQ_CST) & bit) != 0;
}

OPENWSK_INLINE UCHAR openwsk_bit_test64(LONG64 const volatile *Base, LONG64 Offset)
{
    return (UCHAR)(((ULONG64)Base[Offset >> 6] >> (Offset & 63)) & 1);
}

OPENWSK_INLINE UCHAR openwsk_bit_test_and_set64(LONG64 *Base, LONG64 Offset)
{
    UCHAR before = openwsk_bit_test64(Base, Offset);
    Base[Offset >> 6] = (LONG64)((ULONG64)Base[Offset >> 6] | ((ULONG64)1 << (Offset & 63)));
    return before;
}

OPENWSK_INLINE UCHAR openwsk_bit_test_and_reset64(LONG64 *Base, LONG64 Offset)
{
    UCHAR before = openwsk_bit_test64(Base, Offset);
    Base[Offset >> 6] = (LONG64)((ULONG64)Base[Offset >> 6] & ~((ULONG64)1 << (Offset & 63)));
    return before;
}

OPENWSK_INLINE UCHAR openwsk_bit_test_and_complement64(LONG64 *Base, LONG64 Offset)
{
    UCHAR before = openwsk_bit_test64(Base, Offset);
    Base[Offset >> 6] = (LONG64)((ULONG64)Base[Offset >> 6] ^ ((ULONG64)1 << (Offset & 63)));
    return before;
}

OPENWSK_INLINE UCHAR openwsk_interlocked_bit_test_and_set64(LONG64 volatile *Base, LONG64 Offset)
{
    ULONG64 bit = (ULONG64)1 << (Offset & 63);
    openwsk_point(&Base[Offset >> 6]);
    return ((ULONG64)__atomic_fetch_or(&Base[Offset >> 6], (LONG64)bit, __ATOMIC_SEQ_CST) & bit) !=
           0;
}

OPENWSK_INLINE UCHAR openwsk_interlocked_bit_test_and_reset64(LONG64 volatile *Base, LONG64 Offset)
{
    ULONG64 bit = (ULONG64)1 << (Offset & 63);
    openwsk_point(&Base[Offset >> 6]);
    return ((ULONG64)__atomic_fetch_and(&Base[Offset >> 6], (LONG64)~bit, __ATOMIC_SEQ_CST) &
            bit) != 0;
}

#ifdef __cplusplus
OPENWSK_INLINE UCHAR openwsk_interlocked_bit_test_and_set32(long volatile *Base, LONG Offset)
{
    return openwsk_interlocked_bit_test_and_set32((LONG volatile *)Base, Offset);
}

OPENWSK_INLINE UCHAR openwsk_interlocked_bit_test_and_reset32(long volatile *Base, LONG Offset)
{
    return openwsk_interlocked_bit_test_and_reset32((LONG volatile *)Base, Offset);
}
#endif

OPENWSK_INLINE UCHAR openwsk_bit_scan_forward(ULONG *Index, ULONG Mask)
{
    if (Mask != 0) {
        *Index = (ULONG)__builtin_ctz(Mask);
    }
    return Mask != 0;
}

OPENWSK_INLINE UCHAR openwsk_bit_scan_forward64(ULONG *Index, ULONG64 Mask)
{
    if (Mask != 0) {
        *Index = (ULONG)__builtin_ctzll(Mask);
    }
    return Mask != 0;
}

OPENWSK_INLINE UCHAR openwsk_bit_scan_reverse(ULONG *Index, ULONG Mask)
{
    if (Mask != 0) {
        *Index = 31 - (ULONG)__builtin_clz(Mask);
    }
    return Mask != 0;
}

OPENWSK_INLINE UCHAR openwsk_bit_scan_reverse64(ULONG *Index, ULONG64 Mask)
{
    if (Mask != 0) {
        *Index = 63 - (ULONG)__builtin_clzll(Mask);
    }
    return Mask != 0;
}

OPENWSK_INLINE ULONG openwsk_rotl32(ULONG Value, int Shift)
{
    return (Value << (Shift & 31)) | (Value >> (-Shift & 31));
}

OPENWSK_INLINE ULONG openwsk_rotr32(ULONG Value, int Shift)
{
    return (Value >> (Shift & 31)) | (Value << (-Shift & 31));
}

OPENWSK_INLINE ULONG64 openwsk_rotl64(ULONG64 Value, int Shift)
{
    return (Value << (Shift & 63)) | (Value >> (-Shift & 63));
}

OPENWSK_INLINE ULONG64 openwsk_rotr64(ULONG64 Value, int Shift)
{
    return (Value >> (Shift & 63)) | (Value << (-Shift & 63));
}

// Registers: EAX, EBX, ECX, EDX.
OPENWSK_INLINE void openwsk_cpuid(int Registers[4], int Leaf, int Subleaf)
{
    __asm__ volatile("cpuid"
                     : "=a"(Registers[0]), "=b"(Registers[1]), "=c"(Registers[2]),
                       "=d"(Registers[3])
                     : "a"(Leaf), "c"(Subleaf));
}

OPENWSK_INLINE ULONG64 openwsk_xgetbv(ULONG Register)
{
    ULONG Low;
    ULONG High;
    __asm__ volatile("xgetbv" : "=a"(Low), "=d"(High) : "c"(Register));
    return (ULONG64)High << 32 | Low;
}

OPENWSK_INLINE LONG64 openwsk_multiply_high(LONG64 A, LONG64 B)
{
    __extension__ typedef __int128 wide;
    return (LONG64)(((wide)A * B) >> 64);
}

OPENWSK_INLINE ULONG64 openwsk_multiply_high_unsigned(ULONG64 A, ULONG64 B)
{
    __extension__ typedef unsigned __int128 wide;
    return (ULONG64)(((wide)A * B) >> 64);
}

// ---- the intrinsics' names ----------------------------------------------------------------------

#define _InterlockedIncrement8 openwsk_increment8
#define _InterlockedIncrement8_acq openwsk_increment8_acq
#define _InterlockedIncrement8_rel openwsk_increment8_rel
#define _InterlockedIncrement8_nf openwsk_increment8_nf
#define _InterlockedIncrement16 openwsk_increment16
#define _InterlockedIncrement16_acq openwsk_increment16_acq
#define _InterlockedIncrement16_rel openwsk_increment16_rel
#define _InterlockedIncrement16_nf openwsk_increment16_nf
#define _InterlockedIncrement openwsk_increment32
#define _InterlockedIncrement_acq openwsk_increment32_acq
#define _InterlockedIncrement_rel openwsk_increment32_rel
#define _InterlockedIncrement_nf openwsk_increment32_nf
#define _InterlockedIncrement64 openwsk_increment64
#define _InterlockedIncrement64_acq openwsk_increment64_acq
#define _InterlockedIncrement64_rel openwsk_increment64_rel
#define _InterlockedIncrement64_nf openwsk_increment64_nf
#define _InterlockedDecrement8 openwsk_decrement8
#define _InterlockedDecrement8_acq openwsk_decrement8_acq
#define _InterlockedDecrement8_rel openwsk_decrement8_rel
#define _InterlockedDecrement8_nf openwsk_decrement8_nf
#define _InterlockedDecrement16 openwsk_decrement16
#define _InterlockedDecrement16_acq openwsk_decrement16_acq
#define _InterlockedDecrement16_rel openwsk_decrement16_rel
#define _InterlockedDecrement16_nf openwsk_decrement16_nf
#define _InterlockedDecrement openwsk_decrement32
#define _InterlockedDecrement_acq openwsk_decrement32_acq
#define _InterlockedDecrement_rel openwsk_decrement32_rel
#define _InterlockedDecrement_nf openwsk_decrement32_nf
#define _InterlockedDecrement64 openwsk_decrement64
#define _InterlockedDecrement64_acq openwsk_decrement64_acq
#define _InterlockedDecrement64_rel openwsk_decrement64_rel
#define _InterlockedDecrement64_nf openwsk_decrement64_nf
#define _InterlockedExchange8 openwsk_exchange8
#define _InterlockedExchange8_acq openwsk_exchange8_acq
#define _InterlockedExchange8_rel openwsk_exchange8_rel
#define _InterlockedExchange8_nf openwsk_exchange8_nf
#define _InterlockedExchange16 openwsk_exchange16
#define _InterlockedExchange16_acq openwsk_exchange16_acq
#define _InterlockedExchange16_rel openwsk_exchange16_rel
#define _InterlockedExchange16_nf openwsk_exchange16_nf
#define _InterlockedExchange openwsk_exchange32
#define _InterlockedExchange_acq openwsk_exchange32_acq
#define _InterlockedExchange_rel openwsk_exchange32_rel
#define _InterlockedExchange_nf openwsk_exchange32_nf
#define _InterlockedExchange64 openwsk_exchange64
#define _InterlockedExchange64_acq openwsk_exchange64_acq
#define _InterlockedExchange64_rel openwsk_exchange64_rel
#define _InterlockedExchange64_nf openwsk_exchange64_nf
#define _InterlockedExchangeAdd8 openwsk_exchange_add8
#define _InterlockedExchangeAdd8_acq openwsk_exchange_add8_acq
#define _InterlockedExchangeAdd8_rel openwsk_exchange_add8_rel
#define _InterlockedExchangeAdd8_nf openwsk_exchange_add8_nf
#define _InterlockedExchangeAdd16 openwsk_exchange_add16
#define _InterlockedExchangeAdd16_acq openwsk_exchange_add16_acq
#define _InterlockedExchangeAdd16_rel openwsk_exchange_add16_rel
#define _InterlockedExchangeAdd16_nf openwsk_exchange_add16_nf
#define _InterlockedExchangeAdd openwsk_exchange_add32
#define _InterlockedExchangeAdd_acq openwsk_exchange_add32_acq
#define _InterlockedExchangeAdd_rel openwsk_exchange_add32_rel
#define _InterlockedExchangeAdd_nf openwsk_exchange_add32_nf
#define _InterlockedExchangeAdd64 openwsk_exchange_add64
#define _InterlockedExchangeAdd64_acq openwsk_exchange_add64_acq
#define _InterlockedExchangeAdd64_rel openwsk_exchange_add64_rel
#define _InterlockedExchangeAdd64_nf openwsk_exchange_add64_nf
#define _InterlockedAdd8 openwsk_add8
#define _InterlockedAdd8_acq openwsk_add8_acq
#define _InterlockedAdd8_rel openwsk_add8_rel
#define _InterlockedAdd8_nf openwsk_add8_nf
#define _InterlockedAdd16 openwsk_add16
#define _InterlockedAdd16_acq openwsk_add16_acq
#define _InterlockedAdd16_rel openwsk_add16_rel
#define _InterlockedAdd16_nf openwsk_add16_nf
#define _InterlockedAdd openwsk_add32
#define _InterlockedAdd_acq openwsk_add32_acq
#define _InterlockedAdd_rel openwsk_add32_rel
#define _InterlockedAdd_nf openwsk_add32_nf
#define _InterlockedAdd64 openwsk_add64
#define _InterlockedAdd64_acq openwsk_add64_acq
#define _InterlockedAdd64_rel openwsk_add64_rel
#define _InterlockedAdd64_nf openwsk_add64_nf
#define _InterlockedAnd8 openwsk_and8
#define _InterlockedAnd8_acq openwsk_and8_acq
#define _InterlockedAnd8_rel openwsk_and8_rel
#define _InterlockedAnd8_nf openwsk_and8_nf
#define _InterlockedAnd16 openwsk_and16
#define _InterlockedAnd16_acq openwsk_and16_acq
#define _InterlockedAnd16_rel openwsk_and16_rel
#define _InterlockedAnd16_nf openwsk_and16_nf
#define _InterlockedAnd openwsk_and32
#define _InterlockedAnd_acq openwsk_and32_acq
#define _InterlockedAnd_rel openwsk_and32_rel
#define _InterlockedAnd_nf openwsk_and32_nf
#define _InterlockedAnd64 openwsk_and64
#define _InterlockedAnd64_acq openwsk_and64_acq
#define _InterlockedAnd64_rel openwsk_and64_rel
#define _InterlockedAnd64_nf openwsk_and64_nf
#define _InterlockedOr8 openwsk_or8
#define _InterlockedOr8_acq openwsk_or8_acq
#define _InterlockedOr8_rel openwsk_or8_rel
#define _InterlockedOr8_nf openwsk_or8_nf
#define _InterlockedOr16 openwsk_or16
#define _InterlockedOr16_acq openwsk_or16_acq
#define _InterlockedOr16_rel openwsk_or16_rel
#define _InterlockedOr16_nf openwsk_or16_nf
#define _InterlockedOr openwsk_or32
#define _InterlockedOr_acq openwsk_or32_acq
#define _InterlockedOr_rel openwsk_or32_rel
#define _InterlockedOr_nf openwsk_or32_nf
#define _InterlockedOr64 openwsk_or64
#define _InterlockedOr64_acq openwsk_or64_acq
#define _InterlockedOr64_rel openwsk_or64_rel
#define _InterlockedOr64_nf openwsk_or64_nf
#define _InterlockedXor8 openwsk_xor8
#define _InterlockedXor8_acq openwsk_xor8_acq
#define _InterlockedXor8_rel openwsk_xor8_rel
#define _InterlockedXor8_nf openwsk_xor8_nf
#define _InterlockedXor16 openwsk_xor16
#define _InterlockedXor16_acq openwsk_xor16_acq
#define _InterlockedXor16_rel openwsk_xor16_rel
#define _InterlockedXor16_nf openwsk_xor16_nf
#define _InterlockedXor openwsk_xor32
#define _InterlockedXor_acq openwsk_xor32_acq
#define _InterlockedXor_rel openwsk_xor32_rel
#define _InterlockedXor_nf openwsk_xor32_nf
#define _InterlockedXor64 openwsk_xor64
#define _InterlockedXor64_acq openwsk_xor64_acq
#define _InterlockedXor64_rel openwsk_xor64_rel
#define _InterlockedXor64_nf openwsk_xor64_nf
#define _InterlockedCompareExchange8 openwsk_compare_exchange8
#define _InterlockedCompareExchange8_acq openwsk_compare_exchange8_acq
#define _InterlockedCompareExchange8_rel openwsk_compare_exchange8_rel
#define _InterlockedCompareExchange8_nf openwsk_compare_exchange8_nf
#define _InterlockedCompareExchange16 openwsk_compare_exchange16
#define _InterlockedCompareExchange16_acq openwsk_compare_exchange16_acq
#define _InterlockedCompareExchange16_rel openwsk_compare_exchange16_rel
#define _InterlockedCompareExchange16_nf openwsk_compare_exchange16_nf
#define _InterlockedCompareExchange openwsk_compare_exchange32
#define _InterlockedCompareExchange_acq openwsk_compare_exchange32_acq
#define _InterlockedCompareExchange_rel openwsk_compare_exchange32_rel
#define _InterlockedCompareExchange_nf openwsk_compare_exchange32_nf
#define _InterlockedCompareExchange64 openwsk_compare_exchange64
#define _InterlockedCompareExchange64_acq openwsk_compare_exchange64_acq
#define _InterlockedCompareExchange64_rel openwsk_compare_exchange64_rel
#define _InterlockedCompareExchange64_nf openwsk_compare_exchange64_nf
#define _InterlockedExchangePointer(Target, Value) \
    openwsk_exchange_pointer((PVOID volatile *)(Target), (PVOID)(Value))
#define _InterlockedCompareExchangePointer(Target, Value, Comparand) \
    openwsk_compare_exchange_pointer((PVOID volatile *)(Target), (PVOID)(Value), (PVOID)(Comparand))
#define _InterlockedExchangePointer_acq(Target, Value) \
    openwsk_exchange_pointer_acq((PVOID volatile *)(Target), (PVOID)(Value))
#define _InterlockedCompareExchangePointer_acq(Target, Value, Comparand)             \
    openwsk_compare_exchange_pointer_acq((PVOID volatile *)(Target), (PVOID)(Value), \
                                         (PVOID)(Comparand))
#define _InterlockedExchangePointer_rel(Target, Value) \
    openwsk_exchange_pointer_rel((PVOID volatile *)(Target), (PVOID)(Value))
#define _InterlockedCompareExchangePointer_rel(Target, Value, Comparand)             \
    openwsk_compare_exchange_pointer_rel((PVOID volatile *)(Target), (PVOID)(Value), \
                                         (PVOID)(Comparand))
#define _InterlockedExchangePointer_nf(Target, Value) \
    openwsk_exchange_pointer_nf((PVOID volatile *)(Target), (PVOID)(Value))
#define _InterlockedCompareExchangePointer_nf(Target, Value, Comparand)             \
    openwsk_compare_exchange_pointer_nf((PVOID volatile *)(Target), (PVOID)(Value), \
                                        (PVOID)(Comparand))
#define _InterlockedCompareExchange128 openwsk_compare_exchange128
#define _bittest openwsk_bit_test32
#define _bittest64 openwsk_bit_test64
#define _bittestandset openwsk_bit_test_and_set32
#define _bittestandset64 openwsk_bit_test_and_set64
#define _bittestandreset openwsk_bit_test_and_reset32
#define _bittestandreset64 openwsk_bit_test_and_reset64
#define _bittestandcomplement openwsk_bit_test_and_complement32
#define _bittestandcomplement64 openwsk_bit_test_and_complement64
#define _interlockedbittestandset openwsk_interlocked_bit_test_and_set32
#define _interlockedbittestandset64 openwsk_interlocked_bit_test_and_set64
#define _interlockedbittestandreset openwsk_interlocked_bit_test_and_reset32
#define _interlockedbittestandreset64 openwsk_interlocked_bit_test_and_reset64
#define _BitScanForward openwsk_bit_scan_forward
#define _BitScanForward64 openwsk_bit_scan_forward64
#define _BitScanReverse openwsk_bit_scan_reverse
#define _BitScanReverse64 openwsk_bit_scan_reverse64
#define _rotl openwsk_rotl32
#define _rotr openwsk_rotr32
#define _rotl64 openwsk_rotl64
#define _rotr64 openwsk_rotr64
#define __mulh openwsk_multiply_high
#define __umulh openwsk_multiply_high_unsigned
#define _byteswap_ushort(Value) ((USHORT)__builtin_bswap16(Value))
#define _byteswap_ulong(Value) ((ULONG)__builtin_bswap32(Value))
#define _byteswap_uint64(Value) ((ULONG64)__builtin_bswap64(Value))
#define __popcnt(Value) ((ULONG)__builtin_popcount(Value))
#define __popcnt64(Value) ((ULONG64)__builtin_popcountll(Value))
#define __lzcnt(Value) ((Value) == 0 ? 32u : (ULONG)__builtin_clz(Value))
#define __lzcnt64(Value) ((Value) == 0 ? 64u : (ULONG64)__builtin_clzll(Value))
#define __cpuid(Registers, Leaf) openwsk_cpuid(Registers, Leaf, 0)
#define __cpuidex openwsk_cpuid
#define _xgetbv openwsk_xgetbv
#define __rdtsc() ((ULONG64)__builtin_ia32_rdtsc())
#define _mm_pause() openwsk_yield()
#define _mm_mfence() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define _mm_lfence() __builtin_ia32_lfence()
#define _mm_sfence() __builtin_ia32_sfence()
#define _ReadWriteBarrier() __asm__ volatile("" ::: "memory")
#define _ReadBarrier() _ReadWriteBarrier()
#define _WriteBarrier() _ReadWriteBarrier()
#define __faststorefence() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define _ReturnAddress() __builtin_return_address(0)
#define _AddressOfReturnAddress() ((void *)((char *)__builtin_frame_address(0) + sizeof(void *)))
#define __debugbreak() DbgBreakPoint()
#define __fastfail(Code) RtlFailFast(Code)
#define __stosb(Destination, Value, Count) ((void)__builtin_memset(Destination, Value, Count))
#define __movsb(Destination, Source, Count) ((void)__builtin_memcpy(Destination, Source, Count))
