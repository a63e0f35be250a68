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
    static constexpr ke::api info{"NmrRegisterClient", ke::passive_level};
    const ke::edge e(info, __builtin_return_address(0));
    return register_module(e, ClientCharacteristics, ClientContext, NmrClientHandle);
}

OPENWSK_EXPORT NTSTATUS NmrDeregisterClient(HANDLE NmrClientHandle) {
    static constexpr ke::api info{"NmrDeregisterClient", ke::dispatch_level};
    const ke::edge e(info, __builtin_return_address(0));
    return registrar_of(e).deregister(nmr::side::client, NmrClientHandle, e.caller()).code();
}

OPENWSK_EXPORT NTSTATUS NmrWaitForClientDeregisterComplete(HANDLE NmrClientHandle) {
    static constexpr ke::api info{"NmrWaitForClientDeregisterComplete", ke::apc_level};
    const ke::edge e(info, __builtin_return_address(0));
    return registrar_of(e).wait(nmr::side::client, NmrClientHandle, e.caller()).code();
}

OPENWSK_EXPORT NTSTATUS NmrClientAttachProvider(HANDLE NmrBindingHandle, PVOID ClientBindingContext,
                                                const VOID* ClientDispatch,
                                                PVOID* ProviderBindingContext,
                                                const VOID** ProviderDispatch) {
    static constexpr ke::api info{"NmrClientAttachProvider", ke::passive_level};
    const ke::edge e(info, __builtin_return_address(0));
    return registrar_of(e)
        .attach(NmrBindingHandle, ClientBindingContext, ClientDispatch, ProviderBindingContext,
                ProviderDispatch, e.caller())
        .code();
}

OPENWSK_EXPORT VOID NmrClientDetachProviderComplete(HANDLE NmrBindingHandle) {
    static constexpr ke::api info{"NmrClientDetachProviderComplete", ke::dispatch_level};
    const ke::edge e(info, __builtin_return_address(0));
    registrar_of(e).complete(nmr::side::client, NmrBindingHandle, e.caller());
}

OPENWSK_EXPORT NTSTATUS NmrRegisterProvider(PNPI_PROVIDER_CHARACTERISTICS ProviderCharacteristics,
                                            PVOID ProviderContext, PHANDLE NmrProviderHandle) {
    static constexpr ke::api info{"NmrRegisterProvider", ke::passive_level};
    const ke::edge e(info, __builtin_return_address(0));
    return register_module(e, ProviderCharacteristics, ProviderContext, NmrProviderHandle);
}

OPENWSK_EXPORT NTSTATUS NmrDeregisterProvider(HANDLE NmrProviderHandle) {
    static constexpr ke::api info{"NmrDeregisterProvider", ke::dispatch_level};
    const ke::edge e(info, __builtin_return_address(0));
    return registrar_of(e).deregister(nmr::side::provider, NmrProviderHandle, e.caller()).code();
}

OPENWSK_EXPORT NTSTATUS NmrWaitForProviderDeregisterComplete(HANDLE NmrProviderHandle) {
    static constexpr ke::api info{"NmrWaitForProviderDeregisterComplete", ke::apc_level};
    const ke::edge e(info, __builtin_return_address(0));
    return registrar_of(e).wait(nmr::side::provider, NmrProviderHandle, e.caller()).code();
}

OPENWSK_EXPORT VOID NmrProviderDetachClientComplete(HANDLE NmrBindingHandle) {
    static constexpr ke::api info{"NmrProviderDetachClientComplete", ke::dispatch_level};
    const ke::edge e(info, __builtin_return_address(0));
    registrar_of(e).complete(nmr::side::provider, NmrBindingHandle, e.caller());
}

}  // extern "C"
