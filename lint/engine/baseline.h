// A baseline: the findings that there were when the linter was introduced, so that only new ones
// count.
//
//     {"version": 1, "findings": [
//     {"file": "a.json", "rule": "SL602", "fingerprint": "6f1ed002ab559585", "count": 1,
//      "message": "..."}]}
//
// Files are named relative to the baseline's folder. lint/report/baseline.h writes it.

#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <tuple>

#include "lint/engine/engine.h"
#include "schema/error.h"

namespace lint::engine {

class Baseline {
 public:
  // Of a file: some 400,000 findings.
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 20U;

  struct Known {
    std::size_t count = 0;
    std::string message;  // for people: the fingerprint alone decides
  };
  // By rule id and fingerprint.
  using Findings = std::map<std::tuple<std::string, std::string>, Known>;

  // `path`: for messages. Errors: kInvalid, with FILE:LINE:COLUMN.
  static schema::Result<Baseline> Parse(const std::string& path, std::string text);

  const std::map<std::string, Findings>& files() const { return files_; }

  // Moves those reports of the file that are known into its suppressed ones: of several equal ones
  // as many as are known. Returns how many are known and found no more; those of rules that did
  // not run are left out.
  std::size_t Accept(const std::string& name, const Selection& ran, FileReport& file) const;

  // What there is in the file now, all of which is moved into its suppressed ones.
  static Findings TakeAll(FileReport& file);

  void Set(const std::string& name, Findings findings) { files_[name] = std::move(findings); }

 private:
  std::map<std::string, Findings> files_;
};

}  // namespace lint::engine
