// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Runs schedules in a child process and leaves what came of them on the board, also when one ends
// the process: by a bug check, an assertion, a sanitizer, a thread that never stops.
//
// Threads: a child has one. The exit hooks run on it, perhaps in a signal handler.

#pragma once

#include <memory>
#include <vector>

#include "explore/board.hpp"
#include "explore/life.hpp"
#include "explore/setup.hpp"
#include "host/explore.hpp"
#include "host/journal.hpp"
#include "host/sim.hpp"
#include "loader/image.hpp"
#include "verify/violation.hpp"

namespace explore {

class runner {
public:
    /// tells: the run is one to be shown; drivers' lines and the report go to standard output, and
    /// the journal says where threads stand.
    runner(const setup& s, const std::vector<std::unique_ptr<loader::image>>& images, board& b,
           host::journal& pages, bool tells) noexcept;

    /// Explores until a schedule fails, all are run, or the search has finished.
    void explore() noexcept;
    /// Runs one schedule: the first one, or a trail.
    void run_first() noexcept;
    void run_trail(const std::vector<uint32_t>& trail) noexcept;
    /// Runs the schedules with at most so many preemptions until one fails. Their trails are good
    /// for run_trail.
    void search(uint32_t preemptions) noexcept;

private:
    // Prints what a driver prints, each line with its thread in front.
    class printer final : public trace::text_sink {
    public:
        void write(const trace::text_line& line) noexcept override;
    };

    [[nodiscard]] host::replay replay_of(const std::vector<uint32_t>& trail) const;
    /// False when it failed.
    bool run(host::strategy& how, uint64_t seed) noexcept;
    bool run_all(host::strategy& how, const host::depth_first* search) noexcept;
    void judge(const host::run_result& r) noexcept;
    void end_early(failure kind, int code, const void* site) noexcept;
    void note_threads() noexcept;
    static void note_thread(const host::fiber_view& f, void* self) noexcept;
    static void on_stop(const verify::stop_info& stop) noexcept;
    static void on_panic(const char* message) noexcept;
    static void on_sanitizer() noexcept;
    static void on_hung(const void* const* frames, size_t depth) noexcept;

    static runner* active_;

    const setup* setup_;
    board* board_;
    host::journal* pages_;
    const bool tells_;
    printer printer_;
    life life_;
    host::sim sim_;
};

}  // namespace explore
