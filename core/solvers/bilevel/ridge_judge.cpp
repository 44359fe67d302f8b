// ridge_judge.cpp -- a ridge judged by a formula of its own residuals and leverages, without a solver:
//
//   min over x, b of sum_i s_i (y_i - o_i - a_i^T x - b)^2 / 2 + sum_j d_j x_j^2 / 2,   d_j = lam w_j
//
// With rows and targets times sqrt(s_i), then free of their component along u = sqrt(s) / || sqrt(s) || where there is
// an intercept, A is (n, k), Z = A (A^T A + D)^{-1}, x = Z^T y, r = y - A x, m_i = 1 - u_i^2 - sum_j Z_ij a_ij, and
//
//   dr = sum_j Z_j x_j dd_j,   dm_i = sum_j Z_ij^2 dd_j
//
// From the k x k system or, where k > n and D > 0, from the n x n one: Z = (A D^{-1} A^T + I)^{-1} A D^{-1}. Sample
// weights are taken relative to their mean: sigma is the noise of a sample of weight 1, that of weight s sigma /
// sqrt(s).
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/kernels.hpp"
#include "linsolve/cholesky.hpp"
#include "linsolve/gemm.hpp"
#include "solvers/bilevel/fold_judge.hpp"
#include "solvers/bilevel/smoother_risk.hpp"
#include "solvers/coordinate/design.hpp"

namespace fenchel {
namespace {

// B := L^{-T} L^{-1} B, B (n, count) row-major, contiguous.
void solve_many(index n, const double* l, index count, double* b) {
  const auto& kernels = kernels::table<double>();
  Buffer<double> column(n);
  for (index i = 0; i < n; ++i) {
    for (index j = 0; j < i; ++j) column[j] = -l[i * n + j];
    kernels.column_axpys(b, count, i, count, column.data(), b + i * count);
    for (index c = 0; c < count; ++c) b[i * count + c] /= l[i * n + i];
  }
  for (index i = n - 1; i >= 0; --i) {
    for (index j = i + 1; j < n; ++j) column[j] = -l[j * n + i];
    kernels.column_axpys(b + (i + 1) * count, count, n - 1 - i, count, column.data() + i + 1, b + i * count);
    for (index c = 0; c < count; ++c) b[i * count + c] /= l[i * n + i];
  }
}

class RidgeJudge final : public FoldJudge {
 public:
  RidgeJudge(const TuneProblem& problem, index fold, const TuneSettings& settings)
      : p_(problem),
        settings_(settings),
        model_(squares_of(problem, fold)),
        k_(model_.features()),
        x_(model_.size(), 0.0) {
    index count = 0;
    for (const TunedParameter& parameter : p_.parameters) count += parameter.size;
    gradient.resize(static_cast<std::size_t>(count));
    solved.termination = static_cast<std::int32_t>(Termination::CONVERGED);
    derivative.derivative_status = static_cast<std::int32_t>(DerivativeStatus::uncertified);
    derivative.bound = kInf;
    if (settings.require_certified == 1)
      fail(Status::UNCERTIFIED, "closed forms of ridges come without proved bounds; risk sure_monte_carlo has them");
    read_model();
  }

  bool judge(const double* theta, const std::shared_ptr<const Prox>& g, const std::atomic<bool>*, bool value_alone,
             double) override {
    read_penalty(*g);
    find_z();
    solve();
    const SmootherRisk risk = smoother_risk(static_cast<Risk>(settings_.risk), settings_.sigma, n_, r_.data(),
                                            m_.data(), by_r_.data(), by_m_.data());
    value = risk.value;
    degrees = risk.degrees;
    if (!value_alone) find_gradient(theta);
    return true;
  }
  ArrayView x() override {
    return {.dtype = Dtype::f64, .ndim = 1, .data = x_.data(), .shape = {x_.size()}, .strides = {8}};
  }

