// describe_json.hpp -- writing JSON: numbers, strings, nested objects with commas and indentation in the right places.
#pragma once
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/types.hpp"

namespace fenchel::capi {

inline std::string quote(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// JSON has no infinity: it travels as the string "inf".
inline std::string number(double value, Dtype type) {
  if (std::isinf(value)) return value < 0 ? "\"-inf\"" : "\"inf\"";
  if (type != Dtype::f64) return to_text(static_cast<std::int64_t>(value));
  std::string text = to_text(value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

// Builds nested objects and arrays with commas and indentation in the right places.
class Json {
 public:
  std::string text() const { return out_ + "\n"; }

  void open(const char* key, char bracket) {
    begin(key);
    out_ += bracket;
    ++depth_;
    first_ = true;
  }
  void close(char bracket) {
    --depth_;
    if (!first_) line();
    out_ += bracket;
    first_ = false;
  }
  void raw(const char* key, const std::string& value) {
    begin(key);
    out_ += value;
  }
  void add(const char* key, const std::string& value) { raw(key, quote(value)); }
  void add(const char* key, std::int64_t value) { raw(key, to_text(value)); }
  // One line {...} of already rendered members.
  void row(const std::vector<std::string>& members) {
    begin(nullptr);
    out_ += "{";
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out_ += ", ";
      out_ += members[i];
    }
    out_ += "}";
  }

 private:
  void line() {
    out_ += '\n';
    out_.append(static_cast<std::size_t>(depth_), ' ');
  }
  void begin(const char* key) {
    if (!first_) out_ += ",";
    if (depth_ > 0) line();
    if (key != nullptr) out_ += quote(key) + ": ";
    first_ = false;
  }
  std::string out_;
  int depth_ = 0;
  bool first_ = true;
};

inline std::string member(const char* key, const std::string& value) { return quote(key) + ": " + quote(value); }
inline std::string member(const char* key, std::int64_t value) { return quote(key) + ": " + to_text(value); }
inline std::string member_raw(const char* key, const std::string& value) { return quote(key) + ": " + value; }

// The catalogues and their parameters: the value of "terms".
void describe_terms(Json& json);

}  // namespace fenchel::capi
