#include "runtime/oci/command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace runtime::oci {
namespace {

using Words = std::vector<std::string>;

CommandLine Parsed(const Words& args) {
  auto line = ParseCommandLine(args);
  EXPECT_TRUE(line) << line.error().message;
  return line ? *line : CommandLine{};
}

std::string Refused(const Words& args) {
  const auto line = ParseCommandLine(args);
  return line ? "" : line.error().message;
}

// As containerd's shim, conmon and slurmstepd write them.
TEST(CommandLine, OfEngines) {
  const Words of_containerd = {"--root",
                               "/run/containerd/runc/k8s.io",
                               "--log",
                               "/run/x/log.json",
                               "--log-format",
                               "json",
                               "--systemd-cgroup",
                               "create",
                               "--bundle",
                               "/run/x",
                               "--pid-file",
                               "/run/x/init.pid",
                               "--console-socket",
                               "/tmp/pty",
                               "x"};
  CommandLine line = Parsed(of_containerd);
  EXPECT_EQ(line.effect, Effect::kStart);
  EXPECT_EQ(line.bundle, "/run/x");
  EXPECT_EQ(line.log, "/run/x/log.json");
  EXPECT_TRUE(line.log_is_json);
  EXPECT_EQ(line.for_runtime, of_containerd);

  const Words of_slurm = {"--root=/var/run/oci", "run", "-b", "/spool//", "vm.root.1.0.0"};
  line = Parsed(of_slurm);
  EXPECT_EQ(line.effect, Effect::kStart);
  EXPECT_EQ(line.bundle, "/spool//");
  EXPECT_FALSE(line.log);
  EXPECT_EQ(line.for_runtime, of_slurm);

  EXPECT_EQ(Parsed({"run", "x"}).bundle, ".");
  EXPECT_EQ(Parsed({"run", "--bundle=a", "-b", "b", "x"}).bundle, "b");
  EXPECT_EQ(Parsed({"run", "-f", "other.json", "x"}).config_name, "other.json");
}

TEST(CommandLine, OthersGoToTheRuntime) {
  for (const Words& args :
       {Words{}, Words{"--version"}, Words{"features"}, Words{"state", "create"},
        Words{"--root", "create", "delete", "--force", "x"},
        Words{"exec", "--process", "p.json", "x"}, Words{"--new", "x", "kill"},
        Words{"exec", "x", "run", "-b", "y"}}) {
    const CommandLine line = Parsed(args);
    EXPECT_EQ(line.effect, Effect::kOther);
    EXPECT_EQ(line.for_runtime, args);
  }
  EXPECT_EQ(Parsed({"restore", "--image-path", "i", "x"}).effect, Effect::kRestore);
}

TEST(CommandLine, OwnOptionsStayHere) {
  const CommandLine line =
      Parsed({"--debug", "--seccomp-oci-config", "/c.json", "run", "--keep", "x"});
  EXPECT_EQ(line.configuration, "/c.json");
  EXPECT_EQ(line.for_runtime, (Words{"--debug", "run", "--keep", "x"}));
  EXPECT_EQ(Parsed({"--seccomp-oci-config=/c.json"}).configuration, "/c.json");
  EXPECT_TRUE(Parsed({"--seccomp-oci-check"}).check);
  EXPECT_EQ(Refused({"--seccomp-oci-config"}), "--seccomp-oci-config takes a value");
  EXPECT_EQ(Refused({"--seccomp-oci-check=1"}), "--seccomp-oci-check takes no value");
  // Behind the command it is the runtime's, or the container's.
  EXPECT_EQ(Parsed({"exec", "x", "--seccomp-oci-check"}).for_runtime.size(), 3U);
}

// Where another bundle might be meant than the one that we read.
TEST(CommandLine, WhatIsNotKnownStartsNothing) {
  for (const Words& args : {Words{"--new", "run", "-b", "a", "x"}, Words{"--", "run", "x"},
                            Words{"-new", "restore", "x"}, Words{"run", "--new", "-b", "a", "x"},
                            Words{"run", "-bundle", "a", "x"}, Words{"run", "-ba", "x"},
                            Words{"create", "--bun", "a", "x"}, Words{"run", "x", "--new"}}) {
    EXPECT_NE(Refused(args).find("unknown option -"), std::string::npos) << args[0] << args[1];
  }
}

}  // namespace
}  // namespace runtime::oci
