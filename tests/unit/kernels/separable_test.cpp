// separable_test.cpp -- every target's separable kernels against the formulas of the header, one coordinate at a time.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/prox_kernels.hpp"

namespace fenchel::kernels {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

double middle(double v, double low, double high) { return std::min(std::max(v, low), high); }

double expected(const SeparableRule& r, double v, double t) {
  if (r.kind == SeparableRule::piecewise) {
    const double x = std::max(v - r.up * t, std::min(v + r.down * t, middle(v, r.low, r.high)));
    return middle(x / (1 + r.square * t), r.lower, r.upper);
  }
  if (r.kind == SeparableRule::curved) return v - t * middle((v - r.centre) / (1 + t), r.low, r.high);
  return (r.positive ? v : std::abs(v)) < std::sqrt(2 * t) ? 0 : v;  // hard
}

std::vector<SeparableRule> rules() {
  std::vector<SeparableRule> all(7);
  all[0].up = all[0].down = 1;
  all[1].up = 0.3;
  all[1].down = 0.7;
  all[1].low = -0.5;
  all[1].high = 1.5;
  all[2].up = all[2].down = all[2].square = 0.5;
  all[3].low = -kInf;
  all[3].high = kInf;
  all[3].bounded = true;
  all[3].lower = -0.25;
  all[3].upper = 0.75;
  all[4].kind = SeparableRule::curved;
  all[4].low = -0.5;
  all[4].high = 0.75;
  all[4].centre = 0.25;
  all[5].kind = SeparableRule::hard;
  all[6] = all[5];
  all[6].positive = all[6].bounded = true;
  all[6].lower = 0;
  return all;
}

template <class T>
void check_target(const ProxTable<T>& table) {
  std::vector<double> weights(37);
  std::vector<T> v(37), steps(37), out(37);
  for (std::size_t i = 0; i < v.size(); ++i) {
    v[i] = static_cast<T>(3 * std::sin(static_cast<double>(7 * i + 1)));
    steps[i] = static_cast<T>(0.1 + 0.05 * static_cast<double>(i % 9));
    weights[i] = 0.2 * static_cast<double>(i % 5);
  }
  for (SeparableRule rule : rules()) {
    for (const int kind : {0, 1, 2, 3}) {
      rule.lam = 0.8;
      rule.weights = (kind & 1) != 0 ? weights.data() : nullptr;
      for (const index n : {0, 1, 5, 16, 30}) {
        const index first = 7;
        const T* each = (kind & 2) != 0 ? steps.data() + first : nullptr;
        table.separable_prox(rule, {first, n, v.data() + first, 0.6, each, out.data()});
        for (index k = 0; k < n; ++k) {
          const auto j = static_cast<std::size_t>(first + k);
          const double step = each == nullptr ? 0.6 : static_cast<double>(steps[j]);
          const double t = step * rule.lam * (rule.weights == nullptr ? 1 : weights[j]);
          const double want = expected(rule, static_cast<double>(v[j]), t);
          INFO(table.target, " rule ", static_cast<int>(rule.kind), " kind ", kind, " n ", n, " k ", k);
          CHECK(std::abs(static_cast<double>(out[static_cast<std::size_t>(k)]) - want) <=
                4 * static_cast<double>(std::numeric_limits<T>::epsilon()) * (1 + std::abs(want)));
        }
        // The value is that of the formula's single coordinates.
        double sum = 0;
        for (index k = 0; k < n; ++k)
          sum += table.separable_value(rule, {first + k, 1, out.data() + k, 0, nullptr, nullptr});
        CHECK(table.separable_value(rule, {first, n, out.data(), 0, nullptr, nullptr}) ==
              doctest::Approx(sum).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE_TEMPLATE("separable kernels: every target follows the formulas", T, float, double) {
  for (int i = 0; prox_table_at<T>(i) != nullptr; ++i) check_target(*prox_table_at<T>(i));
}

}  // namespace
}  // namespace fenchel::kernels
