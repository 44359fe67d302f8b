// primal_dual_restarts.cpp -- when the primal-dual engine begins again, and from where: primal_dual.hpp.
#include <algorithm>
#include <cmath>
#include <utility>

#include "solvers/proximal/primal_dual.hpp"

namespace fenchel {
namespace {

constexpr double kStraight = 0.98;    // of a length: hardly shorter, the way is straight
constexpr double kJumpGrowth = 1.05;  // of the length, by a jump that is kept
constexpr double kStride = 2;         // times that way
constexpr double kFreshChange = 4;    // of the weight, where no progress calls for a restart
constexpr index kWait = 20;           // iterations of a straight way before a jump

double square(double value) { return value * value; }

// sum d_j^2 / length_j^2
template <class T>
double measured(const T* a, const T* b, const std::vector<double>& lengths) {
  double sum = 0;
  for (std::size_t j = 0; j < lengths.size(); ++j)
    sum += square((static_cast<double>(a[j]) - static_cast<double>(b[j])) / lengths[j]);
  return sum;
}

}  // namespace

template <class T>
void PrimalDual<T>::begin_ways() {
  wait_ = kWait;
  stride_ = kStride;
  jumped_ = false;
}

template <class T>
void PrimalDual<T>::anchor(const Buffer<T>& x, const Buffer<T>& kty, const Buffer<T>& y, const Buffer<T>& kx) {
  copy_to(x.data(), x_anchor_.data(), n());
  copy_to(kty.data(), kty_anchor_.data(), n());
  copy_to(y.data(), y_anchor_.data(), rows_);
  copy_to(kx.data(), kx_anchor_.data(), rows_);
  since_anchor_ = 0;
}

// |z - z+|^2 in the metric [[1/tau, -K^T], [-K, 1/sigma]]
template <class T>
double PrimalDual<T>::fixed_point_length() const {
  double cross = 0;
  for (index j = 0; j < rows_; ++j)
    cross += (static_cast<double>(y_[j]) - static_cast<double>(y_plus_[j])) *
             (static_cast<double>(kx_[j]) - static_cast<double>(kx_plus_[j]));
  double sum = -2 * cross;
  for (index j = 0; j < n(); ++j)
    sum += square(static_cast<double>(x_now_[j]) - static_cast<double>(x_[j])) / static_cast<double>(tau_[j]);
  for (index j = 0; j < rows_; ++j)
    sum += square(static_cast<double>(y_[j]) - static_cast<double>(y_plus_[j])) * static_cast<double>(slow_[j]);
  return std::sqrt(std::max(0.0, sum));
}

template <class T>
auto PrimalDual<T>::due(double length) -> Turn {
  const double last = std::exchange(last_length_, length);
  if (jumped_) {
    jumped_ = false;
    if (!(length <= kJumpGrowth * before_jump_)) {
      wait_ *= 2;
      stride_ = kStride;
      return Turn::back;
    }
    wait_ = kWait;
    stride_ *= 2;
  }
  if (since_anchor_ == 0) {
    first_length_ = length;
    return Turn::on;
  }
  if (length <= 0.2 * first_length_) return Turn::restart;
  if (length <= 0.8 * first_length_ && length > last) return Turn::restart;
  if (since_anchor_ >= wait_ && length > kStraight * first_length_ && length > kStraight * last) {
    before_jump_ = length;
    jumped_ = true;
    return Turn::jump;
  }
  if (3 * since_anchor_ < result_.iterations || since_anchor_ <= 10) return Turn::on;
  // A third of all iterations without much progress: with curvature in f, the other way may do better.
  if (L_ > 0 && since_anchor_ > 200) anchored_ = !anchored_;
  return Turn::fresh;
}

// z <- plus z+ + now z + anchor z_0
template <class T>
void PrimalDual<T>::combine(double plus, double now, double anchor) {
  const T a = static_cast<T>(plus), b = static_cast<T>(now), c = static_cast<T>(anchor);
  for (index j = 0; j < n(); ++j) {
    x_now_[j] = a * x_[j] + b * x_now_[j] + c * x_anchor_[j];
    kty_[j] = a * kty_plus_[j] + b * kty_[j] + c * kty_anchor_[j];
  }
  for (index j = 0; j < rows_; ++j) {
    y_[j] = a * y_plus_[j] + b * y_[j] + c * y_anchor_[j];
    kx_[j] = a * kx_plus_[j] + b * kx_[j] + c * kx_anchor_[j];
  }
}

template <class T>
void PrimalDual<T>::move(Turn turn) {
  if (turn == Turn::on) {
    const double k = static_cast<double>(since_anchor_++), reflection = L_ > 0 ? 0.5 : 1.0;
    const double far = anchored_ ? (k + 1) / (k + 2) : 1.0;
    return combine(far * (1 + reflection), -far * reflection, 1 - far);
  }
  if (turn == Turn::back) {
    since_anchor_ = 0;
    return combine(0, 0, 1);
  }
  ++result_.restarts;
  const double dx = std::sqrt(measured(x_.data(), x_anchor_.data(), lengths_.cols()));
  const double dy = std::sqrt(measured(y_plus_.data(), y_anchor_.data(), lengths_.rows()));
  // On a straight way one of x and y is travelling: that says little of the weight.
  if (turn != Turn::jump && settings_.primal_weight <= 0 && dx > 0 && dy > 0) {
    const double most = turn == Turn::restart ? kInf : kFreshChange;
    weight_ *= std::clamp(std::sqrt(dy / dx / weight_), 1 / most, most);
    set_steps();
  }
  // A jump goes on along the way from the anchor, on which what oscillates has cancelled.
  const double stride = turn == Turn::jump ? stride_ : 0;
  combine(1 + stride, 0, -stride);
  anchor(x_, kty_plus_, y_plus_, kx_plus_);
}

template class PrimalDual<float>;
template class PrimalDual<double>;

}  // namespace fenchel
