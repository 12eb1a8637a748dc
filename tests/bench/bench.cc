// Times of the core on profiles/default.json, each beside the peer that it is compared with in the
// same run. Run from the root of the repository:
//
//     build/release/bin/bench --benchmark_repetitions=9 --benchmark_report_aggregates_only=true

#include <benchmark/benchmark.h>

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "lint/engine/engine.h"
#include "schema/filter/compile.h"
#include "schema/filter/direct.h"
#include "schema/filter/library.h"
#include "schema/filter/prove.h"
#include "schema/json/reader.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace {

const std::string& DefaultProfile() {
  static const std::string text = [] {
    std::ifstream file("profiles/default.json", std::ios::binary);
    if (!file) {
      std::cerr << "no profiles/default.json here: run from the root of the repository\n";
      std::exit(1);
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  return text;
}

schema::kernel::Target DefaultTarget() {
  return *schema::kernel::ThisHost(schema::filter::Library());
}

// The peer of the reader: Boost.JSON's own tree, which has no positions.
void BoostJsonParse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(boost::json::parse(DefaultProfile()));
}
BENCHMARK(BoostJsonParse);

void Read(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(schema::json::Read(DefaultProfile()));
}
BENCHMARK(Read);

void ReadAndParse(benchmark::State& state) {
  for (auto _ : state) {
    const auto json = schema::json::Read(DefaultProfile());
    benchmark::DoNotOptimize(schema::profile::Parse(json.document));
  }
}
BENCHMARK(ReadAndParse);

void Lint(benchmark::State& state) {
  const lint::engine::Options options{{DefaultTarget()}, {}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(lint::engine::Check("default.json", DefaultProfile(), options));
  }
}
BENCHMARK(Lint)->Unit(benchmark::kMicrosecond);

// All architectures and the kernels of a fleet: 253 targets.
void LintFleet(benchmark::State& state) {
  lint::engine::Options options;
  for (const char* kernel :
       {"3.5", "3.10", "4.14", "4.19", "5.4", "5.10", "5.15", "6.1", "6.6", "6.12", "6.18"}) {
    const auto targets =
        schema::kernel::ParseTargets(std::string("arch=all,kernel=") + kernel, DefaultTarget());
    options.targets.insert(options.targets.end(), targets->begin(), targets->end());
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(lint::engine::Check("default.json", DefaultProfile(), options));
  }
}
BENCHMARK(LintFleet)->Unit(benchmark::kMicrosecond);

// One look-up of each name, on each of three architectures.
void SyscallByName(benchmark::State& state) {
  const auto names = schema::kernel::SyscallNames();
  for (auto _ : state) {
    for (const std::string_view name : names) {
      for (const auto architecture :
           {schema::kernel::Architecture::kX86_64, schema::kernel::Architecture::kS390x,
            schema::kernel::Architecture::kMips64n32}) {
        benchmark::DoNotOptimize(schema::kernel::FindEntry(architecture, name));
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(names.size()) * 3);
}
BENCHMARK(SyscallByName);

void SyscallByNumber(benchmark::State& state) {
  const auto entries = schema::kernel::SyscallEntries(schema::kernel::Architecture::kX86_64);
  for (auto _ : state) {
    for (const auto& entry : entries) {
      benchmark::DoNotOptimize(
          schema::kernel::FindEntry(schema::kernel::Architecture::kX86_64, entry.number));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(entries.size()));
}
BENCHMARK(SyscallByNumber);

void Resolve(benchmark::State& state) {
  const auto profile =
      schema::profile::Parse(schema::json::Read(DefaultProfile()).document).profile;
  for (auto _ : state) {
    benchmark::DoNotOptimize(schema::policy::Resolve(*profile, DefaultTarget()));
  }
}
BENCHMARK(Resolve)->Unit(benchmark::kMicrosecond);

void Compile(benchmark::State& state) {
  const auto profile =
      schema::profile::Parse(schema::json::Read(DefaultProfile()).document).profile;
  const auto policy = schema::policy::Resolve(*profile, DefaultTarget());
  for (auto _ : state) benchmark::DoNotOptimize(schema::filter::Compile(*policy));
}
BENCHMARK(Compile)->Unit(benchmark::kMicrosecond);

void CompileDirect(benchmark::State& state) {
  const auto profile =
      schema::profile::Parse(schema::json::Read(DefaultProfile()).document).profile;
  const auto policy = schema::policy::Resolve(*profile, DefaultTarget());
  for (auto _ : state) benchmark::DoNotOptimize(schema::filter::CompileDirect(*policy));
}
BENCHMARK(CompileDirect)->Unit(benchmark::kMicrosecond);

void Prove(benchmark::State& state) {
  const auto profile =
      schema::profile::Parse(schema::json::Read(DefaultProfile()).document).profile;
  const auto policy = schema::policy::Resolve(*profile, DefaultTarget());
  const auto filter = schema::filter::Compile(*policy);
  for (auto _ : state) {
    benchmark::DoNotOptimize(schema::filter::FindCounterexample(filter->program, *policy));
  }
}
BENCHMARK(Prove)->Unit(benchmark::kMicrosecond);

void ProveDirect(benchmark::State& state) {
  const auto profile =
      schema::profile::Parse(schema::json::Read(DefaultProfile()).document).profile;
  const auto policy = schema::policy::Resolve(*profile, DefaultTarget());
  const auto filter = schema::filter::CompileDirect(*policy);
  for (auto _ : state) {
    benchmark::DoNotOptimize(schema::filter::FindCounterexample(filter->program, *policy));
  }
}
BENCHMARK(ProveDirect)->Unit(benchmark::kMicrosecond);

}  // namespace
