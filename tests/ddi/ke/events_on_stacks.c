// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Events on stacks under stress: an event lives in the frame that waits for it, the frame is reused
// at once, and somebody else sets the event. Whoever sets it must not touch it once the waiter can
// go on.

#include "threads.h"

#define WORKERS 4
#define CLIENTS 3
#define ROUNDS 3000

typedef struct _REQUEST {
    LIST_ENTRY link;
    KEVENT done;
    LONG number;
    LONG answer;
} REQUEST;

static LIST_ENTRY requests;
static KSPIN_LOCK lock;
static KSEMAPHORE waiting;
static volatile LONG stop;

static VOID worker(PVOID context) {
    UNREFERENCED_PARAMETER(context);
    for (;;) {
        REQUEST* r = NULL;
        KIRQL old;
        KeWaitForSingleObject(&waiting, Executive, KernelMode, FALSE, NULL);
        KeAcquireSpinLock(&lock, &old);
        if (!IsListEmpty(&requests)) {
            r = CONTAINING_RECORD(RemoveHeadList(&requests), REQUEST, link);
        }
        KeReleaseSpinLock(&lock, old);
        if (r == NULL) {
            CHECK_EQ(stop, 1);
            return;
        }
        r->answer = r->number * 2;
        KeSetEvent(&r->done, IO_NO_INCREMENT, FALSE);
        // The request, and the stack it lies on, may be gone here.
    }
}

static __attribute__((noinline)) LONG ask(LONG number) {
    REQUEST r;
    KIRQL old;

    KeInitializeEvent(&r.done, number % 2 != 0 ? NotificationEvent : SynchronizationEvent, FALSE);
    r.number = number;
    r.answer = -1;
    KeAcquireSpinLock(&lock, &old);
    InsertTailList(&requests, &r.link);
    KeReleaseSpinLock(&lock, old);
    KeReleaseSemaphore(&waiting, IO_NO_INCREMENT, 1, FALSE);
    KeWaitForSingleObject(&r.done, Executive, KernelMode, FALSE, NULL);
    return r.answer;
}

// Reuses the stack that ask left behind.
static __attribute__((noinline)) void overwrite(void) {
    volatile UCHAR junk[sizeof(REQUEST) + 256];
    ULONG i;
    for (i = 0; i < sizeof junk; ++i) {
        junk[i] = 0xcc;
    }
}

static VOID client(PVOID context) {
    LONG i;
    LONG base = (LONG)(LONG_PTR)context * ROUNDS;
    for (i = 0; i < ROUNDS; ++i) {
        LONG answer = ask(base + i);
        overwrite();
        if (answer != (base + i) * 2) {
            CHECK_EQ(answer, (base + i) * 2);
        }
    }
}

static void run_checks(PDRIVER_OBJECT driver) {
    PVOID workers[WORKERS];
    PVOID clients[CLIENTS];
    ULONG i;
    UNREFERENCED_PARAMETER(driver);

    InitializeListHead(&requests);
    KeInitializeSpinLock(&lock);
    KeInitializeSemaphore(&waiting, 0, MAXLONG);
    for (i = 0; i < WORKERS; ++i) {
        workers[i] = start_thread(worker, NULL);
        REQUIRE(workers[i] != NULL);
    }
    for (i = 0; i < CLIENTS; ++i) {
        clients[i] = start_thread(client, (PVOID)(ULONG_PTR)i);
        REQUIRE(clients[i] != NULL);
    }
    for (i = 0; i < CLIENTS; ++i) {
        finish_thread(clients[i]);
    }
    InterlockedExchange(&stop, 1);
    KeReleaseSemaphore(&waiting, IO_NO_INCREMENT, WORKERS, FALSE);
    for (i = 0; i < WORKERS; ++i) {
        finish_thread(workers[i]);
    }
    CHECK(IsListEmpty(&requests));
}
