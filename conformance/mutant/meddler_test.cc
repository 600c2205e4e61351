// SPDX-License-Identifier: MIT
#include "conformance/mutant/meddler.h"

#include <gtest/gtest.h>

#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

class MemoryWorld : public World {
 public:
  std::string Read(const std::string& path) override { return files[path]; }
  void Write(const std::string& path, const std::string& text) override {
    files[path] = text;
  }
  void Remove(const std::string& path) override { files.erase(path); }
  void Print(const std::string& line) override { printed += line; }
  void Share(const std::string& name, const Json& value) override {
    shared[name] = value;
  }
  Json Shared(const std::string& name) override { return shared[name]; }

  std::map<std::string, std::string> files;
  std::string printed;
  std::map<std::string, Json> shared;
};

Json Request(int id, const std::string& method, Json params) {
  return {{"id", id}, {"method", method}, {"params", std::move(params)}};
}

Json Answer(int id, Json result) {
  return {{"id", id}, {"result", std::move(result)}};
}

Json Event(const std::string& type, Json data = Json::object()) {
  return {{"method", "session.event"},
          {"params",
           {{"sessionId", "s"}, {"event", {{"type", type}, {"data", data}}}}}};
}

class MeddlerTest : public testing::Test {
 protected:
  // What goes on, in order.
  std::vector<Json> Pass(Json message, Way way) {
    std::vector<Json> on;
    auto passed = meddler().Pass(message, way);
    if (passed.passes) on.push_back(std::move(message));
    on.insert(on.end(), passed.more.begin(), passed.more.end());
    back_ = passed.back;
    return on;
  }
  std::vector<Json> Down(Json message) {
    return Pass(std::move(message), Way::kDown);
  }
  std::vector<Json> Up(Json message) {
    return Pass(std::move(message), Way::kUp);
  }

  void Use(Place place, std::vector<Fault> faults) {
    place_ = place;
    mutation_.faults = std::move(faults);
    meddler_.reset();
  }

  Meddler& meddler() {
    if (meddler_ == nullptr) {
      meddler_ = std::make_unique<Meddler>(mutation_, place_, world_);
    }
    return *meddler_;
  }

  Place place_ = Place::kCli;
  Mutation mutation_{"test", {}, "", {}};
  MemoryWorld world_;
  std::unique_ptr<Meddler> meddler_;
  std::vector<Json> back_;
};

using Messages = std::vector<Json>;

TEST_F(MeddlerTest, LeavesOtherMessagesAlone) {
  Use(Place::kCli, {OnCliRequest("session.create", Erase("model")),
                    DropCliEvent("session.idle")});
  const Json other = Request(1, "session.send", {{"model", "m"}});
  EXPECT_EQ(Down(other), Messages{other});
  EXPECT_EQ(Up(Event("user.message")), Messages{Event("user.message")});
  // The other way.
  const Json upward = Request(1, "session.create", {{"model", "m"}});
  EXPECT_EQ(Up(upward), Messages{upward});
}

TEST_F(MeddlerTest, ChangesParams) {
  Use(Place::kCli,
      {OnCliRequest("m", Erase("/a/b")), OnCliRequest("m", Set("/c/d", 1)),
       OnCliRequest("m", Replace("e", 2)), OnCliRequest("m", Replace("f", 3))});
  EXPECT_EQ(Down(Request(1, "m", {{"a", {{"b", 0}}}, {"e", 0}})),
            Messages{Request(
                1, "m", {{"a", Json::object()}, {"c", {{"d", 1}}}, {"e", 2}})});
}

TEST_F(MeddlerTest, KnowsWhatAnAnswerAnswers) {
  Use(Place::kCli,
      {OnCliAnswer("a", Set("x", 1)), OnCliCallAnswer("a", Set("y", 1)),
       FailCliRequest("b", -5, "no")});
  Down(Request(1, "a", {}));
  Down(Request(2, "b", {}));
  Up(Request(1, "c", {}));  // ids of the other side are others
  EXPECT_EQ(Up(Answer(1, Json::object())), Messages{Answer(1, {{"x", 1}})});
  EXPECT_EQ(
      Up(Answer(2, Json::object())),
      (Messages{{{"id", 2}, {"error", {{"code", -5}, {"message", "no"}}}}}));
  EXPECT_EQ(Down(Answer(1, Json::object())),
            Messages{Answer(1, Json::object())});
  Up(Request(7, "a", {}));
  EXPECT_EQ(Down(Answer(7, Json::object())), Messages{Answer(7, {{"y", 1}})});
}

