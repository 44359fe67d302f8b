// stack_operator.cpp -- x -> (A_1 x, A_2 x, ...), one below the other
#include <algorithm>

#include "operators/operator.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(many(term_param(ParamKind::op, "A", "operators with the same number of columns, from the top"))),
};

class Stack final : public OperatorOf<Stack> {
 public:
  explicit Stack(std::vector<std::shared_ptr<const Operator>> parts) : parts_(std::move(parts)) {
    index inner = 0;
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      if (parts_[k]->cols() != cols())
        fail(Status::SHAPE, "A number % of the stack has % columns and the first has %; legal: the same",
             static_cast<index>(k + 1), parts_[k]->cols(), cols());
      rows_ += parts_[k]->rows();
      inner = std::max(inner, parts_[k]->scratch_bytes());
    }
    scratch_ = inner + (parts_.size() > 1 ? scratch_for<double>(cols()) : 0);
  }
  index rows() const override { return rows_; }
  index cols() const override { return parts_.front()->cols(); }
  index scratch_bytes() const override { return scratch_; }

  template <class T>
  void apply_to(const T* x, T* y, Scratch scratch) const {
    for (const auto& part : parts_) {
      part->apply(x, y, scratch);
      y += part->rows();
    }
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch scratch) const {
    parts_.front()->adjoint(y, x, scratch);
    if (parts_.size() == 1) return;
    T* addend = scratch.take<T>(cols());
    for (std::size_t k = 1; k < parts_.size(); ++k) {
      y += parts_[k - 1]->rows();
      parts_[k]->adjoint(y, addend, scratch);
      for (index j = 0; j < cols(); ++j) x[j] += addend[j];
    }
  }

 private:
  std::vector<std::shared_ptr<const Operator>> parts_;
  index rows_ = 0, scratch_ = 0;
};

}  // namespace

const TermInfo& term_stack_operator() {
  static constexpr TermInfo info{
      TermKind::op, "stack", "x -> (A_1 x, A_2 x, ...): operators one below the other", kParams,
      [](const Params& p) -> TermPtr { return std::make_shared<Stack>(p.terms<Operator>("A")); }};
  return info;
}

}  // namespace fenchel
