// SPDX-License-Identifier: MIT
#include "conformance/evidence/journal.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <set>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// A zombie has ended, although its parent has not noticed.
bool Alive(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return false;
  const size_t name_end = line.rfind(')');
  return name_end != line.npos && name_end + 2 < line.size() &&
         line[name_end + 2] != 'Z' && line[name_end + 2] != 'X';
}

}  // namespace

void Journal::Refresh() {
  const int fd = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  char buffer[65536];
  ssize_t size;
  while ((size = pread(fd, buffer, sizeof(buffer), static_cast<off_t>(read_))) >
         0) {
    unfinished_.append(buffer, static_cast<size_t>(size));
    read_ += static_cast<size_t>(size);
  }
  close(fd);
  size_t begin = 0;
  size_t end;
  while ((end = unfinished_.find('\n', begin)) != unfinished_.npos) {
    Json record = Json::parse(unfinished_.begin() + static_cast<long>(begin),
                              unfinished_.begin() + static_cast<long>(end),
                              nullptr, false);
    if (record.is_object()) records_.push_back(std::move(record));
    begin = end + 1;
  }
  unfinished_.erase(0, begin);
}

std::vector<Json> Journal::Spawned() const {
  std::vector<Json> found;
  for (const Json& record : records_) {
    if (record.value("event", "") == "start") found.push_back(record);
  }
  return found;
}

std::vector<Json> Journal::Params(const char* direction,
                                  const std::string& method) const {
  std::vector<Json> found;
  for (const Json& record : records_) {
    if (record.value("event", "") != direction) continue;
    const auto message = record.find("message");
    if (message == record.end() || !message->is_object() ||
        message->value("method", Json()) != method) {
      continue;
    }
    found.push_back(message->value("params", Json::object()));
  }
  return found;
}

std::vector<Json> Journal::Received(const std::string& method) const {
  return Params("received", method);
}

std::vector<Json> Journal::Sent(const std::string& method) const {
  return Params("sent", method);
}

std::vector<std::string> Journal::ReceivedMethods() const {
  std::vector<std::string> methods;
  for (const Json& record : records_) {
    if (record.value("event", "") != "received") continue;
    const Json message = record.value("message", Json::object());
    const Json method = message.value("method", Json());
    if (method.is_string()) methods.push_back(method);
  }
  return methods;
}

int Journal::Exited() const {
  return static_cast<int>(Spawned().size() - Running().size());
}

std::vector<int> Journal::Running() const {
  std::set<int> ended;
  for (const Json& record : records_) {
    if (record.value("event", "") == "exit")
      ended.insert(record.value("pid", 0));
  }
  std::vector<int> running;
  for (const Json& record : Spawned()) {
    const int pid = record.value("pid", 0);
    if (!ended.contains(pid) && Alive(pid)) running.push_back(pid);
  }
  return running;
}

}  // namespace copilot::conformance
