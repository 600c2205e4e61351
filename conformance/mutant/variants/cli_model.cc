// SPDX-License-Identifier: MIT
//
// What the model is asked: CLI-45 to CLI-49, CLI-79 to CLI-84, and CLI-23.
#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

constexpr char kCreate[] = "session.create";

// Attachments of a type do not come along.
Fault DropAttachments(const std::string& type) {
  return OnCliRequest("session.send", [type](Json& params) {
    if (!params.contains("attachments")) return;
    Json kept = Json::array();
    for (const Json& attachment : params["attachments"]) {
      if (attachment["type"] != type) kept.push_back(attachment);
    }
    params["attachments"] = kept;
  });
}

}  // namespace

std::vector<Mutation> CliModelMutations() {
  return {
      {"cli-key-before-bearer",
       {"CLI-45"},
       "apiKey wins over bearerToken",
       {OnCliRequest(kCreate, Erase("/provider/bearerToken"))}},
      {"cli-provider-headers-lost",
       {"CLI-45"},
       "the headers of a provider are not sent",
       {OnCliRequest(kCreate, Erase("/provider/headers"))}},
      {"cli-message-headers-lost",
       {"CLI-45"},
       "the headers of a message are not sent",
       {OnCliRequest("session.send", Erase("requestHeaders"))}},
      {"cli-initiator-user",
       {"CLI-23", "CLI-46"},
       "all calls of the model are the user's",
       {OnCliRequest(kCreate, Set("/provider/headers/x-initiator", "user"))}},
      {"cli-wire-model-ignored",
       {"CLI-47"},
       "wireModel is not asked for",
       {OnCliRequest(kCreate, Erase("/provider/wireModel"))}},
      {"cli-system-message-replaces",
       {"CLI-48"},
       "a system message of mode append is all there is",
       {OnCliRequest(kCreate, Where("/systemMessage/mode", "append",
                                    Set("/systemMessage/mode", "replace")))}},
      {"cli-system-message-appended",
       {"CLI-48"},
       "a system message of mode replace comes after the CLI's own",
       {OnCliRequest(kCreate, Where("/systemMessage/mode", "replace",
                                    Set("/systemMessage/mode", "append")))}},
      {"cli-no-tools-are-all",
       {"CLI-49"},
       "an empty list of available tools is no list",
       {OnCliRequest(kCreate, Where("/availableTools", Json::array(),
                                    Erase("availableTools")))}},
      {"cli-available-tools-ignored",
       {"CLI-49"},
       "tools that are not listed are there too",
       {OnCliRequest(kCreate,
                     [](Json& params) {
                       if (!params.value("availableTools", Json()).empty()) {
                         params["availableTools"].push_back("view");
                       }
                     })}},
      {"cli-responses-as-completions",
       {"CLI-79"},
       "the wire API is always that of completions",
       {OnCliRequest(kCreate, Where("/provider/wireApi", "responses",
                                    Erase("/provider/wireApi")))}},
      {"cli-anthropic-as-openai",
       {"CLI-80"},
       "a provider of type anthropic is asked as one of type openai",
       {OnCliRequest(kCreate, Where("/provider/type", "anthropic",
                                    Set("/provider/type", "openai")))}},
      {"cli-azure-as-openai",
       {"CLI-81"},
       "a provider of type azure is asked as one of type openai",
       {OnCliRequest(kCreate, Where("/provider/type", "azure",
                                    Set("/provider/type", "openai")))}},
      {"cli-azure-other-version",
       {"CLI-81"},
       "the api-version of a provider of type azure is always the same",
       {OnCliRequest(kCreate,
                     Replace("/provider/azure/apiVersion", "2023-05-15"))}},
      {"cli-effort-lost",
       {"CLI-82"},
       "the model does not get the reasoning effort",
       {OnCliRequest(kCreate, Erase("reasoningEffort"))}},
      {"cli-effort-default",
       {"CLI-82"},
       "the reasoning effort is always medium",
       {OnCliRequest(kCreate, Replace("reasoningEffort", "medium"))}},
      {"cli-attached-file-dropped",
       {"CLI-83"},
       "a file that is attached is not named to the model",
       {DropAttachments("file")}},
      {"cli-attached-file-untold",
       {"CLI-83"},
       "the message of the user does not tell its attachments",
       {OnCliEvent("user.message", Erase("/data/attachments"))}},
      {"cli-attached-picture-dropped",
       {"CLI-84"},
       "a picture that is attached does not reach the model",
       {DropAttachments("blob")}},
  };
}

}  // namespace copilot::conformance
