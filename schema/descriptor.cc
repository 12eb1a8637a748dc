#include "schema/descriptor.h"

#include <unistd.h>

namespace schema {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    Close();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

void Descriptor::Close() {
  // Not repeated on EINTR: Linux has released the descriptor by then (close(2)).
  if (number_ >= 0) close(std::exchange(number_, -1));
}

}  // namespace schema
