// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The receive and disconnect events, retained indications, enabling and disabling.

#include "tests/unit/support/wsk_rig.hpp"

namespace {

using namespace test;

class wsk_events : public wsk_fixture {
protected:
    static NTSTATUS release(PWSK_SOCKET s, PWSK_DATA_INDICATION list) {
        return con(s).WskRelease(s, list);
    }
    /// A receive of no bytes.
    void nudge(PWSK_SOCKET s) {
        WSK_BUF none = {};
        call c;
        c([&](PIRP irp) { return con(s).WskReceive(s, &none, 0, irp); });
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
        EXPECT_EQ(c.information(), 0u);
    }
    /// A connection with the receive event enabled.
    connection_events e;
};

// -- WskReceiveEvent.

TEST_F(wsk_events, indications_are_whole_mapped_and_counted) {
    // CONN-067 CONN-069 CONN-070 CONN-072 CONN-073 CONN-083 EVT-037 IRP-043
    e.receive = [&](ULONG flags, PWSK_DATA_INDICATION list, SIZE_T n, SIZE_T* accepted) {
        EXPECT_EQ(flags & ~ULONG{WSK_FLAG_RELEASE_ASAP | WSK_FLAG_ENTIRE_MESSAGE}, 0u);
        EXPECT_EQ(ke::current().irql, 0);
        EXPECT_EQ(*accepted, n);
        SIZE_T sum = 0;
        for (PWSK_DATA_INDICATION i = list; i != nullptr; i = i->Next) {
            const MDL& m = *i->Buffer.Mdl;
            EXPECT_GE(m.ByteCount - i->Buffer.Offset, i->Buffer.Length);
            EXPECT_NE(m.MdlFlags & MDL_MAPPED_TO_SYSTEM_VA, 0);
            EXPECT_EQ(static_cast<char*>(m.StartVa) + m.ByteOffset, m.MappedSystemVa);
            sum += i->Buffer.Length;
        }
        EXPECT_EQ(sum, n);
        EXPECT_GT(n, 0u);
        host::guard g(e.mutex);
        e.text += text_of(list);
        return STATUS_SUCCESS;
    };
    pair p = live_pair(e);
    std::string all;
    for (int i = 0; i < 50; ++i) {
        const std::string text(static_cast<size_t>(1 + i * 997), static_cast<char>('a' + i % 26));
        all += text;
        EXPECT_TRUE(p.theirs.send(text));
    }
    EXPECT_TRUE(eventually([&] { return e.taken().size() == all.size(); }));
    EXPECT_EQ(e.taken(), all);
    close(p);
}

TEST_F(wsk_events, what_was_not_accepted_waits_for_a_receive) {
    // CONN-056 CONN-074 CONN-078 CONN-080
    std::atomic<uint32_t> calls{0};
    e.receive = [&](ULONG, PWSK_DATA_INDICATION list, SIZE_T, SIZE_T* accepted) {
        if (calls.fetch_add(1) == 0) {
            EXPECT_EQ(text_of(list), "0123456789");
            *accepted = 3;
        } else {
            host::guard g(e.mutex);
            e.text += text_of(list);
        }
        return STATUS_SUCCESS;
    };
    pair p = live_pair(e);
    EXPECT_TRUE(p.theirs.send("0123456789"));
    EXPECT_TRUE(eventually([&] { return e.receives.load() == 1; }));
    EXPECT_TRUE(p.theirs.send("abc"));
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE), STATUS_SUCCESS);  // does not un-pause
    EXPECT_EQ(receive(p.ours, 4), "3456");
    EXPECT_TRUE(eventually([&] { return e.taken() == "789abc"; }));
    close(p);
}

