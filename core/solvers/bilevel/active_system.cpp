#include "solvers/bilevel/active_system.hpp"

#include <algorithm>
#include <vector>

#include "prox/simplex_set.hpp"
#include "smooth/model_products.hpp"
#include "solvers/bilevel/group_list.hpp"

namespace fenchel {
namespace {

// Linear models among f and the terms that it is a sum of.
void find_models(const Smooth& f, std::vector<const LinearModel*>& found) {
  if (f.linear_model() != nullptr) found.push_back(f.linear_model());
  for (const auto& part : f.parts()) find_models(*part, found);
}

index scratch_of(const CompositeProblem& problem, const LinearModel* part) {
  index bytes = problem.f() == nullptr ? 0 : problem.f()->scratch_bytes();
  for (const Summand& summand : problem.summands())
    bytes = std::max(bytes, summand.g->scratch_bytes(problem.size() - problem.tail()));
  if (part != nullptr) bytes = std::max(bytes, model_scratch(*part));
  return bytes + 64;
}

}  // namespace

SolutionPoint::SolutionPoint(const CompositeProblem& which, const ArrayView& at, const KnownSolution& offered)
    : problem(&which), x(which.size()), gradient(which.size(), 0.0), known(offered) {
  for (index j = 0; j < which.size(); ++j) x[j] = at.real(j);
  std::vector<const LinearModel*> models;
  if (which.f() != nullptr) find_models(*which.f(), models);
  if (models.size() == 1) part_ = models.front();
  memory.resize(scratch_of(which, part_));
  if (which.f() == nullptr) return;
  if (part_ != nullptr) predictor.resize(part_->samples() * part_->outputs());
  if (model() == nullptr) {
    which.f()->gradient(x.data(), gradient.data(), scratch());
    if (part_ != nullptr) predict(*part_, x.data(), true, predictor.data(), scratch());
    return;
  }
  const LinearModel& m = *model();  // the predictor is kept, so one pass over the data is saved
  const index n = m.samples();
  if (known.predictor != nullptr && known.gradient != nullptr) {
    std::copy(known.predictor, known.predictor + predictor.size(), predictor.begin());
    std::copy(known.gradient, known.gradient + which.size(), gradient.begin());
    return;
  }
  Buffer<double> slopes(n * m.outputs());
  predict(m, x.data(), true, predictor.data(), scratch());
  m.loss->slopes(n, predictor.data(), m.y.data(), m.weights.empty() ? nullptr : m.weights.data(), slopes.data());
  pull_back(m, slopes.data(), true, gradient.data(), scratch());
}

std::unique_ptr<ActiveSystem> make_active_system(const SolutionPoint& point, OptimalityMap map) {
  const CompositeProblem& problem = *point.problem;
  if (problem.summands().size() > 1)
    fail(Status::UNSUPPORTED, "the derivative of a solution of % simple terms; it is known for one",
         static_cast<index>(problem.summands().size()));
  if (!problem.summands().empty() && problem.summands()[0].A != nullptr)
    fail(Status::UNSUPPORTED,
         "the derivative of a solution of g(A x); it is known for g(x), as of the term precomposed");
  if (problem.f() != nullptr && (problem.f()->caps() & SMOOTH_HVP) == 0)
    fail(Status::UNSUPPORTED, "f has no Hessian products (capability hvp): the derivative of its solution needs them");
  const Prox* g = point.g();
  if (map == OptimalityMap::mirror) {
    const auto* simplex = dynamic_cast<const SimplexSet*>(g);
    if (simplex == nullptr || !(simplex->radius() > 0))
      fail(Status::UNSUPPORTED, "optimality_map mirror: g is no simplex of a radius above 0; the entropy is for those");
    return make_mirror_system(point, simplex->radius());
  }
  if (map == OptimalityMap::proximal && g == nullptr)
    fail(Status::UNSUPPORTED, "optimality_map proximal: there is no g; automatic is the gradient's own condition");
  const bool pieces =
      g == nullptr || g->soft_box() != nullptr || GroupList(g, point.size() - point.tail()).rule != nullptr;
  if (pieces && map == OptimalityMap::automatic) return make_support_system(point);
  if ((g->caps() & PROX_VJP) == 0 || (g->caps() & PROX_CONVEX) == 0)
    fail(Status::UNSUPPORTED, "g is not convex with a derivative of its prox (capabilities convex and vjp)");
  return make_prox_system(point);
}

}  // namespace fenchel
