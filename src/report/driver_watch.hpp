// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Says what DriverEntry or an unload waits for: a thread of the runtime that looks at the driver
// while another one is in DriverEntry or DriverUnload, or waits for threads to leave the driver
// after it.
//
// What takes no longer than the machine's stuck_after is not mentioned. What does is described:
// where the thread and other threads of the driver wait, and what the driver holds that can hold it
// up. The description comes again at growing intervals; when what is held changes in number, one
// line says so, at most once per stuck_after. At the end a last line says how it ended. On the
// simulated host nothing is watched: there the end of all progress is known, and is reported as a
// deadlock.
//
// Threads and IRQL: made and destroyed by the thread that calls the driver, at PASSIVE_LEVEL.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/inspect.hpp"
#include "host/mutex.hpp"
#include "ke/thread.hpp"
#include "loader/driver.hpp"

namespace report {

class driver_watch {
public:
    enum class phase : uint8_t { entry, unload };

    driver_watch(const loader::driver& d, phase p) noexcept;
    driver_watch(const driver_watch&) = delete;
    driver_watch& operator=(const driver_watch&) = delete;
    ~driver_watch();

private:
    struct counts {
        uint64_t of[base::object_kind_count] = {};
        bool operator==(const counts&) const = default;
    };
    using objects = std::vector<loader::held_object>;
    struct standing;

    static counts count(const objects& held) noexcept;
    void watch() noexcept;
    bool done_before(uint64_t deadline_ns) noexcept;
    [[nodiscard]] const char* routine() const noexcept;
    [[nodiscard]] std::string sentence(const char* verb) const;
    [[nodiscard]] static std::string place_of(const standing& s, const ke::module& image);
    [[nodiscard]] bool look(standing& calling, std::vector<standing>& threads) const;
    void tell_threads(std::string& out);
    static void tell_counts(const counts& now, std::string& out);
    static void tell_objects(const objects& held, std::string& out);

    const loader::driver* driver_;
    phase phase_;
    const ke::thread* caller_;
    uint64_t begun_ns_;
    host::mutex lock_{base::lock_rank::leaf};
    host::condition changed_;
    bool done_ OPENWSK_GUARDED_BY(lock_) = false;
    bool told_ = false;                 // by the watching thread, read when it has ended
    base::ref_ptr<ke::thread> thread_;  // null when nobody watches
};

}  // namespace report
