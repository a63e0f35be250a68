// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Annotations of both generations, wherever drivers put them; Microsoft's keywords and pragmas.
// REG-018

#include <ntddk.h>
#include <wsk.h>

// clang-format off: annotations are not C
#pragma warning(push)
#pragma warning(disable : 4127)
#pragma code_seg("PAGE")
#pragma alloc_text(INIT, annotated)
#pragma comment(lib, "netio.lib")

typedef struct _ANNOTATED {
    _Field_size_bytes_part_(Capacity, Length) PVOID Buffer;
    _Field_size_(Length) PULONG Values;
    _Guarded_by_(Lock) ULONG Length;
    ULONG Capacity;
    _Has_lock_level_(1) KSPIN_LOCK Lock;
    _Null_terminated_ PCWSTR Name;
} ANNOTATED, *PANNOTATED;

_IRQL_requires_max_(DISPATCH_LEVEL)
_Must_inspect_result_
_Success_(return >= 0)
_When_(Length == 0, _Post_satisfies_(return < 0))
_Function_class_(DRIVER_DISPATCH)
_At_(*Result, _Post_notnull_)
NTSTATUS annotated(_In_ PANNOTATED Object, _In_reads_bytes_opt_(Length) const VOID* Data,
                   _In_ _In_range_(0, 100) ULONG Length, _Outptr_result_maybenull_ PVOID* Result,
                   _Inout_updates_to_opt_(Length, *Used) PUCHAR Out, _Out_opt_ PULONG Used,
                   _Reserved_ PVOID Reserved, _In_z_ _Printf_format_string_ PCSTR Format);

_Use_decl_annotations_
NTSTATUS annotated(PANNOTATED Object, const VOID* Data, ULONG Length, PVOID* Result, PUCHAR Out,
                   PULONG Used, PVOID Reserved, PCSTR Format) {
    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(Out);
    UNREFERENCED_PARAMETER(Reserved);
    UNREFERENCED_PARAMETER(Format);
    _Analysis_assume_(Object != NULL);
    __analysis_assume(Length < 100);
    *Result = Object->Buffer;
    if (ARGUMENT_PRESENT(Used)) {
        *Used = Length;
    }
    return STATUS_SUCCESS;
}

__drv_maxIRQL(PASSIVE_LEVEL)
__drv_sameIRQL
__checkReturn __success(return == 0) NTSTATUS
    first_generation(__in PVOID A, __in_bcount(Size) PVOID B, __in_opt PVOID C,
                     __out_ecount_opt(Size) PULONG D, __inout PULONG E, __deref_out_opt PVOID* F,
                     __in SIZE_T Size, IN PVOID G OPTIONAL, OUT PVOID H);
__drv_maxIRQL(PASSIVE_LEVEL)
__drv_sameIRQL
__checkReturn __success(return == 0) NTSTATUS
    first_generation(__in PVOID A, __in_bcount(Size) PVOID B, __in_opt PVOID C,
                     __out_ecount_opt(Size) PULONG D, __inout PULONG E, __deref_out_opt PVOID* F,
                     __in SIZE_T Size, IN PVOID G OPTIONAL, OUT PVOID H) {
    return A == B && C == D && E == NULL && F == NULL && Size == 0 && G == H ? STATUS_SUCCESS
                                                                             : STATUS_UNSUCCESSFUL;
}

_Function_class_(IO_COMPLETION_ROUTINE)
_IRQL_requires_same_
NTSTATUS NTAPI WSKAPI completed(_In_ PDEVICE_OBJECT Device, _In_reads_opt_(1) PIRP Irp,
                                _In_opt_ PVOID Context);
IO_COMPLETION_ROUTINE completed;

_Acquires_lock_(Object->Lock)
_Requires_lock_not_held_(Object->Lock)
_IRQL_raises_(DISPATCH_LEVEL)
_IRQL_saves_global_(OldIrql, *Old)
VOID lock_object(PANNOTATED Object, _Out_ _IRQL_saves_ PKIRQL Old);
VOID lock_object(PANNOTATED Object, PKIRQL Old) {
    KeAcquireSpinLock(&Object->Lock, Old);
}

__declspec(align(64)) static UCHAR aligned_object[64];
C_ASSERT(__alignof__(aligned_object) == 64);
struct __declspec(align(32)) aligned_structure {
    int member;
};
C_ASSERT(sizeof(struct aligned_structure) == 32);
C_ASSERT(sizeof(__int64) == 8 && sizeof(unsigned __int32) == 4 && sizeof(__int8) == 1);

__declspec(selectany) GUID weak_object = {1, 2, 3, {4}};
__declspec(noinline) __declspec(code_seg("PAGE")) int __cdecl keywords(int a);
__declspec(noinline) int __cdecl keywords(int a) {
    __assume(a > 0);
    __noop("never", a);
    PAGED_CODE();
    NT_ASSERT(a > 0);
    ASSERTMSG("positive", a > 0);
    return NT_VERIFY(a > 0) ? a + aligned_object[0] : 0;
}

static __forceinline int inlined(int a) {
    return a + 1;
}

FORCEINLINE int inlined_too(int a) {
    return inlined(a);
}

int uses_inlined(int a);
int uses_inlined(int a) {
    return inlined_too(a);
}

__declspec(noreturn) void stops(void);
DECLSPEC_NORETURN void stops(void) {
    KeBugCheckEx(IRQL_NOT_LESS_OR_EQUAL, 0, 0, 0, 0);
}
#pragma warning(pop)
