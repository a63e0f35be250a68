// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Pool: the memory that drivers allocate by tag.
//
// Documents: ExAllocatePool2, ExAllocatePoolWithTag, ExFreePoolWithTag, "Using the Kernel Pool".
//
// A block is an allocation of its own: a header, which no driver sees, the bytes, and a red zone.
// Blocks of a page or more start on a page, others on 16 bytes. Whether an address is a block, and
// whose, is in the ledger of the machine; with verification off the header alone decides.
//
//     allocated   -> quarantined [free: bytes are filled with a pattern]
//     quarantined -> gone        [enough newer ones: the pattern is checked]
//
// AddressSanitizer builds poison header and red zone and give blocks back at once, as the
// sanitizer's own quarantine shows a late access where it happens.
//
// Any thread, IRQL <= DISPATCH_LEVEL. Lock: the quarantine (rank memory).

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/machine.hpp"
#include "host/mutex.hpp"
#include "mm/lookaside.hpp"
#include "mm/mdl.hpp"
#include "verify/ledger.hpp"

namespace mm {

struct pool_request {
    size_t bytes;
    uint32_t tag;
    bool paged;
    bool zeroed;
    bool cache_aligned;
};

class pool : public base::machine_part {
public:
    static constexpr base::part slot = base::part::mm;

    explicit pool(base::machine& m) noexcept;
    ~pool() override;

    /// Null without memory. caller is the driver's return address.
    void* allocate(const pool_request& request, const void* caller) noexcept;

    /// The driver passed tag 0 (rule pool-zero-tag).
    void report_zero_tag(size_t bytes, const void* caller) noexcept;

    /// Ends a block. tag 0: not compared. Rules pool-bad-address, pool-wrong-tag, pool-overrun,
    /// pool-free-irql.
    void free(void* address, uint32_t tag, const void* caller) noexcept;

    /// A block that a lookaside list keeps, or hands out again: not the driver's, the driver's.
    void put_aside(void* address, size_t bytes) noexcept;
    void hand_out(void* address, size_t bytes, uint32_t tag, bool paged,
                  const void* caller) noexcept;

    /// True when address is the start of a live block; bytes and paged then describe it.
    [[nodiscard]] bool describe(const void* address, size_t& bytes, bool& paged) const noexcept;

    /// The live block that holds the address, by its start; only at level full (it looks at all).
    [[nodiscard]] bool locate(const void* address, verify::entry& block) const noexcept;

    /// Checks the pattern of everything that is quarantined (rule pool-write-after-free).
    void check_quarantine() noexcept;

    [[nodiscard]] verify::ledger& records() const noexcept { return *ledger_; }
    [[nodiscard]] lookaside_table& lookasides() noexcept { return lookasides_; }
    [[nodiscard]] mdls& mdl() noexcept { return mdls_; }

    void show(base::object_visitor& v) noexcept override;

private:
    struct header;

    struct freed {
        header* block;
        const void* allocated_by;
        const void* freed_by;
    };

    // How long freed blocks are kept, and how much of each is checked. Memory that cycles through
    // the quarantine is cold when it is used again, so the standard level keeps it short.
    struct limits {
        size_t blocks;
        size_t bytes;
        size_t pattern_bytes;
    };
    static constexpr limits standard_limits{64, 128u << 10, 256};
    static constexpr limits full_limits{512, 8u << 20, 4096};
    static constexpr size_t quarantine_blocks = full_limits.blocks;

    [[nodiscard]] static header* header_of(void* address) noexcept;
    [[noreturn]] void bad_address(void* address, const void* caller) noexcept;
    void check_block(const header& h, void* address, const void* allocated_by,
                     const void* caller) noexcept;
    void check_live_objects(void* address, size_t bytes, const void* caller) noexcept;
    void retire(header& h, const void* allocated_by, const void* freed_by) noexcept;
    [[nodiscard]] bool damaged(header& h, size_t& at) const noexcept;
    void written_after_free(const freed& f, const header& h, size_t at) noexcept;
    static void give_back(header& h) noexcept;

    // Constant after construction.
    verify::ledger* ledger_;
    bool fill_;
    limits limits_;

    lookaside_table lookasides_{*this};
    mdls mdls_{*this};

    host::mutex lock_{base::lock_rank::memory};
    freed quarantine_[quarantine_blocks] OPENWSK_GUARDED_BY(lock_) = {};
    size_t oldest_ OPENWSK_GUARDED_BY(lock_) = 0;
    size_t count_ OPENWSK_GUARDED_BY(lock_) = 0;
    size_t bytes_ OPENWSK_GUARDED_BY(lock_) = 0;
};

}  // namespace mm
