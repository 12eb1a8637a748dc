// What a fuzz target checks: on failure the program stops, for the fuzzer to keep the input.

#pragma once

#include <cstdio>
#include <cstdlib>

#define REQUIRE(CONDITION)                                                                \
  do {                                                                                    \
    if (!(CONDITION)) {                                                                   \
      std::fprintf(stderr, "%s:%d: ERROR: not so: %s\n", __FILE__, __LINE__, #CONDITION); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