TEST_F(MeddlerTest, RepeatsAndDrops) {
  Use(Place::kCli, {RepeatCliEvent("user.message"),
                    DropCliEvent("session.idle"), RepeatCliAnswer("a")});
  EXPECT_EQ(Up(Event("user.message")),
            (Messages{Event("user.message"), Event("user.message")}));
  EXPECT_TRUE(Up(Event("session.idle")).empty());
  Down(Request(1, "a", {}));
  EXPECT_EQ(Up(Answer(1, 0)), (Messages{Answer(1, 0), Answer(1, 0)}));
}

TEST_F(MeddlerTest, HoldsBackUntilRightAfterAnother) {
  Use(Place::kCli, {DelayCliEvent("assistant.message", "session.idle")});
  EXPECT_TRUE(Up(Event("assistant.message")).empty());
  EXPECT_EQ(Up(Event("other")), Messages{Event("other")});
  EXPECT_EQ(Up(Event("session.idle")),
            (Messages{Event("session.idle"), Event("assistant.message")}));
  EXPECT_EQ(Up(Event("session.idle")), Messages{Event("session.idle")});
}

TEST_F(MeddlerTest, AnswersInTheOthersPlace) {
  Use(Place::kAdapter,
      {DropNotification("permission.decide", {{"decision", nullptr}}),
       DropNotification("log")});
  EXPECT_TRUE(Up(Request(3, "permission.decide", {})).empty());
  ASSERT_EQ(back_.size(), 1u);
  EXPECT_EQ(back_[0]["id"], 3);
  EXPECT_EQ(back_[0]["result"], Json({{"decision", nullptr}}));
  EXPECT_TRUE(Up({{"method", "log"}, {"params", {}}}).empty());
  EXPECT_TRUE(back_.empty());
}

TEST_F(MeddlerTest, KeepsTheAnswersToItsOwnRequests) {
  Use(Place::kCli, {AddCliRequest("a", "b", [](const Json& params) {
        return Json{{"of", params["x"]}};
      })});
  const Messages on = Down(Request(1, "a", {{"x", 5}}));
  ASSERT_EQ(on.size(), 2u);
  EXPECT_EQ(on[1]["method"], "b");
  EXPECT_EQ(on[1]["params"], Json({{"of", 5}}));
  Json answer = Answer(0, Json::object());
  answer["id"] = on[1]["id"];
  EXPECT_TRUE(Up(answer).empty());
  EXPECT_EQ(Up(Answer(1, 0)), Messages{Answer(1, 0)});
}

TEST_F(MeddlerTest, KnowsTheDirectoriesAndTheLastAttempt) {
  Use(Place::kAdapter,
      {OnTranscript([](const std::string& text) { return text + text; }),
       AfterAttempt([](State& state) {
         state.world.Print(state.Dir("state") + state.Param("sessionId"));
       })});
  world_.files["file"] = "line\n";
  Down(Request(1, "initialize", {{"dirs", {{"state", "/state/"}}}}));
  Down(Request(2, "attempt.run",
               {{"params", {{"sessionFile", "file"}, {"sessionId", "s"}}}}));
  Up(Answer(2, Json::object()));
  EXPECT_EQ(world_.files["file"], "line\nline\n");
  EXPECT_EQ(world_.printed, "/state/s");
  // In front of the CLI of this scenario, too.
  Use(Place::kCli, {DropCliEvent("x")});
  EXPECT_EQ(meddler().state().Dir("state"), "/state/");
}

TEST_F(MeddlerTest, ChangesHowSomethingIsStarted) {
  Use(Place::kCli,
      {CliArguments([](std::vector<std::string>& arguments) {
         arguments.push_back("--more");
       }),
       CliEnvironment([](std::map<std::string, std::string>& variables) {
         variables.erase("GONE");
       }),
       CliDirectory("/"), ExtraClis(1),
       AdapterEnvironment([](std::map<std::string, std::string>& variables) {
         variables["ADAPTER"] = "1";
       })});
  Launch launch{{"cli", "--stdio"}, {{"GONE", "1"}, {"KEPT", "1"}}, "/tmp", 1};
  meddler().Start(launch);
  EXPECT_EQ(launch,
            (Launch{{"cli", "--stdio", "--more"}, {{"KEPT", "1"}}, "/", 2}));
}

}  // namespace
}  // namespace copilot::conformance
