// SPDX-License-Identifier: MIT
#include "conformance/traces/unifier.h"

#include <fmt/format.h>

#include <cctype>
#include <set>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

constexpr char kIdMark = '\x01';
constexpr char kMomentMark = '\x02';
constexpr std::string_view kElided = "<elided ";

bool IsHex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }
bool IsDigit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

// Whether `text` begins as `pattern` does: x is a hexadecimal digit, 9 a
// decimal one, all else itself.
bool BeginsLike(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool fits = pattern[i] == 'x'   ? IsHex(text[i])
                      : pattern[i] == '9' ? IsDigit(text[i])
                                          : text[i] == pattern[i];
    if (!fits) return false;
  }
  return true;
}

// The length of an id, or of a moment in time, at the beginning of `text`.
size_t IdLength(std::string_view text) {
  constexpr std::string_view kUuid = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return BeginsLike(text, kUuid) ? kUuid.size() : 0;
}

size_t MomentLength(std::string_view text) {
  constexpr std::string_view kSeconds = "9999-99-99T99:99:99";
  if (!BeginsLike(text, kSeconds)) return 0;
  size_t length = kSeconds.size();
  if (length < text.size() && text[length] == '.') {
    for (++length; length < text.size() && IsDigit(text[length]);) ++length;
  }
  if (length < text.size() && text[length] == 'Z') return length + 1;
  const bool zone = BeginsLike(text.substr(length), "+99:99") ||
                    BeginsLike(text.substr(length), "-99:99");
  return zone ? length + 6 : length;
}

// A text with marks for its ids and moments.
struct Marked {
  std::string text;
  std::vector<std::string> ids;
};

Marked Mark(std::string_view text) {
  Marked marked;
  while (!text.empty()) {
    // The beginning of an id, as in names of files.
    constexpr std::string_view kShortId = "ession-xxxxxxxx";
    if (BeginsLike(text, kShortId) || BeginsLike(text, "ession xxxxxxxx")) {
      marked.text += "ession-\x01";
      text.remove_prefix(kShortId.size());
      continue;
    }
    const size_t id = IdLength(text);
    const size_t moment = id == 0 ? MomentLength(text) : 0;
    if (id > 0) marked.ids.emplace_back(text.substr(0, id));
    marked.text += id > 0 ? kIdMark : moment > 0 ? kMomentMark : text[0];
    text.remove_prefix(std::max<size_t>(1, id + moment));
  }
  return marked;
}

// Milliseconds since 1970, of this century.
bool IsMoment(const Json& value) {
  return value.is_number() && value.get<double>() > 1.5e12;
}

bool LooksLikeDocument(const std::string& text) {
  return !text.empty() && (text[0] == '{' || text[0] == '[');
}

// Whether `came` is `recorded`, each elided part of which may be anything.
bool FitsElided(std::string_view recorded, std::string_view came) {
  const size_t open = recorded.find(kElided);
  if (open == recorded.npos) return recorded == came;
  if (came.substr(0, open) != recorded.substr(0, open)) return false;
  const size_t close = recorded.find('>', open);
  if (close == recorded.npos) return recorded == came;
  const std::string_view rest = recorded.substr(close + 1);
  for (size_t at = open; at <= came.size(); ++at) {
    if (FitsElided(rest, came.substr(at))) return true;
    if (rest.empty()) return true;
  }
  return false;
}

// Whether the member at `path` gives its id to a thing. The parent of an event
// only points at one, and not always at the same.
bool Names(const std::string& path) { return !path.ends_with(".parentId"); }

}  // namespace

bool Unifier::SameId(const std::string& recorded, const std::string& came,
                     bool names) {
  const auto forth = came_for_.find(recorded);
  const auto back = recorded_for_.find(came);
  if (forth == came_for_.end() && back == recorded_for_.end()) {
    if (!names) return true;
    came_for_[recorded] = came;
    recorded_for_[came] = recorded;
    return true;
  }
  return forth != came_for_.end() && forth->second == came;
}

