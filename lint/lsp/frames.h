// The base protocol of LSP: each message is a header, an empty line and a JSON text.
//
//     Content-Length: 52\r\n
//     \r\n
//     {"jsonrpc":"2.0","id":1,"method":"shutdown"}
//
// Source: Language Server Protocol 3.17, "Base Protocol".

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace lint::lsp {

// Where the client's bytes come from.
class Input {
 public:
  Input() = default;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  virtual ~Input() = default;

  // Waits for bytes and puts some into `into`. Returns how many; 0: there will be no more.
  virtual std::size_t Read(std::span<char> into) = 0;
  // Whether Read would return at once.
  virtual bool IsWaiting() = 0;
};

inline constexpr std::size_t kMaxHeader = std::size_t{8} << 10U;  // bytes, the empty line included
inline constexpr std::size_t kMaxBody = std::size_t{8} << 20U;    // bytes

struct Frame {
  enum class Kind {
    kBody,    // `text` is the body
    kLost,    // a message that cannot be taken; the next one can. `text` says why
    kBroken,  // not the protocol: where the next message begins is unknown. `text` says why
    kEnd,     // no more input
  };
  Kind kind = Kind::kEnd;
  std::string text = {};
};

class FrameReader {
 public:
  explicit FrameReader(Input& input) : input_(input) {}

  // Header names count in any case; others than Content-Length are skipped. After kBroken and kEnd
  // there is nothing more to read.
  Frame Next();

  // Whether there is something for Next() already. It may be less than a message.
  bool IsWaiting() { return at_ < buffer_.size() || input_.IsWaiting(); }

 private:
  bool Fill();                       // false: no more input
  bool ReadLine(std::string& line);  // without its end; false: no more input, or too long
  bool Skip(std::size_t count);      // false: the input ends before
  bool Take(std::size_t count, std::string& text);

  Input& input_;
  std::string buffer_;
  std::size_t at_ = 0;            // into buffer_
  std::size_t header_bytes_ = 0;  // of this message
};

// `body` with its header.
std::string Framed(std::string_view body);

}  // namespace lint::lsp
