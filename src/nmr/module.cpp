// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "nmr/module.hpp"

#include "base/assert.hpp"
#include "ke/callout.hpp"
#include "ke/thread.hpp"
#include "nmr/registration.hpp"
#include "wdk/abi/ntstatus.h"

namespace nmr {
namespace {

bool is_valid(const NPI_REGISTRATION_INSTANCE& instance) noexcept {
    return instance.Size >= sizeof(NPI_REGISTRATION_INSTANCE) && instance.NpiId != nullptr;
}

// Version names the layout of the structure; its length may grow (NMR-029, NMR-030).
template <class Characteristics>
bool is_known_layout(const Characteristics& c) noexcept {
    return c.Version == 0 && c.Length >= sizeof(Characteristics);
}

}  // namespace

base::status component::attach_provider(HANDLE, const NPI_REGISTRATION_INSTANCE&) noexcept {
    OPENWSK_UNREACHABLE("a provider was offered a provider");
}

base::status component::attach_client(HANDLE, const NPI_REGISTRATION_INSTANCE&, void*, const void*,
                                      void**, const void**) noexcept {
    OPENWSK_UNREACHABLE("a client was asked to attach a client");
}

base::result<module_form> form_of(PNPI_CLIENT_CHARACTERISTICS c, void* context) noexcept {
    if (c == nullptr || !is_known_layout(*c) || c->ClientAttachProvider == nullptr ||
        c->ClientDetachProvider == nullptr || !is_valid(c->ClientRegistrationInstance)) {
        return base::status{STATUS_INVALID_PARAMETER};
    }
    module_form form;
    form.side = side::client;
    form.instance = &c->ClientRegistrationInstance;
    form.npi_id = *form.instance->NpiId;
    form.context = context;
    form.attach_provider = c->ClientAttachProvider;
    form.detach = c->ClientDetachProvider;
    form.cleanup = c->ClientCleanupBindingContext;
    return form;
}

base::result<module_form> form_of(PNPI_PROVIDER_CHARACTERISTICS c, void* context) noexcept {
    if (c == nullptr || !is_known_layout(*c) || c->ProviderAttachClient == nullptr ||
        c->ProviderDetachClient == nullptr || !is_valid(c->ProviderRegistrationInstance)) {
        return base::status{STATUS_INVALID_PARAMETER};
    }
    module_form form;
    form.side = side::provider;
    form.instance = &c->ProviderRegistrationInstance;
    form.npi_id = *form.instance->NpiId;
    form.context = context;
    form.attach_client = c->ProviderAttachClient;
    form.detach = c->ProviderDetachClient;
    form.cleanup = c->ProviderCleanupBindingContext;
    return form;
}

module_form form_of(nmr::side side, const NPI_REGISTRATION_INSTANCE& instance,
                    component& module) noexcept {
    module_form form;
    form.side = side;
    form.instance = &instance;
    form.npi_id = *instance.NpiId;
    form.ours = &module;
    return form;
}

bool inside_callback_of(const registration& r) noexcept {
    const auto* frame = static_cast<const callback_frame*>(ke::current().nmr_callback);
    while (frame != nullptr) {
        if (frame->client == &r || frame->provider == &r) {
            return true;
        }
        frame = frame->outer;
    }
    return false;
}

base::status call_attach_provider(const module_pair& pair, HANDLE binding) noexcept {
    callback_scope scope(pair);
    const module_form& client = pair.client->form;
    const NPI_REGISTRATION_INSTANCE* provider = pair.provider->form.instance;
    if (client.ours != nullptr) {
        return client.ours->attach_provider(binding, *provider);
    }
    return ke::callout(ke::callout_kind::nmr_attach_provider, client.attach_provider, binding,
                       client.context, provider);
}

base::status call_attach_client(const module_pair& pair, HANDLE binding, void* client_context,
                                const void* client_dispatch, void** provider_context,
                                const void** provider_dispatch) noexcept {
    callback_scope scope(pair);
    const module_form& provider = pair.provider->form;
    const NPI_REGISTRATION_INSTANCE* client = pair.client->form.instance;
    if (provider.ours != nullptr) {
        return provider.ours->attach_client(binding, *client, client_context, client_dispatch,
                                            provider_context, provider_dispatch);
    }
    return ke::callout(ke::callout_kind::nmr_attach_client, provider.attach_client, binding,
                       provider.context, client, client_context, client_dispatch, provider_context,
                       provider_dispatch);
}

}  // namespace nmr
