// What the kernel makes of filters: on profiles/default.json for x86_64, x86 and x32, Docker's
// capabilities, ours beside libseccomp's, linear and as a tree, and beside the shortest filter that
// there is. Medians of RUNS (101) rounds, each of which takes every filter once. Needs x86_64 and
// no privilege. Run from the root of the repository:
//
//     build/release/bin/filter_kernel [RUNS]

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/descriptor.h"
#include "schema/filter/direct.h"
#include "schema/filter/library.h"
#include "schema/filter/prove.h"
#include "schema/filter/scmp_architecture.h"
#include "schema/json/reader.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace {

using schema::kernel::Action;
using schema::kernel::Operator;
using Program = std::vector<sock_filter>;

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "filter_kernel: %s\n", what.c_str());
  std::exit(1);
}

double Now() {  // ns
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::nano>(now).count();
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// --- the filters

// As Docker has it, without the calls that libseccomp does not know: the same for all compilers.
schema::policy::Policy DefaultPolicy() {
  std::ifstream file("profiles/default.json", std::ios::binary);
  if (!file) Fail("no profiles/default.json here: run from the root of the repository");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto target =
      schema::kernel::ParseTarget("arch=x86_64,caps=docker,engine=docker",
                                  *schema::kernel::ThisHost(schema::filter::Library()));
  return *schema::policy::Resolve(
      *schema::profile::Parse(schema::json::Read(text).document).profile, *target);
}

void Check(int result, const char* what) {
  if (result != 0) Fail(std::string(what) + ": " + std::to_string(result));
}

// Of what the profile has.
std::uint32_t ScmpAction(schema::kernel::Verdict verdict) {
  if (verdict.action == Action::kAllow) return SCMP_ACT_ALLOW;
  if (verdict.action == Action::kErrno) return SCMP_ACT_ERRNO(verdict.data);
  Fail("no action for libseccomp: " + ToString(verdict));
}

scmp_arg_cmp ScmpCondition(const schema::policy::Condition& condition) {
  constexpr std::array kPlain = {
      std::pair{Operator::kEqual, SCMP_CMP_EQ},   std::pair{Operator::kNotEqual, SCMP_CMP_NE},
      std::pair{Operator::kLess, SCMP_CMP_LT},    std::pair{Operator::kLessOrEqual, SCMP_CMP_LE},
      std::pair{Operator::kGreater, SCMP_CMP_GT}, std::pair{Operator::kGreaterOrEqual, SCMP_CMP_GE},
  };
  for (const auto& [ours, theirs] : kPlain) {
    if (condition.op == ours) return {condition.arg_index, theirs, condition.value, 0};
  }
  return {condition.arg_index, SCMP_CMP_MASKED_EQ, condition.mask, condition.value};
}

// As container engines have libseccomp make it: all architectures in one context, the rules by
// name. `optimize`: SCMP_FLTATR_CTL_OPTIMIZE, 1 linear, 2 a binary tree.
Program ByLibseccomp(const schema::policy::Policy& policy, std::uint32_t optimize) {
  const auto release = [](void* context) { seccomp_release(context); };
  const std::unique_ptr<void, decltype(release)> context(
      seccomp_init(ScmpAction(policy.default_verdict)), release);
  Check(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, optimize), "optimize");
  std::set<std::string_view> names;
  for (const auto& part : policy.architectures) {
    const int result =
        seccomp_arch_add(context.get(), schema::filter::ScmpArchitecture(part.architecture));
    if (result != -EEXIST) Check(result, "seccomp_arch_add");
  }
  for (const auto& part : policy.architectures) {
    for (const auto& call : part.calls) {
      if (!names.insert(call.name).second) continue;
      for (const auto& clause : call.clauses) {
        if (clause.verdict == policy.default_verdict) continue;
        std::vector<scmp_arg_cmp> conditions;
        for (const auto& condition : clause.conditions)
          conditions.push_back(ScmpCondition(condition));
        const int result =
            seccomp_rule_add_array(context.get(), ScmpAction(clause.verdict),
                                   seccomp_syscall_resolve_name(call.name.c_str()),
                                   static_cast<unsigned>(conditions.size()), conditions.data());
        if (result != -EEXIST) Check(result, call.name.c_str());
      }
    }
  }
  const schema::Descriptor file(memfd_create("filter", MFD_CLOEXEC));
  Check(seccomp_export_bpf(context.get(), file.number()), "seccomp_export_bpf");
  Program program(static_cast<std::size_t>(lseek(file.number(), 0, SEEK_END)) /
                  sizeof(sock_filter));
  const std::size_t bytes = program.size() * sizeof(sock_filter);
  if (pread(file.number(), program.data(), bytes, 0) != static_cast<ssize_t>(bytes)) Fail("pread");
  return program;
}

