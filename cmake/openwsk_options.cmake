# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# Compiler options as interface targets. Nothing is set globally, because drivers are compiled
# with their own list of flags (cmake/driver_flags.txt).
#
#   openwsk::warnings          every target of ours
#   openwsk::code              language level and code generation of src, tool and tests
#   openwsk::runtime           what src adds, and tests of its objects: includes, libraries, no RTTI
#   openwsk::hidden            what only src adds: no exceptions, hidden symbols
#   openwsk::variant_<v>       the sanitizers of variant v

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
# Static: two assembler functions, not a run-time dependency.
set(Boost_USE_STATIC_LIBS ON)
find_package(Boost REQUIRED COMPONENTS context)
find_library(OPENWSK_LIBDW dw REQUIRED)
find_library(OPENWSK_LIBIDN2 idn2 REQUIRED)

add_library(openwsk_warnings INTERFACE)
add_library(openwsk::warnings ALIAS openwsk_warnings)
target_compile_options(openwsk_warnings INTERFACE
    -Wall -Wextra -Wshadow -Wpointer-arith -Wformat=2 -Wvla -Wimplicit-fallthrough
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
    $<$<CXX_COMPILER_ID:GNU>:-Wlogical-op -Wduplicated-cond>
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wthread-safety-beta>
    $<$<BOOL:${OPENWSK_WERROR}>:-Werror>)

add_library(openwsk_code INTERFACE)
add_library(openwsk::code ALIAS openwsk_code)
target_compile_options(openwsk_code INTERFACE
    -fno-omit-frame-pointer
    # Reports find the line of an address by .debug_aranges, which clang writes only on request.
    $<$<C_COMPILER_ID:Clang>:-gdwarf-aranges>
    "-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=")
target_include_directories(openwsk_code INTERFACE "${PROJECT_SOURCE_DIR}/include")
target_link_libraries(openwsk_code INTERFACE Threads::Threads)

add_library(openwsk_runtime INTERFACE)
add_library(openwsk::runtime ALIAS openwsk_runtime)
target_compile_options(openwsk_runtime INTERFACE
    -ftls-model=initial-exec $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)
target_include_directories(openwsk_runtime INTERFACE "${PROJECT_SOURCE_DIR}/src")
target_link_libraries(openwsk_runtime INTERFACE
    openwsk::code fmt::fmt-header-only Boost::context "${OPENWSK_LIBDW}" "${OPENWSK_LIBIDN2}"
    ${CMAKE_DL_LIBS})
target_link_options(openwsk_runtime INTERFACE -Wl,--as-needed)

add_library(openwsk_hidden INTERFACE)
add_library(openwsk::hidden ALIAS openwsk_hidden)
target_compile_options(openwsk_hidden INTERFACE
    -fvisibility=hidden
    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fvisibility-inlines-hidden>)

# openwsk_sanitizer_flags(<variant> <out>): the compile and link flags of a variant.
function(openwsk_sanitizer_flags variant out)
    if(variant STREQUAL "plain")
        set(flags)
    elseif(variant STREQUAL "asan")
        # "vptr" and clang's "function" need run-time type information, which src has not. "enum":
        # drivers in C pass any number for an enumeration, and are answered.
        set(flags -fsanitize=address,undefined -fno-sanitize=vptr,enum
            -fno-sanitize-recover=undefined)
        if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
            list(APPEND flags -fno-sanitize=function)
        endif()
    elseif(variant STREQUAL "tsan")
        set(flags -fsanitize=thread)
    else()
        message(FATAL_ERROR "OPENWSK_VARIANTS: '${variant}' is not plain, asan or tsan")
    endif()
    set(${out} "${flags}" PARENT_SCOPE)
endfunction()

foreach(variant plain asan tsan)
    openwsk_sanitizer_flags(${variant} flags)
    add_library(openwsk_variant_${variant} INTERFACE)
    add_library(openwsk::variant_${variant} ALIAS openwsk_variant_${variant})
    target_compile_options(openwsk_variant_${variant} INTERFACE ${flags})
    target_link_options(openwsk_variant_${variant} INTERFACE ${flags})
    target_compile_definitions(openwsk_variant_${variant} INTERFACE
        "OPENWSK_VARIANT=\"${variant}\""
        # Defined also in files that are compiled without instrumentation.
        $<$<STREQUAL:${variant},tsan>:OPENWSK_TSAN_RUNTIME=1>)
endforeach()
