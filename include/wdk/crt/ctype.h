// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// ctype.h for drivers.
#pragma once

#include "crtdefs.h"

OPENWSK_CRT_BEGIN

int isalnum(int c);
int isalpha(int c);
int isblank(int c);
int iscntrl(int c);
int isdigit(int c);
int isgraph(int c);
int islower(int c);
int isprint(int c);
int ispunct(int c);
int isspace(int c);
int isupper(int c);
int isxdigit(int c);
int tolower(int c);
int toupper(int c);

OPENWSK_CRT_END

#include "wctype.h"
