// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// wdm.h: everything that ../wdm.h declares, without annotations, keywords and inline functions.
#pragma once

#include "bugcodes.h"
#include "dbg.h"
#include "ob.h"
#include "rtl.h"
#include "zw.h"
