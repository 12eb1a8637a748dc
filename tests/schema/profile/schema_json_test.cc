// That schema/profile.schema.json, by which editors complete and check profiles, knows the keys and
// words that the parser knows. Where a table has changed,
//
//     build/release/bin/profile_schema_json_test --update-schema
//
// writes the lists of words anew; a new key is written into the file by hand, with a title and a
// description.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "schema/json/reader.h"
#include "schema/kernel/action.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/capability.h"
#include "schema/kernel/errno_name.h"
#include "schema/kernel/filter_flag.h"
#include "schema/kernel/syscall.h"
#include "schema/profile/parser.h"
#include "schema/profile/words.h"

namespace schema::profile {
namespace {

using boost::json::object;
using boost::json::value;
using Words = std::vector<std::string>;

constexpr const char* kFile = "schema/profile.schema.json";
bool update_schema = false;

std::string Text() {
  std::ifstream file(kFile, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

value Schema() { return boost::json::parse(Text()); }

template <class Range>
Words Copied(const Range& range) {
  return Words(range.begin(), range.end());
}

template <class Range, class NameOf>
Words Listed(const Range& range, const NameOf& name_of) {
  Words words;
  for (const auto& item : range) words.emplace_back(name_of(item));
  return words;
}

Words ActionsWithErrno() {
  Words words;
  for (const auto& facts : kernel::Actions()) {
    if (facts.takes_errno) words.emplace_back(facts.scmp_name);
  }
  return words;
}

Words Machines() {
  const auto docker_name = [](const auto& facts) { return facts.docker_name; };
  Words words = Listed(kernel::Architectures(), docker_name);
  for (const std::string& word : words) EXPECT_TRUE(kernel::IsDockerArchName(word)) << word;
  return words;
}

Words ErrnoNames() {
  Words words;
  for (std::uint16_t number = 1; number <= kernel::kMaxErrno; ++number) {
    if (const std::string name = kernel::ErrnoText(number); kernel::ParseErrno(name)) {
      words.push_back(name);
    }
  }
  for (const char* const other : {"EDEADLOCK", "ENOTSUP", "EWOULDBLOCK"}) {
    const bool known = kernel::ParseErrno(other).has_value();
    if (known && std::ranges::find(words, other) == words.end()) words.emplace_back(other);
  }
  return words;
}

// A definition whose "enum" is one of our tables.
struct Table {
  std::string definition;
  Words words;
};

std::vector<Table> Tables() {
  const auto scmp_name = [](const auto& facts) { return facts.scmp_name; };
  return {{"actionWithErrno", ActionsWithErrno()},
          {"action", Copied(ActionWords().words)},
          {"operator", Copied(OperatorWords().words)},
          {"architecture", Listed(kernel::Architectures(), scmp_name)},
          {"machine", Machines()},
          {"flag", Listed(kernel::FilterFlags(), [](const auto& flag) { return flag.name; })},
          {"capability", Copied(kernel::CapabilityNames())},
          {"errnoName", ErrnoNames()},
          {"knownSyscall", Copied(kernel::SyscallNames())}};
}

// The words as lines of at most 100 columns.
std::string EnumText(const Words& words) {
  std::string out;
  std::string line = "       ";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string item = "\"" + words[i] + "\"" + (i + 1 == words.size() ? "" : ",");
    if (line.size() + 1 + item.size() > 100) {
      out += line + "\n";
      line = "       ";
    }
    line += " " + item;
  }
  return out + line + "\n";
}

void Update() {
  std::string text = Text();
  for (const Table& table : Tables()) {
    const std::string mark = "\"enum\": [\n";
    const std::size_t definition = text.find("\n    \"" + table.definition + "\": {");
    ASSERT_NE(definition, std::string::npos) << table.definition;
    const std::size_t begin = text.find(mark, definition) + mark.size();
    const std::size_t end = text.find("      ]", begin);
    text.replace(begin, end - begin, EnumText(table.words));
  }
  std::ofstream(kFile, std::ios::binary) << text;
}

TEST(ProfileSchema, HasTheWordsOfTheTables) {
  if (update_schema) Update();
  const value schema = Schema();
  for (const Table& table : Tables()) {
    Words words;
    const std::string pointer = "/definitions/" + table.definition + "/enum";
    for (const value& word : schema.at_pointer(pointer).as_array()) {
      words.emplace_back(word.as_string());
    }
    EXPECT_EQ(words, table.words)
        << pointer << ": run profile_schema_json_test --update-schema and read the difference";
  }
}

// What the parser says are the keys of the object that lacks "qqqqqqqqqqqqqqqq".
std::set<std::string> KeysOf(const std::string& profile) {
  const json::ReadResult read = json::Read(profile);
  const ParseResult parsed = Parse(read.document);
  for (const Problem& problem : parsed.problems) {
    if (problem.kind != ProblemKind::kUnknownKey) continue;
    std::set<std::string> keys;
    std::istringstream help(problem.help.substr(problem.help.find(':') + 1));
    for (std::string key; help >> key;) keys.insert(key);
    return keys;
  }
  return {};
}

TEST(ProfileSchema, HasTheKeysOfTheParser) {
  const value schema = Schema();
  const std::string unknown = R"({"qqqqqqqqqqqqqqqq": 1})";
  const auto rule = [](const std::string& text) { return R"({"syscalls": [)" + text + "]}"; };
  const std::pair<const char*, std::string> objects[] = {
      {"", unknown},
      {"/properties/archMap/items", R"({"archMap": [)" + unknown + "]}"},
      {"/definitions/rule", rule(unknown)},
      {"/definitions/argument", rule(R"({"args": [)" + unknown + "]}")},
      {"/definitions/conditions", rule(R"({"includes": )" + unknown + "}")},
  };
  for (const auto& [pointer, profile] : objects) {
    const object& described = schema.at_pointer(pointer).as_object();
    std::set<std::string> keys;
    for (const auto& property : described.at("properties").as_object()) {
      keys.emplace(property.key());
      const object& about = property.value().as_object();
      EXPECT_TRUE(about.contains("title") && about.contains("description")) << property.key();
    }
    EXPECT_EQ(keys, KeysOf(profile)) << pointer << ": see the head of " << __FILE__;
    EXPECT_EQ(described.at("additionalProperties"), false) << pointer;
  }
}

}  // namespace
}  // namespace schema::profile

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--update-schema") != 0) {
      std::cerr << "unknown argument " << argv[i] << "\n";
      return 2;
    }
    schema::profile::update_schema = true;
  }
  return RUN_ALL_TESTS();
}
