// error.hpp -- Status and the one exception that core throws. Only capi/ catches.
#pragma once
#include <cstdint>
#include <exception>
#include <string>

namespace fenchel {

enum class Status : std::int32_t {
#define FENCHEL_STATUS(name, code, python, java, message) name = code,
#include "base/status.def"
#undef FENCHEL_STATUS
};

// A refused call: the status and a sentence with the offending name, value and legal range.
class Error : public std::exception {
 public:
  Error(Status status, std::string message, std::int32_t detail = 0)
      : status_(status), detail_(detail), message_(std::move(message)) {}
  Status status() const { return status_; }
  std::int32_t detail() const { return detail_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  Status status_;
  std::int32_t detail_;
  std::string message_;
};

// printf-like formatting of doubles and integers without locale: format("eps is %", 0.5) replaces each % in turn.
std::string to_text(double value);
std::string to_text(std::int64_t value);
inline std::string to_text(int value) { return to_text(static_cast<std::int64_t>(value)); }
inline std::string to_text(const char* value) { return value; }
inline std::string to_text(const std::string& value) { return value; }

namespace detail {
inline void format_into(std::string& out, const char* text) { out += text; }
template <class A, class... B>
void format_into(std::string& out, const char* text, const A& a, const B&... rest) {
  for (; *text != '\0'; ++text) {
    if (*text == '%') {
      out += to_text(a);
      format_into(out, text + 1, rest...);
      return;
    }
    out += *text;
  }
}
}  // namespace detail

template <class... A>
[[noreturn]] void fail(Status status, const char* text, const A&... args) {
  std::string message;
  detail::format_into(message, text, args...);
  throw Error(status, std::move(message));
}

}  // namespace fenchel
