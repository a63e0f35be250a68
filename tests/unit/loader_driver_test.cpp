// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Images and drivers: private copies, refusals, the life of a driver, what it leaves behind, and
// calls that come after it has been unloaded.

#include "loader/driver.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ke/callout.hpp"
#include "ke/thread.hpp"
#include "loader/machine.hpp"
#include "tests/unit/built_driver.hpp"
#include "trace/recorder.hpp"
#include "verify/ledger.hpp"
#include "wdk/abi/ntstatus.h"

namespace {

class lines final : public trace::text_sink {
public:
    void write(const trace::text_line& line) noexcept override {
        all.emplace_back(line.text, line.length);
    }
    std::vector<std::string> all;
};

class loader_driver : public testing::Test {
protected:
    loader_driver() {
        base::machine_options options;
        options.stuck_after_ms = 200;
        machine = loader::make_machine(host::linux_host(), options);
        ke::attach(*machine);
        machine->get<trace::recorder>().set_sink(&text);
    }
    ~loader_driver() override {
        machine->get<trace::recorder>().set_sink(nullptr);
        ke::detach();
    }

    loader::drivers& drivers() { return machine->get<loader::drivers>(); }

    loader::driver* load(const std::string& path) { return drivers().load(path.c_str(), {}, why); }

    std::vector<std::string> printed() {
        machine->get<trace::recorder>().flush();
        return text.all;
    }

    std::unique_ptr<base::machine> machine;
    lines text;
    loader::load_failure why;
};

constexpr const char* counting = R"(
static int count;
int *counter(void) { return &count; }
static void unload(char *driver) { (void)driver; DbgPrint("unload %d", count); }
NTSTATUS DriverEntry(char *driver, void *path)
{
    (void)path;
    set_unload(driver, unload);
    DbgPrint("entry %d", ++count);
    return 0;
}
)";

TEST_F(loader_driver, each_load_has_globals_of_its_own) {
    const std::string path = built::driver("counting", counting);
    loader::driver* first = load(path);
    loader::driver* second = load(path);
    ASSERT_NE(first, nullptr);
    ASSERT_NE(second, nullptr);
    EXPECT_TRUE(first->start().ok());
    EXPECT_TRUE(second->start().ok());
    EXPECT_TRUE(second->unload());
    EXPECT_TRUE(first->unload());
    EXPECT_EQ(printed(), (std::vector<std::string>{"entry 1", "entry 1", "unload 1", "unload 1"}));
    EXPECT_EQ(first->state(), loader::driver_state::unloaded);
    EXPECT_TRUE(first->left_behind().empty());
    EXPECT_FALSE(first->unload());
}

TEST_F(loader_driver, two_machines_run_one_driver_apart) {
    const std::string path = built::driver("counting", counting);
    std::unique_ptr<base::machine> other = loader::make_machine(host::linux_host(), {});
    loader::driver* here = load(path);
    loader::driver* there = other->get<loader::drivers>().load(path.c_str(), "other service", why);
    ASSERT_NE(here, nullptr);
    ASSERT_NE(there, nullptr);
    EXPECT_TRUE(here->start().ok());
    ke::detach();
    ke::attach(*other);
    lines text_there;
    other->get<trace::recorder>().set_sink(&text_there);
    EXPECT_TRUE(there->start().ok());
    EXPECT_TRUE(there->unload());
    other->get<trace::recorder>().set_sink(nullptr);
    ke::detach();
    ke::attach(*machine);
    EXPECT_EQ(printed(), (std::vector<std::string>{"entry 1"}));
    EXPECT_EQ(text_there.all, (std::vector<std::string>{"entry 1", "unload 1"}));
    EXPECT_EQ(there->service(), "other service");
    EXPECT_TRUE(here->unload());
}

