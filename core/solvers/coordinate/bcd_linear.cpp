// bcd_linear.cpp -- f(x) = sum_i s_i loss(y_i, z_i) + <c, x>,  z = A x + b + o kept; u = s loss'(y, z) when asked.
//
// Coordinate j * K + k is feature j of output k; feature p is the free intercept, a column of ones. The bound of the
// Hessian is curvature * A'SA in each output, nothing between outputs (loss'' <= curvature I).
#include "solvers/coordinate/bcd_linear.hpp"

#include <cmath>
#include <numeric>

namespace fenchel {
namespace {

constexpr double kGramWork = 2e9;  // multiplications that forming A'SA may take
constexpr index kGramSize = 4000;  // and its side: 128 MB

class LinearBcd final : public BcdModel {
 public:
  explicit LinearBcd(const Smooth& f)
      : f_(f),
        model_(*f.linear_model()),
        A_(*model_.A->stored(), false),
        m_(model_.samples()),
        p_(model_.features()),
        outputs_(model_.outputs()),
        n_(model_.size()),
        curvature_(model_.loss->curvature()),
        quadratic_((f.caps() & SMOOTH_QUADRATIC) != 0) {
    for (Buffer<double>* buffer : {&x_, &g_, &diagonal_, &d_}) buffer->resize(n_);
    for (Buffer<double>* buffer : {&z_, &u_, &w_, &trial_, &h_}) buffer->resize(m_ * outputs_);
    work_.resize(m_ * outputs_);
    operator_memory_.resize(model_.A->scratch_bytes());
    if (bounded()) {
      for (index i = 0; i < m_; ++i) h_[i] = curvature_ * weight(i);
      square_columns(1);
    }
  }
  index size() const override { return n_; }
  bool quadratic() const override { return quadratic_; }
  bool bounded() const override { return std::isfinite(curvature_); }
  bool maintained() const override { return false; }
  const double* diagonal() const override { return diagonal_.data(); }
  const double* x() const override { return x_.data(); }
  index copied_bytes() const override { return A_.copied_bytes(); }

  void start(const double* x) override {
    for (index i = 0; i < m_ * outputs_; ++i) z_[i] = 0;
    for (index i = 0; i < m_ && !model_.offset.empty(); ++i)
      for (index k = 0; k < outputs_; ++k)
        z_[i * outputs_ + k] = model_.offset[static_cast<std::size_t>(i * outputs_ + k)];
    for (index c = 0; c < n_; ++c) {
      x_[c] = x[c];
      if (x[c] != 0) add_column(c, x[c], z_.data());
    }
    stale();
  }
  double value() override {
    if (std::isnan(value_)) {
      ++values;
      value_ = model_.loss->value(m_, z_.data(), y(), s()) + linear_value();
    }
    return value_;
  }
  const double* gradient() override {
    if (fresh_) return g_.data();
    slopes();
    ++gradients;
    if (outputs_ == 1) {
      model_.A->adjoint(u_.data(), g_.data(), Scratch(operator_memory_));
      if (model_.intercept) g_[p_] = ones_dot(u_.data());
      for (index c = 0; c < n_; ++c) g_[c] += linear(c);
    } else {
      for (index c = 0; c < n_; ++c) g_[c] = dot_column(c, u_.data()) + linear(c);
    }
    if (!bounded()) {
      curvatures();
      square_columns(outputs_);
    }
    fresh_ = true;
    return g_.data();
  }
  void gradient(const Block& block, double* out) override {
    if (fresh_) {
      for (index i = 0; i < block.size; ++i) out[i] = g_[block.members[i]];
      return;
    }
    slopes();
    for (index i = 0; i < block.size; ++i) out[i] = dot_column(block.members[i], u_.data()) + linear(block.members[i]);
  }
  void bound(const Block& block, double* out) override {
    for (index i = 0; i < m_; ++i) h_[i] = curvature_ * weight(i);
    weighted_gram(block, out);
  }
  void hessian(const Block& block, double* out) override {
    if (outputs_ == 1) {
      curvatures();
      weighted_gram(block, out);
      return;
    }
    for (index j = 0; j < block.size; ++j) {
      zero(work_);
      add_column(block.members[j], 1, work_.data());
      model_.loss->curvature_product(m_, z_.data(), y(), s(), work_.data(), trial_.data());
      for (index i = 0; i < block.size; ++i) out[i * block.size + j] = dot_column(block.members[i], trial_.data());
    }
  }
  void bound_product(const Block& block, const double* d, double* out) override {
    zero(work_);
    for (index j = 0; j < block.size; ++j) add_column(block.members[j], d[j], work_.data());
    for (index i = 0; i < m_; ++i)
      for (index k = 0; k < outputs_; ++k) work_[i * outputs_ + k] *= curvature_ * weight(i);
    for (index c = 0; c < n_; ++c) out[c] = dot_column(c, work_.data());
  }
  void aim(const Block& block, const double* d) override {
    block_ = block;
    zero(w_);
    slopes();
    slope_ = linear_ = 0;
    for (index j = 0; j < block.size; ++j) {
      d_[j] = d[j];
      if (d[j] == 0) continue;
      add_column(block.members[j], d[j], w_.data());
      linear_ += linear(block.members[j]) * d[j];
    }
    slope_ = linear_ + kernels::table<double>().dot(u_.data(), w_.data(), m_ * outputs_);
    if (quadratic_) {
      model_.loss->curvature_product(m_, z_.data(), y(), s(), w_.data(), trial_.data());
      curve_ = kernels::table<double>().dot(trial_.data(), w_.data(), m_ * outputs_);
    }
  }
  double slope() const override { return slope_; }
  double change(double t) override {
    if (quadratic_) return t * (slope_ + 0.5 * t * curve_);
    const double before = value() - linear_value();
    for (index i = 0; i < m_ * outputs_; ++i) trial_[i] = z_[i] + t * w_[i];
    ++values;
    return model_.loss->value(m_, trial_.data(), y(), s()) - before + t * linear_;
  }
  void take(double t, const BcdSimple& g) override {
    for (index j = 0; j < block_.size; ++j) {
      double& x = x_[block_.members[j]];
      x = g.land(block_.members[j], x + t * d_[j]);
    }
    kernels::table<double>().axpy(t, w_.data(), z_.data(), m_ * outputs_);
    stale();
  }

