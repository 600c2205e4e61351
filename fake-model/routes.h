// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "fake-model/azure_api.h"
#include "fake-model/chat_api.h"
#include "fake-model/messages_api.h"
#include "fake-model/ollama_api.h"
#include "fake-model/responses_api.h"

namespace copilot::fake_model {

struct Route {
  const Api* api = nullptr;  // null: no model is asked there
  std::string deployment;    // Azure's name for the model, if the path holds it
};

// Which API the path of a model call belongs to, under any base path. Owns the
// APIs.
class Routes {
 public:
  // `path` has no query.
  Route Find(const std::string& path) const;

 private:
  const ChatApi chat_{};
  const AzureApi azure_{};
  const ResponsesApi responses_{};
  const MessagesApi messages_{};
  const OllamaApi ollama_{};
};

}  // namespace copilot::fake_model