TEST_F(loader_driver, image_that_is_set_back_starts_as_if_it_were_loaded_anew) {
    std::unique_ptr<loader::image> i =
        loader::image::map(built::driver("counting", counting).c_str(), why);
    ASSERT_NE(i, nullptr);
    i->keep();
    for (int life = 0; life < 3; ++life) {
        i->rewind(*machine);
        EXPECT_FALSE(i->module().unloaded.load());
        EXPECT_EQ(i->module().owner, machine.get());
        loader::driver& d = drivers().add(*i, "again");
        EXPECT_TRUE(d.start().ok());
        EXPECT_TRUE(d.unload());
        EXPECT_EQ(d.service(), "again");
        EXPECT_TRUE(i->module().unloaded.load());
    }
    EXPECT_EQ(printed(), (std::vector<std::string>{"entry 1", "unload 1", "entry 1", "unload 1",
                                                   "entry 1", "unload 1"}));
}

TEST_F(loader_driver, a_driver_that_fails_to_start_is_unloaded_without_driver_unload) {
    loader::driver* d = load(built::driver("failing", R"(
static void unload(char *driver) { (void)driver; DbgPrint("unload"); }
NTSTATUS DriverEntry(char *driver, void *path)
{
    (void)path;
    set_unload(driver, unload);
    return (NTSTATUS)0xC000020A;
}
)"));
    ASSERT_NE(d, nullptr);
    EXPECT_EQ(d->start().code(), STATUS_ADDRESS_ALREADY_EXISTS);
    EXPECT_EQ(d->state(), loader::driver_state::unloaded);
    EXPECT_TRUE(printed().empty());
}

TEST_F(loader_driver, what_a_driver_made_and_kept_is_left_behind_with_its_place) {
    loader::driver* d = load(built::driver("counting", counting));
    ASSERT_NE(d, nullptr);
    ASSERT_TRUE(d->start().ok());
    auto& ledger = machine->get<verify::ledger>();
    const void* site = d->module().base + 0x1000;
    int mine = 0;
    int elsewhere = 0;
    ledger.add(base::object_kind::pool, &mine, 64, 0x6f686345, site);
    ledger.add(base::object_kind::pool, &elsewhere, 64, 0x6f686345, &elsewhere);
    ASSERT_TRUE(d->unload());
    ASSERT_EQ(d->left_behind().size(), 1u);
    EXPECT_EQ(d->left_behind()[0].address, &mine);
    EXPECT_EQ(d->left_behind()[0].site, site);
    EXPECT_EQ(d->left_behind()[0].bytes, 64u);
}

TEST_F(loader_driver, a_thread_that_stays_inside_keeps_the_code_alive) {
    loader::driver* d = load(built::driver("staying", R"(
static volatile int go_on = 1;
void stop(void) { go_on = 0; }
void stay(void) { while (go_on) { } DbgPrint("left"); }
static void unload(char *driver) { (void)driver; }
void (*addresses[2])(void) = {stay, stop};
NTSTATUS DriverEntry(char *driver, void *path)
{
    (void)path;
    set_unload(driver, unload);
    *(void **)(driver + 40) = addresses;
    return 0;
}
)"));
    ASSERT_NE(d, nullptr);
    ASSERT_TRUE(d->start().ok());
    using function = void (*)();
    auto** addresses = static_cast<function*>(d->object().DriverSection);
    std::atomic<bool> started{false};
    std::thread inside([&] {
        ke::attach(*machine);
        started = true;
        ke::callout(ke::callout_kind::other, addresses[0]);
        ke::detach();
    });
    while (!started) {
        std::this_thread::yield();
    }
    while (ke::quiet(d->module())) {
        std::this_thread::yield();
    }
    EXPECT_TRUE(d->unload());
    EXPECT_EQ(d->state(), loader::driver_state::abandoned);
    addresses[1]();
    inside.join();
    EXPECT_EQ(printed(), (std::vector<std::string>{"left"}));
}

TEST_F(loader_driver, constructors_run_before_entry_and_destructors_after_unload) {
    loader::driver* d = load(built::driver("constructed", R"(
struct global {
    global() { DbgPrint("constructed"); }
    ~global() { DbgPrint("destroyed"); }
};
static global g;
static void unload(char *) { DbgPrint("unload"); }
NTSTATUS DriverEntry(char *driver, void *)
{
    set_unload(driver, unload);
    DbgPrint("entry");
    return 0;
}
)",
                                           true));
    ASSERT_NE(d, nullptr);
    EXPECT_TRUE(printed().empty());
    ASSERT_TRUE(d->start().ok());
    ASSERT_TRUE(d->unload());
    EXPECT_EQ(printed(), (std::vector<std::string>{"constructed", "entry", "unload", "destroyed"}));
}

TEST_F(loader_driver, a_second_load_that_would_share_unique_symbols_is_refused) {
    // A unique symbol stays in the process for ever, so each run brings a new one.
    static int run = 0;
    const std::string path = built::driver("unique", R"(
template <int> struct shared { static int value; };
template <int Run> int shared<Run>::value = 1;
int *keep() { return &shared<RUN>::value; }
NTSTATUS DriverEntry(char *, void *) { return *keep() - 1; }
)",
                                           true, "-fgnu-unique -DRUN=" + std::to_string(++run));
    loader::driver* first = load(path);
    if (first != nullptr && load(path) == nullptr) {
        EXPECT_EQ(why.status.code(), STATUS_IMAGE_ALREADY_LOADED);
        EXPECT_NE(why.text.find("unique in the process"), std::string::npos) << why.text;
        ASSERT_EQ(why.names.size(), 1u);
        return;
    }
    // clang has no unique symbols; then two loads are apart.
    ASSERT_NE(first, nullptr) << why.text;
}

