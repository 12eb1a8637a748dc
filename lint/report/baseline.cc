#include "lint/report/baseline.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "lint/report/printable.h"

namespace lint::report {

std::string BaselineText(const engine::Baseline& baseline) {
  std::string lines;
  for (const auto& [file, findings] : baseline.files()) {
    for (const auto& [key, known] : findings) {
      const boost::json::object finding = {{"file", file},
                                           {"rule", std::get<0>(key)},
                                           {"fingerprint", std::get<1>(key)},
                                           {"count", known.count},
                                           {"message", Printable(known.message)}};
      lines += (lines.empty() ? "\n" : ",\n") + boost::json::serialize(finding);
    }
  }
  return "{\"version\": 1, \"findings\": [" + lines + "\n]}\n";
}

}  // namespace lint::report
