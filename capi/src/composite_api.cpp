// composite_api.cpp -- fenchel.h section 11: composite problems.
#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

// The i-th handle of an array of them, which the message calls g[i].
std::string element(const char* name, int32_t i) { return std::string(name) + "[" + to_text(i) + "]"; }

template <class T>
std::shared_ptr<const T> share(const fen_term* term, const char* name, Outside& outside) {
  live_as<T>(term, name);
  outside.add(term->outside);
  return std::static_pointer_cast<const T>(term->core);
}

}  // namespace

int32_t fen_composite_create(int32_t dtype, int64_t n, const fen_term* f, int32_t count, const fen_term* const* g,
                             const fen_term* const* A, fen_problem** out, fen_error* err) {
  return guarded(err, [&] {
    if (item_size(dtype) == 0) fail(Status::DTYPE, "dtype is %; legal: FEN_F32, FEN_F64", dtype);
    check_real("dtype", static_cast<Dtype>(dtype));
    if (n < 0) fail(Status::RANGE, "n is %; legal: >= 0, 0 where a term says it", n);
    if (count < 0) fail(Status::RANGE, "count is %; legal: >= 0", count);
    if (count > 0) require(g, "g");
    Outside outside;
    std::shared_ptr<const Smooth> smooth;
    if (f != nullptr) smooth = share<Smooth>(f, "f", outside);
    std::vector<Summand> summands;
    for (int32_t i = 0; i < count; ++i) {
      Summand summand;
      summand.g = share<Prox>(g[i], element("g", i).c_str(), outside);
      if (A != nullptr && A[i] != nullptr) summand.A = share<Operator>(A[i], element("A", i).c_str(), outside);
      summands.push_back(std::move(summand));
    }
    require(out, "out");
    auto made = std::make_unique<fen_problem>();
    made->composite =
        std::make_shared<const CompositeProblem>(static_cast<Dtype>(dtype), n, std::move(smooth), std::move(summands));
    check_fits("the unknowns", product_bytes(made->composite->size(), sizeof(double), 1));
    made->outside = std::move(outside);
    *out = made.release();
  });
}

int64_t fen_composite_size(const fen_problem* problem) {
  return problem == nullptr || problem->mark != Mark::problem || problem->composite == nullptr
             ? -1
             : problem->composite->size();
}
