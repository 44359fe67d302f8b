// callback_status.hpp -- what a callback term's return value means.
#pragma once
#include "base/error.hpp"
#include "base/interrupt.hpp"

namespace fenchel {

// 0 goes on, positive cancels, negative fails with that detail.
inline void check_callback(const char* what, std::int32_t code) {
  if (code > 0) throw Stopped{};
  if (code < 0)
    throw Error(Status::CALLBACK, std::string(what) + " returned " + to_text(static_cast<std::int64_t>(code)), code);
}

}  // namespace fenchel
