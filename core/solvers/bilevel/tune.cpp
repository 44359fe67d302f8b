#include "solvers/bilevel/tune.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/clock.hpp"
#include "base/thread_pool.hpp"
#include "solvers/bilevel/cross_folds.hpp"
#include "solvers/bilevel/fold_judge.hpp"
#include "solvers/bilevel/monte_carlo_risk.hpp"
#include "solvers/bilevel/outer_search.hpp"
#include "solvers/bilevel/roughness.hpp"
#include "solvers/bilevel/tuned_scale.hpp"

namespace fenchel {
namespace {

constexpr double kScanWork = 4e7;  // entries of all folds' matrices that a scan may pass over

// Asked by the solves on the calling thread; ends those of all threads.
struct Halt final : Interrupt {
  explicit Halt(Control& asked) : control(asked) {}
  bool poll() override {
    if (control.poll()) return true;
    halted.store(true, std::memory_order_relaxed);
    return false;
  }

  Control& control;
  std::atomic<bool> halted{false};
};

// A bound of the derivative's error is useful up to this multiple of the derivative, or share of the criterion.
constexpr double kUsefulSlope = 10, kUsefulValue = 0.01;

class Tuning {
 public:
  Tuning(const TuneProblem& problem, const TuneSettings& settings, Control& control)
      : p_(problem),
        scale_(problem.parameters, settings),
        settings_(settings),
        control_(control),
        halt_(control),
        pool_(problem.serial             ? 1
              : settings.num_threads > 0 ? settings.num_threads
                                         : ThreadPool::hardware_threads()) {
    n_ = p_.folds[0].f->size();
    check_samples();
    if (risk() == Risk::cross_validation) p_.folds = cross_folds(*p_.folds[0].f, settings_.cv, settings_.seed);
    folds_ = p_.folds.size();
    if (risk() == Risk::sure_monte_carlo) {
      monte_carlo_ = monte_carlo_risk(p_.folds, settings_.sigma, settings_.seed);
      p_.folds = monte_carlo_.folds;
    }
    for (std::size_t k = 0; k < p_.folds.size(); ++k)
      judges_.push_back(judge_maker()(p_, static_cast<index>(k), settings_));
    best_x.assign(folds_, std::vector<double>(static_cast<std::size_t>(n_)));
    if (judged_by_terms() && settings.require_certified == 0 && settings.linear_solver == 0 && settings.max_iter > 1)
      roughness_ = Roughness(settings.tol);
    result.degrees = kNaN;
    result.unknowns = n_;
    result.bound = kInf;
    result.criterion = result.first_criterion = kNaN;
  }

  bool evaluate(const std::vector<double>& t, double& value, std::vector<double>& gradient) {
    if (kept_rough_ && roughness_.now() > 0 && result.iterations == settings_.max_iter - 1) return false;  // finish's
    std::vector<double> theta(t.size());
    for (std::size_t i = 0; i < t.size(); ++i) theta[i] = scale_.value(i, t[i]);
    const std::shared_ptr<const Prox> g = p_.penalty ? p_.penalty(theta.data()) : nullptr;
    while (judge(theta, g, gradient.empty())) {
      if (std::any_of(judges_.begin(), judges_.end(), [](const auto& judge) { return judge->singular; })) {
        value = kInf;  // the search steps back
        ++result.refused;
      } else {
        gather(theta, value, gradient);
        if (!roughness_.will_do(t, value, gradient, value_error())) continue;
        if (std::isnan(result.first_criterion)) result.first_criterion = value;
      }
      result.solves += static_cast<index>(judges_.size());
      for (const auto& judge : judges_)
        result.inner_failures += static_cast<Termination>(judge->solved.termination) == Termination::CONVERGED ? 0 : 1;
      Progress progress;
      progress.iteration = ++result.iterations;
      progress.passes = result.solves;
      progress.residual = value;
      progress.tol = settings_.tol;
      return control_.go_on(progress);
    }
    return false;
  }