TEST_F(loader_driver, a_call_through_the_gate_into_an_unloaded_driver_is_a_bug_check_by_name) {
    loader::driver* d = load(built::driver("gone", R"(
void late(void) { DbgPrint("late"); }
static void unload(char *driver) { (void)driver; }
void (*address)(void) = late;
NTSTATUS DriverEntry(char *driver, void *path)
{
    (void)path;
    set_unload(driver, unload);
    *(void **)(driver + 40) = &address;
    return 0;
}
)"));
    ASSERT_NE(d, nullptr);
    ASSERT_TRUE(d->start().ok());
    void (*late)() = *static_cast<void (**)()>(d->object().DriverSection);
    ASSERT_TRUE(d->unload());
    EXPECT_EXIT(ke::callout(ke::callout_kind::other, late), testing::ExitedWithCode(3),
                "BUGCHECK 0x000000CE.*in gone!late");
}

TEST_F(loader_driver, lists_every_missing_name_and_keeps_the_failure_for_the_report) {
    const std::string path = built::driver("missing", R"(
int KeNotThere(void);
int ZwNotThere(void);
NTSTATUS DriverEntry(char *driver, void *path)
{
    (void)driver;
    (void)path;
    return KeNotThere() + ZwNotThere();
}
)");
    EXPECT_EQ(load(path), nullptr);
    EXPECT_EQ(why.status.code(), STATUS_DRIVER_UNABLE_TO_LOAD);
    EXPECT_EQ(why.names, (std::vector<std::string>{"KeNotThere", "ZwNotThere"}));
    EXPECT_EQ(drivers().failures().size(), 1u);
    loader::image_imports imports;
    ASSERT_TRUE(loader::list_imports(path.c_str(), imports, why));
    ASSERT_EQ(imports.entries.size(), 2u);
    EXPECT_FALSE(imports.entries[0].provided);
}

TEST(loader_text, utf8_becomes_utf16) {
    EXPECT_EQ(loader::to_utf16("abc"), u"abc");
    EXPECT_EQ(loader::to_utf16("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), u"\u00e4\u20ac\U0001f600");
    EXPECT_EQ(loader::to_utf16("a\xff"
                               "b\xe2\x82"),
              u"a\ufffd"
              u"b\ufffd");
    EXPECT_EQ(loader::stem_of("/a/b.c/echo_server.so"), "echo_server");
    EXPECT_EQ(loader::stem_of("plain"), "plain");
}

}  // namespace
