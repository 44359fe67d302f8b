// scaled.cpp -- method `sinkhorn_scaled`: Sinkhorn on a stored kernel with absorption.
//
//   P_ij = u_i K_ij v_j,  K_ij = exp2(F0_i + G0_j - k C_ij),  u_i <- a_i / (K v)_i,  v_j <- b_j / (K^T u)_j,  K read
//   once an iteration absorption  when a scaling leaves [2^-limit, 2^limit], or a sum is lost, (F0, G0) takes it in and
//   K is formed anew residual    L1 row error of the incoming pair paper       Schmitzer, Stabilized Sparse Scaling
//   Algorithms for Entropy Regularized Transport Problems (2019), alg. 2
#include <algorithm>
#include <cmath>

#include "geometry/column_sums.hpp"
#include "solvers/transport/state.hpp"

namespace fenchel {
namespace {

template <class T>
class Scaled final : public TransportIteration {
 public:
  explicit Scaled(TransportState& state) : TransportIteration(state), sums_(1, 1, 1) { rebind(); }

  void rebind() override {
    n_ = state_.n();
    m_ = state_.m();
    if (n_ > (index{1} << 40) / m_) fail(Status::TOO_LARGE, "method sinkhorn_scaled stores % x % entries", n_, m_);
    kernel_.resize(n_ * m_);
    chunks_ = row_chunks(n_, m_).count;
    rows_per_chunk_ = row_chunks(n_, m_).rows;
    const int wanted = state_.settings.num_threads == 0 ? ThreadPool::hardware_threads() : state_.settings.num_threads;
    sums_ = ColumnSums<T>(chunks_, m_, wanted);
    for (Buffer<double>* buffer : {&log_u_, &F0_}) buffer->resize(n_);
    for (Buffer<double>* buffer : {&log_v_, &G0_, &q_}) buffer->resize(m_);
    u_.resize(n_);
    v_.resize(m_);
  }

  void start() override {
    state_.set_start(state_.problem->spec().eps);
    state_.sweep();  // puts the first kernel's sums near the weights
    absorb();
  }

  StepReport step() override {
    ++state_.result.iterations;
    ++state_.result.sweeps;
    if (!scale()) {  // a sum was lost: one log-domain sweep, and a new kernel
      publish();
      const double residual = state_.sweep();
      absorb();
      return {residual, true};
    }
    publish();
    const double residual =
        TransportState::side_error(state_.a(), state_.eps, F_in(), state_.p.data()) / state_.problem->mass();
    if (too_far(log_u_) || too_far(log_v_)) absorb();
    return {residual, true};
  }

 private:
  static constexpr index kTile = kernels::kTileRows;

  // F and G follow the scalings, so that the pair is always there to be kept or returned.
  void publish() {
    for (index i = 0; i < n_; ++i) state_.F[i] = F0_[i] > -kInf ? F0_[i] + log_u_[i] : -kInf;
    for (index j = 0; j < m_; ++j) state_.G[j] = G0_[j] > -kInf ? G0_[j] + log_v_[j] : -kInf;
    state_.fresh = false;
  }
  const double* F_in() const { return state_.a().constrained() ? state_.F.data() : state_.F_in.data(); }

  void absorb() {
    std::copy_n(state_.F.data(), n_, F0_.data());
    std::copy_n(state_.G.data(), m_, G0_.data());
    log_u_.fill(0.0);
    log_v_.fill(0.0);
    u_.fill(T(1));
    v_.fill(T(1));
    const auto store = [](void* self, index row, int, const void* values) {
      auto* scaled = static_cast<Scaled*>(self);
      std::copy_n(static_cast<const T*>(values), scaled->m_, scaled->kernel_.data() + row * scaled->m_);
    };
    state_.engine->for_each_row(F0_.data(), G0_.data(), store, this);
  }

  bool too_far(const Buffer<double>& logs) const {
    const double limit =
        std::is_same_v<T, float> ? std::min(60.0, state_.settings.absorb_limit) : state_.settings.absorb_limit;
    for (const double value : logs)
      if (std::fabs(value) > limit) return true;
    return false;
  }

