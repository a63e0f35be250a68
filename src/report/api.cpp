// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The C API of include/openwsk/machine.h: checks arguments, binds threads, converts.

#include <openwsk/machine.h>

#include <atomic>
#include <cstring>
#include <new>

#include "base/annotate.hpp"
#include "host/symbolize.hpp"
#include "io/file.hpp"
#include "ke/default_machine.hpp"
#include "ke/thread.hpp"
#include "loader/driver.hpp"
#include "loader/machine.hpp"
#include "report/driver_watch.hpp"
#include "report/explain.hpp"
#include "report/model.hpp"
#include "report/options.hpp"
#include "report/sanitizer.hpp"
#include "report/text_filter.hpp"
#include "trace/recorder.hpp"
#include "wdk/abi/rtl.h"

namespace report {
namespace {

// Passes text lines on to a C function.
class text_adaptor final : public trace::text_sink {
public:
    void write(const trace::text_line& line) noexcept override {
        const openwsk_text text{sizeof text,    line.time_ns, line.thread, line.irql,
                                line.component, line.level,   line.text,   line.length};
        function(context, &text);
    }

    openwsk_text_function* function = nullptr;
    void* context = nullptr;
};

// What openwsk_failure_free gets back.
struct failure_block final : openwsk_failure {
    explicit failure_block(loader::load_failure why) : openwsk_failure{}, kept(std::move(why)) {
        for (const std::string& name : kept.names) {
            pointers.push_back(name.c_str());
        }
        size = sizeof(openwsk_failure);
        status = kept.status.code();
        text = kept.text.c_str();
        names = pointers.data();
        name_count = pointers.size();
    }

    loader::load_failure kept;
    std::vector<const char*> pointers;
};

void set_failure(openwsk_failure** out, loader::load_failure why) noexcept {
    if (out != nullptr) {
        *out = new (std::nothrow) failure_block(std::move(why));
    }
}

// The calling thread belongs to a machine while this lives.
class binding {
public:
    explicit binding(base::machine& m) noexcept {
        if (host::self() == nullptr) {
            ke::attach(m);
            attached_ = true;
        }
        ok_ = host::self()->machine == &m;
    }
    binding(const binding&) = delete;
    binding& operator=(const binding&) = delete;
    ~binding() {
        if (attached_) {
            ke::detach();
        }
    }
    [[nodiscard]] bool ok() const noexcept { return ok_; }

private:
    bool attached_ = false;
    bool ok_ = false;
};

// Where write_crash_json goes; set once, read when the process ends.
std::atomic<int> crash_descriptor_{-1};

void write_crash(crash kind, const verify::stop_info* stop, const char* text) noexcept {
    const int descriptor = crash_descriptor_.load(std::memory_order_relaxed);
    if (descriptor >= 0) {
        write_crash_json(kind, stop, text, descriptor);
    }
}

void on_stop(const verify::stop_info& stop) noexcept {
    write_crash(crash::bug_check, &stop, stop.text);
}

void on_panic(const char* message) noexcept {
    write_crash(crash::internal_error, nullptr, message);
}

#if OPENWSK_ASAN || OPENWSK_TSAN
// A sanitizer has written its report and ends the process.
void on_sanitizer() noexcept {
    if (base::machine* m = ke::find_default_machine()) {
        m->get<trace::recorder>().flush_now();
    }
    write_crash(crash::sanitizer, nullptr, "see the report of the sanitizer");
}

#endif

}  // namespace
}  // namespace report

struct openwsk_machine {
    base::machine* m = nullptr;
    std::unique_ptr<base::machine> owned;  // null for the default machine
    report::text_adaptor text;
};

// A driver is its own handle.
struct openwsk_driver;

namespace report {
namespace {

openwsk_driver* handle_of(loader::driver* d) noexcept {
    return reinterpret_cast<openwsk_driver*>(d);
}
loader::driver& driver_of(openwsk_driver* d) noexcept {
    return *reinterpret_cast<loader::driver*>(d);
}
const loader::driver& driver_of(const openwsk_driver* d) noexcept {
    return *reinterpret_cast<const loader::driver*>(d);
}

void show_object(const loader::held_object& o, openwsk_object_function* function,
                 void* context) noexcept {
    const ke::module* owner = o.site != nullptr ? ke::module_of(o.site) : nullptr;
    char site[640] = {};
    if (o.site != nullptr) {
        host::describe_return(o.site, site, sizeof site);
    }
    const openwsk_object object{sizeof object,
                                base::name_of(o.kind),
                                owner != nullptr ? owner->name : nullptr,
                                o.site != nullptr ? site : nullptr,
                                o.text,
                                o.ordinal,
                                o.bytes,
                                o.tag};
    function(context, &object);
}

}  // namespace
}  // namespace report

