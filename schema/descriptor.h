// Who owns a file descriptor.

#pragma once

#include <utility>

namespace schema {

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

}  // namespace schema
