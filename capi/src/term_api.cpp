// term_api.cpp -- fenchel.h section 10: terms by name, and what they are.
#include <cstring>
#include <string>

#include "fenchel/fenchel.h"
#include "guard.hpp"
#include "handles.hpp"
#include "names.hpp"
#include "operators/operator.hpp"
#include "prox/prox.hpp"
#include "smooth/smooth.hpp"
#include "term_params.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

struct Capability {
  unsigned bit;
  const char* name;
};
constexpr Capability kOperatorCaps[] = {{OPERATOR_STORED, "stored"},
                                        {OPERATOR_NORM, "norm"},
                                        {OPERATOR_DIAGONAL, "diagonal"},
                                        {OPERATOR_SYMMETRIC, "symmetric"},
                                        {OPERATOR_TIGHT, "tight"}};
constexpr Capability kSmoothCaps[] = {{SMOOTH_CONVEX, "convex"}, {SMOOTH_QUADRATIC, "quadratic"},
                                      {SMOOTH_HVP, "hvp"},       {SMOOTH_MODEL, "model"},
                                      {SMOOTH_MATRIX, "matrix"}, {SMOOTH_LIPSCHITZ, "lipschitz"}};
constexpr Capability kProxCaps[] = {
    {PROX_CONVEX, "convex"},           {PROX_SEPARABLE, "separable"},     {PROX_INDICATOR, "indicator"},
    {PROX_HOMOGENEOUS, "homogeneous"}, {PROX_VECTOR_STEP, "vector_step"}, {PROX_VJP, "vjp"},
    {PROX_CONJUGATE, "conjugate"},     {PROX_GROUPS, "groups"},           {PROX_EVEN, "even"},
    {PROX_FULL_DOMAIN, "full_domain"}, {PROX_QUADRATIC, "quadratic"}};

std::string names_of(unsigned caps, std::span<const Capability> table) {
  std::string out;
  for (const Capability& c : table) {
    if ((caps & c.bit) == 0) continue;
    if (!out.empty()) out += ' ';
    out += c.name;
  }
  return out;
}

std::string capabilities(const Term& term) {
  switch (term.kind()) {
    case TermKind::op:
      return names_of(static_cast<const Operator&>(term).caps(), kOperatorCaps);
    case TermKind::smooth:
      return names_of(static_cast<const Smooth&>(term).caps(), kSmoothCaps);
    default:
      return names_of(static_cast<const Prox&>(term).caps(), kProxCaps);
  }
}

bool alive(const fen_term* term) { return term != nullptr && term->mark == Mark::term; }

int64_t size_of(const Term& term, bool rows) {
  switch (term.kind()) {
    case TermKind::op: {
      const auto& A = static_cast<const Operator&>(term);
      return rows ? A.rows() : A.cols();
    }
    case TermKind::smooth:
      return static_cast<const Smooth&>(term).size();
    default:
      return static_cast<const Prox&>(term).size();
  }
}

std::uint32_t flags_of(const ParamInfo& info) {
  return (info.required ? std::uint32_t{FEN_PARAM_REQUIRED} : 0u) | (info.many ? std::uint32_t{FEN_PARAM_MANY} : 0u) |
         (info.borrowed ? std::uint32_t{FEN_PARAM_BORROWED} : 0u);
}

}  // namespace

int32_t fen_term_create(const char* kind, const char* name, const fen_param* params, int32_t count, fen_term** out,
                        fen_error* err) {
  return guarded(err, [&] {
    const TermInfo& info = need_term_info(kind, name);
    CheckedParams checked = check_params(info, params, count);
    require(out, "out");
    auto made = std::make_unique<fen_term>();
    made->core = info.make(checked.params);
    made->outside = std::move(checked.outside);
    *out = made.release();
  });
}

void fen_term_destroy(fen_term* term) {
  if (!alive(term)) return;
  term->mark = Mark::dead;
  delete term;
}

int32_t fen_term_parameter_count(const char* kind, const char* name) {
  const TermInfo* info = find_term_info(kind, name);
  return info == nullptr ? -1 : static_cast<int32_t>(info->params.size());
}

int32_t fen_term_parameter(const char* kind, const char* name, int32_t index, fen_param_info* info) {
  return guarded(nullptr, [&] {
    const TermInfo& term = need_term_info(kind, name);
    require(info, "info");
    if (info->struct_size < sizeof(fen_param_info)) fail(Status::STRUCT_SIZE, "info.struct_size is too small");
    if (index < 0 || index >= static_cast<int32_t>(term.params.size())) fail(Status::RANGE, "index is %", index);
    const ParamInfo& row = term.params[static_cast<std::size_t>(index)];
    *info = {.struct_size = info->struct_size,
             .kind = static_cast<int32_t>(row.kind),
             .flags = flags_of(row),
             .reserved = 0,
             .name = row.name,
             .doc = row.doc,
             .default_value = row.fallback,
             .lower = row.lower,
             .upper = row.upper};
  });
}

const char* fen_term_kind(const fen_term* term) {
  constexpr const char* kNames[] = {"operator", "smooth", "prox"};
  return alive(term) ? kNames[static_cast<int>(term->core->kind())] : nullptr;
}

int64_t fen_term_rows(const fen_term* term) { return alive(term) ? size_of(*term->core, true) : -1; }
int64_t fen_term_cols(const fen_term* term) { return alive(term) ? size_of(*term->core, false) : -1; }

int32_t fen_term_capabilities(const fen_term* term, char* text, int64_t size, fen_error* err) {
  return guarded(err, [&] {
    const fen_term& handle = live(term, "term");
    require(text, "text");
    const std::string words = capabilities(*handle.core);
    const auto needed = static_cast<int64_t>(words.size()) + 1;
    if (size < needed) fail(Status::RANGE, "size is %; legal: >= %", size, needed);
    std::memcpy(text, words.c_str(), static_cast<std::size_t>(needed));
  });
}
