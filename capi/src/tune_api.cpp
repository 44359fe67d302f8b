// tune_api.cpp -- fenchel.h section 15: the weights of a penalty from a criterion.
#include <algorithm>
#include <cstring>

#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "fields.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"
#include "names.hpp"
#include "results.hpp"
#include "solvers/bilevel/tune.hpp"
#include "term_params.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

std::shared_ptr<const Smooth> smooth_of(const fen_term* term, const char* name) {
  live_as<Smooth>(term, name);
  return std::static_pointer_cast<const Smooth>(term->core);
}

// What is tuned, and the penalty's term as a function of theta: fixed parameters from the caller, tuned ones from a
// vector.
class Penalty {
 public:
  Penalty(const char* name, const fen_param* params, int32_t count, const char* const* tuned, int32_t tuned_count,
          int64_t values, const Smooth& f)
      : info_(info_of(name)) {
    if (count < 0) fail(Status::RANGE, "count is %; legal: >= 0", count);
    if (count > 0) require(params, "params");
    if (tuned_count < 1) fail(Status::RANGE, "tuned_count is %; legal: >= 1", tuned_count);
    require(tuned, "tuned");
    params_.assign(params, params + count);
    int64_t rest = values;
    for (int32_t i = 0; i < tuned_count; ++i) {
      require(tuned[i], "a name in tuned");
      const SolutionParameter which = tuned_parameter(info_.name, tuned[i]);
      parameters.push_back({which, which == SolutionParameter::g_weights ? 0 : 1});
      if (parameters.back().of_samples()) {
        if (f.linear_model() == nullptr) fail(Status::UNSUPPORTED, "f.weights cannot be tuned: f is no linear model");
        for (int32_t j = 0; j < i; ++j)
          if (parameters[static_cast<std::size_t>(j)].of_samples()) fail(Status::NAME, "tuned names f.weights twice");
        parameters.back().size = f.linear_model()->samples();
      }
      rest -= parameters.back().size;
      names_.push_back(tuned[i]);
    }
    for (TunedParameter& parameter : parameters) {
      if (parameter.size != 0) continue;
      parameter.size = rest;
      rest = 0;
    }
    const bool empty = std::any_of(parameters.begin(), parameters.end(), [](const auto& p) { return p.size < 1; });
    if (rest != 0 || empty)
      fail(
          Status::SHAPE,
          "theta has % elements; legal: one for each number in tuned, one a sample for f.weights, the rest for weights",
          values);
  }

  bool smooth() const { return info_.kind == TermKind::smooth; }

  template <class Kind>
  std::shared_ptr<const Kind> make(const double* theta) const {
    std::vector<fen_param> params = params_;
    std::vector<fen_array> arrays(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const TunedParameter& parameter = parameters[i];
      if (parameter.which == SolutionParameter::g_weights) {
        fen_array_init(&arrays[i], FEN_F64, 1, &parameter.size, const_cast<double*>(theta));
        params.push_back({names_[i], 0, &arrays[i], nullptr});
      } else if (!parameter.of_samples()) {
        params.push_back({names_[i], *theta, nullptr, nullptr});
      }
      theta += parameter.size;
    }
    const CheckedParams checked = check_params(info_, params.data(), static_cast<int32_t>(params.size()));
    return std::static_pointer_cast<const Kind>(info_.make(checked.params));
  }

  // Numbers and arrays of the penalty are > 0, weights of samples in (0, 1).
  void check(const std::vector<double>& theta) const {
    const double* next = theta.data();
    for (const TunedParameter& parameter : parameters)
      for (int64_t k = 0; k < parameter.size; ++k, ++next) {
        if (!(*next > 0)) fail(Status::RANGE, "theta[%] is %; legal: > 0", next - theta.data(), *next);
        if (parameter.of_samples() && !(*next < 1))
          fail(Status::RANGE, "theta[%] is %; legal for f.weights: above 0 and below 1", next - theta.data(), *next);
      }
  }

  // What make() reads again and again.
  void add_inputs(Arguments& arguments) const {
    for (const fen_param& param : params_) {
      if (param.array != nullptr) arguments.input(param.name, check_array(param.name, param.array, Access::in));
      if (param.term != nullptr) live(param.term, param.name).outside.add_inputs(arguments);
    }
  }

  std::vector<TunedParameter> parameters;

 private:
  // A simple term, or a smooth one where no simple term has the name.
  static const TermInfo& info_of(const char* name) {
    require(name, "penalty");
    const TermInfo* smooth = find_term_info("smooth", name);
    return smooth != nullptr && find_term_info("prox", name) == nullptr ? *smooth : need_term_info("prox", name);
  }

