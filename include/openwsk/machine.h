/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 The OpenWSK authors
 *
 * The C API of OpenWSK: machines that run Windows kernel network drivers in this process.
 *
 *     struct openwsk_machine_options options = OPENWSK_MACHINE_OPTIONS_INIT;
 *     struct openwsk_machine *machine;
 *     struct openwsk_driver *driver;
 *     struct openwsk_failure *failure;
 *     openwsk_machine_create(&options, &machine);
 *     openwsk_driver_load(machine, "echo_server.so", NULL, &driver, &failure);
 *     ...
 *     openwsk_driver_unload(driver);
 *     int code = openwsk_report(machine, OPENWSK_REPORT_TEXT, write_text, stdout);
 *     openwsk_machine_destroy(machine);
 *
 * Conventions
 *
 *  1. Names begin with openwsk_ or OPENWSK_. The header is C11 and C++17; it needs no driver
 *     header.
 *  2. A structure that the caller fills begins with its size and is initialised with its _INIT
 *     macro. Later versions append members; a shorter structure of an older program is accepted,
 *     and what it lacks has its default. A size that no version has is OPENWSK_BAD_ARGUMENT.
 *  3. A structure that the library fills for a callback may grow too; read no member beyond size.
 *  4. Functions return enum openwsk_result. On failure, out parameters are NULL or zero.
 *  5. A pointer that a function returns through an out parameter belongs to the caller, who gives
 *     it back to the function that the documentation of the out parameter names.
 *  6. Pointers given to callbacks are valid during the callback. Callbacks must not call functions
 *     of this API unless their documentation says so.
 *  7. Strings are UTF-8 and end with 0.
 *  8. Functions may be called from any thread. A thread that runs driver code belongs to one
 *     machine: openwsk_thread_bind binds it, and every function that enters a driver binds the
 *     calling thread while it runs. With one machine that is the default, threads need no binding.
 *  9. An NTSTATUS is an int32_t with the value of ntstatus.h.
 * 10. What a driver does wrong is recorded and reported; what Windows answers with a bug check ends
 *     the process with exit code 3 after the report. An error of OpenWSK itself ends it with 70.
 * 11. No function throws, and none may be left by longjmp.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef OPENWSK_API
#define OPENWSK_API __attribute__((visibility("default")))
#endif

enum openwsk_result {
    OPENWSK_OK = 0,
    OPENWSK_BAD_ARGUMENT = 1,
    OPENWSK_NO_MEMORY = 2,
    OPENWSK_LOAD_FAILED = 3,  /* the file is no driver, or needs what there is not */
    OPENWSK_START_FAILED = 4, /* DriverEntry returned an error status */
    OPENWSK_BUSY = 5,         /* drivers are loaded, threads are inside */
    OPENWSK_NOT_FOUND = 6,
    OPENWSK_TIMED_OUT = 7,
    OPENWSK_WRONG_VARIANT = 8, /* the driver was built for another sanitizer */
    OPENWSK_NOT_UNLOADABLE = 9 /* the driver set no DriverUnload */
};

/* Exit codes of the command and of processes that end in a report. Frozen. */
enum openwsk_exit_code {
    OPENWSK_EXIT_CLEAN = 0,
    OPENWSK_EXIT_FOUND = 1, /* a violation, or something left behind */
    OPENWSK_EXIT_USAGE = 2, /* also: a source does not compile */
    OPENWSK_EXIT_BUG_CHECK = 3,
    OPENWSK_EXIT_NOT_STARTED = 4,
    OPENWSK_EXIT_INTERNAL = 70
};

struct openwsk_machine;
struct openwsk_driver;

/* ---- the library ----------------------------------------------------------------------------- */

/* "0.1.0" */
OPENWSK_API const char* openwsk_version(void);
/* "plain", "asan" or "tsan" */
OPENWSK_API const char* openwsk_variant(void);

/* ---- machines -------------------------------------------------------------------------------- */

enum openwsk_completions {
    OPENWSK_COMPLETIONS_DEFERRED = 0, /* after the call, on the calling thread if it can */
    OPENWSK_COMPLETIONS_THREAD = 1,   /* always on an I/O thread */
    OPENWSK_COMPLETIONS_INLINE = 2,   /* inside the call */
    OPENWSK_COMPLETIONS_MIXED = 3     /* chosen by the seed */
};

