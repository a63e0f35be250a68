// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#pragma once

#include <string>
#include <vector>

namespace tool {

/// Makes forwarding headers below folder for what the source, and the headers it includes from its
/// own folders, name differently from the files there are. own: folders of the user's headers,
/// which are scanned too; system: folders that are only searched. Returns the folder to search
/// last.
std::string forward_includes(const std::string& source, const std::vector<std::string>& own,
                             const std::vector<std::string>& system, const std::string& folder);

}  // namespace tool
