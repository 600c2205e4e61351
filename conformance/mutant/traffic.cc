// SPDX-License-Identifier: MIT
#include "conformance/mutant/traffic.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "conformance/mutant/meddler.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// Where nothing happens but is noticed.
class NoticingWorld : public World {
 public:
  std::string Read(const std::string&) override {
    // Whatever was there is gone: it may have mattered.
    touched_ = true;
    return "";
  }
  void Write(const std::string&, const std::string&) override {
    touched_ = true;
  }
  void Remove(const std::string&) override { touched_ = true; }
  void Print(const std::string&) override { touched_ = true; }
  void Share(const std::string& name, const Json& value) override {
    shared_[name] = value;
  }
  Json Shared(const std::string& name) override { return shared_[name]; }

  bool touched() const { return touched_; }

 private:
  std::map<std::string, Json> shared_;
  bool touched_ = false;
};

}  // namespace

void TrafficRecorder::Started(Place place, const Launch& launch) const {
  Append({{"place", place},
          {"argv", launch.argv},
          {"environment", launch.environment},
          {"directory", launch.directory}});
}

void TrafficRecorder::Passed(Place place, Way way, const Json& message) const {
  Append({{"place", place}, {"way", way}, {"message", message}});
}

void TrafficRecorder::Append(Json record) const {
  if (path_.empty()) return;
  record["process"] = getpid();
  const std::string line =
      record.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const int file =
      open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return;
  // One write: the proxies of a scenario do not get between each other's lines.
  [[maybe_unused]] const ssize_t written =
      write(file, line.data(), line.size());
  close(file);
}

Traffic Traffic::Read(const std::string& path) {
  Traffic traffic;
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line)) {
    Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) continue;
    Record record;
    record.process = json["process"];
    record.place = json["place"];
    record.is_start = json.contains("argv");
    if (record.is_start) {
      record.launch.argv = json["argv"];
      record.launch.environment = json["environment"];
      record.launch.directory = json["directory"];
    } else {
      record.way = json["way"];
      record.message = std::move(json["message"]);
      record.copy = record.message;
    }
    traffic.records_.push_back(std::move(record));
  }
  return traffic;
}

bool Traffic::IsTouchedBy(const Mutation& mutation) {
  NoticingWorld world;
  std::map<std::pair<int, Place>, std::unique_ptr<Meddler>> meddlers;
  const bool at_cli = mutation.HasFaultAt(Place::kCli);
  for (Record& record : records_) {
    if (record.place == Place::kCli && !at_cli) continue;
    auto& meddler = meddlers[{record.process, record.place}];
    if (meddler == nullptr) {
      meddler = std::make_unique<Meddler>(mutation, record.place, world);
    }
    bool touched = false;
    if (record.is_start) {
      Launch launch = record.launch;
      meddler->Start(launch);
      touched = !(launch == record.launch);
    } else {
      const auto passed = meddler->Pass(record.copy, record.way);
      touched = !passed.untouched();
      if (record.copy != record.message) {
        touched = true;
        record.copy = record.message;
      }
    }
    if (touched || world.touched()) return true;
  }
  return false;
}

}  // namespace copilot::conformance
