// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The report as JSON, for programs. docs/report.md describes the members; "schema" counts versions,
// and members are only ever added within one.

#include <unistd.h>

#include "host/symbolize.hpp"
#include "report/json_writer.hpp"
#include "report/model.hpp"
#include "rtl/status_name.hpp"

namespace report {
namespace {

constexpr uint64_t schema = 1;

void write_location(json_writer& j, const void* return_address) noexcept {
    if (return_address == nullptr) {
        j.null();
        return;
    }
    host::location at{};
    host::locate(static_cast<const char*>(return_address) - 1, at);
    j.open_object();
    j.key("module").string(at.image);
    j.key("function").string(at.function);
    j.key("inlined").string(at.inlined);
    j.key("file").string(at.file);
    j.key("line").number(at.line);
    j.key("offset").number(at.offset);
    j.close_object();
}

template <class Frames>
void write_stack(json_writer& j, const Frames& frames, size_t depth) noexcept {
    j.open_array();
    for (size_t i = 0; i < depth; ++i) {
        write_location(j, frames[i]);
    }
    j.close_array();
}

void write_status(json_writer& j, int32_t status) noexcept {
    const char* name = rtl::status_name(status);
    j.open_object();
    j.key("value").hex(static_cast<uint32_t>(status), 8);
    j.key("name");
    if (name != nullptr) {
        j.string(name);
    } else {
        j.null();
    }
    j.close_object();
}

void write_leak(json_writer& j, const leak& l) {
    j.open_object();
    j.key("kind").string(base::name_of(l.kind));
    j.key("count").number(l.count);
    j.key("bytes").number(l.bytes);
    if (l.tag != 0) {
        j.key("tag").string(tag_text(l.tag).c_str());
    }
    j.key("text").string(l.text.c_str());
    j.key("site");
    write_location(j, l.site);
    j.key("stack");
    write_stack(j, l.frames, l.frames.size());
    j.close_object();
}

void write_drivers(json_writer& j, const model& m) {
    j.open_array();
    for (const driver_entry& d : m.drivers) {
        j.open_object();
        j.key("name").string(d.name.c_str());
        j.key("path").string(d.path.c_str());
        j.key("state").string(name_of(d.state));
        j.key("entry_status");
        write_status(j, d.entry_status.code());
        j.key("unloadable").boolean(d.unloadable);
        j.key("left_behind").open_array();
        for (const leak& l : d.leaks) {
            write_leak(j, l);
        }
        j.close_array();
        j.close_object();
    }
    j.close_array();
}

void write_traffic(json_writer& j, const model& m) {
    j.open_array();
    for (const base::traffic_info& t : m.traffic) {
        j.open_object();
        j.key("socket").number(t.ordinal);
        j.key("name").string(t.name);
        j.key("open").boolean(t.open);
        j.key("bytes_received").number(t.bytes_received);
        j.key("bytes_sent").number(t.bytes_sent);
        j.key("receives").number(t.receives);
        j.key("sends").number(t.sends);
        j.key("accepted").number(t.accepted);
        j.key("dropped").number(t.dropped);
        j.close_object();
    }
    j.close_array();
}

void write_findings(json_writer& j, const model& m) {
    j.open_array();
    for (const verify::finding& f : m.findings) {
        const verify::rule_text& rule = verify::text_of(f.id);
        j.open_object();
        j.key("rule").string(rule.name);
        j.key("count").number(f.count);
        j.key("text").string(f.text);
        j.key("fix").string(rule.hint);
        j.key("bug_check").hex(rule.code, 8);
        j.key("thread").number(f.thread);
        j.key("stack");
        write_stack(j, f.stack, f.depth);
        j.close_object();
    }
    j.close_array();
}

void write_head(json_writer& j, const char* result, uint64_t code) noexcept {
    j.key("schema").number(schema);
    j.key("result").string(result);
    j.key("exit_code").number(code);
}

}  // namespace

void write_json(const model& m, const output& out) {
    json_writer j(out.write, out.context);
    j.open_object();
    write_head(j,
               m.code == clean   ? "clean"
               : m.code == found ? "found"
                                 : "not-started",
               static_cast<uint64_t>(m.code));
    j.key("elapsed_ns").number(m.elapsed_ns);
    j.key("seed").number(m.seed);
    j.key("drivers");
    write_drivers(j, m);
    j.key("not_loaded").open_array();
    for (const loader::load_failure& f : m.failures) {
        j.open_object();
        j.key("status");
        write_status(j, f.status.code());
        j.key("text").string(f.text.c_str());
        j.key("names").open_array();
        for (const std::string& name : f.names) {
            j.string(name.c_str());
        }
        j.close_array();
        j.close_object();
    }
    j.close_array();
    j.key("traffic");
    write_traffic(j, m);
    j.key("violations");
    write_findings(j, m);
    j.close_object();
    j.flush();
    out("\n");
}

void write_crash_json(crash kind, const verify::stop_info* stop, const char* text,
                      int descriptor) noexcept {
    static constexpr struct {
        const char* result;
        uint64_t code;
    } kinds[] = {{"bug-check", 3}, {"internal-error", 70}, {"sanitizer", 1}};
    const auto& shown = kinds[static_cast<uint8_t>(kind)];
    json_writer j(
        [](void* context, const char* piece, size_t length) {
            (void)!write(static_cast<int>(reinterpret_cast<intptr_t>(context)), piece, length);
        },
        reinterpret_cast<void*>(static_cast<intptr_t>(descriptor)));
    j.open_object();
    write_head(j, shown.result, shown.code);
    j.key("text").string(text);
    if (stop != nullptr) {
        j.key("bug_check").open_object();
        j.key("code").hex(stop->code, 8);
        j.key("name").string(stop->name);
        j.key("parameters").open_array();
        for (uint64_t p : stop->parameters) {
            j.hex(p, 16);
        }
        j.close_array();
        j.key("rule");
        if (stop->rule != nullptr) {
            j.string(stop->rule);
        } else {
            j.null();
        }
        j.key("stack");
        write_stack(j, stop->stack, stop->depth);
        j.close_object();
    }
    j.close_object();
}

}  // namespace report
