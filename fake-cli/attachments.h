// SPDX-License-Identifier: MIT
//
// What clients attach to a message (protocol 8).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace copilot::fake_cli {

struct Attachments {
  nlohmann::json told;  // as user.message tells them
  std::string before;   // of the prompt, in its transformed form
  std::string after;    // of the prompt, for the model only
  // More parts of the content, for the model only.
  nlohmann::json parts = nlohmann::json::array();
};

// The data of session.binary_asset for a picture among the told attachments;
// null for anything else. Such a record is kept once for each picture.
nlohmann::json BinaryAsset(const nlohmann::json& attachment);

// The attachments of a user.message as the file has them: pictures by the id
// of their asset. In place.
void NameAssets(nlohmann::ordered_json* attachments);

// `given` is what the client sent; null when there is nothing.
Attachments ReadAttachments(const nlohmann::json& given);

}  // namespace copilot::fake_cli
