// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// errno.h for drivers: the values that the checked string functions return.
#pragma once

typedef int errno_t;
#define EPERM 1
#define ENOENT 2
#define EIO 5
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define EINVAL 22
#define EDOM 33
#define ERANGE 34
#define ENAMETOOLONG 38
#define EILSEQ 42
#define STRUNCATE 80
