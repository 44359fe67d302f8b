// compose_operator.cpp -- x -> A_1 A_2 ... A_k x: the last given is applied first
#include <algorithm>

#include "operators/operator.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(many(term_param(ParamKind::op, "A", "factors from the left; the last is applied first"))),
};

class Compose final : public OperatorOf<Compose> {
 public:
  explicit Compose(std::vector<std::shared_ptr<const Operator>> factors) : factors_(std::move(factors)) {
    index inner = 0;
    for (std::size_t k = 0; k < factors_.size(); ++k) {
      if (k > 0 && factors_[k - 1]->cols() != factors_[k]->rows())
        fail(Status::SHAPE, "A number % of the product has % columns and the next has % rows; legal: the same",
             static_cast<index>(k), factors_[k - 1]->cols(), factors_[k]->rows());
      inner = std::max(inner, factors_[k]->scratch_bytes());
      if (k > 0) longest_ = std::max(longest_, factors_[k]->rows());
    }
    scratch_ = inner + (factors_.size() > 1 ? 2 * scratch_for<double>(longest_) : 0);
  }
  index rows() const override { return factors_.front()->rows(); }
  index cols() const override { return factors_.back()->cols(); }
  unsigned caps() const override { return factors_.size() == 1 ? factors_[0]->caps() & OPERATOR_NORM : 0U; }
  double norm_bound() const override { return factors_.size() == 1 ? factors_[0]->norm_bound() : kNaN; }
  index scratch_bytes() const override { return scratch_; }

  template <class T>
  void apply_to(const T* x, T* y, Scratch scratch) const {
    chain<T>(
        scratch, x, y, [](const Operator& A, const T* in, T* out, Scratch s) { A.apply(in, out, s); }, true);
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch scratch) const {
    chain<T>(
        scratch, y, x, [](const Operator& A, const T* in, T* out, Scratch s) { A.adjoint(in, out, s); }, false);
  }

 private:
  template <class T, class Product>
  void chain(Scratch scratch, const T* in, T* out, Product&& product, bool from_the_right) const {
    const std::size_t count = factors_.size();
    T* room[2] = {nullptr, nullptr};
    if (count > 1) room[0] = scratch.take<T>(longest_), room[1] = scratch.take<T>(longest_);
    for (std::size_t k = 0; k < count; ++k) {
      T* to = k + 1 == count ? out : room[k % 2];
      product(*factors_[from_the_right ? count - 1 - k : k], in, to, scratch);
      in = to;
    }
  }
  std::vector<std::shared_ptr<const Operator>> factors_;
  index longest_ = 0, scratch_ = 0;
};

}  // namespace

const TermInfo& term_compose_operator() {
  static constexpr TermInfo info{
      TermKind::op, "compose", "x -> A_1 A_2 ... x: the last operator is applied first", kParams,
      [](const Params& p) -> TermPtr { return std::make_shared<Compose>(p.terms<Operator>("A")); }};
  return info;
}

}  // namespace fenchel
