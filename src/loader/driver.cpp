// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "loader/driver.hpp"

#include <algorithm>
#include <new>

#include "host/host.hpp"
#include "io/device.hpp"
#include "io/manager.hpp"
#include "ke/callout.hpp"
#include "ke/kernel.hpp"
#include "ke/long_wait.hpp"
#include "rtl/registry.hpp"
#include "verify/text.hpp"

namespace loader {
namespace {

// Of the time after which a wait says what it waits for: enough to read it.
constexpr uint64_t patience_factor = 5;

constexpr const char* hardware_key = "\\REGISTRY\\MACHINE\\HARDWARE\\DESCRIPTION\\SYSTEM";

// Keeps what the image at module, or any (null), created.
class collector final : public base::object_visitor {
public:
    explicit collector(const ke::module* m) noexcept : module_(m) {}

    void visit(const base::object_info& object) noexcept override {
        if (module_ == nullptr ||
            (object.site != nullptr && ke::module_of(object.site) == module_)) {
            found.push_back({object, {object.stack, object.stack + object.depth}});
            found.back().stack = nullptr;
        }
    }
    void visit(const base::traffic_info&) noexcept override {}

    std::vector<held_object> found;

private:
    const ke::module* module_;
};

}  // namespace

std::u16string to_utf16(const std::string& text) {
    std::u16string out;
    for (size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i++]);
        const unsigned more = lead < 0x80   ? 0
                              : lead < 0xc0 ? 4
                              : lead < 0xe0 ? 1
                              : lead < 0xf0 ? 2
                              : lead < 0xf8 ? 3
                                            : 4;
        char32_t c = more == 0 ? lead : lead & (0x3fu >> more);
        unsigned taken = 0;
        while (more < 4 && taken < more && i < text.size() &&
               (static_cast<unsigned char>(text[i]) & 0xc0u) == 0x80) {
            c = c << 6 | (static_cast<unsigned char>(text[i++]) & 0x3fu);
            ++taken;
        }
        if (more == 4 || taken != more || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
            c = 0xfffd;
        }
        if (c >= 0x10000) {
            out.push_back(static_cast<char16_t>(0xd7c0 + (c >> 10)));
            c = 0xdc00 | (c & 0x3ff);
        }
        out.push_back(static_cast<char16_t>(c));
    }
    return out;
}

std::vector<held_object> held_objects(const base::machine& m, const ke::module* owner) noexcept {
    collector c(owner);
    m.show(c);
    return std::move(c.found);
}

std::u16string service_key(const std::string& service) {
    return u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\" + to_utf16(service);
}

base::status set_parameter(base::machine& m, const std::string& service, const std::string& name,
                           uint32_t type, const void* data, uint32_t bytes) noexcept {
    auto& registry = m.get<rtl::registry>();
    const std::u16string whole = to_utf16(name);
    const size_t slash = whole.rfind(u'\\');
    const bool plain = slash == std::u16string::npos;
    const std::u16string below = plain ? std::u16string() : u"\\" + whole.substr(0, slash);
    const std::u16string value = plain ? whole : whole.substr(slash + 1);
    rtl::key_ptr key;
    NT_TRY(registry.open(nullptr, service_key(service) + below, true, key));
    NT_TRY(registry.set_value(*key, value, type, data, bytes));
    if (plain) {
        NT_TRY(registry.open(nullptr, service_key(service) + u"\\Parameters", true, key));
        NT_TRY(registry.set_value(*key, value, type, data, bytes));
    }
    return STATUS_SUCCESS;
}

UNICODE_STRING driver::unicode(text<char16_t>& from) noexcept {
    UNICODE_STRING s{};
    s.Buffer = reinterpret_cast<PWCH>(from.data());
    s.Length = static_cast<USHORT>(from.size() * sizeof(char16_t));
    s.MaximumLength = static_cast<USHORT>(s.Length + sizeof(char16_t));
    return s;
}

