// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// string.h for drivers: bytes come from libc, wide strings from OpenWSK (crtdefs.h).
#pragma once

#include "crtdefs.h"

OPENWSK_CRT_BEGIN

void *memcpy(void *Destination, const void *Source, OPENWSK_SIZE Count);
void *memmove(void *Destination, const void *Source, OPENWSK_SIZE Count);
void *memset(void *Destination, int Value, OPENWSK_SIZE Count);
int memcmp(const void *Buffer1, const void *Buffer2, OPENWSK_SIZE Count);
OPENWSK_SIZE strlen(const char *String);
OPENWSK_SIZE strnlen(const char *String, OPENWSK_SIZE MaximumLength);
char *strcpy(char *Destination, const char *Source);
char *strncpy(char *Destination, const char *Source, OPENWSK_SIZE Count);
char *strcat(char *Destination, const char *Source);
char *strncat(char *Destination, const char *Source, OPENWSK_SIZE Count);
int strcmp(const char *String1, const char *String2);
int strncmp(const char *String1, const char *String2, OPENWSK_SIZE Count);
OPENWSK_SIZE strspn(const char *String, const char *Set);
OPENWSK_SIZE strcspn(const char *String, const char *Set);
char *strtok_s(char *String, const char *Delimiters, char **Context) OPENWSK_LIBC(strtok_r);
int _stricmp(const char *String1, const char *String2) OPENWSK_LIBC(strcasecmp);
int _strnicmp(const char *String1, const char *String2, OPENWSK_SIZE Count)
    OPENWSK_LIBC(strncasecmp);

void *memchr(const void *Buffer, int Value, OPENWSK_SIZE Count);
char *strchr(const char *String, int Character);
char *strrchr(const char *String, int Character);
char *strstr(const char *String, const char *Search);
char *strpbrk(const char *String, const char *Set);

OPENWSK_CRT_INLINE char *_strlwr(char *String)
{
    char *c;
    for (c = String; *c != 0; ++c) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
    }
    return String;
}

OPENWSK_CRT_INLINE char *_strupr(char *String)
{
    char *c;
    for (c = String; *c != 0; ++c) {
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - ('a' - 'A') : *c);
    }
    return String;
}

// ---- checked copies: a destination that is too small becomes an empty string and ERANGE ---------

OPENWSK_CRT_INLINE errno_t strncpy_s(char *Destination, rsize_t Size, const char *Source,
                                     rsize_t Count)
{
    rsize_t length;
    if (Destination == NULL || Size == 0) {
        return EINVAL;
    }
    if (Source == NULL) {
        Destination[0] = 0;
        return Count == 0 ? 0 : EINVAL;
    }
    for (length = 0; (Count == _TRUNCATE || length < Count) && Source[length] != 0; ++length) {
        if (length + 1 == Size) {
            Destination[Count == _TRUNCATE ? length : 0] = 0;
            return Count == _TRUNCATE ? STRUNCATE : ERANGE;
        }
        Destination[length] = Source[length];
    }
    Destination[length] = 0;
    return 0;
}

OPENWSK_CRT_INLINE errno_t strcpy_s(char *Destination, rsize_t Size, const char *Source)
{
    return Source == NULL ? (strncpy_s(Destination, Size, "", 0), EINVAL)
                          : strncpy_s(Destination, Size, Source, ((size_t)-1) / 2);
}

OPENWSK_CRT_INLINE errno_t strncat_s(char *Destination, rsize_t Size, const char *Source,
                                     rsize_t Count)
{
    errno_t error;
    rsize_t used = Destination == NULL ? 0 : strnlen(Destination, Size);
    if (Destination == NULL || used == Size) {
        return EINVAL;
    }
    error = strncpy_s(Destination + used, Size - used, Source, Count);
    if (error != 0 && error != STRUNCATE) {
        Destination[0] = 0;
    }
    return error;
}

OPENWSK_CRT_INLINE errno_t strcat_s(char *Destination, rsize_t Size, const char *Source)
{
    return strncat_s(Destination, Size, Source, ((size_t)-1) / 2);
}

OPENWSK_CRT_INLINE errno_t memcpy_s(void *Destination, rsize_t Size, const void *Source,
                                    rsize_t Count)
{
    if (Count == 0) {
        return 0;
    }
    if (Destination == NULL) {
        return EINVAL;
    }
    if (Source == NULL || Size < Count) {
        memset(Destination, 0, Size);
        return Source == NULL ? EINVAL : ERANGE;
    }
    memcpy(Destination, Source, Count);
    return 0;
}

OPENWSK_CRT_INLINE errno_t memmove_s(void *Destination, rsize_t Size, const void *Source,
                                     rsize_t Count)
{
    if (Count == 0) {
        return 0;
    }
    if (Destination == NULL || Source == NULL) {
        return EINVAL;
    }
    if (Size < Count) {
        return ERANGE;
    }
    memmove(Destination, Source, Count);
    return 0;
}

OPENWSK_CRT_END

#include "wcstring.h"
