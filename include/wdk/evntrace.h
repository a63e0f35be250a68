// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// evntrace.h: the levels of trace messages, which is all that a driver with WPP tracing takes from it.
#pragma once

#define TRACE_LEVEL_NONE 0
#define TRACE_LEVEL_CRITICAL 1
#define TRACE_LEVEL_FATAL 1
#define TRACE_LEVEL_ERROR 2
#define TRACE_LEVEL_WARNING 3
#define TRACE_LEVEL_INFORMATION 4
#define TRACE_LEVEL_VERBOSE 5
