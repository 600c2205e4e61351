// SPDX-License-Identifier: MIT
#include "fake-cli/methods/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "wire/document.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

constexpr std::array kDepths = {Depth::kFull, Depth::kScripted, Depth::kStub,
                                Depth::kAbsent};

// Methods lie in groups of groups; one is known by its "rpcMethod".
void CollectMethods(const Json& node, std::set<std::string>* methods) {
  if (!node.is_object()) return;
  const auto name = node.find("rpcMethod");
  if (name != node.end() && name->is_string()) {
    methods->insert(name->get<std::string>());
    return;
  }
  for (const Json& child : node) CollectMethods(child, methods);
}

size_t CountOf(const std::vector<KnownMethod>& methods, Depth depth) {
  return static_cast<size_t>(
      std::count_if(methods.begin(), methods.end(),
                    [&](const KnownMethod& m) { return m.depth == depth; }));
}

const char* ColourOf(Depth depth) {
  switch (depth) {
    case Depth::kFull:
      return "\x1b[32m";
    case Depth::kScripted:
      return "\x1b[36m";
    case Depth::kStub:
      return "\x1b[33m";
    case Depth::kAbsent:
      return "\x1b[31m";
  }
  return "";
}

}  // namespace

tl::expected<std::set<std::string>, std::string> PublishedMethods(
    const std::string& directory) {
  const std::string file = directory + "/api.schema.json";
  const auto api = wire::LoadDocument(file);
  if (!api) return tl::unexpected(api.error().front().ToString());
  std::set<std::string> methods;
  for (const char* part : {"server", "session"}) {
    if (api->is_object()) {
      CollectMethods(api->value(part, Json::object()), &methods);
    }
  }
  if (methods.empty()) return tl::unexpected(file + ": names no methods");
  return methods;
}

std::vector<KnownMethod> ListMethods(const std::set<std::string>& published) {
  std::vector<KnownMethod> methods = KnownMethods();
  const size_t known = methods.size();
  for (const std::string& name : published) {
    const auto end = methods.begin() + static_cast<std::ptrdiff_t>(known);
    if (std::none_of(methods.begin(), end, [&](const KnownMethod& method) {
          return method.name == name;
        })) {
      methods.push_back({name, Depth::kAbsent});
    }
  }
  std::sort(methods.begin(), methods.end(),
            [](const KnownMethod& a, const KnownMethod& b) {
              return a.name < b.name;
            });
  return methods;
}

std::string NameOf(Depth depth) {
  switch (depth) {
    case Depth::kFull:
      return "full";
    case Depth::kScripted:
      return "scripted";
    case Depth::kStub:
      return "stub";
    case Depth::kAbsent:
      return "absent";
  }
  return "";
}

std::string MethodTableText(const std::vector<KnownMethod>& methods,
                            bool colour) {
  std::string text;
  for (const KnownMethod& method : methods) {
    const std::string depth = fmt::format("{:8}", NameOf(method.depth));
    text += colour ? fmt::format("{}{}\x1b[0m  {}\n", ColourOf(method.depth),
                                 depth, method.name)
                   : fmt::format("{}  {}\n", depth, method.name);
  }
  std::string counts;
  for (const Depth depth : kDepths) {
    counts += fmt::format(", {} {}", CountOf(methods, depth), NameOf(depth));
  }
  return text + fmt::format("{} methods{}\n", methods.size(), counts);
}

std::string MethodLines(const std::vector<KnownMethod>& methods) {
  std::string text;
  for (const KnownMethod& method : methods) {
    text += fmt::format("{}\t{}\n", NameOf(method.depth), method.name);
  }
  return text;
}

std::string MethodsJson(const std::vector<KnownMethod>& methods) {
  Json list = Json::array();
  for (const KnownMethod& method : methods) {
    list.push_back({{"name", method.name}, {"depth", NameOf(method.depth)}});
  }
  Json counts = Json::object();
  for (const Depth depth : kDepths) {
    counts[NameOf(depth)] = CountOf(methods, depth);
  }
  return Json({{"methods", std::move(list)}, {"counts", std::move(counts)}})
             .dump(2) +
         "\n";
}

}  // namespace copilot::fake_cli
