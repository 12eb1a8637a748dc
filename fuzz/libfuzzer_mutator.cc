// libFuzzer's mutations of a profile: mostly as a profile, sometimes as bytes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/parts.h"
#include "fuzz/profile_mutator.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

// One in so many is mutated as bytes: the reader's errors are wanted, too.
constexpr unsigned kAsBytes = 8;

std::size_t Put(const std::optional<std::string>& text, std::uint8_t* data, std::size_t max_size) {
  if (!text || text->size() > max_size) return 0;
  std::ranges::copy(*text, data);
  return text->size();
}

// Of an input of several profiles, one.
std::optional<std::string> MutatePart(std::string_view text, std::uint32_t choice) {
  const auto parts = fuzz::Parts(text);
  const std::string_view part = parts[choice % parts.size()];
  auto mutated = fuzz::MutateProfile(part, choice);
  if (!mutated) return std::nullopt;
  if (part.data() != parts.back().data()) *mutated += '\n';
  const auto begin = static_cast<std::size_t>(part.data() - text.data());
  return std::string(text).replace(begin, part.size(), *mutated);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  if (seed % kAsBytes == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::uint32_t choice = seed / kAsBytes;
  auto text = MutatePart(fuzz::AsText(data, size), choice);
  if (!text && choice % 2 == 0) text = fuzz::MutateProfile(fuzz::kSmallestProfile, choice);
  if (const std::size_t written = Put(text, data, max_size)) return written;
  return LLVMFuzzerMutate(data, size, max_size);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size,
                                                 std::uint8_t* out, std::size_t max_size,
                                                 unsigned int seed) {
  return Put(
      fuzz::CrossProfiles(fuzz::AsText(one, one_size), fuzz::AsText(other, other_size), seed), out,
      max_size);
}
