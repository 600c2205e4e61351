// SPDX-License-Identifier: MIT
#include "fake-cli/attachments.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fake-cli/json_read.h"
#include "wire/secret.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

std::string ReadWhole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string Base64(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(length));
  return text;
}

std::string ImageType(const std::string& path) {
  const std::string extension = fs::path(path).extension().string();
  if (extension == ".png") return "image/png";
  if (extension == ".gif") return "image/gif";
  if (extension == ".webp") return "image/webp";
  if (extension == ".jpg" || extension == ".jpeg") return "image/jpeg";
  return "";
}

// One line about a file or directory.
std::string TaggedEntry(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    const auto count = std::distance(fs::directory_iterator(path, ignored),
                                     fs::directory_iterator());
    return fmt::format("* {} ({} items)", path, count);
  }
  if (!fs::exists(path, ignored)) {
    return fmt::format(
        "* {0} (error: ENOENT: no such file or directory, stat '{0}')", path);
  }
  const std::string text = ReadWhole(path);
  return fmt::format("* {} ({} lines)", path,
                     std::count(text.begin(), text.end(), '\n') + 1);
}

constexpr int64_t kMostLines = 1'000'000'000;

std::string Selection(const Json& attachment) {
  const Json selection = ObjectOf(attachment, "selection");
  const Json start = ObjectOf(selection, "start");
  const Json end = ObjectOf(selection, "end");
  const int64_t first = std::min(NumberOf(start, "line"), kMostLines) + 1;
  const int64_t last = std::min(NumberOf(end, "line"), kMostLines) + 1;
  std::string name = TextOf(attachment, "displayName");
  if (name.empty()) name = TextOf(attachment, "filePath");
  const std::string lines = first == last
                                ? fmt::format("line {}", first)
                                : fmt::format("lines {}-{}", first, last);
  return fmt::format(
      "<ide_selection>\nThe user has the following text selected in their IDE. "
      "This may or may not be related to their request.\nFile: {} "
      "({})\n```\n{}\n```\n</ide_selection>\n\n",
      name, lines, TextOf(attachment, "text"));
}

void AddImage(const std::string& name, const Json& attachment, Json* parts) {
  parts->push_back({{"type", "text"}, {"text", name}});
  parts->push_back({{"type", "image_url"},
                    {"image_url",
                     {{"url", fmt::format("data:{};base64,{}",
                                          TextOf(attachment, "mimeType"),
                                          TextOf(attachment, "data"))}}}});
}

std::string FromBase64(const std::string& text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (length < 0) return "";
  const auto padding = std::count(
      text.end() - std::min<ptrdiff_t>(2, static_cast<ptrdiff_t>(text.size())),
      text.end(), '=');
  bytes.resize(static_cast<size_t>(std::max<ptrdiff_t>(0, length - padding)));
  return bytes;
}

void AddBlob(const Json& attachment, Json* parts) {
  const std::string type = TextOf(attachment, "mimeType");
  std::string name = TextOf(attachment, "displayName");
  if (type.rfind("image/", 0) == 0) {
    AddImage(name.empty() ? "Attached image" : name, attachment, parts);
    return;
  }
  if (name.empty()) name = "Attached text";
  parts->push_back(
      {{"type", "text"},
       {"text",
        fmt::format("<attachment mimeType=\"{}\" name=\"{}\">\n{}\n"
                    "</attachment>",
                    type, name, FromBase64(TextOf(attachment, "data")))}});
}

}  // namespace

Json BinaryAsset(const Json& attachment) {
  const std::string type = TextOf(attachment, "mimeType");
  if (type.rfind("image/", 0) != 0) return nullptr;
  const std::string data = TextOf(attachment, "data");
  const std::string bytes = FromBase64(data);
  return {{"assetId", "sha256:" + wire::Sha256Hex(bytes)},
          {"type", "image"},
          {"mimeType", type},
          {"byteLength", bytes.size()},
          {"data", data}};
}

void NameAssets(nlohmann::ordered_json* attachments) {
  for (auto& attachment : *attachments) {
    const Json asset = BinaryAsset(attachment);
    if (asset.is_null()) continue;
    attachment.erase("data");
    for (const char* name : {"assetId", "mimeType", "byteLength"}) {
      attachment[name] = asset[name];
    }
  }
}

Attachments ReadAttachments(const Json& given) {
  Attachments read;
  if (!given.is_array()) return read;
  read.told = Json::array();
  std::string tagged;
  for (Json attachment : given) {
    const std::string type =
        attachment.is_object() ? TextOf(attachment, "type") : "";
    if (type == "file" || type == "directory") {
      const std::string path = TextOf(attachment, "path");
      const std::string image = ImageType(path);
      std::error_code ignored;
      if (!image.empty() && fs::exists(path, ignored)) {
        attachment["mimeType"] = image;
        attachment["data"] = Base64(ReadWhole(path));
        AddImage("Image file at path " + path, attachment, &read.parts);
      } else {
        const std::string entry = TaggedEntry(path);
        attachment["taggedFilesEntry"] = entry;
        tagged += entry + "\n";
      }
    } else if (type == "selection") {
      read.before += Selection(attachment);
    } else if (type == "blob") {
      AddBlob(attachment, &read.parts);
    }
    read.told.push_back(std::move(attachment));
  }
  if (!tagged.empty()) {
    read.after = "\n\n\n\n<tagged_files>\n" + tagged + "</tagged_files>";
  }
  return read;
}

}  // namespace copilot::fake_cli
