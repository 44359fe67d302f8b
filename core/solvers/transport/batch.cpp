// batch.cpp -- many small problems: one a worker at a time, each with its own size, status and early exit.
#include <algorithm>
#include <cstddef>
#include <mutex>
#include <vector>

#include "base/thread_pool.hpp"
#include "solvers/transport/transport_solver.hpp"

namespace fenchel {
namespace {

// The leading n of view[item]; an absent array stays absent.
ArrayView leading(const ArrayView& stack, index item, index n, index m) {
  if (stack.ndim == 0) return {};
  ArrayView view = stack[item];
  view.shape[0] = n;
  if (view.ndim == 2) view.shape[1] = m;
  return view;
}

class Batch {
 public:
  Batch(const BatchArrays& arrays, const TransportSpec& spec, TransportMethod method, const SinkhornSettings& settings)
      : arrays_(arrays),
        spec_(spec),
        method_(method),
        settings_(settings),
        slots_(static_cast<std::size_t>(std::max(1, settings.num_threads))) {
    settings_.num_threads = 1;
  }

  void solve(index item, int worker) {
    Status status = Status::OK;
    std::string text;
    try {
      run(item, worker);
    } catch (const Error& error) {
      status = error.status();
      text = error.what();
    } catch (const std::bad_alloc&) {
      status = Status::NOMEM;
      text = "memory could not be allocated";
    }
    if (arrays_.statuses != nullptr) arrays_.statuses[item] = static_cast<std::int32_t>(status);
    if (status == Status::OK) return;
    const std::lock_guard lock(mutex_);
    ++failed_;
    if (first_ >= 0 && first_ < item) return;
    first_ = item;
    first_status_ = status;
    first_text_ = "problem " + to_text(item) + ": " + text;
  }

  // The monitor ended the batch: items not begun fail with a status of their own.
  void abandon(index done) {
    failed_ += arrays_.count - done;
    if (first_ >= 0) return;
    first_ = done;
    first_status_ = Status::STATE;
    first_text_ = to_text(arrays_.count - done) + " problems were not begun: the batch was cancelled";
  }
  void prepare() {
    if (arrays_.statuses != nullptr)
      std::fill_n(arrays_.statuses, arrays_.count, static_cast<std::int32_t>(Status::STATE));
  }
  index failed() const { return failed_; }
  void first(Status* status, std::string* text) const {
    if (failed_ == 0) return;
    *status = first_status_;
    *text = first_text_;
  }

 private:
  // A worker's solver is kept while sizes stay the same: then an item allocates only its geometry.
  struct Slot {
    std::shared_ptr<TransportProblem> problem;
    std::unique_ptr<TransportSolver> solver;
  };

  void run(index item, int worker) {
    index n = arrays_.cost.shape[1];
    index m = arrays_.cost.shape[2];
    if (arrays_.sizes.ndim != 0) {
      const index rows = arrays_.sizes.at<std::int64_t>(item, 0);
      const index cols = arrays_.sizes.at<std::int64_t>(item, 1);
      if (rows < 1 || rows > n || cols < 1 || cols > m)
        fail(Status::SHAPE, "sizes is (%, %): legal are 1 to % and 1 to %", rows, cols, n, m);
      n = rows;
      m = cols;
    }
    Slot& slot = slots_[static_cast<std::size_t>(worker)];
    const auto geometry = make_matrix(leading(arrays_.cost, item, n, m));
    auto problem = std::make_shared<TransportProblem>(geometry, leading(arrays_.a, item, n, m),
                                                      leading(arrays_.b, item, m, m), spec_);
    if (slot.solver != nullptr && slot.problem->geometry().rows() == n && slot.problem->geometry().cols() == m)
      slot.solver->bind(problem);
    else
      slot.solver = std::make_unique<TransportSolver>(problem, method_, settings_);
    slot.problem = std::move(problem);
    const TransportResult& result = slot.solver->solve(nullptr, {});
    slot.solver->potentials(leading(arrays_.phi, item, n, m), leading(arrays_.psi, item, m, m));
    if (arrays_.plans.ndim != 0) slot.solver->plan(leading(arrays_.plans, item, n, m));
    if (arrays_.on_result != nullptr) arrays_.on_result(arrays_.on_result_user, item, result);
  }

  const BatchArrays& arrays_;
  TransportSpec spec_;
  TransportMethod method_;
  SinkhornSettings settings_;
  std::vector<Slot> slots_;
  std::mutex mutex_;
  index failed_ = 0;
  index first_ = -1;
  Status first_status_ = Status::OK;
  std::string first_text_;
};

}  // namespace

index sinkhorn_batch(const BatchArrays& arrays, const TransportSpec& spec, TransportMethod method,
                     const SinkhornSettings& settings_in, MonitorSpec monitor, Status* first_status,
                     std::string* first_error) {
  check_spec(spec);
  check_settings(settings_in);
  SinkhornSettings settings = settings_in;
  if (settings.num_threads == 0) settings.num_threads = ThreadPool::hardware_threads();
  settings.num_threads = static_cast<declared::I32>(std::clamp<index>(arrays.count, 1, settings.num_threads));
  Control control(nullptr, monitor.fn, monitor.user, settings.monitor_interval, settings.time_limit);
  Batch batch(arrays, spec, method, settings);
  ThreadPool pool(settings.num_threads);
  std::atomic<index> done{0};
  const auto report = [&] {
    Progress progress{.residual = kNaN};
    progress.iteration = done.load(std::memory_order_relaxed);
    progress.eps = spec.eps;
    try {
      control.check(progress);
    } catch (const Stopped&) {
      return false;
    }
    return true;
  };
  batch.prepare();
  pool.run(
      arrays.count,
      [&](index item, int worker) {
        batch.solve(item, worker);
        done.fetch_add(1, std::memory_order_relaxed);
      },
      report);
  const bool complete = done.load() == arrays.count;
  if (control.callback_failure() != 0)
    throw Error(Status::CALLBACK, "the monitor returned " + to_text(static_cast<index>(control.callback_failure())),
                control.callback_failure());
  if (!complete) batch.abandon(done.load());
  batch.first(first_status, first_error);
  return batch.failed();
}

}  // namespace fenchel
