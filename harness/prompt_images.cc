// SPDX-License-Identifier: MIT
#include "harness/prompt_images.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "harness/session_event.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<const char*, const char*>, 5> kTypes{{
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".gif", "image/gif"},
    {".webp", "image/webp"},
}};

// Empty for files that are no images.
std::string MimeType(const std::string& path) {
  const std::string extension = Lower(fs::path(path).extension().string());
  for (const auto& [known, type] : kTypes) {
    if (extension == known) return type;
  }
  return "";
}

std::string Base64(const std::string& bytes) {
  constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group <<= 8;
      if (i + j < bytes.size()) group |= static_cast<uint8_t>(bytes[i + j]);
    }
    for (size_t j = 0; j < 4; ++j) {
      const bool padding = i + j > bytes.size();
      out.push_back(padding ? '=' : kAlphabet[(group >> (18 - 6 * j)) & 63]);
    }
  }
  return out;
}

// Whether `path`, with links followed, lies in `directory`.
bool IsInside(const std::string& path, const std::string& directory) {
  if (directory.empty()) return false;
  std::error_code failure;
  const fs::path file = fs::weakly_canonical(path, failure);
  const fs::path base = fs::weakly_canonical(directory, failure);
  if (failure) return false;
  const auto [end, unused] =
      std::mismatch(base.begin(), base.end(), file.begin(), file.end());
  return end == base.end();
}

// Collects images in the order in which they are found.
class Attachments {
 public:
  Attachments(const AttemptParams& params, const AttemptHost& host,
              const Workspace& workspace)
      : params_(params), host_(host), workspace_(workspace) {}

  void Add(const std::string& data, const std::string& mime_type) {
    list_.push_back(
        {{"type", "blob"},
         {"data", data},
         {"mimeType", mime_type},
         {"displayName", "prompt-image-" + std::to_string(list_.size() + 1)}});
  }

  void AddFile(const std::string& path) {
    std::error_code failure;
    if (!fs::is_regular_file(path, failure)) return;
    const auto image = ReadImage(path);
    if (image) {
      Add((*image)["data"], (*image)["mimeType"]);
    } else {
      host_.Warn("[copilot-attempt] image left out: " + image.error().message);
    }
  }

  void AddNamed(const std::string& name) {
    if (const auto path = Resolve(name)) AddFile(*path);
  }

  Json Take() { return list_.empty() ? Json() : std::move(list_); }

 private:
  // The file that a path in the prompt means, when it may be read.
  std::optional<std::string> Resolve(const std::string& name) const {
    const std::string path = AbsolutePath(name, workspace_.cwd);
    if (workspace_.sandboxed() && host_.resolve_sandbox_path) {
      const auto resolved = host_.resolve_sandbox_path(path);
      if (!resolved) return std::nullopt;
      return *resolved;
    }
    if (params_.workspace_only && !IsInside(path, workspace_.effective)) {
      return std::nullopt;
    }
    return path;
  }

  const AttemptParams& params_;
  const AttemptHost& host_;
  const Workspace& workspace_;
  Json list_ = Json::array();
};

// Where offloaded media lie; empty when nobody knows.
std::string InboundMedia(const Environment& environment) {
  std::string state = environment.Get("OPENCLAW_STATE_DIR").value_or("");
  if (state.empty()) {
    const std::string home = environment.HomeDirectory();
    if (home.empty()) return "";
    state = home + "/.openclaw";
  }
  return state + "/media/inbound/";
}

// The file name of a reference `media://inbound/<id>`; empty for others, and
// for those that would lead out of the directory.
std::string InboundId(const std::string& reference) {
  constexpr std::string_view kPrefix = "media://inbound/";
  if (reference.rfind(kPrefix, 0) != 0) return "";
  const std::string id = reference.substr(kPrefix.size());
  const bool plain = id.find_first_of("/\\") == std::string::npos;
  return plain && id != "." && id != ".." ? id : "";
}

}  // namespace

Expected<Json> ReadImage(const std::string& path) {
  const std::string type = MimeType(path);
  if (type.empty()) {
    return Fail(path + ": expected a file .png, .jpg, .jpeg, .gif or .webp");
  }
  std::error_code failure;
  if (!fs::is_regular_file(path, failure)) {
    return Fail(path + ": no such file");
  }
  const auto size = fs::file_size(path, failure);
  if (failure || size > kMaxImageBytes) {
    return Fail(path + ": expected at most 20 MiB");
  }
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) return Fail(path + ": empty, or not to be read");
  return Json{{"data", Base64(bytes)}, {"mimeType", type}};
}

bool SeesImages(const Json& model) {
  const Json& input = MemberOrNull(model, "input");
  if (!input.is_array()) return true;
  return std::find(input.begin(), input.end(), "image") != input.end();
}

std::vector<std::string> ImagePaths(const std::string& prompt) {
  std::vector<std::string> paths;
  const auto add = [&](const std::string& word) {
    const bool known =
        std::find(paths.begin(), paths.end(), word) != paths.end();
    if (!known && !MimeType(word).empty()) paths.push_back(word);
  };
  constexpr std::string_view kSpaces = " \t\r\n";
  size_t i = 0;
  while (i < prompt.size()) {
    const char c = prompt[i];
    if (kSpaces.find(c) != std::string_view::npos) {
      ++i;
      continue;
    }
    const bool quote = c == '"' || c == '\'' || c == '`';
    const size_t end = quote ? prompt.find(c, i + 1) : std::string::npos;
    if (end != std::string::npos) {
      add(prompt.substr(i + 1, end - i - 1));
      i = end + 1;
      continue;
    }
    const size_t stop =
        std::min(prompt.find_first_of(kSpaces, i), prompt.size());
    std::string word = prompt.substr(i, stop - i);
    word.erase(word.find_last_not_of(".,;:!?)\"'`") + 1);
    word.erase(0, std::min(word.find_first_not_of("(\"'`"), word.size()));
    add(word);
    i = stop;
  }
  return paths;
}

Json PromptAttachments(const AttemptParams& params, const AttemptHost& host,
                       const Workspace& workspace,
                       const Environment& environment) {
  if (!SeesImages(params.model)) return {};
  Attachments attachments(params, host, workspace);
  for (const Json& image : params.images) {
    const std::string data = StringMember(image, "data");
    if (!data.empty()) attachments.Add(data, StringMember(image, "mimeType"));
  }
  const std::string inbound = InboundMedia(environment);
  for (const std::string& reference : params.offloaded_images) {
    const std::string id = InboundId(reference);
    if (!id.empty() && !inbound.empty()) attachments.AddFile(inbound + id);
  }
  for (const std::string& path : ImagePaths(params.prompt)) {
    attachments.AddNamed(path);
  }
  return attachments.Take();
}

}  // namespace copilot::harness