 private:
  static const LinearModel& squares_of(const TuneProblem& problem, index fold) {
    const LinearModel* model = problem.folds[static_cast<std::size_t>(fold)].f->linear_model();
    if (model == nullptr || !model->loss->quadratic() || model->outputs() != 1 || !model->linear.empty())
      fail(Status::UNSUPPORTED, "this risk needs f least_squares without linear; risk holdout takes others");
    if (model->A->stored() == nullptr)
      fail(Status::UNSUPPORTED, "this risk needs the matrix of f stored; risk sure_monte_carlo takes any operator");
    return *model;
  }

  // Rows of weight 0 are left out.
  void read_model() {
    const index samples = model_.samples();
    std::vector<index> rows, all;
    double sum = 0;
    const auto weight = [&](index i) {
      return model_.weights.empty() ? 1.0 : model_.weights[static_cast<std::size_t>(i)];
    };
    for (index i = 0; i < samples; ++i)
      if (weight(i) > 0) rows.push_back(i), sum += weight(i);
    n_ = static_cast<index>(rows.size());
    if (n_ == 0) fail(Status::EMPTY, "every sample has weight 0");
    mean_ = sum / static_cast<double>(n_);
    for (Buffer<double>* buffer : {&y_, &r_, &m_, &u_, &by_r_, &by_m_}) buffer->resize(n_);
    a_.resize(k_ * n_);
    z_.resize(k_ * n_);
    d_.resize(k_);
    scales_.resize(k_);
    Buffer<double> column(samples);
    const auto design = make_design(*model_.A);
    for (index j = 0; j < k_; ++j) {
      design->gather(&j, 1, column.data(), samples);
      for (index i = 0; i < n_; ++i) a_[j * n_ + i] = column[rows[static_cast<std::size_t>(i)]];
    }
    for (index i = 0; i < n_; ++i) {
      const index row = rows[static_cast<std::size_t>(i)];
      const double root = std::sqrt(weight(row) / mean_);
      const double offset = model_.offset.empty() ? 0.0 : model_.offset[static_cast<std::size_t>(row)];
      y_[i] = root * (model_.y[static_cast<std::size_t>(row)] - offset);
      u_[i] = root / std::sqrt(static_cast<double>(n_));  // || u || = 1: the weights have mean 1
      for (index j = 0; j < k_; ++j) a_[j * n_ + i] *= root;
    }
    along_.resize(k_ + 1);
    along_.fill(0);
    if (!model_.intercept) return u_.fill(0);
    for (index j = 0; j < k_; ++j) along_[j] = remove_mean(a_.data() + j * n_);
    along_[k_] = remove_mean(y_.data());
  }
  double remove_mean(double* v) const {
    const auto& kernels = kernels::table<double>();
    const double along = kernels.dot(u_.data(), v, n_);
    kernels.axpy(-along, u_.data(), v, n_);
    return along;
  }

  void read_penalty(const Prox& g) {
    const SoftBox* box = g.soft_box();
    if (box == nullptr || box->l1 != 0 || box->lowers != nullptr || box->uppers != nullptr || box->lower != -kInf ||
        box->upper != kInf)
      fail(Status::UNSUPPORTED, "this risk needs the penalty squared_l2; risk sure_monte_carlo takes others");
    l2_ = box->l2;
    for (index j = 0; j < k_; ++j) {
      scales_[j] = box->weights == nullptr ? 1.0 : box->weights[j];
      d_[j] = l2_ * scales_[j] / mean_;
    }
  }

