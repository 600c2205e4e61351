// SPDX-License-Identifier: MIT
#include "conformance/evidence/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "conformance/evidence/secret_forms.h"

namespace copilot::conformance {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// What an adapter or CLI sent may be anything but valid UTF-8.
std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Describe(const Mismatches& mismatches) {
  std::string text;
  constexpr size_t kMost = 8;
  for (size_t i = 0; i < mismatches.size() && i < kMost; ++i) {
    const Mismatch& each = mismatches[i];
    text += fmt::format("{}\n  expected  {}\n  came      {}\n", each.path,
                        each.expected, each.came);
  }
  if (mismatches.size() > kMost) {
    text += fmt::format("and {} more differences\n", mismatches.size() - kMost);
  }
  return text;
}

class Checker {
 public:
  Checker(const Evidence& evidence, const Journal& journal,
          const Sandbox& sandbox)
      : evidence_(evidence), journal_(journal), sandbox_(sandbox) {
    for (const auto& [name, outcome] : evidence.outcomes) {
      bindings_[name] = outcome.value;
      if (!outcome.ok) unexplained_.insert(name);
    }
  }

  std::vector<Failure> Run(const std::vector<Json>& checks) {
    for (const Json& check : checks) One(sandbox_.Expand(check));
    for (const std::string& name : unexplained_) {
      const Json& error = evidence_.outcomes.at(name).value;
      Fail("step " + name,
           "was expected to succeed\n  came      " + Shown(error) + "\n");
    }
    return std::move(failures_);
  }

 private:
  void Fail(std::string title, std::string detail) {
    failures_.push_back({std::move(title), std::move(detail)});
  }

  void Report(const std::string& title, const Mismatches& mismatches) {
    if (!mismatches.empty()) Fail(title, Describe(mismatches));
  }

  void One(const Json& check) {
    if (check.contains("result") || check.contains("error")) {
      return OutcomeCheck(check);
    }
    if (check.contains("spawned")) {
      return Several("CLI spawned", check, journal_.Spawned(),
                     &check["spawned"]);
    }
    if (check.contains("received")) {
      const std::string method = check["received"];
      return Several("received " + method, check, journal_.Received(method),
                     MatchOf(check));
    }
    if (check.contains("sent")) {
      const std::string method = check["sent"];
      return Several("sent " + method, check, journal_.Sent(method),
                     MatchOf(check));
    }
    if (check.contains("notified")) return Notified(check);
    if (check.contains("exited")) {
      const int expected = check["exited"];
      if (journal_.Exited() != expected) {
        Fail("CLIs ended", fmt::format("  expected  {}\n  came      {}\n",
                                       expected, journal_.Exited()));
      }
      return;
    }
    if (check.contains("order")) return Order(check["order"]);
    if (check.contains("transcript")) return Transcript(check);
    if (check.contains("file")) return File(check);
    if (check.contains("directory")) return Directory(check);
    if (check.contains("secretFree")) return SecretFree(check["secretFree"]);
    if (check.contains("equal") || check.contains("distinct")) {
      return Comparison(check);
    }
    if (check.contains("events")) return Events(check);
    if (check.contains("modelRequest")) {
      return Several("model request", check, evidence_.model_requests,
                     &check["modelRequest"]);
    }
    if (check.contains("exit")) return Exit(check["exit"]);
  }

  static const Json* MatchOf(const Json& check) {
    const auto found = check.find("match");
    return found == check.end() ? nullptr : &*found;
  }

  void OutcomeCheck(const Json& check) {
    const bool wants_result = check.contains("result");
    const std::string name = check[wants_result ? "result" : "error"];
    const std::string title =
        (wants_result ? "result of " : "error of ") + name;
    const auto found = evidence_.outcomes.find(name);
    if (found == evidence_.outcomes.end()) {
      Fail(title, "there is no such step, or it never ended\n");
      return;
    }
    if (found->second.ok != wants_result) {
      Fail(title, fmt::format("  expected  {}\n  came      {}\n",
                              wants_result ? "a result" : "an error",
                              Shown(found->second.value)));
      unexplained_.erase(name);
      return;
    }
    unexplained_.erase(name);
    if (const Json* match = MatchOf(check)) {
      Report(title, Match(*match, &found->second.value, bindings_));
    }
  }

