// SPDX-License-Identifier: MIT
#include "harness/config/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "harness/config/json5.h"
#include "harness/session_event.h"

namespace copilot::harness {
namespace {

// Shorter ones would tear ordinary text to pieces.
constexpr size_t kLeastRedacted = 6;

bool IsNameCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The name in a reference that begins `text`; empty when none does.
std::string_view NameOfReference(std::string_view text) {
  if (text.substr(0, 2) != "${") return "";
  size_t end = 2;
  while (end < text.size() && IsNameCharacter(text[end])) ++end;
  const bool good = end > 2 && end < text.size() && text[end] == '}' &&
                    !(text[2] >= '0' && text[2] <= '9');
  return good ? text.substr(2, end - 2) : "";
}

// Members whose values are shown: names and directories.
bool IsShown(std::string_view member) {
  constexpr std::array<std::string_view, 6> kShown = {
      "agentDir", "alias", "id", "model", "primary", "workspace"};
  return std::find(kShown.begin(), kShown.end(), member) != kShown.end();
}

class Expansion {
 public:
  Expansion(const Environment& environment, Configuration* configuration)
      : environment_(environment), configuration_(configuration) {}

  // `member` is the nearest name above `value`; `secret` says that everything
  // below is a credential.
  void Expand(Json* value, const std::string& path, const std::string& member,
              bool secret) {
    if (value->is_string()) {
      const std::string text =
          Replaced(value->get<std::string>(), path, !secret && IsShown(member));
      if (secret) Hide(text);
      *value = text;
    } else if (value->is_array()) {
      for (size_t i = 0; i < value->size(); ++i) {
        Expand(&(*value)[i], ElementPath(path, i), member, secret);
      }
    } else if (value->is_object()) {
      if (secret && StringMember(*value, "source") == "env") {
        const std::string name = StringMember(*value, "id");
        *value = Variable(name, MemberPath(path, "id"), false);
        return;
      }
      for (const auto& [name, each] : value->items()) {
        Expand(&each, MemberPath(path, name), name,
               secret || name == "apiKey" || name == "headers");
      }
    }
  }

  const std::string& missing() const { return missing_; }

 private:
  void Hide(const std::string& text) {
    if (!text.empty()) configuration_->secrets.emplace_back(text);
  }

  std::string Variable(const std::string& name, const std::string& path,
                       bool shown) {
    const std::string value = environment_.Get(name).value_or("");
    if (value.empty()) {
      if (!missing_.empty()) missing_ += "\n";
      missing_ += fmt::format(
          "{}: {}: expected the variable {} to be set, it is missing or empty",
          configuration_->file, path, name);
    }
    if (!shown) Hide(value);
    return value;
  }

  std::string Replaced(const std::string& text, const std::string& path,
                       bool shown) {
    std::string out;
    for (size_t at = 0; at < text.size();) {
      const std::string_view rest = std::string_view(text).substr(at);
      const bool escaped =
          rest[0] == '$' && !NameOfReference(rest.substr(1)).empty();
      const std::string_view name = NameOfReference(rest.substr(escaped));
      if (name.empty()) {
        out.push_back(text[at++]);
        continue;
      }
      const size_t length = name.size() + 3;
      out += escaped ? std::string(rest.substr(1, length))
                     : Variable(std::string(name), path, shown);
      at += length + escaped;
    }
    return out;
  }

  const Environment& environment_;
  Configuration* const configuration_;
  std::string missing_;
};

tl::unexpected<Error> Unreadable(std::string text) {
  return Fail(std::move(text), "CONFIG");
}

}  // namespace

std::string MemberPath(const std::string& parent, std::string_view name) {
  const bool plain =
      !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
      });
  return plain ? fmt::format("{}.{}", parent, name)
               : fmt::format("{}[{}]", parent,
                             Json(name).dump(-1, ' ', false,
                                             Json::error_handler_t::replace));
}

std::string ElementPath(const std::string& parent, size_t index) {
  return fmt::format("{}[{}]", parent, index);
}

std::string Configuration::Redacted(std::string text) const {
  for (const wire::Secret& secret : secrets) {
    const std::string& raw = secret.Reveal();
    if (raw.size() < kLeastRedacted) continue;
    size_t at = text.find(raw);
    if (at == std::string::npos) continue;
    const std::string shown = secret.fingerprint();
    for (; at != std::string::npos; at = text.find(raw, at + shown.size())) {
      text.replace(at, raw.size(), shown);
    }
  }
  return text;
}

Expected<Configuration> ParseConfiguration(std::string_view text,
                                           const std::string& file,
                                           const Environment& environment) {
  auto document = ParseJson5(text, file);
  if (!document) return Unreadable(document.error().ToString());
  if (!document->is_object()) {
    return Unreadable(fmt::format("{}: $: expected an object, got {}", file,
                                  document->type_name()));
  }
  Configuration configuration;
  configuration.file = file;
  Expansion expansion(environment, &configuration);
  expansion.Expand(&*document, "$", "", false);
  if (!expansion.missing().empty()) return Unreadable(expansion.missing());
  configuration.document = *std::move(document);
  // A secret that is part of another one must not spoil the longer one.
  std::sort(configuration.secrets.begin(), configuration.secrets.end(),
            [](const wire::Secret& a, const wire::Secret& b) {
              return a.Reveal().size() > b.Reveal().size();
            });
  return configuration;
}

Expected<Configuration> LoadConfiguration(const std::string& path,
                                          const Environment& environment) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) {
    return Unreadable(
        fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  }
  std::string text;
  std::array<char, 65536> chunk;
  while (text.size() <= kMostConfigurationBytes) {
    const size_t count = std::fread(chunk.data(), 1, chunk.size(), file.get());
    if (count == 0) break;
    text.append(chunk.data(), count);
  }
  if (std::ferror(file.get()) != 0) {
    return Unreadable(
        fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  }
  if (text.size() > kMostConfigurationBytes) {
    return Unreadable(fmt::format("{}: expected at most {} bytes", path,
                                  kMostConfigurationBytes));
  }
  return ParseConfiguration(text, path, environment);
}

}  // namespace copilot::harness