TEST_F(wsk_events, refused_data_is_indicated_again_after_a_receive_of_no_bytes) {
    // CONN-054 CONN-075 CONN-078 CONN-079
    NTSTATUS answer = STATUS_DATA_NOT_ACCEPTED;
    std::atomic<bool> refuse{true};
    e.receive = [&](ULONG, PWSK_DATA_INDICATION list, SIZE_T n, SIZE_T* accepted) {
        if (refuse.load()) {
            *accepted = answer == STATUS_SUCCESS ? 0 : n;
            return answer;
        }
        host::guard g(e.mutex);
        e.text += text_of(list);
        return STATUS_SUCCESS;
    };
    pair p = live_pair(e);
    uint32_t seen = 0;
    std::string expected;
    for (NTSTATUS s : {STATUS_DATA_NOT_ACCEPTED, STATUS_SUCCESS, STATUS_UNSUCCESSFUL}) {
        answer = s;
        refuse = true;
        EXPECT_TRUE(p.theirs.send("refused"));
        expected += "refused";
        ++seen;
        EXPECT_TRUE(eventually([&] { return e.receives.load() == seen; }));
        refuse = false;
        nudge(p.ours);
        ++seen;
        EXPECT_TRUE(eventually([&] { return e.taken() == expected; }));
        EXPECT_TRUE(eventually([&] { return e.receives.load() == seen; }));
    }
    EXPECT_EQ(violations(), 1u);  // STATUS_UNSUCCESSFUL is no status of this callback
    close(p);
}

TEST_F(wsk_events, a_receive_inside_the_refusing_callback_counts) {
    // CONN-081
    buffer b(size_t{100});
    call c;
    pair p = connect_pair(&e);
    e.receive = [&](ULONG, PWSK_DATA_INDICATION, SIZE_T, SIZE_T*) {
        c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, 0, irp); });
        return STATUS_DATA_NOT_ACCEPTED;
    };
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.send("the data"));
    EXPECT_TRUE(eventually([&] { return e.receives.load() == 1; }));
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(b.text(c.information()), "the data");
    e.receive = nullptr;
    EXPECT_TRUE(p.theirs.send("more"));
    EXPECT_TRUE(eventually([&] { return e.taken() == "more"; }));
    close(p);
}

TEST_F(wsk_events, accepting_more_than_indicated_is_reported) {
    // CONN-076
    e.receive = [&](ULONG, PWSK_DATA_INDICATION, SIZE_T n, SIZE_T* accepted) {
        *accepted = n + 1;
        return STATUS_SUCCESS;
    };
    pair p = live_pair(e);
    EXPECT_TRUE(p.theirs.send("x"));
    EXPECT_TRUE(eventually([&] { return e.receives.load() == 1; }));
    close(p);
    EXPECT_EQ(violations(), 1u);
}

TEST_F(wsk_events, a_waiting_receive_comes_before_the_event) {
    // CONN-055 EVT-043
    pair p = live_pair(e);
    buffer b(size_t{4});
    call c;
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, WSK_FLAG_WAITALL, irp); });
    EXPECT_TRUE(p.theirs.send("irp!event"));
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(b.text(), "irp!");
    EXPECT_TRUE(eventually([&] { return e.taken() == "event"; }));
    close(p);
}

TEST_F(wsk_events, data_and_fin_from_before_enabling_are_told_after_it) {
    // CONN-082 CONN-114 CONN-116 CONN-117 EVT-010 EVT-015
    pair p = connect_pair(&e);
    EXPECT_TRUE(p.theirs.send("early"));
    p.theirs.finish();
    e.disconnect = [&](ULONG) { EXPECT_EQ(e.taken(), "early"); };
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
    EXPECT_TRUE(eventually([&] { return e.disconnects.load() == 1; }));
    EXPECT_EQ(e.disconnect_flags.load(), 0u);
    close(p);
}

TEST_F(wsk_events, the_list_is_ours_whatever_the_driver_writes_into_it) {
    // CONN-084 IRP-037
    e.receive = [&](ULONG, PWSK_DATA_INDICATION list, SIZE_T, SIZE_T*) {
        {
            host::guard g(e.mutex);
            e.text += text_of(list);
        }
        std::memset(list->Buffer.Mdl, 0xee, sizeof(MDL));
        std::memset(list, 0xee, sizeof *list);
        return STATUS_SUCCESS;
    };
    pair p = live_pair(e);
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(p.theirs.send("0123456789"));
        EXPECT_TRUE(eventually([&] { return e.taken().size() == 10u * (1u + i); }));
    }
    close(p);
}

