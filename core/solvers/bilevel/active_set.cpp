#include "solvers/bilevel/active_set.hpp"

#include <algorithm>
#include <cmath>

#include "solvers/bilevel/group_list.hpp"

namespace fenchel {
namespace {

class Finder {
 public:
  explicit Finder(const SolutionPoint& point) : p_(point), inner_(point.size() - point.tail()) {}

  ActiveSet find() {
    const Prox* g = p_.g();
    if (const GroupList groups(g, inner_); groups.rule != nullptr)
      by_groups(groups);
    else
      by_box(g == nullptr ? SoftBox{} : *g->soft_box());
    for (index j = inner_; j < p_.size(); ++j) {
      add(j, 0, 0, -1);
      miss(p_.gradient[j]);
    }
    set_.optimality = std::sqrt(set_.optimality);
    return std::move(set_);
  }

 private:
  void add(index j, double slope, double square, index group) {
    set_.coordinates.push_back(j);
    set_.slope.push_back(slope);
    set_.square.push_back(square);
    set_.group.push_back(group);
  }
  void miss(double distance) { set_.optimality += distance * distance; }

  void by_box(const SoftBox& box) {
    for (index j = 0; j < inner_; ++j) {
      const double w = box.weights == nullptr ? 1.0 : box.weights[j];
      if (w == kInf) {  // held at 0, whatever else
        set_.gradient_margins.push_back(kInf);
        continue;
      }
      one(j, w * box.l1, w * box.l2, box.lowers == nullptr ? box.lower : box.lowers[j],
          box.uppers == nullptr ? box.upper : box.uppers[j]);
    }
  }
  // l1 |x| + l2 x^2 / 2 on [lower, upper] at x_j with gradient d.
  void one(index j, double l1, double l2, double lower, double upper) {
    const double x = p_.x[j], d = p_.gradient[j];
    const double sign = x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0;
    const double pull = -(d + l1 * sign + l2 * x);  // where the smooth part of the objective pushes x
    if (lower == upper) {
      set_.gradient_margins.push_back(kInf);
    } else if (x <= lower || x >= upper) {
      const double held = x <= lower ? -pull : pull;  // >= 0: the bound's multiplier
      const double slack = x == 0 ? held + l1 : held;
      set_.gradient_margins.push_back(slack);
      if (slack < 0) miss(slack);
    } else if (x == 0 && l1 > 0) {
      set_.gradient_margins.push_back(l1 - std::abs(d));
      miss(std::max(0.0, std::abs(d) - l1));
    } else {
      add(j, l1 * sign + l2 * x, l2, -1);
      set_.x_margins.push_back(std::min({l1 > 0 ? std::abs(x) : kInf, x - lower, upper - x}));
      miss(pull);
    }
  }

  void by_groups(const GroupList& groups) {
    std::vector<bool> grouped(static_cast<std::size_t>(inner_), false);
    std::vector<index> group_of(static_cast<std::size_t>(inner_), -1);
    set_.level.assign(static_cast<std::size_t>(groups.count), 0);
    set_.norm.assign(static_cast<std::size_t>(groups.count), 0);
    for (index b = 0; b < groups.count; ++b) {
      const double w = groups.weight(b);
      double squares = 0;
      for (index k = groups.begin(b); k < groups.end(b); ++k) {
        const index j = groups.member(k);
        grouped[static_cast<std::size_t>(j)] = true;
        group_of[static_cast<std::size_t>(j)] = b;
        squares += p_.x[j] * p_.x[j];
      }
      set_.level[static_cast<std::size_t>(b)] = w == kInf ? kInf : groups.rule->lam * w;
      set_.norm[static_cast<std::size_t>(b)] = std::sqrt(squares);
      block(groups, b);
    }
    for (index j = 0; j < inner_; ++j) {
      const index b = group_of[static_cast<std::size_t>(j)];
      if (!grouped[static_cast<std::size_t>(j)]) {
        add(j, 0, 0, -1);
        miss(p_.gradient[j]);
      } else if (is_active(b)) {
        member(groups, b, j);
      }
    }
  }
  bool is_active(index b) const {
    const auto k = static_cast<std::size_t>(b);
    return set_.level[k] < kInf && (set_.norm[k] > 0 || set_.level[k] == 0);
  }
  // An inactive block: || soft(grad, l1) || against its level; an active one: its norm against 0.
  void block(const GroupList& groups, index b) {
    const auto at = static_cast<std::size_t>(b);
    if (set_.level[at] == kInf) {
      set_.gradient_margins.push_back(kInf);
    } else if (is_active(b)) {
      if (set_.level[at] > 0) set_.x_margins.push_back(set_.norm[at]);
    } else {
      double sum = 0;
      for (index k = groups.begin(b); k < groups.end(b); ++k) {
        const double rest = std::max(0.0, std::abs(p_.gradient[groups.member(k)]) - groups.rule->l1);
        sum += rest * rest;
      }
      set_.gradient_margins.push_back(set_.level[at] - std::sqrt(sum));
      miss(std::max(0.0, std::sqrt(sum) - set_.level[at]));
    }
  }
  void member(const GroupList& groups, index b, index j) {
    const auto at = static_cast<std::size_t>(b);
    const double x = p_.x[j], d = p_.gradient[j];
    const double along = set_.norm[at] > 0 ? set_.level[at] * x / set_.norm[at] : 0.0;
    if (x == 0 && groups.rule->l1 > 0) {
      set_.gradient_margins.push_back(groups.rule->l1 - std::abs(d));
      miss(std::max(0.0, std::abs(d) - groups.rule->l1));
      return;
    }
    const double slope = along + (x > 0 ? groups.rule->l1 : x < 0 ? -groups.rule->l1 : 0.0);
    add(j, slope, 0, set_.level[at] > 0 ? b : -1);
    if (groups.rule->l1 > 0) set_.x_margins.push_back(std::abs(x));
    miss(d + slope);
  }

  const SolutionPoint& p_;
  const index inner_;
  ActiveSet set_;
};

}  // namespace

ActiveSet find_active_set(const SolutionPoint& point) { return Finder(point).find(); }

}  // namespace fenchel
