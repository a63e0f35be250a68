// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// One life of the drivers in a machine of its own: the scenario of a simulated run.
//
// The images are mapped once and set back before each life. The machine is not torn down at the
// end: all it has lies in the simulation's arena, and threads that still wait are abandoned.

#pragma once

#include <memory>
#include <vector>

#include "explore/board.hpp"
#include "explore/setup.hpp"
#include "loader/image.hpp"
#include "trace/recorder.hpp"

namespace explore {

class life {
public:
    /// sink: what drivers print, or null. tells: writes the report to standard output.
    life(const setup& s, const std::vector<std::unique_ptr<loader::image>>& images,
         trace::text_sink* sink, bool tells) noexcept
        : setup_(&s), images_(&images), sink_(sink), tells_(tells) {}

    /// What came of the life that has come to its end goes to v.
    void begin(uint64_t seed, verdict& v) noexcept {
        seed_ = seed;
        verdict_ = &v;
    }
    static void scenario(void* self) noexcept { static_cast<life*>(self)->live(); }

private:
    void live() noexcept;
    void set_parameters(base::machine& m) noexcept;
    void pass_time() noexcept;
    void judge(base::machine& m) noexcept;

    const setup* setup_;
    const std::vector<std::unique_ptr<loader::image>>* images_;
    trace::text_sink* sink_;
    bool tells_;
    uint64_t seed_ = 0;
    verdict* verdict_ = nullptr;
};

}  // namespace explore
