// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The report as text, for people.

#include <fmt/format.h>

#include "host/symbolize.hpp"
#include "report/model.hpp"
#include "rtl/status_name.hpp"

namespace report {

std::string place(const void* return_address) {
    char text[640];
    host::describe_return(return_address, text, sizeof text);
    return text;
}

std::string counted(uint64_t n, base::object_kind kind) {
    std::string name = base::plural_of(kind);
    if (n == 1) {
        name.pop_back();
    }
    return fmt::format("{} {}", n, name);
}

namespace {

constexpr size_t sockets_shown = 20;

void write_leaks(const driver_entry& d, const output& out) {
    if (d.leaks.empty()) {
        out("    left behind: nothing\n");
        return;
    }
    out("    left behind:\n");
    for (const leak& l : d.leaks) {
        std::string line = "      " + counted(l.count, l.kind);
        if (l.tag != 0) {
            line += fmt::format(", tag '{}'", tag_text(l.tag));
        }
        if (l.bytes != 0) {
            line += fmt::format(", {} bytes", l.bytes);
        }
        if (!l.text.empty()) {
            line += ": " + l.text;
        }
        line += "\n";
        if (l.site != nullptr) {
            line += "        made by " + place(l.site) + "\n";
        }
        for (size_t i = 1; i < l.frames.size() && host::in_driver(l.frames[i]); ++i) {
            line += "             by " + place(l.frames[i]) + "\n";
        }
        out(line);
    }
}

void write_driver(const driver_entry& d, const output& out) {
    char status[96];
    rtl::describe_status(d.entry_status.code(), status, sizeof status);
    out(fmt::format("  driver {}: DriverEntry returned {}, {}\n", d.name, status,
                    name_of(d.state)));
    if (d.state == loader::driver_state::running) {
        out(d.unloadable ? "    still running\n"
                         : "    sets no DriverUnload: it stays loaded, as on Windows\n");
        return;
    }
    if (d.state == loader::driver_state::abandoned) {
        out("    threads are still inside the driver\n");
    }
    write_leaks(d, out);
}

void write_traffic(const model& m, const output& out) {
    if (m.traffic.empty()) {
        return;
    }
    base::traffic_info total{};
    out(fmt::format("  {:<58} {:>14} {:>14}\n", "traffic, in bytes", "received", "sent"));
    size_t shown = 0;
    for (const base::traffic_info& t : m.traffic) {
        total.bytes_received += t.bytes_received;
        total.bytes_sent += t.bytes_sent;
        total.accepted += t.accepted;
        total.dropped += t.dropped;
        if (shown++ < sockets_shown) {
            std::string name = fmt::format("{} {}", t.ordinal, t.name);
            if (t.accepted != 0) {
                name += fmt::format(", accepted {}", t.accepted);
            }
            if (t.dropped != 0) {
                name += fmt::format(", dropped {}", t.dropped);
            }
            out(fmt::format("    {:<56} {:>14} {:>14}\n", name, t.bytes_received, t.bytes_sent));
        }
    }
    if (m.traffic.size() > sockets_shown) {
        out(fmt::format("    ... and {} more\n", m.traffic.size() - sockets_shown));
    }
    // Of sockets that are closed only the last ones are remembered.
    const uint64_t made = m.traffic.back().ordinal;
    const std::string all = made > m.traffic.size()
                                ? fmt::format("these {} of {} sockets", m.traffic.size(), made)
                                : fmt::format("all {} sockets", made);
    out(fmt::format("    {:<56} {:>14} {:>14}\n", all, total.bytes_received, total.bytes_sent));
}

void write_findings(const model& m, const output& out) {
    if (m.findings.empty()) {
        out("  violations: none\n");
        return;
    }
    out("  violations:\n");
    for (const verify::finding& f : m.findings) {
        out(fmt::format("    {}{}: {}\n", verify::text_of(f.id).name,
                        f.count > 1 ? fmt::format(" ({} times)", f.count) : "", f.text));
        if (f.caller != nullptr) {
            out(fmt::format("        in {}\n", place(f.caller)));
        }
    }
}

const char* verdict(exit_code code) noexcept {
    switch (code) {
        case clean:
            return "clean";
        case found:
            return "not clean";
        case not_started:
            return "a driver did not start";
        default:
            return "stopped";
    }
}

}  // namespace

void write_text(const model& m, const output& out) {
    out(fmt::format("openwsk report after {:.3f} s\n", static_cast<double>(m.elapsed_ns) / 1e9));
    for (const driver_entry& d : m.drivers) {
        write_driver(d, out);
    }
    for (const loader::load_failure& f : m.failures) {
        out(fmt::format("  not loaded: {}\n", f.text));
        for (const std::string& name : f.names) {
            out(fmt::format("      {}\n", name));
        }
    }
    write_traffic(m, out);
    write_findings(m, out);
    out(fmt::format("  result: {} (exit code {})\n", verdict(m.code), static_cast<int>(m.code)));
}

}  // namespace report
