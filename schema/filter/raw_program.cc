#include "schema/filter/raw_program.h"

#include <cstdint>
#include <string>

#include "schema/filter/filter.h"

namespace schema::filter {
namespace {

constexpr std::size_t kInstructionBytes = 8;

std::uint32_t LittleEndian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8U | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

Result<std::vector<sock_filter>> FromRaw(std::string_view bytes) {
  const auto wrong = [](const std::string& why) { return Error{ErrorCode::kInvalid, why, 0}; };
  if (bytes.empty()) return wrong("the program is empty");
  if (bytes.size() > kMaxInstructions * kInstructionBytes) {
    return wrong("the program has more than " + std::to_string(kMaxInstructions) +
                 " instructions, the most that the kernel takes");
  }
  if (bytes.size() % kInstructionBytes != 0) {
    return wrong("no program: " + std::to_string(bytes.size()) +
                 " bytes, which is no multiple of the 8 of an instruction");
  }
  std::vector<sock_filter> program;
  for (; !bytes.empty(); bytes.remove_prefix(kInstructionBytes)) {
    program.push_back({static_cast<std::uint16_t>(LittleEndian(bytes.substr(0, 2))),
                       static_cast<std::uint8_t>(bytes[2]), static_cast<std::uint8_t>(bytes[3]),
                       LittleEndian(bytes.substr(4, 4))});
  }
  return program;
}

}  // namespace schema::filter
