// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Says what an unload waits for: a thread of the runtime that looks at the driver while another
// one is in DriverUnload, or waits for threads to leave the driver after it.
//
// An unload that takes no longer than the machine's stuck_after is not mentioned. A longer one is
// described: where the unloading thread and other threads of the driver wait, and what the driver
// holds that can hold it up. The description comes again at growing intervals; when what is held
// changes in number, one line says so, at most once per stuck_after. When the unload has ended
// after all, a last line says that. On the simulated host nothing is watched: there the end of all
// progress is known, and is reported as a deadlock.
//
// Threads and IRQL: made and destroyed by the thread that unloads, at PASSIVE_LEVEL.

#pragma once

#include <cstdint>
#include <string>

#include "base/inspect.hpp"
#include "host/mutex.hpp"
#include "ke/thread.hpp"
#include "loader/driver.hpp"

namespace report {

class unload_watch {
public:
    explicit unload_watch(const loader::driver& d) noexcept;
    unload_watch(const unload_watch&) = delete;
    unload_watch& operator=(const unload_watch&) = delete;
    ~unload_watch();

private:
    struct counts {
        uint64_t of[base::object_kind_count] = {};
        bool operator==(const counts&) const = default;
    };
    using objects = std::vector<loader::held_object>;

    static counts count(const objects& held) noexcept;
    void watch() noexcept;
    bool done_before(uint64_t deadline_ns) noexcept;
    [[nodiscard]] std::string beginning() const;
    void tell_threads(std::string& out) const;
    static void tell_counts(const counts& now, std::string& out);
    static void tell_objects(const objects& held, std::string& out);

    const loader::driver* driver_;
    const ke::thread* unloading_;
    uint64_t begun_ns_;
    host::mutex lock_{base::lock_rank::leaf};
    host::condition changed_;
    bool done_ OPENWSK_GUARDED_BY(lock_) = false;
    base::ref_ptr<ke::thread> thread_;  // null when nobody watches
};

}  // namespace report
