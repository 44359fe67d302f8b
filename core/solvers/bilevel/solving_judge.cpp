// solving_judge.cpp -- a fold solved by a solver of composite problems, differentiated by solution_vjp:
//
//   C(x(theta)),   dC/dtheta = (dx/dtheta)^T grad C(x)
//
// Tuned sample weights multiply those that f has, so that folds that mask samples by weights stay what they are.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/buffer.hpp"
#include "smooth/model_term.hpp"
#include "solvers/bilevel/fold_judge.hpp"
#include "solvers/bilevel/squares_path.hpp"
#include "solvers/composite/minimize_solver.hpp"
#include "solvers/coordinate/design.hpp"
#include "solvers/coordinate/make_coordinate.hpp"

namespace fenchel {
namespace {

std::int32_t ask(void* interrupt, const Progress&) { return static_cast<Interrupt*>(interrupt)->poll() ? 0 : 1; }

ArrayView vector_view(double* data, index size) {
  return {.dtype = Dtype::f64, .ndim = 1, .data = data, .shape = {size}, .strides = {8}};
}

class SolvingJudge final : public FoldJudge {
 public:
  SolvingJudge(const TuneProblem& problem, index fold, const TuneSettings& settings)
      : p_(problem),
        fold_(problem.folds[static_cast<std::size_t>(fold)]),
        settings_(settings),
        n_(fold_.f->size()),
        slope_(n_),
        at_(n_),
        memory_(fold_.criterion->scratch_bytes() + 64) {
    p_.dtype == Dtype::f32 ? x32_.resize(n_) : x64_.resize(n_);
    index count = 0;
    for (const TunedParameter& parameter : p_.parameters) {
      if (parameter.of_samples()) first_sample_ = count;
      count += parameter.size;
    }
    gradient.resize(static_cast<std::size_t>(count));
    if (first_sample_ < 0) return;
    const LinearModel* model = fold_.f->linear_model();
    own_ = model->weights;
    if (own_.empty()) own_.assign(static_cast<std::size_t>(model->samples()), 1.0);
  }

  bool judge(const double* theta, const std::shared_ptr<const Prox>& g, const std::atomic<bool>* cancel,
             bool value_alone, double roughness) override {
    const auto inner =
        std::make_shared<const CompositeProblem>(p_.dtype, n_, weighted(theta), std::vector<Summand>{{g, nullptr}});
    MinimizeSettings options;
    options.tol = settings_.inner_tol > 0 ? settings_.inner_tol : p_.dtype == Dtype::f32 ? 1e-5 : 1e-9;
    options.max_iter = 100000;
    options.monitor_interval = 1e-3;  // of what asks `interrupt`
    const double* d = squares(*inner);
    rough = d != nullptr && roughness > 0 && slopes_by_one();
    if (d != nullptr)
      solve_newton(inner, options, d, rough ? roughness : 0.0, slopes_by_one() ? std::log(theta[0]) : kNaN, cancel);
    else if (scales_with_theta(*inner))
      solve_path(inner, options, theta[0], cancel);
    else
      solve_afresh(inner, options, cancel);
    const bool first = !warm_;
    warm_ = true;
    singular = false;
    if (static_cast<Termination>(solved.termination) == Termination::CANCELLED) return false;
    judge_solution(*inner, value_alone);
    if (rough)
      differentiate_roughly(*inner, d, theta, value_alone, roughness);
    else if (!value_alone)
      differentiate(*inner, theta, first ? nullptr : &singular);
    return true;
  }

  ArrayView x() override {
    ArrayView view = vector_view(x64_.data(), n_);
    if (p_.dtype == Dtype::f32) {
      view.dtype = Dtype::f32;
      view.data = x32_.data();
      view.strides[0] = 4;
    }
    return view;
  }

 private:
  MonitorFn monitor() const { return interrupt == nullptr ? nullptr : &ask; }

  void solve_afresh(const std::shared_ptr<const CompositeProblem>& inner, const MinimizeSettings& options,
                    const std::atomic<bool>* cancel) {
    fresh_.reset();
    fresh_ = make_minimizer(inner, MinimizeMethod::method_auto, options);
    if (warm_) fresh_->warm_start(x());
    solved = fresh_->solve(cancel, monitor(), interrupt);
    fresh_->solution(x());
  }

