// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Drivers of a machine: DriverEntry, DriverUnload and what they leave behind.
//
// Windows documents: "DRIVER_INITIALIZE callback function", "DRIVER_UNLOAD callback function",
// "DRIVER_OBJECT structure".
//
// Threads and IRQL: start and unload run driver code on the calling thread, which belongs to the
// machine and is at PASSIVE_LEVEL; one at a time per machine (the caller sees to it). Lists may be
// read by any thread.
//
// State:  loaded -> starting        [start]
//         starting -> running       [DriverEntry returned a success status]
//         starting -> unloaded      [DriverEntry failed; DriverUnload is not called, as on Windows]
//         running -> unloading      [unload]
//         unloading -> unloaded     [DriverUnload returned and no thread is inside]
//         unloading -> abandoned    [threads stayed inside for patience_factor times stuck_after;
//         the code stays callable]

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/heap.hpp"
#include "base/inspect.hpp"
#include "base/machine.hpp"
#include "host/mutex.hpp"
#include "loader/image.hpp"
#include "wdk/abi/io.h"

namespace loader {

enum class driver_state : uint8_t { loaded, starting, running, unloading, unloaded, abandoned };

/// Something a driver held, with the stack of its creation.
struct held_object : base::object_info {
    std::vector<const void*> frames;
};

/// What drivers of the machine hold now; of one image, or (null) of all.
std::vector<held_object> held_objects(const base::machine& m, const ke::module* owner) noexcept;

class driver : public base::heap_object {
public:
    driver(base::machine& m, image& i, const std::string& service) noexcept;
    driver(const driver&) = delete;
    driver& operator=(const driver&) = delete;
    ~driver() = default;

    /// Runs constructors and DriverEntry; returns what it returned.
    base::status start() noexcept;
    /// False when the driver is not running or has no DriverUnload.
    bool unload() noexcept;

    [[nodiscard]] const std::string& name() const noexcept { return image_->name(); }
    [[nodiscard]] std::string service() const { return {service_.data(), service_.size()}; }
    [[nodiscard]] const std::string& path() const noexcept { return image_->path(); }
    [[nodiscard]] driver_state state() const noexcept { return state_; }
    [[nodiscard]] base::status entry_status() const noexcept { return entry_status_; }
    [[nodiscard]] bool unloadable() const noexcept { return object_.DriverUnload != nullptr; }
    [[nodiscard]] base::machine& machine() const noexcept { return *machine_; }
    [[nodiscard]] ke::module& module() const noexcept { return image_->module(); }
    [[nodiscard]] const DRIVER_OBJECT& object() const noexcept { return object_; }

    /// What the driver still held when it had been unloaded.
    [[nodiscard]] const std::vector<held_object>& left_behind() const noexcept {
        return left_behind_;
    }

private:
    void fill_object() noexcept;
    void leave() noexcept;
    void tell_inside() const noexcept;

    template <class C>
    using text = std::basic_string<C, std::char_traits<C>, base::heap_allocator<C>>;

    static UNICODE_STRING unicode(text<char16_t>& from) noexcept;

    base::machine* machine_;
    image* image_;
    text<char> service_;
    text<char16_t> driver_name_;
    text<char16_t> registry_path_;
    text<char16_t> hardware_;
    UNICODE_STRING registry_string_{};
    UNICODE_STRING hardware_string_{};
    DRIVER_EXTENSION extension_{};
    DRIVER_OBJECT object_{};
    driver_state state_ = driver_state::loaded;
    base::status entry_status_;
    std::vector<held_object> left_behind_;
};

class drivers : public base::machine_part {
public:
    static constexpr base::part slot = base::part::loader;

    explicit drivers(base::machine& m) noexcept : machine_(&m) {}

    /// Maps a file as a driver; null, and why, when it cannot be. service empty: the file's name.
    driver* load(const char* path, const std::string& service, load_failure& why) noexcept;
    /// A driver of an image that is the caller's and has been given to this machine.
    driver& add(image& i, const std::string& service) noexcept;

    /// Drivers in the order they were loaded, unloaded ones included.
    [[nodiscard]] const auto& all() const noexcept { return all_; }
    /// Files that could not be loaded.
    [[nodiscard]] const std::vector<load_failure>& failures() const noexcept { return failures_; }
    [[nodiscard]] bool any_running() const noexcept;

private:
    base::machine* machine_;
    std::vector<std::unique_ptr<image>> images_;
    std::vector<std::unique_ptr<driver>, base::heap_allocator<std::unique_ptr<driver>>> all_;
    std::vector<load_failure> failures_;
};

/// \Registry\Machine\System\CurrentControlSet\Services\<service>
std::u16string service_key(const std::string& service);

/// Sets a value of a service's key and of its subkey Parameters. name may lead to a subkey of
/// the service's key ("Parameters\\Port"); then it is set there only.
base::status set_parameter(base::machine& m, const std::string& service, const std::string& name,
                           uint32_t type, const void* data, uint32_t bytes) noexcept;

/// UTF-16 of UTF-8; what is not UTF-8 becomes U+FFFD.
std::u16string to_utf16(const std::string& text);

}  // namespace loader
