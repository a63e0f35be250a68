// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// C++ drivers: the standard headers that need no library, types that are one type on Windows,
// overloads for drivers that say `long`, GUID operators.

#include <type_traits>
#include <utility>

#include <ntddk.h>
#include <ntintsafe.h>
#include <ntstrsafe.h>
#include <stdint.h>
#include <wsk.h>

static_assert(std::is_same<SIZE_T, size_t>::value, "");
static_assert(std::is_same<ULONG_PTR, uint64_t>::value, "");
static_assert(std::is_same<ULONGLONG, UINT64>::value, "");
static_assert(std::is_same<unsigned __int64, ULONG64>::value, "");
static_assert(std::is_same<WCHAR, wchar_t>::value && sizeof(wchar_t) == 2, "");
static_assert(std::is_same<LONG, int>::value, "");
static_assert(std::is_same<PNPIID, const GUID*>::value, "NMR-019");
static_assert(std::is_same<PWSK_CLIENT, PVOID>::value, "REG-017");
static_assert(std::is_trivially_copyable<IRP>::value && std::is_standard_layout<IRP>::value, "");
static_assert(std::is_standard_layout<WSK_PROVIDER_STREAM_DISPATCH>::value, "");

DEFINE_GUID(declared_only, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
#define INITGUID
#include <guiddef.h>
DEFINE_GUID(defined_here, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

class lock {
public:
    explicit lock(KSPIN_LOCK& spin_lock) : spin_lock_(spin_lock) {
        KeAcquireSpinLock(&spin_lock_, &irql_);
    }
    ~lock() { KeReleaseSpinLock(&spin_lock_, irql_); }

private:
    KSPIN_LOCK& spin_lock_;
    KIRQL irql_;
};

long counter;
LONG narrow_counter;
LONG64 wide_counter;

LONG count(KSPIN_LOCK& spin_lock, std::atomic<ULONG>& atomic) {
    lock guard(spin_lock);
    LONG sum = InterlockedIncrement(&counter) + InterlockedIncrement(&narrow_counter);
    sum += InterlockedCompareExchange(&counter, 1, 0) + (LONG)InterlockedIncrement64(&wide_counter);
    sum +=
        InterlockedExchangeAdd(&counter, 2) + ReadNoFence(&counter) + ReadAcquire(&narrow_counter);
    WriteRelease(&counter, 3);
    size_t length = 0;
    RtlStringCbLengthA("text", 10, &length);
    SIZE_T total = 0;
    RtlSIZETAdd(length, sizeof(IRP), &total);
    return sum + (LONG)total + (LONG)atomic.load() + (declared_only == defined_here) + min(sum, 3);
}

NTSTATUS guarded(PMDL Mdl) {
    NTSTATUS status = STATUS_SUCCESS;
    for (int i = 0; i < 3; ++i) {
        __try {
            if (i == 1) {
                continue;  // acts on the loop: the statement is an `if` in C++
            }
            MmProbeAndLockPages(Mdl, KernelMode, IoWriteAccess);
        } __except (GetExceptionCode() == STATUS_ACCESS_VIOLATION ? EXCEPTION_EXECUTE_HANDLER
                                                                  : EXCEPTION_CONTINUE_SEARCH) {
            status = GetExceptionCode();
            break;
        }
    }
    return status;
}

extern "C" DRIVER_INITIALIZE DriverEntry;
extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = [](PDRIVER_OBJECT) {};
    return STATUS_SUCCESS;
}
