// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The NT names of the I/O manager, called as a driver calls them: what they return and the IRQL
// they refuse.

#include <cstring>

#include <gtest/gtest.h>

#include "ke/irql.hpp"
#include "tests/unit/io_machine.hpp"
#include "wdk/abi/ntstatus.h"

namespace {

UNICODE_STRING unicode(const char16_t* text) {
    UNICODE_STRING s{};
    size_t n = 0;
    while (text[n] != 0) {
        ++n;
    }
    s.Buffer = reinterpret_cast<PWCH>(const_cast<char16_t*>(text));
    s.Length = s.MaximumLength = static_cast<USHORT>(n * 2);
    return s;
}

NTSTATUS keep(DEVICE_OBJECT*, IRP*, void* context) {
    ++*static_cast<int*>(context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

class ddi_io : public testing::Test {
protected:
    ddi_io() {
        std::memset(static_cast<void*>(&driver), 0, sizeof driver);
        io::set_default_dispatch(driver);
    }
    io_machine m;
    DRIVER_OBJECT driver;
};

TEST_F(ddi_io, allocate_reuse_and_free_at_dispatch_level) {
    const uint8_t old = ke::raise(ke::current(), ke::dispatch_level);
    PIRP irp = IoAllocateIrp(1, FALSE);
    ASSERT_NE(irp, nullptr);
    irp->Cancel = TRUE;
    IoReuseIrp(irp, STATUS_TIMEOUT);
    EXPECT_EQ(irp->IoStatus.Status, STATUS_TIMEOUT);
    EXPECT_FALSE(irp->Cancel);
    IoFreeIrp(irp);
    PIRP second = IoAllocateIrpEx(nullptr, 2, FALSE);
    ASSERT_NE(second, nullptr);
    IoFreeIrp(second);
    ke::lower(ke::current(), old);
    EXPECT_EQ(IoAllocateIrp(-1, FALSE), nullptr);
}

TEST_F(ddi_io, initialize_and_cleanup_an_irp_on_the_stack) {
    alignas(16) char storage[IoSizeOfIrp(1)];
    auto* irp = reinterpret_cast<PIRP>(storage);
    IoInitializeIrp(irp, sizeof storage, 1);
    EXPECT_EQ(irp->Type, IO_TYPE_IRP);
    IoCleanupIrp(irp);
    IoInitializeIrpEx(irp, nullptr, sizeof storage, 1);
    EXPECT_EQ(irp->StackCount, 1);
    IoCleanupIrp(irp);
    EXPECT_EQ(irp->Type, 0);
}

TEST_F(ddi_io, a_device_without_dispatch_routine_fails_the_request) {
    PDEVICE_OBJECT device = nullptr;
    ASSERT_EQ(IoCreateDevice(&driver, 0, nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &device),
              STATUS_SUCCESS);
    int calls = 0;
    PIRP irp = IoAllocateIrp(1, FALSE);
    ASSERT_EQ(IoSetCompletionRoutineEx(device, irp, keep, &calls, TRUE, TRUE, TRUE),
              STATUS_SUCCESS);
    EXPECT_EQ(IofCallDriver(device, irp), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(irp->IoStatus.Status, STATUS_INVALID_DEVICE_REQUEST);
    IoFreeIrp(irp);
    IoDeleteDevice(device);
}

NTSTATUS succeed(PDEVICE_OBJECT, PIRP irp) {
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 12;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

TEST_F(ddi_io, a_dispatch_routine_completes_what_it_is_sent) {
    driver.MajorFunction[IRP_MJ_DEVICE_CONTROL] = succeed;
    PDEVICE_OBJECT device = nullptr;
    ASSERT_EQ(IoCreateDevice(&driver, 0, nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &device),
              STATUS_SUCCESS);
    int calls = 0;
    PIRP irp = IoAllocateIrp(device->StackSize, FALSE);
    set_completion(irp, keep, &calls);
    next_location(irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    EXPECT_EQ(IofCallDriver(device, irp), STATUS_SUCCESS);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(irp->IoStatus.Information, 12u);
    IoFreeIrp(irp);
    IoDeleteDevice(device);
}

TEST_F(ddi_io, cancel_returns_whether_a_routine_was_called) {
    PIRP irp = IoAllocateIrp(1, FALSE);
    EXPECT_FALSE(IoCancelIrp(irp));
    irp->CancelRoutine = [](PDEVICE_OBJECT, PIRP i) { IoReleaseCancelSpinLock(i->CancelIrql); };
    EXPECT_TRUE(IoCancelIrp(irp));
    KIRQL old = 0xff;
    IoAcquireCancelSpinLock(&old);
    EXPECT_EQ(old, ke::passive_level);
    EXPECT_EQ(ke::current().irql, ke::dispatch_level);
    IoReleaseCancelSpinLock(old);
    IoFreeIrp(irp);
}

TEST_F(ddi_io, names_lead_to_devices_and_collide) {
    UNICODE_STRING name = unicode(u"\\Device\\Echo");
    UNICODE_STRING same = unicode(u"\\DEVICE\\echo");
    UNICODE_STRING link = unicode(u"\\DosDevices\\Echo");
    UNICODE_STRING same_link = unicode(u"\\\?\?\\ECHO");
    UNICODE_STRING relative = unicode(u"Echo");
    UNICODE_STRING nowhere = unicode(u"\\Nowhere\\Echo");
    PDEVICE_OBJECT device = nullptr;
    PDEVICE_OBJECT second = nullptr;
    auto create = [&](UNICODE_STRING& n, PDEVICE_OBJECT& out) {
        return IoCreateDevice(&driver, 64, &n, FILE_DEVICE_NETWORK, FILE_DEVICE_SECURE_OPEN, FALSE,
                              &out);
    };
    ASSERT_EQ(create(name, device), STATUS_SUCCESS);
    EXPECT_EQ(create(same, second), STATUS_OBJECT_NAME_COLLISION);
    EXPECT_EQ(second, nullptr);
    EXPECT_EQ(create(relative, second), STATUS_OBJECT_PATH_SYNTAX_BAD);
    EXPECT_EQ(create(nowhere, second), STATUS_OBJECT_PATH_NOT_FOUND);
    EXPECT_EQ(driver.DeviceObject, device);
    EXPECT_EQ(device->DriverObject, &driver);
    EXPECT_EQ(device->DeviceType, ULONG{FILE_DEVICE_NETWORK});
    EXPECT_NE(device->DeviceExtension, nullptr);
    EXPECT_TRUE(device->Flags & DO_DEVICE_INITIALIZING);

    EXPECT_EQ(IoCreateSymbolicLink(&link, &name), STATUS_SUCCESS);
    EXPECT_EQ(IoCreateSymbolicLink(&same_link, &name), STATUS_OBJECT_NAME_COLLISION);
    DEVICE_OBJECT* found = nullptr;
    EXPECT_EQ(m.io().devices().open(same_link, &found), base::status(STATUS_SUCCESS));
    EXPECT_EQ(found, device);
    EXPECT_EQ(device->ReferenceCount, 1);
    m.io().devices().dereference(found);
    EXPECT_EQ(IoDeleteSymbolicLink(&link), STATUS_SUCCESS);
    EXPECT_EQ(IoDeleteSymbolicLink(&link), STATUS_OBJECT_NAME_NOT_FOUND);
    IoDeleteDevice(device);
    EXPECT_EQ(driver.DeviceObject, nullptr);
    EXPECT_EQ(m.ledger().total(base::object_kind::device).live, 0u);
}

TEST_F(ddi_io, deleting_a_device_keeps_those_who_refer_to_it) {
    UNICODE_STRING name = unicode(u"\\Device\\Kept");
    PDEVICE_OBJECT device = nullptr;
    ASSERT_EQ(IoCreateDevice(&driver, 0, &name, 1, 0, FALSE, &device), STATUS_SUCCESS);
    DEVICE_OBJECT* held = nullptr;
    ASSERT_EQ(m.io().devices().open(name, &held), base::status(STATUS_SUCCESS));
    IoDeleteDevice(device);
    EXPECT_EQ(held->Type, IO_TYPE_DEVICE);
    EXPECT_EQ(m.io().devices().open(name, &held), base::status(STATUS_OBJECT_NAME_NOT_FOUND));
    m.io().devices().dereference(held);
}

using ddi_io_death = ddi_io;

TEST_F(ddi_io_death, deleting_a_device_twice) {
    PDEVICE_OBJECT device = nullptr;
    ASSERT_EQ(IoCreateDevice(&driver, 0, nullptr, 1, 0, FALSE, &device), STATUS_SUCCESS);
    IoDeleteDevice(device);
    EXPECT_EXIT(IoDeleteDevice(device), testing::ExitedWithCode(3), "device-bad-delete");
}

TEST_F(ddi_io_death, creating_a_device_at_dispatch_level) {
    PDEVICE_OBJECT device = nullptr;
    EXPECT_EXIT(ke::raise(ke::current(), ke::dispatch_level);
                IoCreateDevice(&driver, 0, nullptr, 1, 0, FALSE, &device),
                testing::ExitedWithCode(3), "irql-too-high(.|\n)*IoCreateDevice");
}

TEST_F(ddi_io_death, completing_an_irp_twice) {
    driver.MajorFunction[IRP_MJ_READ] = [](PDEVICE_OBJECT, PIRP irp) {
        irp->IoStatus.Status = STATUS_SUCCESS;
        IofCompleteRequest(irp, IO_NO_INCREMENT);
        IofCompleteRequest(irp, IO_NO_INCREMENT);
        return NTSTATUS{STATUS_SUCCESS};
    };
    PDEVICE_OBJECT device = nullptr;
    ASSERT_EQ(IoCreateDevice(&driver, 0, nullptr, 1, 0, FALSE, &device), STATUS_SUCCESS);
    int calls = 0;
    PIRP irp = IoAllocateIrp(1, FALSE);
    set_completion(irp, keep, &calls);
    next_location(irp)->MajorFunction = IRP_MJ_READ;
    EXPECT_EXIT(IofCallDriver(device, irp), testing::ExitedWithCode(3),
                "irp-completed-twice(.|\n)*BUGCHECK 0x00000044 MULTIPLE_IRP_COMPLETE_REQUESTS");
    IoFreeIrp(irp);
    IoDeleteDevice(device);
}

TEST_F(ddi_io_death, completing_with_pending_status_or_a_cancel_routine) {
    driver.MajorFunction[IRP_MJ_READ] = [](PDEVICE_OBJECT, PIRP irp) {
        irp->IoStatus.Status = STATUS_PENDING;
        IofCompleteRequest(irp, IO_NO_INCREMENT);
        return NTSTATUS{STATUS_SUCCESS};
    };
    driver.MajorFunction[IRP_MJ_WRITE] = [](PDEVICE_OBJECT, PIRP irp) {
        irp->CancelRoutine = [](PDEVICE_OBJECT, PIRP) {};
        IofCompleteRequest(irp, IO_NO_INCREMENT);
        return NTSTATUS{STATUS_SUCCESS};
    };
    PDEVICE_OBJECT device = nullptr;
    ASSERT_EQ(IoCreateDevice(&driver, 0, nullptr, 1, 0, FALSE, &device), STATUS_SUCCESS);
    PIRP irp = IoAllocateIrp(1, FALSE);
    next_location(irp)->MajorFunction = IRP_MJ_READ;
    EXPECT_EXIT(IofCallDriver(device, irp), testing::ExitedWithCode(3), "irp-completed-pending");
    next_location(irp)->MajorFunction = IRP_MJ_WRITE;
    EXPECT_EXIT(IofCallDriver(device, irp), testing::ExitedWithCode(3), "irp-cancel-routine-set");
    IoFreeIrp(irp);
    IoDeleteDevice(device);
}

// What a dispatch routine does with the IRP against what it returns.
struct dispatch_case {
    const char* what;
    PDRIVER_DISPATCH routine;
    verify::rule broken;
};
// Without it the name of the test has addresses in it.
void PrintTo(const dispatch_case& c, std::ostream* out) {
    *out << c.what;
}

class ddi_io_dispatch : public ddi_io, public testing::WithParamInterface<dispatch_case> {};

TEST_P(ddi_io_dispatch, is_judged_when_it_returns) {
    driver.MajorFunction[IRP_MJ_READ] = GetParam().routine;
    PDEVICE_OBJECT device = nullptr;
    ASSERT_EQ(IoCreateDevice(&driver, 0, nullptr, 1, 0, FALSE, &device), STATUS_SUCCESS);
    int calls = 0;
    PIRP irp = IoAllocateIrp(1, FALSE);
    set_completion(irp, keep, &calls);
    next_location(irp)->MajorFunction = IRP_MJ_READ;
    const uint64_t before = verify::violation_count();
    IofCallDriver(device, irp);
    EXPECT_EQ(verify::violation_count(), before + 1);
    struct newest {
        verify::rule id;
        bool found = false;
    } n{GetParam().broken};
    verify::for_each_finding(
        [](const verify::finding& f, void* context) {
            auto& want = *static_cast<newest*>(context);
            want.found = want.found || f.id == want.id;
        },
        &n);
    EXPECT_TRUE(n.found);
    if (calls == 0) {
        irp->IoStatus.Status = STATUS_SUCCESS;
        IofCompleteRequest(irp, IO_NO_INCREMENT);
    }
    IoFreeIrp(irp);
    IoDeleteDevice(device);
}

NTSTATUS complete_now(PIRP irp) {
    irp->IoStatus.Status = STATUS_SUCCESS;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

const dispatch_case cases[] = {
    {"lost", [](PDEVICE_OBJECT, PIRP) { return NTSTATUS{STATUS_SUCCESS}; },
     verify::rule::irp_not_handled},
    {"not_marked", [](PDEVICE_OBJECT, PIRP) { return NTSTATUS{STATUS_PENDING}; },
     verify::rule::irp_pending_not_marked},
    {"not_marked_and_completed",
     [](PDEVICE_OBJECT, PIRP irp) {
         complete_now(irp);
         return NTSTATUS{STATUS_PENDING};
     },
     verify::rule::irp_pending_not_marked},
    {"not_returned",
     [](PDEVICE_OBJECT, PIRP irp) {
         mark_irp_pending(irp);
         return complete_now(irp);
     },
     verify::rule::irp_pending_not_returned},
    {"mismatch",
     [](PDEVICE_OBJECT, PIRP irp) {
         complete_now(irp);
         return NTSTATUS{STATUS_UNSUCCESSFUL};
     },
     verify::rule::irp_status_mismatch},
};

INSTANTIATE_TEST_SUITE_P(rules, ddi_io_dispatch, testing::ValuesIn(cases),
                         [](const auto& test) { return test.param.what; });

}  // namespace
