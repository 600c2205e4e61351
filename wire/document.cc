// SPDX-License-Identifier: MIT
#include "wire/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "wire/schema_complaint.h"

namespace copilot::wire {
namespace {

using Json = nlohmann::json;

int LineOfByte(std::string_view text, size_t byte) {
  const auto end =
      text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
}

// The part of `text` between two markers; nothing when they are not there.
std::optional<std::string> Between(const std::string& text,
                                   std::string_view before,
                                   std::string_view after) {
  const size_t begin = text.find(before);
  if (begin == std::string::npos) return std::nullopt;
  const size_t from = begin + before.size();
  const size_t end = after.empty() ? text.size() : text.find(after, from);
  return text.substr(from, end == std::string::npos ? end : end - from);
}

// The word at the 1-based byte `at`.
std::string_view WordAt(std::string_view text, size_t at) {
  const auto inside = [&](size_t i) {
    return i < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[i])) != 0 ||
            text[i] == '_');
  };
  size_t begin = std::min(at > 0 ? at - 1 : 0, text.size());
  while (begin > 0 && inside(begin - 1)) --begin;
  size_t end = begin;
  while (inside(end)) ++end;
  return text.substr(begin, std::max<size_t>(end - begin, 1));
}

// The library's "[json.exception.…] parse error at line 3, column 8: syntax
// error while parsing object - unexpected '}'; expected ','; last read: …" as
// "found '}', expected ','". `at` is where it stopped.
std::string Readable(const std::string& message, std::string_view text,
                     size_t at) {
  const auto expected = Between(message, "; expected ", "");
  const std::string wanted =
      expected ? fmt::format(", expected {}", *expected) : "";
  if (auto found = Between(message, " - unexpected ", "; ")) {
    if (*found == "end of input") *found = "the end of the file";
    return fmt::format("found {}{}", *found, wanted);
  }
  const auto problem = Between(message, " - ", "; ");
  if (problem == "invalid literal") {
    return fmt::format("found '{}'{}", WordAt(text, at), wanted);
  }
  if (problem) return *problem + wanted;
  return Between(message, "] ", "").value_or(message);
}

// The line that is being read. Shared by the copies of an iterator, of which
// the parser makes some.
struct Position {
  int line = 1;
};

// Reads text and counts its lines.
class LineCounter {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  LineCounter(const char* at, Position* position)
      : at_(at), position_(position) {}
  reference operator*() const { return *at_; }
  LineCounter& operator++() {
    if (*at_++ == '\n') ++position_->line;
    return *this;
  }
  bool operator==(const LineCounter& other) const { return at_ == other.at_; }
  bool operator!=(const LineCounter& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  Position* position_;
};

// Watches a parse for keys that come twice in one object.
class DuplicateKeys {
 public:
  DuplicateKeys(const Position& position, const std::string& file)
      : position_(position), file_(file) {}

  void See(int depth, Json::parse_event_t event, const Json& parsed) {
    const auto level = static_cast<size_t>(depth);
    if (event == Json::parse_event_t::object_start) {
      keys_.resize(level + 1);
      keys_.emplace_back();
    } else if (event == Json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      const auto [first, fresh] = keys_[level].emplace(key, position_.line);
      if (!fresh) Complain(key, first->second);
    }
  }
  DocumentErrors TakeErrors() { return std::move(errors_); }

 private:
  void Complain(const std::string& key, int first) {
    errors_.push_back(
        {file_, position_.line, "",
         fmt::format("the key {} comes twice in one object, first in line {}",
                     Json(key).dump(), first)});
  }

