// sum_smooth.cpp -- f(x) = f_1(x) + f_2(x) + ...: data and a smooth penalty, say, as one smooth term
//
// offers   what all its terms offer; moduli and constants add up
#include <algorithm>

#include "smooth/smooth.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(many(term_param(ParamKind::smooth, "term", "terms of one size, without free intercepts"))),
};

class SumMatrix final : public NewtonMatrix {
 public:
  SumMatrix(index n, std::span<const std::shared_ptr<const Smooth>> terms, const NewtonMatrix* before) : n_(n) {
    const auto* old = dynamic_cast<const SumMatrix*>(before);
    const bool alike = old != nullptr && old->parts_.size() == terms.size();
    for (std::size_t k = 0; k < terms.size(); ++k)
      parts_.push_back(terms[k]->newton_matrix(alike ? old->parts_[k].get() : nullptr));
  }
  void prepare(const double* x, bool exact, Scratch scratch) override {
    for (const auto& part : parts_) part->prepare(x, exact, scratch);
  }
  void apply(const double* v, double* out, Scratch scratch) const override {
    double* addend = scratch.take<double>(n_);
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      parts_[k]->apply(v, k == 0 ? out : addend, scratch);
      for (index i = 0; k > 0 && i < n_; ++i) out[i] += addend[i];
    }
  }
  bool diagonal(double* out, Scratch scratch) const override {
    double* addend = scratch.take<double>(n_);
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      if (!parts_[k]->diagonal(k == 0 ? out : addend, scratch)) return false;
      for (index i = 0; k > 0 && i < n_; ++i) out[i] += addend[i];
    }
    return true;
  }
  void advance(const double* dx, Scratch scratch) override {
    for (const auto& part : parts_) part->advance(dx, scratch);
  }

 private:
  index n_;
  std::vector<std::unique_ptr<NewtonMatrix>> parts_;
};

class SmoothSum final : public SmoothOf<SmoothSum> {
 public:
  explicit SmoothSum(std::vector<std::shared_ptr<const Smooth>> parts) : parts_(std::move(parts)) {
    for (const auto& part : parts_) {
      if (part->size() != size())
        fail(Status::SHAPE, "a term of the sum has size % and the first has %; legal: the same", part->size(), size());
      const LinearModel* model = part->linear_model();
      if (model != nullptr && model->intercept)
        fail(Status::UNSUPPORTED,
             "a term of the sum has a free intercept; a column of ones in its matrix does the same");
      caps_ &= part->caps();
      scratch_ = std::max(scratch_, part->scratch_bytes());
    }
    scratch_ += scratch_for<double>(size());
  }
  unsigned caps() const override { return caps_; }
  index size() const override { return parts_.front()->size(); }
  index scratch_bytes() const override { return scratch_; }
  std::span<const std::shared_ptr<const Smooth>> parts() const override { return parts_; }
  double lipschitz(index* products) const override {
    double sum = 0;
    for (const auto& part : parts_) sum += part->lipschitz(products);
    return sum;
  }
  double strong_convexity() const override {
    if ((caps_ & SMOOTH_CONVEX) == 0) return 0;
    double sum = 0;
    for (const auto& part : parts_) sum += part->strong_convexity();
    return sum;
  }
  double hessian_lipschitz() const override {
    double sum = 0;
    for (const auto& part : parts_) sum += part->hessian_lipschitz();
    return sum;
  }
  std::unique_ptr<NewtonMatrix> newton_matrix(const NewtonMatrix* before) const override {
    return std::make_unique<SumMatrix>(size(), parts_, before);
  }

  template <class T>
  double gradient_of(const T* x, T* gradient, Scratch scratch) const {
    T* addend = scratch.take<T>(size());
    double value = 0;
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      T* out = gradient == nullptr ? nullptr : k == 0 ? gradient : addend;
      value += parts_[k]->gradient(x, out, scratch);
      if (k > 0 && gradient != nullptr) add(addend, gradient);
    }
    return value;
  }
  template <class T>
  void hvp_of(const T* x, const T* v, T* out, Scratch scratch) const {
    T* addend = scratch.take<T>(size());
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      parts_[k]->hvp(x, v, k == 0 ? out : addend, scratch);
      if (k > 0) add(addend, out);
    }
  }

 private:
  template <class T>
  void add(const T* addend, T* out) const {
    for (index i = 0; i < size(); ++i) out[i] += addend[i];
  }

  std::vector<std::shared_ptr<const Smooth>> parts_;
  unsigned caps_ = SMOOTH_CONVEX | SMOOTH_QUADRATIC | SMOOTH_HVP | SMOOTH_LIPSCHITZ;
  index scratch_ = 0;
};

}  // namespace

const TermInfo& term_sum_smooth() {
  static constexpr TermInfo info{
      TermKind::smooth, "sum", "f_1(x) + f_2(x) + ...: a sum of smooth terms", kParams,
      [](const Params& p) -> TermPtr { return std::make_shared<SmoothSum>(p.terms<Smooth>("term")); }};
  return info;
}

std::shared_ptr<const Smooth> smooth_sum(std::vector<std::shared_ptr<const Smooth>> parts) {
  return std::make_shared<SmoothSum>(std::move(parts));
}

}  // namespace fenchel
