// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "report/sanitizer.hpp"

#include <dlfcn.h>

#include "base/annotate.hpp"

#if OPENWSK_ASAN || OPENWSK_TSAN
// Part of the sanitizers' runtime; gcc has no header for it.
extern "C" void __sanitizer_set_death_callback(void (*callback)());
#endif
#if OPENWSK_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace report {

#if OPENWSK_ASAN || OPENWSK_TSAN
// gcc's undefined-behaviour sanitizer is a library with a callback of its own.
void watch_sanitizers(void (*on_death)()) noexcept {
    using setter = void (*)(void (*)());
    __sanitizer_set_death_callback(on_death);
    if (void* library = dlopen("libubsan.so.1", RTLD_LAZY | RTLD_NOLOAD)) {
        if (void* own = dlsym(library, "__sanitizer_set_death_callback")) {
            reinterpret_cast<setter>(own)(on_death);
        }
        dlclose(library);
    }
}
#else
void watch_sanitizers(void (*)()) noexcept {}
#endif

const char* sanitizer_finding() noexcept {
#if OPENWSK_ASAN
    return __asan_report_present() != 0 ? __asan_get_report_description() : nullptr;
#else
    return nullptr;
#endif
}

}  // namespace report
