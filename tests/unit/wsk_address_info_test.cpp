// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: WskGetAddressInfo, WskFreeAddressInfo and WskGetNameInfo. Method: through the captured
// table, with a source of names that the test scripts, and with the system's own for numeric
// addresses.

#include <mutex>
#include <string>

#include "base/heap_array.hpp"
#include "tests/unit/support/wsk_application.hpp"
#include "tests/unit/support/wsk_rig.hpp"
#include "wdk/abi/ob.h"

namespace {

using test::application;
using test::blocked_call;
using test::call;
using test::eventually;
using test::gate;

/// Knows what it is told, keeps what it was asked, and answers when it may.
class script final : public net::name_source {
public:
    void resolve(const net::address_question& q, net::address_answer& out) noexcept override {
        {
            std::lock_guard g(lock_);
            question = q;
        }
        enter();
        out.error = error;
        if (error != net::name_error::none) {
            return;
        }
        out.reserved = found.size();
        out.found = base::heap_new_array<net::found_address>(found.size());
        std::copy(found.begin(), found.end(), out.found);
        out.count = found.size();
        std::strcpy(out.canonical, canonical.c_str());
    }
    void resolve(const net::name_question& q, net::name_answer& out) noexcept override {
        names = q;
        enter();
        out.error = error;
        std::strcpy(out.node, "node.example");
        std::strcpy(out.service, "svc");
    }
    void hold() { held = true; }

    net::address_question question{};
    net::name_question names{};
    net::name_error error = net::name_error::none;
    std::vector<net::found_address> found = {
        {net::address::loopback(net::family::ipv6, 80), SOCK_STREAM, IPPROTO_TCP},
        {net::address::loopback(net::family::ipv4, 80), SOCK_STREAM, IPPROTO_TCP}};
    std::string canonical;
    bool held = false;
    gate go_on;
    std::atomic<int> entered{0};
    std::atomic<int> left{0};

private:
    std::mutex lock_;  // queries run side by side