  const Position& position_;
  const std::string& file_;
  std::vector<std::map<std::string, int>> keys_;  // by depth; where they were
  DocumentErrors errors_;
};

// The bytes of a file, or why not as an errno.
tl::expected<std::string, int> ReadFile(const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return tl::unexpected(errno);
  std::string text;
  char bytes[16384];
  while (const size_t size = std::fread(bytes, 1, sizeof(bytes), file.get())) {
    text.append(bytes, size);
  }
  if (std::ferror(file.get()) != 0) return tl::unexpected(errno);
  return text;
}

// "<root>", "[turns]", "[2]" as "$.turns[2]".
std::string JsonPath(const std::vector<std::string>& context) {
  std::string path = "$";
  for (const std::string& part : context) {
    if (part.size() < 2 || part.front() != '[') continue;
    const std::string name = part.substr(1, part.size() - 2);
    const bool index =
        name.find_first_not_of("0123456789") == std::string::npos;
    path = index ? fmt::format("{}[{}]", path, name) : MemberPath(path, name);
  }
  return path;
}

// What the validator itself says: the innermost complaints only, for each is
// followed by one for every level around it.
DocumentErrors InnermostErrors(valijson::ValidationResults* results,
                               const std::string& file) {
  std::vector<valijson::ValidationResults::Error> found;
  valijson::ValidationResults::Error error;
  size_t deepest = 0;
  while (results->popError(error)) {
    deepest = std::max(deepest, error.context.size());
    found.push_back(error);
  }
  DocumentErrors errors;
  for (const auto& each : found) {
    if (each.context.size() < deepest) continue;
    errors.push_back({file, 0, JsonPath(each.context), each.description});
  }
  return errors;
}

}  // namespace

std::string DocumentError::ToString() const {
  if (line > 0) return fmt::format("{}:{}: {}", file, line, message);
  if (!path.empty()) return fmt::format("{}: {}: {}", file, path, message);
  return fmt::format("{}: {}", file, message);
}

struct Schema::Compiled {
  Json document;
  valijson::Schema schema;
};

Schema::Schema(std::string_view text) : compiled_(new Compiled) {
  try {
    compiled_->document = Json::parse(text, nullptr, true, true);
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(
        valijson::adapters::NlohmannJsonAdapter(compiled_->document),
        compiled_->schema);
  } catch (const std::exception& error) {
    throw std::logic_error(std::string("invalid schema: ") + error.what());
  }
}
Schema::~Schema() = default;
Schema::Schema(Schema&&) noexcept = default;

DocumentErrors Schema::Validate(const Json& value,
                                const std::string& file) const {
  valijson::Validator validator;
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter adapter(value);
  if (validator.validate(compiled_->schema, adapter, &results)) return {};

  DocumentErrors errors;
  for (const auto& each : ExplainMismatch(compiled_->document, value)) {
    errors.push_back({file, 0, each.path, each.message});
  }
  return errors.empty() ? InnermostErrors(&results, file) : errors;
}

tl::expected<Json, DocumentErrors> ParseDocument(std::string_view text,
                                                 const std::string& file) {
  Position position;
  DuplicateKeys duplicates(position, file);
  try {
    Json value = Json::parse(
        LineCounter(text.data(), &position),
        LineCounter(text.data() + text.size(), &position),
        [&](int depth, Json::parse_event_t event, const Json& parsed) {
          duplicates.See(depth, event, parsed);
          return true;
        },
        true, true);
    DocumentErrors errors = duplicates.TakeErrors();
    if (errors.empty()) return value;
    return tl::unexpected(std::move(errors));
  } catch (const Json::parse_error& error) {
    return tl::unexpected(DocumentErrors{
        {file, LineOfByte(text, error.byte > 0 ? error.byte - 1 : 0), "",
         Readable(error.what(), text, error.byte)}});
  } catch (const Json::exception& error) {  // a number out of range
    return tl::unexpected(DocumentErrors{
        {file, position.line, "", Readable(error.what(), text, 0)}});
  }
}

tl::expected<Json, DocumentErrors> LoadDocument(const std::string& path,
                                                const Schema* schema) {
  const auto text = ReadFile(path);
  if (!text) {
    return tl::unexpected(DocumentErrors{
        {path, 0, "",
         fmt::format("cannot be read: {}", std::strerror(text.error()))}});
  }
  auto value = ParseDocument(*text, path);
  if (!value || schema == nullptr) return value;
  if (DocumentErrors errors = schema->Validate(*value, path); !errors.empty()) {
    return tl::unexpected(std::move(errors));
  }
  return value;
}

}  // namespace copilot::wire
