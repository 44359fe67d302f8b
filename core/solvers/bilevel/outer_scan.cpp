#include "solvers/bilevel/outer_scan.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {
namespace {

constexpr double kCaution = 1.5;  // times the bend that was seen

}  // namespace

void OuterScan::add(double t, double value, double slope) {
  if (samples_.size() == samples_.capacity() || !(std::abs(value) < kInf) || !(std::abs(slope) < kInf)) return;
  const auto after = [](double at, const Sample& sample) { return at < sample.t; };
  const auto place = std::upper_bound(samples_.begin(), samples_.end(), t, after);
  if (place != samples_.begin() && (place - 1)->t == t) return;
  samples_.insert(place, {t, value, slope});
}

bool OuterScan::beside(double t, bool right, double& at, double& value, double& slope) const {
  for (std::size_t k = 0; k + 1 < samples_.size(); ++k) {
    if (samples_[right ? k : k + 1].t != t) continue;
    const Sample& found = samples_[right ? k + 1 : k];
    at = found.t;
    value = found.value;
    slope = found.slope;
    return true;
  }
  return false;
}

double OuterScan::least() const {
  double out = kInf;
  for (const Sample& sample : samples_) out = std::min(out, sample.value);
  return out;
}
double OuterScan::most() const {
  double out = -kInf;
  for (const Sample& sample : samples_) out = std::max(out, sample.value);
  return out;
}

double OuterScan::bend(std::size_t k) const {
  if (k + 1 >= samples_.size()) return 0;
  const Sample &a = samples_[k], &b = samples_[k + 1];
  const double w = b.t - a.t;
  const double from_a = b.value - a.value - a.slope * w, from_b = a.value - b.value + b.slope * w;
  return std::max({std::abs(b.slope - a.slope) / w, 2 * std::abs(from_a) / (w * w), 2 * std::abs(from_b) / (w * w)});
}

double OuterScan::next(double low, double high, double margin, double resolution) const {
  double lowest = least() - margin, at = kNaN;
  for (std::size_t k = 0; k + 1 < samples_.size(); ++k) {
    const Sample &a = samples_[k], &b = samples_[k + 1];
    const double w = b.t - a.t;
    if (b.t <= low || a.t >= high || w < 2 * resolution) continue;
    const double bent = kCaution * std::max({bend(k), k > 0 ? bend(k - 1) : 0.0, bend(k + 1)});
    const double fall = bent * w + b.slope - a.slope;  // > 0: bent is above every difference of slopes
    if (!(fall > 0)) continue;
    const double s = std::clamp((a.value - b.value + b.slope * w + 0.5 * bent * w * w) / fall, 0.0, w);
    const double bound = a.value + a.slope * s - 0.5 * bent * s * s;
    if (!(bound < lowest)) continue;
    lowest = bound;
    at = a.t + std::clamp(s, std::max(0.1 * w, resolution), std::min(0.9 * w, w - resolution));
  }
  return at;
}

}  // namespace fenchel
