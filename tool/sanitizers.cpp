// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the sanitizers of the variants asan and tsan do unless their environment variables say
// otherwise. A report of theirs is a finding: exit code 1.

#if defined(__SANITIZE_ADDRESS__)
#define OPENWSK_TOOL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OPENWSK_TOOL_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define OPENWSK_TOOL_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OPENWSK_TOOL_TSAN 1
#endif
#endif

#define OPENWSK_TOOL_CALLBACK extern "C" __attribute__((visibility("default"), used))

#ifdef OPENWSK_TOOL_ASAN
OPENWSK_TOOL_CALLBACK const char* __asan_default_options();
OPENWSK_TOOL_CALLBACK const char* __lsan_default_options();
OPENWSK_TOOL_CALLBACK const char* __ubsan_default_options();

const char* __asan_default_options() {
    return "exitcode=1:detect_stack_use_after_return=1";
}
const char* __lsan_default_options() {
    return "exitcode=1";
}
const char* __ubsan_default_options() {
    return "print_stacktrace=1:exitcode=1";
}
#endif

#ifdef OPENWSK_TOOL_TSAN
OPENWSK_TOOL_CALLBACK const char* __tsan_default_options();

const char* __tsan_default_options() {
    return "exitcode=1";
}
#endif
