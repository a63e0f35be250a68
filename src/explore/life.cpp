// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "explore/life.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>

#include <unistd.h>

#include "host/host.hpp"
#include "host/progress_watch.hpp"
#include "io/loop_pool.hpp"
#include "ke/thread.hpp"
#include "loader/driver.hpp"
#include "loader/machine.hpp"
#include "report/model.hpp"
#include "report/text_filter.hpp"
#include "rtl/status_name.hpp"
#include "wdk/abi/rtl.h"

namespace explore {
namespace {

void write_out(void*, const char* text, size_t length) {
    (void)!write(STDOUT_FILENO, text, length);
}

// The first thing that makes the report unclean.
void say(const report::model& m, verdict& v) noexcept {
    for (const report::driver_entry& d : m.drivers) {
        if (!d.entry_status.ok()) {
            char status[96];
            rtl::describe_status(d.entry_status.code(), status, sizeof status);
            std::snprintf(v.what, sizeof v.what, "DriverEntry of %s returned %s", d.name.c_str(),
                          status);
            return;
        }
    }
    if (!m.findings.empty()) {
        std::snprintf(v.what, sizeof v.what, "violation %s",
                      verify::text_of(m.findings.front().id).name);
        v.site = m.findings.front().caller;
        return;
    }
    for (const report::driver_entry& d : m.drivers) {
        if (d.state == loader::driver_state::abandoned) {
            std::snprintf(v.what, sizeof v.what, "%s was unloaded with threads inside",
                          d.name.c_str());
            return;
        }
        if (!d.leaks.empty()) {
            std::snprintf(v.what, sizeof v.what, "%s left behind: %s", d.name.c_str(),
                          base::name_of(d.leaks.front().kind));
            v.site = d.leaks.front().site;
            return;
        }
    }
}

}  // namespace

void life::set_parameters(base::machine& m) noexcept {
    for (const parameter& p : setup_->parameters) {
        const std::u16string text = loader::to_utf16(p.text);
        const auto bytes = static_cast<uint32_t>((text.size() + 1) * sizeof(char16_t));
        const base::status s =
            p.is_number
                ? loader::set_parameter(m, p.service, p.name, REG_DWORD, &p.number, sizeof p.number)
                : loader::set_parameter(m, p.service, p.name, REG_SZ, text.c_str(), bytes);
        OPENWSK_ASSERT(s.ok());
    }
}

void life::pass_time() noexcept {
    if (setup_->run_ns == 0) {
        return;
    }
    host::host_interface& h = host::current();
    std::atomic<uint32_t> never{0};
    const uint64_t until = h.now_ns() + setup_->run_ns;
    while (h.wait(never, 0, until)) {
    }
}

void life::judge(base::machine& m) noexcept {
    host::unobserved scope;
    const report::model found = report::collect(m);
    verdict_->no_network = m.get<io::loop_pool>().lacked_network();
    if (tells_) {
        host::end_progress_watch();  // looking symbols up takes its time
        report::write_text(found, {write_out, nullptr});
    }
    if (found.code == report::clean) {
        return;
    }
    verdict_->kind = found.code == report::not_started ? failure::not_started : failure::found;
    verdict_->code = found.code;
    say(found, *verdict_);
}

void life::live() noexcept {
    base::machine_options options = setup_->machine;
    options.seed = seed_;
    // Given up with everything else in the arena.
    base::machine& m = *loader::make_machine(host::current(), options).release();
    ke::attach(m);
    auto& recorder = m.get<trace::recorder>();
    recorder.set_sink(sink_);
    if (!setup_->text_filter.empty()) {
        report::apply_text_filter(recorder.filter(), setup_->text_filter.c_str());
    }
    set_parameters(m);
    auto& all = m.get<loader::drivers>();
    std::vector<loader::driver*, base::heap_allocator<loader::driver*>> running;
    running.reserve(images_->size());
    for (const std::unique_ptr<loader::image>& i : *images_) {
        i->rewind(m);
        loader::driver& d = all.add(*i, {});
        if (!d.start().ok()) {
            break;
        }
        running.push_back(&d);
    }
    if (running.size() == images_->size()) {
        pass_time();
    }
    for (auto d = running.rbegin(); d != running.rend(); ++d) {
        (*d)->unload();
    }
    judge(m);
}

}  // namespace explore
