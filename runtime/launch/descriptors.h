// File descriptors: who owns one, and which survive execve.

#pragma once

#include <utility>

#include "schema/error.h"

namespace runtime::launch {

// Owns a descriptor and closes it. -1: owns none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { Close(); }

  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  void Close();

 private:
  int number_ = -1;
};

// Marks every open descriptor from 3 up close-on-exec, so that what a careless parent left open
// does not reach the programs that we start. For the start of main(), before any thread.
// Errors: kSystem, close_range(2) is missing (Linux before 5.11) and /proc/self/fd unreadable.
// Source: close_range(2), CLOSE_RANGE_CLOEXEC.
schema::Status MarkInheritedCloseOnExec();

}  // namespace runtime::launch
