// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// netioddk.h: the Network Module Registrar as drivers call it.

#include "nmr/registrar.hpp"

#include "ke/edge.hpp"
#include "ke/irql.hpp"
#include "wdk/abi/netioddk.h"
#include "wdk/abi/ntstatus.h"

namespace {

nmr::registrar& registrar_of(const ke::edge& e) noexcept {
    return e.machine().get<nmr::registrar>();
}

// On failure the variable holds NULL: drivers deregister what is not NULL (NMR-041).
template <class Characteristics>
NTSTATUS register_module(const ke::edge& e, Characteristics characteristics, PVOID context,
                         PHANDLE handle) noexcept {
    if (handle == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    *handle = nullptr;
    base::result<nmr::module_form> form = nmr::form_of(characteristics, context);
    return form.ok() ? registrar_of(e).register_module(form.value(), e.caller(), handle).code()
                     : form.status().code();
}

}  // namespace

extern "C" {

OPENWSK_EXPORT NTSTATUS NmrRegisterClient(PNPI_CLIENT_CHARACTERISTICS ClientCharacteristics,
                                          PVOID ClientContext, PHANDLE NmrClientHandle) {
    OPENWSK_EDGE(ke::passive_level);
    return register_module(e, ClientCharacteristics, ClientContext, NmrClientHandle);
}

OPENWSK_EXPORT NTSTATUS NmrDeregisterClient(HANDLE NmrClientHandle) {
    OPENWSK_EDGE(ke::dispatch_level);
    return registrar_of(e).deregister(nmr::side::client, NmrClientHandle, e.caller()).code();
}

OPENWSK_EXPORT NTSTATUS NmrWaitForClientDeregisterComplete(HANDLE NmrClientHandle) {
    OPENWSK_EDGE(ke::apc_level);
    return registrar_of(e).wait(nmr::side::client, NmrClientHandle, e.caller()).code();
}

OPENWSK_EXPORT NTSTATUS NmrClientAttachProvider(HANDLE NmrBindingHandle, PVOID ClientBindingContext,
                                                const VOID* ClientDispatch,
                                                PVOID* ProviderBindingContext,
                                                const VOID** ProviderDispatch) {
    OPENWSK_EDGE(ke::passive_level);
    return registrar_of(e)
        .attach(NmrBindingHandle, ClientBindingContext, ClientDispatch, ProviderBindingContext,
                ProviderDispatch, e.caller())
        .code();
}

OPENWSK_EXPORT VOID NmrClientDetachProviderComplete(HANDLE NmrBindingHandle) {
    OPENWSK_EDGE(ke::dispatch_level);
    registrar_of(e).complete(nmr::side::client, NmrBindingHandle, e.caller());
}

OPENWSK_EXPORT NTSTATUS NmrRegisterProvider(PNPI_PROVIDER_CHARACTERISTICS ProviderCharacteristics,
                                            PVOID ProviderContext, PHANDLE NmrProviderHandle) {
    OPENWSK_EDGE(ke::passive_level);
    return register_module(e, ProviderCharacteristics, ProviderContext, NmrProviderHandle);
}

OPENWSK_EXPORT NTSTATUS NmrDeregisterProvider(HANDLE NmrProviderHandle) {
    OPENWSK_EDGE(ke::dispatch_level);
    return registrar_of(e).deregister(nmr::side::provider, NmrProviderHandle, e.caller()).code();
}

OPENWSK_EXPORT NTSTATUS NmrWaitForProviderDeregisterComplete(HANDLE NmrProviderHandle) {
    OPENWSK_EDGE(ke::apc_level);
    return registrar_of(e).wait(nmr::side::provider, NmrProviderHandle, e.caller()).code();
}

OPENWSK_EXPORT VOID NmrProviderDetachClientComplete(HANDLE NmrBindingHandle) {
    OPENWSK_EDGE(ke::dispatch_level);
    registrar_of(e).complete(nmr::side::provider, NmrBindingHandle, e.caller());
}

}  // extern "C"