 private:
  const double* y() const { return model_.y.data(); }
  const double* s() const { return model_.weights.empty() ? nullptr : model_.weights.data(); }
  double weight(index i) const { return model_.weights.empty() ? 1.0 : model_.weights[static_cast<std::size_t>(i)]; }
  double linear(index c) const {
    const auto at = static_cast<std::size_t>(c);
    return at < model_.linear.size() ? model_.linear[at] : 0.0;
  }
  double linear_value() const {
    double sum = 0;
    for (index c = 0; c < n_ && !model_.linear.empty(); ++c) sum += linear(c) * x_[c];
    return sum;
  }
  static void zero(Buffer<double>& buffer) { buffer.fill(0); }
  void stale() {
    value_ = kNaN;
    sloped_ = fresh_ = false;
  }
  void slopes() {
    if (sloped_) return;
    value_ = model_.loss->slopes(m_, z_.data(), y(), s(), u_.data()) + linear_value();
    sloped_ = true;
  }
  void curvatures() { model_.loss->curvatures(m_, z_.data(), y(), s(), h_.data()); }
  void add_column(index c, double a, double* z) const {
    const index j = c / outputs_, k = c % outputs_;
    if (j < p_) return A_.add(j, a, z + k, outputs_);
    for (index i = 0; i < m_; ++i) z[i * outputs_ + k] += a;
  }
  double ones_dot(const double* u, index stride = 1) const {
    double sum = 0;
    for (index i = 0; i < m_; ++i) sum += u[i * stride];
    return sum;
  }
  double dot_column(index c, const double* u) const {
    const index j = c / outputs_, k = c % outputs_;
    return j < p_ ? A_.dot(j, u + k, outputs_) : ones_dot(u + k, outputs_);
  }
  // diagonal_c = sum_i h_i a_ij^2, h of `outputs` columns.
  void square_columns(index outputs) {
    for (index c = 0; c < n_; ++c) {
      const index j = c / outputs_, k = outputs == 1 ? 0 : c % outputs_;
      double sum = 0;
      if (j < p_)
        A_.visit(j, [&](index i, double a) { sum += h_[i * outputs + k] * a * a; });
      else
        sum = ones_dot(h_.data() + k, outputs);
      diagonal_[c] = sum;
    }
  }
  // out_ij = sum_r h_r a_ri a_rj between coordinates of the same output; h of one column.
  void weighted_gram(const Block& block, double* out) {
    const index k = block.size;
    for (index j = 0; j < k; ++j) {
      const index c = block.members[j];
      zero(work_);
      add_column(c, 1, work_.data());
      for (index i = 0; i < m_; ++i) work_[i * outputs_ + c % outputs_] *= h_[i];
      for (index i = j; i < k; ++i) {
        const bool same = block.members[i] % outputs_ == c % outputs_;
        out[i * k + j] = out[j * k + i] = same ? dot_column(block.members[i], work_.data()) : 0.0;
      }
    }
  }

  const Smooth& f_;
  const LinearModel& model_;
  BcdColumns A_;
  index m_, p_, outputs_, n_;
  double curvature_;
  bool quadratic_;
  Buffer<double> x_, g_, diagonal_, d_, z_, u_, w_, trial_, h_, work_;
  Buffer<std::byte> operator_memory_;
  double value_ = kNaN, slope_ = 0, curve_ = 0, linear_ = 0;
  bool sloped_ = false, fresh_ = false;
  Block block_;
};

// Coordinates do not share a row of A often enough for A'SA to be worth more than A when it is large or sparse.
bool gram_pays(const Smooth& f, index n) {
  const StoredMatrix& A = *f.linear_model()->A->stored();
  const double work = 0.5 * static_cast<double>(n) * static_cast<double>(A.nnz);
  return (f.caps() & SMOOTH_QUADRATIC) != 0 && n <= kGramSize && n <= 4 * A.rows && work <= kGramWork;
}

}  // namespace

index gram_bcd_bytes(const Smooth& f) {
  const index n = f.size();
  return f.linear_model() != nullptr && gram_pays(f, n) ? 8 * n * n : 0;
}

std::unique_ptr<BcdModel> make_linear_bcd_model(const Smooth& f) {
  auto model = std::make_unique<LinearBcd>(f);
  const index n = model->size();
  if (!gram_pays(f, n)) return model;
  Buffer<double> x(n, 0.0), c(n), Q(n * n);
  Buffer<index> members(n);
  std::iota(members.begin(), members.end(), index{0});
  model->start(x.data());
  const double constant = model->value();
  const double* g = model->gradient();
  for (index j = 0; j < n; ++j) c[j] = g[j];
  model->hessian({members.data(), n}, Q.data());
  return make_gram_bcd_model(std::move(Q), std::move(c), constant);
}

}  // namespace fenchel
