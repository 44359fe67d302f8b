// overlap.hpp -- the arguments of one call: no output may share a byte with another argument.
#pragma once
#include <cstdint>
#include <vector>

#include "base/array_view.hpp"

namespace fenchel::capi {

class Arguments {
 public:
  // Absent arrays (ndim 0) and empty ones are ignored.
  void input(const char* name, const ArrayView& view);
  void output(const char* name, const ArrayView& view);
  // A plain C array of outputs, `bytes` long; NULL is ignored.
  void output(const char* name, const void* data, index bytes);

  // Throws OVERLAP naming both. Byte ranges that meet are looked at again: views that only interleave (two columns of
  // one matrix) pass.
  void check() const;

 private:
  struct Range {
    const char* name;
    bool is_output;
    std::uintptr_t first, end;  // bytes [first, end)
    std::uintptr_t data;        // of element 0
    index item;
    index step;  // greatest common divisor of the strides; 0 for a single element
  };
  static bool interleaved(const Range& a, const Range& b);
  void add(const char* name, bool is_output, const ArrayView& view);

  // A few without memory, for the calls that are small; a term made of many borrows more.
  const Range& at(int i) const { return i < kFew ? few_[i] : more_[static_cast<std::size_t>(i - kFew)]; }
  static constexpr int kFew = 24;
  Range few_[kFew];
  std::vector<Range> more_;
  int count_ = 0;
};

}  // namespace fenchel::capi
