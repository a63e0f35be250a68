// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// stdlib.h for drivers: conversions, sorting, byte order. Memory comes from pool, so there is no
// malloc.
#pragma once

#include "crtdefs.h"
#include "intrin.h"

OPENWSK_CRT_BEGIN

int _wtoi(const wchar_t *String) OPENWSK_CRT(_wtoi);
long long _wtoi64(const wchar_t *String) OPENWSK_CRT(_wtoi64);
unsigned int wcstoul(const wchar_t *String, wchar_t **End, int Base) OPENWSK_CRT(wcstoul);

int abs(int Value);
long labs(long Value);
long long llabs(long long Value);
int atoi(const char *String);
long atol(const char *String);
long long _atoi64(const char *String) OPENWSK_LIBC(atoll);
void qsort(void *Base, OPENWSK_SIZE Number, OPENWSK_SIZE Width,
           int (*Compare)(const void *, const void *));
void *bsearch(const void *Key, const void *Base, OPENWSK_SIZE Number, OPENWSK_SIZE Width,
              int (*Compare)(const void *, const void *));

OPENWSK_CRT_END

#define _countof(Array) (sizeof(Array) / sizeof((Array)[0]))
#ifndef __cplusplus
#ifndef min
#define min(A, B) (((A) < (B)) ? (A) : (B))
#endif
#ifndef max
#define max(A, B) (((A) > (B)) ? (A) : (B))
#endif
#endif
