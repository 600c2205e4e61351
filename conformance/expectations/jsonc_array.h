// SPDX-License-Identifier: MIT
//
// An array in a JSON document with comments, edited as text, so that comments
// and formatting of what stays are as they were.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace copilot::conformance {

class JsoncArray {
 public:
  // The array that is the member `name` of the outermost object. `text` must be
  // what wire::ParseDocument takes. Nothing when there is no such array.
  static std::optional<JsoncArray> Find(std::string text,
                                        const std::string& name);

  size_t size() const { return elements_.size(); }
  // Of an element's first character, from 1.
  int LineOf(size_t element) const;

  // The document without the elements `removed`, and with `added` at the end.
  // Comments directly above an element, and behind it in its line, go with it.
  std::string Edited(const std::set<size_t>& removed,
                     const std::vector<nlohmann::ordered_json>& added) const;

 private:
  // Places in the text. `own` is the element with its comments and comma.
  struct Element {
    size_t own_begin;
    size_t begin;
    size_t end;
    size_t comma;  // npos: none
    size_t own_end;
  };
  struct Edit {
    size_t at;
    size_t erased;
    std::string inserted;
  };

  void ReadElements(size_t open);
  Edit Removal(size_t element) const;
  std::string IndentAt(size_t place) const;
  bool StartsLine(size_t place) const;
  void Add(const std::vector<nlohmann::ordered_json>& added,
           const Element* last, std::vector<Edit>* edits) const;

  std::string text_;
  std::vector<Element> elements_;
  size_t close_ = 0;  // the bracket
};

}  // namespace copilot::conformance
