#include "solvers/bilevel/parameter_map.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "smooth/model_products.hpp"

namespace fenchel {
namespace {

using P = SolutionParameter;

double largest(const Buffer<double>& x) {
  double out = 0;
  for (const double v : x) out = std::max(out, std::abs(v));
  return out;
}
double largest_row(const Buffer<double>& x, index columns) {
  if (columns == 1) return largest(x);
  double out = 0;
  for (index i = 0; i < x.size(); i += columns) {
    double squares = 0;
    for (index k = i; k < i + columns; ++k) squares += x[k] * x[k];
    out = std::max(out, squares);
  }
  return std::sqrt(out);
}
double sign(double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; }

// The part of f that has such a number, or null; no sum has two, or it is not clear which is meant.
const Smooth* numbered_part(const Smooth& f, SmoothNumber number) {
  if (f.has_number(number)) return &f;
  const Smooth* found = nullptr;
  for (const auto& part : f.parts()) {
    const Smooth* here = numbered_part(*part, number);
    if (here != nullptr && found != nullptr)
      fail(Status::UNSUPPORTED, "two parts of f have a number of this name: which one is meant is not clear");
    if (here != nullptr) found = here;
  }
  return found;
}
SmoothNumber number_of(P which) { return which == P::f_lam ? SmoothNumber::lam : SmoothNumber::eps; }

// The samples' largest row norm is not known cheaply; the matrix' norm bounds it.
double data_norm(const LinearModel& model) {
  const double norm = spectral_norm(*model.A);
  return model.intercept ? std::hypot(norm, std::sqrt(static_cast<double>(model.samples()))) : norm;
}

}  // namespace

const char* parameter_text(SolutionParameter which) {
  static constexpr const char* texts[] = {
#define FENCHEL_PARAMETER(name, text, doc) text,
#include "solvers/bilevel/solution_parameter.def"
#undef FENCHEL_PARAMETER
  };
  return texts[static_cast<int>(which)];
}

ParameterMap::ParameterMap(const SolutionPoint& point, SolutionParameter which)
    : p_(point), which_(which), inner_(point.size() - point.tail()), groups_(point.g(), inner_) {
  const Prox* g = p_.g();
  const SoftBox* box = g == nullptr ? nullptr : g->soft_box();
  const Groups* groups = groups_.rule;
  const auto lacks = [&](const char* what) {
    fail(Status::UNSUPPORTED, "% is no parameter of this problem: %", parameter_text(which), what);
  };
  switch (which) {
    case P::f_y:
    case P::f_weights:
    case P::f_offset:
      check_model(which == P::f_y);
      break;
    case P::f_linear:
      if (p_.problem->f() == nullptr) lacks("it has no f");
      size_ = p_.size();
      break;
    case P::f_lam:
    case P::f_eps:
      part_ = p_.problem->f() == nullptr ? nullptr : numbered_part(*p_.problem->f(), number_of(which));
      if (part_ == nullptr) lacks("neither f nor a part of it is smoothed_tv");
      product_.resize(p_.size());
      part_->number_slope(number_of(which), p_.x.data(), product_.data(), p_.scratch());
      return;
    case P::g_l1:
    case P::g_l2:
      if (box == nullptr && (groups == nullptr || which == P::g_l2)) lacks("g is not made of |x_j|, x_j^2 and bounds");
      break;
    case P::g_lam:
      if (groups == nullptr) lacks("g is not group_l2");
      break;
    case P::g_weights:
      if (box == nullptr && groups == nullptr) lacks("g has no weights");
      size_ = groups != nullptr ? groups_.count : inner_;
      break;
    case P::g_scale:
      if (g == nullptr) lacks("it has no g");
      break;
    case P::g_upper:
      if (box == nullptr || box->uppers != nullptr || box->upper == kInf) lacks("g is no box with one upper bound");
      if (p_.problem->f() == nullptr) lacks("it has no f");
      moving_.resize(p_.size());
      curved_.resize(p_.size());
  }
  if (groups == nullptr) return;
  group_.resize(inner_);
  group_.fill(-1);
  norm_.resize(groups_.count);
  for (index b = 0; b < groups_.count; ++b) {
    double squares = 0;
    for (index k = groups_.begin(b); k < groups_.end(b); ++k) {
      group_[groups_.member(k)] = b;
      squares += p_.x[groups_.member(k)] * p_.x[groups_.member(k)];
    }
    norm_[b] = std::sqrt(squares);
  }
}

const double* ParameterMap::sample_weights() const {
  return p_.model_part()->weights.empty() ? nullptr : p_.model_part()->weights.data();
}

void ParameterMap::check_model(bool targets) const {
  const LinearModel* model = p_.model_part();
  if (model == nullptr)
    fail(Status::UNSUPPORTED, "% is no parameter of this problem: f is no linear model, nor a sum with one",
         parameter_text(which_));
  auto& self = const_cast<ParameterMap&>(*this);
  const index n = model->samples(), outputs = model->outputs();
  self.size_ = which_ == P::f_offset ? n * outputs : n;
  self.sample_.resize(n * outputs);
  self.product_.resize(n * outputs);
  const Loss& loss = *model->loss;
  const double *z = p_.predictor.data(), *y = model->y.data(), *s = sample_weights();
  if (targets && !loss.target_slopes(n, z, y, s, self.sample_.data()))
    fail(Status::UNSUPPORTED, "f.y of the loss %: its targets are classes", loss.name());
  if (which_ == P::f_weights) loss.slopes(n, z, y, nullptr, self.sample_.data());
}

double ParameterMap::penalty_slope(index j) const {
  const Prox& g = *p_.g();
  const double x = p_.x[j];
  if (which_ == P::g_scale) return -p_.gradient[j];
  if (const SoftBox* box = g.soft_box(); box != nullptr) {
    const double w = box->weights == nullptr ? 1.0 : box->weights[j];
    if (which_ == P::g_l1) return w * sign(x);
    if (which_ == P::g_l2) return w * x;
    return box->l1 * sign(x) + box->l2 * x;  // weights
  }
  const index b = group_[j];
  if (b < 0) return 0;
  if (which_ == P::g_l1) return sign(x);
  const double along = norm_[b] > 0 ? x / norm_[b] : 0.0;
  if (which_ == P::g_weights) return groups_.rule->lam * along;
  return along * groups_.weight(b);
}

bool ParameterMap::moved(index j) const {
  const SoftBox& box = *p_.g()->soft_box();
  return p_.x[j] >= box.upper && (box.weights == nullptr || box.weights[j] < kInf);
}
void ParameterMap::pull_moved(const double* c, double* out) const {
  for (index j = 0; which_ == P::g_upper && j < inner_; ++j)
    if (moved(j)) out[0] -= c[j];
}
void ParameterMap::push_moved(const double* d, double* dx) const {
  for (index j = 0; which_ == P::g_upper && j < inner_; ++j)
    if (moved(j)) dx[j] -= d[0];
}

void ParameterMap::pull(const double* q, double* out) {
  switch (which_) {
    case P::g_upper:
      p_.problem->f()->hvp(p_.x.data(), q, curved_.data(), p_.scratch());
      out[0] = 0;
      for (index j = 0; j < inner_; ++j)
        if (moved(j)) out[0] += curved_[j];
      return;
    case P::f_linear:
      std::copy(q, q + size_, out);
      return;
    case P::f_lam:
    case P::f_eps:
      out[0] = std::inner_product(q, q + p_.size(), product_.begin(), 0.0);
      return;
    case P::f_y:
    case P::f_weights:
    case P::f_offset: {
      const LinearModel& model = *p_.model_part();
      const index n = model.samples(), outputs = model.outputs();
      predict(model, q, false, product_.data(), p_.scratch());
      if (which_ == P::f_offset) {
        model.loss->curvature_product(n, p_.predictor.data(), model.y.data(), sample_weights(), product_.data(), out);
        return;
      }
      for (index i = 0; i < n; ++i) {
        out[i] = 0;
        for (index k = 0; k < outputs; ++k) out[i] += sample_[i * outputs + k] * product_[i * outputs + k];
      }
      return;
    }
    default:
      std::fill(out, out + size_, 0.0);
      for (index j = 0; j < inner_; ++j) {
        if (q[j] == 0) continue;
        const double share = penalty_slope(j) * q[j];
        if (which_ != P::g_weights)
          out[0] += share;
        else if (!group_.empty())
          out[std::max<index>(group_[j], 0)] += share;
        else
          out[j] = share;
      }
  }
}

void ParameterMap::push(const double* d, double* out) {
  switch (which_) {
    case P::g_upper:
      for (index j = 0; j < p_.size(); ++j) moving_[j] = j < inner_ && moved(j) ? d[0] : 0.0;
      p_.problem->f()->hvp(p_.x.data(), moving_.data(), out, p_.scratch());
      return;
    case P::f_linear:
      std::copy(d, d + size_, out);
      return;
    case P::f_lam:
    case P::f_eps:
      for (index j = 0; j < p_.size(); ++j) out[j] = product_[j] * d[0];
      return;
    case P::f_y:
    case P::f_weights:
    case P::f_offset: {
      const LinearModel& model = *p_.model_part();
      const index n = model.samples(), outputs = model.outputs();
      if (which_ == P::f_offset)
        model.loss->curvature_product(n, p_.predictor.data(), model.y.data(), sample_weights(), d, product_.data());
      else
        for (index i = 0; i < n * outputs; ++i) product_[i] = sample_[i] * d[i / outputs];
      pull_back(model, product_.data(), false, out, p_.scratch());
      return;
    }
    default:
      std::fill(out, out + p_.size(), 0.0);
      for (index j = 0; j < inner_; ++j) {
        const double t = which_ != P::g_weights ? d[0] : group_.empty() ? d[j] : d[std::max<index>(group_[j], 0)];
        out[j] = penalty_slope(j) * t;
      }
  }
}

double ParameterMap::norm() const {
  if (which_ == P::f_linear) return 1;
  if (part_ != nullptr) return std::sqrt(std::inner_product(product_.begin(), product_.end(), product_.begin(), 0.0));
  if (p_.model_part() != nullptr && (which_ == P::f_y || which_ == P::f_weights))
    return data_norm(*p_.model_part()) * largest_row(sample_, p_.model_part()->outputs());
  if (which_ == P::f_offset) {
    double heaviest = sample_weights() == nullptr ? 1.0 : 0.0;
    for (const double s : p_.model_part()->weights) heaviest = std::max(heaviest, s);
    return data_norm(*p_.model_part()) * p_.model_part()->loss->curvature() * heaviest;
  }
  if (which_ == P::g_upper) {
    double count = 0;
    for (index j = 0; j < inner_; ++j) count += moved(j) ? 1.0 : 0.0;
    return p_.problem->f()->lipschitz() * std::sqrt(count);
  }
  double squares = 0;
  double most = 0;
  for (index j = 0; j < inner_; ++j) {
    if (p_.x[j] == 0) continue;
    const double slope = penalty_slope(j);
    squares += slope * slope;
    most = std::max(most, std::abs(slope));
  }
  return which_ == P::g_weights && group_.empty() ? most : std::sqrt(squares);
}

// Of x_b / || x_b || times the group's factor: (I - u u^T) / || x_b ||.
double ParameterMap::group_slope(double x_error) const {
  double most = 0;
  for (index b = 0; b < groups_.count; ++b) {
    const double factor = which_ == P::g_lam ? groups_.weight(b) : groups_.rule->lam;
    if (norm_[b] == 0 || factor == 0) continue;
    most = std::max(most, norm_[b] > x_error ? factor / (norm_[b] - x_error) : kInf);
  }
  return most;
}

double ParameterMap::slope(double x_error) const {
  const LinearModel* model = p_.model_part();
  const SoftBox* box = p_.g() == nullptr ? nullptr : p_.g()->soft_box();
  switch (which_) {
    case P::f_linear:
      return 0;
    case P::f_lam:
    case P::f_eps:
      return part_->number_slope_lipschitz(number_of(which_));
    case P::f_y:
      return model->loss->quadratic() ? 0 : kInf;
    case P::f_weights: {  // || A^T diag(f'(z) - f'(z')) || <= || A || sup f'' || A || || x - x' ||
      const double norm = data_norm(*model);
      return model->loss->curvature() * norm * norm;
    }
    case P::f_offset:
      return model->loss->quadratic() ? 0 : kInf;
    case P::g_l1:
      return 0;
    case P::g_l2:
    case P::g_weights: {
      if (groups_.rule != nullptr) return group_slope(x_error);
      if (box == nullptr) return kInf;
      double most = box->weights == nullptr ? 1.0 : 0.0;
      for (index j = 0; box->weights != nullptr && j < inner_; ++j)
        if (box->weights[j] < kInf) most = std::max(most, box->weights[j]);
      return which_ == P::g_l2 ? most : box->l2;
    }
    case P::g_lam:
      return group_slope(x_error);
    case P::g_upper:
      return (p_.problem->f()->caps() & SMOOTH_QUADRATIC) != 0 ? 0 : kInf;
    case P::g_scale:
      return p_.problem->f() == nullptr ? 0 : p_.problem->f()->lipschitz();
    default:
      return kInf;
  }
}

}  // namespace fenchel
