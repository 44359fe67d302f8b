// divergence_api.cpp -- fenchel.h section 8: the Sinkhorn divergence.
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

int32_t fen_sinkhorn_divergence(const fen_array* x, const fen_array* y, const fen_array* a, const fen_array* b,
                                const char* cost, const fen_transport_spec* spec, const char* method,
                                const fen_sinkhorn_options* options, double* value, const fen_array* x_grad,
                                const fen_array* y_grad, const fen_array* a_grad, const fen_array* b_grad,
                                fen_transport_result* results, fen_error* err) {
  return guarded(err, [&] {
    const auto [from, to] = check_clouds(x, y, false);
    const int64_t n = from.shape[0], m = to.shape[0], d = from.shape[1];
    const ArrayView weights_a = check_optional("a", a, Access::in, from.dtype, {n});
    const ArrayView weights_b = check_optional("b", b, Access::in, from.dtype, {m});
    const int which_cost = find_cost(cost);
    const TransportSpec terms = load_spec(spec);
    const TransportMethod which = find_method(method);
    const SinkhornSettings settings = load_settings(options);
    require(value, "value");
    TransportResult solved[3];
    const DivergenceOutputs out{.x_grad = check_optional("x_grad", x_grad, Access::out, from.dtype, {n, d}),
                                .y_grad = check_optional("y_grad", y_grad, Access::out, from.dtype, {m, d}),
                                .a_grad = check_optional("a_grad", a_grad, Access::out, from.dtype, {n}),
                                .b_grad = check_optional("b_grad", b_grad, Access::out, from.dtype, {m}),
                                .results = solved};
    check_result("results", results);
    Arguments arguments;
    arguments.input("x", from);
    arguments.input("y", to);
    arguments.input("a", weights_a);
    arguments.input("b", weights_b);
    arguments.output("value", value, sizeof *value);
    arguments.output("x_grad", out.x_grad);
    arguments.output("y_grad", out.y_grad);
    arguments.output("a_grad", out.a_grad);
    arguments.output("b_grad", out.b_grad);
    arguments.output("results", results, results == nullptr ? 0 : 3 * static_cast<int64_t>(results->struct_size));
    arguments.check();

    *value = sinkhorn_divergence(from, to, weights_a, weights_b, which_cost, terms, which, settings, out);
    if (results == nullptr) return;
    for (int64_t k = 0; k < 3; ++k) write_result_at(results, k, solved[k]);
  });
}
