#include "results.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace fenchel::capi {

void copy_sized(void* to, std::size_t size, const void* from, std::size_t known) noexcept {
  const std::size_t both = std::min(size, known);
  std::memcpy(to, from, both);
  std::memset(static_cast<char*>(to) + both, 0, size - both);
}

std::int32_t MonitorBridge::call(void* bridge, const Progress& progress) {
  const auto* self = static_cast<const MonitorBridge*>(bridge);
  fen_progress out{};
  out.struct_size = sizeof out;
  copy_fields(progress, out);
  try {
    return self->fn(self->user, &out);
  } catch (...) {  // a C++ host that lets its exception out: a failure without a value
    return std::numeric_limits<std::int32_t>::min();
  }
}

}  // namespace fenchel::capi
