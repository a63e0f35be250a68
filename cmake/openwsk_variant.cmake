# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# openwsk_add_variant(<v>) builds the runtime and the tool with the sanitizers of variant v:
#
#   openwsk_objects_<v>   all of src/, as objects (unit tests link these)
#   openwsk_lib_<v>       <output>/lib/openwsk/<v>/libopenwsk.so
#   openwsk_tool_<v>      <output>/lib/openwsk/<v>/openwsk
#
# and, for the first variant, the command <output>/bin/openwsk, a link to that variant's tool.
#
# The tool finds everything from where it is itself (the folder of /proc/self/exe):
#
#   ../<v>/openwsk                            the tool of another variant
#   ../../../share/openwsk/include            the driver headers (wdk) and the public C API
#   ../../../share/openwsk/driver_flags.txt   the flags that drivers are compiled with
#
# The build folder and an installation have the same layout.

file(GLOB_RECURSE openwsk_runtime_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/*.cpp")
file(GLOB_RECURSE openwsk_tool_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tool/*.cpp")

# The simulated host's own data is touched from every fiber without synchronisation, which is fine
# on one OS thread and must not order the fibers in ThreadSanitizer's eyes. The progress watch ticks
# in the midst of any fiber's steps.
set_source_files_properties(
    "${PROJECT_SOURCE_DIR}/src/host/fiber.cpp" "${PROJECT_SOURCE_DIR}/src/host/sim.cpp"
    "${PROJECT_SOURCE_DIR}/src/host/explore.cpp" "${PROJECT_SOURCE_DIR}/src/host/arena.cpp"
    "${PROJECT_SOURCE_DIR}/src/host/journal.cpp" "${PROJECT_SOURCE_DIR}/src/host/progress_watch.cpp"
    PROPERTIES COMPILE_OPTIONS -fno-sanitize=thread)

function(openwsk_add_variant variant)
    if(NOT openwsk_runtime_sources)
        return()
    endif()
    set(folder "${OPENWSK_OUTPUT_DIR}/lib/openwsk/${variant}")
    openwsk_sanitizer_flags(${variant} sanitizers)

    add_library(openwsk_objects_${variant} OBJECT ${openwsk_runtime_sources})
    set_target_properties(openwsk_objects_${variant} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_compile_definitions(openwsk_objects_${variant} PRIVATE
        "OPENWSK_VERSION=\"${PROJECT_VERSION}\"")
    target_link_libraries(openwsk_objects_${variant}
        PRIVATE openwsk::warnings openwsk::hidden
        PUBLIC openwsk::runtime openwsk::variant_${variant})

    set(map "${PROJECT_SOURCE_DIR}/cmake/openwsk.map")
    add_library(openwsk_lib_${variant} SHARED $<TARGET_OBJECTS:openwsk_objects_${variant}>)
    set_target_properties(openwsk_lib_${variant} PROPERTIES
        OUTPUT_NAME openwsk
        LINKER_LANGUAGE CXX
        LIBRARY_OUTPUT_DIRECTORY "${folder}"
        LINK_DEPENDS "${map}")
    target_link_libraries(openwsk_lib_${variant}
        PRIVATE openwsk::runtime openwsk::variant_${variant})
    target_link_options(openwsk_lib_${variant} PRIVATE
        "-Wl,--version-script=${map}" -Wl,-z,nodelete -Wl,--exclude-libs,ALL)
    # clang links its sanitizer runtime into executables only, so there a sanitized library has
    # undefined symbols by design.
    if(NOT (sanitizers AND CMAKE_CXX_COMPILER_ID MATCHES "Clang"))
        target_link_options(openwsk_lib_${variant} PRIVATE -Wl,-z,defs)
    endif()

    if(NOT openwsk_tool_sources)
        return()
    endif()
    add_executable(openwsk_tool_${variant} ${openwsk_tool_sources})
    set_target_properties(openwsk_tool_${variant} PROPERTIES
        OUTPUT_NAME openwsk
        RUNTIME_OUTPUT_DIRECTORY "${folder}"
        BUILD_RPATH "\$ORIGIN"
        INSTALL_RPATH "\$ORIGIN")
    target_compile_definitions(openwsk_tool_${variant} PRIVATE
        "OPENWSK_VERSION=\"${PROJECT_VERSION}\"")
    target_include_directories(openwsk_tool_${variant} PRIVATE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(openwsk_tool_${variant} PRIVATE
        openwsk::warnings openwsk::code openwsk::variant_${variant}
        openwsk_lib_${variant} fmt::fmt-header-only ${CMAKE_DL_LIBS})

    install(TARGETS openwsk_lib_${variant} openwsk_tool_${variant}
        RUNTIME DESTINATION lib/openwsk/${variant}
        LIBRARY DESTINATION lib/openwsk/${variant})

    list(GET OPENWSK_VARIANTS 0 first)
    if(variant STREQUAL first)
        file(MAKE_DIRECTORY "${OPENWSK_OUTPUT_DIR}/bin")
        add_custom_command(TARGET openwsk_tool_${variant} POST_BUILD
            COMMAND "${CMAKE_COMMAND}" -E create_symlink
                "../lib/openwsk/${variant}/openwsk" "${OPENWSK_OUTPUT_DIR}/bin/openwsk"
            VERBATIM)
        install(FILES "${OPENWSK_OUTPUT_DIR}/bin/openwsk" DESTINATION bin)
    endif()
endfunction()

set(openwsk_share "${OPENWSK_OUTPUT_DIR}/share/openwsk")
file(MAKE_DIRECTORY "${openwsk_share}")
file(CREATE_LINK "${PROJECT_SOURCE_DIR}/include" "${openwsk_share}/include" SYMBOLIC)
file(CREATE_LINK "${PROJECT_SOURCE_DIR}/cmake/driver_flags.txt" "${openwsk_share}/driver_flags.txt"
    SYMBOLIC)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include" DESTINATION share/openwsk)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/openwsk" DESTINATION include)
install(FILES "${PROJECT_SOURCE_DIR}/cmake/driver_flags.txt" DESTINATION share/openwsk)