  // The best point again, in full, where a rough solution was kept. It counts as an evaluation.
  void finish(const std::vector<double>& t) {
    if (!kept_rough_) return;
    roughness_ = Roughness();
    double value = 0;
    std::vector<double> gradient(t.size());
    const index before = result.iterations;
    if (!control_.stopped()) evaluate(t, value, gradient);
    if (result.iterations > before) keep();
    const auto unproved = static_cast<std::int32_t>(DerivativeStatus::uncertified);
    if (kept_rough_) result.derivative_status = std::max(result.derivative_status, unproved);
  }

  // What was evaluated last is the best.
  void keep() {
    kept_rough_ = last_.rough;
    result.criterion = last_.value;
    result.bound = last_.rough ? kInf : last_.bound;
    result.derivative = last_.derivative;
    for (std::size_t k = 0; k < folds_; ++k) {
      const ArrayView x = judges_[k]->x();
      for (index j = 0; j < n_; ++j) best_x[k][static_cast<std::size_t>(j)] = x.real(j);
    }
    if (judged_by_terms()) return;
    result.degrees = 0;
    for (std::size_t k = 0; k < folds_; ++k) result.degrees += degrees(k) / static_cast<double>(folds_);
  }

  void write_solutions(const ArrayView& x) const {
    if (std::isnan(result.criterion)) return;  // stopped before the first
    for (std::size_t k = 0; k < best_x.size(); ++k)
      for (index j = 0; j < n_; ++j) x.set_real(best_x[k][static_cast<std::size_t>(j)], static_cast<index>(k), j);
  }

  const TunedScale& scale() const { return scale_; }

  // A proved bound that says nothing is not called certified: at weights next to 0 it may be any power of ten.
  void doubt() {
    const bool certified = result.derivative_status == static_cast<std::int32_t>(DerivativeStatus::certified);
    const double useful = std::max(kUsefulSlope * result.derivative, kUsefulValue * std::abs(result.criterion));
    if (!certified || result.bound <= useful || std::isnan(result.criterion)) return;
    result.derivative_status = static_cast<std::int32_t>(DerivativeStatus::uncertified);
    if (settings_.require_certified == 1)
      fail(Status::UNCERTIFIED,
           "the derivative at the values found is % with a proved bound of its error of %, the criterion %: the bound "
           "says nothing; larger penalties have better ones",
           result.derivative, result.bound, result.criterion);
  }

  // Evaluations for deeper valleys than those beside the best: where solutions have kinks in their one weight, and all
  // folds together are small enough to be solved often.
  index scan(const double* theta) const {
    if (scale_.size() != 1 || !judged_by_terms() || p_.smooth_penalty) return 0;
    const std::shared_ptr<const Prox> g = p_.penalty(theta);  // it owns the box
    const SoftBox* box = g->soft_box();
    if (box != nullptr && box->l1 == 0 && box->lowers == nullptr && box->uppers == nullptr && box->lower == -kInf &&
        box->upper == kInf)
      return 0;  // squares: solutions are smooth in their weight
    double entries = 0;
    for (const TuneFold& fold : p_.folds) {
      const LinearModel* model = fold.f->linear_model();
      const StoredMatrix* stored = model == nullptr ? nullptr : model->A->stored();
      if (stored == nullptr) return 0;
      entries += static_cast<double>(stored->nnz);
    }
    const double affordable = kScanWork / std::max(entries, 1.0);
    return affordable < 8 ? 0 : static_cast<index>(std::min(affordable, 64.0));
  }

  TuneResult result;
  std::vector<std::vector<double>> best_x;

