// batch_api.cpp -- fenchel.h section 9: many problems in one call.
#include <string>

#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "fields.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"
#include "names.hpp"
#include "results.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

// The arrays of a batch, checked as wholes; what is wrong with one item is that item's own failure, in the core.
BatchArrays check_batch(int64_t count, const fen_array* cost, const fen_array* a, const fen_array* b,
                        const fen_array* sizes, const fen_array* phi, const fen_array* psi, const fen_array* plans) {
  if (count < 0) fail(Status::RANGE, "count is %; legal: >= 0", count);
  BatchArrays arrays;
  arrays.count = count;
  arrays.cost = check_array("cost", cost, Access::in);
  const Dtype dtype = arrays.cost.dtype;
  check_real("cost", dtype);
  check_shape("cost", arrays.cost, {count, kAny, kAny});
  const int64_t n = arrays.cost.shape[1], m = arrays.cost.shape[2];
  arrays.a = check_optional("a", a, Access::in, dtype, {count, n});
  arrays.b = check_optional("b", b, Access::in, dtype, {count, m});
  arrays.sizes = check_optional("sizes", sizes, Access::in, Dtype::i64, {count, 2});
  arrays.phi = check_optional("phi", phi, Access::out, dtype, {count, n});
  arrays.psi = check_optional("psi", psi, Access::out, dtype, {count, m});
  arrays.plans = check_optional("plans", plans, Access::out, dtype, {count, n, m});
  return arrays;
}

}  // namespace

int32_t fen_sinkhorn_batch(int64_t count, const fen_array* cost, const fen_array* a, const fen_array* b,
                           const fen_array* sizes, const fen_transport_spec* spec, const char* method,
                           const fen_sinkhorn_options* options, fen_monitor_fn monitor, void* user,
                           const fen_array* phi, const fen_array* psi, const fen_array* plans, int32_t* statuses,
                           fen_transport_result* results, int64_t* failed, fen_error* err) {
  return guarded(err, [&] {
    BatchArrays arrays = check_batch(count, cost, a, b, sizes, phi, psi, plans);
    const TransportSpec terms = load_spec(spec);
    const TransportMethod which = find_method(method);
    const SinkhornSettings settings = load_settings(options);
    if (count > 0) check_result("results", results);
    Arguments arguments;
    arguments.input("cost", arrays.cost);
    arguments.input("a", arrays.a);
    arguments.input("b", arrays.b);
    arguments.input("sizes", arrays.sizes);
    arguments.output("phi", arrays.phi);
    arguments.output("psi", arrays.psi);
    arguments.output("plans", arrays.plans);
    arguments.output("statuses", statuses, product_bytes(count, sizeof *statuses, 1));
    if (results != nullptr && count > 0)
      arguments.output("results", results, product_bytes(count, static_cast<int64_t>(results->struct_size), 1));
    arguments.output("failed", failed, sizeof *failed);
    arguments.check();
    if (count == 0) {
      if (failed != nullptr) *failed = 0;
      return;
    }

    arrays.statuses = statuses;
    if (results != nullptr) {
      arrays.on_result_user = results;
      arrays.on_result = [](void* to, int64_t item, const TransportResult& value) {
        write_result_at(static_cast<fen_transport_result*>(to), item, value);
      };
    }
    MonitorBridge bridge{monitor, user};
    MonitorSpec watch;
    if (monitor != nullptr) watch = {&MonitorBridge::call, &bridge};
    Status first_status = Status::OK;
    std::string first_error;
    const int64_t bad = sinkhorn_batch(arrays, terms, which, settings, watch, &first_status, &first_error);
    if (failed != nullptr) *failed = bad;
    if (bad > 0) report(err, first_status, first_error.c_str());
  });
}
