// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// openwsk imports and openwsk explain.

#include <cstdio>

#include <openwsk/machine.h>

#include "tool/command.hpp"

namespace tool {
namespace {

void print_text(void* context, const char* text, size_t length) {
    std::fwrite(text, 1, length, static_cast<FILE*>(context));
}

struct import_counts {
    size_t provided = 0;
    size_t missing = 0;
    size_t refused = 0;
};

void print_import(void* context, const openwsk_import* i) {
    auto& counts = *static_cast<import_counts*>(context);
    if (i->refused != nullptr) {
        ++counts.refused;
        std::printf("refused   %s\n", i->name);
    } else if (i->provided == 0) {
        ++counts.missing;
        std::printf("missing   %s\n", i->name);
    } else {
        ++counts.provided;
        std::printf("provided  %s\n", i->name);
    }
}

}  // namespace

int imports(const std::string& path, char** argv) {
    const char* variant = openwsk_variant_for(path.c_str());
    if (variant != nullptr && std::string(variant) != openwsk_variant() &&
        std::string(variant) != "plain") {
        // Names of sanitizers exist only there.
        error(exec_variant(variant, argv));
        return OPENWSK_EXIT_USAGE;
    }
    import_counts counts;
    openwsk_failure* failure = nullptr;
    if (openwsk_list_imports(path.c_str(), print_import, &counts, &failure) != OPENWSK_OK) {
        error(failure != nullptr ? failure->text : "out of memory");
        openwsk_failure_free(failure);
        return OPENWSK_EXIT_NOT_STARTED;
    }
    std::printf("%zu provided, %zu missing, %zu refused\n", counts.provided, counts.missing,
                counts.refused);
    return counts.missing + counts.refused == 0 ? OPENWSK_EXIT_CLEAN : OPENWSK_EXIT_NOT_STARTED;
}

int explain(const std::vector<std::string>& what) {
    int code = OPENWSK_EXIT_CLEAN;
    for (const std::string& w : what) {
        if (openwsk_explain(w.c_str(), print_text, stdout) != OPENWSK_OK) {
            error(w + " is no status, bug check or rule that openwsk knows");
            code = OPENWSK_EXIT_USAGE;
        }
    }
    return code;
}

}  // namespace tool
