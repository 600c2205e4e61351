// SPDX-License-Identifier: MIT
#include "conformance/expectations/expectations.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "conformance/expectations/jsonc_array.h"
#include "conformance/scenario/scenario.h"
#include "embedded/expectations_schema.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

constexpr char kList[] = "expectations";

std::string Platform() {
#if defined(__APPLE__)
  return "macos";
#elif defined(_WIN32)
  return "windows";
#else
  return "linux";
#endif
}

bool IsDate(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  return std::sscanf(text.c_str(), "%4d-%2u-%2u", &year, &month, &day) == 3 &&
         std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(month),
                                     std::chrono::day(day))
             .ok();
}

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// What an entry's `message` is compared with.
std::string MessageOf(const Verdict& verdict) {
  return verdict.failures.empty() ? verdict.reason : verdict.failures[0].title;
}

bool Ran(const Verdict& verdict) {
  return verdict.status != Status::kSkip && !verdict.bad_input;
}

// "fail" for a failure that "fail" expects, and so on; "" for what passed.
std::string KindOf(Status status) {
  switch (status) {
    case Status::kFail:
      return "fail";
    case Status::kError:
      return "error";
    case Status::kSkip:
      return "skip";
    case Status::kFlake:
      return "flake";
    default:
      return "";
  }
}

std::string InWords(const std::string& expect) {
  if (expect == "error") return "to be an error";
  if (expect == "skip") return "to be skipped";
  return "to fail";
}

void Append(const std::string& line, std::string* reason) {
  *reason = reason->empty() ? line : line + "\n" + *reason;
}

std::string ReadText(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Reads `member` of `when` as a range; complaints go to `errors`.
std::optional<VersionRange> RangeOf(const Json& when, const char* member,
                                    const std::string& file, size_t index,
                                    wire::DocumentErrors* errors) {
  if (!when.contains(member)) return std::nullopt;
  auto range = VersionRange::Parse(when[member].get<std::string>());
  if (range) return *range;
  errors->push_back(
      {file, 0, fmt::format("$.{}[{}].when.{}", kList, index, member),
       fmt::format("{}: {}", when[member].dump(), range.error())});
  return std::nullopt;
}

}  // namespace

