// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// WskRegister, WskCaptureProviderNPI, WskReleaseProviderNPI, WskQueryProviderCharacteristics and
// WskDeregister. Each registration is an NMR client of the WSK subsystem on the application's
// behalf: attaching makes it ready, captures hold its detach back, WskDeregister is an NMR
// deregistration and its wait.
//
// Documents: "Registering a Winsock Kernel Application", "Unregistering a Winsock Kernel
// Application", the pages of wsk.h.
//
//     none -> waiting             [add: WskRegister]
//     waiting, refused, failed -> ready, refused, failed    [attach_provider]
//     ready -> waiting            [detach: the subsystem leaves, nothing is captured]
//     ready -> leaving            [detach: the same, with captures]
//     leaving -> waiting          [settle: the last capture was released]
//     any -> deregistering        [remove: WskDeregister]
//     deregistering -> none       [remove: nothing is left]
//
//   none           the slot is free; the block says "deregistered", or holds anything.
//   waiting        the subsystem has not been seen, or is gone.      Capture: waits, or NOT_READY
//   ready          attached; captures_ is open.                      Capture: SUCCESS
//   refused        the subsystem does not support the version.       Capture: NOINTERFACE
//   failed         the attachment failed with another status.        Capture: that status
//   leaving        the subsystem waits for captures.                 Capture: as waiting
//   deregistering  WskDeregister was called, and waits.              Capture: NOT_READY
//
// What holds WskDeregister back: captures (counted here), calls, sockets and IRPs (counted by the
// client object, wsk/client.hpp), and capture calls that are still inside (counted here).
//
// The application's block holds a slab handle and nothing else; it is never trusted. Registrations
// are type-stable, so a capture that comes late reads the block, finds the handle dead, and touches
// nothing that was freed. A capture of a ready registration takes no lock and does not contend.
//
// Locks: a registration's lock (rank client), the table's (rank subsystem); neither is held across
// a call into the registrar or an application.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/machine.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"
#include "host/rundown.hpp"
#include "ke/thread.hpp"
#include "mm/slab.hpp"
#include "nmr/module.hpp"
#include "wdk/abi/wsk.h"

namespace wsk {

class registration_table;

enum class registration_state : uint8_t {
    none,
    waiting,
    ready,
    refused,
    failed,
    leaving,
    deregistering,
};

const char* name_of(registration_state s) noexcept;

constexpr bool is_edge(registration_state from, registration_state to) noexcept {
    using enum registration_state;
    switch (from) {
        case none:
            return to == waiting;
        case waiting:
        case refused:
        case failed:
            return to == ready || to == refused || to == failed || to == waiting ||
                   to == deregistering;
        case ready:
            return to == waiting || to == leaving || to == deregistering;
        case leaving:
            return to == waiting || to == deregistering;
        case deregistering:
            return to == none;
    }
    return false;
}

class registration final : public mm::slab_entry, public nmr::component {
public:
    registration() = default;
    ~registration() = default;

    // ---- constant while registered ----

    [[nodiscard]] void* client_context() const noexcept { return client_context_; }
    [[nodiscard]] const void* caller() const noexcept { return caller_; }
    [[nodiscard]] mm::handle_value word() const noexcept {
        return handle_as(mm::handle_kind::wsk_registration);
    }

    // ---- nmr::component ----

    base::status attach_provider(HANDLE binding,
                                 const NPI_REGISTRATION_INSTANCE& provider) noexcept override;
    base::status detach(void* binding_context) noexcept override;
    void cleanup(void* binding_context) noexcept override;
    void describe_wait(verify::text& out) noexcept override;

private:
    friend class registration_table;

