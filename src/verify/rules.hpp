// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The table of rules: every contract of WSK, NMR and the executive that the runtime checks.
// Names are frozen. Append; never rename or reuse.

#pragma once

#include <cstdint>

namespace verify {

enum class severity : uint8_t { report, stop };

/// As parameter 1 of a bug check: the address of the object that the violation is about.
inline constexpr uint64_t object_first = UINT64_MAX;

// identifier, name, severity, bug check code, bug check parameter 1, what to do
// Not aligned, so that a new rule changes no other line.
// clang-format off
#define OPENWSK_RULES(X) \
    X(irql_too_high, "irql-too-high", stop, 0xC4, 0x1F0001, \
      "call the function at or below the IRQL its documentation states") \
    X(irql_too_low, "irql-too-low", stop, 0xC4, 0x1F0002, \
      "raise IRQL before the call, or use the variant that raises it") \
    X(irql_changed_by_callback, "irql-changed-by-callback", stop, 0xC9, 0x5, \
      "restore the IRQL the callback was entered with before it returns") \
    X(wait_at_dispatch, "wait-at-dispatch", stop, 0xC4, 0x1F0003, \
      "never block at DISPATCH_LEVEL; a zero timeout is allowed") \
    X(nmr_bad_handle, "nmr-bad-handle", report, 0xC4, 0x1F0100, \
      "pass the handle NMR returned, once, to the function of its own kind") \
    X(wsk_registration_misuse, "wsk-registration-misuse", report, 0xC4, 0x1F0200, \
      "balance WskRegister/WskDeregister and WskCaptureProviderNPI/WskReleaseProviderNPI") \
    X(pool_zero_bytes, "pool-zero-bytes", report, 0xC4, 0x00, "ask for at least one byte") \
    X(pool_zero_tag, "pool-zero-tag", report, 0xC2, 0x9B, \
      "give every allocation a tag of one to four printable characters") \
    X(pool_allocate_irql, "pool-allocate-irql", stop, 0xC4, 0x01, \
      "allocate paged pool at or below APC_LEVEL, nonpaged pool up to DISPATCH_LEVEL") \
    X(pool_free_irql, "pool-free-irql", stop, 0xC4, 0x11, \
      "free paged pool at or below APC_LEVEL, nonpaged pool up to DISPATCH_LEVEL") \
    X(pool_double_free, "pool-double-free", stop, 0xC2, 0x07, \
      "free each allocation once; set the pointer to NULL when it is freed") \
    X(pool_wrong_tag, "pool-wrong-tag", stop, 0xC2, 0x0A, \
      "pass the tag that the allocation was made with") \
    X(pool_bad_address, "pool-bad-address", stop, 0xC2, 0x46, \
      "free exactly the pointer that the allocation returned") \
    X(pool_overrun, "pool-overrun", stop, 0xC4, 0x51, \
      "write only the bytes asked for; the AddressSanitizer build shows the write") \
    X(pool_underrun, "pool-underrun", stop, 0x19, 0x20, \
      "do not write before the block; the AddressSanitizer build shows the write") \
    X(pool_write_after_free, "pool-write-after-free", stop, 0xC6, object_first, \
      "do not use freed memory; the AddressSanitizer build shows the write") \
    X(pool_free_live_object, "pool-free-live-object", stop, 0xC7, object_first, \
      "cancel or delete the object that lives in the memory before it is freed") \
    X(lookaside_initialized_twice, "lookaside-initialized-twice", stop, 0xC4, 0xCA, \
      "delete a lookaside list before it is initialized again") \
    X(lookaside_not_initialized, "lookaside-not-initialized", stop, 0xC4, 0xCB, \
      "initialize a lookaside list first; do not use it after it is deleted") \
    X(mdl_bad_build, "mdl-bad-build", stop, 0xC4, 0x7F, \
      "build an MDL for nonpaged pool only, and not while its pages are locked") \
    X(mdl_beyond_allocation, "mdl-beyond-allocation", report, 0xC4, 0x1F0310, \
      "describe only bytes of one allocation with an MDL") \
    X(mdl_bad_lock, "mdl-bad-lock", stop, 0xC4, 0xB0, \
      "lock an MDL once, and not after MmBuildMdlForNonPagedPool") \
    X(mdl_bad_unlock, "mdl-bad-unlock", stop, 0xC4, 0x7C, \
      "unlock exactly the MDLs that MmProbeAndLockPages locked, once") \
    X(mdl_bad_map, "mdl-bad-map", stop, 0xC4, 0xB2, \
      "map an MDL whose pages are locked, and only once") \
    X(mdl_bad_unmap, "mdl-bad-unmap", stop, 0xDA, object_first, \
      "unmap the address that mapping the same MDL returned, once") \
    X(mdl_freed_locked, "mdl-freed-locked", report, 0xCB, object_first, \
      "call MmUnlockPages before the MDL is freed") \
    X(mdl_bad_free, "mdl-bad-free", stop, 0xC4, 0x1F0311, \
      "free with IoFreeMdl, once, what IoAllocateMdl returned") \
    X(irp_bad_free, "irp-bad-free", stop, 0xC9, 0x01, \
      "free with IoFreeIrp, once, what IoAllocateIrp returned") \
    X(irp_freed_in_use, "irp-freed-in-use", stop, 0xC9, 0x20B, \
      "wait for the completion routine before the IRP is freed") \
    X(irp_used_while_owned, "irp-used-while-owned", stop, 0xC9, 0x205, \
      "leave the IRP alone until its completion routine has been called") \
    X(irp_wrong_size, "irp-wrong-size", report, 0xC9, 0x1F0401, \
      "pass IoSizeOfIrp(StackSize) to IoInitializeIrp, for memory of that size") \
    X(irp_initialize_allocated, "irp-initialize-allocated", report, 0xC9, 0x238, \
      "use IoReuseIrp for an IRP that IoAllocateIrp returned") \
    X(irp_bad_type, "irp-bad-type", stop, 0xC9, 0x03, \
      "pass an IRP that was allocated or initialized") \
    X(irp_bad_device, "irp-bad-device", stop, 0xC9, 0x04, "pass a device object that exists") \
    X(irp_no_stack_location, "irp-no-stack-location", stop, 0x35, object_first, \
      "allocate the IRP with one stack location for each driver it goes to") \
    X(irp_completed_twice, "irp-completed-twice", stop, 0x44, object_first, \
      "complete an IRP once; who passed it on does not own it any more") \
    X(irp_completed_pending, "irp-completed-pending", stop, 0xC9, 0x06, \
      "set a final IoStatus.Status before the IRP is completed") \
    X(irp_cancel_routine_set, "irp-cancel-routine-set", stop, 0xC9, 0x07, \
      "clear the cancel routine before the IRP is completed or passed on") \
    X(irp_pending_not_marked, "irp-pending-not-marked", report, 0xC9, 0x23D, \
      "call IoMarkIrpPending before STATUS_PENDING is returned") \
    X(irp_pending_not_returned, "irp-pending-not-returned", report, 0xC9, 0x23E, \
      "return STATUS_PENDING after IoMarkIrpPending") \
    X(irp_pending_not_propagated, "irp-pending-not-propagated", report, 0xC9, 0x228, \
      "call IoMarkIrpPending in the completion routine if PendingReturned is set") \
    X(irp_status_mismatch, "irp-status-mismatch", report, 0xC9, 0x224, \
      "return the status that the IRP was completed with") \
    X(irp_not_handled, "irp-not-handled", report, 0xC9, 0x226, \
      "complete the IRP, pass it on, or mark it pending and return STATUS_PENDING") \
    X(cancel_lock_misuse, "cancel-lock-misuse", stop, 0xC9, 0x1F0402, \
      "release the cancel spin lock once, with the IRQL of the acquire") \
    X(device_bad_delete, "device-bad-delete", stop, 0xC9, 0x240, \
      "delete a device object once, and do not use it afterwards") \
    X(nmr_wait_too_early, "nmr-wait-too-early", report, 0xC4, 0x1F0101, \
      "wait only after NmrDeregister... returned STATUS_PENDING") \
    X(nmr_wait_in_callback, "nmr-wait-in-callback", stop, 0xC4, 0x1F0102, \
      "wait for a deregistration outside the callbacks of the module") \
    X(nmr_attach_status, "nmr-attach-status", report, 0xC4, 0x1F0103, \
      "return from ClientAttachProvider what NmrClientAttachProvider returned last") \
    X(nmr_attach_misuse, "nmr-attach-misuse", report, 0xC4, 0x1F0104, \
      "call NmrClientAttachProvider inside ClientAttachProvider until it succeeds once") \
    X(nmr_detach_status, "nmr-detach-status", report, 0xC4, 0x1F0105, \
      "return STATUS_SUCCESS or STATUS_PENDING from a detach callback") \
    X(nmr_stray_complete, "nmr-stray-complete", report, 0xC4, 0x1F0106, \
      "report the end of a detach once, and only if its callback returned STATUS_PENDING") \
    X(wsk_bad_socket, "wsk-bad-socket", report, 0xC4, 0x1F0210, \
      "pass a PWSK_SOCKET that WSK returned and that WskCloseSocket has not been called for") \
    X(wsk_wrong_category, "wsk-wrong-category", report, 0xC4, 0x1F0211, \
      "call a socket through the dispatch table of its own category") \
    X(wsk_close_during_call, "wsk-close-during-call", report, 0xC4, 0x1F0212, \
      "close a socket when no other call into it is executing") \
    X(wsk_buffer_beyond_chain, "wsk-buffer-beyond-chain", report, 0xC4, 0x1F0213, \
      "describe with a WSK_BUF only bytes that its MDL chain holds") \
    X(wsk_accepted_too_much, "wsk-accepted-too-much", report, 0xC4, 0x1F0214, \
      "set *BytesAccepted to at most BytesIndicated") \
    X(wsk_bad_release, "wsk-bad-release", report, 0xC4, 0x1F0215, \
      "release each retained indication once, on the socket that indicated it") \
    X(wsk_retained_at_close, "wsk-retained-at-close", report, 0xC4, 0x1F0216, \
      "release every retained indication before WskCloseSocket") \
    X(wsk_event_status, "wsk-event-status", report, 0xC4, 0x1F0217, \
      "return only the statuses that the callback's page lists") \
    X(irp_completed_to_nobody, "irp-completed-to-nobody", report, 0xC9, 0x1F0403, \
      "set a completion routine that returns STATUS_MORE_PROCESSING_REQUIRED") \
    X(irql_bad_raise, "irql-bad-raise", stop, 0xC4, 0x30, \
      "raise IRQL only to a value that is not below the current one") \
    X(irql_bad_lower, "irql-bad-lower", stop, 0xC4, 0x31, \
      "lower IRQL only to a value that is not above the current one") \
    X(object_wrong_type, "object-wrong-type", stop, 0xC4, 0x1F0500, \
      "pass an initialized object of the type that the function is for") \
    X(timer_initialized_set, "timer-initialized-set", stop, 0xC7, object_first, \
      "cancel a timer before it is initialized again") \
    X(stack_budget, "stack-budget", report, 0x2B, 0x1F0501, \
      "use less than 24 KB of stack: allocate large buffers, bound recursion") \
    X(executive_timer_misuse, "executive-timer-misuse", stop, 0xC7, 0x1F050A, \
      "delete a timer once, with cancel when waiting; high resolution needs a relative time") \
    X(region_not_entered, "region-not-entered", stop, 0x20, 0x1F0502, \
      "leave a critical or guarded region once for each time it was entered") \
    X(region_left_entered, "region-left-entered", stop, 0x01, 0x1F0503, \
      "leave every critical and guarded region before the routine returns") \
    X(thread_owns_mutex, "thread-owns-mutex", stop, 0x4000008A, object_first, \
      "release every mutex before the thread ends") \
    X(thread_bad_terminate, "thread-bad-terminate", stop, 0xC4, 0x1F0504, \
      "call PsTerminateSystemThread only from a routine that PsCreateSystemThread started") \
    X(mutex_not_owned, "mutex-not-owned", stop, 0xC4, 0x33, \
      "release a fast or guarded mutex by the thread that acquired it, once") \
    X(mutex_recursive, "mutex-recursive", stop, 0xC4, 0x34, \
      "fast and guarded mutexes and push locks cannot be acquired twice by one thread") \
    X(lock_irql, "lock-irql", stop, 0xC4, 0x1F0505, \
      "acquire the unsafe variant inside a critical region or at APC_LEVEL") \
    X(resource_not_owned, "resource-not-owned", stop, 0xE3, object_first, \
      "release a resource once for each time the thread acquired it") \
    X(resource_not_initialized, "resource-not-initialized", stop, 0xC4, 0x1F0506, \
      "initialize a resource once, and do not use it after ExDeleteResourceLite") \
    X(resource_in_use, "resource-in-use", stop, 0xC4, 0x1F0507, \
      "delete or reinitialize a resource only when no thread owns it or waits for it") \
    X(push_lock_not_owned, "push-lock-not-owned", stop, 0xC4, 0x1F0508, \
      "release a push lock once for each acquire, in the mode it was acquired in") \
    X(rundown_over_release, "rundown-over-release", stop, 0xC4, 0x1F0509, \
      "release rundown protection once for each successful acquire") \
    X(remove_lock_misuse, "remove-lock-misuse", stop, 0xC4, 0xD7, \
      "release a remove lock once for each acquire, with the same tag") \
    X(work_item_queued, "work-item-queued", stop, 0xE4, object_first, \
      "queue a work item again only when its routine has started; free it after that") \
    X(work_item_irql, "work-item-irql", stop, 0xE1, object_first, \
      "return from a work item routine at PASSIVE_LEVEL, outside critical regions") \
    X(handle_invalid, "handle-invalid", report, 0x93, object_first, \
      "close a handle once, and use it only before that") \
    X(object_bad_pointer, "object-bad-pointer", stop, 0x18, object_first, \
      "reference and dereference only objects that the system handed out") \
    X(object_over_dereferenced, "object-over-dereferenced", stop, 0x18, object_first, \
      "dereference an object once for each reference taken") \
    X(list_corrupt, "list-corrupt", stop, 0x139, 3, \
      "initialize list heads, insert an entry once, do not free a linked entry")
// clang-format on

enum class rule : uint16_t {
#define OPENWSK_RULE_ID(identifier, name, severity, code, p1, hint) identifier,
    OPENWSK_RULES(OPENWSK_RULE_ID)
#undef OPENWSK_RULE_ID
};

inline constexpr uint16_t rule_count = 0
#define OPENWSK_RULE_ONE(identifier, name, severity, code, p1, hint) +1
    OPENWSK_RULES(OPENWSK_RULE_ONE)
#undef OPENWSK_RULE_ONE
    ;

struct rule_text {
    const char* name;
    severity level;
    uint32_t code;
    uint64_t parameter1;
    const char* hint;
};

const rule_text& text_of(rule id) noexcept;

}  // namespace verify
