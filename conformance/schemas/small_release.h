// SPDX-License-Identifier: MIT
//
// For tests: the schemas of a release that never was, in the shape of the real
// ones.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "conformance/schemas/published.h"

namespace copilot::conformance {

class SmallRelease {
 public:
  SmallRelease() : path_(testing::TempDir() + "small-release-XXXXXX") {
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
    Write("api.schema.json", R"({
      "server": {
        "ping": {"rpcMethod": "ping", "params": {"type": "object"},
                 "result": {"$ref": "#/definitions/Pong"}},
        "log": {"open": {"rpcMethod": "log.open", "params": null,
                "result": {"$ref":
                  "session-events.schema.json#/definitions/Level"}}}
      },
      "session": {
        "read": {"rpcMethod": "session.read",
          "result": {"$ref":
            "session-events.schema.json#/definitions/SessionEvent"}},
        "send": {"rpcMethod": "session.send",
          "params": {"type": "object", "properties": {
            "prompt": {"type": "string"}, "mode": {"type": "string"}}},
          "result": {"type": "null"}}
      },
      "clientGlobal": {
        "ask": {"rpcMethod": "user.ask",
          "params": {"type": "object", "required": ["question"],
            "properties": {"question": {"type": "string"}}},
          "result": {"type": "object", "properties": {
            "text": {"type": "string"}}}},
        "never": {"rpcMethod": "user.never"}
      },
      "definitions": {
        "Pong": {"type": "object", "additionalProperties": false,
          "required": ["message"],
          "properties": {
            "message": {"type": "string", "pattern": "^\\\\p{L}"},
            "kind": {"$ref": "#/definitions/Kind", "const": "b"}}},
        "Kind": {"type": "string", "enum": ["a", "b"]}
      }})");
    Write("session-events.schema.json", R"({
      "$ref": "#/definitions/SessionEvent",
      "definitions": {
        "Level": {"type": "integer"},
        "SessionEvent": {"anyOf": [
          {"$ref": "#/definitions/SaidEvent"},
          {"$ref": "#/definitions/DoneEvent"}]},
        "SaidEvent": {"type": "object", "additionalProperties": false,
          "required": ["type", "data"],
          "properties": {
            "type": {"type": "string", "const": "said"},
            "data": {"type": "object", "additionalProperties": false,
              "required": ["text"],
              "properties": {
                "text": {"type": "string"},
                "gone": {"not": {}},
                "marks": {"type": "array", "items": {"anyOf": [
                  {"$ref": "#/definitions/Dot"},
                  {"$ref": "#/definitions/Dash"}]}},
                "counts": {"type": "object", "additionalProperties":
                  {"type": "object", "properties":
                    {"n": {"type": "integer"}, "of": {"type": "integer"}}}
                }}}}},
        "Dot": {"type": "object", "properties":
          {"kind": {"const": "dot"}, "size": {"$ref": "#/definitions/Level"}}},
        "Dash": {"type": "object", "properties":
          {"kind": {"const": "dash"}, "width": {"type": "integer"}}},
        "DoneEvent": {"type": "object", "properties": {
          "type": {"type": "string", "const": "done"}}}
      }})");
  }
  ~SmallRelease() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  SmallRelease(const SmallRelease&) = delete;
  SmallRelease& operator=(const SmallRelease&) = delete;

  const std::string& path() const { return path_; }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name) << text;
    return path_ + "/" + name;
  }

  PublishedSchemas Load(Strictness strictness = Strictness::kStrict) const {
    auto schemas = PublishedSchemas::Load(path_, strictness);
    EXPECT_TRUE(schemas) << schemas.error();
    return std::move(*schemas);
  }

 private:
  std::string path_;
};

}  // namespace copilot::conformance
