// SPDX-License-Identifier: MIT
#include "wire/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace copilot::wire {
namespace {

using Json = nlohmann::json;

int LineOfByte(std::string_view text, size_t byte) {
  const auto end =
      text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
}

// "unexpected '}'; expected string literal" out of the library's long text.
std::string Short(std::string message) {
  if (const size_t at = message.find("syntax error"); at != message.npos) {
    message.erase(0, at);
  }
  return message;
}

// Builds the document and notices keys that come twice in one object.
class DuplicateKeys {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    const auto level = static_cast<size_t>(depth);
    switch (event) {
      case Json::parse_event_t::object_start:
        keys_.resize(level + 1);
        keys_.emplace_back();
        break;
      case Json::parse_event_t::key:
        if (level >= keys_.size()) keys_.resize(level + 1);
        if (!keys_[level].insert(parsed.get<std::string>()).second) {
          if (duplicate_.empty()) duplicate_ = parsed.get<std::string>();
        }
        break;
      default:
        break;
    }
    return true;
  }
  const std::string& duplicate() const { return duplicate_; }

 private:
  std::vector<std::set<std::string>> keys_;
  std::string duplicate_;
};

// Line of the second occurrence of `"key"` followed by a colon, roughly: good
// enough to point a person there.
int LineOfDuplicate(std::string_view text, const std::string& key) {
  const std::string quoted = Json(key).dump();
  size_t at = text.find(quoted);
  size_t last = at;
  while (at != std::string_view::npos) {
    last = at;
    at = text.find(quoted, at + 1);
  }
  return LineOfByte(text, last == std::string_view::npos ? 0 : last);
}

// "<root>[turns][2][say]" as "$.turns[2].say".
std::string JsonPath(const std::vector<std::string>& context) {
  std::string path = "$";
  for (const std::string& part : context) {
    if (part == "<root>") continue;
    std::string name = part;
    if (name.size() >= 2 && name.front() == '[' && name.back() == ']') {
      name = name.substr(1, name.size() - 2);
    }
    const bool index = !name.empty() &&
                       std::all_of(name.begin(), name.end(),
                                   [](char c) { return c >= '0' && c <= '9'; });
    path += index ? fmt::format("[{}]", name) : "." + name;
  }
  return path;
}

const Json* ValueAt(const Json& root, const std::vector<std::string>& context) {
  const Json* value = &root;
  for (const std::string& part : context) {
    if (part == "<root>") continue;
    const std::string name =
        part.size() >= 2 && part.front() == '[' && part.back() == ']'
            ? part.substr(1, part.size() - 2)
            : part;
    if (value->is_object() && value->contains(name)) {
      value = &(*value)[name];
    } else if (value->is_array() && !name.empty() &&
               std::isdigit(static_cast<unsigned char>(name[0])) &&
               std::stoul(name) < value->size()) {
      value = &(*value)[std::stoul(name)];
    } else {
      return nullptr;
    }
  }
  return value;
}

std::string Shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return fmt::format("{} {}", value.type_name(), text);
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

  // The validator reports the innermost complaint first and then each level
  // around it; only the deepest ones tell a person something.
  std::vector<valijson::ValidationResults::Error> found;
  valijson::ValidationResults::Error error;
  size_t deepest = 0;
  while (results.popError(error)) {
    deepest = std::max(deepest, error.context.size());
    found.push_back(error);
  }
  DocumentErrors errors;
  std::set<std::string> seen;
  for (const auto& each : found) {
    if (each.context.size() < deepest) continue;
    std::string message = each.description;
    if (const Json* at = ValueAt(value, each.context)) {
      message += fmt::format(" (here: {})", Shown(*at));
    }
    const std::string path = JsonPath(each.context);
    if (!seen.insert(path + message).second) continue;
    errors.push_back({file, 0, path, message});
  }
  return errors;
}

tl::expected<Json, DocumentErrors> ParseDocument(std::string_view text,
                                                 const std::string& file) {
  DuplicateKeys duplicates;
  try {
    Json value = Json::parse(
        text,
        [&](int depth, Json::parse_event_t event, Json& parsed) {
          return duplicates(depth, event, parsed);
        },
        true, true);
    if (duplicates.duplicate().empty()) return value;
    return tl::unexpected(
        DocumentErrors{{file, LineOfDuplicate(text, duplicates.duplicate()), "",
                        fmt::format("the key \"{}\" comes twice in one object",
                                    duplicates.duplicate())}});
  } catch (const Json::parse_error& error) {
    return tl::unexpected(DocumentErrors{
        {file, LineOfByte(text, error.byte > 0 ? error.byte - 1 : 0), "",
         Short(error.what())}});
  }
}

tl::expected<Json, DocumentErrors> LoadDocument(const std::string& path,
                                                const Schema* schema) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    const bool empty = in && in.peek() == std::ifstream::traits_type::eof();
    if (!empty) {
      return tl::unexpected(DocumentErrors{
          {path, 0, "",
           fmt::format("cannot be read: {}", std::strerror(errno))}});
    }
  }
  auto value = ParseDocument(text.str(), path);
  if (!value || schema == nullptr) return value;
  if (DocumentErrors errors = schema->Validate(*value, path); !errors.empty()) {
    return tl::unexpected(std::move(errors));
  }
  return value;
}

}  // namespace copilot::wire