  // The rule of `nth` and `count` over a list.
  void Several(const std::string& title, const Json& check,
               const std::vector<Json>& list, const Json* match) {
    if (check.contains("nth")) {
      const size_t nth = check["nth"];
      if (list.size() < nth) {
        Fail(title, fmt::format("  expected  at least {}\n  came      {}\n",
                                nth, list.size()));
      } else if (match != nullptr) {
        Report(fmt::format("{}, number {}", title, nth),
               Match(*match, &list[nth - 1], bindings_));
      }
      return;
    }
    size_t matching = 0;
    Mismatches closest;
    for (const Json& each : list) {
      const Mismatches mismatches =
          match == nullptr ? Mismatches{} : Match(*match, &each, bindings_);
      if (mismatches.empty()) {
        ++matching;
      } else if (closest.empty() || mismatches.size() < closest.size()) {
        closest = mismatches;
      }
    }
    if (check.contains("count")) {
      const size_t count = check["count"];
      if (matching == count) return;
      Fail(title, fmt::format("  expected  {} times{}\n  came      {} times of "
                              "{}\n{}",
                              count, match == nullptr ? "" : " as described",
                              matching, list.size(), Describe(closest)));
    } else if (matching == 0) {
      Fail(title, list.empty() ? "never happened\n" : Describe(closest));
    }
  }

  void Notified(const Json& check) {
    const std::string method = check["notified"];
    std::vector<Json> list;
    for (const auto& [name, params] : evidence_.notified) {
      if (name == method) list.push_back(params);
    }
    Several("adapter sent " + method, check, list, MatchOf(check));
  }

  void Order(const Json& expected) {
    const std::vector<std::string> came = journal_.ReceivedMethods();
    size_t at = 0;
    for (const Json& method : expected) {
      const auto found = std::find(came.begin() + static_cast<long>(at),
                                   came.end(), method.get<std::string>());
      if (found == came.end()) {
        Fail("order of calls",
             fmt::format("  expected  {}\n  came      {}\n", Shown(expected),
                         Shown(Json(came), 1000)));
        return;
      }
      at = static_cast<size_t>(found - came.begin()) + 1;
    }
  }

  void Transcript(const Json& check) {
    const std::string path = check["transcript"];
    // One that is missing is not an empty one.
    if (!Exists("transcript " + path, path, "a transcript", check)) return;
    Json lines = Json::array();
    std::istringstream in(ReadFile(path));
    std::string line;
    while (std::getline(in, line)) {
      Json value = Json::parse(line, nullptr, false);
      lines.push_back(value.is_discarded() ? Json(line) : std::move(value));
    }
    const std::string title = "transcript " + path;
    if (check.contains("lines")) {
      Report(title, Match(check["lines"], &lines, bindings_));
    }
    if (check.contains("count") && lines.size() != check["count"]) {
      Fail(title, fmt::format("  expected  {} lines\n  came      {}: {}\n",
                              check["count"].dump(), lines.size(),
                              Shown(lines, 1000)));
    }
    for (const Json& each : check.value("contains", Json::array())) {
      Report(title, Match({{"$contains", each}}, &lines, bindings_));
    }
  }

  void File(const Json& check) {
    const std::string path = check["file"];
    if (!Exists("file " + path, path, "a file", check)) return;
    if (check.contains("text")) {
      const Json text = ReadFile(path);
      Report("file " + path, Match(check["text"], &text, bindings_));
    }
  }

  // Whether there is something to look into. What should not be there, or
  // should and is not, fails; by default it should.
  bool Exists(const std::string& title, const std::string& path,
              const std::string& what, const Json& check) {
    const bool exists = fs::exists(path);
    const bool expected = check.value("exists", true);
    if (exists != expected) {
      Fail(title, fmt::format("  expected  {}\n  came      {}\n",
                              expected ? what : "nothing at this path",
                              exists ? what : "nothing at this path"));
    }
    return exists && expected;
  }

  void Directory(const Json& check) {
    const std::string path = check["directory"];
    const std::string title = "directory " + path;
    if (!Exists(title, path, "a directory", check)) return;
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(path, error)) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    const Json entries = names;
    if (error) {
      Fail(title,
           "  expected  a directory\n  came      " + error.message() + "\n");
      return;
    }
    Report(title,
           Match(check.value("entries", Json::array()), &entries, bindings_));
  }

