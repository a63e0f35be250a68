// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The C API: several machines in one process, arguments that are wrong, threads that are bound.

#include <openwsk/machine.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/built_driver.hpp"
#include "wdk/abi/dbg.h"

namespace {

constexpr const char* counting = R"(
static int count;
static void unload(char *driver) { (void)driver; DbgPrint("unload %d", count); }
NTSTATUS DriverEntry(char *driver, void *path)
{
    (void)path;
    set_unload(driver, unload);
    DbgPrint("entry %d", ++count);
    return 0;
}
)";

using lines = std::vector<std::string>;

void collect(void* context, const openwsk_text* text) {
    static_cast<lines*>(context)->emplace_back(text->text, text->length);
}

void append(void* context, const char* text, size_t length) {
    static_cast<std::string*>(context)->append(text, length);
}

openwsk_machine* make() {
    openwsk_machine* m = nullptr;
    EXPECT_EQ(openwsk_machine_create(nullptr, &m), OPENWSK_OK);
    return m;
}

TEST(report_api, refuses_options_that_no_version_has) {
    openwsk_machine* m = nullptr;
    openwsk_machine_options o = OPENWSK_MACHINE_OPTIONS_INIT;
    EXPECT_EQ(openwsk_machine_create(&o, nullptr), OPENWSK_BAD_ARGUMENT);
    o.size = 7;
    EXPECT_EQ(openwsk_machine_create(&o, &m), OPENWSK_BAD_ARGUMENT);
    o = OPENWSK_MACHINE_OPTIONS_INIT;
    o.completions = 4;
    EXPECT_EQ(openwsk_machine_create(&o, &m), OPENWSK_BAD_ARGUMENT);
    o = OPENWSK_MACHINE_OPTIONS_INIT;
    o.verification = 3;
    EXPECT_EQ(openwsk_machine_create(&o, &m), OPENWSK_BAD_ARGUMENT);
    EXPECT_EQ(m, nullptr);
    EXPECT_EQ(openwsk_machine_destroy(nullptr), OPENWSK_OK);
}

TEST(report_api, two_machines_run_the_same_driver_apart) {
    const std::string path = built::driver("api_counting", counting);
    openwsk_machine* machines[2] = {make(), make()};
    lines text[2];
    openwsk_driver* drivers[2] = {};
    for (int i = 0; i < 2; ++i) {
        openwsk_on_text(machines[i], collect, &text[i]);
        ASSERT_EQ(openwsk_driver_load(machines[i], path.c_str(), nullptr, &drivers[i], nullptr),
                  OPENWSK_OK);
        EXPECT_STREQ(openwsk_driver_name(drivers[i]), "api_counting");
        EXPECT_EQ(openwsk_machine_destroy(machines[i]), OPENWSK_BUSY);
    }
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(openwsk_driver_unload(drivers[i]), OPENWSK_OK);
        EXPECT_EQ(openwsk_driver_unload(drivers[i]), OPENWSK_NOT_FOUND);
        openwsk_flush_text(machines[i]);
        EXPECT_EQ(text[i], (lines{"entry 1", "unload 1"}));
        std::string report;
        EXPECT_EQ(openwsk_report(machines[i], OPENWSK_REPORT_TEXT, append, &report),
                  OPENWSK_EXIT_CLEAN);
        EXPECT_NE(report.find("driver api_counting"), std::string::npos);
        EXPECT_EQ(openwsk_machine_destroy(machines[i]), OPENWSK_OK);
    }
}

TEST(report_api, a_thread_belongs_to_one_machine) {
    const std::string path = built::driver("api_bound", counting);
    openwsk_machine* one = make();
    openwsk_machine* other = make();
    std::thread t([&] {
        EXPECT_EQ(openwsk_thread_bind(one), OPENWSK_OK);
        EXPECT_EQ(openwsk_thread_bind(one), OPENWSK_OK);
        EXPECT_EQ(openwsk_thread_bind(other), OPENWSK_BUSY);
        openwsk_driver* d = nullptr;
        EXPECT_EQ(openwsk_driver_load(other, path.c_str(), nullptr, &d, nullptr), OPENWSK_BUSY);
        EXPECT_EQ(openwsk_driver_load(one, path.c_str(), nullptr, &d, nullptr), OPENWSK_OK);
        EXPECT_EQ(openwsk_driver_unload(d), OPENWSK_OK);
        openwsk_thread_unbind();
        EXPECT_EQ(openwsk_thread_bind(other), OPENWSK_OK);
        openwsk_thread_unbind();
        openwsk_thread_unbind();
    });
    t.join();
    EXPECT_EQ(openwsk_machine_destroy(one), OPENWSK_OK);
    EXPECT_EQ(openwsk_machine_destroy(other), OPENWSK_OK);
}

