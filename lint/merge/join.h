// Several profiles as one that allows what any of them allows.
//
//     A: { "names": ["read", "write"], ALLOW }          { "names": ["close", "read", "write"],
//     ALLOW } B: { "names": ["close", "read"], ALLOW }    ->    { "names": ["socket"], ALLOW }
//        { "names": ["socket"], ALLOW }
//     A: { "names": ["socket"], ALLOW if arg0 == 1 }
//
// Rules only ever add to what a profile allows, so those of all profiles stand behind each other. A
// name is left out of a rule that another one covers: with the same verdict, conditions on the
// arguments that follow from the rule's, and no conditions on the target that the rule does not
// have. A rule that denies loses the names that another profile allows whatever the arguments and
// the target, and, where it is stricter than the default, those that another one does not name.
// Whether that is the union of what the profiles mean, CheckUnion() of proof.h finds out.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"
#include "schema/profile/profile.h"

namespace lint::merge {

struct Part {
  std::string name;                                   // for messages
  std::string_view text;                              // of the file
  const schema::profile::Profile* profile = nullptr;  // complete
};

struct Joined {
  schema::profile::Profile profile;
  std::vector<std::string> notes;  // what is not as in each part, a sentence each
};

// Rules keep their order, that of the parts and within them, and their comments; names are sorted;
// rules with the same conditions and comment become one. Errors: kInvalid, with the place: parts
// whose default action, flags, listener or way to name architectures differ.
schema::Result<Joined> Join(std::span<const Part> parts);

}  // namespace lint::merge
