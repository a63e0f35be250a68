// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "loader/machine.hpp"

#include <algorithm>
#include <atomic>
#include <new>

#include "ex/executive.hpp"
#include "io/file.hpp"
#include "io/loop_pool.hpp"
#include "io/manager.hpp"
#include "io/section.hpp"
#include "ke/default_machine.hpp"
#include "ke/kernel.hpp"
#include "ke/trap.hpp"
#include "loader/driver.hpp"
#include "mm/pool.hpp"
#include "net/backend.hpp"
#include "nmr/registrar.hpp"
#include "ob/object.hpp"
#include "rtl/registry.hpp"
#include "trace/recorder.hpp"
#include "verify/ledger.hpp"
#include "wsk/sockets.hpp"
#include "wsk/subsystem.hpp"

namespace loader {
namespace {

constexpr uint32_t processors_min = 4;
constexpr uint32_t processors_max = 64;  // one affinity mask, as in a processor group

// Published with release by publish_default_machine, read with acquire by everybody. Never
// destroyed: threads that outlive main may still be inside.
constinit std::atomic<base::machine*> default_{nullptr};

base::machine_options resolve(host::host_interface& h, base::machine_options o) noexcept {
    const uint32_t cpus = std::max(1u, h.processor_count());
    if (o.processors == 0) {
        o.processors = std::max(processors_min, cpus);
    }
    o.processors = std::min(o.processors, processors_max);
    const uint32_t io_max = std::max(1u, o.processors / 2);
    o.io_threads = o.io_threads == 0 ? std::min(cpus, io_max) : std::min(o.io_threads, io_max);
    return o;
}

template <class Part, class... A>
bool add(base::machine& m, A&&... arguments) noexcept {
    std::unique_ptr<Part> part(new (std::nothrow) Part(std::forward<A>(arguments)...));
    if (part == nullptr) {
        return false;
    }
    m.install(std::move(part));
    return true;
}

// A simulated machine is given its network by whoever simulates it.
bool add_network(base::machine& m) noexcept {
    if (m.host().simulated()) {
        return true;
    }
    std::unique_ptr<net::backend> real = net::make_epoll_backend();
    if (real == nullptr) {
        return false;
    }
    m.install(std::move(real));
    return true;
}

// Bottom up: a part may use those above it in this list.
bool add_parts(base::machine& m) noexcept {
    bool all = add<trace::recorder>(m, m.host(), m.options());
    all = all && add<verify::ledger>(m, m.options());
    all = all && add<mm::pool>(m, m);
    all = all && add<ke::kernel>(m, m);
    all = all && add<ex::executive>(m, m);
    all = all && add<ob::object_manager>(m, m);
    all = all && add<rtl::registry>(m);
    all = all && add<io::manager>(m, m);
    all = all && add<io::files>(m, m);
    all = all && add<io::sections>(m, m);
    all = all && add_network(m);
    all = all && add<io::loop_pool>(m, m);
    all = all && add<nmr::registrar>(m, m);
    all = all && add<wsk::sockets>(m, m);
    all = all && add<wsk::subsystem>(m, m);
    all = all && add<drivers>(m, m);
    return all;
}

}  // namespace

std::unique_ptr<base::machine> make_machine(host::host_interface& h,
                                            base::machine_options options) noexcept {
    ke::catch_traps();
    std::unique_ptr<base::machine> m(new (std::nothrow) base::machine(h, resolve(h, options)));
    if (m != nullptr && !add_parts(*m)) {
        m.reset();
    }
    return m;
}

bool publish_default_machine(std::unique_ptr<base::machine>& m) noexcept {
    base::machine* none = nullptr;
    if (!default_.compare_exchange_strong(none, m.get(), std::memory_order_acq_rel)) {
        return false;
    }
    (void)m.release();
    return true;
}

}  // namespace loader

namespace ke {

base::machine* find_default_machine() noexcept {
    return loader::default_.load(std::memory_order_acquire);
}

base::machine& default_machine() noexcept {
    if (base::machine* m = find_default_machine()) {
        return *m;
    }
    std::unique_ptr<base::machine> made = loader::make_machine(host::linux_host(), {});
    OPENWSK_ASSERT(made != nullptr);
    // Whoever loses the race drops his own.
    loader::publish_default_machine(made);
    return *find_default_machine();
}

}  // namespace ke
