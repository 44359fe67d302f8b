// multinomial_loss.cpp -- f(y, z) = log sum_k exp(z_k) - z_y, y in 0 .. K-1
//
// f' = softmax(z) - onehot(y),  f'' = diag(p) - p p^T <= 1/2,
// f*(u) = sum_k t_k log t_k with t = u + onehot(y) on the simplex
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "smooth/model_term.hpp"
#include "smooth/scalar_loss.hpp"

namespace fenchel {
namespace {

class Multinomial final : public Loss {
 public:
  explicit Multinomial(index classes) : classes_(classes) {}
  const char* name() const override { return "multinomial"; }
  index outputs() const override { return classes_; }
  double curvature() const override { return 0.5; }
  // f'''[d, d, d] is the third central moment of d under p, at most R^3 / (6 sqrt 3) for values within R (the extreme
  // laws of a given mean have two points), and || d || = 1 has R <= sqrt 2.
  double curvature_slope() const override { return 0.27216552697590868; }
  void check_targets(index n, const double* y, const double* s) const override {
    for (index i = 0; i < n; ++i)
      if ((s == nullptr || s[i] != 0) &&
          !(y[i] >= 0 && y[i] < static_cast<double>(classes_) && y[i] == std::floor(y[i])))
        fail(Status::RANGE, "y[%] is %; legal for multinomial: whole numbers in [0, %]", i, y[i], classes_ - 1);
  }
  double value(index n, const double* z, const double* y, const double* s) const override {
    return each(n, z, y, s, [](index, index, double, double, double) {});
  }
  double slopes(index n, const double* z, const double* y, const double* s, double* u) const override {
    zero_skipped(n, s, u);
    return each(n, z, y, s, [&](index i, index k, double weight, double p, double hot) {
      u[i * classes_ + k] = weight * (p - hot);
    });
  }
  void curvatures(index n, const double* z, const double* y, const double* s, double* h) const override {
    zero_skipped(n, s, h);
    each(n, z, y, s,
         [&](index i, index k, double weight, double p, double) { h[i * classes_ + k] = weight * p * (1 - p); });
  }
  void curvature_product(index n, const double* z, const double* y, const double* s, const double* d,
                         double* out) const override {
    zero_skipped(n, s, out);
    each(n, z, y, s, [&](index i, index k, double weight, double p, double) {
      const double* di = d + i * classes_;
      double* oi = out + i * classes_;
      oi[k] = p;
      if (k + 1 < classes_) return;
      double mean = 0;
      for (index l = 0; l < classes_; ++l) mean += oi[l] * di[l];
      for (index l = 0; l < classes_; ++l) oi[l] = weight * oi[l] * (di[l] - mean);
    });
  }
  bool simplex(index n, const double* z, const double* y, const double* s, double* p) const override {
    zero_skipped(n, s, p);
    each(n, z, y, s, [&](index i, index k, double, double probability, double) { p[i * classes_ + k] = probability; });
    return true;
  }
  double dual(index n, const double* theta, const double* y, const double* s) const override {
    double sum = 0;
    for (index i = 0; i < n; ++i) {
      const double weight = s == nullptr ? 1.0 : s[i];
      const double* ti = theta + i * classes_;
      if (weight != 0)
        sum -= weight * conjugate(ti, weight, static_cast<index>(y[i]));
      else if (std::any_of(ti, ti + classes_, [](double t) { return t != 0; }))
        return -kInf;
    }
    return sum;
  }

