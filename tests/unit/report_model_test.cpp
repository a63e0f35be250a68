// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The report: grouping of what was left, exit codes, and that text and JSON say the same.

#include "report/model.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "loader/machine.hpp"
#include "report/explain.hpp"
#include "report/json_writer.hpp"
#include "report/text_filter.hpp"
#include "wdk/abi/dbg.h"
#include "wdk/abi/ntstatus.h"

namespace {

using report::model;

void append(void* context, const char* text, size_t length) {
    static_cast<std::string*>(context)->append(text, length);
}

std::string text_of(const model& m) {
    std::string out;
    report::write_text(m, {append, &out});
    return out;
}

nlohmann::json json_of(const model& m) {
    std::string out;
    report::write_json(m, {append, &out});
    return nlohmann::json::parse(out);
}

loader::held_object pool(uint64_t bytes, uint32_t tag, const void* site) {
    loader::held_object o;
    o.kind = base::object_kind::pool;
    o.bytes = bytes;
    o.tag = tag;
    o.site = site;
    return o;
}

constexpr uint32_t echo_tag = 0x6f686345;  // "Echo"

TEST(report_model, groups_objects_of_one_kind_tag_and_place) {
    int here = 0;
    int there = 0;
    loader::held_object irp;
    irp.kind = base::object_kind::irp;
    const std::vector<report::leak> groups =
        report::group({irp, pool(16, echo_tag, &here), pool(100, echo_tag, &there),
                       pool(32, echo_tag, &here), pool(1, 0x31676154, &here)});
    ASSERT_EQ(groups.size(), 4u);
    EXPECT_EQ(groups[0].bytes, 100u);
    EXPECT_EQ(groups[1].count, 2u);
    EXPECT_EQ(groups[1].bytes, 48u);
    EXPECT_EQ(groups[2].bytes, 1u);
    EXPECT_EQ(groups[3].kind, base::object_kind::irp);
}

TEST(report_model, text_and_json_show_leaks_traffic_and_failures) {
    model m;
    m.elapsed_ns = 1500000000;
    m.code = report::found;
    report::driver_entry d{"echo",         "/x/echo.so", loader::driver_state::unloaded,
                           STATUS_SUCCESS, true,         {}};
    d.leaks.push_back({base::object_kind::pool, echo_tag, 2, 48, nullptr, {}, ""});
    d.leaks.push_back({base::object_kind::socket, 0, 1, 0, nullptr, {}, "listening \"x\"\n"});
    m.drivers.push_back(d);
    m.failures.push_back({STATUS_DRIVER_UNABLE_TO_LOAD, "b.so imports a name", {"KeNot"}});
    base::traffic_info t;
    t.ordinal = 3;
    std::snprintf(t.name, sizeof t.name, "connection 127.0.0.1:7");
    t.bytes_received = 1024;
    t.bytes_sent = 512;
    m.traffic.push_back(t);

    const std::string text = text_of(m);
    for (const char* wanted :
         {"after 1.500 s",
          "driver echo: DriverEntry returned STATUS_SUCCESS (0x00000000), unloaded",
          "2 pool allocations, tag 'Echo', 48 bytes", "1 socket: listening", "not loaded: b.so",
          "KeNot", "3 connection 127.0.0.1:7", "1024", "512", "these 1 of 3 sockets",
          "result: not clean (exit code 1)"}) {
        EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
    }
    const nlohmann::json j = json_of(m);
    EXPECT_EQ(j["schema"], 1);
    EXPECT_EQ(j["result"], "found");
    EXPECT_EQ(j["exit_code"], 1);
    EXPECT_EQ(j["drivers"][0]["left_behind"][0]["tag"], "Echo");
    EXPECT_EQ(j["drivers"][0]["left_behind"][0]["count"], 2);
    EXPECT_EQ(j["drivers"][0]["left_behind"][1]["text"], "listening \"x\"\n");
    EXPECT_EQ(j["not_loaded"][0]["names"][0], "KeNot");
    EXPECT_EQ(j["not_loaded"][0]["status"]["name"], "STATUS_DRIVER_UNABLE_TO_LOAD");
    EXPECT_EQ(j["traffic"][0]["bytes_received"], 1024);
}

TEST(report_model, an_empty_machine_is_clean) {
    std::unique_ptr<base::machine> machine = loader::make_machine(host::linux_host(), {});
    const model m = report::collect(*machine);
    EXPECT_EQ(m.code, report::clean);
    EXPECT_NE(text_of(m).find("violations: none"), std::string::npos);
    EXPECT_EQ(json_of(m)["result"], "clean");
}

TEST(report_model, a_machine_whose_driver_could_not_be_loaded_is_not_started) {
    std::unique_ptr<base::machine> machine = loader::make_machine(host::linux_host(), {});
    loader::load_failure why;
    EXPECT_EQ(machine->get<loader::drivers>().load("/nowhere.so", {}, why), nullptr);
    EXPECT_EQ(report::collect(*machine).code, report::not_started);
}

TEST(report_json, escapes_control_characters_quotes_and_what_is_not_utf8) {
    std::string out;
    {
        report::json_writer j(append, &out);
        j.open_array();
        j.string("a\"b\\c\n\x01\xc3\xa4\xff");
        j.hex(0x103, 8);
        j.hex(0x123456789, 8);
        j.number(0);
        j.number(UINT64_MAX);
        j.boolean(true);
        j.null();
        j.open_object();
        j.close_object();
        j.close_array();
    }
    const nlohmann::json j = nlohmann::json::parse(out);
    EXPECT_EQ(j[0], "a\"b\\c\n\x01\xc3\xa4\xef\xbf\xbd");
    EXPECT_EQ(j[1], "0x00000103");
    EXPECT_EQ(j[2], "0x123456789");
    EXPECT_EQ(j[4], UINT64_MAX);
    EXPECT_TRUE(j[6].is_null());
    EXPECT_TRUE(j[7].is_object());
}

TEST(report_json, text_longer_than_the_buffer_comes_out_whole) {
    std::string out;
    const std::string large(5000, 'x');
    {
        report::json_writer j(append, &out);
        j.string(large.c_str());
    }
    EXPECT_EQ(nlohmann::json::parse(out), large);
}

TEST(report_explain, knows_statuses_bug_checks_and_rules_and_nothing_else) {
    std::string out;
    EXPECT_TRUE(report::explain("STATUS_PENDING", {append, &out}));
    EXPECT_TRUE(report::explain("0xC000020D", {append, &out}));
    EXPECT_TRUE(report::explain("0xc4", {append, &out}));
    EXPECT_TRUE(report::explain("irql-too-high", {append, &out}));
    EXPECT_NE(out.find("STATUS_CONNECTION_RESET"), std::string::npos);
    for (const char* nothing : {"", "0x", "12zz", "99999999999", "status_pending", "0x12345"}) {
        EXPECT_FALSE(report::explain(nothing, {append, &out})) << nothing;
    }
}

TEST(report_text_filter, applies_parts_from_left_to_right_or_nothing) {
    trace::text_filter f;
    EXPECT_TRUE(f.allows(DPFLTR_IHVNETWORK_ID, DPFLTR_INFO_LEVEL));
    ASSERT_TRUE(report::apply_text_filter(f, "error,DPFLTR_IHVNETWORK_ID=info,30=0x100"));
    EXPECT_TRUE(f.allows(DPFLTR_IHVNETWORK_ID, DPFLTR_INFO_LEVEL));
    EXPECT_FALSE(f.allows(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL));
    EXPECT_TRUE(f.allows(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL));
    EXPECT_TRUE(f.allows(30, 8));
    EXPECT_FALSE(f.allows(30, 0));
    for (const char* wrong : {"", "off,", "NOSUCH=info", "info=", "=info", "loud", "off,1x=all"}) {
        EXPECT_FALSE(report::apply_text_filter(f, wrong)) << wrong;
    }
    EXPECT_TRUE(f.allows(30, 8));
}

TEST(report_text_filter, components_beyond_the_table_share_one_mask) {
    trace::text_filter f;
    f.set_all(0);
    f.set(100000, 1);
    EXPECT_TRUE(f.allows(200000, 0));
    EXPECT_FALSE(f.allows(5, 0));
}

}  // namespace
