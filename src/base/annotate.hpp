// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Clang thread-safety annotations, empty elsewhere, and the few compiler hints the runtime uses.
// Every lock in the runtime is a capability; data says which lock guards it (OPENWSK_GUARDED_BY)
// and helpers that need a lock held say so (OPENWSK_REQUIRES).

#pragma once

#if defined(__clang__)
#define OPENWSK_TSA(x) __attribute__((x))
#else
#define OPENWSK_TSA(x)
#endif

#define OPENWSK_CAPABILITY(name) OPENWSK_TSA(capability(name))
#define OPENWSK_SCOPED_CAPABILITY OPENWSK_TSA(scoped_lockable)
#define OPENWSK_GUARDED_BY(lock) OPENWSK_TSA(guarded_by(lock))
#define OPENWSK_ACQUIRE(...) OPENWSK_TSA(acquire_capability(__VA_ARGS__))
#define OPENWSK_TRY_ACQUIRE(...) OPENWSK_TSA(try_acquire_capability(__VA_ARGS__))
#define OPENWSK_RELEASE(...) OPENWSK_TSA(release_capability(__VA_ARGS__))
#define OPENWSK_REQUIRES(...) OPENWSK_TSA(requires_capability(__VA_ARGS__))
#define OPENWSK_EXCLUDES(...) OPENWSK_TSA(locks_excluded(__VA_ARGS__))
#define OPENWSK_NO_TSA OPENWSK_TSA(no_thread_safety_analysis)

/// Exported from the shared library: NT names and the public C API, nothing else.
#define OPENWSK_EXPORT __attribute__((visibility("default")))

#define OPENWSK_LIKELY(x) __builtin_expect(!!(x), 1)
#define OPENWSK_UNLIKELY(x) __builtin_expect(!!(x), 0)

#if defined(__SANITIZE_ADDRESS__)
#define OPENWSK_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OPENWSK_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define OPENWSK_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OPENWSK_TSAN 1
#endif
#endif
#ifndef OPENWSK_ASAN
#define OPENWSK_ASAN 0
#endif
#ifndef OPENWSK_TSAN
#define OPENWSK_TSAN 0
#endif

/// A function whose plain memory accesses ThreadSanitizer must not see: it writes fields that
/// drivers legally read without synchronisation (Irp->Cancel, SignalState).
#if defined(__clang__)
#define OPENWSK_NO_TSAN __attribute__((no_sanitize("thread"), noinline))
#else
#define OPENWSK_NO_TSAN __attribute__((no_sanitize_thread, noinline))
#endif

/// A function that reads memory which sanitizers may have poisoned: saved frame pointers, headers
/// in front of a driver's bytes.
#if defined(__clang__)
#define OPENWSK_UNSANITIZED __attribute__((no_sanitize("address", "thread", "undefined"), noinline))
#else
#define OPENWSK_UNSANITIZED \
    __attribute__((no_sanitize_address, no_sanitize_thread, no_sanitize_undefined, noinline))
#endif
