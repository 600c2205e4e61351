// SPDX-License-Identifier: MIT
#include "harness/runtime_artifact.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include "wire/secret.h"

namespace copilot::harness {
namespace {

namespace fs = std::filesystem;

constexpr char kTransportVariable[] = "COPILOT_SDK_DEFAULT_CONNECTION";
constexpr char kCliVariable[] = "COPILOT_CLI_PATH";

#if defined(__APPLE__)
constexpr char kSystem[] = "darwin";
#elif defined(_WIN32)
constexpr char kSystem[] = "win32";
#elif defined(__GLIBC__)
constexpr char kSystem[] = "linux";
#else
constexpr char kSystem[] = "linuxmusl";
#endif

#if defined(__aarch64__) || defined(_M_ARM64)
constexpr char kMachine[] = "arm64";
#else
constexpr char kMachine[] = "x64";
#endif

tl::unexpected<Error> Unreadable(const fs::path& path) {
  return Fail("[copilot] cannot read " + path.string() +
              ", which the runtime is made of");
}

Expected<fs::path> Canonical(const fs::path& path) {
  std::error_code error;
  fs::path canonical = fs::canonical(path, error);
  if (error) return Unreadable(path);
  return canonical;
}

// A digest of the digests of its pieces: a CLI is too big to be held at once.
Expected<std::string> FileDigest(const fs::path& path) {
  constexpr size_t kPiece = size_t{1} << 20;
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unreadable(path);
  std::string digests;
  std::string piece(kPiece, '\0');
  while (file.read(piece.data(), kPiece) || file.gcount() > 0) {
    const auto count = static_cast<size_t>(file.gcount());
    digests += wire::Sha256Hex(std::string_view(piece).substr(0, count));
  }
  if (file.bad()) return Unreadable(path);
  return wire::Sha256Hex(digests);
}

// The files below a directory by name. `above` are the directories that lead to
// it, because a link may go back to one of them.
Status Collect(const fs::path& directory, const std::string& prefix,
               std::vector<fs::path> above,
               std::map<std::string, fs::path>* files) {
  const auto canonical = Canonical(directory);
  if (!canonical) return Fail(canonical.error());
  if (std::find(above.begin(), above.end(), *canonical) != above.end()) {
    return {};
  }
  above.push_back(*canonical);
  std::error_code error;
  fs::directory_iterator each(*canonical, error);
  for (; !error && each != fs::directory_iterator(); each.increment(error)) {
    const fs::path& path = each->path();
    const std::string name = prefix + path.filename().string();
    std::error_code unknown;
    if (fs::is_directory(path, unknown)) {
      if (Status below = Collect(path, name + "/", above, files); !below) {
        return below;
      }
    } else if (fs::is_regular_file(path, unknown)) {
      (*files)[name] = path;
    } else {
      return Unreadable(path);
    }
  }
  if (error) return Unreadable(directory);
  return {};
}

Expected<std::string> PackageDigest(const std::string& directory) {
  std::map<std::string, fs::path> files;
  if (const Status found = Collect(directory, "", {}, &files); !found) {
    return Fail(found.error());
  }
  std::string digests;
  for (const auto& [name, path] : files) {
    const auto digest = FileDigest(path);
    if (!digest) return digest;
    // Fixed lengths, so that no name can pass for the digest of another file.
    digests += wire::Sha256Hex(name) + *digest;
  }
  return wire::Sha256Hex(digests);
}

std::string Lowercase(std::string text) {
  for (char& c : text) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

Status CheckTransport(const Environment& environment) {
  const auto transport = environment.Get(kTransportVariable);
  if (!transport || transport->empty() || Lowercase(*transport) == "stdio") {
    return {};
  }
  return Fail(std::string("[copilot] ") + kTransportVariable + " is \"" +
              *transport + "\"; a bound runtime is talked to over stdio");
}

Status CheckCli(const Environment& environment, const fs::path& executable) {
  const auto path = environment.Get(kCliVariable);
  if (!path || path->empty()) return {};
  const auto custom =
      Canonical(fs::path(environment.CurrentDirectory()) / *path);
  if (custom && *custom == executable) return {};
  return Fail(std::string("[copilot] ") + kCliVariable + " is " + *path +
              "; a bound runtime is the packaged " + executable.string());
}

}  // namespace

RuntimeArtifact::RuntimeArtifact(RuntimePackage package,
                                 std::shared_ptr<const Environment> environment,
                                 std::string loaded)
    : package_(std::move(package)),
      environment_(std::move(environment)),
      loaded_(std::move(loaded)) {}

Expected<RuntimeArtifact> RuntimeArtifact::Load(
    RuntimePackage package, std::shared_ptr<const Environment> environment) {
  auto loaded = PackageDigest(package.directory);
  if (!loaded) return Fail(loaded.error());
  return RuntimeArtifact(std::move(package), std::move(environment),
                         *std::move(loaded));
}

Expected<RuntimeCapture> RuntimeArtifact::Capture() const {
  if (const Status stdio = CheckTransport(*environment_); !stdio) {
    return Fail(stdio.error());
  }
  const auto executable = Canonical(package_.executable);
  if (!executable) return Fail(executable.error());
  if (const Status packaged = CheckCli(*environment_, *executable); !packaged) {
    return Fail(packaged.error());
  }
  const auto digest = PackageDigest(package_.directory);
  // What is gone or unreadable by now has changed, too.
  if (!digest || *digest != loaded_) {
    return Fail(
        "[copilot] the Copilot SDK changed on disk since it was loaded. "
        "Restart OpenClaw.");
  }
  const auto entry = Canonical(fs::path(package_.directory) / package_.entry);
  if (!entry) return Fail(entry.error());
  const auto native = FileDigest(*executable);
  if (!native) return Fail(native.error());
  RuntimeCapture capture;
  capture.connection = {{"kind", "stdio"}, {"path", executable->string()}};
  capture.binding.id = std::string("copilot-sdk:") + kSystem + "-" + kMachine +
                       ":" + entry->string();
  capture.binding.fingerprint = "sha256:" + wire::Sha256Hex(*digest + *native);
  return capture;
}

bool RuntimeArtifact::Validate(const RuntimeBinding& binding) const {
  const auto capture = Capture();
  return capture && capture->binding == binding;
}

}  // namespace copilot::harness
