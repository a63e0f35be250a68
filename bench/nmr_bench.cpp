// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the registrar costs, and what a capture of the WSK provider NPI and a reference to a socket
// cost beside the usual ways to count users. bench/nmr runs it and compares the figures.
//
//   nmr_bench [--verification=off|standard|full] [options of Google Benchmark]
//
// cycle/U              one client registers, attaches to one provider, detaches, deregisters, while
//                      U other NPIs have a client and a provider each
// both_sides           the same, and the provider comes and goes as well
// register/N/M         the N-th client registers against M providers of its NPI
// deregister/N/M       and leaves again
// capture, socket      WskCaptureProviderNPI and WskReleaseProviderNPI; finding a socket by the
//                      driver's pointer, holding it and letting it go
// atomic, shared_mutex, shared_ptr    the peers of these two
//
// The modules do as little as modules can. They go through the exported functions, and this program
// is entered as a driver image, so that calls into it count as calls into a driver do.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <shared_mutex>
#include <thread>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "ke/module.hpp"
#include "ke/thread.hpp"
#include "loader/machine.hpp"
#include "wdk/abi/io.h"
#include "wdk/abi/netioddk.h"
#include "wdk/abi/ntstatus.h"
#include "wdk/abi/wsk.h"
#include "wsk/sockets.hpp"
#include "wsk/subsystem.hpp"

extern "C" const char __executable_start;
extern "C" const char etext;

namespace {

base::machine* machine = nullptr;

void need(bool good, const char* what) {
    if (!good) {
        std::fprintf(stderr, "nmr_bench: %s failed\n", what);
        std::exit(1);
    }
}

/// Makes the threads of a benchmark threads of the machine.
class attached {
public:
    attached() : mine_(host::self() == nullptr) {
        if (mine_) {
            ke::attach(*machine);
        }
    }
    attached(const attached&) = delete;
    attached& operator=(const attached&) = delete;
    ~attached() {
        if (mine_) {
            ke::detach();
        }
    }

private:
    bool mine_;
};

// ---- modules ----

constexpr int dispatch_table = 0;

NTSTATUS attach_provider(HANDLE binding, PVOID context, PNPI_REGISTRATION_INSTANCE) {
    PVOID provider_context = nullptr;
    const VOID* provider_dispatch = nullptr;
    return NmrClientAttachProvider(binding, context, &dispatch_table, &provider_context,
                                   &provider_dispatch);
}

NTSTATUS attach_client(HANDLE, PVOID context, PNPI_REGISTRATION_INSTANCE, PVOID, const VOID*,
                       PVOID* provider_context, const VOID** provider_dispatch) {
    *provider_context = context;
    *provider_dispatch = &dispatch_table;
    return STATUS_SUCCESS;
}

NTSTATUS detach(PVOID) {
    return STATUS_SUCCESS;
}

VOID cleanup(PVOID) {}

NPI_REGISTRATION_INSTANCE instance_of(NPIID& npi) {
    static NPI_MODULEID id = {sizeof(NPI_MODULEID), MIT_GUID, {{1, 2, 3, {4}}}};
    return {0, sizeof(NPI_REGISTRATION_INSTANCE), &npi, &id, 0, nullptr};
}

class client {
public:
    explicit client(uint32_t npi) : npi_{npi, 1, 2, {3}} {
        characteristics_.Length = sizeof characteristics_;
        characteristics_.ClientAttachProvider = attach_provider;
        characteristics_.ClientDetachProvider = detach;
        characteristics_.ClientCleanupBindingContext = cleanup;
        characteristics_.ClientRegistrationInstance = instance_of(npi_);
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    void add() {
        need(NmrRegisterClient(&characteristics_, this, &handle_) == STATUS_SUCCESS, "register");
    }
    void remove() {
        need(NmrDeregisterClient(handle_) == STATUS_PENDING &&
                 NmrWaitForClientDeregisterComplete(handle_) == STATUS_SUCCESS,
             "deregister");
    }

private:
    NPIID npi_;
    NPI_CLIENT_CHARACTERISTICS characteristics_ = {};
    HANDLE handle_ = nullptr;
};

class provider {
public:
    explicit provider(uint32_t npi) : npi_{npi, 1, 2, {3}} {
        characteristics_.Length = sizeof characteristics_;
        characteristics_.ProviderAttachClient = attach_client;
        characteristics_.ProviderDetachClient = detach;
        characteristics_.ProviderCleanupBindingContext = cleanup;
        characteristics_.ProviderRegistrationInstance = instance_of(npi_);
    }
    provider(const provider&) = delete;
    provider& operator=(const provider&) = delete;

