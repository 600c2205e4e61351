// SPDX-License-Identifier: MIT
#include "conformance/scenario/matcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <regex>

#include "wire/secret.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

std::string Came(const Json* actual) {
  return actual == nullptr ? "nothing" : Shown(*actual);
}

Mismatches One(const std::string& path, std::string expected,
               const Json* actual) {
  return {{path, std::move(expected), Came(actual)}};
}

bool HasType(const Json& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  return type == "null" && value.is_null();
}

// One operator at one place.
struct Place {
  const Json* actual;
  Bindings& bindings;
  const std::string& path;
};

using Operator = std::function<Mismatches(const Json& operand, Place place)>;

bool Matches(const Json& expected, const Json* actual, Bindings& bindings) {
  return Match(expected, actual, bindings).empty();
}

Mismatches Contains(const Json& operand, Place place) {
  const Json* actual = place.actual;
  if (actual != nullptr && actual->is_string() && operand.is_string()) {
    const auto& text = actual->get_ref<const std::string&>();
    if (text.find(operand.get_ref<const std::string&>()) != text.npos) {
      return {};
    }
    return One(place.path, "text that contains " + Shown(operand), actual);
  }
  if (actual != nullptr && actual->is_array()) {
    for (const Json& element : *actual) {
      if (Matches(operand, &element, place.bindings)) return {};
    }
  }
  return One(place.path, "an array with an element like " + Shown(operand),
             actual);
}

Mismatches Unordered(const Json& operand, Place place) {
  const Json* actual = place.actual;
  if (actual == nullptr || !actual->is_array() ||
      actual->size() != operand.size()) {
    return One(place.path,
               fmt::format("{} elements in any order: {}", operand.size(),
                           Shown(operand)),
               actual);
  }
  std::vector<bool> used(actual->size());
  for (const Json& expected : operand) {
    bool found = false;
    for (size_t i = 0; i < actual->size() && !found; ++i) {
      found = !used[i] && Matches(expected, &(*actual)[i], place.bindings);
      if (found) used[i] = true;
    }
    if (!found) {
      return One(place.path, "an element like " + Shown(expected), actual);
    }
  }
  return {};
}

