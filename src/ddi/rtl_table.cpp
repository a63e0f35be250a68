// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Generic tables.
//
// Windows documents: the pages of ntddk.h with these names.

#include "ke/edge.hpp"
#include "rtl/avl_table.hpp"
#include "rtl/splay_table.hpp"

namespace {

void store(BOOLEAN* out, bool value) noexcept {
    if (out != nullptr) {
        *out = value ? TRUE : FALSE;
    }
}

}  // namespace

extern "C" {

// ---- splay trees --------------------------------------------------------------------------------

OPENWSK_EXPORT VOID RtlInitializeGenericTable(PRTL_GENERIC_TABLE Table,
                                              PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine,
                                              PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine,
                                              PRTL_GENERIC_FREE_ROUTINE FreeRoutine,
                                              PVOID TableContext) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    rtl::initialize(*Table, CompareRoutine, AllocateRoutine, FreeRoutine, TableContext);
}

OPENWSK_EXPORT PVOID RtlInsertElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer,
                                                  CLONG BufferSize, PBOOLEAN NewElement) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    bool inserted = false;
    void* element = rtl::insert(*Table, Buffer, BufferSize, inserted);
    store(NewElement, inserted);
    return element;
}

OPENWSK_EXPORT BOOLEAN RtlDeleteElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return rtl::remove(*Table, Buffer) ? TRUE : FALSE;
}

OPENWSK_EXPORT PVOID RtlLookupElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return rtl::find(*Table, Buffer);
}

OPENWSK_EXPORT PVOID RtlEnumerateGenericTable(PRTL_GENERIC_TABLE Table, BOOLEAN Restart) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return rtl::enumerate(*Table, Restart != FALSE);
}

OPENWSK_EXPORT PVOID RtlEnumerateGenericTableWithoutSplaying(PRTL_GENERIC_TABLE Table,
                                                             PVOID* RestartKey) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return rtl::enumerate_still(*Table, *RestartKey);
}

OPENWSK_EXPORT PVOID RtlGetElementGenericTable(PRTL_GENERIC_TABLE Table, ULONG I) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return rtl::at(*Table, I);
}

OPENWSK_EXPORT ULONG RtlNumberGenericTableElements(PRTL_GENERIC_TABLE Table) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return Table->NumberGenericTableElements;
}

OPENWSK_EXPORT BOOLEAN RtlIsGenericTableEmpty(PRTL_GENERIC_TABLE Table) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return Table->TableRoot == nullptr ? TRUE : FALSE;
}

// ---- AVL trees ----------------------------------------------------------------------------------

OPENWSK_EXPORT VOID RtlInitializeGenericTableAvl(PRTL_AVL_TABLE Table,
                                                 PRTL_AVL_COMPARE_ROUTINE CompareRoutine,
                                                 PRTL_AVL_ALLOCATE_ROUTINE AllocateRoutine,
                                                 PRTL_AVL_FREE_ROUTINE FreeRoutine,
                                                 PVOID TableContext) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    rtl::initialize(*Table, CompareRoutine, AllocateRoutine, FreeRoutine, TableContext);
}

OPENWSK_EXPORT PVOID RtlInsertElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer,
                                                     CLONG BufferSize, PBOOLEAN NewElement) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    bool inserted = false;
    void* element = rtl::insert(*Table, Buffer, BufferSize, rtl::search(*Table, Buffer), inserted);
    store(NewElement, inserted);
    return element;
}

OPENWSK_EXPORT PVOID RtlInsertElementGenericTableFullAvl(PRTL_AVL_TABLE Table, PVOID Buffer,
                                                         CLONG BufferSize, PBOOLEAN NewElement,
                                                         PVOID NodeOrParent,
                                                         TABLE_SEARCH_RESULT SearchResult) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    bool inserted = false;
    void* element = rtl::insert(*Table, Buffer, BufferSize, {NodeOrParent, SearchResult}, inserted);
    store(NewElement, inserted);
    return element;
}

OPENWSK_EXPORT BOOLEAN RtlDeleteElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return rtl::remove(*Table, Buffer) ? TRUE : FALSE;
}

OPENWSK_EXPORT PVOID RtlLookupElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return rtl::find(*Table, Buffer);
}

OPENWSK_EXPORT PVOID RtlLookupElementGenericTableFullAvl(PRTL_AVL_TABLE Table, PVOID Buffer,
                                                         PVOID* NodeOrParent,
                                                         TABLE_SEARCH_RESULT* SearchResult) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    const rtl::tree_place p = rtl::search(*Table, Buffer);
    *NodeOrParent = p.node;
    *SearchResult = p.result;
    return p.result == TableFoundNode ? rtl::bytes_of_avl(p.node) : nullptr;
}

OPENWSK_EXPORT PVOID RtlLookupFirstMatchingElementGenericTableAvl(PRTL_AVL_TABLE Table,
                                                                  PVOID Buffer, PVOID* RestartKey) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return rtl::find_first(*Table, Buffer, *RestartKey);
}

OPENWSK_EXPORT PVOID RtlEnumerateGenericTableAvl(PRTL_AVL_TABLE Table, BOOLEAN Restart) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return rtl::enumerate(*Table, Restart != FALSE);
}

OPENWSK_EXPORT PVOID RtlEnumerateGenericTableWithoutSplayingAvl(PRTL_AVL_TABLE Table,
                                                                PVOID* RestartKey) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return rtl::enumerate_still(*Table, *RestartKey);
}

OPENWSK_EXPORT PVOID RtlGetElementGenericTableAvl(PRTL_AVL_TABLE Table, ULONG I) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return rtl::at(*Table, I);
}

OPENWSK_EXPORT ULONG RtlNumberGenericTableElementsAvl(PRTL_AVL_TABLE Table) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return Table->NumberGenericTableElements;
}

OPENWSK_EXPORT BOOLEAN RtlIsGenericTableEmptyAvl(PRTL_AVL_TABLE Table) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return Table->NumberGenericTableElements == 0 ? TRUE : FALSE;
}

}  // extern "C"