  const TermInfo& info_;
  std::vector<fen_param> params_;
  std::vector<const char*> names_;  // of parameters
};

std::vector<double> read_theta(const ArrayView& theta) {
  check_finite("theta", theta);
  std::vector<double> out;
  for (int64_t i = 0; i < theta.shape[0]; ++i) out.push_back(theta.at<double>(i));
  return out;
}

TuneProblem check_folds(int32_t dtype, int32_t folds, const fen_term* const* f, const fen_term* const* criteria,
                        Risk risk) {
  if (dtype != FEN_F32 && dtype != FEN_F64) fail(Status::DTYPE, "dtype is %; legal: FEN_F32, FEN_F64", dtype);
  if (folds < 1) fail(Status::RANGE, "folds is %; legal: >= 1", folds);
  require(f, "f");
  if (risk == Risk::holdout) require(criteria, "criteria");
  if (risk != Risk::holdout && criteria != nullptr)
    fail(Status::UNSUPPORTED, "criteria with a risk that takes none; legal: NULL, or risk holdout");
  TuneProblem problem;
  problem.dtype = static_cast<Dtype>(dtype);
  for (int32_t k = 0; k < folds; ++k) {
    problem.folds.push_back({smooth_of(f[k], "f"), nullptr});
    if (criteria != nullptr) problem.folds.back().criterion = smooth_of(criteria[k], "criteria");
    const int64_t n = problem.folds[0].f->size();
    for (const auto& term : {problem.folds.back().f, problem.folds.back().criterion})
      if (term != nullptr && term->size() != n)
        fail(Status::SHAPE, "fold % has a term of size %; legal: %, that of f[0]", k, term->size(), n);
    problem.serial = problem.serial || f[k]->outside.callback || (criteria != nullptr && criteria[k]->outside.callback);
  }
  return problem;
}

}  // namespace

int32_t fen_tune(int32_t dtype, int32_t folds, const fen_term* const* f, const fen_term* const* criteria,
                 const char* penalty, const fen_param* params, int32_t count, const char* const* tuned,
                 int32_t tuned_count, const fen_array* theta, const fen_array* x, const fen_tune_options* options,
                 fen_monitor_fn monitor, void* user, fen_tune_result* result, fen_error* err) {
  return guarded(err, [&] {
    const TuneSettings settings = load_settings(options);
    TuneProblem problem = check_folds(dtype, folds, f, criteria, static_cast<Risk>(settings.risk));
    const ArrayView values = check_array("theta", theta, Access::out, Dtype::f64, {kAny});
    std::vector<double> at = read_theta(values);
    const Penalty family(penalty, params, count, tuned, tuned_count, values.shape[0], *problem.folds[0].f);
    family.check(at);
    const int64_t n = problem.folds[0].f->size();
    const bool dealt = settings.risk == static_cast<int32_t>(Risk::cross_validation);
    if (dealt && folds != 1) fail(Status::RANGE, "folds is %; legal with risk cross_validation: 1", folds);
    const int64_t solutions = dealt ? settings.cv : folds;
    const ArrayView out = check_optional("x", x, Access::out, problem.dtype, {solutions, n});
    check_fits("the solutions", product_bytes(solutions, n, sizeof(double) * 4));
    check_result("result", result);
    Arguments arguments;
    for (int32_t k = 0; k < folds; ++k) {
      f[k]->outside.add_inputs(arguments);
      if (criteria != nullptr) criteria[k]->outside.add_inputs(arguments);
    }
    family.add_inputs(arguments);
    arguments.output("theta", values);
    arguments.output("x", out);
    arguments.output("result", result, result == nullptr ? 0 : static_cast<int64_t>(result->struct_size));
    arguments.check();
    problem.parameters = family.parameters;
    if (family.smooth())
      problem.smooth_penalty = [&](const double* theta_at) { return family.make<Smooth>(theta_at); };
    else
      problem.penalty = [&](const double* theta_at) { return family.make<Prox>(theta_at); };
    MonitorBridge bridge{monitor, user};
    const TuneResult found =
        tune(problem, settings, nullptr, monitor == nullptr ? nullptr : &MonitorBridge::call, &bridge, at, out);
    for (int64_t i = 0; i < values.shape[0]; ++i) values.at<double>(i) = at[static_cast<std::size_t>(i)];
    write_result(result, found);
  });
}
