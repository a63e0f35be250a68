#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# compile.sh CC CXX: compiles the units of this folder as drivers are compiled, C units also as C++,
# then builds and runs its programs. A program is a driver unit linked with main() and stand-ins
# for the runtime, at -O2 and -O0; units that use __try get what cmake/driver_flags.txt promises.
set -euo pipefail

cc=$1 cxx=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
family=gcc
case $("$cc" --version | head -1) in *clang*) family=clang ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

libstdcxx=$("$cxx" -E -v -x c++ /dev/null 2>&1 |
    sed -n '/search starts here:/,/End of search list/s/^ //p' |
    grep '/c++/' | grep -v '/backward$')

flags() { # <section>...
    local section='' line folder
    while read -r line; do
        case $line in
            '' | '#'*) ;;
            '['*) section=${line//[\[\]]/} ;;
            @LIBSTDCXX@) case " $* " in *" $section "*)
                for folder in $libstdcxx; do echo "-isystem$folder"; done ;;
            esac ;;
            *) case " $* " in *" $section "*) echo "${line//@INCLUDE@/$root/include}" ;; esac ;;
        esac
    done <"$root/cmake/driver_flags.txt"
}
c_flags="-std=gnu11 $(flags common $family c | tr '\n' ' ')"
cxx_flags="-std=gnu++17 $(flags common $family cxx | tr '\n' ' ')"
cxx20_flags="-std=gnu++20 $(flags common $family cxx | tr '\n' ' ')"
warn="-Wall -Wextra -Werror"

jobs=()
for unit in "$here"/units/*.c; do
    jobs+=("$cc $warn $c_flags -O2 -c -o /dev/null $unit")
    jobs+=("$cxx -x c++ $warn $cxx_flags -fsyntax-only $unit")
done
for flags in "$cxx_flags" "$cxx20_flags"; do
    jobs+=("$cxx $warn $flags -O2 -c -o /dev/null $here/units/standard.cpp")
done
for standard in gnu++17 gnu++20; do
    library="-std=$standard $warn -fno-exceptions -I$root/include"
    jobs+=("$cxx $library -fsyntax-only $here/units/library.cpp")
done
for program in "$here"/programs/*.c; do
    name=$(basename "$program" .c)
    for level in O0 O2; do
        try=''
        [ $family = gcc ] || ! grep -q __try "$program" || try=-O0
        for language in c cxx; do
            out=$work/$name.$language.$level
            if [ $language = c ]; then
                compile="$cc $warn $c_flags"
            else
                compile="$cxx -x c++ $warn $cxx_flags"
            fi
            jobs+=("$compile -$level $try $program -o $out && timeout 20 $out")
        done
    done
done

printf '%s\0' "${jobs[@]}" |
    xargs -0 -n 1 -P "$(nproc)" bash -c 'eval "$0" || { echo "failed: $0" >&2; exit 1; }'

# Every status and bug check has a row in its table, and every row a name.
for pair in ntstatus:STATUS_ bugcodes:; do
    header=${pair%%:*} prefix=${pair#*:}
    table=$root/include/wdk/abi/${header}_table.h
    defined=$(sed -nE "s/^#define (${prefix}[A-Z0-9_]+) (\(\(NTSTATUS\))?0x.*/\1/p" \
        "$root/include/wdk/abi/$header.h" |
        grep -vE '^STATUS_(SEVERITY_.*|WAIT_0|ABANDONED_WAIT_0)$' | sort)
    rows=$(sed -nE 's/^ +X\((\w+)\).*/\1/p' "$table" | sort)
    diff <(echo "$defined") <(echo "$rows") || {
        echo "$table: rows differ from names" >&2
        exit 1
    }
done
