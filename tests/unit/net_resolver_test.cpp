// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: names (net/resolve.hpp) and the threads that have them resolved (net/resolver.hpp). Method:
// numeric addresses and localhost through the system's own resolver, which asks no server for them;
// the threads with a source that the test holds up.

#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/heap_array.hpp"
#include "net/resolver.hpp"
#include "tests/unit/support/machine_fixture.hpp"

namespace {

using test::eventually;
using test::gate;

class asked {
public:
    explicit asked(const char* node, const char* service = "") {
        std::strcpy(q.node, node);
        std::strcpy(q.service, service);
    }
    ~asked() { base::heap_delete_array(a.found, a.reserved); }
    net::name_error by(net::name_source& s) {
        s.resolve(q, a);
        return a.error;
    }
    net::address_question q{};
    net::address_answer a;
};

const net::address v4_loopback = net::address::loopback(net::family::ipv4, 80);
const net::address v6_loopback = net::address::loopback(net::family::ipv6, 80);

TEST(net_resolve, a_numeric_address_has_one_entry_for_each_type_of_socket) {
    // ADDR-007
    asked all("127.0.0.1", "80");
    ASSERT_EQ(all.by(net::system_names()), net::name_error::none);
    ASSERT_EQ(all.a.count, 3u);
    const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW};
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(all.a.found[i].where, v4_loopback);
        EXPECT_EQ(all.a.found[i].type, types[i]);
    }
    asked one("::1", "80");
    one.q.type = SOCK_STREAM;
    ASSERT_EQ(one.by(net::system_names()), net::name_error::none);
    ASSERT_EQ(one.a.count, 1u);
    EXPECT_EQ(one.a.found[0].where, v6_loopback);
    EXPECT_EQ(one.a.found[0].protocol, IPPROTO_TCP);
}

TEST(net_resolve, this_host_is_loopback_or_the_wildcard) {
    // ADDR-009 ADDR-023: both families, each address once.
    for (net::name_source* s : {&net::system_names(), &net::fixed_names()}) {
        for (const bool passive : {false, true}) {
            asked self("", "80");
            self.q.type = SOCK_STREAM;
            self.q.passive = passive;
            ASSERT_EQ(self.by(*s), net::name_error::none);
            ASSERT_EQ(self.a.count, 2u);
            EXPECT_NE(self.a.found[0].where.family, self.a.found[1].where.family);
            for (size_t i = 0; i < 2; ++i) {
                EXPECT_EQ(self.a.found[i].where.is_any(), passive);
                EXPECT_EQ(self.a.found[i].where.is_loopback(), !passive);
            }
        }
    }
}

TEST(net_resolve, what_cannot_be_is_told_apart) {
    // ADDR-012 ADDR-018
    struct {
        const char* node;
        const char* service;
        net::name_error error;
    } const rows[] = {
        {"127.0.0.1", "http", net::name_error::none},
        {"127.0.0.1", "nosuchsvc", net::name_error::not_found},
        {"127.0.0.1", "65536", net::name_error::not_found},
        {"127.0.0.1", "-1", net::name_error::not_found},
        {"127.0.0.1", " 80", net::name_error::not_found},
        {"127.0.0.1", "65535", net::name_error::none},
        {"localhost", "1", net::name_error::not_found},  // numeric_node
        {"::1", "1", net::name_error::not_found},        // IPv4 is wanted
    };
    for (const auto& row : rows) {
        for (net::name_source* s : {&net::system_names(), &net::fixed_names()}) {
            asked it(row.node, row.service);
            it.q.family = net::family::ipv4;
            it.q.type = SOCK_STREAM;
            it.q.numeric_node = true;
            EXPECT_EQ(it.by(*s), row.error) << row.node << " " << row.service;
        }
    }
    asked contradiction("127.0.0.1");
    contradiction.q.type = SOCK_STREAM;
    contradiction.q.protocol = IPPROTO_UDP;
    EXPECT_EQ(contradiction.by(net::system_names()), net::name_error::not_supported);
    asked nameless("", "80");
    nameless.q.canonical = true;
    EXPECT_EQ(nameless.by(net::system_names()), net::name_error::invalid_argument);
}

TEST(net_resolve, flags_reach_the_resolver) {
    // ADDR-012
    asked mapped("127.0.0.1", "80");
    mapped.q.family = net::family::ipv6;
    mapped.q.type = SOCK_STREAM;
    mapped.q.mapped = true;
    ASSERT_EQ(mapped.by(net::system_names()), net::name_error::none);
    ASSERT_EQ(mapped.a.count, 1u);
    EXPECT_TRUE(mapped.a.found[0].where.is_v4_mapped());
    asked named("127.0.0.1", "http");
    named.q.numeric_service = true;
    EXPECT_EQ(named.by(net::system_names()), net::name_error::not_found);
    asked canonical("127.0.0.1");
    canonical.q.canonical = true;
    ASSERT_EQ(canonical.by(net::system_names()), net::name_error::none);
    EXPECT_STREQ(canonical.a.canonical, "127.0.0.1");
}

