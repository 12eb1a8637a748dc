// AFL++'s custom mutator of profiles: what afl-fuzz loads for AFL_CUSTOM_MUTATOR_LIBRARY and calls
// beside its own mutations. The driver that runs a libFuzzer target in AFL++ leaves
// LLVMFuzzerCustomMutator alone: mutation is in another process there.
// Source: AFL++, docs/custom_mutators.md.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "fuzz/parts.h"
#include "fuzz/profile_mutator.h"

namespace {

struct Mutator {
  std::minstd_rand random;
  std::string made;  // what AFL++ reads until the next call
};

}  // namespace

extern "C" void* afl_custom_init(void* /*afl*/, unsigned int seed) {
  return new Mutator{std::minstd_rand(seed), {}};
}

extern "C" std::size_t afl_custom_fuzz(void* data, std::uint8_t* buf, std::size_t size,
                                       std::uint8_t** out, std::uint8_t* other,
                                       std::size_t other_size, std::size_t max_size) {
  constexpr unsigned kCrossed = 4;  // one in so many
  auto& mutator = *static_cast<Mutator*>(data);
  const auto choice = static_cast<std::uint32_t>(mutator.random());
  std::optional<std::string> text;
  if (other != nullptr && choice % kCrossed == 0) {
    text = fuzz::CrossProfiles(fuzz::AsText(buf, size), fuzz::AsText(other, other_size), choice);
  }
  if (!text) text = fuzz::MutateProfile(fuzz::AsText(buf, size), choice);
  if (!text) text = fuzz::MutateProfile(fuzz::kSmallestProfile, choice);
  if (!text || text->size() > max_size) return 0;  // AFL++ then goes on to the next
  mutator.made = std::move(*text);
  *out = reinterpret_cast<std::uint8_t*>(mutator.made.data());
  return mutator.made.size();
}

extern "C" void afl_custom_deinit(void* data) { delete static_cast<Mutator*>(data); }