driver::driver(base::machine& m, image& i, const std::string& service) noexcept
    : machine_(&m), image_(&i), service_(service.empty() ? i.name() : service) {
    driver_name_ += u"\\Driver\\";
    driver_name_ += to_utf16(this->service());
    registry_path_ += service_key(this->service());
    hardware_ += to_utf16(hardware_key);
    fill_object();
}

void driver::fill_object() noexcept {
    constexpr CSHORT io_type_driver = 4;
    registry_string_ = unicode(registry_path_);
    hardware_string_ = unicode(hardware_);
    extension_.DriverObject = &object_;
    // The part of the path behind the last backslash, terminated by the path's own zero.
    const size_t at = registry_path_.rfind(u'\\') + 1;
    extension_.ServiceKeyName = registry_string_;
    extension_.ServiceKeyName.Buffer += at;
    extension_.ServiceKeyName.Length -= static_cast<USHORT>(at * sizeof(char16_t));
    extension_.ServiceKeyName.MaximumLength -= static_cast<USHORT>(at * sizeof(char16_t));

    object_.Type = io_type_driver;
    object_.Size = sizeof object_;
    object_.DriverStart = const_cast<char*>(image_->module().base);
    object_.DriverSize = static_cast<ULONG>(image_->module().size);
    object_.DriverExtension = &extension_;
    object_.DriverName = unicode(driver_name_);
    object_.HardwareDatabase = &hardware_string_;
    io::set_default_dispatch(object_);
    object_.DriverInit = reinterpret_cast<PDRIVER_INITIALIZE>(image_->symbol("DriverEntry"));
}

base::status driver::start() noexcept {
    OPENWSK_ASSERT(state_ == driver_state::loaded);
    state_ = driver_state::starting;
    image_->construct();
    entry_status_ = ke::callout(ke::callout_kind::driver_entry, object_.DriverInit, &object_,
                                &registry_string_);
    ke::drain_deferred(ke::current());
    if (entry_status_.ok()) {
        state_ = driver_state::running;
    } else {
        state_ = driver_state::unloading;
        leave();
    }
    return entry_status_;
}

bool driver::unload() noexcept {
    if (state_ != driver_state::running || !unloadable()) {
        return false;
    }
    state_ = driver_state::unloading;
    ke::callout(ke::callout_kind::driver_unload, object_.DriverUnload, &object_);
    ke::drain_deferred(ke::current());
    leave();
    return true;
}

// After DriverUnload, or a DriverEntry that failed. A thread that signals its end and returns may
// still be on its last instructions; one that stays inside is itself left behind.
void driver::leave() noexcept {
    const uint64_t patience = patience_factor * machine_->options().stuck_after_ms * ke::ns_per_ms;
    const bool quiet = ke::wait_quiet(image_->module(), machine_->host().now_ns() + patience);
    machine_->get<ke::kernel>().reap();
    if (quiet) {
        image_->destruct();
    } else {
        tell_inside();
    }
    left_behind_ = held_objects(*machine_, &image_->module());
    if (quiet) {
        machine_->get<io::manager>().extensions().drop(&object_);
        image_->seal();
    }
    state_ = quiet ? driver_state::unloaded : driver_state::abandoned;
}

void driver::tell_inside() const noexcept {
    verify::text out;
    out.add("openwsk: %s is unloaded, but threads are still inside it; its code stays callable\n",
            name().c_str());
}

driver* drivers::load(const char* path, const std::string& service, load_failure& why) noexcept {
    std::unique_ptr<image> mapped = image::map(*machine_, path, why);
    if (mapped == nullptr) {
        failures_.push_back(why);
        return nullptr;
    }
    images_.push_back(std::move(mapped));
    return &add(*images_.back(), service);
}

driver& drivers::add(image& i, const std::string& service) noexcept {
    std::unique_ptr<driver> made(new (std::nothrow) driver(*machine_, i, service));
    OPENWSK_ASSERT(made != nullptr);
    all_.push_back(std::move(made));
    return *all_.back();
}

bool drivers::any_running() const noexcept {
    return std::any_of(all_.begin(), all_.end(), [](const std::unique_ptr<driver>& d) {
        return d->state() == driver_state::running;
    });
}

}  // namespace loader
