// The standard output of a whole run.

#pragma once

#include <streambuf>
#include <string>
#include <string_view>

#include "schema/error.h"

namespace lint::cli {

// Stands behind std::cout for as long as it lives, and keeps why a write failed, which a stream
// does not. After one that failed nothing more is written.
class StandardOutput : public std::streambuf {
 public:
  StandardOutput();
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;
  ~StandardOutput() override;

  // Writes what is still held. Errors: kSystem, of the first write that failed.
  const schema::Status& Finish();

 protected:
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int_type overflow(int_type character) override;
  int sync() override;

 private:
  bool Hold(std::string_view text);

  std::streambuf* before_;
  bool by_lines_;  // for people, who wait for them
  std::string held_;
  schema::Status written_;
};

// Takes each of descriptors 0, 1 and 2 that is closed, and fails to read and write there: else the
// next file that is opened gets what is meant for a standard stream. For the start of main().
void OccupyClosedStreams();

}  // namespace lint::cli
