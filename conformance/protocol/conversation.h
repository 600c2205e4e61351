// SPDX-License-Identifier: MIT
//
// Follows the conversation with an adapter line by line, and notes where
// either side leaves the protocol (docs/adapter-protocol.md).
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/protocol/messages.h"

namespace copilot::conformance {

struct ProtocolFault {
  Side by = Side::kAdapter;  // the runner's are faults of the suite
  // Of what that side has sent to the other, from 1; 0: of no line.
  int line = 0;
  std::string text;     // the line, shortened
  std::string what;     // "result of attempt.run"
  std::string problem;  // "$.result.assistantTexts: expected array, got …"
  std::string advice;   // what to do about it; may be empty
  std::string section;  // of docs/adapter-protocol.md; may be empty

  // Several lines, for people.
  std::string ToString() const;
};

class AdapterConversation {
 public:
  // A line that the runner sent, or that came from the adapter, in the order
  // in which they passed.
  void Sent(std::string_view line);
  void Received(std::string_view line);

  // Something that is wrong without being a line.
  void Complain(ProtocolFault fault);

  // Later ones are left out when there are very many, or many of a kind.
  const std::vector<ProtocolFault>& faults() const { return faults_; }
  std::vector<ProtocolFault> TakeFaults();

  // An answer came that answers nothing: whoever waits for one may wait for
  // ever.
  bool lost_an_answer() const { return lost_an_answer_; }

  // Requests of the runner that have no answer, as "attempt.run (id 7)".
  std::vector<std::string> Unanswered() const;

  // The last line that the adapter sent, and its number.
  int lines() const { return received_; }
  const std::string& last_line() const { return last_line_; }

 private:
  struct Asked {
    std::string method;
    bool answered = false;
  };
  // Requests of one side, by the id as JSON.
  using Requests = std::map<std::string, Asked>;

  // One line, as what is said about it.
  struct Line {
    Side by;
    int number;
    std::string_view text;
  };

  void Take(const Line& line);
  void TakeCall(const Line& line, const nlohmann::json& message);
  void TakeAnswer(const Line& line, const nlohmann::json& message);
  void CheckAnswer(const Line& line, const std::string& method,
                   const nlohmann::json& message);
  void Fault(const Line& line, std::string what, std::string problem,
             std::string advice, std::string section);
  void Faults(const Line& line, const std::string& what,
              const std::vector<ProtocolComplaint>& complaints,
              const std::string& definition, const std::string& section);

  const ProtocolMessages& messages_ = ProtocolMessages::Get();
  Requests of_runner_;
  Requests of_adapter_;
  int sent_ = 0;
  int received_ = 0;
  bool lost_an_answer_ = false;
  std::string last_line_;
  std::vector<ProtocolFault> faults_;
};

}  // namespace copilot::conformance
