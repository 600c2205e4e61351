// SPDX-License-Identifier: MIT
#include "conformance/traces/fidelity.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "conformance/scenario/scenario.h"
#include "conformance/traces/unifier.h"
#include "embedded/differences_schema.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// The nth frame with a key is the same thing on both sides.
using Place = std::pair<std::string, size_t>;

std::map<Place, const Frame*> ByPlace(const std::vector<Frame>& frames) {
  std::map<Place, const Frame*> places;
  std::map<std::string, size_t> seen;
  for (const Frame& frame : frames) {
    places[{frame.key, seen[frame.key]++}] = &frame;
  }
  return places;
}

// The positions of a longest increasing run: what need not move.
std::vector<bool> InOrder(const std::vector<size_t>& positions) {
  std::vector<size_t> tails;  // indices into positions
  std::vector<size_t> before(positions.size(), positions.size());
  for (size_t i = 0; i < positions.size(); ++i) {
    const auto at = std::lower_bound(
        tails.begin(), tails.end(), positions[i],
        [&](size_t index, size_t value) { return positions[index] < value; });
    if (at != tails.begin()) before[i] = *(at - 1);
    if (at == tails.end()) {
      tails.push_back(i);
    } else {
      *at = i;
    }
  }
  std::vector<bool> kept(positions.size(), false);
  for (size_t i = tails.empty() ? positions.size() : tails.back();
       i < positions.size(); i = before[i]) {
    kept[i] = true;
  }
  return kept;
}

class Comparison {
 public:
  Comparison(const std::string& trace, const AcceptedDifferences& accepted)
      : accepted_(accepted) {
    fidelity_.trace = trace;
  }

  Fidelity Run(const std::vector<Frame>& recorded,
               const std::vector<Frame>& came) && {
    const auto expected = ByPlace(recorded);
    const auto actual = ByPlace(came);
    std::map<std::string, size_t> seen;
    for (const Frame& frame : recorded) {
      const auto found = actual.find({frame.key, seen[frame.key]++});
      if (found == actual.end()) {
        Count({frame.key, frame.line, "missing", {}});
      } else {
        CompareValues(frame, *found->second);
      }
    }
    for (const auto& [place, frame] : actual) {
      if (!expected.contains(place)) {
        Count({frame->key, 0, "unexpected", {}});
      }
    }
    CompareOrder(recorded, came, actual);
    std::stable_sort(fidelity_.differences.begin(), fidelity_.differences.end(),
                     [](const Difference& a, const Difference& b) {
                       return std::pair(a.line == 0, a.line) <
                              std::pair(b.line == 0, b.line);
                     });
    return std::move(fidelity_);
  }

 private:
  void CompareValues(const Frame& frame, const Frame& other) {
    Difference difference{frame.key, frame.line, "value", {}};
    bool needed = false;
    for (Mismatch& mismatch : unifier_.Compare(frame.message, other.message)) {
      if (IsRacy(frame.key) && mismatch.path == "$.params.event.parentId") {
        continue;  // whatever event happened to be the last
      }
      if (accepted_.Accepts(fidelity_.trace, frame.key, mismatch.path)) {
        needed = true;
      } else {
        difference.mismatches.push_back(std::move(mismatch));
      }
    }
    ++fidelity_.frames;
    if (difference.mismatches.empty()) {
      ++fidelity_.same;
      fidelity_.accepted += needed;
    } else {
      fidelity_.differences.push_back(std::move(difference));
    }
  }

  void Count(Difference difference) {
    ++fidelity_.frames;
    if (accepted_.Accepts(fidelity_.trace, difference.key, difference.kind)) {
      ++fidelity_.same;
      ++fidelity_.accepted;
    } else {
      fidelity_.differences.push_back(std::move(difference));
    }
  }