extern "C" {

const char* openwsk_version(void) {
    return OPENWSK_VERSION;
}

const char* openwsk_variant(void) {
    return OPENWSK_ASAN != 0 ? "asan" : OPENWSK_TSAN != 0 ? "tsan" : "plain";
}

openwsk_result openwsk_machine_create(const openwsk_machine_options* options,
                                      openwsk_machine** machine) {
    base::machine_options converted;
    if (machine == nullptr) {
        return OPENWSK_BAD_ARGUMENT;
    }
    *machine = nullptr;
    if (options != nullptr && !report::convert(*options, converted)) {
        return OPENWSK_BAD_ARGUMENT;
    }
    std::unique_ptr<openwsk_machine> out(new (std::nothrow) openwsk_machine);
    std::unique_ptr<base::machine> made = loader::make_machine(host::linux_host(), converted);
    if (out == nullptr || made == nullptr) {
        return OPENWSK_NO_MEMORY;
    }
    if (options != nullptr && options->files != nullptr &&
        made->get<io::files>().mount(options->files) != 0) {
        return OPENWSK_NOT_FOUND;
    }
#if OPENWSK_ASAN || OPENWSK_TSAN
    report::watch_sanitizers(report::on_sanitizer);
#endif
    out->m = made.get();
    if (options == nullptr || options->is_default == 0) {
        out->owned = std::move(made);
    } else if (!loader::publish_default_machine(made)) {
        return OPENWSK_BUSY;
    }
    *machine = out.release();
    return OPENWSK_OK;
}

openwsk_result openwsk_machine_destroy(openwsk_machine* machine) {
    if (machine == nullptr) {
        return OPENWSK_OK;
    }
    if (machine->owned == nullptr || machine->m->get<loader::drivers>().any_running()) {
        return OPENWSK_BUSY;
    }
    if (host::self() != nullptr && host::self()->machine == machine->m) {
        ke::detach();
    }
    machine->m->get<trace::recorder>().set_sink(nullptr);
    delete machine;
    return OPENWSK_OK;
}

openwsk_result openwsk_thread_bind(openwsk_machine* machine) {
    if (machine == nullptr) {
        return OPENWSK_BAD_ARGUMENT;
    }
    if (host::self() == nullptr) {
        ke::attach(*machine->m);
    }
    return host::self()->machine == machine->m ? OPENWSK_OK : OPENWSK_BUSY;
}

void openwsk_thread_unbind(void) {
    if (host::self() != nullptr) {
        ke::detach();
    }
}

void openwsk_on_text(openwsk_machine* machine, openwsk_text_function* function, void* context) {
    auto& recorder = machine->m->get<trace::recorder>();
    recorder.set_sink(nullptr);
    recorder.flush();
    machine->text.function = function;
    machine->text.context = context;
    if (function != nullptr) {
        recorder.set_sink(&machine->text);
    }
}

void openwsk_flush_text(openwsk_machine* machine) {
    machine->m->get<trace::recorder>().flush();
}

openwsk_result openwsk_set_text_filter(openwsk_machine* machine, const char* filter) {
    if (machine == nullptr || filter == nullptr) {
        return OPENWSK_BAD_ARGUMENT;
    }
    trace::text_filter& f = machine->m->get<trace::recorder>().filter();
    return report::apply_text_filter(f, filter) ? OPENWSK_OK : OPENWSK_BAD_ARGUMENT;
}

void openwsk_failure_free(openwsk_failure* failure) {
    delete static_cast<report::failure_block*>(failure);
}

openwsk_result openwsk_driver_load(openwsk_machine* machine, const char* path,
                                   const openwsk_driver_options* options, openwsk_driver** driver,
                                   openwsk_failure** failure) {
    if (failure != nullptr) {
        *failure = nullptr;
    }
    if (machine == nullptr || path == nullptr || driver == nullptr ||
        (options != nullptr && options->size != sizeof *options)) {
        return OPENWSK_BAD_ARGUMENT;
    }
    *driver = nullptr;
    report::binding bound(*machine->m);
    if (!bound.ok()) {
        return OPENWSK_BUSY;
    }
    const bool named = options != nullptr && options->service != nullptr;
    loader::load_failure why;
    loader::driver* d = machine->m->get<loader::drivers>().load(
        path, named ? options->service : std::string(), why);
    if (d == nullptr) {
        const bool variant = why.status == loader::wrong_variant;
        report::set_failure(failure, std::move(why));
        return variant ? OPENWSK_WRONG_VARIANT : OPENWSK_LOAD_FAILED;
    }
    *driver = report::handle_of(d);
    const base::status status = [d] {
        const report::driver_watch watch(*d, report::driver_watch::phase::entry);
        return d->start();
    }();
    if (!status.ok()) {
        report::set_failure(failure, {status, "DriverEntry failed", {}});
        return OPENWSK_START_FAILED;
    }
    return OPENWSK_OK;
}

openwsk_result openwsk_driver_unload(openwsk_driver* driver) {
    if (driver == nullptr) {
        return OPENWSK_BAD_ARGUMENT;
    }
    loader::driver& d = report::driver_of(driver);
    if (d.state() != loader::driver_state::running) {
        return OPENWSK_NOT_FOUND;
    }
    report::binding bound(d.machine());
    if (!bound.ok()) {
        return OPENWSK_BUSY;
    }
    if (!d.unloadable()) {
        return OPENWSK_NOT_UNLOADABLE;
    }
    const report::driver_watch watch(d, report::driver_watch::phase::unload);
    d.unload();
    return OPENWSK_OK;
}

openwsk_result openwsk_set_param_dword(openwsk_machine* machine, const char* service,
                                       const char* name, uint32_t value) {
    if (machine == nullptr || service == nullptr || name == nullptr) {
        return OPENWSK_BAD_ARGUMENT;
    }
    const base::status s =
        loader::set_parameter(*machine->m, service, name, REG_DWORD, &value, sizeof value);
    return s.ok() ? OPENWSK_OK : OPENWSK_NO_MEMORY;
}

openwsk_result openwsk_set_param_string(openwsk_machine* machine, const char* service,
                                        const char* name, const char* value) {
    if (machine == nullptr || service == nullptr || name == nullptr || value == nullptr) {
        return OPENWSK_BAD_ARGUMENT;
    }
    const std::u16string text = loader::to_utf16(value);
    const auto bytes = static_cast<uint32_t>((text.size() + 1) * sizeof(char16_t));
    const base::status s =
        loader::set_parameter(*machine->m, service, name, REG_SZ, text.c_str(), bytes);
    return s.ok() ? OPENWSK_OK : OPENWSK_NO_MEMORY;
}

const char* openwsk_driver_name(const openwsk_driver* driver) {
    return report::driver_of(driver).name().c_str();
}

openwsk_result openwsk_list_imports(const char* path, openwsk_import_function* function,
                                    void* context, openwsk_failure** failure) {
    if (failure != nullptr) {
        *failure = nullptr;
    }
    if (path == nullptr || function == nullptr) {
        return OPENWSK_BAD_ARGUMENT;
    }
    loader::image_imports imports;
    loader::load_failure why;
    if (!loader::list_imports(path, imports, why)) {
        report::set_failure(failure, std::move(why));
        return OPENWSK_LOAD_FAILED;
    }
    for (const loader::image_imports::entry& e : imports.entries) {
        const openwsk_import one{sizeof one, e.name.c_str(), e.provided ? 1 : 0, e.refused};
        function(context, &one);
    }
    return OPENWSK_OK;
}

const char* openwsk_variant_for(const char* path) {
    return path != nullptr ? loader::variant_for(path) : nullptr;
}

void openwsk_snapshot(openwsk_machine* machine, openwsk_object_function* function, void* context) {
    for (const loader::held_object& o : loader::held_objects(*machine->m, nullptr)) {
        report::show_object(o, function, context);
    }
}

int openwsk_report(openwsk_machine* machine, openwsk_report_format format,
                   openwsk_write_function* function, void* context) {
    machine->m->get<trace::recorder>().flush();
    const report::model model = report::collect(*machine->m);
    const report::output out{function, context};
    if (format == OPENWSK_REPORT_JSON) {
        report::write_json(model, out);
    } else {
        report::write_text(model, out);
    }
    return model.code;
}

void openwsk_set_crash_report(int descriptor) {
    report::crash_descriptor_.store(descriptor, std::memory_order_relaxed);
    verify::set_exit_hook(report::on_stop);
    base::set_panic_hook(report::on_panic);
}

openwsk_result openwsk_explain(const char* what, openwsk_write_function* function, void* context) {
    if (what == nullptr || function == nullptr) {
        return OPENWSK_BAD_ARGUMENT;
    }
    return report::explain(what, {function, context}) ? OPENWSK_OK : OPENWSK_NOT_FOUND;
}

}  // extern "C"
