// SPDX-License-Identifier: MIT
#include "conformance/shrink/shrinker.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace copilot::conformance {
namespace {

using Json = Shrinker::Json;

std::vector<std::string> Names(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

// `container` without `count` of its children from `at` on; those in `kept` do
// not count.
Json Without(const Json& container, size_t at, size_t count,
             const std::set<std::string>& kept) {
  Json result = container.is_array() ? Json::array() : Json::object();
  size_t place = 0;
  for (const auto& [name, value] : container.items()) {
    const bool stays = container.is_object() && kept.contains(name);
    const bool removed = !stays && place >= at && place < at + count;
    if (!stays) ++place;
    if (removed) continue;
    if (container.is_array()) {
      result.push_back(value);
    } else {
      result[name] = value;
    }
  }
  return result;
}

size_t Children(const Json& container, const std::set<std::string>& kept) {
  if (!container.is_object()) return container.size();
  size_t count = 0;
  for (const auto& [name, value] : container.items()) {
    count += kept.contains(name) ? 0 : 1;
  }
  return count;
}

}  // namespace

Shrinker::Shrinker(Questions questions, int budget)
    : questions_(std::move(questions)), budget_(budget) {}

Json Shrinker::Shrink(Json document, const std::set<std::string>& kept) {
  document_ = std::move(document);
  while (Reduce(Path(), kept) && !exhausted_) {
  }
  return document_;
}

bool Shrinker::Reduce(const Path& path, const std::set<std::string>& kept) {
  if (!document_[path].is_structured()) return false;
  bool changed = RemoveChildren(path, kept);
  // From the end: checks before steps, and steps before what they need.
  if (document_[path].is_array()) {
    for (size_t i = document_[path].size(); i-- > 0;) {
      changed |= Reduce(path / i, {});
    }
  } else {
    std::vector<std::string> names = Names(document_[path]);
    std::reverse(names.begin(), names.end());
    for (const std::string& name : names) {
      if (!kept.contains(name)) changed |= Reduce(path / name, {});
    }
  }
  return changed;
}

bool Shrinker::RemoveChildren(const Path& path,
                              const std::set<std::string>& kept) {
  bool changed = false;
  size_t chunk = Children(document_[path], kept);
  while (chunk > 0) {
    bool removed = false;
    size_t at = 0;
    while (at < Children(document_[path], kept)) {
      Json candidate = document_;
      candidate[path] = Without(document_[path], at, chunk, kept);
      if (Try(std::move(candidate))) {
        removed = true;
      } else {
        at += chunk;
      }
      if (exhausted_) return changed || removed;
    }
    changed |= removed;
    if (chunk == 1 && !removed) break;
    chunk = std::max<size_t>(chunk / 2, 1);
  }
  return changed;
}

bool Shrinker::Try(Json candidate) {
  if (!questions_.valid(candidate)) return false;
  std::string text =
      candidate.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (rejected_.contains(text)) return false;
  if (tests_ >= budget_) {
    exhausted_ = true;
    return false;
  }
  ++tests_;
  if (!questions_.matters(candidate)) {
    rejected_.insert(std::move(text));
    return false;
  }
  document_ = std::move(candidate);
  return true;
}

}  // namespace copilot::conformance