TEST(report_api, a_failure_says_why_and_what_it_is_about) {
    openwsk_machine* m = make();
    openwsk_driver* d = nullptr;
    openwsk_failure* failure = nullptr;
    const std::string path = built::driver("api_missing", R"(
int KeNotThere(void);
NTSTATUS DriverEntry(char *driver, void *path)
{
    (void)driver;
    (void)path;
    return KeNotThere();
}
)");
    ASSERT_EQ(openwsk_driver_load(m, path.c_str(), nullptr, &d, &failure), OPENWSK_LOAD_FAILED);
    EXPECT_EQ(d, nullptr);
    ASSERT_NE(failure, nullptr);
    ASSERT_EQ(failure->name_count, 1u);
    EXPECT_STREQ(failure->names[0], "KeNotThere");
    openwsk_failure_free(failure);
    openwsk_failure_free(nullptr);

    std::string report;
    EXPECT_EQ(openwsk_report(m, OPENWSK_REPORT_JSON, append, &report), OPENWSK_EXIT_NOT_STARTED);
    EXPECT_NE(report.find("KeNotThere"), std::string::npos);
    EXPECT_EQ(openwsk_machine_destroy(m), OPENWSK_OK);
}

TEST(report_api, a_driver_that_does_not_start_gives_its_status_and_can_be_reported) {
    openwsk_machine* m = make();
    openwsk_driver* d = nullptr;
    openwsk_failure* failure = nullptr;
    const std::string path = built::driver("api_failing", R"(
NTSTATUS DriverEntry(char *driver, void *path)
{
    (void)driver;
    (void)path;
    return (NTSTATUS)0xC0000001;
}
)");
    ASSERT_EQ(openwsk_driver_load(m, path.c_str(), nullptr, &d, &failure), OPENWSK_START_FAILED);
    ASSERT_NE(d, nullptr);
    EXPECT_EQ(static_cast<uint32_t>(failure->status), 0xC0000001u);
    openwsk_failure_free(failure);
    EXPECT_EQ(openwsk_driver_unload(d), OPENWSK_NOT_FOUND);
    std::string report;
    EXPECT_EQ(openwsk_report(m, OPENWSK_REPORT_TEXT, append, &report), OPENWSK_EXIT_NOT_STARTED);
    EXPECT_EQ(openwsk_machine_destroy(m), OPENWSK_OK);
}

TEST(report_api, a_driver_without_unload_keeps_its_machine) {
    // They cannot be destroyed, nor can the list.
    static auto& kept = *new std::vector<openwsk_machine*>;
    openwsk_machine* m = make();
    kept.push_back(m);
    openwsk_driver* d = nullptr;
    const std::string path = built::driver("api_stays", R"(
NTSTATUS DriverEntry(char *driver, void *path)
{
    (void)driver;
    (void)path;
    return 0;
}
)");
    ASSERT_EQ(openwsk_driver_load(m, path.c_str(), nullptr, &d, nullptr), OPENWSK_OK);
    EXPECT_EQ(openwsk_driver_unload(d), OPENWSK_NOT_UNLOADABLE);
    EXPECT_EQ(openwsk_machine_destroy(m), OPENWSK_BUSY);
}

TEST(report_api, there_is_one_default_machine_and_unbound_threads_belong_to_it) {
    openwsk_machine_options o = OPENWSK_MACHINE_OPTIONS_INIT;
    o.is_default = 1;
    static openwsk_machine* m = nullptr;  // it cannot be destroyed: one for all runs of the test
    if (m == nullptr) {
        ASSERT_EQ(openwsk_machine_create(&o, &m), OPENWSK_OK);
    }
    openwsk_machine* second = nullptr;
    EXPECT_EQ(openwsk_machine_create(&o, &second), OPENWSK_BUSY);
    EXPECT_EQ(second, nullptr);
    EXPECT_EQ(openwsk_machine_destroy(m), OPENWSK_BUSY);
    lines text;
    openwsk_on_text(m, collect, &text);
    std::thread unbound([] { DbgPrint("from nowhere"); });
    unbound.join();
    openwsk_on_text(m, nullptr, nullptr);
    EXPECT_EQ(text, lines{"from nowhere"});
}

TEST(report_api, wrong_arguments_are_refused) {
    openwsk_machine* m = make();
    openwsk_driver* d = nullptr;
    EXPECT_EQ(openwsk_driver_load(nullptr, "x", nullptr, &d, nullptr), OPENWSK_BAD_ARGUMENT);
    EXPECT_EQ(openwsk_driver_load(m, nullptr, nullptr, &d, nullptr), OPENWSK_BAD_ARGUMENT);
    openwsk_driver_options wrong = OPENWSK_DRIVER_OPTIONS_INIT;
    wrong.size = 1;
    EXPECT_EQ(openwsk_driver_load(m, "x", &wrong, &d, nullptr), OPENWSK_BAD_ARGUMENT);
    EXPECT_EQ(openwsk_driver_unload(nullptr), OPENWSK_BAD_ARGUMENT);
    EXPECT_EQ(openwsk_set_text_filter(m, "loud"), OPENWSK_BAD_ARGUMENT);
    EXPECT_EQ(openwsk_set_text_filter(m, "off,DEFAULT=all"), OPENWSK_OK);
    EXPECT_EQ(openwsk_set_param_dword(m, "s", nullptr, 1), OPENWSK_BAD_ARGUMENT);
    EXPECT_EQ(openwsk_thread_bind(nullptr), OPENWSK_BAD_ARGUMENT);
    EXPECT_EQ(openwsk_variant_for("/nowhere"), nullptr);
    EXPECT_EQ(openwsk_machine_destroy(m), OPENWSK_OK);
}

}  // namespace