// -- Retained indications.

class wsk_retained : public wsk_events {
protected:
    void SetUp() override {
        wsk_events::SetUp();
        e.receive = [&](ULONG flags, PWSK_DATA_INDICATION list, SIZE_T, SIZE_T* accepted) {
            *accepted = 1;  // not looked at with STATUS_PENDING
            asap = asap || (flags & WSK_FLAG_RELEASE_ASAP) != 0;
            host::guard g(e.mutex);
            kept.push_back(list);
            return STATUS_PENDING;
        };
    }
    size_t kept_count() {
        host::guard g(e.mutex);
        return kept.size();
    }
    void keep_pieces(pair& p, int n) {
        for (int i = 0; i < n; ++i) {
            EXPECT_TRUE(p.theirs.send("piece" + std::to_string(i)));
            ASSERT_TRUE(eventually([&] { return kept_count() == static_cast<size_t>(i) + 1; }));
        }
    }
    std::vector<PWSK_DATA_INDICATION> kept;
    std::atomic<bool> asap{false};
};

TEST_F(wsk_retained, retained_data_stays_valid_and_is_released_in_any_order) {
    // CONN-077 CONN-088 CONN-089
    pair p = live_pair(e);
    keep_pieces(p, 6);
    for (int i = 0; i < 6; ++i) {
        EXPECT_EQ(text_of(kept[static_cast<size_t>(i)]), "piece" + std::to_string(i));
    }
    // Odd ones first; then the others as one chain.
    for (size_t i = 1; i < 6; i += 2) {
        EXPECT_EQ(release(p.ours, kept[i]), STATUS_SUCCESS);
    }
    kept[0]->Next = kept[2];
    kept[2]->Next = kept[4];
    kept[4]->Next = nullptr;
    EXPECT_EQ(release(p.ours, kept[0]), STATUS_SUCCESS);
    EXPECT_EQ(count(base::object_kind::indication), 0u);
    close(p);
}

TEST_F(wsk_retained, a_release_inside_the_callback_is_good) {
    // CONN-089
    pair p = connect_pair(&e);
    e.receive = [&](ULONG, PWSK_DATA_INDICATION list, SIZE_T, SIZE_T*) {
        EXPECT_EQ(release(p.ours, list), STATUS_SUCCESS);
        return STATUS_PENDING;
    };
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.send("x"));
    EXPECT_TRUE(eventually([&] { return e.receives.load() == 1; }));
    EXPECT_TRUE(eventually([&] { return count(base::object_kind::indication) == 0; }));
    close(p);
}

TEST_F(wsk_retained, retained_data_outlives_the_connection) {
    // CONN-091
    pair p = live_pair(e);
    keep_pieces(p, 1);
    p.theirs.reset();
    EXPECT_TRUE(eventually([&] { return send(p.ours, "x") == STATUS_CONNECTION_RESET; }));
    EXPECT_EQ(text_of(kept[0]), "piece0");
    EXPECT_EQ(release(p.ours, kept[0]), STATUS_SUCCESS);
    close(p);
}

