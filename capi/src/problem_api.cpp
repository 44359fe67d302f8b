// problem_api.cpp -- fenchel.h section 5: transport problems.
#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "fields.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"

using namespace fenchel;
using namespace fenchel::capi;

int32_t fen_transport_create(const fen_geometry* geometry, const fen_array* a, const fen_array* b,
                             const fen_transport_spec* spec, fen_problem** out, fen_error* err) {
  return guarded(err, [&] {
    const fen_geometry& handle = live(geometry);
    const Geometry& core = *handle.core;
    const ArrayView weights_a = check_optional("a", a, Access::in, core.dtype(), {core.rows()});
    const ArrayView weights_b = check_optional("b", b, Access::in, core.dtype(), {core.cols()});
    const TransportSpec terms = load_spec(spec);
    require(out, "out");
    check_fits("the problem", product_bytes(core.rows() + core.cols(), 3, sizeof(double)));
    auto made = std::make_unique<fen_problem>();
    made->transport = std::make_shared<const TransportProblem>(handle.core, weights_a, weights_b, terms);
    made->outside.add(handle.borrowed);
    made->outside.what = "the borrowed cost matrix";
    *out = made.release();
  });
}

void fen_problem_destroy(fen_problem* problem) {
  if (problem == nullptr || problem->mark != Mark::problem) return;
  problem->mark = Mark::dead;
  delete problem;
}
