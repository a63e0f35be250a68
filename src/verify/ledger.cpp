// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "verify/ledger.hpp"

#include <algorithm>
#include <new>

#include "base/heap_array.hpp"
#include "host/backtrace.hpp"
#include "host/host.hpp"

namespace verify {

struct ledger::node {
    node* next;
    entry e;
};

// One slice of the table. Nodes come from chunks that are kept until the ledger ends, so that
// removing and adding again needs no memory.
struct ledger::shard : base::heap_object {
    static constexpr size_t first_buckets = 32;
    static constexpr size_t chunk_nodes = 32;

    struct chunk : base::heap_object {
        chunk* next;
        node nodes[chunk_nodes];
    };

    mutable host::mutex lock{base::lock_rank::verify};
    node** buckets OPENWSK_GUARDED_BY(lock) = nullptr;
    size_t bucket_count OPENWSK_GUARDED_BY(lock) = 0;
    size_t used OPENWSK_GUARDED_BY(lock) = 0;
    node* free_nodes OPENWSK_GUARDED_BY(lock) = nullptr;
    chunk* chunks OPENWSK_GUARDED_BY(lock) = nullptr;
    uint64_t live[base::object_kind_count] OPENWSK_GUARDED_BY(lock) = {};
    uint64_t live_bytes[base::object_kind_count] OPENWSK_GUARDED_BY(lock) = {};

    ~shard() OPENWSK_NO_TSA {
        base::heap_delete_array(buckets, bucket_count);
        while (chunks != nullptr) {
            chunk* next = chunks->next;
            delete chunks;
            chunks = next;
        }
    }

    node* take_node() noexcept OPENWSK_REQUIRES(lock) {
        if (free_nodes == nullptr) {
            auto* c = new (std::nothrow) chunk;
            if (c == nullptr) {
                return nullptr;
            }
            c->next = chunks;
            chunks = c;
            for (node& n : c->nodes) {
                n.next = free_nodes;
                free_nodes = &n;
            }
        }
        node* n = free_nodes;
        free_nodes = n->next;
        return n;
    }

    bool grow() noexcept OPENWSK_REQUIRES(lock);
};

namespace {

uint64_t hash_of(object_kind what, const void* address) noexcept {
    uint64_t h = reinterpret_cast<uint64_t>(address) >> 4;
    h = (h ^ (static_cast<uint64_t>(what) << 56)) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 29);
}

constexpr bool embedded(object_kind k) noexcept {
    return k == object_kind::timer || k == object_kind::dpc || k == object_kind::work_item ||
           k == object_kind::lock || k == object_kind::lookaside;
}

// The frames of the driver's own calls, from the return address of the entry point on.
uint8_t creation_stack(const void* caller, const void** out) noexcept {
    constexpr size_t ours_max = 8;
    const void* all[stack_depth + ours_max];
    const size_t n = host::backtrace(all, stack_depth + ours_max);
    size_t from = 0;
    for (size_t i = 0; i < n && i < ours_max; ++i) {
        if (all[i] == caller) {
            from = i;
            break;
        }
    }
    const size_t depth = std::min(n - from, stack_depth);
    std::copy_n(all + from, depth, out);
    return static_cast<uint8_t>(depth);
}

}  // namespace

const char* name_of(object_kind k) noexcept {
    switch (k) {
#define OPENWSK_KIND_NAME(id, name, plural) \
    case object_kind::id:                   \
        return name;
        OPENWSK_OBJECT_KINDS(OPENWSK_KIND_NAME)
#undef OPENWSK_KIND_NAME
    }
    return "object";
}

bool ledger::shard::grow() noexcept {
    const size_t wider = bucket_count == 0 ? first_buckets : bucket_count * 2;
    node** fresh = base::heap_new_array<node*>(wider);
    if (fresh == nullptr) {
        return bucket_count != 0;  // chains only get longer
    }
    for (size_t i = 0; i < bucket_count; ++i) {
        while (node* n = buckets[i]) {
            buckets[i] = n->next;
            node*& head = fresh[(hash_of(n->e.what, n->e.address) / shard_count) & (wider - 1)];
            n->next = head;
            head = n;
        }
    }
    base::heap_delete_array(buckets, bucket_count);
    buckets = fresh;
    bucket_count = wider;
    return true;
}

ledger::ledger(const base::machine_options& options) noexcept
    : enabled_(options.verification != base::verify_level::off),
      shards_(new (std::nothrow) shard[shard_count]) {
    if (shards_ == nullptr) {
        incomplete_.store(true, std::memory_order_relaxed);
    }
}

ledger::~ledger() {
    delete[] shards_;
}

ledger::shard& ledger::shard_of(uint64_t hash) const noexcept {
    return shards_[hash % shard_count];
}

void ledger::add(object_kind what, const void* address, uint64_t size, uint32_t tag,
                 const void* caller, uint16_t flags) noexcept {
    if (!enabled_ || shards_ == nullptr) {
        return;
    }
    const auto index = static_cast<size_t>(what);
    const host::thread* t = host::self();
    const uint64_t ordinal = created_[index].fetch_add(1, std::memory_order_relaxed) + 1;
    const uint64_t hash = hash_of(what, address);
    shard& s = shard_of(hash);
    {
        host::guard g(s.lock);
        node* n = nullptr;
        if (s.used < s.bucket_count || s.grow()) {
            n = s.take_node();
        }
        if (n == nullptr) {
            incomplete_.store(true, std::memory_order_relaxed);
            return;
        }
        n->e.address = address;
        n->e.size = size;
        n->e.tag = tag;
        n->e.what = what;
        n->e.flags = flags;
        n->e.thread = t != nullptr ? t->ordinal : 0;
        n->e.ordinal = ordinal;
        n->e.caller = caller;
        n->e.depth = creation_stack(caller, n->e.stack);
        node*& head = s.buckets[(hash / shard_count) & (s.bucket_count - 1)];
        n->next = head;
        head = n;
        ++s.used;
        ++s.live[index];
        s.live_bytes[index] += size;
    }
    if (embedded(what)) {
        note_embedded(what, address, true);
    }
}

