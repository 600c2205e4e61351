// SPDX-License-Identifier: MIT
#include "conformance/evidence/self_check.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "conformance/scenario/matcher.h"
#include "embedded/journal_schema.h"
#include "embedded/record_schema.h"
#include "wire/document.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// The first line that does not keep to a schema.
std::string SchemaFault(const wire::Schema& schema, const char* what,
                        const std::vector<Json>& lines) {
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto errors =
        schema.Validate(lines[i], fmt::format("line {} of {}", i + 1, what));
    if (errors.empty()) continue;
    return fmt::format("{}\n  line      {}\n", errors.front().ToString(),
                       Shown(lines[i]));
  }
  return "";
}

}  // namespace

std::string JournalFault(const std::vector<Json>& journal) {
  static const auto* const schema = new wire::Schema(embedded::journal_schema);
  std::string fault = SchemaFault(*schema, "the journal", journal);
  if (!fault.empty()) return fault;
  std::map<int, int64_t> last;  // by process
  for (size_t i = 0; i < journal.size(); ++i) {
    int64_t& number = last[journal[i].value("pid", 0)];
    const int64_t came = journal[i].value("seq", int64_t{0});
    // The system uses process ids again.
    const bool begins = came == 1 && journal[i].value("event", "") == "start";
    if (!begins && came != number + 1) {
      return fmt::format(
          "line {} of the journal: expected number {} of its process, got {}\n"
          "  line      {}\n",
          i + 1, number + 1, came, Shown(journal[i]));
    }
    number = came;
  }
  return "";
}

std::string RecordFault(const std::vector<Json>& requests) {
  static const auto* const schema = new wire::Schema(embedded::record_schema);
  std::string fault = SchemaFault(*schema, "the record of the model", requests);
  if (!fault.empty()) return fault;
  std::set<int64_t> numbers;
  for (const Json& request : requests) {
    const int64_t number = request.value("n", int64_t{0});
    if (numbers.insert(number).second) continue;
    return fmt::format(
        "the record of the model: the number {} comes twice\n  line      {}\n",
        number, Shown(request));
  }
  return "";
}

}  // namespace copilot::conformance