  // One iteration on the kernel; false if a sum cannot be divided by.
  bool scale() {
    const Update row = state_.row_update();
    const Update col = state_.col_update();
    std::atomic<bool> lost{false};
    std::copy_n(state_.F.data(), n_, state_.F_in.data());
    state_.engine->stream(chunks_, [&](index chunk, int worker) {
      const index end = std::min(n_, (chunk + 1) * rows_per_chunk_);
      sums_.begin(chunk, worker);
      for (index i = chunk * rows_per_chunk_; i < end; i += kTile) {
        const index rows = std::min(kTile, end - i);
        const T* tile = kernel_.data() + i * m_;
        double dots[kTile];
        T w[kTile];
        simd_.dot_rows(tile, m_, rows, m_, v_.data(), dots);
        for (index r = 0; r < rows; ++r) w[r] = update_row(row, i + r, dots[r], lost);
        sums_.add(simd_, chunk, worker, tile, m_, rows, w);
      }
      sums_.end(simd_, chunk, worker);
    });
    if (lost.load()) return false;
    sums_.total(q_.data());
    for (index j = 0; j < m_; ++j) {
      if (!(col.weight[j] > 0)) continue;
      const double distance = G0_[j] + log_v_[j] - col.base[j];
      if (!usable(q_[j])) return false;
      const double ratio = static_cast<double>(v_[j]) * q_[j] / col.weight[j];
      log_v_[j] = col.base[j] + col.tau * (distance - std::log2(ratio)) - G0_[j];
      v_[j] = static_cast<T>(std::exp2(log_v_[j]));
      if (!usable(static_cast<double>(v_[j]))) return false;
    }
    return true;
  }

  T update_row(const Update& row, index i, double sum, std::atomic<bool>& lost) {
    if (!(F0_[i] > -kInf)) {
      state_.p[i] = 0;
      return 0;
    }
    state_.p[i] = static_cast<double>(u_[i]) * sum;
    if (!usable(sum)) {
      lost.store(true, std::memory_order_relaxed);
      return 0;
    }
    if (row.tau == 1.0) {
      u_[i] = static_cast<T>(row.weight[i] / sum);
      log_u_[i] = std::log2(row.weight[i] / sum);
    } else {
      const double distance = F0_[i] + log_u_[i] - row.base[i];
      log_u_[i] = row.base[i] + row.tau * (distance - std::log2(state_.p[i] / row.weight[i])) - F0_[i];
      u_[i] = static_cast<T>(std::exp2(log_u_[i]));
    }
    if (!usable(static_cast<double>(u_[i]))) lost.store(true, std::memory_order_relaxed);
    return u_[i];
  }
  static bool usable(double x) {
    return x > (std::is_same_v<T, float> ? 0x1p-100 : 0x1p-900) && x < (std::is_same_v<T, float> ? 0x1p100 : 0x1p900);
  }

  const kernels::Table<T>& simd_ = kernels::table<T>();
  index n_ = 0, m_ = 0, chunks_ = 1, rows_per_chunk_ = 1;
  Buffer<T> kernel_;               // (n, m)
  Buffer<T> u_, v_;                // (n), (m)
  Buffer<double> F0_, log_u_;      // (n)
  Buffer<double> G0_, log_v_, q_;  // (m)
  ColumnSums<T> sums_;
};

}  // namespace

index scaled_bytes(const TransportProblem& problem, int threads) {
  const index n = problem.geometry().rows();
  const index m = problem.geometry().cols();
  const bool f32 = problem.geometry().dtype() == Dtype::f32;
  const index sums = f32 ? ColumnSums<float>::bytes(row_chunks(n, m).count, m, threads)
                         : ColumnSums<double>::bytes(row_chunks(n, m).count, m, threads);
  return (f32 ? 4 : 8) * (n * m + n + m) + 8 * (2 * n + 3 * m) + sums;
}

std::unique_ptr<TransportIteration> make_scaled(TransportState& state) {
  if (state.problem->geometry().dtype() == Dtype::f32) return std::make_unique<Scaled<float>>(state);
  return std::make_unique<Scaled<double>>(state);
}

}  // namespace fenchel
