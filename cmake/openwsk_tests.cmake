# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# How tests are registered. All of these find their files by pattern:
#
#   openwsk_add_unit_tests()  tests/unit/<folder>_<unit>_test.cpp: one gtest program per folder,
#                             linked with the runtime's objects          label unit
#   openwsk_add_ddi_tests()   tests/ddi/<family>/<name>.c|cpp: each is a driver that the tool runs
#                             (tests/ddi/check.h tells what passes)       label ddi
#   openwsk_add_cli_tests()   tests/cli/<name>.sh with OPENWSK set to the tool; exit code 77
#                             means skipped                               label cli

find_package(GTest REQUIRED)
include(GoogleTest)

set(OPENWSK_TEST_TIMEOUT 60 CACHE STRING "seconds that one test may take")
set(OPENWSK_TEST_TOOL "${OPENWSK_OUTPUT_DIR}/lib/openwsk/${OPENWSK_TEST_VARIANT}/openwsk")
# What runs one driver test; the driver's source and path are appended.
set(OPENWSK_RUN_DRIVER
    "${PROJECT_SOURCE_DIR}/tests/ddi/run" "${OPENWSK_TEST_TOOL}" "${OPENWSK_TEST_VARIANT}")

# One variable only: gtest_discover_tests cuts a list after its first element.
if(OPENWSK_TEST_VARIANT STREQUAL "tsan")
    set(openwsk_test_environment "TSAN_OPTIONS=halt_on_error=1")
else()
    set(openwsk_test_environment "UBSAN_OPTIONS=print_stacktrace=1")
endif()

# The sanitizers of gcc 12 and clang 14 may fail to map their shadow memory where the kernel
# randomises addresses with more than 28 bits; without randomisation they always can. A container
# may forbid switching it off.
set(openwsk_launcher)
if(NOT OPENWSK_TEST_VARIANT STREQUAL "plain")
    execute_process(COMMAND setarch -R true RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    if(NOT failed)
        set(openwsk_launcher setarch -R)
    endif()
endif()

function(openwsk_add_unit_tests)
    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/unit/*_test.cpp")
    set(folders)
    foreach(source IN LISTS sources)
        cmake_path(GET source STEM stem)
        string(REGEX REPLACE "_.*" "" folder "${stem}")
        list(APPEND folders ${folder})
        list(APPEND sources_${folder} "${source}")
    endforeach()
    list(REMOVE_DUPLICATES folders)
    foreach(folder IN LISTS folders)
        set(name unit_${folder})
        add_executable(${name} ${sources_${folder}})
        # Drivers loaded by a test find the NT names in the test program.
        set_target_properties(${name} PROPERTIES ENABLE_EXPORTS ON)
        if(openwsk_launcher)
            set_target_properties(${name} PROPERTIES
                CROSSCOMPILING_EMULATOR "${openwsk_launcher}")
        endif()
        target_compile_definitions(${name} PRIVATE
            "OPENWSK_TEST_BINARY_DIR=\"${CMAKE_CURRENT_BINARY_DIR}\"")
        target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
        # Only what is tested need be fast; this halves the time to compile the tests.
        target_compile_options(${name} PRIVATE -O0)
        target_link_libraries(${name} PRIVATE
            openwsk::warnings openwsk_objects_${OPENWSK_TEST_VARIANT} GTest::gtest_main
            ${CMAKE_DL_LIBS})
        gtest_discover_tests(${name}
            TEST_PREFIX "unit."
            DISCOVERY_MODE PRE_TEST
            PROPERTIES TIMEOUT ${OPENWSK_TEST_TIMEOUT} LABELS unit
                ENVIRONMENT "${openwsk_test_environment}")
        add_dependencies(openwsk_tests ${name})
    endforeach()
endfunction()

function(openwsk_add_ddi_tests)
    if(NOT TARGET openwsk_tool_${OPENWSK_TEST_VARIANT})
        return()
    endif()
    file(GLOB sources CONFIGURE_DEPENDS
        "${PROJECT_SOURCE_DIR}/tests/ddi/*/*.c" "${PROJECT_SOURCE_DIR}/tests/ddi/*/*.cpp")
    foreach(source IN LISTS sources)
        cmake_path(GET source STEM stem)
        cmake_path(GET source PARENT_PATH folder)
        cmake_path(GET folder FILENAME family)
        set(name ddi_${family}_${stem})
        openwsk_add_driver(${name} SOURCES "${source}" INCLUDES "${PROJECT_SOURCE_DIR}/tests/ddi")
        add_dependencies(openwsk_tests ${name})
        add_test(NAME ddi.${family}.${stem}
            COMMAND ${openwsk_launcher} ${OPENWSK_RUN_DRIVER} "${source}" $<TARGET_FILE:${name}>)
        set_tests_properties(ddi.${family}.${stem} PROPERTIES
            TIMEOUT ${OPENWSK_TEST_TIMEOUT} LABELS ddi SKIP_RETURN_CODE 77
            ENVIRONMENT "${openwsk_test_environment}")
    endforeach()
endfunction()

function(openwsk_add_cli_tests)
    if(NOT TARGET openwsk_tool_${OPENWSK_TEST_VARIANT})
        return()
    endif()
    file(GLOB scripts CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/cli/*.sh")
    foreach(script IN LISTS scripts)
        cmake_path(GET script STEM stem)
        add_test(NAME cli.${stem} COMMAND ${openwsk_launcher} bash "${script}")
        set_tests_properties(cli.${stem} PROPERTIES
            TIMEOUT ${OPENWSK_TEST_TIMEOUT} LABELS cli SKIP_RETURN_CODE 77
            ENVIRONMENT "${openwsk_test_environment};OPENWSK=${OPENWSK_TEST_TOOL};\
OPENWSK_VARIANT=${OPENWSK_TEST_VARIANT};OPENWSK_SOURCE_DIR=${PROJECT_SOURCE_DIR};\
CC=${CMAKE_C_COMPILER};CXX=${CMAKE_CXX_COMPILER}")
    endforeach()
endfunction()