TEST(net_resolve, the_fixed_source_knows_localhost_and_nothing_else) {
    asked local("localhost", "80");
    local.q.type = SOCK_STREAM;
    local.q.canonical = true;
    ASSERT_EQ(local.by(net::fixed_names()), net::name_error::none);
    EXPECT_EQ(local.a.count, 2u);
    EXPECT_STREQ(local.a.canonical, "localhost");
    asked other("example.com", "80");
    EXPECT_EQ(other.by(net::fixed_names()), net::name_error::not_found);
}

TEST(net_resolve, an_address_has_a_text_a_scope_a_number_and_a_port_a_name) {
    // ADDR-028
    net::name_question q;
    net::name_answer a;
    q.where = v4_loopback;
    q.node = q.service = q.numeric_node = true;
    net::system_names().resolve(q, a);
    EXPECT_EQ(a.error, net::name_error::none);
    EXPECT_STREQ(a.node, "127.0.0.1");
    EXPECT_STREQ(a.service, "http");
    const uint8_t link_local[16] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    q.where = net::address::ipv6(link_local, 80, 7);
    q.numeric_service = true;
    net::system_names().resolve(q, a);
    EXPECT_STREQ(a.node, "fe80::1%7");
    EXPECT_STREQ(a.service, "80");
}

TEST(net_resolve, a_name_that_must_be_there_is_missed) {
    // ADDR-029
    net::name_question q;
    net::name_answer a;
    q.where = net::address::ipv4(192, 0, 2, 1, 80);
    q.node = q.must_have_name = true;
    net::fixed_names().resolve(q, a);
    EXPECT_EQ(a.error, net::name_error::not_found);
    q.must_have_name = false;
    net::fixed_names().resolve(q, a);
    EXPECT_EQ(a.error, net::name_error::none);
    EXPECT_STREQ(a.node, "192.0.2.1");
    q.where = v6_loopback;
    net::fixed_names().resolve(q, a);
    EXPECT_STREQ(a.node, "localhost");
}

// ---- the threads ----

/// Answers when its gate is open; counts who is inside.
class slow_source final : public net::name_source {
public:
    void resolve(const net::address_question&, net::address_answer& out) noexcept override {
        inside.fetch_add(1);
        answer.wait();
        out.error = net::name_error::try_again;
        left.fetch_add(1);
    }
    void resolve(const net::name_question&, net::name_answer&) noexcept override {}

    gate answer;
    std::atomic<int> inside{0};
    std::atomic<int> left{0};
};

// A source outlives the threads that were left inside, and these may outlive main.
slow_source& fresh_source() {
    static auto& all = *new std::vector<std::unique_ptr<slow_source>>;
    all.push_back(std::make_unique<slow_source>());
    return *all.back();
}

net::lookup* submit(net::resolver& r) {
    auto* l = new (std::nothrow) net::lookup;
    EXPECT_TRUE(r.prepare());
    if (r.submit(*l)) {
        r.add_thread();
    }
    return l;
}

TEST(net_resolver, lookups_run_side_by_side_up_to_a_bound_and_all_come_back) {
    slow_source& source = fresh_source();
    const auto r = net::resolver::make(source);
    constexpr int lookups = 20;
    for (int i = 0; i < lookups; ++i) {
        submit(*r);
    }
    EXPECT_TRUE(eventually([&] { return source.inside == 8; }));
    EXPECT_EQ(source.left, 0);
    source.answer.open();
    for (int i = 0; i < lookups; ++i) {
        net::lookup* l = r->next();
        ASSERT_NE(l, nullptr);
        EXPECT_EQ(l->found.error, net::name_error::try_again);
        delete l;
    }
    EXPECT_EQ(source.left, lookups);
    r->close();
    EXPECT_EQ(r->next(), nullptr);
}

TEST(net_resolver, only_a_lookup_that_nobody_has_asked_can_be_taken_back) {
    slow_source& source = fresh_source();
    const auto r = net::resolver::make(source);
    net::lookup* running = submit(*r);
    EXPECT_TRUE(eventually([&] { return source.inside == 1; }));
    EXPECT_FALSE(r->withdraw(*running));
    while (source.inside < 8) {
        submit(*r);
        std::this_thread::yield();
    }
    net::lookup* waits = submit(*r);
    EXPECT_TRUE(r->withdraw(*waits));
    delete waits;
    source.answer.open();
    net::lookup* first = r->next();
    EXPECT_NE(first, waits);
    delete first;
    r->close();  // the others are the resolver's to end
}

TEST(net_resolver, closing_leaves_running_lookups_alone) {
    // ADDR-020: getaddrinfo cannot be interrupted, so nobody waits for it.
    slow_source& source = fresh_source();
    std::thread taker;
    {
        const auto r = net::resolver::make(source);
        submit(*r);
        EXPECT_TRUE(eventually([&] { return source.inside == 1; }));
        taker = std::thread([r] { EXPECT_EQ(r->next(), nullptr); });
        r->close();
    }
    taker.join();
    EXPECT_EQ(source.left, 0);
    source.answer.open();  // its thread ends the lookup and the resolver
    EXPECT_TRUE(eventually([&] { return source.left == 1; }));
}

}  // namespace