  // A frame in the wrong place counts against the frames that are the same.
  // What comes on one connection tells nothing about another.
  void CompareOrder(const std::vector<Frame>& recorded,
                    const std::vector<Frame>& came,
                    const std::map<Place, const Frame*>& actual) {
    struct Sequence {
      std::vector<size_t> positions;  // in what came
      std::vector<const Frame*> frames;
    };
    std::map<std::string, Sequence> sequences;  // by connection
    std::map<std::string, size_t> seen;
    for (const Frame& frame : recorded) {
      const auto found = actual.find({frame.key, seen[frame.key]++});
      // A hook's request and the event about it overtake each other.
      if (found == actual.end() || frame.any_time || IsRacy(frame.key) ||
          frame.key.find("request hooks.invoke") != std::string::npos) {
        continue;
      }
      const size_t bracket = frame.key[0] == '[' ? frame.key.find(']') : 0;
      Sequence& sequence = sequences[frame.key.substr(0, bracket)];
      sequence.positions.push_back(
          static_cast<size_t>(found->second - came.data()));
      sequence.frames.push_back(&frame);
    }
    for (const auto& [connection, sequence] : sequences) {
      const std::vector<bool> kept = InOrder(sequence.positions);
      for (size_t i = 0; i < kept.size(); ++i) {
        if (!kept[i]) Misplaced(*sequence.frames[i]);
      }
    }
  }

  void Misplaced(const Frame& frame) {
    if (accepted_.Accepts(fidelity_.trace, frame.key, "order")) return;
    const bool known =
        std::any_of(fidelity_.differences.begin(), fidelity_.differences.end(),
                    [&](const Difference& d) { return d.line == frame.line; });
    if (!known) --fidelity_.same;
    fidelity_.differences.push_back({frame.key, frame.line, "order", {}});
  }

  const AcceptedDifferences& accepted_;
  Unifier unifier_;
  Fidelity fidelity_;
};

}  // namespace

bool IsRacy(const std::string& key) {
  constexpr std::array<const char*, 11> kRacy = {
      "session.lifecycle",
      "host.event",
      "session.event session.skills_loaded",
      "session.event session.mcp_servers_loaded",
      "session.event session.title_changed",
      "session.event session.tools_updated",
      "session.event session.managed_settings_resolved",
      "session.event session.background_tasks_changed",
      "session.event pending_messages.modified",
      "stdout",
      "stderr"};
  return std::any_of(kRacy.begin(), kRacy.end(), [&](const char* racy) {
    return key.find(racy) != std::string::npos;
  });
}

tl::expected<AcceptedDifferences, wire::DocumentErrors>
AcceptedDifferences::Load(const std::string& path) {
  static const wire::Schema schema(embedded::differences_schema);
  const auto document = wire::LoadDocument(path, &schema);
  if (!document) return tl::unexpected(document.error());
  AcceptedDifferences accepted;
  for (const Json& each : (*document)["differences"]) {
    accepted.entries_.push_back(
        {each.value("trace", "*"), each.value("frame", "*"),
         each["paths"].get<std::vector<std::string>>()});
  }
  for (const Json& each : document->value("open", Json::array())) {
    accepted.open_[each["trace"]] = each["reason"];
  }
  return accepted;
}

std::string AcceptedDifferences::OpenReason(const std::string& trace) const {
  const auto found = open_.find(trace);
  return found == open_.end() ? "" : found->second;
}

bool AcceptedDifferences::Accepts(const std::string& trace,
                                  const std::string& key,
                                  const std::string& path) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) {
    return MatchesPattern(trace, e.trace) && MatchesPattern(key, e.frame) &&
           std::any_of(e.paths.begin(), e.paths.end(),
                       [&](const std::string& pattern) {
                         return MatchesPattern(path, pattern);
                       });
  });
}

Fidelity CompareFrames(const std::string& trace,
                       const std::vector<Frame>& recorded,
                       const std::vector<Frame>& came,
                       const AcceptedDifferences& accepted) {
  return Comparison(trace, accepted).Run(recorded, came);
}

}  // namespace copilot::conformance
