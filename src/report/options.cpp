// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "report/options.hpp"

namespace report {

bool convert(const openwsk_machine_options& in, base::machine_options& out) noexcept {
    if (in.size != sizeof in || in.completions > OPENWSK_COMPLETIONS_MIXED ||
        in.verification > OPENWSK_VERIFICATION_FULL || in.nmr_idle_success > 1 ||
        in.is_default > 1) {
        return false;
    }
    out.processors = in.processors;
    out.io_threads = in.io_threads;
    out.completions = static_cast<base::completion_policy>(in.completions);
    out.verification = static_cast<base::verify_level>(in.verification);
    out.idle_deregister_succeeds = in.nmr_idle_success != 0;
    out.seed = in.seed;
    out.stuck_after_ms = in.stuck_after_ms;
    out.wsk_ready_after_ms = in.wsk_ready_after_ms;
    return true;
}

}  // namespace report