enum openwsk_verification {
    OPENWSK_VERIFICATION_OFF = 0,
    OPENWSK_VERIFICATION_STANDARD = 1,
    OPENWSK_VERIFICATION_FULL = 2
};

struct openwsk_machine_options {
    size_t size;
    uint32_t processors;     /* virtual processors; 0: max(4, CPUs) */
    uint32_t io_threads;     /* 0: as many as CPUs, at most half the processors */
    uint32_t completions;    /* enum openwsk_completions */
    uint32_t verification;   /* enum openwsk_verification */
    uint64_t seed;           /* of every random choice */
    uint64_t stuck_after_ms; /* a wait that holds up an unload this long says what it waits for */
    uint64_t wsk_ready_after_ms; /* the WSK subsystem registers this late */
    uint32_t nmr_idle_success;   /* 1: deregistering an idle NMR module returns STATUS_SUCCESS */
    uint32_t is_default;         /* 1: threads that nobody bound belong to this machine */
    const char* files; /* the folder that drivers see as volume C:; NULL: there are no files */
};

#define OPENWSK_MACHINE_OPTIONS_INIT                                                \
    {                                                                               \
        sizeof(struct openwsk_machine_options), 0, 0, OPENWSK_COMPLETIONS_DEFERRED, \
            OPENWSK_VERIFICATION_STANDARD, 1, 2000, 0, 0, 0, NULL                   \
    }

/* Makes a machine; options may be NULL. *machine goes back to openwsk_machine_destroy. There can be
 * one default machine, which lives as long as the process: OPENWSK_BUSY when there is one.
 * OPENWSK_NOT_FOUND when options->files is no folder. */
OPENWSK_API enum openwsk_result openwsk_machine_create(
    const struct openwsk_machine_options* options, struct openwsk_machine** machine);

/* OPENWSK_BUSY, and nothing happens, while a driver is loaded or for the default machine. The
 * calling thread is unbound from the machine if it was bound to it; other threads must be by now.
 * NULL is allowed. */
OPENWSK_API enum openwsk_result openwsk_machine_destroy(struct openwsk_machine* machine);

/* Binds the calling thread, so that it can call NT functions. OPENWSK_BUSY when it belongs to
 * another machine. Unbinding a thread that is not bound does nothing. */
OPENWSK_API enum openwsk_result openwsk_thread_bind(struct openwsk_machine* machine);
OPENWSK_API void openwsk_thread_unbind(void);

/* ---- what drivers print ---------------------------------------------------------------------- */

struct openwsk_text {
    size_t size;
    uint64_t time_ns; /* since the machine was made */
    uint32_t thread;  /* number of the thread in the machine */
    uint32_t irql;
    uint32_t component; /* DPFLTR_xxx_ID */
    uint32_t level;     /* bit number 0..31, or a mask */
    const char* text;   /* may hold several lines, or part of one; not ended by 0 */
    size_t length;
};

/* Called for everything a driver prints, one call at a time, in order, on a library thread. */
typedef void openwsk_text_function(void* context, const struct openwsk_text* text);

/* Without a function (NULL) text is dropped. Returns after the calls of the function before. */
OPENWSK_API void openwsk_on_text(struct openwsk_machine* machine, openwsk_text_function* function,
                                 void* context);
/* Returns when everything printed so far has been handed over. */
OPENWSK_API void openwsk_flush_text(struct openwsk_machine* machine);

/* Sets which messages are printed: "off", "error", "IHVNETWORK=info", "DEFAULT=0xff"; several,
 * separated by commas, apply from left to right. Without a component the level is for all.
 * Levels: off, error, warning, trace, info, all, or a mask. OPENWSK_BAD_ARGUMENT when the text is
 * not understood; nothing changes then. */
OPENWSK_API enum openwsk_result openwsk_set_text_filter(struct openwsk_machine* machine,
                                                        const char* filter);

/* ---- drivers --------------------------------------------------------------------------------- */

/* Why a driver could not be loaded or started. Goes back to openwsk_failure_free. */
struct openwsk_failure {
    size_t size;
    int32_t status;           /* of the loader, or what DriverEntry returned */
    const char* text;         /* one or more sentences */
    const char* const* names; /* what it is about: missing imports, ... */
    size_t name_count;
};
OPENWSK_API void openwsk_failure_free(struct openwsk_failure* failure);

