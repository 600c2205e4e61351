// SPDX-License-Identifier: MIT
#include "conformance/mutant/relay.h"

#include <utility>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

std::unique_ptr<wire::Framing> FramingOf(Place place) {
  return place == Place::kCli ? wire::MakeContentLengthFraming()
                              : wire::MakeLineFraming();
}

}  // namespace

Relay::Relay(Place place, Meddler& meddler, const TrafficRecorder& recorder,
             Sink to_child, Sink to_us)
    : place_(place),
      meddler_(meddler),
      recorder_(recorder),
      to_child_(std::move(to_child)),
      to_us_(std::move(to_us)),
      from_us_(FramingOf(place)),
      from_child_(FramingOf(place)) {}

void Relay::FromUs(std::string_view bytes) {
  Pass(bytes, *from_us_, Way::kDown);
}

void Relay::FromChild(std::string_view bytes) {
  Pass(bytes, *from_child_, Way::kUp);
}

void Relay::Pass(std::string_view bytes, wire::Framing& framing, Way way) {
  framing.Append(bytes);
  while (const auto body = framing.Next()) {
    // What cannot be framed cannot be meddled with.
    if (!*body) return;
    PassBody(std::string(**body), way);
  }
}

void Relay::PassBody(const std::string& body, Way way) {
  Json message = Json::parse(body, nullptr, false);
  if (!message.is_object()) return Send(body, way);
  recorder_.Passed(place_, way, message);
  const Json before = message;
  if (on_initialize_ && way == Way::kDown &&
      message.value("method", Json()) == "initialize") {
    on_initialize_(message["params"]);
  }
  const Meddler::Passed passed = meddler_.Pass(message, way);
  if (passed.passes) Send(message == before ? body : message.dump(), way);
  for (const Json& more : passed.more) Send(more.dump(), way);
  for (const Json& back : passed.back) {
    Send(back.dump(), way == Way::kDown ? Way::kUp : Way::kDown);
  }
}

void Relay::Send(const std::string& body, Way way) {
  std::string frame;
  from_us_->Encode(body, &frame);
  (way == Way::kDown ? to_child_ : to_us_)(std::move(frame));
}

}  // namespace copilot::conformance