    void add() {
        need(NmrRegisterProvider(&characteristics_, this, &handle_) == STATUS_SUCCESS, "register");
    }
    void remove() {
        need(NmrDeregisterProvider(handle_) == STATUS_PENDING &&
                 NmrWaitForProviderDeregisterComplete(handle_) == STATUS_SUCCESS,
             "deregister");
    }

private:
    NPIID npi_;
    NPI_PROVIDER_CHARACTERISTICS characteristics_ = {};
    HANDLE handle_ = nullptr;
};

/// Registers modules while it lives.
template <class Module>
class crowd {
public:
    crowd(uint32_t first_npi, uint32_t npi_step, int64_t count) {
        for (int64_t i = 0; i < count; ++i) {
            modules_.push_back(
                std::make_unique<Module>(first_npi + static_cast<uint32_t>(i) * npi_step));
            modules_.back()->add();
        }
    }
    crowd(const crowd&) = delete;
    crowd& operator=(const crowd&) = delete;
    ~crowd() {
        for (auto& m : modules_) {
            m->remove();
        }
    }

private:
    std::vector<std::unique_ptr<Module>> modules_;
};

constexpr uint32_t the_npi = 1;
constexpr uint32_t first_other_npi = 1000;

// ---- B9: the registrar ----

void cycle(benchmark::State& state) {
    const crowd<provider> other_providers(first_other_npi, 1, state.range(0));
    const crowd<client> other_clients(first_other_npi, 1, state.range(0));
    const crowd<provider> one(the_npi, 0, 1);
    client c(the_npi);
    for (auto _ : state) {
        c.add();
        c.remove();
    }
}

void both_sides(benchmark::State& state) {
    provider p(the_npi);
    client c(the_npi);
    for (auto _ : state) {
        p.add();
        c.add();
        c.remove();
        p.remove();
    }
}

/// Processor time of the calling thread: what other processes do does not show.
double used_seconds() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    constexpr double nanosecond = 1e-9;
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * nanosecond;
}

/// Measures one half of the N-th client's coming and going.
template <bool Coming>
void nth_client(benchmark::State& state) {
    const crowd<provider> providers(the_npi, 0, state.range(1));
    const crowd<client> others(the_npi, 0, state.range(0) - 1);
    client c(the_npi);
    for (auto _ : state) {
        const double start = used_seconds();
        c.add();
        const double between = used_seconds();
        c.remove();
        const double end = used_seconds();
        state.SetIterationTime(Coming ? between - start : end - between);
    }
}

// ---- B10: counting users ----

/// What all threads of a benchmark share: made by the first, ended by the last.
struct application {
    WSK_CLIENT_DISPATCH dispatch = {MAKE_WSK_VERSION(1, 0), 0, nullptr};
    WSK_REGISTRATION block = {};
    WSK_PROVIDER_NPI npi = {};
    PWSK_SOCKET socket = nullptr;

    application() {
        WSK_CLIENT_NPI form = {nullptr, &dispatch};
        need(WskRegister(&form, &block) == STATUS_SUCCESS, "WskRegister");
        need(WskCaptureProviderNPI(&block, WSK_NO_WAIT, &npi) == STATUS_SUCCESS, "capture");
        constexpr ADDRESS_FAMILY inet = 2;
        constexpr USHORT stream = 1;
        constexpr ULONG tcp = 6;
        socket = reinterpret_cast<PWSK_SOCKET>(call([&](PIRP irp) {
            (void)npi.Dispatch->WskSocket(npi.Client, inet, stream, tcp, WSK_FLAG_BASIC_SOCKET,
                                          nullptr, nullptr, nullptr, nullptr, nullptr, irp);
        }));
        need(socket != nullptr, "WskSocket");
    }
    application(const application&) = delete;
    application& operator=(const application&) = delete;
    ~application() {
        call([&](PIRP irp) {
            (void)static_cast<const WSK_PROVIDER_BASIC_DISPATCH*>(socket->Dispatch)
                ->WskCloseSocket(socket, irp);
        });
        WskReleaseProviderNPI(&block);
        WskDeregister(&block);
    }

private:
    static NTSTATUS completed(PDEVICE_OBJECT, PIRP, PVOID done) {
        static_cast<std::atomic<bool>*>(done)->store(true);
        return STATUS_MORE_PROCESSING_REQUIRED;
    }

