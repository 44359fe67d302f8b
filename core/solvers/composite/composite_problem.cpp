#include "solvers/composite/composite_problem.hpp"

namespace fenchel {
namespace {

// The size that something demands, or what was agreed before.
index agree(index known, const char* known_from, index demanded, const char* demanded_by) {
  if (demanded == kAnySize || known == demanded) return known;
  if (known == kAnySize) return demanded;
  fail(Status::SHAPE, "% has size % and % has size %; legal: the same", known_from, known, demanded_by, demanded);
}

index input_size(const Summand& summand) {
  if (summand.A != nullptr) return summand.A->cols();
  return summand.g->size();
}

}  // namespace

CompositeProblem::CompositeProblem(Dtype dtype, index size, std::shared_ptr<const Smooth> f,
                                   std::vector<Summand> summands)
    : dtype_(dtype), f_(std::move(f)), summands_(std::move(summands)) {
  if (f_ == nullptr && summands_.empty())
    fail(Status::EMPTY, "neither f nor a simple term is given; legal: one at least");
  const LinearModel* model = f_ == nullptr ? nullptr : f_->linear_model();
  if (model != nullptr && model->intercept) tail_ = model->outputs();
  index inner = kAnySize;  // the size that the simple terms see
  if (f_ != nullptr) inner = f_->size() - tail_;
  if (size > 0) inner = agree(inner, "f", size - tail_, "the problem");
  for (const Summand& summand : summands_) {
    inner = agree(inner, "f or an earlier term", input_size(summand), "a simple term");
    if (summand.A != nullptr) agree(summand.A->rows(), "an operator's output", summand.g->size(), "its simple term");
  }
  if (inner == kAnySize) fail(Status::SHAPE, "size is 0 and no term says it; legal: > 0");
  if (inner <= 0) fail(Status::EMPTY, "the problem has no variables");
  size_ = inner + tail_;
}

bool CompositeProblem::convex() const {
  if (f_ != nullptr && (f_->caps() & SMOOTH_CONVEX) == 0) return false;
  for (const Summand& summand : summands_)
    if ((summand.g->caps() & PROX_CONVEX) == 0) return false;
  return true;
}

}  // namespace fenchel
