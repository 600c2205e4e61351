// SPDX-License-Identifier: MIT
#include "wire/schema_complaint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>
#include <optional>
#include <regex>
#include <utility>

namespace copilot::wire {
namespace {

using Json = nlohmann::json;
using Complaints = std::vector<SchemaComplaint>;

// Distances: another kind of thing altogether, a part that is missing, a part
// too many, a detail.
constexpr int kOtherKind = 100;
constexpr int kMissing = 20;
constexpr int kUnknown = 5;
constexpr int kDetail = 1;

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// "number 7", "an object", "null": what stands there, never at length.
std::string Shown(const Json& value) {
  if (value.is_null()) return "null";
  std::string text = Dump(value);
  constexpr size_t kLength = 60;
  if (text.size() > kLength) {
    // Not in the middle of a character.
    size_t end = kLength - 3;
    while ((text[end] & 0xC0) == 0x80) --end;
    text = text.substr(0, end) + "...";
  }
  return fmt::format("{} {}", value.type_name(), text);
}

// "a, b or c".
std::string Alternatives(const std::vector<std::string>& items) {
  std::string text;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " or " : ", ";
    text += items[i];
  }
  return text;
}

bool HasType(const Json& value, const std::string& type) {
  if (type == "integer") {
    if (value.is_number_integer()) return true;
    return value.is_number_float() &&
           std::trunc(value.get<double>()) == value.get<double>();
  }
  if (type == "number") return value.is_number();
  return value.type_name() == type;
}

std::vector<std::string> Types(const Json& type) {
  if (type.is_string()) return {type.get<std::string>()};
  return type.get<std::vector<std::string>>();
}

// How many letters must change to make `b` of `a`.
size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

// `; did you mean "name"?`, or a list if nothing is near, or nothing.
std::string Suggestion(const std::string& word,
                       const std::vector<std::string>& known) {
  const auto nearer = [&](const std::string& a, const std::string& b) {
    return EditDistance(word, a) < EditDistance(word, b);
  };
  const auto best = std::min_element(known.begin(), known.end(), nearer);
  if (best == known.end()) return "";
  const size_t near =
      word.size() < 4 ? 1 : std::max<size_t>(2, word.size() / 3);
  if (EditDistance(word, *best) <= near) {
    return fmt::format("; did you mean {}?", Dump(Json(*best)));
  }
  constexpr size_t kListed = 12;
  if (known.size() > kListed) return "";
  return fmt::format("; known are {}", fmt::join(known, ", "));
}

size_t CharacterCount(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

class Explainer {
 public:
  explicit Explainer(const Json& root) : root_(root) {}

  Complaints Explain(const Json& schema, const Json& value,
                     const std::string& path) {
    if (schema.is_boolean()) {
      if (schema.get<bool>()) return {};
      return {{path, "must not be here", kUnknown}};
    }
    if (const auto ref = schema.find("$ref"); ref != schema.end()) {
      const Json* target = Resolve(ref->get<std::string>());
      return target == nullptr ? Complaints{} : Explain(*target, value, path);
    }
    Scope scope{*this, schema, value, path, {}};
    if (!scope.Kind()) return scope.complaints;
    scope.Number();
    scope.String();
    scope.Array();
    scope.Object();
    scope.Combinations();
    return scope.complaints;
  }

 private:
  // One schema against one value.
  struct Scope {
    Explainer& explainer;
    const Json& schema;
    const Json& value;
    const std::string& path;
    Complaints complaints;

    const Json* Keyword(const char* name) const {
      const auto found = schema.find(name);
      return found == schema.end() ? nullptr : &*found;
    }
    void Add(std::string message, int distance = kDetail,
             std::string member = "") {
      complaints.push_back(
          {path, std::move(message), distance, std::move(member)});
    }
    void Append(Complaints more) {
      std::move(more.begin(), more.end(), std::back_inserter(complaints));
    }

    // False when the value is of another kind, so that there is no point in
    // looking closer.
    bool Kind() {
      const std::string got = fmt::format(", got {}", Shown(value));
      if (const Json* type = Keyword("type")) {
        const auto types = Types(*type);
        if (std::none_of(types.begin(), types.end(), [&](const std::string& t) {
              return HasType(value, t);
            })) {
          Add(fmt::format("expected {}{}", Alternatives(types), got),
              kOtherKind);
          return false;
        }
      }
      if (const Json* only = Keyword("const"); only && *only != value) {
        Add(fmt::format("expected {}{}", Dump(*only), got), kOtherKind);
        return false;
      }
      const Json* allowed = Keyword("enum");
      if (allowed == nullptr || std::find(allowed->begin(), allowed->end(),
                                          value) != allowed->end()) {
        return true;
      }
      std::vector<std::string> items;
      for (const Json& item : *allowed) items.push_back(Dump(item));
      Add(fmt::format("expected {}{}", Alternatives(items), got), kOtherKind);
      return false;
    }

    void Number() {
      if (!value.is_number()) return;
      const auto limit = [&](const char* name, auto keeps, const char* text) {
        const Json* bound = Keyword(name);
        if (bound == nullptr || keeps(value, *bound)) return;
        Add(fmt::format("expected a number {} {}, got {}", text, Dump(*bound),
                        Dump(value)));
      };
      limit("minimum", std::greater_equal<>(), "of at least");
      limit("maximum", std::less_equal<>(), "of at most");
      limit("exclusiveMinimum", std::greater<>(), "above");
      limit("exclusiveMaximum", std::less<>(), "below");
    }

    // Complains when `size` is out of the bounds that the two keywords set.
    void Size(size_t size, const char* least, const char* most,
              const char* what) {
      if (const Json* bound = Keyword(least);
          bound && size < bound->get<size_t>()) {
        Add(fmt::format("expected at least {} {}, got {}", Dump(*bound), what,
                        size));
      }
      if (const Json* bound = Keyword(most);
          bound && size > bound->get<size_t>()) {
        Add(fmt::format("expected at most {} {}, got {}", Dump(*bound), what,
                        size));
      }
    }

    void String() {
      if (!value.is_string()) return;
      const auto& text = value.get_ref<const std::string&>();
      Size(CharacterCount(text), "minLength", "maxLength", "character(s)");
      const Json* pattern = Keyword("pattern");
      if (pattern && !Matches(text, pattern->get<std::string>())) {
        Add(fmt::format("expected text that matches {}, got {}",
                        pattern->get<std::string>(), Shown(value)));
      }
    }

    void Array() {
      if (!value.is_array()) return;
      Size(value.size(), "minItems", "maxItems", "item(s)");
      const Json* items = Keyword("items");
      for (size_t i = 0; items && i < value.size(); ++i) {
        const std::string place = fmt::format("{}[{}]", path, i);
        if (!items->is_array()) {
          Append(explainer.Explain(*items, value[i], place));
        } else if (i < items->size()) {
          Append(explainer.Explain((*items)[i], value[i], place));
        }
      }
      if (const Json* unique = Keyword("uniqueItems"); unique && *unique) {
        for (size_t i = 0; i < value.size(); ++i) Unique(i);
      }
    }
    void Unique(size_t i) {
      const auto end = value.begin() + static_cast<std::ptrdiff_t>(i);
      const auto twin = std::find(value.begin(), end, value[i]);
      if (twin == end) return;
      complaints.push_back({fmt::format("{}[{}]", path, i),
                            fmt::format("{} is there already, at [{}]",
                                        Shown(value[i]), twin - value.begin()),
                            kDetail});
    }

    void Object() {
      if (!value.is_object()) return;
      if (const Json* required = Keyword("required")) {
        for (const Json& name : *required) {
          if (value.contains(name.get<std::string>())) continue;
          Add(fmt::format("missing member {}", Dump(name)), kMissing, name);
        }
      }
      Size(value.size(), "minProperties", "maxProperties", "member(s)");
      for (const auto& [name, member] : value.items()) Member(name, member);
    }

    void Member(const std::string& name, const Json& member) {
      const std::string place = MemberPath(path, name);
      bool known = false;
      const Json* properties = Keyword("properties");
      if (properties && properties->contains(name)) {
        known = true;
        const Json& rule = (*properties)[name];
        Complaints found = explainer.Explain(rule, member, place);
        // A constant tells forms apart; anything else is a slip of the pen.
        if (!rule.is_object() || !rule.contains("const")) {
          for (auto& each : found) {
            each.distance = std::min(each.distance, kDetail);
          }
        }
        Append(std::move(found));
      }
      if (const Json* patterns = Keyword("patternProperties")) {
        for (const auto& [pattern, rule] : patterns->items()) {
          if (!Matches(name, pattern)) continue;
          known = true;
          Append(explainer.Explain(rule, member, place));
        }
      }
      if (const Json* names = Keyword("propertyNames")) {
        Append(explainer.Explain(*names, Json(name), place));
      }
      const Json* others = Keyword("additionalProperties");
      if (known || others == nullptr) return;
      if (*others != Json(false)) {
        Append(explainer.Explain(*others, member, place));
        return;
      }
      std::vector<std::string> names;
      if (properties) {
        for (const auto& [each, rule] : properties->items()) {
          if (!value.contains(each)) names.push_back(each);
        }
      }
      Add(fmt::format("unknown member {}{}", Dump(Json(name)),
                      Suggestion(name, names)),
          kUnknown, name);
    }

    void Combinations() {
      if (const Json* all = Keyword("allOf")) {
        for (const Json& each : *all) {
          Append(explainer.Explain(each, value, path));
        }
      }
      for (const char* name : {"anyOf", "oneOf"}) {
        const Json* forms = Keyword(name);
        if (forms) Forms(*forms, std::string_view(name) == "oneOf");
      }
      if (const Json* forbidden = Keyword("not");
          forbidden && explainer.Explain(*forbidden, value, path).empty()) {
        Add(fmt::format("is of a form that is not allowed here: {}",
                        Shown(value)));
      }
      if (const Json* condition = Keyword("if")) {
        const bool holds = explainer.Explain(*condition, value, path).empty();
        const Json* rule = Keyword(holds ? "then" : "else");
        if (rule) Append(explainer.Explain(*rule, value, path));
      }
    }

    void Forms(const Json& forms, bool exactly_one) {
      std::vector<Complaints> failed;
      for (const Json& form : forms) {
        Complaints found = explainer.Explain(form, value, path);
        if (!found.empty()) failed.push_back(std::move(found));
      }
      const size_t fitting = forms.size() - failed.size();
      if (fitting == 0) {
        NoForm(std::move(failed));
      } else if (fitting > 1 && exactly_one) {
        Add(fmt::format("fits {} of the forms allowed here, must fit one",
                        fitting));
      }
    }

    // Talks about the form that was most likely meant; about all of them when
    // none stands out.
    void NoForm(std::vector<Complaints> failed) {
      const auto distance = [](const Complaints& complaints) {
        return std::accumulate(complaints.begin(), complaints.end(), 0,
                               [](int sum, const SchemaComplaint& complaint) {
                                 return sum + complaint.distance;
                               });
      };
      std::stable_sort(failed.begin(), failed.end(),
                       [&](const Complaints& a, const Complaints& b) {
                         return distance(a) < distance(b);
                       });
      const int nearest = distance(failed.front());
      if (failed.size() == 1 || nearest < distance(failed[1])) {
        Append(std::move(failed.front()));
        return;
      }
      Add(Together(failed), nearest);
    }

    // One text about all forms, none of which fits.
    std::string Together(const std::vector<Complaints>& failed) const {
      constexpr std::string_view kMissingMember = "missing member ";
      std::vector<std::string> reasons;
      bool members_only = true;
      for (const Complaints& form : failed) {
        const SchemaComplaint& first = form.front();
        const std::string place =
            first.path == path
                ? ""
                : fmt::format("{}: ", first.path.substr(path.size()));
        const std::string reason = place + first.message;
        members_only = members_only && reason.starts_with(kMissingMember);
        if (std::find(reasons.begin(), reasons.end(), reason) ==
            reasons.end()) {
          reasons.push_back(reason);
        }
      }
      if (reasons.size() == 1) return reasons.front();
      if (!members_only) {
        return fmt::format("fits none of the {} forms allowed here ({})",
                           failed.size(), fmt::join(reasons, "; "));
      }
      for (auto& reason : reasons) reason.erase(0, kMissingMember.size());
      return fmt::format("missing one of the members {}",
                         Alternatives(reasons));
    }
  };

  static bool Matches(const std::string& text, const std::string& pattern) {
    try {
      return std::regex_search(text, std::regex(pattern));
    } catch (const std::regex_error&) {
      return true;  // not ours to judge
    }
  }

  const Json* Resolve(const std::string& ref) const {
    if (ref.empty() || ref.front() != '#') return nullptr;
    const Json::json_pointer pointer(ref.substr(1));
    return root_.contains(pointer) ? &root_[pointer] : nullptr;
  }

  const Json& root_;
};

}  // namespace

std::vector<SchemaComplaint> ExplainMismatch(const Json& schema,
                                             const Json& value) {
  return ExplainMismatch(schema, schema, value);
}

std::vector<SchemaComplaint> ExplainMismatch(const Json& root,
                                             const Json& schema,
                                             const Json& value) {
  return Explainer(root).Explain(schema, value, "$");
}

std::string MemberPath(const std::string& parent, const std::string& name) {
  const bool identifier =
      !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_' ||
               c == '$' || c == '-';
      });
  if (identifier) return parent + "." + name;
  return fmt::format("{}[{}]", parent, Dump(Json(name)));
}

}  // namespace copilot::wire