bool Unifier::SameText(const std::string& recorded, const std::string& came,
                       bool names) {
  if (recorded == came && Mark(recorded).ids.empty()) return true;
  const Marked left = Mark(recorded);
  const Marked right = Mark(came);
  if (!FitsElided(left.text, right.text)) return false;
  if (left.ids.size() != right.ids.size()) {
    return left.text.find(kElided) != std::string::npos;
  }
  bool same = true;
  for (size_t i = 0; i < left.ids.size(); ++i) {
    same &= SameId(left.ids[i], right.ids[i], names);
  }
  return same;
}

void Unifier::CompareTexts(const Json& recorded, const Json& came,
                           const std::string& path, Mismatches* differences) {
  const std::string& left = recorded.get_ref<const std::string&>();
  const std::string& right = came.get_ref<const std::string&>();
  if (LooksLikeDocument(left) && LooksLikeDocument(right)) {
    const Json one = Json::parse(left, nullptr, false);
    const Json other = Json::parse(right, nullptr, false);
    if (one.is_structured() && other.is_structured()) {
      return Compare(one, &other, path, differences);
    }
  }
  if (!SameText(left, right, Names(path))) {
    differences->push_back({path, Shown(recorded), Shown(came)});
  }
}

void Unifier::CompareMembers(const Json& recorded, const Json& came,
                             const std::string& path, Mismatches* differences) {
  std::set<std::string> known;
  for (const auto& [name, member] : recorded.items()) {
    const auto other = came.find(MemberName(name, came));
    if (other != came.end()) known.insert(other.key());
    Compare(member, other == came.end() ? nullptr : &*other, path + "." + name,
            differences);
  }
  for (const auto& [name, member] : came.items()) {
    if (known.contains(name)) continue;
    differences->push_back({path + "." + name, "nothing", Shown(member)});
  }
}

// A member whose name is an id that was never seen is the first such one.
std::string Unifier::MemberName(const std::string& recorded, const Json& came) {
  if (IdLength(recorded) != recorded.size() || recorded.empty()) {
    return recorded;
  }
  for (const auto& [name, member] : came.items()) {
    if (IdLength(name) == name.size() && SameId(recorded, name, true)) {
      return name;
    }
  }
  return recorded;
}

void Unifier::Compare(const Json& recorded, const Json* came,
                      const std::string& path, Mismatches* differences) {
  const auto differ = [&] {
    differences->push_back(
        {path, Shown(recorded), came == nullptr ? "nothing" : Shown(*came)});
  };
  if (came == nullptr) return differ();
  if (recorded.is_object() && came->is_object()) {
    return CompareMembers(recorded, *came, path, differences);
  }
  if (recorded.is_array() && came->is_array()) {
    if (recorded.size() != came->size()) return differ();
    for (size_t i = 0; i < recorded.size(); ++i) {
      Compare(recorded[i], &(*came)[i], fmt::format("{}[{}]", path, i),
              differences);
    }
    return;
  }
  if (recorded.is_string() && came->is_string()) {
    return CompareTexts(recorded, *came, path, differences);
  }
  if (IsMoment(recorded) && IsMoment(*came)) return;
  if (recorded != *came) differ();
}

Mismatches Unifier::Compare(const Json& recorded, const Json& came) {
  Mismatches differences;
  Compare(recorded, &came, "$", &differences);
  return differences;
}

std::string Unifier::Translate(const std::string& recorded) const {
  std::string out;
  std::string_view rest = recorded;
  while (!rest.empty()) {
    const size_t id = IdLength(rest);
    const auto known = came_for_.find(std::string(rest.substr(0, id)));
    if (id > 0 && known != came_for_.end()) {
      out += known->second;
    } else {
      out += rest.substr(0, std::max<size_t>(1, id));
    }
    rest.remove_prefix(std::max<size_t>(1, id));
  }
  return out;
}

Json Unifier::Translate(const Json& recorded) const {
  if (recorded.is_string()) return Translate(recorded.get<std::string>());
  if (!recorded.is_structured()) return recorded;
  Json out = recorded;
  for (Json& member : out) member = Translate(member);
  return out;
}

}  // namespace copilot::conformance