Mismatches Prefix(const Json& operand, Place place) {
  const Json* actual = place.actual;
  if (actual == nullptr || !actual->is_array() ||
      actual->size() < operand.size()) {
    return One(place.path, "an array that begins with " + Shown(operand),
               actual);
  }
  Mismatches all;
  for (size_t i = 0; i < operand.size(); ++i) {
    const auto some = Match(operand[i], &(*actual)[i], place.bindings,
                            fmt::format("{}[{}]", place.path, i));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

Mismatches Compare(const char* words, const Json& operand, Place place,
                   const std::function<bool(double, double)>& holds) {
  if (place.actual != nullptr && place.actual->is_number() &&
      operand.is_number() &&
      holds(place.actual->get<double>(), operand.get<double>())) {
    return {};
  }
  return One(place.path, fmt::format("a number {} {}", words, operand.dump()),
             place.actual);
}

std::string Normal(const std::string& path) {
  std::string normal = std::filesystem::path(path).lexically_normal();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

Mismatches Regex(const Json& operand, Place place) {
  const std::string pattern =
      operand.is_string() ? operand.get<std::string>() : operand.dump();
  try {
    if (place.actual != nullptr && place.actual->is_string() &&
        std::regex_search(place.actual->get_ref<const std::string&>(),
                          std::regex(pattern))) {
      return {};
    }
  } catch (const std::regex_error& error) {
    return One(place.path,
               fmt::format("a valid regular expression, not /{}/ ({})", pattern,
                           error.what()),
               place.actual);
  }
  return One(place.path, "text that matches /" + pattern + "/", place.actual);
}

Mismatches Ref(const Json& operand, Place place) {
  const std::string name =
      operand.is_string() ? operand.get<std::string>() : "";
  const Json* value = Resolve(place.bindings, name);
  if (value == nullptr) {
    return One(place.path, "the value of " + name + ", which is not known",
               place.actual);
  }
  if (place.actual != nullptr && *place.actual == *value) return {};
  return One(place.path, fmt::format("{} ({})", Shown(*value), name),
             place.actual);
}

Mismatches Count(const Json& operand, Place place) {
  if (place.actual == nullptr || !place.actual->is_structured()) {
    return One(place.path, "an array or object of size " + Shown(operand),
               place.actual);
  }
  const Json size = place.actual->size();
  return Match(operand, &size, place.bindings, place.path + ".size");
}

Mismatches AllOf(const Json& operand, Place place) {
  Mismatches all;
  for (const Json& each : operand) {
    const auto some = Match(each, place.actual, place.bindings, place.path);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

const std::map<std::string, Operator>& Operators() {
  static const auto* const operators = new std::map<std::string, Operator>{
      {"$exact",
       [](const Json& operand, Place place) {
         return place.actual != nullptr && *place.actual == operand
                    ? Mismatches{}
                    : One(place.path, "exactly " + Shown(operand),
                          place.actual);
       }},
      {"$regex", Regex},
      {"$contains", Contains},
      {"$type",
       [](const Json& operand, Place place) {
         return place.actual != nullptr &&
                        HasType(*place.actual, operand.get<std::string>())
                    ? Mismatches{}
                    : One(place.path,
                          "a value of type " + operand.get<std::string>(),
                          place.actual);
       }},
      {"$absent",
       [](const Json& operand, Place place) {
         return (place.actual == nullptr) == operand.get<bool>()
                    ? Mismatches{}
                    : One(place.path,
                          operand.get<bool>() ? "no such member" : "a member",
                          place.actual);
       }},
      {"$present",
       [](const Json& operand, Place place) {
         return (place.actual != nullptr) == operand.get<bool>()
                    ? Mismatches{}
                    : One(place.path,
                          operand.get<bool>() ? "a member" : "no such member",
                          place.actual);
       }},
      {"$not",
       [](const Json& operand, Place place) {
         return Matches(operand, place.actual, place.bindings)
                    ? One(place.path, "anything but " + Shown(operand),
                          place.actual)
                    : Mismatches{};
       }},
      {"$oneOf",
       [](const Json& operand, Place place) {
         for (const Json& each : operand) {
           if (Matches(each, place.actual, place.bindings)) {
             return Mismatches{};
           }
         }
         return One(place.path, "one of " + Shown(operand), place.actual);
       }},
      {"$allOf", AllOf},
      {"$unordered", Unordered},
      {"$prefix", Prefix},
      {"$count", Count},
      {"$gt",
       [](const Json& operand, Place place) {
         return Compare("greater than", operand, place, std::greater<>());
       }},
      {"$gte",
       [](const Json& operand, Place place) {
         return Compare("at least", operand, place, std::greater_equal<>());
       }},
      {"$lt",
       [](const Json& operand, Place place) {
         return Compare("less than", operand, place, std::less<>());
       }},
      {"$lte",
       [](const Json& operand, Place place) {
         return Compare("at most", operand, place, std::less_equal<>());
       }},
      {"$fingerprintOf",
       [](const Json& operand, Place place) {
         const Json print = wire::Fingerprint(operand.get<std::string>());
         return place.actual != nullptr && *place.actual == print
                    ? Mismatches{}
                    : One(place.path,
                          fmt::format("the fingerprint {} ({})", print.dump(),
                                      "of a credential of this scenario"),
                          place.actual);
       }},
      {"$ref", Ref},
      {"$path",
       [](const Json& operand, Place place) {
         const bool same = place.actual != nullptr &&
                           place.actual->is_string() &&
                           Normal(place.actual->get<std::string>()) ==
                               Normal(operand.get<std::string>());
         return same ? Mismatches{}
                     : One(place.path, "the path " + Shown(operand),
                           place.actual);
       }},
  };
  return *operators;
}

Mismatches Capture(const Json& expected, Place place) {
  if (place.actual == nullptr) {
    return One(place.path, "a value to capture", place.actual);
  }
  place.bindings[expected["$capture"].get<std::string>()] = *place.actual;
  if (!expected.contains("match")) return {};
  return Match(expected["match"], place.actual, place.bindings, place.path);
}

Mismatches MatchOperators(const Json& expected, Place place) {
  if (expected.contains("$capture")) return Capture(expected, place);
  Mismatches all;
  for (const auto& [name, operand] : expected.items()) {
    const auto found = Operators().find(name);
    if (found == Operators().end()) {
      all.push_back({place.path, "a matcher that exists, not " + name, ""});
      continue;
    }
    try {
      const auto some = found->second(operand, place);
      all.insert(all.end(), some.begin(), some.end());
    } catch (const Json::exception&) {
      all.push_back(
          {place.path,
           fmt::format("a fitting operand of {}, not {}", name, Shown(operand)),
           ""});
    }
  }
  return all;
}

Mismatches MatchObject(const Json& expected, Place place) {
  if (place.actual == nullptr || !place.actual->is_object()) {
    return One(place.path, Shown(expected), place.actual);
  }
  Mismatches all;
  for (const auto& [name, value] : expected.items()) {
    const auto found = place.actual->find(name);
    const Json* member = found == place.actual->end() ? nullptr : &*found;
    const auto some =
        Match(value, member, place.bindings, place.path + "." + name);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

Mismatches MatchArray(const Json& expected, Place place) {
  if (place.actual == nullptr || !place.actual->is_array()) {
    return One(place.path, Shown(expected), place.actual);
  }
  if (place.actual->size() != expected.size()) {
    return One(place.path,
               fmt::format("{} elements: {}", expected.size(), Shown(expected)),
               place.actual);
  }
  return Prefix(expected, place);
}

// What an operand has to be.
enum class Operand {
  kAny,
  kText,
  kRegex,
  kType,
  kFlag,
  kNumber,
  kMatcher,
  kMatchers,
  kSize,  // a whole number, or a matcher of one
};

const std::map<std::string, Operand>& Operands() {
  static const auto* const operands = new std::map<std::string, Operand>{
      {"$exact", Operand::kAny},          {"$regex", Operand::kRegex},
      {"$contains", Operand::kMatcher},   {"$type", Operand::kType},
      {"$absent", Operand::kFlag},        {"$present", Operand::kFlag},
      {"$not", Operand::kMatcher},        {"$oneOf", Operand::kMatchers},
      {"$allOf", Operand::kMatchers},     {"$unordered", Operand::kMatchers},
      {"$prefix", Operand::kMatchers},    {"$count", Operand::kSize},
      {"$gt", Operand::kNumber},          {"$gte", Operand::kNumber},
      {"$lt", Operand::kNumber},          {"$lte", Operand::kNumber},
      {"$fingerprintOf", Operand::kText}, {"$ref", Operand::kText},
      {"$path", Operand::kText},          {"$capture", Operand::kText},
      {"match", Operand::kMatcher},
  };
  return *operands;
}

// What is expected; empty when `operand` is it.
std::string OperandProblem(Operand kind, const Json& operand) {
  static const Json types = {"string", "integer", "number", "boolean",
                             "object", "array",   "null"};
  switch (kind) {
    case Operand::kAny:
    case Operand::kMatcher:
      return "";
    case Operand::kText:
      return operand.is_string() ? "" : "a string";
    case Operand::kRegex:
      if (!operand.is_string()) return "a regular expression";
      try {
        // "${home}" and the like are expanded before it is used.
        std::regex(std::regex_replace(operand.get<std::string>(),
                                      std::regex(R"(\$\{\w+\})"), "x"));
        return "";
      } catch (const std::regex_error& error) {
        return fmt::format("a regular expression ({})", error.what());
      }
    case Operand::kType:
      return std::find(types.begin(), types.end(), operand) != types.end()
                 ? ""
                 : "one of " + types.dump();
    case Operand::kFlag:
      return operand.is_boolean() ? "" : "true or false";
    case Operand::kNumber:
      return operand.is_number() ? "" : "a number";
    case Operand::kMatchers:
      return operand.is_array() ? "" : "an array of matchers";
    case Operand::kSize:
      return operand.is_number_unsigned() || IsOperator(operand)
                 ? ""
                 : "a size or a matcher of one";
  }
  return "";
}

void CheckInto(const Json& matcher, const std::string& path,
               std::vector<MatcherProblem>* problems);

void CheckOperator(const std::string& name, const Json& operand,
                   const std::string& path,
                   std::vector<MatcherProblem>* problems) {
  const auto kind = Operands().find(name);
  if (kind == Operands().end()) {
    problems->push_back({path, fmt::format("no matcher is called {}", name)});
    return;
  }
  const std::string expected = OperandProblem(kind->second, operand);
  if (!expected.empty()) {
    problems->push_back(
        {path, fmt::format("expected {}, got {}", expected, Shown(operand))});
  } else if (kind->second != Operand::kAny) {
    CheckInto(operand, path, problems);
  }
}

void CheckInto(const Json& matcher, const std::string& path,
               std::vector<MatcherProblem>* problems) {
  if (matcher.is_array()) {
    for (size_t i = 0; i < matcher.size(); ++i) {
      CheckInto(matcher[i], fmt::format("{}[{}]", path, i), problems);
    }
  }
  if (!matcher.is_object()) return;
  const bool is_operator = IsOperator(matcher);
  for (const auto& [name, value] : matcher.items()) {
    const std::string place = path + "." + name;
    if (is_operator) {
      CheckOperator(name, value, place, problems);
    } else if (name.rfind('$', 0) == 0) {
      problems->push_back(
          {place, "a matcher cannot stand beside plain members"});
    } else {
      CheckInto(value, place, problems);
    }
  }
  if (is_operator && matcher.contains("match") &&
      !matcher.contains("$capture")) {
    problems->push_back({path + ".match", "goes with $capture only"});
  }
  if (is_operator && matcher.contains("$capture") &&
      matcher.size() > (matcher.contains("match") ? 2u : 1u)) {
    problems->push_back({path, "beside $capture only \"match\" counts"});
  }
}

}  // namespace

std::vector<MatcherProblem> CheckMatcher(const Json& matcher,
                                         const std::string& path) {
  std::vector<MatcherProblem> problems;
  CheckInto(matcher, path, &problems);
  return problems;
}

const Json& Section(const Json& object, const char* name) {
  static const auto* const empty = new Json(Json::object());
  const auto found = object.find(name);
  return found == object.end() ? *empty : *found;
}

std::string StringMember(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : "";
}

bool IsOperator(const Json& value) {
  if (!value.is_object() || value.empty()) return false;
  for (const auto& [name, operand] : value.items()) {
    if (name.rfind('$', 0) != 0 && name != "match") return false;
  }
  return value.begin().key().rfind('$', 0) == 0;
}

Mismatches Match(const Json& expected, const Json* actual, Bindings& bindings,
                 const std::string& path) {
  const Place place{actual, bindings, path};
  if (IsOperator(expected)) return MatchOperators(expected, place);
  if (expected.is_object()) return MatchObject(expected, place);
  if (expected.is_array()) return MatchArray(expected, place);
  if (actual != nullptr && *actual == expected) return {};
  return One(path, Shown(expected), actual);
}

const Json* Resolve(const Bindings& bindings, const std::string& reference) {
  const size_t dot = reference.find('.');
  const auto found = bindings.find(reference.substr(0, dot));
  if (found == bindings.end()) return nullptr;
  const Json* value = &found->second;
  size_t at = dot;
  while (at != std::string::npos) {
    const size_t next = reference.find('.', at + 1);
    const std::string name = reference.substr(at + 1, next - at - 1);
    if (value->is_object() && value->contains(name)) {
      value = &(*value)[name];
    } else if (value->is_array() && !name.empty() &&
               name.find_first_not_of("0123456789") == std::string::npos &&
               std::stoul(name) < value->size()) {
      value = &(*value)[std::stoul(name)];
    } else {
      return nullptr;
    }
    at = next;
  }
  return value;
}

Json ResolveAll(const Json& value, const Bindings& bindings) {
  if (value.is_object() && value.size() == 1 && value.contains("$ref") &&
      value["$ref"].is_string()) {
    const Json* found = Resolve(bindings, value["$ref"].get<std::string>());
    return found == nullptr ? value : *found;
  }
  Json out = value;
  if (value.is_structured()) {
    for (auto& [key, member] : out.items()) {
      member = ResolveAll(member, bindings);
    }
  }
  return out;
}

std::string Shown(const Json& value, size_t limit) {
  const std::string text =
      value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() <= limit) return text;
  return fmt::format("{} … ({} characters) … {}", text.substr(0, limit / 2),
                     text.size(), text.substr(text.size() - limit / 4));
}

}  // namespace copilot::conformance
