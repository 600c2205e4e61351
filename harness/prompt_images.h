// SPDX-License-Identifier: MIT
//
// The images that go with a prompt (harness spec 5.4): given ones, offloaded
// ones, and those that the prompt names by path.
#pragma once

#include <string>
#include <vector>

#include "harness/environment.h"
#include "harness/workspace.h"

namespace copilot::harness {

// Larger images are left out, with a warning.
inline constexpr size_t kMaxImageBytes = 20u << 20;

// The attachments of a message, as {type: "blob", data, mimeType, displayName};
// null when there are none. What cannot be read is left out. Models that see no
// images get none.
Json PromptAttachments(const AttemptParams& params, const AttemptHost& host,
                       const Workspace& workspace,
                       const Environment& environment);

// A file as {data, mimeType}, base64. Fails with a text that names it: it is
// missing, no image by its name, empty, or too large.
Expected<Json> ReadImage(const std::string& path);

// Whether a model takes images; without a word on its input it does.
bool SeesImages(const Json& model);

// The paths of images in a prompt, in order: bare words and quoted text that
// end in .png, .jpg, .jpeg, .gif or .webp.
std::vector<std::string> ImagePaths(const std::string& prompt);

}  // namespace copilot::harness
