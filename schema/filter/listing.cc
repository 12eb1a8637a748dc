#include "schema/filter/listing.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/filter/check_program.h"
#include "schema/filter/instruction.h"
#include "schema/filter/reach.h"
#include "schema/filter/seccomp_data.h"
#include "schema/hex.h"
#include "schema/kernel/action.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/syscall.h"

namespace schema::filter {
namespace {

// What compilers of filters use of BPF.
struct Form {
  std::uint16_t code;
  std::string_view c;         // its code in C
  std::string_view mnemonic;  // bpf_asm's
  std::string_view relation;  // a conditional jump's, for people
};
constexpr std::array kForms = {
    Form{kLoadWord, "BPF_LD | BPF_W | BPF_ABS", "ld", ""},
    Form{kAnd, "BPF_ALU | BPF_AND | BPF_K", "and", ""},
    Form{kJump, "BPF_JMP | BPF_JA", "jmp", ""},
    Form{kJumpIfEqual, "BPF_JMP | BPF_JEQ | BPF_K", "jeq", "=="},
    Form{kJumpIfGreater, "BPF_JMP | BPF_JGT | BPF_K", "jgt", ">"},
    Form{kJumpIfNotLess, "BPF_JMP | BPF_JGE | BPF_K", "jge", ">="},
    Form{kJumpIfBits, "BPF_JMP | BPF_JSET | BPF_K", "jset", "has a bit of"},
    Form{kReturn, "BPF_RET | BPF_K", "ret", ""},
};

Result<std::vector<const Form*>> FormsOf(std::span<const sock_filter> program) {
  std::vector<const Form*> forms;
  for (const sock_filter& instruction : program) {
    const auto* form = std::ranges::find(kForms, instruction.code, &Form::code);
    if (form == kForms.end()) {
      return Error{ErrorCode::kUnsupported,
                   "instruction " + std::to_string(forms.size()) + ": no text for code " +
                       std::to_string(instruction.code),
                   0};
    }
    forms.push_back(form);
  }
  return forms;
}

std::string Joined(const std::vector<std::string>& words, std::size_t at_most) {
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < at_most; ++i) {
    text += (i == 0 ? "" : ", ") + words[i];
  }
  if (words.size() > at_most) text += " and " + std::to_string(words.size() - at_most) + " more";
  return text;
}

std::string Padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

// "x86_64, x32".
std::string ArchitectureNames(std::uint32_t token) {
  std::vector<std::string> names;
  for (const kernel::ArchitectureFacts& facts : kernel::Architectures()) {
    if (facts.audit_token == token) names.emplace_back(facts.name);
  }
  return names.empty() ? Hex(token) : Joined(names, names.size());
}

// The only token of the calls that come there; std::nullopt: several, or none.
std::optional<std::uint32_t> TokenOf(const Reach& reach) {
  if (reach.calls.size() != 1) return std::nullopt;
  return reach.calls.begin()->first;
}

// "fork", "x32's fork"; the number where no such call is there.
std::string NumberName(const Reach& reach, std::uint32_t number) {
  const auto token = TokenOf(reach);
  const auto architecture = token ? kernel::ArchitectureOf(*token, number) : std::nullopt;
  const std::string_view name = architecture ? kernel::NameOf(*architecture, number) : "";
  if (name.empty()) return number < kernel::kX32Bit ? std::to_string(number) : Hex(number);
  return (architecture == kernel::Architecture::kX32 ? "x32's " : "") + std::string(name);
}

// The calls that come there, where all are of one architecture's token.
std::string CallNames(const Reach& reach) {
  std::vector<std::string> names;
  const auto token = TokenOf(reach);
  for (const kernel::ArchitectureFacts& facts : kernel::Architectures()) {
    if (!token || facts.audit_token != *token) continue;
    for (const kernel::SyscallEntry& entry : kernel::SyscallEntries(facts.architecture)) {
      const auto& numbers = reach.calls.begin()->second;
      if (numbers.Within(entry.number, entry.number).empty()) continue;
      names.push_back(NumberName(reach, entry.number));
    }
  }
  constexpr std::size_t kEnough = 6;
  return Joined(names, kEnough);
}

std::string WordName(const Reach& reach, std::uint32_t word) {
  if (word == kNumberWord) return "nr";
  if (word == kArchitectureWord) return "arch";
  const auto is_little = [](const auto& calls) { return IsLittleEndian(calls.first); };
  const bool all = std::ranges::all_of(reach.calls, is_little);
  const bool some = std::ranges::any_of(reach.calls, is_little);
  const std::string half = all != some ? (word % 2 == 0 ? " first word" : " second word")
                           : (word % 2 == 0) == all ? " low"
                                                    : " high";
  if (word < kArgumentWord) return "instruction pointer" + half;
  return "arg" + std::to_string((word - kArgumentWord) / 2) + half;
}

std::string LoadComment(const Reach& reach, std::uint32_t word) {
  std::string text = WordName(reach, word);
  if (word == kArchitectureWord) return text;
  std::string of = word == kNumberWord && TokenOf(reach) ? ArchitectureNames(*TokenOf(reach))
                   : word == kNumberWord                 ? ""
                                                         : CallNames(reach);
  return of.empty() ? text : text + " of " + of;
}

std::string JumpComment(const Reach& reach, const sock_filter& jump, std::string_view relation) {
  const bool bits = jump.code == kJumpIfBits;
  if (!reach.loaded) return "A " + std::string(relation) + " " + Hex(jump.k);
  const auto [word, mask] = *reach.loaded;
  const bool whole = mask == ~std::uint32_t{0};
  const std::string left = WordName(reach, word) + (whole ? "" : " & " + Hex(mask));
  const bool named = whole && !bits;
  const std::string right = named && word == kArchitectureWord ? ArchitectureNames(jump.k)
                            : named && word == kNumberWord     ? NumberName(reach, jump.k)
                                                               : Hex(jump.k);
  return left + " " + std::string(relation) + " " + right;
}

std::string Label(std::size_t at) { return "L" + std::to_string(at); }

std::string Operand(const sock_filter& instruction, std::size_t at, const Reach& reach) {
  const bool decimal =
      reach.loaded && reach.loaded->word == kNumberWord && instruction.k < kernel::kX32Bit;
  switch (instruction.code) {
    case kLoadWord:
      return "[" + std::to_string(instruction.k) + "]";
    case kJump:
      return Label(at + 1 + instruction.k);
    case kReturn:
    case kAnd:
      return "#" + Hex(instruction.k);
    default:
      return "#" + (decimal ? std::to_string(instruction.k) : Hex(instruction.k)) + ", " +
             Label(at + 1 + instruction.jt) + ", " + Label(at + 1 + instruction.jf);
  }
}

std::string Comment(const sock_filter& instruction, const Form& form, const Reach& reach) {
  if (reach.calls.empty()) return "nothing comes here";
  switch (instruction.code) {
    case kLoadWord:
      return LoadComment(reach, instruction.k / 4);
    case kAnd:
    case kJump:
      return "";
    case kReturn:
      return kernel::ToString(kernel::FromRet(instruction.k));
    default:
      return JumpComment(reach, instruction, form.relation);
  }
}

std::vector<bool> JumpTargets(std::span<const sock_filter> program) {
  std::vector<bool> targets(program.size());
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& instruction = program[at];
    if (BPF_CLASS(instruction.code) != BPF_JMP) continue;
    if (instruction.code == kJump) {
      targets[at + 1 + instruction.k] = true;
    } else {
      targets[at + 1 + instruction.jt] = true;
      targets[at + 1 + instruction.jf] = true;
    }
  }
  return targets;
}

}  // namespace

