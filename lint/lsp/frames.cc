#include "lint/lsp/frames.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace lint::lsp {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsContentLength(std::string_view name) {
  return std::ranges::equal(name, std::string_view("content-length"), {}, &Lower);
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::size_t> ParseLength(std::string_view text) {
  std::size_t length = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, length);
  if (error != std::errc() || stop != end) return std::nullopt;
  return length;
}

}  // namespace

bool FrameReader::Fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  std::array<char, 16384> bytes;
  const std::size_t count = input_.Read(bytes);
  buffer_.append(bytes.data(), count);
  return count != 0;
}

bool FrameReader::ReadLine(std::string& line) {
  std::size_t looked = 0;
  while (true) {
    const std::size_t end = buffer_.find('\n', at_ + looked);
    if (end != std::string::npos) {
      line.assign(buffer_, at_, end - at_);
      if (line.ends_with('\r')) line.pop_back();
      header_bytes_ += end + 1 - at_;
      at_ = end + 1;
      return header_bytes_ <= kMaxHeader;
    }
    looked = buffer_.size() - at_;
    if (header_bytes_ + looked > kMaxHeader || !Fill()) return false;
  }
}

bool FrameReader::Skip(std::size_t count) {
  while (count != 0) {
    if (at_ == buffer_.size() && !Fill()) return false;
    const std::size_t some = std::min(count, buffer_.size() - at_);
    at_ += some;
    count -= some;
  }
  return true;
}

bool FrameReader::Take(std::size_t count, std::string& text) {
  while (text.size() < count) {
    if (at_ == buffer_.size() && !Fill()) return false;
    const std::size_t some = std::min(count - text.size(), buffer_.size() - at_);
    text.append(buffer_, at_, some);
    at_ += some;
  }
  return true;
}

Frame FrameReader::Next() {
  header_bytes_ = 0;
  std::optional<std::size_t> length;
  std::string line;
  while (true) {
    if (!ReadLine(line)) {
      const bool is_end = header_bytes_ == 0 && at_ == buffer_.size();
      if (is_end) return {Frame::Kind::kEnd};
      return {Frame::Kind::kBroken, "a header that does not end, or is longer than " +
                                        std::to_string(kMaxHeader) + " bytes"};
    }
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) {
      return {Frame::Kind::kBroken, "a line of the header has no colon"};
    }
    if (!IsContentLength(Trimmed(std::string_view(line).substr(0, colon)))) continue;
    length = ParseLength(Trimmed(std::string_view(line).substr(colon + 1)));
    if (!length) return {Frame::Kind::kBroken, "Content-Length is no number of bytes"};
  }
  if (!length) return {Frame::Kind::kBroken, "a header has no Content-Length"};
  if (*length > kMaxBody) {
    if (!Skip(*length)) return {Frame::Kind::kEnd};
    return {Frame::Kind::kLost,
            "a message is longer than " + std::to_string(kMaxBody) + " bytes, and left out"};
  }
  Frame frame{Frame::Kind::kBody};
  if (!Take(*length, frame.text)) return {Frame::Kind::kEnd};
  return frame;
}

std::string Framed(std::string_view body) {
  return "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace lint::lsp
