// support_system.cpp -- the active system of a separable or grouped g:  K = H_SS + D,  R x = x_S,
//
// H the Hessian of f, D the curvature of g on S: l2 of squares, lam w_b (I / || x_b || - x_b x_b^T / || x_b ||^3) of
// groups. Where f is a linear model over a stored matrix its columns of S are used: gathered once as doubles where they
// are dense and fit, else in place, and a product costs their entries; else f's own Hessian product is used.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/gemm.hpp"
#include "solvers/bilevel/active_set.hpp"
#include "solvers/coordinate/design.hpp"

namespace fenchel {
namespace {

constexpr index kGatherLimit = index{1} << 26;  // doubles: 512 MB
constexpr index kGatherShare = 8;               // sparse columns with fewer entries than 1 in 8 stay where they are

class SupportSystem final : public ActiveSystem {
 public:
  explicit SupportSystem(const SolutionPoint& point) : p_(point), set_(find_active_set(point)) {
    group_dots_.resize(static_cast<index>(set_.level.size()));
    bind();
    InnerFactor* const offered = point.known.factor;
    if (!h_.empty() && offered != nullptr && offered->prepare(set_.coordinates.data(), size(), set_.square.data())) {
      factor_ = offered;  // one product or two will do: columns are used where they lie
      thin_ = true;
      return;
    }
    gather();
  }

  index size() const override { return static_cast<index>(set_.coordinates.size()); }
  void reduce(const double* full, double* reduced) override {
    for (index k = 0; k < size(); ++k) reduced[k] = full[at(k)];
  }
  void expand(const double* reduced, double* full) override {
    std::fill(full, full + p_.size(), 0.0);
    for (index k = 0; k < size(); ++k) full[at(k)] = reduced[k];
  }
  double optimality() const override { return set_.optimality; }
  // The intercepts of several classes may all move together: a kernel, on which cg finds what can be told.
  bool regular() const override { return p_.tail() <= 1; }
  void newton_rhs(double* reduced) override {
    for (index k = 0; k < size(); ++k) reduced[k] = -p_.gradient[at(k)] - set_.slope[static_cast<std::size_t>(k)];
  }
  void newton_point(const double* y, double* x) override {
    std::copy(p_.x.begin(), p_.x.end(), x);
    for (index k = 0; k < size(); ++k) x[at(k)] += y[k];
  }
  bool constant() const override {
    const Smooth* f = p_.problem->f();
    return set_.level.empty() && (f == nullptr || (f->caps() & SMOOTH_QUADRATIC) != 0);
  }
  index ambiguous(double x_error, double gradient_error) const override {
    const auto near = [](const std::vector<double>& margins, double error) {
      return static_cast<index>(
          std::count_if(margins.begin(), margins.end(), [&](double margin) { return !(margin > error); }));
    };
    return near(set_.x_margins, x_error) + near(set_.gradient_margins, gradient_error);
  }

  void apply(const double* v, double* out) override {
    hessian_product(v, out);
    std::fill(group_dots_.begin(), group_dots_.end(), 0.0);
    for (index k = 0; k < size(); ++k)
      if (group(k) >= 0) group_dots_[group(k)] += p_.x[at(k)] * v[k];
    for (index k = 0; k < size(); ++k) {
      out[k] += set_.square[static_cast<std::size_t>(k)] * v[k];
      if (group(k) >= 0) out[k] += bend(k) * (v[k] - p_.x[at(k)] * group_dots_[group(k)] / square_norm(k));
    }
  }
  bool has_factor() const override { return factor_ != nullptr; }
  void solve_by_factor(const double* b, double* out) override {
    std::copy(b, b + size(), out);
    factor_->solve(out);
  }
  bool precondition(const double* r, double* z) override {
    if (factor_ != nullptr) {
      solve_by_factor(r, z);
      return true;
    }
    if (!diagonal_known_) find_diagonal(size());
    if (diagonal_.empty()) return false;
    for (index k = 0; k < size(); ++k) z[k] = r[k] / diagonal_[k];
    return true;
  }
  bool write_dense(double* out) override {
    if (factor_ != nullptr) gather();  // which did not do
    if (columns_.empty() && !thin_) return false;
    const index k = size();
    thin_ ? sparse_gram(out) : dense_gram(out);
    for (index c = 0; c < k; ++c) {
      out[c * k + c] += set_.square[static_cast<std::size_t>(c)] + (group(c) >= 0 ? bend(c) : 0.0);
      for (index d = 0; d < k; ++d)
        if (group(c) >= 0 && group(c) == group(d))
          out[c * k + d] -= bend(c) * p_.x[at(c)] * p_.x[at(d)] / square_norm(c);
    }
    return true;
  }

 private:
  index at(index k) const { return set_.coordinates[static_cast<std::size_t>(k)]; }
  index group(index k) const { return set_.group[static_cast<std::size_t>(k)]; }
  double bend(index k) const {  // lam w_b / || x_b ||
    const auto b = static_cast<std::size_t>(group(k));
    return set_.level[b] / set_.norm[b];
  }
  double square_norm(index k) const {
    const auto b = static_cast<std::size_t>(group(k));
    return set_.norm[b] * set_.norm[b];
  }