Result<std::string> ToC(std::span<const sock_filter> program) {
  const auto forms = FormsOf(program);
  if (!forms) return forms.error();
  // Unused: where the file is compiled alone.
  std::string text =
      "#include <linux/filter.h>\n\n"
      "static const struct sock_filter filter[] __attribute__((unused)) = {\n";
  for (std::size_t at = 0; at < program.size(); ++at) {
    const Form& form = *(*forms)[at];
    const sock_filter& instruction = program[at];
    text += (form.relation.empty() ? "    BPF_STMT(" : "    BPF_JUMP(") + std::string(form.c) +
            ", " + Hex(instruction.k);
    if (!form.relation.empty()) {
      text += ", " + std::to_string(instruction.jt) + ", " + std::to_string(instruction.jf);
    }
    text += "),\n";
  }
  return text + "};\n";
}

Result<std::string> ToAssembly(std::span<const sock_filter> program) {
  if (Status status = CheckProgram(program); !status) return std::move(status).error();
  const auto forms = FormsOf(program);
  if (!forms) return forms.error();
  const std::vector<Reach> reach = FindReach(program);
  const std::vector<bool> targets = JumpTargets(program);
  constexpr std::size_t kLabelWidth = 8;
  constexpr std::size_t kCommentColumn = 44;
  std::string text;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const Form& form = *(*forms)[at];
    const std::string label = targets[at] ? Label(at) + ":" : "";
    const std::string code = Padded(label, kLabelWidth) + Padded(std::string(form.mnemonic), 5) +
                             Operand(program[at], at, reach[at]);
    const std::string comment = Comment(program[at], form, reach[at]);
    text += Padded(code, kCommentColumn) + "; " + std::to_string(at) +
            (comment.empty() ? "" : ": " + comment) + "\n";
  }
  return text;
}

}  // namespace schema::filter