struct openwsk_driver_options {
    size_t size;
    const char* service; /* name of the service key; NULL: the file's name without extension */
};
#define OPENWSK_DRIVER_OPTIONS_INIT \
    { sizeof(struct openwsk_driver_options), NULL }

/* Loads a shared object and calls its DriverEntry on the calling thread. failure may be NULL; else
 * it is set when the result is not OPENWSK_OK. After OPENWSK_START_FAILED *driver is set as well:
 * the driver is unloaded already, but what it left behind can be reported. Drivers belong to the
 * machine; there is nothing to give back. */
OPENWSK_API enum openwsk_result openwsk_driver_load(struct openwsk_machine* machine,
                                                    const char* path,
                                                    const struct openwsk_driver_options* options,
                                                    struct openwsk_driver** driver,
                                                    struct openwsk_failure** failure);

/* Calls DriverUnload on the calling thread, waits until no thread is inside the driver, and
 * notes what it left behind. */
OPENWSK_API enum openwsk_result openwsk_driver_unload(struct openwsk_driver* driver);

OPENWSK_API const char* openwsk_driver_name(const struct openwsk_driver* driver);

/* Sets a value of a service's key before the driver is loaded:
 * \Registry\Machine\System\CurrentControlSet\Services\<service>, and of its subkey Parameters.
 * name may lead to a subkey: "Parameters\Port". */
OPENWSK_API enum openwsk_result openwsk_set_param_dword(struct openwsk_machine* machine,
                                                        const char* service, const char* name,
                                                        uint32_t value);
OPENWSK_API enum openwsk_result openwsk_set_param_string(struct openwsk_machine* machine,
                                                         const char* service, const char* name,
                                                         const char* value);

/* Lists what a driver file imports, sorted by name: NT functions, and functions of the C library
 * that a driver must not use. */
struct openwsk_import {
    size_t size;
    const char* name;
    int provided;
    const char* refused; /* why a driver must not import it, or NULL */
};
typedef void openwsk_import_function(void* context, const struct openwsk_import* import);
OPENWSK_API enum openwsk_result openwsk_list_imports(const char* path,
                                                     openwsk_import_function* function,
                                                     void* context,
                                                     struct openwsk_failure** failure);

/* "plain", "asan" or "tsan": the variant of this library that a driver file needs. NULL when the
 * file cannot be read or is no driver. */
OPENWSK_API const char* openwsk_variant_for(const char* path);

/* ---- looking inside -------------------------------------------------------------------------- */

/* Something that a driver made and has not given back. */
struct openwsk_object {
    size_t size;
    const char* kind;   /* "pool", "irp", "socket", ... */
    const char* driver; /* NULL when unknown */
    const char* site;   /* "echo_server!EchoAccept+0x1f (echo.c:123)", or NULL */
    const char* text;   /* details, perhaps empty */
    uint64_t ordinal;   /* number among its kind */
    uint64_t bytes;
    uint32_t tag; /* pool tag, first character in the low byte, or 0 */
};
typedef void openwsk_object_function(void* context, const struct openwsk_object* object);

/* Shows every object that the drivers of the machine hold now. */
OPENWSK_API void openwsk_snapshot(struct openwsk_machine* machine,
                                  openwsk_object_function* function, void* context);

/* ---- reports --------------------------------------------------------------------------------- */

enum openwsk_report_format { OPENWSK_REPORT_TEXT = 0, OPENWSK_REPORT_JSON = 1 };

typedef void openwsk_write_function(void* context, const char* text, size_t length);

/* Writes the report of the machine's drivers. Returns the exit code that it justifies: CLEAN,
 * FOUND or NOT_STARTED. */
OPENWSK_API int openwsk_report(struct openwsk_machine* machine, enum openwsk_report_format format,
                               openwsk_write_function* function, void* context);

/* Where the report goes, as JSON, if a bug check or an internal error ends the process; -1:
 * nowhere. The caller keeps the descriptor open. */
OPENWSK_API void openwsk_set_crash_report(int descriptor);

/* Explains a status, a bug check code or a rule: "0xC000020D", "STATUS_PENDING", "0xC4",
 * "irql-too-high". OPENWSK_NOT_FOUND when it is none. */
OPENWSK_API enum openwsk_result openwsk_explain(const char* what, openwsk_write_function* function,
                                                void* context);

#ifdef __cplusplus
}
#endif