    void enter() noexcept {
        entered.fetch_add(1);
        if (held) {
            go_on.wait();
        }
        left.fetch_add(1);
    }
};

/// A counted string without terminator.
class text {
public:
    text(const char16_t* s) : units_(s) {  // NOLINT: reads like a literal
        string.Buffer = reinterpret_cast<PWSTR>(units_.data());
        string.Length = string.MaximumLength = static_cast<USHORT>(units_.size() * 2);
        units_ += u"#behind";
        string.Buffer = reinterpret_cast<PWSTR>(units_.data());
    }
    UNICODE_STRING string = {};
    void scribble() { units_.assign(units_.size(), u'!'); }

private:
    std::u16string units_;
};

/// Room for an answer.
class room {
public:
    explicit room(size_t bytes) : bytes_(bytes) {
        string.Buffer = reinterpret_cast<PWSTR>(units_);
        string.MaximumLength = static_cast<USHORT>(bytes);
        string.Length = 0x1234;
        std::fill(std::begin(units_), std::end(units_), u'#');
    }
    [[nodiscard]] std::u16string is() const { return {units_, string.Length / 2u}; }
    [[nodiscard]] bool untouched() const {
        return string.Length == 0x1234 && units_[0] == u'#' && string.MaximumLength == bytes_;
    }
    [[nodiscard]] char16_t behind() const { return units_[string.Length / 2u]; }
    UNICODE_STRING string = {};

private:
    char16_t units_[64];
    size_t bytes_;
};

class wsk_address_info : public test::captured_fixture {
protected:
    void leave() {
        gone = true;
        app.release();
        app.remove();
    }
    /// The application asks the script from here on. A lookup that was cancelled may outlive main,
    /// and so does the script.
    script& scripted() {
        static auto& all = *new std::vector<std::unique_ptr<script>>;
        all.push_back(std::make_unique<script>());
        subsystem().names().set_source(*all.back());
        return *all.back();
    }
    struct asking {
        PUNICODE_STRING node = nullptr;
        PUNICODE_STRING service = nullptr;
        ULONG name_space = NS_ALL;
        GUID* provider = nullptr;
        PADDRINFOEXW hints = nullptr;
        PEPROCESS process = nullptr;
        PETHREAD thread = nullptr;
    };
    call& get(call& c, const asking& q, PADDRINFOEXW* result) {
        return c([&](PIRP irp) {
            return app.npi.Dispatch->WskGetAddressInfo(app.npi.Client, q.node, q.service,
                                                       q.name_space, q.provider, q.hints, result,
                                                       q.process, q.thread, irp);
        });
    }
    NTSTATUS get(const asking& q, PADDRINFOEXW* result) {
        call c;
        get(c, q, result);
        EXPECT_EQ(c.returned, STATUS_PENDING);  // ADDR-003
        EXPECT_EQ(c.information(), 0u);         // ADDR-002
        return c.status();
    }
    /// The status alone, with a result that must be null after a failure (ADDR-006).
    NTSTATUS status_of(const asking& q) {
        auto* result = reinterpret_cast<PADDRINFOEXW>(0x5a5a5a5a);
        const NTSTATUS s = get(q, &result);
        if (NT_SUCCESS(s)) {
            free(result);
        } else {
            EXPECT_EQ(result, nullptr);
        }
        return s;
    }
    void free(PADDRINFOEXW list) { app.npi.Dispatch->WskFreeAddressInfo(app.npi.Client, list); }
    NTSTATUS name(const void* address, ULONG bytes, UNICODE_STRING* node, UNICODE_STRING* service,
                  ULONG flags, PEPROCESS process = nullptr, PETHREAD thread = nullptr) {
        call c;
        c([&](PIRP irp) {
            return app.npi.Dispatch->WskGetNameInfo(
                app.npi.Client, static_cast<PSOCKADDR>(const_cast<void*>(address)), bytes, node,
                service, flags, process, thread, irp);
        });
        EXPECT_EQ(c.returned, STATUS_PENDING);
        EXPECT_EQ(c.information(), 0u);
        return c.status();
    }
};

// REG-069
TEST_F(wsk_address_info, the_members_are_there_for_a_client_of_either_version) {
    application newer(MAKE_WSK_VERSION(1, 1));
    ASSERT_EQ(newer.add(), STATUS_SUCCESS);
    ASSERT_EQ(newer.capture(), STATUS_SUCCESS);
    for (const application* a : {&app, &newer}) {
        EXPECT_EQ(a->npi.Dispatch->Version, a->dispatch.Version);
        EXPECT_NE(a->npi.Dispatch->WskGetAddressInfo, nullptr);
        EXPECT_NE(a->npi.Dispatch->WskFreeAddressInfo, nullptr);
        EXPECT_NE(a->npi.Dispatch->WskGetNameInfo, nullptr);
    }
    newer.release();
    newer.remove();
}

// ADDR-001, ADDR-007: through the system's resolver, and the address is one to connect to.
TEST_F(wsk_address_info, a_numeric_address_and_service_make_a_list) {
    for (const bool six : {false, true}) {
        text node(six ? u"::1" : u"127.0.0.1");
        text service(u"80");
        ADDRINFOEXW hints = {};
        hints.ai_socktype = SOCK_STREAM;
        PADDRINFOEXW list = nullptr;
        ASSERT_EQ(get({&node.string, &service.string, NS_DNS, nullptr, &hints}, &list),
                  STATUS_SUCCESS);
        ASSERT_NE(list, nullptr);
        EXPECT_EQ(list->ai_family, six ? AF_INET6 : AF_INET);
        EXPECT_EQ(list->ai_socktype, SOCK_STREAM);
        EXPECT_EQ(list->ai_protocol, IPPROTO_TCP);
        EXPECT_EQ(list->ai_addrlen, six ? 28u : 16u);
        const SOCKADDR_IN a4 = test::v4(80);
        const SOCKADDR_IN6 a6 = test::v6(80, true);
        EXPECT_EQ(
            std::memcmp(list->ai_addr, six ? static_cast<const void*>(&a6) : &a4, list->ai_addrlen),
            0);
        EXPECT_EQ(list->ai_canonname, nullptr);
        EXPECT_EQ(list->ai_blob, nullptr);
        EXPECT_EQ(list->ai_provider, nullptr);
        EXPECT_EQ(list->ai_next, nullptr);
        free(list);
    }
}

// ADDR-007, ADDR-012, ADDR-023: the order of the source; the canonical name only when asked for.
TEST_F(wsk_address_info, a_list_shows_every_address_in_order_and_the_canonical_name) {
    script& s = scripted();
    s.canonical = "canonical.example";
    text node(u"some.example");
    ADDRINFOEXW hints = {};
    hints.ai_flags = AI_CANONNAME;
    PADDRINFOEXW list = nullptr;
    ASSERT_EQ(get({&node.string, nullptr, NS_ALL, nullptr, &hints}, &list), STATUS_SUCCESS);
    EXPECT_EQ(list->ai_family, AF_INET6);
    EXPECT_EQ(std::u16string(reinterpret_cast<char16_t*>(list->ai_canonname)),
              u"canonical.example");
    ASSERT_NE(list->ai_next, nullptr);
    EXPECT_EQ(list->ai_next->ai_family, AF_INET);
    EXPECT_EQ(list->ai_next->ai_canonname, nullptr);
    EXPECT_EQ(list->ai_next->ai_next, nullptr);
    EXPECT_TRUE(s.question.canonical);
    free(list);
}

// ADDR-012: Windows' numbers, one flag at a time.
TEST_F(wsk_address_info, every_flag_is_translated) {
    script& s = scripted();
    text node(u"x");
    const struct {
        INT flag;
        bool net::address_question::*means;
    } rows[] = {
        {0x1, &net::address_question::passive},      {0x2, &net::address_question::canonical},
        {0x4, &net::address_question::numeric_node}, {0x8, &net::address_question::numeric_service},
        {0x100, &net::address_question::all},        {0x400, &net::address_question::configured},
        {0x800, &net::address_question::mapped},     {0x20000, &net::address_question::canonical},
    };
    for (const auto& row : rows) {
        ADDRINFOEXW hints = {};
        hints.ai_flags = row.flag;
        EXPECT_EQ(status_of({&node.string, nullptr, NS_ALL, nullptr, &hints}), STATUS_SUCCESS);
        for (const auto& other : rows) {
            EXPECT_EQ(s.question.*other.means, other.means == row.means) << row.flag;
        }
    }
    ADDRINFOEXW hints = {};
    hints.ai_flags = 0x1000;
    EXPECT_EQ(status_of({&node.string, nullptr, NS_ALL, nullptr, &hints}),
              STATUS_INVALID_PARAMETER);
}

// ADDR-012: a name where only a number may be.
TEST_F(wsk_address_info, a_name_is_not_found_where_only_a_number_may_be) {
    text node(u"localhost");
    ADDRINFOEXW hints = {};
    hints.ai_flags = AI_NUMERICHOST;
    EXPECT_EQ(status_of({&node.string, nullptr, NS_ALL, nullptr, &hints}), STATUS_NOT_FOUND);
}

// ADDR-005, ADDR-019, ADDR-018
TEST_F(wsk_address_info, each_way_to_fail_has_its_status) {
    script& s = scripted();
    text node(u"nonexistent.invalid");
    const struct {
        net::name_error error;
        NTSTATUS status;
    } rows[] = {
        {net::name_error::not_found, STATUS_NOT_FOUND},
        {net::name_error::try_again, STATUS_IO_TIMEOUT},
        {net::name_error::not_supported, STATUS_NOT_SUPPORTED},
        {net::name_error::invalid_argument, STATUS_INVALID_PARAMETER},
        {net::name_error::no_resources, STATUS_INSUFFICIENT_RESOURCES},
        {net::name_error::failed, STATUS_UNEXPECTED_NETWORK_ERROR},
    };
    for (const auto& row : rows) {
        s.error = row.error;
        EXPECT_EQ(status_of({&node.string}), row.status);
    }
}

// ADDR-018, ADDR-009: the service of this host, by name and by number.
TEST_F(wsk_address_info, a_service_alone_is_this_host) {
    text http(u"http");
    text none(u"nosuchsvc");
    text empty(u"");
    ADDRINFOEXW hints = {};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    for (const bool passive : {false, true}) {
        hints.ai_flags = passive ? AI_PASSIVE : 0;
        for (PUNICODE_STRING node : {PUNICODE_STRING{nullptr}, &empty.string}) {
            PADDRINFOEXW list = nullptr;
            ASSERT_EQ(get({node, &http.string, NS_ALL, nullptr, &hints}, &list), STATUS_SUCCESS);
            const SOCKADDR_IN wanted = test::v4(80, passive ? INADDR_ANY : INADDR_LOOPBACK);
            EXPECT_EQ(std::memcmp(list->ai_addr, &wanted, sizeof wanted), 0);
            free(list);
        }
    }
    EXPECT_EQ(status_of({nullptr, &none.string}), STATUS_NOT_FOUND);
    EXPECT_EQ(status_of({&empty.string, nullptr, NS_ALL, nullptr, &hints}), STATUS_SUCCESS);
}

// ADDR-004, ADDR-010, ADDR-013, ADDR-014, ADDR-015
TEST_F(wsk_address_info, wrong_arguments_are_refused) {
    text node(u"127.0.0.1");
    EXPECT_EQ(app.npi.Dispatch->WskGetAddressInfo(app.npi.Client, &node.string, nullptr, 0, nullptr,
                                                  nullptr, nullptr, nullptr, nullptr, nullptr),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(get({&node.string}, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(status_of({}), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(status_of({&node.string, nullptr, NS_NLA}), STATUS_NOT_SUPPORTED);
    GUID provider = {};
    EXPECT_EQ(status_of({&node.string, nullptr, NS_ALL, &provider}), STATUS_NOT_SUPPORTED);
    asking owned = {&node.string};
    owned.thread = PsGetCurrentThread();
    EXPECT_EQ(status_of(owned), STATUS_INVALID_PARAMETER);
    owned.process = PsGetCurrentProcess();
    EXPECT_EQ(status_of(owned), STATUS_SUCCESS);
    owned.thread = nullptr;
    EXPECT_EQ(status_of(owned), STATUS_SUCCESS);  // ADDR-017

    ADDRINFOEXW other = {};
    const struct {
        void (*spoil)(ADDRINFOEXW& h, ADDRINFOEXW& other);
        NTSTATUS status;
    } rows[] = {
        {[](ADDRINFOEXW& h, ADDRINFOEXW&) { h.ai_addrlen = 16; }, STATUS_INVALID_PARAMETER},
        {[](ADDRINFOEXW& h, ADDRINFOEXW& o) { h.ai_canonname = reinterpret_cast<PWSTR>(&o); },
         STATUS_INVALID_PARAMETER},
        {[](ADDRINFOEXW& h, ADDRINFOEXW& o) { h.ai_addr = reinterpret_cast<PSOCKADDR>(&o); },
         STATUS_INVALID_PARAMETER},
        {[](ADDRINFOEXW& h, ADDRINFOEXW& o) { h.ai_next = &o; }, STATUS_INVALID_PARAMETER},
        {[](ADDRINFOEXW& h, ADDRINFOEXW&) { h.ai_family = 10; }, STATUS_NOT_SUPPORTED},
        {[](ADDRINFOEXW& h, ADDRINFOEXW&) { h.ai_socktype = 4; }, STATUS_NOT_SUPPORTED},
        {[](ADDRINFOEXW& h, ADDRINFOEXW&) { h.ai_family = 23; }, STATUS_NOT_FOUND},
        {[](ADDRINFOEXW&, ADDRINFOEXW&) {}, STATUS_SUCCESS},
    };
    for (const auto& row : rows) {
        ADDRINFOEXW hints = {};
        row.spoil(hints, other);
        EXPECT_EQ(status_of({&node.string, nullptr, NS_ALL, nullptr, &hints}), row.status);
    }
}

// ADDR-009: counted strings, other scripts in their IDNA form, and what is no name.
TEST_F(wsk_address_info, names_are_utf16_and_become_idna) {
    script& s = scripted();
    const std::u16string long_label(300, u'a');
    const struct {
        std::u16string name;
        NTSTATUS status;
        const char* asked;
    } rows[] = {
        {u"plain.example", STATUS_SUCCESS, "plain.example"},
        {u"b\u00fccher.example", STATUS_SUCCESS, "xn--bcher-kva.example"},
        {u"\u4f8b\u3048.example", STATUS_SUCCESS, "xn--r8jz45g.example"},
        {long_label, STATUS_NOT_FOUND, nullptr},
        {std::u16string(u"a\0b", 3), STATUS_INVALID_PARAMETER, nullptr},
        {std::u16string(1, char16_t{0xd800}), STATUS_INVALID_PARAMETER, nullptr},
    };
    for (const auto& row : rows) {
        std::u16string units = row.name + u"#";
        UNICODE_STRING node = {};
        node.Buffer = reinterpret_cast<PWSTR>(units.data());
        node.Length = node.MaximumLength = static_cast<USHORT>(row.name.size() * 2);
        EXPECT_EQ(status_of({&node}), row.status);
        if (row.asked != nullptr) {
            EXPECT_STREQ(s.question.node, row.asked);
        }
    }
    std::u16string units = u"b\u00fccher";
    UNICODE_STRING node = {};
    node.Buffer = reinterpret_cast<PWSTR>(units.data());
    node.Length = node.MaximumLength = static_cast<USHORT>(units.size() * 2);
    ADDRINFOEXW hints = {};
    hints.ai_flags = AI_DISABLE_IDN_ENCODING;
    EXPECT_EQ(status_of({&node, nullptr, NS_ALL, nullptr, &hints}), STATUS_SUCCESS);
    EXPECT_STREQ(s.question.node,
                 "b\xc3\xbc"
                 "cher");
    node.Length = 3;
    EXPECT_EQ(status_of({&node}), STATUS_INVALID_PARAMETER);
}

// ADDR-011: everything that the driver passed may go as soon as the call has returned.
TEST_F(wsk_address_info, the_arguments_are_copied) {
    script& s = scripted();
    s.hold();
    text node(u"first.example");
    text service(u"80");
    ADDRINFOEXW hints = {};
    hints.ai_family = AF_INET;
    call c;
    PADDRINFOEXW list = nullptr;
    get(c, {&node.string, &service.string, NS_ALL, nullptr, &hints}, &list);
    node.scribble();
    service.scribble();
    std::memset(&hints, 0xcc, sizeof hints);
    s.go_on.open();
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_STREQ(s.question.node, "first.example");
    EXPECT_STREQ(s.question.service, "80");
    EXPECT_EQ(s.question.family, net::family::ipv4);
    free(list);
}

// ADDR-020: at once, though the resolver cannot be interrupted; its late answer goes nowhere.
TEST_F(wsk_address_info, a_cancelled_query_completes_at_once) {
    script& s = scripted();
    s.hold();
    text node(u"slow.example");
    call c;
    auto* list = reinterpret_cast<PADDRINFOEXW>(0x5a5a5a5a);
    get(c, {&node.string}, &list);
    EXPECT_TRUE(eventually([&] { return s.entered == 1; }));
    c.cancel();
    EXPECT_EQ(c.status(), STATUS_CANCELLED);
    EXPECT_EQ(s.left, 0);
    EXPECT_EQ(list, nullptr);
    c.cancel();  // too late, and harmless
    s.go_on.open();
    EXPECT_TRUE(eventually([&] { return s.left == 1; }));
    // The thread that had it serves the next one.
    s.held = false;
    EXPECT_EQ(status_of({&node.string}), STATUS_SUCCESS);
    EXPECT_EQ(list, nullptr);
}

// ADDR-020, ADDR-022: more queries than threads; those that wait for one can be cancelled too.
TEST_F(wsk_address_info, queries_that_nobody_has_asked_yet_are_cancelled) {
    script& s = scripted();
    s.hold();
    text node(u"slow.example");
    std::vector<std::unique_ptr<call>> calls;
    std::vector<PADDRINFOEXW> lists(12, nullptr);
    for (PADDRINFOEXW& list : lists) {
        calls.push_back(std::make_unique<call>());
        get(*calls.back(), {&node.string}, &list);
    }
    EXPECT_TRUE(eventually([&] { return s.entered == 8; }));
    for (const auto& c : calls) {
        c->cancel();
        EXPECT_EQ(c->status(), STATUS_CANCELLED);
    }
    EXPECT_EQ(s.left, 0);
    s.go_on.open();
    EXPECT_TRUE(eventually([&] { return s.left == 8; }));
    EXPECT_EQ(s.entered, 8);
}

// ADDR-021
TEST_F(wsk_address_info, a_pending_query_holds_the_deregistration) {
    script& s = scripted();
    s.hold();
    text node(u"slow.example");
    call c;
    PADDRINFOEXW list = nullptr;
    get(c, {&node.string}, &list);
    app.release();
    gone = true;
    bool before = false;
    blocked_call leaving(machine(), [&] {
        app.remove();
        before = c.done();
    });
    EXPECT_TRUE(leaving.blocks());
    s.go_on.open();
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    leaving.join();
    EXPECT_TRUE(before);
    free(list);  // memory outlives the client
}

// REG-168: nothing new for an application that leaves.
TEST_F(wsk_address_info, a_dead_client_is_refused) {
    const WSK_PROVIDER_NPI npi = app.npi;
    leave();
    text node(u"127.0.0.1");
    PADDRINFOEXW list = nullptr;
    call c;
    c([&](PIRP irp) {
        return npi.Dispatch->WskGetAddressInfo(npi.Client, &node.string, nullptr, 0, nullptr,
                                               nullptr, &list, nullptr, nullptr, irp);
    });
    EXPECT_EQ(c.status(), STATUS_DEVICE_NOT_READY);
}

// ADDR-022: a resolver that hangs holds nothing else up.
TEST_F(wsk_address_info, sockets_work_while_the_resolver_hangs) {
    script& s = scripted();
    s.hold();
    text node(u"slow.example");
    call query;
    PADDRINFOEXW list = nullptr;
    get(query, {&node.string}, &list);
    EXPECT_TRUE(eventually([&] { return s.entered == 1; }));
    call c;
    c([&](PIRP irp) {
        return app.npi.Dispatch->WskSocket(app.npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
                                           WSK_FLAG_CONNECTION_SOCKET, nullptr, nullptr, nullptr,
                                           nullptr, nullptr, irp);
    });
    ASSERT_EQ(c.status(), STATUS_SUCCESS);
    PWSK_SOCKET made = c.socket();
    c([&](PIRP irp) { return test::bas(made).WskCloseSocket(made, irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_FALSE(query.done());
    s.go_on.open();
    EXPECT_EQ(query.status(), STATUS_SUCCESS);
    free(list);
}

// ADDR-008
TEST_F(wsk_address_info, a_list_is_pool_until_it_is_freed) {
    script& s = scripted();
    s.canonical = "x";
    text node(u"some.example");
    PADDRINFOEXW list = nullptr;
    ASSERT_EQ(get({&node.string}, &list), STATUS_SUCCESS);
    EXPECT_EQ(count(base::object_kind::pool), 1u);
    free(list);
    EXPECT_EQ(count(base::object_kind::pool), 0u);
    EXPECT_EQ(violations(), 0u);
}

// ADDR-008
TEST_F(wsk_address_info, freeing_nothing_is_allowed) {
    free(nullptr);
    EXPECT_EQ(violations(), 0u);
}

// ADDR-024, ADDR-025, ADDR-028
TEST_F(wsk_address_info, an_address_gets_its_texts) {
    room node(64);
    room service(64);
    SOCKADDR_IN a4 = test::v4(80);
    EXPECT_EQ(name(&a4, sizeof a4, &node.string, &service.string, NI_NUMERICHOST | NI_NUMERICSERV),
              STATUS_SUCCESS);
    EXPECT_EQ(node.is(), u"127.0.0.1");
    EXPECT_EQ(node.string.Length, 18);
    EXPECT_EQ(node.behind(), u'\0');
    EXPECT_EQ(service.is(), u"80");
    EXPECT_EQ(service.behind(), u'\0');
    SOCKADDR_IN6 a6 = test::v6(443, true);
    EXPECT_EQ(name(&a6, sizeof(SOCKADDR_STORAGE) - 100, &node.string, nullptr, NI_NUMERICHOST),
              STATUS_SUCCESS);
    EXPECT_EQ(node.is(), u"::1");
    EXPECT_EQ(name(&a6, sizeof a6, nullptr, &service.string, 0), STATUS_SUCCESS);
    EXPECT_EQ(service.is(), u"https");
}

// ADDR-028
TEST_F(wsk_address_info, every_flag_of_a_name_is_translated) {
    script& s = scripted();
    room node(64);
    SOCKADDR_IN a4 = test::v4(80);
    const struct {
        ULONG flag;
        bool net::name_question::*means;
    } rows[] = {
        {1, &net::name_question::local_part},     {2, &net::name_question::numeric_node},
        {4, &net::name_question::must_have_name}, {8, &net::name_question::numeric_service},
        {16, &net::name_question::datagram},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(name(&a4, sizeof a4, &node.string, nullptr, row.flag), STATUS_SUCCESS);
        for (const auto& other : rows) {
            EXPECT_EQ(s.names.*other.means, other.means == row.means) << row.flag;
        }
    }
    EXPECT_EQ(name(&a4, sizeof a4, &node.string, nullptr, 32), STATUS_INVALID_PARAMETER);
    s.error = net::name_error::not_found;  // ADDR-029
    EXPECT_EQ(name(&a4, sizeof a4, &node.string, nullptr, NI_NAMEREQD), STATUS_NOT_FOUND);
}

// ADDR-025, ADDR-026: the terminator needs room; one string too short leaves both alone.
TEST_F(wsk_address_info, a_text_that_does_not_fit_is_not_written) {
    SOCKADDR_IN a4 = test::v4(80);
    constexpr ULONG numeric = NI_NUMERICHOST | NI_NUMERICSERV;
    room exact(20);
    EXPECT_EQ(name(&a4, sizeof a4, &exact.string, nullptr, numeric), STATUS_SUCCESS);
    for (const size_t bytes : {19u, 18u, 4u, 1u, 0u}) {
        room node(bytes);
        room service(64);
        EXPECT_EQ(name(&a4, sizeof a4, &node.string, &service.string, numeric),
                  STATUS_BUFFER_TOO_SMALL);
        EXPECT_TRUE(node.untouched() && service.untouched()) << bytes;
        EXPECT_EQ(name(&a4, sizeof a4, &service.string, &node.string, numeric),
                  bytes < 6 ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS);
    }
}

// ADDR-024, ADDR-027, ADDR-030
TEST_F(wsk_address_info, wrong_arguments_of_a_name_are_refused) {
    SOCKADDR_STORAGE storage = {};
    SOCKADDR_IN a4 = test::v4(80);
    SOCKADDR_IN6 a6 = test::v6(80, true);
    room node(64);
    UNICODE_STRING nowhere = {};
    EXPECT_EQ(app.npi.Dispatch->WskGetNameInfo(app.npi.Client, test::sa(a4), sizeof a4,
                                               &node.string, nullptr, 0, nullptr, nullptr, nullptr),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(name(&a4, sizeof a4, nullptr, nullptr, 0), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(name(&a4, sizeof a4, &nowhere, nullptr, 0), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(name(nullptr, 16, &node.string, nullptr, 0), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(name(&a4, 15, &node.string, nullptr, 0), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(name(&a6, 27, &node.string, nullptr, 0), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(name(&storage, sizeof storage + 1, &node.string, nullptr, 0),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(name(&storage, sizeof storage, &node.string, nullptr, 0), STATUS_NOT_SUPPORTED);
    EXPECT_EQ(
        name(&a4, sizeof a4, &node.string, nullptr, NI_NUMERICHOST, nullptr, PsGetCurrentThread()),
        STATUS_INVALID_PARAMETER);
    EXPECT_EQ(name(&a4, sizeof a4, &node.string, nullptr, NI_NUMERICHOST, PsGetCurrentProcess(),
                   PsGetCurrentThread()),
              STATUS_SUCCESS);
}

// ADDR-031: the address is copied, the strings are written when the query ends.
TEST_F(wsk_address_info, the_address_is_copied) {
    script& s = scripted();
    s.hold();
    SOCKADDR_IN a4 = test::v4(80);
    room node(64);
    call c;
    c([&](PIRP irp) {
        return app.npi.Dispatch->WskGetNameInfo(app.npi.Client, test::sa(a4), sizeof a4,
                                                &node.string, nullptr, 0, nullptr, nullptr, irp);
    });
    std::memset(&a4, 0xcc, sizeof a4);
    EXPECT_TRUE(node.untouched());
    s.go_on.open();
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(node.is(), u"node.example");
    EXPECT_EQ(s.names.where, net::address::loopback(net::family::ipv4, 80));
}

}  // namespace