    void begin() noexcept;
    [[nodiscard]] bool is_at(const WSK_REGISTRATION* block) const noexcept {
        return block_.load(std::memory_order_relaxed) == block;
    }
    /// The slot may belong to another registration by now.
    [[nodiscard]] auto is_still(mm::handle_value word) const noexcept {
        return [this, word] { return is_named_by(word); };
    }
    bool release_slow(ke::thread& self, mm::handle_value word) noexcept;
    base::status capture_slow(mm::handle_value word, ULONG timeout_ms, WSK_PROVIDER_NPI& out,
                              const void* caller) noexcept;
    /// True when the release was balanced.
    bool release(ke::thread& self, mm::handle_value word) noexcept {
        return OPENWSK_LIKELY(captures_.leave(self, is_still(word))) || release_slow(self, word);
    }
    base::status query(mm::handle_value word, WSK_PROVIDER_CHARACTERISTICS& out) noexcept;
    /// False when word is not this registration's or it is deregistering already.
    bool begin_deregister(mm::handle_value word) noexcept;
    void wait_for_captures_in_progress() noexcept;
    void end() noexcept;

    void set_state(registration_state to) noexcept OPENWSK_REQUIRES(lock_);
    void settle() noexcept;
    void return_licence(PWSK_CLIENT handle) noexcept;
    [[nodiscard]] base::status outcome() const noexcept OPENWSK_REQUIRES(lock_);

    // Constant while registered.
    registration_table* table_ = nullptr;
    const WSK_CLIENT_DISPATCH* dispatch_ = nullptr;
    void* client_context_ = nullptr;
    const void* caller_ = nullptr;
    uint64_t ordinal_ = 0;  ///< among the registrations of the machine
    USHORT version_ = 0;    ///< what dispatch_ asked for, for reports
    HANDLE nmr_client_ = nullptr;
    // Relaxed: a late call on a block that was deregistered may read it while the slot is reused;
    // the handle decides.
    std::atomic<WSK_REGISTRATION*> block_{nullptr};

    // Guarded by the table's lock.
    registration* next_in_bucket_ = nullptr;

    // Own synchronisation: open exactly in ready. Whoever entered may read provider_.
    host::rundown captures_;
    WSK_PROVIDER_NPI provider_ = {};  ///< written before captures_ opens, constant while open

    host::mutex lock_{base::lock_rank::client};
    host::condition changed_;
    registration_state state_ OPENWSK_GUARDED_BY(lock_) = registration_state::none;
    base::status failure_ OPENWSK_GUARDED_BY(lock_);  ///< in failed
    bool seen_ OPENWSK_GUARDED_BY(lock_) = false;     ///< range_ is valid
    WSK_PROVIDER_CHARACTERISTICS range_ OPENWSK_GUARDED_BY(lock_) = {};
    bool bound_ OPENWSK_GUARDED_BY(lock_) = false;  ///< a binding exists or is being attached
    HANDLE binding_ OPENWSK_GUARDED_BY(lock_) = nullptr;
    bool detach_pends_ OPENWSK_GUARDED_BY(lock_) = false;
    uint32_t captures_in_progress_ OPENWSK_GUARDED_BY(lock_) = 0;  ///< capture calls that wait
    const void* last_capture_ OPENWSK_GUARDED_BY(lock_) = nullptr;
};

/// The registrations of a machine.
class registration_table {
public:
    explicit registration_table(base::machine& m) noexcept : machine_(&m) {}
    registration_table(const registration_table&) = delete;
    registration_table& operator=(const registration_table&) = delete;

    /// WskRegister. PASSIVE_LEVEL. The block is written on success only.
    base::status add(const WSK_CLIENT_NPI* npi, WSK_REGISTRATION* block,
                     const void* caller) noexcept;

    /// WskCaptureProviderNPI. <= DISPATCH_LEVEL with WSK_NO_WAIT, else PASSIVE_LEVEL. *out is
    /// written on success only.
    base::status capture(ke::thread& self, WSK_REGISTRATION* block, ULONG timeout_ms,
                         WSK_PROVIDER_NPI* out, const void* caller) noexcept;

