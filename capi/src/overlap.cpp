#include "overlap.hpp"

#include <cstdlib>
#include <numeric>

#include "array_check.hpp"
#include "guard.hpp"

namespace fenchel::capi {

void Arguments::add(const char* name, bool is_output, const ArrayView& view) {
  if (view.ndim == 0 || view.data == nullptr) return;
  const index item = item_size(static_cast<std::int32_t>(view.dtype));
  const auto data = reinterpret_cast<std::uintptr_t>(view.data);
  Range range{name, is_output, data, data + static_cast<std::uintptr_t>(item), data, item, 0};
  for (int k = 0; k < view.ndim; ++k) {
    if (view.shape[k] == 0) return;
    if (view.shape[k] == 1 || view.strides[k] == 0) continue;
    const index reach = view.strides[k] * (view.shape[k] - 1);
    (reach > 0 ? range.end : range.first) += static_cast<std::uintptr_t>(reach);
    range.step = std::gcd(range.step, view.strides[k]);
  }
  if (count_ < kFew)
    few_[count_] = range;
  else
    more_.push_back(range);
  ++count_;
}

void Arguments::input(const char* name, const ArrayView& view) { add(name, false, view); }
void Arguments::output(const char* name, const ArrayView& view) { add(name, true, view); }

void Arguments::output(const char* name, const void* data, index bytes) {
  if (data == nullptr || bytes <= 0) return;
  ArrayView view;
  view.dtype = Dtype::i32;  // every such array consists of words
  view.ndim = 1;
  view.data = const_cast<void*>(data);
  view.shape[0] = bytes / 4;
  view.strides[0] = 4;
  add(name, true, view);
}

// Elements of both lie on lattices of a common step: they never meet if the lattices' offset leaves room for an element
// on either side.
bool Arguments::interleaved(const Range& a, const Range& b) {
  const index step = std::gcd(a.step, b.step);
  if (step == 0) return false;
  const auto difference = static_cast<index>(b.data - a.data);
  const index offset = ((difference % step) + step) % step;
  return offset >= a.item && step - offset >= b.item;
}

void Arguments::check() const {
  for (int i = 0; i < count_; ++i) {
    for (int j = 0; j < i; ++j) {
      const Range &a = at(i), &b = at(j);
      if (!a.is_output && !b.is_output) continue;
      if (a.end <= b.first || b.end <= a.first || interleaved(a, b)) continue;
      const Range &out = a.is_output ? a : b, &other = a.is_output ? b : a;
      fail(Status::OVERLAP, "output % overlaps %; legal: memory of its own", out.name, other.name);
    }
  }
}

}  // namespace fenchel::capi