Program Direct(const schema::policy::Policy& policy) {
  auto filter = schema::filter::CompileDirect(policy);
  if (!filter) Fail(filter.error().message);
  return std::move(filter->program);
}

void Prove(const schema::policy::Policy& policy, const Program& program, const std::string& name) {
  const auto found = schema::filter::FindCounterexample(program, policy);
  if (!found) Fail(name + ": " + found.error().message);
  if (*found) Fail(name + " is another filter: " + schema::filter::ToString((*found)->call));
}

// --- the measurements

// What libcs and runtimes try, and Docker denies; with arguments of 0 harmless where it is allowed.
constexpr std::array kDenied = {SYS_io_uring_setup, SYS_mount, SYS_unshare, SYS_keyctl, SYS_bpf};
// So few that nothing else runs in most of the batches.
constexpr int kBatch = 100;
constexpr std::size_t kBatches = 101;

struct Sample {
  double load = 0;       // ns of seccomp(2)
  double warm_load = 0;  // the same, after another filter
  double cached = 0;     // ns a call
  double by_argument = 0;
  double denied = 0;  // the mean of several
};

template <class Call>
double CallTime(const Call& call) {
  std::vector<double> times(kBatches);
  for (double& time : times) {
    const double begin = Now();
    for (int i = 0; i < kBatch; ++i) call();
    time = (Now() - begin) / kBatch;
  }
  return Median(std::move(times));
}

const Program kAllowAll = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};

double Load(const Program& program) {
  const sock_fprog loaded{static_cast<unsigned short>(program.size()),
                          const_cast<sock_filter*>(program.data())};
  const double begin = Now();
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded) != 0) _exit(1);
  return Now() - begin;
}

void MeasureCalls(const Program& program, Sample& sample) {
  if (!program.empty()) sample.load = Load(program);
  sample.cached = CallTime([] { syscall(SYS_getppid); });
  sample.by_argument = CallTime([] { syscall(SYS_personality, 0xFFFFFFFFUL); });
  for (const long number : kDenied) {
    sample.denied += CallTime([&] { syscall(number, 0, 0, 0, 0, 0); }) / kDenied.size();
  }
}

// What the first load of a process pays for, whatever the filter, is paid for before.
void MeasureWarmLoad(const Program& program, Sample& sample) {
  Load(kAllowAll);
  if (!program.empty()) sample.warm_load = Load(program);
}

// `measure` within a process of its own.
void InChild(void (*measure)(const Program& program, Sample& sample), const Program& program,
             Sample& sample) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) Fail("pipe");
  const pid_t child = fork();
  if (child < 0) Fail("fork");
  if (child == 0) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    measure(program, sample);
    _exit(write(ends[1], &sample, sizeof(sample)) == sizeof(sample) ? 0 : 1);
  }
  close(ends[1]);
  const ssize_t got = read(ends[0], &sample, sizeof(sample));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0 || got != sizeof(sample)) Fail("a child failed: " + std::to_string(status));
}

struct Filter {
  const char* name;
  Program program;  // empty: none is loaded
  std::vector<Sample> samples;