 private:
  Risk risk() const { return static_cast<Risk>(settings_.risk); }
  bool judged_by_terms() const { return risk() == Risk::holdout || risk() == Risk::cross_validation; }
  auto judge_maker() const -> decltype(&make_ridge_judge) {
    const bool solving = judged_by_terms() || risk() == Risk::sure_monte_carlo;
    if (!p_.smooth_penalty) return solving ? make_solving_judge : make_ridge_judge;
    if (!solving)
      fail(Status::UNSUPPORTED,
           "this risk needs the penalty squared_l2; holdout, cross_validation and sure_monte_carlo take smooth ones");
    return make_smooth_judge;
  }
  void check_samples() const {
    if ((risk() == Risk::sure || risk() == Risk::sure_monte_carlo) && !(settings_.sigma > 0))
      fail(Status::RANGE, "sigma is %; legal with this risk: > 0", settings_.sigma);
    for (const TunedParameter& parameter : p_.parameters) {
      if (!parameter.of_samples()) continue;
      if (!judged_by_terms())
        fail(Status::UNSUPPORTED, "f.weights can be tuned with risk holdout and cross_validation alone");
      for (const TuneFold& fold : p_.folds) {
        const LinearModel* model = fold.f->linear_model();
        if (model == nullptr) fail(Status::UNSUPPORTED, "f.weights cannot be tuned: f is not a linear model");
        if (model->samples() != parameter.size)
          fail(Status::SHAPE, "f.weights has % values and f has % samples; legal: the same in every fold",
               parameter.size, model->samples());
      }
    }
  }

  // False: cancelled.
  bool judge(const std::vector<double>& theta, const std::shared_ptr<const Prox>& g, bool value_alone) {
    const double roughness = roughness_.now();
    const bool went_on = pool_.run(
        static_cast<index>(judges_.size()),
        [&](index k, int worker) {
          FoldJudge& judge = *judges_[static_cast<std::size_t>(k)];
          judge.interrupt = worker == 0 ? &halt_ : nullptr;
          judge.judge(theta.data(), g, &halt_.halted, value_alone, roughness);
        },
        [&] { return halt_.poll(); });
    if (!went_on || control_.stopped()) return false;
    for (const auto& judge : judges_) result.inner_iterations += judge->solved.iterations;
    return true;
  }
  // The mean over folds; 0 where all were solved in full.
  double value_error() const {
    double sum = 0;
    for (const auto& judge : judges_) sum += judge->rough ? judge->value_error : 0.0;
    return sum / static_cast<double>(folds_);
  }

  void gather(const std::vector<double>& theta, double& value, std::vector<double>& gradient) {
    const double share = 1 / static_cast<double>(folds_);
    value = 0;
    std::fill(gradient.begin(), gradient.end(), 0.0);
    double bound = 0;
    double steepest = 0;
    for (std::size_t i = 0; i < theta.size(); ++i) steepest = std::max(steepest, scale_.slope(i, theta[i]));
    for (const auto& judge : judges_) {
      value += share * judge->value;
      for (std::size_t i = 0; i < gradient.size(); ++i)
        gradient[i] += share * scale_.slope(i, theta[i]) * judge->gradient[i];
      bound += share * steepest * judge->derivative.bound;
      if (!gradient.empty())
        result.derivative_status = std::max(result.derivative_status, judge->derivative.derivative_status);
    }
    if (!std::isfinite(value))
      fail(Status::RANGE, "the criterion is % at the start or after a step; legal: finite", value);
    last_ = {value, bound, 0,
             std::any_of(judges_.begin(), judges_.end(), [](const auto& judge) { return judge->rough; })};
    for (const double g : gradient) last_.derivative = std::hypot(last_.derivative, g);
  }
  struct Judgement {
    double value = kNaN, bound = kInf, derivative = 0;
    bool rough = false;
  };

  double degrees(std::size_t fold) const {
    if (monte_carlo_.slopes.empty()) return judges_[fold]->degrees;
    const ArrayView here = judges_[fold]->x(), there = judges_[fold + folds_]->x();
    double sum = 0;
    for (index j = 0; j < n_; ++j)
      sum += monte_carlo_.slopes[fold][static_cast<std::size_t>(j)] * (there.real(j) - here.real(j));
    return sum;
  }