std::string Today() {
  const std::chrono::year_month_day day(
      std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

bool Expectation::HoldsFor(const Verdict& verdict) const {
  if (!platform.empty() && platform != Platform()) return false;
  if (!adapter.empty() && !MatchesPattern(verdict.implementation, adapter)) {
    return false;
  }
  if (version && !version->Contains(verdict.implementation_version)) {
    return false;
  }
  return !cli || (verdict.implementation == kCopilotCli &&
                  cli->Contains(verdict.implementation_version));
}

tl::expected<Expectations, wire::DocumentErrors> Expectations::Load(
    const std::string& file, const std::string& today) {
  static const wire::Schema schema(embedded::expectations_schema);
  const auto document = wire::LoadDocument(file, &schema);
  if (!document) return tl::unexpected(document.error());
  const auto text = JsoncArray::Find(ReadText(file), kList);
  Expectations expectations = Empty(file, today);
  wire::DocumentErrors errors;
  const Json& list = (*document)[kList];
  for (size_t i = 0; i < list.size(); ++i) {
    const Json when = list[i].value("when", Json::object());
    Expectation entry;
    entry.id = list[i]["id"];
    entry.adapter = when.value("adapter", "");
    entry.version = RangeOf(when, "version", file, i, &errors);
    entry.cli = RangeOf(when, "cli", file, i, &errors);
    entry.platform = when.value("platform", "");
    entry.expect = list[i].value("expect", entry.expect);
    entry.message = list[i].value("message", "");
    entry.reason = list[i]["reason"];
    entry.link = list[i].value("link", "");
    entry.expires = list[i].value("expires", "");
    entry.line = text && i < text->size() ? text->LineOf(i) : 0;
    if (!entry.expires.empty() && !IsDate(entry.expires)) {
      errors.push_back(
          {file, 0, fmt::format("$.{}[{}].expires", kList, i),
           fmt::format("expected a day of the calendar, got \"{}\"",
                       entry.expires)});
    }
    expectations.entries_.push_back(std::move(entry));
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return expectations;
}

Expectations Expectations::Empty(const std::string& file,
                                 const std::string& today) {
  Expectations expectations;
  expectations.file_ = file;
  expectations.today_ = today;
  return expectations;
}

const Expectation* Expectations::Find(const Verdict& verdict) const {
  if (verdict.bad_input) return nullptr;
  for (const Expectation& entry : entries_) {
    if (MatchesPattern(verdict.id, entry.id) && entry.HoldsFor(verdict)) {
      return &entry;
    }
  }
  return nullptr;
}

bool Expectations::Expired(const Expectation& entry) const {
  return !entry.expires.empty() && entry.expires < today_;
}

std::string Expectations::Place(const Expectation& entry) const {
  return fmt::format("{}:{}", file_, entry.line);
}

void Expectations::Settle(Verdict* verdict) const {
  const Expectation* entry = Find(*verdict);
  if (entry == nullptr) return;
  const std::string kind = KindOf(verdict->status);
  const std::string why =
      entry->reason + (entry->link.empty() ? "" : " " + entry->link);
  if (kind.empty()) {
    if (entry->expect == "flake" || Expired(*entry)) return;
    verdict->status = Status::kUnexpectedPass;
    Append(fmt::format("{} expects it {}, and it passed: {}", Place(*entry),
                       InWords(entry->expect), why),
           &verdict->reason);
    return;
  }
  const bool as_expected =
      kind == entry->expect || (entry->expect == "flake" && kind == "fail");
  if (kind == "skip") return;
  if (!as_expected) {
    Append(fmt::format("{} expects it {}, not this", Place(*entry),
                       InWords(entry->expect)),
           &verdict->reason);
    return;
  }
  if (Expired(*entry)) {
    Append(fmt::format("{} expected this until {}, and has expired: {}",
                       Place(*entry), entry->expires, why),
           &verdict->reason);
    return;
  }
  if (!entry->message.empty() &&
      MessageOf(*verdict).rfind(entry->message, 0) != 0) {
    Append(fmt::format(
               "{} expects a failure that begins with \"{}\", got \"{}\"",
               Place(*entry), entry->message, FirstLine(MessageOf(*verdict))),
           &verdict->reason);
    return;
  }
  verdict->status = Status::kExpectedFail;
  Append(why, &verdict->reason);
}

struct Expectations::Findings {
  bool matches_any = false;  // something in the catalogue
  bool all_ran = true;       // of what it matches
  bool holds = false;        // its condition, for something that ran
  bool chosen = false;       // came first for something that ran
  std::vector<std::string> passing;
  std::vector<std::string> needing;
  std::vector<std::string> otherwise;  // fail, and not as it says
};

Expectations::Findings Expectations::Judge(
    const Expectation& entry, const std::vector<Verdict>& verdicts,
    const std::set<std::string>& ids) const {
  Findings findings;
  std::set<std::string> unseen;
  for (const std::string& id : ids) {
    if (MatchesPattern(id, entry.id)) unseen.insert(id);
  }
  findings.matches_any = !unseen.empty();
  for (const Verdict& verdict : verdicts) {
    const bool ran =
        Ran(verdict) || (entry.expect == "skip" && !verdict.bad_input);
    if (!ran || !MatchesPattern(verdict.id, entry.id)) continue;
    unseen.erase(verdict.id);
    if (!entry.HoldsFor(verdict)) continue;
    findings.holds = true;
    if (Find(verdict) != &entry) continue;
    findings.chosen = true;
    if (verdict.status == Status::kExpectedFail ||
        verdict.status == Status::kSkip || entry.expect == "flake") {
      findings.needing.push_back(verdict.id);
    } else if (verdict.status == Status::kFail ||
               verdict.status == Status::kError ||
               verdict.status == Status::kFlake) {
      findings.otherwise.push_back(verdict.id);
    } else {
      findings.passing.push_back(verdict.id);
    }
  }
  findings.all_ran = unseen.empty();
  return findings;
}

std::vector<std::string> Expectations::Problems(
    const std::vector<Verdict>& verdicts,
    const std::set<std::string>& ids) const {
  std::vector<std::string> problems;
  for (const Expectation& entry : entries_) {
    const Findings findings = Judge(entry, verdicts, ids);
    if (!findings.matches_any) {
      problems.push_back(fmt::format("{}: stale: no scenario is called \"{}\"",
                                     Place(entry), entry.id));
    } else if (findings.chosen && Expired(entry)) {
      problems.push_back(fmt::format("{}: \"{}\" expired on {}", Place(entry),
                                     entry.id, entry.expires));
    } else if (findings.holds && findings.all_ran && !findings.chosen) {
      problems.push_back(fmt::format(
          "{}: stale: entries before it have all that \"{}\" matches",
          Place(entry), entry.id));
    }
  }
  return problems;
}

tl::expected<Expectations::Update, std::string> Expectations::Rewrite(
    const std::vector<Verdict>& verdicts,
    const std::set<std::string>& ids) const {
  Update update;
  std::set<size_t> removed;
  bool tells_adapters_apart = false;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Expectation& entry = entries_[i];
    tells_adapters_apart |= !entry.adapter.empty();
    const Findings findings = Judge(entry, verdicts, ids);
    const bool idle = findings.needing.empty() && findings.otherwise.empty();
    if (!findings.matches_any || (findings.holds && findings.all_ran && idle)) {
      removed.insert(i);
      update.removed.push_back(entry.id);
      continue;
    }
    for (const std::string& id : findings.passing) {
      update.by_hand.push_back(fmt::format(
          "{}: \"{}\" matches {}, which passes", Place(entry), entry.id, id));
    }
    for (const std::string& id : findings.otherwise) {
      update.by_hand.push_back(fmt::format(
          "{}: \"{}\" matches {}, which does not fail so{}", Place(entry),
          entry.id, id, Expired(entry) ? ", or the entry has expired" : ""));
    }
  }
  std::vector<nlohmann::ordered_json> added;
  std::set<std::string> known;
  for (const Verdict& verdict : verdicts) {
    const std::string kind = KindOf(verdict.status);
    const bool failed = !kind.empty() && Ran(verdict);
    if (!failed || Find(verdict) != nullptr ||
        !known.insert(verdict.id).second) {
      continue;
    }
    nlohmann::ordered_json entry = {{"id", verdict.id}};
    if (tells_adapters_apart && !verdict.implementation.empty()) {
      entry["when"] = {{"adapter", verdict.implementation}};
    }
    if (kind != "fail") entry["expect"] = kind;
    if (kind == "fail" && !verdict.failures.empty()) {
      entry["message"] = verdict.failures[0].title;
    }
    entry["reason"] = fmt::format("new failure of {}; reason unknown", today_);
    added.push_back(std::move(entry));
    update.added.push_back(verdict.id);
  }
  if (removed.empty() && added.empty()) return update;

  std::string before = ReadText(file_);
  if (before.empty()) before = "{\n  \"expectations\": [\n  ]\n}\n";
  const auto array = JsoncArray::Find(before, kList);
  if (!array || array->size() != entries_.size()) {
    return tl::unexpected(file_ + " has changed since it was read");
  }
  const std::string temporary = file_ + ".tmp";
  std::ofstream out(temporary, std::ios::binary);
  out << array->Edited(removed, added);
  out.close();
  if (!out || std::rename(temporary.c_str(), file_.c_str()) != 0) {
    return tl::unexpected("cannot write " + file_);
  }
  return update;
}

}  // namespace copilot::conformance
