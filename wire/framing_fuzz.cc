// SPDX-License-Identifier: MIT
//
// Any bytes, in any split, are cut into the same messages as in one piece, and
// what was cut can be put together again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wire/framing.h"
#include "wire/message.h"

namespace copilot::wire {
namespace {

// The bodies that come out, and the error at the end.
struct Cut {
  std::vector<std::string> bodies;
  std::string error;
  bool operator==(const Cut&) const = default;
};

void Drain(Framing& framing, Cut* cut) {
  while (auto body = framing.Next()) {
    if (!*body) {
      // How much was there when it was noticed is another number in pieces.
      const std::string& message = body->error().message;
      cut->error = message.substr(0, message.find(" (buffered "));
      return;
    }
    cut->bodies.emplace_back(**body);
  }
}

Cut InPieces(std::unique_ptr<Framing> framing, std::string_view bytes,
             size_t step) {
  Cut cut;
  while (!bytes.empty() && cut.error.empty()) {
    framing->Append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    Drain(*framing, &cut);
  }
  return cut;
}

void Expect(bool holds) {
  if (!holds) std::abort();
}

constexpr FrameLimits kLimits{1024, 65536};

// Returns the bodies.
Cut SameInPieces(std::unique_ptr<Framing> (*make)(FrameLimits),
                 std::string_view bytes, size_t step) {
  Cut whole = InPieces(make(kLimits), bytes, bytes.size() + 1);
  Expect(whole == InPieces(make(kLimits), bytes, step));
  return whole;
}

void Check(std::string_view bytes, size_t step) {
  SameInPieces(MakeLineFraming, bytes, step);
  const Cut whole = SameInPieces(MakeContentLengthFraming, bytes, step);
  const auto framing = MakeContentLengthFraming(kLimits);
  std::string again;
  for (const std::string& body : whole.bodies) {
    framing->Encode(body, &again);
    // Whatever it is, it is read without harm.
    (void)ParseMessage(body);
  }
  const Cut second =
      InPieces(MakeContentLengthFraming(kLimits), again, again.size() + 1);
  Expect(second.bodies == whole.bodies && second.error.empty());
}

}  // namespace
}  // namespace copilot::wire

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                               size - 1);
  const size_t step = data[0] % 16 + 1;
  copilot::wire::Check(bytes, step);
  return 0;
}
