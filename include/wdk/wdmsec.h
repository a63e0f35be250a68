// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// wdmsec.h: devices with a security descriptor (IoCreateDeviceSecure in abi/io.h).
#pragma once

#include "wdm.h"

static const UNICODE_STRING SDDL_DEVOBJ_KERNEL_ONLY __attribute__((unused)) =
    RTL_CONSTANT_STRING(L"D:P");
static const UNICODE_STRING SDDL_DEVOBJ_SYS_ALL __attribute__((unused)) =
    RTL_CONSTANT_STRING(L"D:P(A;;GA;;;SY)");
static const UNICODE_STRING SDDL_DEVOBJ_SYS_ALL_ADM_ALL __attribute__((unused)) =
    RTL_CONSTANT_STRING(L"D:P(A;;GA;;;SY)(A;;GA;;;BA)");