  // The penalty's weights, where it is but squares and the model one that SquaresNewton takes; else null.
  const double* squares(const CompositeProblem& inner) {
    const LinearModel* model = inner.f() == nullptr ? nullptr : inner.f()->linear_model();
    const SoftBox* box = inner.summands()[0].g->soft_box();
    if (p_.dtype != Dtype::f64 || model == nullptr || model->intercept || model->outputs() != 1) return nullptr;
    if (model->A->stored() == nullptr || model->loss->quadratic() || !model->loss->convex()) return nullptr;
    if (!(model->loss->curvature() < kInf) || box == nullptr || box->l1 != 0 || !(box->l2 > 0)) return nullptr;
    if (box->lower != -kInf || box->upper != kInf || box->lowers != nullptr || box->uppers != nullptr) return nullptr;
    squares_.resize(n_);
    for (index j = 0; j < n_; ++j) {
      squares_[j] = box->l2 * (box->weights == nullptr ? 1.0 : box->weights[j]);
      if (!(squares_[j] > 0 && squares_[j] < kInf)) return nullptr;
    }
    return squares_.data();
  }
  bool slopes_by_one() const { return gradient.size() == 1 && first_sample_ < 0; }
  void solve_newton(const std::shared_ptr<const CompositeProblem>& inner, const MinimizeSettings& options,
                    const double* d, double roughness, double t, const std::atomic<bool>* cancel) {
    if (squares_path_ == nullptr || first_sample_ >= 0) {  // tuned sample weights make another model each time
      newton_inner_ = inner;
      squares_path_ = std::make_unique<SquaresPath>(*inner->f()->linear_model());
    }
    if (!warm_) x64_.fill(0);
    squares_path_->set_interrupt(interrupt);
    solved = squares_path_->solve(d, options.tol, roughness, t, cancel, x64_.data());
  }

  // One theta that multiplies all of g: the engine of paths goes on from its own x, gradient and Gram matrix.
  bool scales_with_theta(const CompositeProblem& inner) {
    if (warm_) return path_ != nullptr;
    if (p_.parameters.size() != 1 || p_.parameters[0].size != 1) return false;
    if (choose_method(inner) != MinimizeMethod::method_cd) return false;
    const Prox& g = *inner.summands()[0].g;
    const SoftBox* box = g.soft_box();
    const Groups* groups = box == nullptr ? g.signed_groups() : nullptr;
    switch (p_.parameters[0].which) {
      case SolutionParameter::g_l1:
        return box != nullptr && box->l2 == 0;
      case SolutionParameter::g_l2:
        return box != nullptr && box->l1 == 0;
      case SolutionParameter::g_lam:
        return groups != nullptr && groups->l1 == 0;
      default:
        return p_.parameters[0].which == SolutionParameter::g_scale;
    }
  }
  void solve_path(const std::shared_ptr<const CompositeProblem>& inner, const MinimizeSettings& options, double theta,
                  const std::atomic<bool>* cancel) {
    if (path_ == nullptr) {
      path_ = make_path_solver(inner, options);
      reference_ = theta;
    } else {
      path_->set_factor(theta / reference_);
      path_->start_from_present();
    }
    solved = path_->solve(cancel, monitor(), interrupt);
    path_->solution(x());
  }

  // What the solver knows of f at x.
  KnownSolution known_solution() {
    if (squares_path_ != nullptr)
      return {.predictor = squares_path_->newton().predictor(),
              .gradient = squares_path_->newton().gradient(),
              .adjoint = adjoint_start()};
    return path_ != nullptr ? path_->known() : fresh_->known();
  }

  const double* adjoint_start() const {
    const Buffer<double>& q = squares_path_->adjoint();
    return q.empty() ? nullptr : q.data();
  }

  // A criterion over the same data has the same predictor, and of its gradient only the support's part is asked for.
  bool shares_data(const CompositeProblem& inner) const {
    const LinearModel &f = *inner.f()->linear_model(), *c = fold_.criterion->linear_model();
    return c != nullptr && c->A == f.A && c->outputs() == 1 && c->intercept == f.intercept && c->offset == f.offset &&
           c->linear.empty();
  }
  void judge_solution(const CompositeProblem& inner, bool value_alone) {
    known_ = known_solution();
    if (known_.gradient != nullptr && shares_data(inner)) {
      judge_predictor(inner, value_alone);
      return;
    }
    const ArrayView solution = x();
    for (index j = 0; j < n_; ++j) at_[j] = solution.real(j);
    value = fold_.criterion->gradient(at_.data(), value_alone ? nullptr : slope_.data(), Scratch(memory_));
  }
  void judge_predictor(const CompositeProblem& inner, bool value_alone) {
    const LinearModel& c = *fold_.criterion->linear_model();
    const index n = c.samples(), p = c.features();
    const double* s = data_or_null(c.weights);
    if (value_alone) {
      value = c.loss->value(n, known_.predictor, c.y.data(), s);
      return;
    }
    losses_.resize(n);
    value = c.loss->slopes(n, known_.predictor, c.y.data(), s, losses_.data());
    const SoftBox* box = inner.summands()[0].g->soft_box();
    const bool sparse = box != nullptr && box->l1 > 0 && box->weights == nullptr;  // off the support: not asked for
    support_.clear();
    for (index j = 0; j < p; ++j)
      if (!sparse || x64_[j] != 0) support_.push_back(j);
    if (design_ == nullptr) design_ = make_design(*c.A);
    packed_.resize(p);
    design_->dots(support_.data(), static_cast<index>(support_.size()), losses_.data(), packed_.data());
    slope_.fill(0);
    for (std::size_t k = 0; k < support_.size(); ++k) slope_[support_[k]] = packed_[static_cast<index>(k)];
    if (c.intercept) slope_[p] = std::accumulate(losses_.begin(), losses_.end(), 0.0);
  }
  static const double* data_or_null(const std::vector<double>& values) {
    return values.empty() ? nullptr : values.data();
  }