    /// Makes a WSK call and waits for its IRP, which must succeed.
    template <class Call>
    static ULONG_PTR call(Call&& make) {
        std::atomic<bool> done{false};
        PIRP irp = IoAllocateIrp(1, FALSE);
        IO_STACK_LOCATION* next = irp->Tail.Overlay.CurrentStackLocation - 1;
        next->CompletionRoutine = completed;
        next->Context = &done;
        next->Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
        make(irp);
        while (!done) {
            ke::drain_deferred(ke::current());
            std::this_thread::yield();
        }
        need(irp->IoStatus.Status == STATUS_SUCCESS, "a WSK call");
        const ULONG_PTR information = irp->IoStatus.Information;
        IoFreeIrp(irp);
        return information;
    }
};

std::unique_ptr<application> shared_application;

void capture(benchmark::State& state) {
    const attached here;
    if (state.thread_index() == 0) {
        shared_application = std::make_unique<application>();
    }
    WSK_PROVIDER_NPI npi = {};
    for (auto _ : state) {
        const NTSTATUS s = WskCaptureProviderNPI(&shared_application->block, WSK_NO_WAIT, &npi);
        benchmark::DoNotOptimize(s);
        WskReleaseProviderNPI(&shared_application->block);
    }
    if (state.thread_index() == 0) {
        shared_application.reset();
    }
}

void socket(benchmark::State& state) {
    const attached here;
    if (state.thread_index() == 0) {
        shared_application = std::make_unique<application>();
    }
    auto& sockets = machine->get<wsk::sockets>();
    for (auto _ : state) {
        wsk::socket* s = sockets.find(shared_application->socket);
        const bool held = s->try_hold(wsk::socket::one_call);
        benchmark::DoNotOptimize(held);
        s->let_go(wsk::socket::one_call);
    }
    if (state.thread_index() == 0) {
        shared_application.reset();
    }
}

void atomic(benchmark::State& state) {
    alignas(64) static std::atomic<uint64_t> users{0};
    for (auto _ : state) {
        users.fetch_add(1);
        users.fetch_sub(1);
    }
}

void shared_mutex(benchmark::State& state) {
    alignas(64) static std::shared_mutex lock;
    for (auto _ : state) {
        lock.lock_shared();
        lock.unlock_shared();
    }
}

void shared_ptr(benchmark::State& state) {
    static const auto object = std::make_shared<int>(0);
    for (auto _ : state) {
        std::shared_ptr<int> mine = object;
        benchmark::DoNotOptimize(mine);
    }
}

BENCHMARK(cycle)->Arg(0)->Arg(10)->Arg(100)->Arg(1000);
BENCHMARK(both_sides);
BENCHMARK_TEMPLATE(nth_client, true)
    ->Name("register")
    ->ArgsProduct({{1, 10, 100, 1000}, {1, 10, 100, 1000}})
    ->UseManualTime();
BENCHMARK_TEMPLATE(nth_client, false)
    ->Name("deregister")
    ->ArgsProduct({{1, 10, 100, 1000}, {1, 10, 100, 1000}})
    ->UseManualTime();
BENCHMARK(capture)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(socket)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(atomic)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(shared_mutex)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(shared_ptr)->ThreadRange(1, 2)->UseRealTime();

/// Takes --verification out of the arguments.
base::verify_level take_level(int& count, char** arguments) {
    constexpr const char* option = "--verification=";
    constexpr std::pair<const char*, base::verify_level> levels[] = {
        {"off", base::verify_level::off},
        {"standard", base::verify_level::standard},
        {"full", base::verify_level::full}};
    base::verify_level chosen = base::verify_level::off;
    int kept = 0;
    for (int i = 0; i < count; ++i) {
        if (std::strncmp(arguments[i], option, std::strlen(option)) != 0) {
            arguments[kept++] = arguments[i];
            continue;
        }
        const auto* found = std::find_if(std::begin(levels), std::end(levels), [&](const auto& l) {
            return std::strcmp(l.first, arguments[i] + std::strlen(option)) == 0;
        });
        need(found != std::end(levels), arguments[i]);
        chosen = found->second;
    }
    count = kept;
    return chosen;
}

}  // namespace

int main(int count, char** arguments) {
    base::machine_options options;
    options.verification = take_level(count, arguments);
    benchmark::Initialize(&count, arguments);
    if (benchmark::ReportUnrecognizedArguments(count, arguments)) {
        return 1;
    }
    auto made = loader::make_machine(host::linux_host(), options);
    need(made != nullptr, "make_machine");
    machine = made.get();
    // Stays on the list of images for ever.
    static ke::module image = {.name = "nmr_bench",
                               .base = &__executable_start,
                               .size = static_cast<size_t>(&etext - &__executable_start),
                               .owner = machine,
                               .own = {},
                               .shared = {}};
    ke::add_module(image);
    {
        const attached here;
        need(machine->get<wsk::subsystem>().start() == base::status{STATUS_SUCCESS}, "WSK");
        benchmark::RunSpecifiedBenchmarks();
        machine->get<wsk::subsystem>().stop();
    }
    return 0;
}
