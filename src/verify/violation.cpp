// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "verify/violation.hpp"

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include <unistd.h>

#include "base/machine.hpp"
#include "host/backtrace.hpp"
#include "host/host.hpp"
#include "host/mutex.hpp"
#include "host/symbolize.hpp"
#include "trace/event.hpp"
#include "trace/recorder.hpp"
#include "verify/text.hpp"
#include "wdk/abi/bugcodes_table.h"

namespace verify {
namespace {

constexpr int exit_bug_check = 3;
constexpr size_t findings_max = 512;
constexpr size_t last_events = 16;
constexpr size_t ours = 2;  // driver_stack and who calls it

constinit std::atomic<uint64_t> reported_{0};
constinit std::atomic<exit_hook> hook_{nullptr};
constinit std::atomic<pid_t> stopping_{0};  // the thread that ends the process
constinit host::mutex lock_{base::lock_rank::verify};
finding findings_[findings_max] OPENWSK_GUARDED_BY(lock_);
size_t finding_count_ OPENWSK_GUARDED_BY(lock_) = 0;

const char* printed_name(uint32_t code) noexcept {
    const char* name = bug_check_name(code);
    return name != nullptr ? name : "UNKNOWN";
}

// Frames from the driver's call on: what lies above it is ours. A caller that is not known (null)
// is looked for, and set: the innermost place in a driver.
__attribute__((noinline)) size_t driver_stack(const void*& caller, const void** out,
                                              size_t capacity) noexcept {
    const void* all[stack_depth * 2];
    const size_t n = host::backtrace(all, stack_depth * 2);
    size_t from = n < ours ? n : ours;
    for (size_t i = 0; i < n; ++i) {
        if (all[i] == caller || (caller == nullptr && host::in_driver(all[i]))) {
            caller = all[i];
            from = i;
            break;
        }
    }
    size_t count = 0;
    while (count < capacity && from + count < n) {
        out[count] = all[from + count];
        ++count;
    }
    return count;
}

void write_stack(text& out, const void* const* stack, size_t depth) noexcept {
    if (depth == 0) {
        return;
    }
    out.add("    stack:\n");
    for (size_t i = 0; i < depth; ++i) {
        out.add("      %2zu  ", i);
        out.add_return(stack[i]);
        out.add("\n");
    }
}

void write_events(text& out) noexcept {
    host::thread* t = host::self();
    auto* recorder =
        t != nullptr && t->machine != nullptr ? t->machine->find<trace::recorder>() : nullptr;
    if (recorder == nullptr) {
        return;
    }
    trace::record records[last_events];
    const size_t n = recorder->last(records, last_events);
    if (n != 0) {
        out.add("    last events:\n");
    }
    for (size_t i = 0; i < n; ++i) {
        const trace::record& r = records[i];
        const char* name = trace::event_name(r.id);
        out.add("      %12.6f ms  thread %u  irql %u  %-18s %#llx %#llx %#llx %#llx\n",
                static_cast<double>(r.time_ns) / 1e6, r.thread, r.irql,
                name != nullptr ? name : "?", static_cast<unsigned long long>(r.arguments[0]),
                static_cast<unsigned long long>(r.arguments[1]),
                static_cast<unsigned long long>(r.arguments[2]),
                static_cast<unsigned long long>(r.arguments[3]));
    }
}

// What the driver printed before it failed comes first.
void flush_text() noexcept {
    host::thread* t = host::self();
    if (t != nullptr && t->machine != nullptr) {
        if (auto* recorder = t->machine->find<trace::recorder>()) {
            recorder->flush_now();
        }
    }
}

void write_rule(text& out, const rule_text& broken, const finding& f) noexcept {
    out.add("*** OPENWSK VIOLATION %s\n    %s\n", broken.name, f.text);
    if (f.caller != nullptr) {
        out.add("    in ");
        out.add_return(f.caller);
        out.add("\n");
    }
    out.add("    fix: %s\n    on Windows: bug check 0x%08X %s\n", broken.hint, broken.code,
            printed_name(broken.code));
}

// Counts f into the table. True when this line of the driver breaks the rule for the first time.
bool record(const finding& f) noexcept {
    host::guard g(lock_);
    for (size_t i = 0; i < finding_count_; ++i) {
        finding& known = findings_[i];
        if (known.id == f.id && known.caller == f.caller) {
            ++known.count;
            return f.caller == nullptr;
        }
    }
    if (finding_count_ < findings_max) {
        findings_[finding_count_++] = f;
    }
    return true;
}

[[noreturn]] void stop(const stop_info& s) noexcept {
    host::unobserved scope;
    pid_t nobody = 0;
    if (!stopping_.compare_exchange_strong(nobody, gettid())) {
        if (nobody == gettid()) {
            _exit(exit_bug_check);  // the report itself failed; what is written must do
        }
        for (;;) {
            pause();
        }
    }
    trace::emit(trace::event::bug_check, s.code, s.parameters[0], s.parameters[1], s.parameters[2]);
    flush_text();
    {
        text out;
        out.add("*** BUGCHECK 0x%08X %s (0x%llX,0x%llX,0x%llX,0x%llX)\n    %s\n", s.code, s.name,
                static_cast<unsigned long long>(s.parameters[0]),
                static_cast<unsigned long long>(s.parameters[1]),
                static_cast<unsigned long long>(s.parameters[2]),
                static_cast<unsigned long long>(s.parameters[3]), s.text);
        if (s.rule == nullptr && s.caller != nullptr) {
            out.add("    in ");
            out.add_return(s.caller);
            out.add("\n");
        }
        write_stack(out, s.stack, s.depth);
        write_events(out);
    }
    if (exit_hook hook = hook_.load(std::memory_order_acquire)) {
        hook(s);
    }
    _exit(exit_bug_check);
}

}  // namespace

const char* bug_check_name(uint32_t code) noexcept {
    switch (code) {
#define OPENWSK_BUG_CHECK_NAME(name) \
    case name:                       \
        return #name;
        OPENWSK_BUGCODE_TABLE(OPENWSK_BUG_CHECK_NAME)
#undef OPENWSK_BUG_CHECK_NAME
        default:
            return nullptr;
    }
}

__attribute__((noinline)) void violation(rule id, const void* caller, const void* object,
                                         const char* format, ...) noexcept {
    host::unobserved scope;
    const rule_text& broken = text_of(id);
    finding f{};
    f.id = id;
    f.caller = caller;
    f.object = object;
    f.count = 1;
    f.thread = host::self() != nullptr ? host::self()->ordinal : 0;
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(f.text, sizeof f.text, format, arguments);
    va_end(arguments);
    const void* from = caller;
    f.depth = driver_stack(from, f.stack, stack_depth);

    trace::emit(trace::event::violation, static_cast<uint64_t>(id), trace::value(caller),
                trace::value(object));
    if (broken.level == severity::report) {
        reported_.fetch_add(1, std::memory_order_relaxed);
    }
    const bool stops = broken.level == severity::stop;
    if (stops) {
        flush_text();
    }
    if (record(f)) {
        text out;
        write_rule(out, broken, f);
        if (broken.level == severity::report) {
            write_stack(out, f.stack, f.depth);
        }
    }
    if (stops) {
        const bool by_object = broken.parameter1 == object_first;
        const char* name = printed_name(broken.code);
        stop({.code = broken.code,
              .parameters = {by_object ? trace::value(object) : broken.parameter1,
                             by_object ? trace::value(caller) : trace::value(object),
                             by_object ? 0 : trace::value(caller), 0},
              .name = name,
              .text = f.text,
              .rule = broken.name,
              .caller = caller,
              .depth = f.depth,
              .stack = f.stack});
    }
}

__attribute__((noinline)) void bug_check(uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3,
                                         uint64_t p4, const void* caller, const char* format,
                                         ...) noexcept {
    char evidence[512];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(evidence, sizeof evidence, format, arguments);
    va_end(arguments);
    const void* stack[stack_depth];
    const size_t depth = driver_stack(caller, stack, stack_depth);
    const char* name = printed_name(code);
    stop({.code = code,
          .parameters = {p1, p2, p3, p4},
          .name = name,
          .text = evidence,
          .rule = nullptr,
          .caller = caller,
          .depth = depth,
          .stack = stack});
}

void bug_check_at(uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4,
                  const fault_site& site, const char* evidence) noexcept {
    const char* name = printed_name(code);
    // Reports show return addresses; the faulting instruction itself is not behind a call.
    const void* at =
        site.instruction != nullptr ? static_cast<const char*>(site.instruction) + 1 : nullptr;
    const void* stack[stack_depth];
    size_t depth = 0;
    if (at != nullptr) {
        stack[depth++] = at;
    }
    for (size_t i = 0; i < site.depth && depth < stack_depth; ++i) {
        stack[depth++] = site.frames[i];
    }
    stop({.code = code,
          .parameters = {p1, p2, p3, p4},
          .name = name,
          .text = evidence,
          .rule = nullptr,
          .caller = site.culprit == site.instruction ? at : site.culprit,
          .depth = depth,
          .stack = stack});
}

uint64_t violation_count() noexcept {
    return reported_.load(std::memory_order_relaxed);
}

void for_each_finding(void (*visit)(const finding& f, void* context), void* context) noexcept {
    host::guard g(lock_);
    for (size_t i = 0; i < finding_count_; ++i) {
        visit(findings_[i], context);
    }
}

void set_exit_hook(exit_hook hook) noexcept {
    hook_.store(hook, std::memory_order_release);
}

}  // namespace verify
