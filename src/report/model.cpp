// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "report/model.hpp"

#include <algorithm>

#include "host/host.hpp"
#include "trace/recorder.hpp"

namespace report {
namespace {

class traffic_collector final : public base::object_visitor {
public:
    void visit(const base::object_info&) noexcept override {}
    void visit(const base::traffic_info& traffic) noexcept override { found.push_back(traffic); }

    std::vector<base::traffic_info> found;
};

void add_finding(const verify::finding& f, void* context) noexcept {
    static_cast<std::vector<verify::finding>*>(context)->push_back(f);
}

}  // namespace

const char* name_of(loader::driver_state state) noexcept {
    switch (state) {
        case loader::driver_state::loaded:
            return "loaded";
        case loader::driver_state::starting:
            return "starting";
        case loader::driver_state::running:
            return "running";
        case loader::driver_state::unloading:
            return "unloading";
        case loader::driver_state::unloaded:
            return "unloaded";
        case loader::driver_state::abandoned:
            return "abandoned";
    }
    return "unknown";
}

std::string tag_text(uint32_t tag) {
    std::string text;
    for (unsigned i = 0; i < 4; ++i) {
        const auto c = static_cast<char>(tag >> (8 * i));
        text.push_back(c >= ' ' && c < 127 ? c : '.');
    }
    return text;
}

std::vector<leak> group(const std::vector<loader::held_object>& objects) {
    std::vector<leak> out;
    for (const loader::held_object& o : objects) {
        auto same = std::find_if(out.begin(), out.end(), [&](const leak& l) {
            return l.kind == o.kind && l.tag == o.tag && l.site == o.site;
        });
        if (same == out.end()) {
            out.push_back({o.kind, o.tag, 0, 0, o.site, o.frames, o.text});
            same = out.end() - 1;
        }
        ++same->count;
        same->bytes += o.bytes;
    }
    std::stable_sort(out.begin(), out.end(), [](const leak& a, const leak& b) {
        return a.kind != b.kind ? a.kind < b.kind : a.bytes > b.bytes;
    });
    return out;
}

model collect(base::machine& m) {
    model out;
    out.seed = m.options().seed;
    if (auto* recorder = m.find<trace::recorder>()) {
        out.elapsed_ns = m.host().now_ns() - recorder->epoch_ns();
    }
    out.failures = m.get<loader::drivers>().failures();
    bool left = false;
    bool failed = !out.failures.empty();
    for (const std::unique_ptr<loader::driver>& d : m.get<loader::drivers>().all()) {
        out.drivers.push_back({d->name(), d->path(), d->state(), d->entry_status(), d->unloadable(),
                               group(d->left_behind())});
        left = left || !d->left_behind().empty();
        left = left || d->state() == loader::driver_state::abandoned;
        failed = failed || !d->entry_status().ok();
    }
    traffic_collector traffic;
    m.show(traffic);
    out.traffic = std::move(traffic.found);
    std::sort(out.traffic.begin(), out.traffic.end(),
              [](const auto& a, const auto& b) { return a.ordinal < b.ordinal; });
    verify::for_each_finding(add_finding, &out.findings);
    out.code = failed ? not_started : left || verify::violation_count() != 0 ? found : clean;
    return out;
}

}  // namespace report