  void find_z() {
    const bool dual = k_ > n_ && *std::min_element(d_.begin(), d_.end()) > 0;
    const index size = dual ? n_ : k_;
    if (size == 0) return;
    matrix_.resize(size * size);
    workspace_.resize(cholesky_workspace(size));
    if (dual) {
      for (index j = 0; j < k_; ++j)
        for (index i = 0; i < n_; ++i) z_[j * n_ + i] = a_[j * n_ + i] / d_[j];
      gemm(Trans::yes, Trans::no, n_, n_, k_, 1.0, z_.data(), n_, a_.data(), n_, 0.0, matrix_.data(), n_);
      for (index i = 0; i < n_; ++i) matrix_[i * n_ + i] += 1;
    } else {
      if (gram_.empty()) {
        gram_.resize(k_ * k_);
        gemm(Trans::no, Trans::yes, k_, k_, n_, 1.0, a_.data(), n_, a_.data(), n_, 0.0, gram_.data(), k_);
      }
      std::copy(gram_.begin(), gram_.end(), matrix_.begin());
      for (index j = 0; j < k_; ++j) matrix_[j * k_ + j] += d_[j];
    }
    if (!cholesky(size, matrix_.data(), size, 8 * std::numeric_limits<double>::epsilon(), workspace_.data()))
      fail(Status::SINGULAR, "the ridge's matrix is singular in double precision; larger weights of squared_l2 help");
    if (dual) {
      wide_.resize(n_ * k_);
      for (index j = 0; j < k_; ++j)
        for (index i = 0; i < n_; ++i) wide_[i * k_ + j] = a_[j * n_ + i];
      solve_many(n_, matrix_.data(), k_, wide_.data());
      for (index j = 0; j < k_; ++j)
        for (index i = 0; i < n_; ++i) z_[j * n_ + i] = wide_[i * k_ + j] / d_[j];
    } else {
      std::copy(a_.begin(), a_.end(), z_.begin());
      solve_many(k_, matrix_.data(), n_, z_.data());
    }
  }

  void solve() {
    const auto& kernels = kernels::table<double>();
    std::copy(y_.begin(), y_.end(), r_.begin());
    for (index i = 0; i < n_; ++i) m_[i] = 1 - u_[i] * u_[i];
    double b = along_[k_];
    for (index j = 0; j < k_; ++j) {
      const double *a = a_.data() + j * n_, *z = z_.data() + j * n_;
      x_[j] = kernels.dot(z, y_.data(), n_);
      kernels.axpy(-x_[j], a, r_.data(), n_);
      for (index i = 0; i < n_; ++i) m_[i] -= z[i] * a[i];
      b -= along_[j] * x_[j];
    }
    if (model_.intercept) x_[k_] = b / std::sqrt(static_cast<double>(n_));
  }

  void find_gradient(const double* theta) {
    const auto& kernels = kernels::table<double>();
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (index j = 0; j < k_; ++j) {
      const double* z = z_.data() + j * n_;
      double by_d = kernels.dot(z, by_r_.data(), n_) * x_[j];
      for (index i = 0; i < n_; ++i) by_d += by_m_[i] * z[i] * z[i];
      std::size_t first = 0;
      for (const TunedParameter& parameter : p_.parameters) {
        if (parameter.which == SolutionParameter::g_l2) gradient[first] += by_d * scales_[j] / mean_;
        if (parameter.which == SolutionParameter::g_scale) gradient[first] += by_d * d_[j] / theta[first];
        if (parameter.which == SolutionParameter::g_weights)
          gradient[first + static_cast<std::size_t>(j)] = by_d * l2_ / mean_;
        first += static_cast<std::size_t>(parameter.size);
      }
    }
  }

  const TuneProblem& p_;
  const TuneSettings& settings_;
  const LinearModel& model_;
  const index k_;
  index n_ = 0;
  double mean_ = 1, l2_ = 0;
  Buffer<double> x_, a_, z_;                    // (size); (k, n): a column of A, of Z, a row
  Buffer<double> y_, r_, m_, u_, by_r_, by_m_;  // (n)
  Buffer<double> d_, scales_, along_;           // (k), (k), (k + 1): components along u of the columns and of y
  Buffer<double> gram_, matrix_, wide_, workspace_;
};

}  // namespace

std::unique_ptr<FoldJudge> make_ridge_judge(const TuneProblem& problem, index fold, const TuneSettings& settings) {
  return std::make_unique<RidgeJudge>(problem, fold, settings);
}

}  // namespace fenchel