    /// The usual case of capture, for a thread of which plain_seat is the seat. False: nothing was
    /// done, capture decides.
    bool try_capture(uint32_t seat, WSK_REGISTRATION* block, WSK_PROVIDER_NPI* out) noexcept {
        if (OPENWSK_UNLIKELY(block == nullptr || out == nullptr)) {
            return false;
        }
        const mm::handle_value word = word_of(*block);
        registration* r = at(*block, word);
        if (OPENWSK_UNLIKELY(r == nullptr) || !r->captures_.try_enter(seat, r->is_still(word))) {
            return false;
        }
        *out = r->provider_;
        return true;
    }

    /// The usual case of release, likewise.
    bool try_release(uint32_t seat, WSK_REGISTRATION* block) noexcept {
        if (OPENWSK_UNLIKELY(block == nullptr)) {
            return false;
        }
        const mm::handle_value word = word_of(*block);
        registration* r = at(*block, word);
        return OPENWSK_LIKELY(r != nullptr) && r->captures_.try_leave(seat, r->is_still(word));
    }

    /// WskReleaseProviderNPI. <= DISPATCH_LEVEL.
    void release(ke::thread& self, WSK_REGISTRATION* block, const void* caller) noexcept;

    /// WskQueryProviderCharacteristics. <= DISPATCH_LEVEL.
    base::status query(WSK_REGISTRATION* block, WSK_PROVIDER_CHARACTERISTICS* out,
                       const void* caller) noexcept;

    /// WskDeregister. PASSIVE_LEVEL; waits.
    void remove(WSK_REGISTRATION* block, const void* caller) noexcept;

    /// Shows registrations and captures.
    void show(base::object_visitor& v) noexcept;

    [[nodiscard]] base::machine& machine() const noexcept { return *machine_; }

    /// What the block says, which WskDeregister may change meanwhile.
    [[nodiscard]] static mm::handle_value word_of(WSK_REGISTRATION& block) noexcept {
        return std::atomic_ref<ULONGLONG>(block.ReservedRegistrationState)
            .load(std::memory_order_acquire);
    }

private:
    static constexpr uint32_t bucket_count = 64;

    /// The slot of the registration that has this block; whose it is by now, its name says.
    [[nodiscard]] registration* at(const WSK_REGISTRATION& block,
                                   mm::handle_value word) const noexcept {
        if (OPENWSK_UNLIKELY(!mm::is_kind(word, mm::handle_kind::wsk_registration))) {
            return nullptr;
        }
        registration* r = slab_.slot_of(word);
        return OPENWSK_LIKELY(r != nullptr && r->is_at(&block)) ? r : nullptr;
    }
    [[nodiscard]] registration* find(const ke::thread& self, mm::handle_value word) const noexcept;
    static void stray_release(const WSK_REGISTRATION* block, bool registered,
                              const void* caller) noexcept;
    registration*& bucket_of(const WSK_REGISTRATION* block) noexcept OPENWSK_REQUIRES(lock_);
    bool is_registered_locked(const WSK_REGISTRATION* block) noexcept OPENWSK_REQUIRES(lock_);
    base::result<registration*> take(WSK_REGISTRATION& block, const WSK_CLIENT_NPI& npi,
                                     const void* caller) noexcept;
    void put(registration& r) noexcept;
    void misuse(WSK_REGISTRATION& block, mm::handle_value word, const char* function,
                const void* caller) const noexcept;

    base::machine* const machine_;

    host::mutex lock_{base::lock_rank::subsystem};
    mm::slab<registration> slab_;  ///< take, put, add under lock_; find without
    registration* buckets_[bucket_count] OPENWSK_GUARDED_BY(lock_) = {};  ///< live, by address
    uint64_t registered_ OPENWSK_GUARDED_BY(lock_) = 0;
};

/// The instance that every WskRegister registers with; by its address the subsystem recognises
/// a registration as its own.
const NPI_REGISTRATION_INSTANCE& application_instance() noexcept;

}  // namespace wsk
