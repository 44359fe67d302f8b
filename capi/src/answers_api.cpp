// answers_api.cpp -- fenchel.h section 7 without derivatives: what a solved transport problem answers.
#include <cmath>
#include <cstring>
#include <limits>

#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "guard.hpp"
#include "handles.hpp"
#include "suggest.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

void check_threshold(double threshold) {
  if (!(threshold >= 0) || std::isinf(threshold))
    fail(Status::RANGE, "threshold is %; legal: finite and >= 0", threshold);
}

}  // namespace

int32_t fen_transport_potentials(const fen_solver* solver, const fen_array* phi, const fen_array* psi, fen_error* err) {
  return guarded(err, [&] {
    const TransportClaim claim(solver);
    const Geometry& geometry = claim.geometry();
    const ArrayView out_phi = check_optional("phi", phi, Access::out, geometry.dtype(), {geometry.rows()});
    const ArrayView out_psi = check_optional("psi", psi, Access::out, geometry.dtype(), {geometry.cols()});
    Arguments arguments;
    claim.add_inputs(arguments);
    arguments.output("phi", out_phi);
    arguments.output("psi", out_psi);
    arguments.check();
    claim.solved().potentials(out_phi, out_psi);
  });
}

int32_t fen_transport_plan(const fen_solver* solver, const fen_array* plan, fen_error* err) {
  return guarded(err, [&] {
    const TransportClaim claim(solver);
    const Geometry& geometry = claim.geometry();
    const ArrayView out = check_array("plan", plan, Access::out, geometry.dtype(), {geometry.rows(), geometry.cols()});
    Arguments arguments;
    claim.add_inputs(arguments);
    arguments.output("plan", out);
    arguments.check();
    claim.solved().plan(out);
  });
}

int32_t fen_transport_plan_csr(const fen_solver* solver, double threshold, int64_t* nnz, const fen_array* indptr,
                               const fen_array* indices, const fen_array* values, fen_error* err) {
  return guarded(err, [&] {
    const TransportClaim claim(solver);
    const Geometry& geometry = claim.geometry();
    check_threshold(threshold);
    require(nnz, "nnz");
    if (indptr == nullptr && indices == nullptr && values == nullptr) {
      *nnz = claim.solved().plan_count(threshold);
      return;
    }
    if (*nnz < 0) fail(Status::RANGE, "nnz is %; legal: >= 0, as the first call set it", *nnz);
    const ArrayView out_indptr = check_array("indptr", indptr, Access::out, Dtype::i64, {geometry.rows() + 1});
    const ArrayView out_indices = check_array("indices", indices, Access::out);
    check_integer("indices", out_indices.dtype);
    check_shape("indices", out_indices, {*nnz});
    if (out_indices.dtype == Dtype::i32 && geometry.cols() > std::numeric_limits<std::int32_t>::max())
      fail(Status::DTYPE, "indices has dtype i32 for % columns; legal: i64", geometry.cols());
    const ArrayView out_values = check_array("values", values, Access::out, geometry.dtype(), {*nnz});
    Arguments arguments;
    claim.add_inputs(arguments);
    arguments.output("indptr", out_indptr);
    arguments.output("indices", out_indices);
    arguments.output("values", out_values);
    arguments.check();
    claim.solved().plan_csr(threshold, *nnz, out_indptr, out_indices, out_values);
  });
}

int32_t fen_transport_apply(const fen_solver* solver, uint32_t flags, const fen_array* v, const fen_array* out,
                            fen_error* err) {
  return guarded(err, [&] {
    const TransportClaim claim(solver);
    const Geometry& geometry = claim.geometry();
    if ((flags & ~std::uint32_t{FEN_APPLY_TRANSPOSE | FEN_APPLY_NORMALIZE}) != 0)
      fail(Status::RANGE, "flags is %; legal: 0 .. 3, a sum of fen_apply_flags", static_cast<int64_t>(flags));
    const bool transpose = (flags & FEN_APPLY_TRANSPOSE) != 0;
    const int64_t from = transpose ? geometry.rows() : geometry.cols();
    const int64_t to = transpose ? geometry.cols() : geometry.rows();
    require(v, "v");
    const bool vector = v->ndim == 1;
    const ArrayView in = vector ? check_array("v", v, Access::in, geometry.dtype(), {from})
                                : check_array("v", v, Access::in, geometry.dtype(), {from, kAny});
    const ArrayView result = vector ? check_array("out", out, Access::out, geometry.dtype(), {to})
                                    : check_array("out", out, Access::out, geometry.dtype(), {to, in.shape[1]});
    check_finite("v", in);
    Arguments arguments;
    claim.add_inputs(arguments);
    arguments.input("v", in);
    arguments.output("out", result);
    arguments.check();
    claim.solved().apply(transpose, (flags & FEN_APPLY_NORMALIZE) != 0, in, result);
  });
}

int32_t fen_transport_sample(const fen_solver* solver, int32_t mode, uint64_t seed, const fen_array* rows,
                             const fen_array* cols, fen_error* err) {
  return guarded(err, [&] {
    const TransportClaim claim(solver);
    const Geometry& geometry = claim.geometry();
    if (mode < FEN_SAMPLE_PER_ROW || mode > FEN_SAMPLE_WITHOUT_REPLACEMENT)
      fail(Status::RANGE, "mode is %; legal: 0 .. 2, a fen_sample_mode", mode);
    const int64_t count = mode == FEN_SAMPLE_PER_ROW ? geometry.rows() : kAny;
    const ArrayView out_rows = check_array("rows", rows, Access::out, Dtype::i64, {count});
    const ArrayView out_cols = check_array("cols", cols, Access::out, Dtype::i64, {out_rows.shape[0]});
    Arguments arguments;
    claim.add_inputs(arguments);
    arguments.output("rows", out_rows);
    arguments.output("cols", out_cols);
    arguments.check();
    claim.solved().sample(mode, seed, out_rows, out_cols);
  });
}
