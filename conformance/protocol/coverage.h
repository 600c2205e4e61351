// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "conformance/protocol/use.h"
#include "conformance/schemas/published.h"

namespace copilot::conformance {

// How much of the protocols is used in a run and named by checks, of what
// schemas name.
struct ProtocolCoverage {
  struct Kind {
    std::string name;  // "methods"
    ProtocolNames all;
    ProtocolNames unseen;
    ProtocolNames unasserted;
    bool of_members = false;  // which are listed only on demand
  };
  std::vector<Kind> kinds;
  // Seen, and in no schema.
  ProtocolNames unnamed;
};

// `all` in the words of ProtocolUse: methods, requests to the client, events
// and the first members of each. Null: of the adapter protocol only.
ProtocolCoverage MeasureProtocol(const PublishedSchemas* schemas,
                                 const ProtocolNames& seen,
                                 const ProtocolNames& asserted);

// A table, after what is never seen and never asserted; with `members` those
// too.
std::string ProtocolCoverageText(const ProtocolCoverage& coverage,
                                 bool members);

}  // namespace copilot::conformance
