// identity_operator.cpp -- x -> x
#include <algorithm>

#include "operators/operator.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(integer_param("size", 0, 1, 9e15, "n")),
};

class Identity final : public OperatorOf<Identity> {
 public:
  explicit Identity(index size) : size_(size) {}
  index rows() const override { return size_; }
  index cols() const override { return size_; }
  unsigned caps() const override { return OPERATOR_NORM | OPERATOR_SYMMETRIC | OPERATOR_TIGHT; }
  double norm_bound() const override { return 1; }
  double least_singular_value() const override { return 1; }
  bool column_squares(const double* s, double* out) const override {
    for (index i = 0; i < size_; ++i) out[i] = s == nullptr ? 1.0 : s[i];
    return true;
  }
  template <class T>
  void apply_to(const T* x, T* y, Scratch) const {
    std::copy_n(x, size_, y);
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch) const {
    std::copy_n(y, size_, x);
  }

 private:
  index size_;
};

}  // namespace

const TermInfo& term_identity_operator() {
  static constexpr TermInfo info{TermKind::op, "identity", "x -> x", kParams, [](const Params& p) -> TermPtr {
                                   return std::make_shared<Identity>(p.integer("size"));
                                 }};
  return info;
}

}  // namespace fenchel
