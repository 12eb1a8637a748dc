#include "lint/lsp/place.h"

#include <algorithm>
#include <utility>

namespace lint::lsp {
namespace {

using schema::Span;

constexpr std::size_t kMaxDepth = 64;  // a profile is 7 deep; 32 is all that its reader takes

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '+' || c == '-';
}

// An array or object that is open.
struct Container {
  bool is_object = false;
  std::string key = {};                 // of the member that is being read
  std::string last_word = {};           // among values
  bool after_colon = false;             // its value comes
  bool after_value = false;             // its comma comes
  bool has_cursor = false;              // its siblings are asked for
  std::vector<std::string> words = {};  // keys, or the strings of an array
};

class Scan {
 public:
  Scan(std::string_view text, std::size_t cursor) : text_(text), cursor_(cursor) {}

  std::optional<Place> Run() {
    while (at_ < text_.size() && !is_complete_ && open_.size() <= kMaxDepth) {
      if (!place_ && at_ >= cursor_ && !IsTokenAt(at_))
        SetPlace({cursor_, cursor_}, false, nullptr);
      Step();
    }
    if (open_.size() > kMaxDepth) return std::nullopt;
    if (!place_) SetPlace({cursor_, cursor_}, false, nullptr);
    for (Container& container : open_) Close(container);
    return std::move(place_);
  }

  const std::vector<std::string>& root_keys() const { return root_keys_; }

 private:
  bool IsTokenAt(std::size_t at) const { return text_[at] == '"' || IsWordCharacter(text_[at]); }

  void Step() {
    switch (text_[at_]) {
      case '{':
      case '[':
        open_.push_back({.is_object = text_[at_] == '{'});
        ++at_;
        return;
      case '}':
      case ']':
        CloseTo(text_[at_] == '}');
        ++at_;
        return;
      case ':':
        Colon();
        return;
      case ',':
        if (!open_.empty()) {
          open_.back().after_colon = open_.back().after_value = false;
          open_.back().key.clear();
        }
        ++at_;
        return;
      case '"':
        return String();
      case '/':
        return Comment();
      default:
        if (!IsWordCharacter(text_[at_])) {
          ++at_;
          return;
        }
        return BareWord();
    }
  }

  void Colon() {
    ++at_;
    if (open_.empty() || !open_.back().is_object) return;
    Container& here = open_.back();
    if (here.after_value && !here.last_word.empty()) {  // a value is missing: this was a key
      here.key = here.last_word;
      Add(here, here.last_word);
      here.after_value = false;
    }
    here.after_colon = true;
  }

  void String() {
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n' && text_[at_] != '\r') {
      const bool escapes = text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] >= ' ';
      at_ += escapes ? 2 : 1;
    }
    const Span content{begin, at_};
    if (at_ < text_.size() && text_[at_] == '"') ++at_;
    Token(content, true);
  }

  void BareWord() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsWordCharacter(text_[at_])) ++at_;
    Token({begin, at_}, false);
  }

  // JSON has none, editors' JSON may.
  void Comment() {
    const std::string_view rest = text_.substr(at_);
    const bool is_block = rest.starts_with("/*");
    if (!is_block && !rest.starts_with("//")) {
      ++at_;
      return;
    }
    const std::size_t end = is_block ? text_.find("*/", at_ + 2) : text_.find('\n', at_);
    const std::size_t next =
        end == std::string_view::npos ? text_.size() : end + (is_block ? 2 : 0);
    // Nothing is to be written or looked up in a comment.
    if (!place_ && cursor_ > at_ && cursor_ < next + (is_block ? 0 : 1)) SetNoPlace();
    at_ = next;
  }

  void Token(Span content, bool quoted) {
    const std::string_view word = text_.substr(content.begin, content.end - content.begin);
    const bool has_cursor = !place_ && content.begin <= cursor_ && cursor_ <= content.end;
    // A word that is written before an opening quote would be beside another.
    const bool is_on_quote = !place_ && quoted && cursor_ + 1 == content.begin;
    if (open_.empty()) {
      if (has_cursor || is_on_quote) SetNoPlace();
      return;
    }
    Container& here = open_.back();
    if (here.is_object && here.after_value) {  // a comma is missing
      here.after_value = here.after_colon = false;
      here.key.clear();
    }
    if (has_cursor) SetPlace(content, quoted, &here);
    if (is_on_quote) SetNoPlace();
    if (here.is_object && !here.after_colon) {
      here.key = word;
      if (!has_cursor) Add(here, word);
      return;
    }
    here.after_value = true;
    here.last_word = has_cursor ? "" : word;
    if (!here.is_object && quoted && !has_cursor) Add(here, word);
  }

  void Add(Container& container, std::string_view word) {
    if (open_.size() == 1 && container.is_object) root_keys_.emplace_back(word);
    container.words.emplace_back(word);
  }

  void SetNoPlace() {
    SetPlace({cursor_, cursor_}, false, nullptr);
    place_->role = Place::Role::kNone;
  }

  void SetPlace(Span word, bool quoted, Container* of_token) {
    Place place;
    place.word = word;
    place.quoted = quoted;
    if (!open_.empty()) {
      Container& here = open_.back();
      here.has_cursor = true;
      const bool is_key = here.is_object && !here.after_colon && !here.after_value;
      place.role = of_token == nullptr && (here.after_value || (is_key && !here.key.empty()))
                       ? Place::Role::kNone
                   : is_key ? Place::Role::kKey
                            : Place::Role::kValue;
      for (std::size_t i = 0; i < open_.size(); ++i) {
        const Container& container = open_[i];
        if (i + 1 == open_.size() && place.role == Place::Role::kKey) break;
        place.path += container.is_object ? "/" + Escaped(container.key) : "/*";
      }
    }
    place_ = std::move(place);
  }

  // So that a key with a slash looks like no path.
  static std::string Escaped(const std::string& key) {
    return key == "*" || key.find('/') != std::string::npos ? "~" : key;
  }

  void CloseTo(bool is_object) {
    const auto partner =
        std::find_if(open_.rbegin(), open_.rend(),
                     [&](const Container& container) { return container.is_object == is_object; });
    if (partner == open_.rend()) return;
    const auto keep = static_cast<std::size_t>(open_.rend() - partner) - 1;
    while (open_.size() > keep) {
      Close(open_.back());
      open_.pop_back();
    }
    if (open_.empty()) return;
    open_.back().after_value = true;
    open_.back().last_word.clear();
  }

  void Close(Container& container) {
    if (!container.has_cursor || !place_) return;
    place_->siblings = std::move(container.words);
    is_complete_ = true;
  }

  std::string_view text_;
  std::size_t cursor_;
  std::size_t at_ = 0;
  std::vector<Container> open_;
  std::optional<Place> place_;
  bool is_complete_ = false;  // with its siblings
  std::vector<std::string> root_keys_;
};

}  // namespace

std::optional<Place> FindPlace(std::string_view text, std::size_t offset) {
  return Scan(text, std::min(offset, text.size())).Run();
}

bool HasRootKey(std::string_view text, std::string_view key, std::string_view or_key) {
  Scan scan(text, text.size() + 1);  // no word has the cursor
  static_cast<void>(scan.Run());
  return std::ranges::any_of(scan.root_keys(),
                             [&](const std::string& one) { return one == key || one == or_key; });
}

}  // namespace lint::lsp
