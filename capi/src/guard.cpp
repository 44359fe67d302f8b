#include "guard.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace fenchel::capi {

std::int32_t report(fen_error* err, Status status, const char* message, std::int32_t detail) noexcept {
  const auto code = static_cast<std::int32_t>(status);
  if (err == nullptr) return code;
  const std::size_t size = err->struct_size;
  if (size >= offsetof(fen_error, detail)) err->code = code;
  if (size >= offsetof(fen_error, message)) err->detail = detail;
  if (size > offsetof(fen_error, message)) {
    const std::size_t room = std::min(size - offsetof(fen_error, message), sizeof err->message) - 1;
    const std::size_t length = std::min(std::strlen(message), room);
    std::memcpy(err->message, message, length);
    err->message[length] = '\0';
  }
  return code;
}

}  // namespace fenchel::capi