 private:
  void zero_skipped(index n, const double* s, double* out) const {
    if (s == nullptr) return;
    for (index i = 0; i < n; ++i)
      if (s[i] == 0) std::fill_n(out + i * classes_, classes_, 0.0);
  }
  // f* at u = -theta / weight
  double conjugate(const double* theta, double weight, index label) const {
    double sum = 0, total = 0;
    for (index k = 0; k < classes_; ++k) {
      const double t = -theta[k] / weight + (k == label ? 1.0 : 0.0);
      if (!(t >= -kDualSlack)) return kInf;
      total += t;
      if (t > 0) sum += t * std::log(t);
    }
    return std::abs(total - 1) <= kDualSlack * static_cast<double>(classes_) ? sum : kInf;
  }
  // visit(i, k, weight, probability, onehot) in order, k fastest; returns the value. Exponentials are computed in
  // tiles: of several samples, or of a part of one.
  template <class Visit>
  double each(index n, const double* z, const double* y, const double* s, Visit&& visit) const {
    const auto weight = [&](index i) { return s == nullptr ? 1.0 : s[i]; };
    double value = 0;
    if (classes_ > kTile) {
      for (index i = 0; i < n; ++i)
        if (weight(i) != 0) value += long_sample(i, z + i * classes_, static_cast<index>(y[i]), weight(i), visit);
      return value;
    }
    double e[kTile], top[kTile];
    const auto& kernels = kernels::table<double>();
    for (index begin = 0; begin < n; begin += kTile / classes_) {
      const index count = std::min(kTile / classes_, n - begin);
      for (index i = 0; i < count; ++i) {
        const double* zi = z + (begin + i) * classes_;
        top[i] = largest(zi);
        for (index k = 0; k < classes_; ++k) e[i * classes_ + k] = zi[k] - top[i];
      }
      kernels.exp(e, e, count * classes_);
      for (index i = 0; i < count; ++i) {
        if (weight(begin + i) == 0) continue;
        const auto label = static_cast<index>(y[begin + i]);
        double total = 0;
        for (index k = 0; k < classes_; ++k) total += e[i * classes_ + k];
        for (index k = 0; k < classes_; ++k)
          visit(begin + i, k, weight(begin + i), e[i * classes_ + k] / total, k == label ? 1.0 : 0.0);
        value += weight(begin + i) * (std::log(total) + (top[i] - z[(begin + i) * classes_ + label]));
      }
    }
    return value;
  }
  // NaN when one is.
  double largest(const double* z) const {
    double top = z[0];
    for (index k = 1; k < classes_; ++k) top = z[k] <= top ? top : z[k];
    return top;
  }
  template <class Visit>
  double long_sample(index i, const double* z, index label, double weight, Visit&& visit) const {
    double e[kTile], total = 0;
    const double top = kernels::table<double>().max_value(z, classes_);
    const auto exponentials = [&](index begin) {
      const index count = std::min(kTile, classes_ - begin);
      for (index k = 0; k < count; ++k) e[k] = z[begin + k] - top;
      kernels::table<double>().exp(e, e, count);
      return count;
    };
    for (index begin = 0; begin < classes_; begin += kTile) {
      const index count = exponentials(begin);
      for (index k = 0; k < count; ++k) total += e[k];
    }
    for (index begin = 0; begin < classes_; begin += kTile) {
      const index count = exponentials(begin);
      for (index k = 0; k < count; ++k) visit(i, begin + k, weight, e[k] / total, begin + k == label ? 1.0 : 0.0);
    }
    return weight * (std::log(total) + (top - z[label]));
  }

  static constexpr index kTile = 256;
  index classes_;
};

constexpr ParamInfo kOwn[] = {
    integer_param("classes", 0, 0, 1e6, "K; 0: the largest target plus one"),
};
constexpr auto kParams = with_model_params(kOwn);

TermPtr make(const Params& params) {
  index classes = params.integer("classes");
  if (classes == 0) {
    double largest = 0;
    for (const double y : copy_doubles(params.array("y"))) largest = std::max(largest, y);
    if (largest >= 1e6) fail(Status::RANGE, "y holds %; legal for multinomial: whole numbers below 1e6", largest);
    classes = static_cast<index>(largest) + 1;
  }
  if (classes < 2) fail(Status::RANGE, "classes is %; legal: >= 2 (or targets that hold 1)", classes);
  return make_model_term(params, std::make_shared<Multinomial>(classes));
}

}  // namespace

const TermInfo& term_multinomial_loss() {
  static constexpr TermInfo info{
      TermKind::smooth, "multinomial",
      "sum_i s_i (log sum_k exp(z_ik) - z_i,y_i), z = A X + b + o, X (features, K) row-major", kParams, make};
  return info;
}

}  // namespace fenchel