  double MedianOf(double Sample::*member) const {
    std::vector<double> values;
    for (const Sample& sample : samples) values.push_back(sample.*member);
    return Median(std::move(values));
  }
};

struct Column {
  const char* name;
  double Sample::*member;
  double unit;  // in ns
};

// Each with its ratio to the peer's.
void PrintFilters(const std::vector<Filter>& filters, const Filter& peer) {
  const std::array columns = {
      Column{"load, us", &Sample::load, 1000}, Column{"warm load, us", &Sample::warm_load, 1000},
      Column{"getppid, ns", &Sample::cached, 1}, Column{"personality, ns", &Sample::by_argument, 1},
      Column{"denied, ns", &Sample::denied, 1}};
  std::printf("%-18s %12s", "", "instructions");
  for (const Column& column : columns) std::printf(" %16s %5s", column.name, "ratio");
  std::printf("\n");
  for (const Filter& filter : filters) {
    std::printf("%-18s %12zu", filter.name, filter.program.size());
    for (const Column& column : columns) {
      const double median = filter.MedianOf(column.member);
      std::printf(" %16.1f %5.2f", median / column.unit, median / peer.MedianOf(column.member));
    }
    std::printf("\n");
  }
}

struct Compilation {
  const char* name;
  std::function<void()> run;
  std::vector<double> times;
};

void PrintCompilations(const std::vector<Compilation>& compilations) {
  const double ours = Median(compilations[0].times);
  const double proved = Median(compilations[1].times);
  std::printf("%-36s %12s %16s %22s\n", "", "us", "by direct's", "by direct's, proved");
  for (const Compilation& compilation : compilations) {
    const double median = Median(compilation.times);
    std::printf("%-36s %12.1f %16.2f %22.2f\n", compilation.name, median / 1000, median / ours,
                median / proved);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 101;
  if (runs < 1) Fail("RUNS is a number");
  const auto policy = DefaultPolicy();
  for (const long number : kDenied) {
    const auto denied = schema::policy::Decide(
        policy, {schema::kernel::Facts(schema::kernel::Architecture::kX86_64).audit_token,
                 static_cast<std::uint32_t>(number),
                 {}});
    if (denied.verdict.action != Action::kErrno) Fail("not denied: " + std::to_string(number));
  }

  std::vector<Filter> filters = {{"direct", Direct(policy), {}},
                                 {"libseccomp tree", ByLibseccomp(policy, 2), {}},
                                 {"libseccomp linear", ByLibseccomp(policy, 1), {}}};
  for (const Filter& filter : filters) Prove(policy, filter.program, filter.name);
  filters.push_back({"allow all", kAllowAll, {}});
  filters.push_back({"none", {}, {}});
  std::vector<Compilation> compilations = {
      {"direct", [&] { Direct(policy); }, {}},
      {"direct and proof", [&] { Prove(policy, Direct(policy), "direct"); }, {}},
      {"libseccomp linear, rules and export", [&] { ByLibseccomp(policy, 1); }, {}},
      {"libseccomp tree, rules and export", [&] { ByLibseccomp(policy, 2); }, {}}};
  for (int run = 0; run < runs; ++run) {
    for (Filter& filter : filters) {
      Sample& sample = filter.samples.emplace_back();
      InChild(&MeasureCalls, filter.program, sample);
      InChild(&MeasureWarmLoad, filter.program, sample);
    }
  }
  // Apart: after a fork(2) every page that is written to is copied.
  for (int run = 0; run < runs; ++run) {
    for (Compilation& compilation : compilations) {
      compilation.run();  // or the one before it would count, by what it leaves in the caches
      const double begin = Now();
      compilation.run();
      compilation.times.push_back(Now() - begin);
    }
  }
  std::printf("medians of %d runs; ratios to libseccomp's tree\n\n", runs);
  PrintFilters(filters, filters[1]);
  std::printf("\n");
  PrintCompilations(compilations);
  return 0;
}
