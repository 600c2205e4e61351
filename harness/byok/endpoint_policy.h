// SPDX-License-Identifier: MIT
//
// Which endpoints may be asked for a user, so that nobody reaches what only
// this machine or its network can reach (harness spec 13.1).
#pragma once

#include <string>
#include <string_view>

#include "harness/byok/url.h"

namespace copilot::harness {

// An address that the internet at large has: not this machine, its network, a
// link, a multicast group, documentation, or an IPv4 address of that kind in
// an IPv6 one. `address` is numeric; anything else is not public.
bool IsPublicAddress(std::string_view address);

// A name or address that must not be asked, whatever it resolves to.
bool IsBlockedHost(const std::string& bare_host);

// Whether a query, as in Url, has a parameter whose name says that its value
// is a credential.
bool HasCredentialParameter(std::string_view query);

// https, without credentials, to a host that is not blocked.
bool IsAllowedEndpoint(const Url& url);

}  // namespace copilot::harness
