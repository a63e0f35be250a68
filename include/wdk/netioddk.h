// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// netioddk.h: the Network Module Registrar for drivers (abi/netioddk.h).
//
// The documented client samples pass the address of a pointer to their own dispatch type where
// NmrClientAttachProvider wants `const VOID **`. C converts it with a warning; in C++ an overload
// does.
#pragma once

#include "netiodef.h"

#include "abi/netioddk.h"

#ifdef __cplusplus
extern "C++" {
template <typename Context, typename Dispatch>
inline NTSTATUS NmrClientAttachProvider(HANDLE NmrBindingHandle, PVOID ClientBindingContext,
                                        const VOID *ClientDispatch,
                                        Context **ProviderBindingContext,
                                        Dispatch **ProviderDispatch)
{
    return NmrClientAttachProvider(NmrBindingHandle, ClientBindingContext, ClientDispatch,
                                   (PVOID *)ProviderBindingContext,
                                   (const VOID **)ProviderDispatch);
}
}
#endif
