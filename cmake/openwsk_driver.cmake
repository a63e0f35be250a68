# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# openwsk_add_driver(<name> SOURCES <file>... [INCLUDES <folder>...] [DEFINES <definition>...])
#
# builds a driver, <name>.so, exactly as `openwsk cc` does: with the flags of
# cmake/driver_flags.txt and the sanitizers of OPENWSK_TEST_VARIANT. Nothing is linked; the
# loader resolves NT names.

set(OPENWSK_DRIVER_FLAGS_FILE "${PROJECT_SOURCE_DIR}/cmake/driver_flags.txt")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${OPENWSK_DRIVER_FLAGS_FILE}")

# openwsk_driver_flags(<out> <section>...): the flags of the named sections, in file order. The
# file explains its form and what "@...@" stands for.
function(openwsk_driver_flags out)
    set(libstdcxx)
    foreach(folder IN LISTS CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
        if(folder MATCHES "/c\\+\\+/" AND NOT folder MATCHES "/backward$")
            list(APPEND libstdcxx "-isystem${folder}")
        endif()
    endforeach()

    set(result)
    set(active FALSE)
    file(STRINGS "${OPENWSK_DRIVER_FLAGS_FILE}" lines)
    foreach(line IN LISTS lines)
        string(STRIP "${line}" line)
        if(line STREQUAL "" OR line MATCHES "^#")
            continue()
        elseif(line MATCHES "^\\[(.*)\\]$")
            if(CMAKE_MATCH_1 IN_LIST ARGN)
                set(active TRUE)
            else()
                set(active FALSE)
            endif()
        elseif(active)
            string(REPLACE "@INCLUDE@" "${PROJECT_SOURCE_DIR}/include" line "${line}")
            string(REPLACE "@LIBSTDCXX@" "${libstdcxx}" line "${line}")
            list(APPEND result ${line})
        endif()
    endforeach()
    set(${out} "${result}" PARENT_SCOPE)
endfunction()

if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    set(openwsk_compiler clang)
else()
    set(openwsk_compiler gcc)
endif()

function(openwsk_add_driver name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;INCLUDES;DEFINES")
    openwsk_sanitizer_flags(${OPENWSK_TEST_VARIANT} sanitizers)
    openwsk_driver_flags(common common ${openwsk_compiler})
    openwsk_driver_flags(c c)
    openwsk_driver_flags(cxx cxx)
    openwsk_driver_flags(link link)

    add_library(${name} MODULE ${arg_SOURCES})
    set_target_properties(${name} PROPERTIES
        PREFIX "" POSITION_INDEPENDENT_CODE ON C_STANDARD 11 CXX_STANDARD 17)
    target_include_directories(${name} PRIVATE ${arg_INCLUDES})
    target_compile_definitions(${name} PRIVATE ${arg_DEFINES})
    target_compile_options(${name} PRIVATE
        -Wall -Wextra $<$<BOOL:${OPENWSK_WERROR}>:-Werror>
        ${common} "$<$<COMPILE_LANGUAGE:C>:${c}>" "$<$<COMPILE_LANGUAGE:CXX>:${cxx}>"
        ${sanitizers})
    target_link_options(${name} PRIVATE ${link} ${sanitizers})

    # __try keeps local variables only where gcc compiles it without sanitizers.
    if(sanitizers OR openwsk_compiler STREQUAL "clang")
        foreach(source IN LISTS arg_SOURCES)
            cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
            file(STRINGS "${source}" try_lines REGEX "__try" LIMIT_COUNT 1)
            if(try_lines)
                set_property(SOURCE "${source}" APPEND PROPERTY COMPILE_OPTIONS -O0)
            endif()
        endforeach()
    endif()
endfunction()
