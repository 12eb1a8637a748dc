#include "schema/filter/listing.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>

#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "schema/filter/compile.h"
#include "schema/filter/direct.h"
#include "schema/filter/instruction.h"
#include "schema/json/reader.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace schema::filter {
namespace {

using Program = std::vector<sock_filter>;

constexpr std::uint32_t kX86_64Token = 0xC000003E;
constexpr std::uint32_t kX86Token = 0x40000003;

// What bpf_asm does (tools/bpf/bpf_exp.y of Linux), for as much of its language as we write.
class Assembler {
 public:
  static Program Assemble(const std::string& text) {
    Assembler assembler;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) assembler.Take(line);
    return assembler.Resolve();
  }

 private:
  struct Line {
    std::string mnemonic;
    std::vector<std::string> operands;
  };

  void Take(std::string text) {
    text = text.substr(0, text.find(';'));
    if (const auto colon = text.find(':'); colon != std::string::npos) {
      const std::string label = text.substr(0, colon);
      EXPECT_TRUE(labels_.emplace(label, lines_.size()).second) << "twice: " << label;
      text = text.substr(colon + 1);
    }
    for (char& c : text) {
      if (c == ',') c = ' ';
    }
    std::istringstream words(text);
    Line line;
    if (!(words >> line.mnemonic)) return;
    for (std::string word; words >> word;) line.operands.push_back(word);
    lines_.push_back(line);
  }

  static std::uint32_t Number(const std::string& text) {
    return static_cast<std::uint32_t>(std::stoul(text, nullptr, 0));
  }

  std::size_t Distance(std::size_t from, const std::string& label) const {
    const auto found = labels_.find(label);
    EXPECT_TRUE(found != labels_.end()) << label;
    if (found == labels_.end() || found->second <= from) return 0;
    return found->second - from - 1;
  }

  Program Resolve() const {
    const std::map<std::string, std::uint16_t> jumps = {{"jeq", BPF_JMP | BPF_JEQ | BPF_K},
                                                        {"jgt", BPF_JMP | BPF_JGT | BPF_K},
                                                        {"jge", BPF_JMP | BPF_JGE | BPF_K},
                                                        {"jset", BPF_JMP | BPF_JSET | BPF_K}};
    Program program;
    for (std::size_t at = 0; at < lines_.size(); ++at) {
      const auto& [mnemonic, operands] = lines_[at];
      const std::string first = operands.empty() ? "" : operands[0];
      if (mnemonic == "ld" && first.starts_with("[") && first.ends_with("]")) {
        program.push_back({BPF_LD | BPF_W | BPF_ABS, 0, 0, Number(first.substr(1))});
      } else if (mnemonic == "and" && first.starts_with("#")) {
        program.push_back({BPF_ALU | BPF_AND | BPF_K, 0, 0, Number(first.substr(1))});
      } else if (mnemonic == "ret" && first.starts_with("#")) {
        program.push_back({BPF_RET | BPF_K, 0, 0, Number(first.substr(1))});
      } else if (mnemonic == "jmp") {
        program.push_back(
            {BPF_JMP | BPF_JA, 0, 0, static_cast<std::uint32_t>(Distance(at, first))});
      } else if (jumps.contains(mnemonic) && operands.size() == 3 && first.starts_with("#")) {
        program.push_back({jumps.at(mnemonic), static_cast<std::uint8_t>(Distance(at, operands[1])),
                           static_cast<std::uint8_t>(Distance(at, operands[2])),
                           Number(first.substr(1))});
      } else {
        ADD_FAILURE() << "no instruction of bpf_asm: " << mnemonic << " " << first;
      }
    }
    return program;
  }

  std::vector<Line> lines_;
  std::map<std::string, std::size_t> labels_;
};

void ExpectSame(const Program& got, const Program& expected, const std::string& what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  for (std::size_t at = 0; at < got.size(); ++at) {
    EXPECT_TRUE(got[at].code == expected[at].code && got[at].jt == expected[at].jt &&
                got[at].jf == expected[at].jf && got[at].k == expected[at].k)
        << what << ", instruction " << at;
  }
}

