// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A machine: one computer. All state of the runtime hangs on it, so that a process can run several
// and a simulation can make and drop thousands.
//
// base knows only that a machine consists of parts. Each part (registrar, WSK, pool, ...) is
// a class of its own folder that derives from machine_part and names its slot:
//
//     class registrar : public base::machine_part {
//         static constexpr base::part slot = base::part::nmr;
//
// and is reached as m.get<nmr::registrar>(). Parts are constructed bottom up by the loader folder,
// which alone knows all of them, and destroyed top down.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/assert.hpp"
#include "base/heap.hpp"
#include "base/inspect.hpp"

namespace host {
class host_interface;
}

namespace base {

enum class part : uint8_t {
    trace,
    verify,
    mm,
    ke,
    ex,
    ob,
    ps,
    io,
    files,
    sections,
    rtl,
    net,
    io_loops,
    nmr,
    wsk_sockets,
    wsk,
    loader,
    count,
};

class machine_part : public heap_object {
public:
    machine_part() = default;
    machine_part(const machine_part&) = delete;
    machine_part& operator=(const machine_part&) = delete;
    virtual ~machine_part() = default;

    /// Shows every object of this part that a driver has not given back, and the traffic of its
    /// sockets. Any thread, IRQL < DISPATCH_LEVEL; other threads may be at work.
    virtual void show(object_visitor&) noexcept {}
};

/// Which thread runs completions of WSK operations (design: completion policies).
enum class completion_policy : uint8_t { deferred, thread, inline_, mixed };

/// How much is checked (design: verification levels).
enum class verify_level : uint8_t { off, standard, full };

/// The policies of a machine, constant after construction.
struct machine_options {
    uint32_t processors = 0;  ///< virtual processors; 0 means max(4, host CPUs)
    uint32_t io_threads = 0;  ///< event loops; 0 means min(host CPUs, processors / 2)
    completion_policy completions = completion_policy::deferred;
    verify_level verification = verify_level::standard;
    bool idle_deregister_succeeds = false;  ///< NMR: STATUS_SUCCESS from an idle deregister
    uint64_t seed = 1;
    uint64_t stuck_after_ms = 2000;   ///< a wait that holds up unload names what it waits for
    uint64_t wsk_ready_after_ms = 0;  ///< the WSK subsystem registers this late
};

class machine : public heap_object {
public:
    machine(host::host_interface& h, const machine_options& options) noexcept
        : host_(&h), options_(options) {}
    machine(const machine&) = delete;
    machine& operator=(const machine&) = delete;
    ~machine() {
        for (size_t i = count; i-- > 0;) {
            parts_[i].reset();
        }
    }

    [[nodiscard]] host::host_interface& host() const noexcept { return *host_; }
    [[nodiscard]] const machine_options& options() const noexcept { return options_; }

    template <class T>
    [[nodiscard]] T& get() const noexcept {
        machine_part* p = parts_[static_cast<size_t>(T::slot)].get();
        OPENWSK_ASSERT(p != nullptr);
        return *static_cast<T*>(p);
    }

    template <class T>
    [[nodiscard]] T* find() const noexcept {
        return static_cast<T*>(parts_[static_cast<size_t>(T::slot)].get());
    }

    /// Shows the objects of all parts.
    void show(object_visitor& v) const noexcept {
        for (const std::unique_ptr<machine_part>& p : parts_) {
            if (p != nullptr) {
                p->show(v);
            }
        }
    }

    /// Installs a part; called by the loader folder while it builds the machine.
    template <class T>
    T& install(std::unique_ptr<T> p) noexcept {
        std::unique_ptr<machine_part>& slot = parts_[static_cast<size_t>(T::slot)];
        OPENWSK_ASSERT(slot == nullptr);
        T& out = *p;
        slot = std::move(p);
        return out;
    }

private:
    static constexpr size_t count = static_cast<size_t>(part::count);

    host::host_interface* host_;
    const machine_options options_;
    std::unique_ptr<machine_part> parts_[count];
};

}  // namespace base