  void SecretFree(const Json& secrets) {
    for (const Json& secret : secrets) {
      const std::vector<SecretForm> forms = FormsOf(secret);
      const auto search = [&](const std::string& where,
                              const std::string& content) {
        for (const SecretForm& form : forms) {
          if (content.find(form.text) == std::string::npos) continue;
          Fail("secrets", fmt::format("a credential of this scenario stands "
                                      "{}in {}\n",
                                      form.how, where));
          return;
        }
      };
      for (const auto& [name, outcome] : evidence_.outcomes) {
        search("the result of " + name, Dump(outcome.value));
      }
      for (const auto& [method, params] : evidence_.notified) {
        search("the adapter's " + method, Dump(params));
      }
      search("the log on stderr", evidence_.stderr_text);
      for (const Json& record : journal_.records()) {
        search("the CLI's journal", Dump(record));
      }
      SearchFiles(search);
    }
  }

  template <typename Search>
  void SearchFiles(const Search& search) {
    std::error_code error;
    for (const auto& entry :
         fs::recursive_directory_iterator(sandbox_.root(), error)) {
      const std::string path = entry.path();
      if (!entry.is_regular_file(error) || evidence_.own_files.contains(path) ||
          path.rfind(sandbox_.own(""), 0) == 0) {
        continue;
      }
      search("the file " + path, ReadFile(path));
    }
  }

  void Comparison(const Json& check) {
    const bool equal = check.contains("equal");
    const Json values =
        ResolveAll(check[equal ? "equal" : "distinct"], bindings_);
    for (size_t i = 0; i < values.size(); ++i) {
      if (IsOperator(values[i])) {
        Fail(equal ? "equal values" : "distinct values",
             "the value of " + Shown(values[i]) + " is not known\n");
        return;
      }
      for (size_t j = i + 1; j < values.size(); ++j) {
        if ((values[i] == values[j]) == equal) continue;
        Fail(equal ? "equal values" : "distinct values",
             fmt::format("  one       {}\n  other     {}\n", Shown(values[i]),
                         Shown(values[j])));
      }
    }
  }

  void Events(const Json& check) {
    Json events = Json::array();
    if (check.contains("of")) {
      const std::string name = check["of"];
      const Json* of = Resolve(bindings_, name + ".events");
      if (of == nullptr) {
        Fail("events of " + name, "there is no such turn\n");
        return;
      }
      events = *of;
    } else {
      events = evidence_.events;
    }
    if (check.value("exactly", false)) {
      Json persisted = Json::array();
      for (const Json& event : events) {
        if (!event.value("ephemeral", false)) persisted.push_back(event);
      }
      Report("persisted events", Match(check["events"], &persisted, bindings_));
      return;
    }
    size_t at = 0;
    for (const Json& expected : check["events"]) {
      Mismatches closest;
      bool found = false;
      while (at < events.size() && !found) {
        const auto mismatches = Match(expected, &events[at++], bindings_);
        found = mismatches.empty();
        if (closest.empty() || mismatches.size() < closest.size()) {
          closest = mismatches;
        }
      }
      if (!found) {
        Fail("events", "no event like " + Shown(expected) +
                           " where it was expected; came: " + Types(events) +
                           "\n" + Describe(closest));
        return;
      }
    }
  }

  static std::string Types(const Json& events) {
    std::string types;
    for (const Json& event : events) {
      if (!types.empty()) types += ", ";
      types += event.value("type", "?");
    }
    return types;
  }

  void Exit(const Json& expected) {
    if (!evidence_.exit) {
      Fail("exit", "the CLI did not end by itself\n");
      return;
    }
    const Json came = {{"code", evidence_.exit->code},
                       {"signal", evidence_.exit->signal}};
    Report("exit", Match(expected, &came, bindings_));
  }

  const Evidence& evidence_;
  const Journal& journal_;
  const Sandbox& sandbox_;
  Bindings bindings_;
  std::set<std::string> unexplained_;
  std::vector<Failure> failures_;
};

}  // namespace

std::vector<Failure> Check(const std::vector<Json>& checks,
                           const Evidence& evidence, const Journal& journal,
                           const Sandbox& sandbox) {
  return Checker(evidence, journal, sandbox).Run(checks);
}

}  // namespace copilot::conformance
