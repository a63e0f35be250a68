// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The table of rules: every contract of WSK, NMR and the executive that the runtime checks.
// Names are frozen. Append; never rename or reuse.

#pragma once

#include <cstdint>

namespace verify {

enum class severity : uint8_t { report, stop };

// identifier, name, severity, bug check code, bug check parameter 1, what to do
#define OPENWSK_RULES(X)                                                          \
    X(irql_too_high, "irql-too-high", stop, 0xC4, 0x1F0001,                       \
      "call the function at or below the IRQL its documentation states")          \
    X(irql_too_low, "irql-too-low", stop, 0xC4, 0x1F0002,                         \
      "raise IRQL before the call, or use the variant that raises it")            \
    X(irql_changed_by_callback, "irql-changed-by-callback", stop, 0xC9, 0x5,      \
      "restore the IRQL the callback was entered with before it returns")         \
    X(wait_at_dispatch, "wait-at-dispatch", stop, 0xC4, 0x1F0003,                 \
      "never block at DISPATCH_LEVEL; a zero timeout is allowed")                 \
    X(nmr_bad_handle, "nmr-bad-handle", report, 0xC4, 0x1F0100,                   \
      "pass the handle NMR returned, once, to the function of its own kind")      \
    X(wsk_registration_misuse, "wsk-registration-misuse", report, 0xC4, 0x1F0200, \
      "balance WskRegister/WskDeregister and WskCaptureProviderNPI/WskReleaseProviderNPI")

enum class rule : uint16_t {
#define OPENWSK_RULE_ID(identifier, name, severity, code, p1, hint) identifier,
    OPENWSK_RULES(OPENWSK_RULE_ID)
#undef OPENWSK_RULE_ID
};

struct rule_text {
    const char* name;
    severity level;
    uint32_t code;
    uint64_t parameter1;
    const char* hint;
};

const rule_text& text_of(rule id) noexcept;

}  // namespace verify