policy::Policy PolicyOf(const std::string& name, const std::string& target_text) {
  std::ifstream file("profiles/" + name, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  kernel::Target target;
  target.kernel = {6, 18};
  target = *kernel::ParseTarget(target_text, target);
  return *policy::Resolve(*profile::Parse(json::Read(text).document).profile, target);
}

TEST(Listing, AssemblesToTheSameProgram) {
  for (const char* name : {"default.json", "strict.json", "audit.json"}) {
    for (const char* architecture : {"x86_64", "arm64", "s390x", "mips64", "ppc64le"}) {
      const auto policy = PolicyOf(name, std::string("arch=") + architecture + ",caps=docker");
      for (const auto& filter : {CompileDirect(policy), Compile(policy)}) {
        ASSERT_TRUE(filter) << filter.error().message;
        const auto text = ToAssembly(filter->program);
        ASSERT_TRUE(text) << text.error().message;
        ExpectSame(Assembler::Assemble(*text), filter->program,
                   std::string(name) + " on " + architecture);
      }
    }
  }
}

// Two architectures that share a check of an argument, and one place that nothing comes to.
const Program kShared = {
    {kLoadWord, 0, 0, 4},
    {kJumpIfEqual, 0, 4, kX86_64Token},
    {kLoadWord, 0, 0, 0},
    {kJumpIfNotLess, 13, 0, kernel::kX32Bit},
    {kJumpIfEqual, 5, 0, 57},  // 4
    {kJumpIfGreater, 11, 10, 135},
    {kJumpIfEqual, 0, 10, kX86Token},
    {kLoadWord, 0, 0, 0},
    {kJumpIfEqual, 1, 8, 2},
    {kJump, 0, 0, 7},
    {kLoadWord, 0, 0, 16},  // 10
    {kAnd, 0, 0, 0xF0},
    {kJumpIfEqual, 4, 0, 0x10},
    {kLoadWord, 0, 0, 20},
    {kJumpIfBits, 2, 1, 0x3},
    {kJumpIfEqual, 0, 0, 1},  // 15
    {kReturn, 0, 0, SECCOMP_RET_ERRNO | 1U},
    {kReturn, 0, 0, SECCOMP_RET_ALLOW},
};

TEST(Listing, SaysWhatAPersonWantsToKnow) {
  const auto text = ToAssembly(kShared);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text,
            "        ld   [4]                            ; 0: arch\n"
            "        jeq  #0xc000003e, L2, L6            ; 1: arch == x86_64, x32\n"
            "L2:     ld   [0]                            ; 2: nr of x86_64, x32\n"
            "        jge  #0x40000000, L17, L4           ; 3: nr >= x32's read\n"
            "L4:     jeq  #57, L10, L5                   ; 4: nr == fork\n"
            "L5:     jgt  #135, L17, L16                 ; 5: nr > personality\n"
            "L6:     jeq  #0x40000003, L7, L17           ; 6: arch == x86\n"
            "L7:     ld   [0]                            ; 7: nr of x86\n"
            "        jeq  #2, L10, L17                   ; 8: nr == fork\n"
            "        jmp  L17                            ; 9: nothing comes here\n"
            "L10:    ld   [16]                           ; 10: arg0 low\n"
            "        and  #0xf0                          ; 11\n"
            "        jeq  #0x10, L17, L13                ; 12: arg0 low & 0xf0 == 0x10\n"
            "L13:    ld   [20]                           ; 13: arg0 high\n"
            "        jset #0x3, L17, L16                 ; 14: arg0 high has a bit of 0x3\n"
            "        jeq  #0x1, L16, L16                 ; 15: nothing comes here\n"
            "L16:    ret  #0x50001                       ; 16: SCMP_ACT_ERRNO(EPERM)\n"
            "L17:    ret  #0x7fff0000                    ; 17: SCMP_ACT_ALLOW\n");
  ExpectSame(Assembler::Assemble(*text), kShared, "the shared one");
}

TEST(Listing, NamesTheCallsOfAnArgument) {
  const auto filter = CompileDirect(PolicyOf("default.json", "arch=s390x"));
  ASSERT_TRUE(filter);
  const auto text = ToAssembly(filter->program);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find(": arch == s390x\n"), std::string::npos) << *text;
  EXPECT_NE(text->find(": nr of s390\n"), std::string::npos);
  EXPECT_NE(text->find(": arg0 high of personality\n"), std::string::npos);
  // Big endian: the second word of an argument is the low one.
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("arg0 low of") != std::string::npos) {
      EXPECT_NE(line.find("[20]"), std::string::npos) << line;
    }
  }
}

TEST(Listing, InC) {
  const auto text = ToC(Program{{kLoadWord, 0, 0, 4},
                                {kJumpIfBits, 0, 1, 0x3},
                                {kJump, 0, 0, 0},
                                {kReturn, 0, 0, SECCOMP_RET_ALLOW}});
  ASSERT_TRUE(text);
  EXPECT_EQ(*text,
            "#include <linux/filter.h>\n\n"
            "static const struct sock_filter filter[] __attribute__((unused)) = {\n"
            "    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0x4),\n"
            "    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3, 0, 1),\n"
            "    BPF_STMT(BPF_JMP | BPF_JA, 0x0),\n"
            "    BPF_STMT(BPF_RET | BPF_K, 0x7fff0000),\n"
            "};\n");
}

TEST(Listing, RefusesWhatNoCompilerMakes) {
  const Program negates = {{BPF_ALU | BPF_NEG, 0, 0, 0}, {kReturn, 0, 0, 0}};
  EXPECT_EQ(ToAssembly(negates).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(ToC(negates).error().message, "instruction 0: no text for code 132");
  EXPECT_EQ(ToAssembly(Program{{kJump, 0, 0, 9}}).error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace schema::filter