  void dense_gram(double* out) {
    const index k = size(), n = h_.size();
    const bool level = std::all_of(h_.begin(), h_.end(), [&](double h) { return h == h_[0]; });
    Buffer<double> scaled(level ? 0 : k * n);
    for (index c = 0; c < k && !level; ++c)
      for (index i = 0; i < n; ++i) scaled[c * n + i] = columns_[c * n + i] * h_[i];
    gemm_lower(Trans::no, Trans::yes, k, k, n, index{0}, level ? h_[0] : 1.0, level ? columns_.data() : scaled.data(),
               n, columns_.data(), n, 0.0, out, k);
    for (index c = 0; c < k; ++c)
      for (index d = 0; d < c; ++d) out[d * k + c] = out[c * k + d];
  }
  // Column by column: entries(S) each.
  void sparse_gram(double* out) {
    const index k = size();
    Buffer<double> unit(k, 0.0), column(k);
    for (index c = 0; c < k; ++c) {
      unit[c] = 1;
      model_product(unit.data(), column.data());
      unit[c] = 0;
      for (index d = 0; d < k; ++d) out[d * k + c] = column[d];
    }
  }

  void bind() {
    const LinearModel* model = p_.model();
    if (model == nullptr || model->outputs() != 1 || model->A->stored() == nullptr) return;
    const index n = model->samples(), k = size();
    if (k == 0) return;
    h_.resize(n);
    model->loss->curvatures(n, p_.predictor.data(), model->y.data(),
                            model->weights.empty() ? nullptr : model->weights.data(), h_.data());
    t_.resize(n);
    features_ = k - (model->intercept ? 1 : 0);
    design_ = p_.known.design;
    if (design_ != nullptr) return;
    own_design_ = make_design(*model->A);
    design_ = own_design_.get();
  }
  void gather() {
    if (!h_.empty()) gather_columns();
    if (!columns_.empty() || thin_ || p_.problem->f() == nullptr) return;
    full_.resize(p_.size());
    product_.resize(p_.size());
    hessian_ = p_.problem->f()->newton_matrix();
    hessian_->prepare(p_.x.data(), true, p_.scratch());
  }
  void gather_columns() {
    const index n = h_.size(), k = size();
    index entries = 0;
    for (index c = 0; c < features_; ++c) entries += design_->entries(at(c));
    thin_ = design_->sparse() && entries < n * k / kGatherShare;
    if (thin_ || n > kGatherLimit / k) return;
    columns_.resize(k * n);
    design_->gather(set_.coordinates.data(), features_, columns_.data(), n);
    if (features_ < k) std::fill(columns_.data() + (k - 1) * n, columns_.data() + k * n, 1.0);
  }
  void find_diagonal(index k) {
    diagonal_known_ = true;
    if (h_.empty()) {
      find_known_diagonal(k);
      return;
    }
    diagonal_.resize(k);
    for (index c = 0; c < k; ++c) {
      double sum = set_.square[static_cast<std::size_t>(c)];
      if (c < features_)
        sum += design_->square(at(c), h_.data(), nullptr);
      else
        for (const double h : h_) sum += h;
      if (group(c) >= 0) sum += bend(c) * (1 - p_.x[at(c)] * p_.x[at(c)] / square_norm(c));
      diagonal_[c] = sum > 0 ? sum : 1.0;
    }
  }
  // Where f is no stored matrix but knows the diagonal of its Hessian.
  void find_known_diagonal(index k) {
    if (hessian_ == nullptr || !hessian_->diagonal(product_.data(), p_.scratch())) return;
    diagonal_.resize(k);
    for (index c = 0; c < k; ++c) {
      double sum = product_[at(c)] + set_.square[static_cast<std::size_t>(c)];
      if (group(c) >= 0) sum += bend(c) * (1 - p_.x[at(c)] * p_.x[at(c)] / square_norm(c));
      diagonal_[c] = sum > 0 ? sum : 1.0;
    }
  }
  void hessian_product(const double* v, double* out) {
    const index k = size();
    const Smooth* f = p_.problem->f();
    if (f == nullptr) {
      std::fill(out, out + k, 0.0);
    } else if (thin_) {
      model_product(v, out);
    } else if (!columns_.empty()) {
      const index n = h_.size();
      t_.fill(0);
      kernels::table<double>().column_axpys(columns_.data(), n, k, n, v, t_.data());
      for (index i = 0; i < n; ++i) t_[i] *= h_[i];
      kernels::table<double>().column_dots(columns_.data(), n, k, n, t_.data(), out);
    } else {
      expand(v, full_.data());
      hessian_->apply(full_.data(), product_.data(), p_.scratch());
      reduce(product_.data(), out);
    }
  }

  void model_product(const double* v, double* out) {
    t_.fill(v[size() - 1] * (features_ < size() ? 1.0 : 0.0));
    for (index c = 0; c < features_; ++c)
      if (v[c] != 0) design_->axpy(at(c), v[c], t_.data());
    for (index i = 0; i < h_.size(); ++i) t_[i] *= h_[i];
    design_->dots(set_.coordinates.data(), features_, t_.data(), out);
    if (features_ == size()) return;
    double sum = 0;
    for (const double t : t_) sum += t;
    out[features_] = sum;
  }

  const SolutionPoint& p_;
  ActiveSet set_;
  std::unique_ptr<Design> own_design_;
  const Design* design_ = nullptr;  // own_design_, or the solver's
  InnerFactor* factor_ = nullptr;   // the solver's
  index features_ = 0;              // of S: without the intercept
  bool thin_ = false;               // sparse columns, left in place
  Buffer<double> columns_, h_, t_;  // (S, n): gathered; (n), (n): of a linear model
  Buffer<double> full_, product_;   // (size): not gathered
  std::unique_ptr<NewtonMatrix> hessian_;
  Buffer<double> diagonal_, group_dots_;
  bool diagonal_known_ = false;  // a factored system never asks for it
};

}  // namespace

std::unique_ptr<ActiveSystem> make_support_system(const SolutionPoint& point) {
  return std::make_unique<SupportSystem>(point);
}

}  // namespace fenchel
