// SPDX-License-Identifier: MIT
#include <utility>

#include "fake-cli/files/file_system.h"
#include "fake-cli/json_read.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// A client tells of a failure in the result, in its member `error`, or with an
// error of the protocol.
FileAnswer Read(const wire::RawResult& raw) {
  if (!raw) return {nullptr, "UNKNOWN", raw.error().message};
  FileAnswer answer;
  answer.result = Json::parse(*raw, nullptr, false);
  const Json& error = answer.result.contains("error")
                          ? MemberOf(answer.result, "error")
                          : answer.result;
  answer.code = TextOf(error, "code");
  answer.message = TextOf(error, "message");
  return answer;
}

class ClientFiles : public FileSystem {
 public:
  ClientFiles(AskForFiles ask, std::string session_id)
      : ask_(std::move(ask)), session_id_(std::move(session_id)) {}

  void Do(std::string_view operation, const nlohmann::ordered_json& params,
          Take take) override {
    nlohmann::ordered_json all = params;
    all["sessionId"] = session_id_;
    ask_("sessionFs." + std::string(operation),
         all.dump(-1, ' ', false,
                  nlohmann::ordered_json::error_handler_t::replace),
         [take = std::move(take)](const wire::RawResult& raw) {
           take(Read(raw));
         });
  }

 private:
  const AskForFiles ask_;
  const std::string session_id_;
};

}  // namespace

std::shared_ptr<FileSystem> MakeClientFiles(AskForFiles ask,
                                            std::string session_id) {
  return std::make_shared<ClientFiles>(std::move(ask), std::move(session_id));
}

}  // namespace copilot::fake_cli
