#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# A program in C uses the library through its C API: two machines, one driver, two reports.
. "$(dirname "$0")/lib"
[ "$OPENWSK_VARIANT" = plain ] || exit 77 # the program would need the sanitizer as well

write_hello hello
expect 0 "$OPENWSK" cc -o hello.so hello.c
cat > program.c << 'EOF'
#include <openwsk/machine.h>
#include <stdio.h>
static void show_text(void *context, const struct openwsk_text *text)
{
    printf("%s: %.*s", (const char *)context, (int)text->length, text->text);
}
static void write_report(void *context, const char *text, size_t length)
{
    fwrite(text, 1, length, (FILE *)context);
}
int main(void)
{
    const char *names[2] = {"one", "two"};
    struct openwsk_machine *machines[2];
    struct openwsk_driver *drivers[2];
    struct openwsk_machine_options options = OPENWSK_MACHINE_OPTIONS_INIT;
    int code = 0;
    for (int i = 0; i < 2; ++i) {
        if (openwsk_machine_create(&options, &machines[i]) != OPENWSK_OK) {
            return 70;
        }
        openwsk_on_text(machines[i], show_text, (void *)names[i]);
        if (openwsk_driver_load(machines[i], "hello.so", NULL, &drivers[i], NULL) != OPENWSK_OK) {
            return 71;
        }
    }
    for (int i = 0; i < 2; ++i) {
        openwsk_driver_unload(drivers[i]);
        code |= openwsk_report(machines[i], OPENWSK_REPORT_TEXT, write_report, stdout);
        if (openwsk_machine_destroy(machines[i]) != OPENWSK_OK) {
            return 72;
        }
    }
    printf("library %s (%s)\n", openwsk_version(), openwsk_variant());
    return code;
}
EOF
library=$(dirname "$(readlink -f "$OPENWSK")")
expect 0 "${CC:-gcc}" -std=c11 -Wall -Wextra -pedantic -Werror -I "$OPENWSK_SOURCE_DIR/include" \
    -o program program.c -L "$library" -lopenwsk -Wl,-rpath,"$library"
expect 0 ./program
says '^one: hello from hello'
says '^two: bye from hello'
says '^library [0-9.]+ \(plain\)$'
[ "$(grep -c 'result: clean' output)" -eq 2 ] || fail "not two clean reports"
