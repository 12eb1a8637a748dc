// --record: a recorder on a container, and the file that its profile goes into.

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/launch/spec.h"
#include "runtime/run/command_line.h"
#include "runtime/run/recorder.h"
#include "schema/error.h"
#include "schema/kernel/target.h"
#include "schema/write_file.h"

namespace runtime::run {

class Recording {
 public:
  // `line`: with --record. Errors: kSystem, the file cannot be written; kLimit, too few descriptors
  // are free; those of Recorder::Start.
  static schema::Result<Recording> Start(const CommandLine& line);

  // Puts its filter into `spec`, before the launch.
  void Attach(launch::Spec& spec) const;

  // After the container has ended. What its reader should know of the profile. Errors: the
  // recorder's, MakeProfile's; kSystem, the file cannot be written: it is as it was.
  schema::Result<std::vector<std::string>> Write();

 private:
  Recording(schema::Destination destination, const schema::kernel::Target& host,
            std::unique_ptr<Recorder> recorder)
      : destination_(std::move(destination)), host_(host), recorder_(std::move(recorder)) {}

  // Found before the command runs, which may change links in a rootfs that it lies in.
  schema::Destination destination_;
  schema::kernel::Target host_;
  std::unique_ptr<Recorder> recorder_;
};

}  // namespace runtime::run
