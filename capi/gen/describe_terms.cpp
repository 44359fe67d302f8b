// describe_terms.cpp -- the catalogues: names with docs, and for terms their parameters.
#include "describe_json.hpp"
#include "kernels/kernels.hpp"
#include "operators/operator.hpp"
#include "prox/prox.hpp"
#include "smooth/smooth.hpp"

namespace fenchel::capi {
namespace {

const char* kind_name(ParamKind kind) {
  constexpr const char* kNames[] = {"real", "integer", "array", "indices", "operator", "smooth", "prox"};
  return kNames[static_cast<int>(kind)];
}

// Bounds beyond +-2^63 stay in the notation of reals, also for integers.
std::string bound(double value, ParamKind kind) {
  return number(value, kind == ParamKind::integer && std::abs(value) < 9e18 ? Dtype::i64 : Dtype::f64);
}

void parameter(Json& json, const ParamInfo& info) {
  std::vector<std::string> row = {member("name", info.name), member("kind", kind_name(info.kind))};
  if (info.required) row.push_back(member_raw("required", "true"));
  if (info.many) row.push_back(member_raw("many", "true"));
  if (info.borrowed) row.push_back(member_raw("borrowed", "true"));
  const bool is_number = info.kind == ParamKind::real || info.kind == ParamKind::integer;
  if (is_number && !info.required) row.push_back(member_raw("default", bound(info.fallback, info.kind)));
  if (is_number || info.kind == ParamKind::array) {
    row.push_back(member_raw("lower", bound(info.lower, info.kind)));
    row.push_back(member_raw("upper", bound(info.upper, info.kind)));
  }
  row.push_back(member("doc", info.doc));
  json.row(row);
}

void catalogue(Json& json, const char* kind, std::span<const TermInfo* const> terms) {
  json.open(kind, '[');
  for (const TermInfo* term : terms) {
    json.open(nullptr, '{');
    json.add("name", term->name);
    json.add("doc", term->doc);
    json.open("params", '[');
    for (const ParamInfo& info : term->params) parameter(json, info);
    json.close(']');
    json.close('}');
  }
  json.close(']');
}

}  // namespace

void describe_terms(Json& json) {
  json.open("terms", '{');
  json.open("cost", '[');
  for (int i = 0; i < kernels::cost_count(); ++i) {
    json.row({member("name", kernels::cost_name(i)), member("doc", kernels::cost_doc(i))});
  }
  json.close(']');
  json.open("transport_method", '[');
#define FENCHEL_METHOD(name, doc) json.row({member("name", #name), member("doc", doc)});
#include "solvers/transport/methods.def"
#undef FENCHEL_METHOD
  json.close(']');
  json.open("minimize_method", '[');
#define FENCHEL_METHOD(name, family, doc) \
  json.row({member("name", #name), member("family", #family), member("doc", doc)});
#include "solvers/composite/minimize_methods.def"
#undef FENCHEL_METHOD
  json.close(']');
  json.open("bilevel_method", '[');
#define FENCHEL_BILEVEL_METHOD(name, doc) json.row({member("name", #name), member("doc", doc)});
#include "solvers/bilevel/oracles/bilevel_method.def"
#undef FENCHEL_BILEVEL_METHOD
  json.close(']');
  json.open("solution_parameter", '[');
#define FENCHEL_PARAMETER(name, text, doc) json.row({member("name", text), member("doc", doc)});
#include "solvers/bilevel/solution_parameter.def"
#undef FENCHEL_PARAMETER
  json.close(']');
  catalogue(json, "operator", operator_terms());
  catalogue(json, "smooth", smooth_terms());
  catalogue(json, "prox", prox_terms());
  json.close('}');
}

}  // namespace fenchel::capi