TEST_F(wsk_retained, bad_releases_are_recognised) {
    // CONN-092
    pair p = live_pair(e);
    keep_pieces(p, 1);
    EXPECT_EQ(release(p.ours, nullptr), STATUS_INVALID_PARAMETER);
    WSK_DATA_INDICATION mine = {};
    EXPECT_EQ(release(p.ours, &mine), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(violations(), 1u);
    connection_events other;
    pair q = live_pair(other);
    EXPECT_EQ(release(q.ours, kept[0]), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(violations(), 1u);
    EXPECT_EQ(release(p.ours, kept[0]), STATUS_SUCCESS);
    EXPECT_EQ(release(p.ours, kept[0]), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(violations(), 1u);
    close(p);
    close(q);
}

TEST_F(wsk_retained, a_full_budget_stops_reading_and_loses_nothing) {
    // CONN-071 CONN-086
    pair p = connect_pair(&e);
    EXPECT_EQ(set(p.ours, SOL_SOCKET, SO_RCVBUF, 65536), STATUS_SUCCESS);
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    const size_t total = size_t{16} << 20;
    std::string all(total, '\0');
    for (size_t i = 0; i < total; ++i) {
        all[i] = static_cast<char>(i / 61);
    }
    std::thread sender([&] { EXPECT_TRUE(p.theirs.send(all)); });
    std::string got;
    size_t most = 0;
    while (got.size() < total) {
        std::vector<PWSK_DATA_INDICATION> now;
        ASSERT_TRUE(eventually([&] { return kept_count() != 0; }));
        {
            host::guard g(e.mutex);
            now.swap(kept);
        }
        size_t held = 0;
        for (PWSK_DATA_INDICATION i : now) {
            held += i->Buffer.Length;
            got += text_of(i);
        }
        most = std::max(most, held);
        for (PWSK_DATA_INDICATION i : now) {
            EXPECT_EQ(release(p.ours, i), STATUS_SUCCESS);
        }
    }
    sender.join();
    EXPECT_TRUE(got == all);
    EXPECT_LE(most, 65536u);
    EXPECT_TRUE(asap.load());
    close(p);
}

TEST_F(wsk_retained, closing_with_retained_data_is_reported_and_keeps_it_readable) {
    // SOCK-085 CONN-087 CONN-090
    pair p = live_pair(e);
    keep_pieces(p, 2);
    PWSK_SOCKET closed = p.ours;
    close(p);
    EXPECT_EQ(violations(), 1u);
    EXPECT_EQ(text_of(kept[0]), "piece0");
    EXPECT_EQ(wsk::connection_dispatch.WskRelease(closed, kept[0]), STATUS_SUCCESS);
    // The other one goes with the application.
}

TEST_F(wsk_retained, a_callback_that_retains_during_close_hangs_nobody) {
    // CONN-087
    halt held;
    e.receive = [&](ULONG, PWSK_DATA_INDICATION list, SIZE_T, SIZE_T*) {
        kept.push_back(list);
        held.stay();
        return STATUS_PENDING;
    };
    pair p = live_pair(e);
    EXPECT_TRUE(p.theirs.send("late"));
    held.wait();
    call c;
    c([&](PIRP irp) { return bas(p.ours).WskCloseSocket(p.ours, irp); });
    held.release();
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(text_of(kept[0]), "late");
    EXPECT_EQ(wsk::connection_dispatch.WskRelease(p.ours, kept[0]), STATUS_SUCCESS);
    EXPECT_EQ(close(p.listener), STATUS_SUCCESS);
}

// -- WskDisconnectEvent.

TEST_F(wsk_events, fin_and_reset_are_told_once_each) {
    // CONN-108 CONN-112 CONN-113 CONN-118
    pair p = live_pair(e, WSK_EVENT_DISCONNECT);
    p.theirs.finish();
    EXPECT_TRUE(eventually([&] { return e.disconnects.load() == 1; }));
    EXPECT_EQ(e.disconnect_flags.load(), 0u);
    p.theirs.reset();
    // The reset is found at once or when something is sent.
    EXPECT_TRUE(eventually([&] {
        (void)send(p.ours, "x");
        return e.disconnects.load() == 2;
    }));
    EXPECT_EQ(e.disconnect_flags.load(), ULONG{WSK_FLAG_ABORTIVE});
    close(p);
    EXPECT_EQ(e.disconnects.load(), 2u);
}

TEST_F(wsk_events, a_local_abort_is_told_to_nobody) {
    // CONN-108
    pair p = live_pair(e, WSK_EVENT_DISCONNECT | WSK_EVENT_RECEIVE);
    call c;
    c([&](PIRP irp) { return con(p.ours).WskDisconnect(p.ours, nullptr, WSK_FLAG_ABORTIVE, irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.was_reset());
    close(p);
    EXPECT_EQ(e.disconnects.load(), 0u);
}

TEST_F(wsk_events, a_graceful_disconnect_is_told_after_all_data_was_taken) {
    // CONN-114
    pair p = live_pair(e, WSK_EVENT_DISCONNECT);
    EXPECT_TRUE(p.theirs.send("0123456789"));
    p.theirs.finish();
    EXPECT_EQ(receive(p.ours, 4), "0123");
    EXPECT_EQ(e.disconnects.load(), 0u);
    EXPECT_EQ(receive(p.ours, 100), "456789");
    EXPECT_TRUE(eventually([&] { return e.disconnects.load() == 1; }));
    close(p);
}

TEST_F(wsk_events, no_data_is_indicated_after_the_abortive_event) {
    // CONN-115
    std::atomic<bool> told{false};
    e.receive = [&](ULONG, PWSK_DATA_INDICATION, SIZE_T, SIZE_T*) {
        EXPECT_FALSE(told.load());
        return STATUS_DATA_NOT_ACCEPTED;
    };
    e.disconnect = [&](ULONG flags) {
        EXPECT_EQ(flags, ULONG{WSK_FLAG_ABORTIVE});
        told = true;
    };
    pair p = live_pair(e, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT);
    EXPECT_TRUE(p.theirs.send("paused"));
    EXPECT_TRUE(eventually([&] { return e.receives.load() == 1; }));
    p.theirs.reset();
    EXPECT_TRUE(eventually([&] { return e.disconnects.load() == 1; }));
    NTSTATUS s = STATUS_SUCCESS;
    (void)receive(p.ours, 10, 0, &s);
    EXPECT_EQ(s, STATUS_CONNECTION_RESET);
    EXPECT_EQ(e.receives.load(), 1u);
    close(p);
}

TEST_F(wsk_events, data_before_a_reset_is_indicated_before_the_event) {
    // CONN-115 CONN-120
    e.disconnect = [&](ULONG) { EXPECT_EQ(e.taken(), "last words"); };
    gate hold;
    e.receive = [&](ULONG, PWSK_DATA_INDICATION list, SIZE_T, SIZE_T*) {
        hold.wait();
        host::guard g(e.mutex);
        e.text += text_of(list);
        return STATUS_SUCCESS;
    };
    pair p = live_pair(e, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT);
    EXPECT_TRUE(p.theirs.send("last words"));
    EXPECT_TRUE(eventually([&] { return e.inside.load() == 1; }));
    p.theirs.reset();
    hold.open();
    EXPECT_TRUE(eventually([&] { return e.disconnects.load() == 1; }));
    close(p);
}

// -- Enabling and disabling.

TEST_F(wsk_events, nothing_is_told_before_it_is_enabled) {
    // SOCK-024
    pair p = connect_pair(&e);
    EXPECT_TRUE(p.theirs.send("x"));
    p.theirs.finish();
    EXPECT_EQ(receive(p.ours, 10), "x");
    EXPECT_EQ(receive(p.ours, 10), "");
    EXPECT_EQ(e.receives.load() + e.disconnects.load(), 0u);
    close(p);
}

TEST_F(wsk_events, the_control_structure_is_checked) {
    // EVT-001 EVT-002 EVT-003 EVT-008 EVT-011 EVT-012 EVT-030
    pair p = connect_pair(&e);
    NPIID other = NPI_WSK_INTERFACE_ID;
    other.Data1 ^= 1;
    WSK_EVENT_CALLBACK_CONTROL c = {&other, WSK_EVENT_RECEIVE};
    const auto set_with = [&](SIZE_T bytes, void* in) {
        return bas(p.ours).WskControlSocket(p.ours, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
                                            bytes, in, 0, nullptr, nullptr, nullptr);
    };
    EXPECT_EQ(set_with(sizeof c, &c), STATUS_NOT_SUPPORTED);
    c.NpiId = nullptr;
    EXPECT_EQ(set_with(sizeof c, &c), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(set_with(8, &c), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(set_with(sizeof c, nullptr), STATUS_INVALID_PARAMETER);
    for (ULONG mask : {0u, 0x1u, unsigned{WSK_EVENT_RECEIVE | WSK_EVENT_RECEIVE_FROM},
                       unsigned{WSK_EVENT_ACCEPT}, unsigned{WSK_EVENT_RECEIVE | 0x4000}}) {
        EXPECT_EQ(events(p.ours, mask), STATUS_INVALID_PARAMETER) << mask;
    }
    EXPECT_EQ(events(p.ours, WSK_EVENT_SEND_BACKLOG), STATUS_INVALID_PARAMETER);  // no callback
    EXPECT_TRUE(p.theirs.send("x"));
    EXPECT_EQ(receive(p.ours, 1), "x");
    EXPECT_EQ(e.receives.load(), 0u);
    close(p);
    pair q = connect_pair();
    EXPECT_EQ(events(q.ours, WSK_EVENT_RECEIVE), STATUS_INVALID_PARAMETER);  // no dispatch
    close(q);
}

TEST_F(wsk_events, events_are_enabled_in_the_right_state_and_add_up) {
    // EVT-005 EVT-006 EVT-007 EVT-009
    PWSK_SOCKET s = make(WSK_FLAG_CONNECTION_SOCKET, &connection_callbacks, &e);
    EXPECT_EQ(events(s, WSK_EVENT_RECEIVE), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(bind(s), STATUS_SUCCESS);
    EXPECT_EQ(events(s, WSK_EVENT_RECEIVE), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(close(s), STATUS_SUCCESS);
    listen_events l;
    PWSK_SOCKET t = make(WSK_FLAG_LISTEN_SOCKET, &listen_callbacks, &l);
    EXPECT_EQ(events(t, WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_STATE);
    EXPECT_EQ(close(t), STATUS_SUCCESS);
    pair p = live_pair(e);
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EXPECT_EQ(events(p.ours, WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.send("x"));
    EXPECT_TRUE(eventually([&] { return e.taken() == "x"; }));
    EXPECT_EQ(e.receives.load(), 1u);
    p.theirs.finish();
    EXPECT_TRUE(eventually([&] { return e.disconnects.load() == 1; }));
    close(p);
}

TEST_F(wsk_events, enabling_with_an_irp_completes_it_inside_the_call) {
    // EVT-004 EVT-013 EVT-014
    pair p = connect_pair(&e);
    EXPECT_TRUE(p.theirs.send("waiting"));
    std::atomic<bool> inside_call{false};
    const ke::thread* me = &ke::current();
    e.receive = [&](ULONG, PWSK_DATA_INDICATION, SIZE_T, SIZE_T*) {
        EXPECT_FALSE(inside_call.load() && &ke::current() == me);
        return STATUS_SUCCESS;
    };
    call c;
    inside_call = true;
    c([&](PIRP irp) { return events(p.ours, WSK_EVENT_RECEIVE, irp); });
    inside_call = false;
    EXPECT_EQ(c.returned, STATUS_SUCCESS);
    EXPECT_EQ(c.information(), 0u);
    EXPECT_TRUE(eventually([&] { return e.receives.load() == 1; }));
    close(p);
}

TEST_F(wsk_events, a_disabled_event_leaves_the_others_and_the_data) {
    // EVT-016 EVT-017 EVT-020 EVT-023 EVT-026
    pair p = live_pair(e, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT);
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_DISABLE),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(events(p.ours, WSK_EVENT_DISABLE), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE), STATUS_SUCCESS);
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE), STATUS_SUCCESS);
    call c;
    c([&](PIRP irp) { return events(p.ours, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE, irp); });
    EXPECT_EQ(c.returned, STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.send("kept"));
    p.theirs.finish();
    EXPECT_EQ(receive(p.ours, 10), "kept");
    EXPECT_EQ(e.receives.load(), 0u);
    EXPECT_TRUE(eventually([&] { return e.disconnects.load() == 1; }));
    close(p);
}

TEST_F(wsk_events, disabling_waits_for_a_running_callback) {
    // EVT-018 EVT-019 EVT-022 EVT-028 EVT-029
    for (const bool with_irp : {true, false}) {
        connection_events one;
        halt held;
        std::atomic<uint32_t> entries{0};
        one.receive = [&](ULONG, PWSK_DATA_INDICATION, SIZE_T, SIZE_T*) {
            entries.fetch_add(1);
            held.stay();
            return STATUS_SUCCESS;
        };
        pair p = live_pair(one);
        EXPECT_TRUE(p.theirs.send("x"));
        held.wait();
        call c;
        if (with_irp) {
            c([&](PIRP irp) { return events(p.ours, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE, irp); });
            EXPECT_EQ(c.returned, STATUS_PENDING);
            c.cancel();  // not meaningful: it ends with the callback
            ke::drain_deferred(ke::current());
            EXPECT_FALSE(c.done());
        } else {
            EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE), STATUS_EVENT_PENDING);
        }
        EXPECT_TRUE(p.theirs.send("more"));
        held.release();
        if (with_irp) {
            EXPECT_EQ(c.status(), STATUS_SUCCESS);
        }
        EXPECT_EQ(receive(p.ours, 10), "more");
        EXPECT_EQ(entries.load(), 1u);
        close(p);
    }
}

TEST_F(wsk_events, disabling_inside_the_callback_itself_does_not_deadlock) {
    // EVT-021
    pair p = connect_pair(&e);
    call c;
    e.receive = [&](ULONG, PWSK_DATA_INDICATION, SIZE_T, SIZE_T*) {
        c([&](PIRP irp) { return events(p.ours, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE, irp); });
        EXPECT_EQ(c.returned, STATUS_PENDING);
        return STATUS_SUCCESS;
    };
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.send("x"));
    EXPECT_TRUE(eventually([&] { return e.receives.load() == 1; }));
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    close(p);
}

TEST_F(wsk_events, a_callback_may_call_everything) {
    // EVT-039 EVT-040 IRP-017
    pair p = connect_pair(&e);
    std::deque<call> calls(3);
    buffer b("from inside");
    buffer r(size_t{4});
    SOCKADDR_IN a = {};
    e.receive = [&](ULONG, PWSK_DATA_INDICATION, SIZE_T, SIZE_T*) {
        calls[0]([&](PIRP irp) { return con(p.ours).WskSend(p.ours, &b.buf, 0, irp); });
        calls[1]([&](PIRP irp) { return con(p.ours).WskGetRemoteAddress(p.ours, sa(a), irp); });
        calls[2]([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &r.buf, 0, irp); });
        EXPECT_EQ(events(p.ours, WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
        return STATUS_SUCCESS;
    };
    EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.send("go"));
    EXPECT_EQ(p.theirs.receive(11), "from inside");
    EXPECT_TRUE(p.theirs.send("abcd"));
    for (call& c : calls) {
        EXPECT_EQ(c.status(), STATUS_SUCCESS);
    }
    EXPECT_EQ(r.text(), "abcd");
    EXPECT_TRUE(eventually([&] { return e.inside.load() == 0; }));
    close(p);
}

TEST_F(wsk_events, a_blocked_callback_holds_up_its_own_socket_only) {
    // EVT-038
    gate leave;
    std::vector<std::unique_ptr<connection_events>> blocked;
    std::vector<pair> pairs;
    for (int i = 0; i < 8; ++i) {
        blocked.push_back(std::make_unique<connection_events>());
        blocked.back()->receive = [&](ULONG, PWSK_DATA_INDICATION, SIZE_T, SIZE_T*) {
            leave.wait();
            return STATUS_SUCCESS;
        };
        pairs.push_back(live_pair(*blocked.back()));
        EXPECT_TRUE(pairs.back().theirs.send("x"));
        EXPECT_TRUE(eventually([&] { return blocked.back()->inside.load() == 1; }));
    }
    connection_events free_one;
    pair q = live_pair(free_one);
    EXPECT_TRUE(q.theirs.send("served"));
    EXPECT_TRUE(eventually([&] { return free_one.taken() == "served"; }));
    leave.open();
    close(q);
    for (pair& p : pairs) {
        close(p);
    }
}

TEST_F(wsk_events, a_slow_callback_delays_later_data_and_changes_no_order) {
    // CONN-068 EVT-045: on_receive and on_disconnect check that one callback runs at a time.
    std::atomic<uint32_t> slow{0};
    e.receive = [&](ULONG, PWSK_DATA_INDICATION list, SIZE_T, SIZE_T*) {
        if (slow.fetch_add(1) % 16 == 0) {
            for (int i = 0; i < 2000; ++i) {
                std::this_thread::yield();
            }
        }
        EXPECT_EQ(e.disconnects.load(), 0u);
        host::guard g(e.mutex);
        e.text += text_of(list);
        return STATUS_SUCCESS;
    };
    e.disconnect = [&](ULONG) { EXPECT_EQ(e.taken().size(), 300u * 1000u); };
    pair p = live_pair(e, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT);
    std::string all;
    p.theirs.no_delay();
    for (int i = 0; i < 300; ++i) {
        std::string piece(1000, static_cast<char>('a' + i % 26));
        piece[0] = static_cast<char>('A' + i / 26 % 26);
        all += piece;
        EXPECT_TRUE(p.theirs.send(piece));
        if (i % 3 == 0) {
            // Whoever receives and disables meanwhile must not let a second callback in.
            EXPECT_EQ(events(p.ours, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
        }
    }
    p.theirs.finish();
    EXPECT_TRUE(eventually([&] { return e.disconnects.load() == 1; }));
    EXPECT_TRUE(e.taken() == all);
    close(p);
}

TEST_F(wsk_events, a_flag_means_what_its_own_call_says) {
    // EVT-046: the numbers overlap.
    static_assert(WSK_FLAG_NODELAY == WSK_FLAG_WAITALL && WSK_FLAG_WAITALL == 2);
    static_assert(WSK_FLAG_RELEASE_ASAP == 2 && WSK_FLAG_ABORTIVE == 1);
    static_assert(WSK_FLAG_DRAIN == WSK_FLAG_ENTIRE_MESSAGE && WSK_FLAG_DRAIN == 4);
    static_assert(WSK_FLAG_CONNECTION_SOCKET == 2 && WSK_FLAG_AT_DISPATCH_LEVEL == 8);
    pair p = connect_pair(&e);
    // 2: no waiting in a send, all of it in a receive.
    EXPECT_EQ(send(p.ours, "sent at once", 2), STATUS_SUCCESS);
    EXPECT_EQ(p.theirs.receive(12), "sent at once");
    EXPECT_TRUE(p.theirs.send("ab"));
    buffer b(size_t{4});
    call c;
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, 2, irp); });
    EXPECT_TRUE(p.theirs.send("cd"));
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_EQ(b.text(), "abcd");
    // 1: an abort in a disconnect; urgent data, which nobody offers, elsewhere.
    EXPECT_EQ(send(p.ours, "x", 1), STATUS_NOT_SUPPORTED);
    c([&](PIRP irp) { return con(p.ours).WskReceive(p.ours, &b.buf, 1, irp); });
    EXPECT_EQ(c.status(), STATUS_NOT_SUPPORTED);
    // 2 for an accept is nothing.
    c([&](PIRP irp) {
        return lst(p.listener).WskAccept(p.listener, 2, nullptr, nullptr, nullptr, nullptr, irp);
    });
    EXPECT_EQ(c.status(), STATUS_INVALID_PARAMETER);
    c([&](PIRP irp) { return con(p.ours).WskDisconnect(p.ours, nullptr, 1, irp); });
    EXPECT_EQ(c.status(), STATUS_SUCCESS);
    EXPECT_TRUE(p.theirs.was_reset());
    close(p);
}

}  // namespace
