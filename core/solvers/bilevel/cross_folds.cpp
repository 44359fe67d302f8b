#include "solvers/bilevel/cross_folds.hpp"

#include <utility>

#include "base/random.hpp"
#include "smooth/model_term.hpp"

namespace fenchel {
namespace {

std::shared_ptr<const Smooth> with_weights(const LinearModel& model, std::vector<double> weights) {
  LinearModel part = model;
  part.weights = std::move(weights);
  return std::make_shared<ModelTerm>(std::move(part));
}

}  // namespace

std::vector<TuneFold> cross_folds(const Smooth& f, index count, std::int64_t seed) {
  const LinearModel* model = f.linear_model();
  if (model == nullptr) fail(Status::UNSUPPORTED, "cross-validation needs a linear model");
  std::vector<double> weights = model->weights;
  if (weights.empty()) weights.assign(static_cast<std::size_t>(model->samples()), 1.0);
  std::vector<std::size_t> order;
  double total = 0;
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (weights[i] > 0) order.push_back(i), total += weights[i];
  if (static_cast<index>(order.size()) < count)
    fail(Status::RANGE, "% folds of % samples with weight; legal: at most as many", count,
         static_cast<index>(order.size()));
  const Philox random(static_cast<std::uint64_t>(seed), 0);
  for (std::size_t i = order.size(); i > 1; --i)  // Fisher and Yates
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.uniform(i) * static_cast<double>(i))]);
  std::vector<TuneFold> out;
  const auto parts = static_cast<std::size_t>(count);
  for (std::size_t k = 0; k < parts; ++k) {
    std::vector<double> held(weights.size(), 0.0), kept = weights;
    double sum = 0;
    for (std::size_t i = k; i < order.size(); i += parts) {
      held[order[i]] = weights[order[i]];
      kept[order[i]] = 0;
      sum += weights[order[i]];
    }
    for (double& s : kept) s *= total / (total - sum);
    for (double& s : held) s /= sum;
    out.push_back({with_weights(*model, std::move(kept)), with_weights(*model, std::move(held))});
  }
  return out;
}

}  // namespace fenchel
