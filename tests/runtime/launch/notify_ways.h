// Filters that ask a listener, and every way to launch a program that a listener could mind.

#pragma once

#include <sys/types.h>

#include <functional>
#include <initializer_list>
#include <string>

#include "tests/runtime/launch/launched.h"

namespace runtime::launch {

inline constexpr uid_t kNobody = 65534;

// `filter` with the listener at `path`.
schema::filter::Filter Asking(schema::filter::Filter filter, const std::string& path);

// Asks about `numbers`.
schema::filter::Filter AskingAbout(std::initializer_list<long> numbers, const std::string& path);

schema::filter::Filter AskingAboutAll(const std::string& path);

// Calls `body` with `spec` changed in each of the ways: init, a monitor, a late filter, another
// user and so on. No monitor may leave a file that `body` does not see the end of.
void InEveryWay(const Spec& spec, const std::function<void(const Spec&)>& body);

// `make` makes the spec for each of them.
void InEveryWay(const std::function<Spec()>& make, const std::function<void(const Spec&)>& body);

// How many these are.
std::size_t WayCount();

}  // namespace runtime::launch