bool ledger::remove(object_kind what, const void* address, entry* out) noexcept {
    if (!enabled_ || shards_ == nullptr) {
        return false;
    }
    const uint64_t hash = hash_of(what, address);
    shard& s = shard_of(hash);
    {
        host::guard g(s.lock);
        node** link = nullptr;
        if (s.bucket_count != 0) {
            link = &s.buckets[(hash / shard_count) & (s.bucket_count - 1)];
            while (*link != nullptr && ((*link)->e.address != address || (*link)->e.what != what)) {
                link = &(*link)->next;
            }
        }
        if (link == nullptr || *link == nullptr) {
            return false;
        }
        node* n = *link;
        *link = n->next;
        if (out != nullptr) {
            *out = n->e;
        }
        n->next = s.free_nodes;
        s.free_nodes = n;
        --s.used;
        --s.live[static_cast<size_t>(what)];
        s.live_bytes[static_cast<size_t>(what)] -= n->e.size;
    }
    if (embedded(what)) {
        note_embedded(what, address, false);
    }
    return true;
}

bool ledger::find(object_kind what, const void* address, entry& out) const noexcept {
    if (!enabled_ || shards_ == nullptr) {
        return false;
    }
    const uint64_t hash = hash_of(what, address);
    shard& s = shard_of(hash);
    host::guard g(s.lock);
    if (s.bucket_count == 0) {
        return false;
    }
    for (node* n = s.buckets[(hash / shard_count) & (s.bucket_count - 1)]; n != nullptr;
         n = n->next) {
        if (n->e.address == address && n->e.what == what) {
            out = n->e;
            return true;
        }
    }
    return false;
}

// visit returns true to stop.
template <class Fn>
void ledger::walk(Fn&& visit) const noexcept {
    if (!enabled_ || shards_ == nullptr) {
        return;
    }
    for (size_t i = 0; i < shard_count; ++i) {
        shard& s = shards_[i];
        host::guard g(s.lock);
        for (size_t b = 0; b < s.bucket_count; ++b) {
            for (node* n = s.buckets[b]; n != nullptr; n = n->next) {
                if (visit(n->e)) {
                    return;
                }
            }
        }
    }
}

bool ledger::find_around(object_kind what, const void* range, uint64_t size,
                         entry& out) const noexcept {
    const auto from = reinterpret_cast<uintptr_t>(range);
    bool found = false;
    walk([&](const entry& e) {
        const auto base = reinterpret_cast<uintptr_t>(e.address);
        if (e.what != what || from < base || from - base > e.size ||
            e.size - (from - base) < size) {
            return false;
        }
        out = e;
        found = true;
        return true;
    });
    return found;
}

bool ledger::find_inside(const void* range, uint64_t size, entry& out) const noexcept {
    if (embedded_live_.load(std::memory_order_relaxed) == 0) {
        return false;
    }
    const auto from = reinterpret_cast<uintptr_t>(range);
    uintptr_t address = 0;
    object_kind what{};
    {
        host::guard g(embedded_lock_);
        const auto at = embedded_.lower_bound(from);
        if (at == embedded_.end() || at->first - from >= size) {
            return false;
        }
        address = at->first;
        what = at->second;
    }
    return find(what, reinterpret_cast<const void*>(address), out);
}

void ledger::note_embedded(object_kind what, const void* address, bool live) noexcept {
    const auto key = reinterpret_cast<uintptr_t>(address);
    host::guard g(embedded_lock_);
    if (live) {
        embedded_.emplace(key, what);
        embedded_live_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    const auto [first, last] = embedded_.equal_range(key);
    for (auto at = first; at != last; ++at) {
        if (at->second == what) {
            embedded_.erase(at);
            embedded_live_.fetch_sub(1, std::memory_order_relaxed);
            return;
        }
    }
}

std::vector<entry> ledger::snapshot(const void* base, size_t bytes) const noexcept {
    const auto from = reinterpret_cast<uintptr_t>(base);
    std::vector<entry> out;
    walk([&](const entry& e) {
        if (base == nullptr || reinterpret_cast<uintptr_t>(e.caller) - from < bytes) {
            out.push_back(e);
        }
        return false;
    });
    std::sort(out.begin(), out.end(), [](const entry& a, const entry& b) {
        return a.what != b.what ? a.what < b.what : a.ordinal < b.ordinal;
    });
    return out;
}

void ledger::show(base::object_visitor& v) noexcept {
    for (const entry& e : snapshot(nullptr, 0)) {
        if (e.what == object_kind::socket) {
            continue;  // shown by its own part, with its addresses and what it waits for
        }
        base::object_info o;
        o.kind = e.what;
        o.tag = e.what == object_kind::pool ? e.tag : 0;
        o.ordinal = e.ordinal;
        o.bytes = e.size;
        o.address = e.address;
        o.site = e.caller;
        o.stack = e.stack;
        o.depth = e.depth;
        v.visit(o);
    }
}

totals ledger::total(object_kind what) const noexcept {
    const auto index = static_cast<size_t>(what);
    totals t{created_[index].load(std::memory_order_relaxed), 0, 0};
    for (size_t i = 0; enabled_ && shards_ != nullptr && i < shard_count; ++i) {
        host::guard g(shards_[i].lock);
        t.live += shards_[i].live[index];
        t.live_bytes += shards_[i].live_bytes[index];
    }
    return t;
}

}  // namespace verify