  std::shared_ptr<const Smooth> weighted(const double* theta) const {
    if (first_sample_ < 0) return fold_.f;
    LinearModel model = *fold_.f->linear_model();
    model.weights = own_;
    for (std::size_t i = 0; i < own_.size(); ++i) model.weights[i] *= theta[first_sample_ + static_cast<index>(i)];
    return std::make_shared<ModelTerm>(std::move(model));
  }

  void differentiate(const CompositeProblem& inner, const double* theta, bool* no_derivative) {
    const ArrayView solution = x();
    std::vector<ParameterArray> outputs;
    index first = 0;
    for (const TunedParameter& parameter : p_.parameters) {
      outputs.push_back({parameter.which, vector_view(gradient.data() + first, parameter.size)});
      first += parameter.size;
    }
    DerivativeSettings settings;
    settings.linear_solver = settings_.linear_solver;
    settings.require_certified = settings_.require_certified;
    settings.estimate = 0;
    derivative =
        solution_vjp(inner, solution, vector_view(slope_.data(), n_), outputs, settings, no_derivative, known_);
    if (no_derivative == nullptr || !*no_derivative) derivative.bound *= rescale(theta);
  }
  // From solution_vjp's parameters to theta; the largest factor.
  double rescale(const double* theta) {
    double most = 1;
    index first = 0;
    for (const TunedParameter& parameter : p_.parameters) {
      if (parameter.which == SolutionParameter::g_scale) {  // solution_vjp's factor is 1 at theta
        gradient[static_cast<std::size_t>(first)] /= theta[first];
        most = std::max(most, 1 / theta[first]);
      }
      first += parameter.size;
    }
    for (std::size_t i = 0; i < own_.size(); ++i) {
      gradient[static_cast<std::size_t>(first_sample_) + i] *= own_[i];
      most = std::max(most, own_[i]);
    }
    return most;
  }
  // No certificate: the search wants a direction, and takes the last derivative in full.
  void differentiate_roughly(const CompositeProblem& inner, const double* d, const double* theta, bool value_alone,
                             double roughness) {
    if (!value_alone) squares_path_->solve_adjoint(d, slope_, roughness);
    const double correction = squares_path_->correction();
    value -= correction;
    value_error = std::min(1.0, 3 * roughness) * std::abs(correction);
    if (value_alone) return;
    const ParameterArray output{p_.parameters[0].which, vector_view(gradient.data(), 1)};
    pull_parameters(inner, x(), squares_path_->adjoint().data(), {&output, 1}, known_);
    rescale(theta);
  }

  const TuneProblem& p_;
  const TuneFold& fold_;
  const TuneSettings& settings_;
  const index n_;
  index first_sample_ = -1;
  std::vector<double> own_;  // f's own sample weights, where they are tuned
  Buffer<double> slope_, at_, x64_;
  Buffer<float> x32_;
  Buffer<std::byte> memory_;
  bool warm_ = false;

  std::shared_ptr<const CompositeProblem> newton_inner_;  // whose model squares_path_ reads
  std::unique_ptr<SquaresPath> squares_path_;
  Buffer<double> squares_;
  std::unique_ptr<PathSolver> path_;
  std::unique_ptr<MinimizeSolver> fresh_;
  double reference_ = 1;  // theta at which path_'s factor is 1
  KnownSolution known_;
  std::unique_ptr<Design> design_;
  Buffer<double> losses_, packed_;
  std::vector<index> support_;
};

}  // namespace

std::unique_ptr<FoldJudge> make_solving_judge(const TuneProblem& problem, index fold, const TuneSettings& settings) {
  return std::make_unique<SolvingJudge>(problem, fold, settings);
}

}  // namespace fenchel