  TuneProblem p_;
  const TunedScale scale_;
  const TuneSettings& settings_;
  Control& control_;
  Halt halt_;
  std::vector<std::unique_ptr<FoldJudge>> judges_;
  ThreadPool pool_;
  MonteCarloRisk monte_carlo_;
  Roughness roughness_;
  bool kept_rough_ = false;  // the best so far
  std::size_t folds_ = 0;    // the caller's
  index n_ = 0;
  Judgement last_;
};

struct Tunable {
  const char *penalty, *parameter;
  SolutionParameter which;
};
constexpr Tunable kTunable[] = {
    {"l1", "lam", SolutionParameter::g_l1},           {"l1", "weights", SolutionParameter::g_weights},
    {"positive_l1", "lam", SolutionParameter::g_l1},  {"positive_l1", "weights", SolutionParameter::g_weights},
    {"squared_l2", "lam", SolutionParameter::g_l2},   {"squared_l2", "weights", SolutionParameter::g_weights},
    {"elastic_net", "l1", SolutionParameter::g_l1},   {"elastic_net", "l2", SolutionParameter::g_l2},
    {"group_l2", "lam", SolutionParameter::g_lam},    {"group_l2", "weights", SolutionParameter::g_weights},
    {"group_l2", "l1", SolutionParameter::g_l1},      {"scaled", "factor", SolutionParameter::g_scale},
    {"box", "upper", SolutionParameter::g_upper},     {"smoothed_tv", "lam", SolutionParameter::f_lam},
    {"smoothed_tv", "eps", SolutionParameter::f_eps},
};

}  // namespace

SolutionParameter tuned_parameter(const char* penalty, const char* parameter) {
  if (std::strcmp(parameter, "f.weights") == 0) return SolutionParameter::f_weights;
  std::string known = "f.weights";
  for (const Tunable& row : kTunable) {
    if (std::strcmp(row.penalty, penalty) == 0 && std::strcmp(row.parameter, parameter) == 0) return row.which;
    known += ", " + std::string(row.penalty) + "." + row.parameter;
  }
  fail(Status::UNSUPPORTED, "% of % cannot be tuned; known: %", parameter, penalty, known);
}

TuneResult tune(const TuneProblem& problem, const TuneSettings& settings, const std::atomic<bool>* cancel,
                MonitorFn monitor, void* user, std::vector<double>& theta, const ArrayView& x) {
  const Clock clock;
  Control control(cancel, monitor, user, settings.monitor_interval, settings.time_limit);
  Tuning tuning(problem, settings, control);
  std::vector<double> t(theta.size());
  for (std::size_t i = 0; i < t.size(); ++i) t[i] = tuning.scale().free(i, theta[i]);
  OuterLimits limits{settings.tol, settings.max_iter, std::log(settings.reach)};
  limits.low = &tuning.scale().lows();
  limits.high = &tuning.scale().highs();
  limits.values_alone = true;
  limits.scan = tuning.scan(theta.data());
  limits.keep = [&] { tuning.keep(); };
  const OuterReport report =
      outer_search([&](const std::vector<double>& at, double& value,
                       std::vector<double>& gradient) { return tuning.evaluate(at, value, gradient); },
                   t, limits);
  tuning.finish(t);
  if (control.callback_failure() != 0)
    throw Error(Status::CALLBACK, "the monitor returned " + to_text(static_cast<index>(control.callback_failure())),
                control.callback_failure());
  const bool cancelled = control.stopped();
  Termination end = report.converged ? Termination::CONVERGED : Termination::MAX_ITER;
  if (report.walled) end = Termination::STALLED;
  if (cancelled) end = control.reason();
  const bool found = !std::isnan(tuning.result.criterion);
  for (std::size_t i = 0; found && i < t.size(); ++i) theta[i] = tuning.scale().value(i, t[i]);
  tuning.result.termination = static_cast<std::int32_t>(end);
  tuning.result.residual = tuning.result.iterations > 0 ? report.left : kInf;
  tuning.doubt();
  if (x.ndim != 0) tuning.write_solutions(x);
  tuning.result.seconds = clock.seconds();
  return tuning.result;
}

}  // namespace fenchel
