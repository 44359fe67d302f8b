#include "term_params.hpp"

#include <cmath>
#include <cstring>

#include "array_check.hpp"
#include "guard.hpp"
#include "inputs.hpp"
#include "suggest.hpp"

namespace fenchel::capi {
namespace {

bool unbounded(const ParamInfo& info) { return info.lower == -kInf && info.upper == kInf; }

std::string bounds_text(const ParamInfo& info) {
  const bool positive = info.lower > 0 && info.lower < 1e-300;
  if (unbounded(info)) return "any number but NaN";
  std::string text;
  if (info.lower > -kInf) text = positive ? "> 0" : ">= " + to_text(info.lower);
  if (info.upper < kInf) text += (text.empty() ? "<= " : " and <= ") + to_text(info.upper);
  return text;
}

// The row of a parameter; NAME with the nearest names for an unknown one.
const ParamInfo& find_row(const TermInfo& info, const char* name) {
  for (const ParamInfo& row : info.params)
    if (name != nullptr && std::strcmp(row.name, name) == 0) return row;
  require(name, "the name of a parameter");
  std::vector<std::string> names;
  for (const ParamInfo& row : info.params) names.emplace_back(row.name);
  if (names.empty()) fail(Status::NAME, "% takes no parameters", info.name);
  const std::string argument = std::string("a parameter of ") + info.name;
  return info.params[static_cast<std::size_t>(find_name(argument.c_str(), name, names))];  // throws
}

// A parameter is a number, an array or a term: what it is not must be absent.
void check_alone(const ParamInfo& row, const fen_param& param, bool array, bool term) {
  const char* what = array ? "an array" : term ? "a term" : "a number";
  if (!array && param.array != nullptr) fail(Status::RANGE, "% is %; legal: its array is NULL", row.name, what);
  if (!term && param.term != nullptr) fail(Status::RANGE, "% is %; legal: its term is NULL", row.name, what);
  if ((array || term) && param.value != 0)
    fail(Status::RANGE, "% is %, and its value is %; legal: 0", row.name, what, param.value);
}

double check_number(const ParamInfo& row, double value) {
  const bool whole = row.kind == ParamKind::real || value == std::floor(value);
  if (!whole || !(value >= row.lower && value <= row.upper))  // true for NaN
    fail(Status::RANGE, "% is %; legal: %%", row.name, value, row.kind == ParamKind::real ? "" : "an integer ",
         bounds_text(row));
  return value;
}

[[noreturn]] void refuse_element(const ParamInfo& row, const std::string& where, double value) {
  if (std::isnan(value) || std::isinf(value))
    fail(Status::NOT_FINITE, "%[%] is %; legal: %", row.name, where, value, bounds_text(row));
  fail(Status::RANGE, "%[%] is %; legal: %", row.name, where, value, bounds_text(row));
}

// Names the first element outside the bounds, by the order of its indices.
template <class T>
void find_outside(const ParamInfo& row, const ArrayView& view, const std::string& where) {
  if (view.ndim > 1) {
    for (index i = 0; i < view.shape[0]; ++i) find_outside<T>(row, view[i], where + to_text(i) + ", ");
    return;
  }
  for (index i = 0; i < view.shape[0]; ++i) {
    const double wide = static_cast<double>(view.at<T>(i));
    if (!(wide >= row.lower && wide <= row.upper)) refuse_element(row, where + to_text(i), wide);
  }
}

void check_elements(const ParamInfo& row, const ArrayView& view) {
  switch (view.dtype) {
    case Dtype::f32:
      if (!all_within(view, row.lower, row.upper)) find_outside<float>(row, view, "");
      break;
    case Dtype::f64:
      if (!all_within(view, row.lower, row.upper)) find_outside<double>(row, view, "");
      break;
    case Dtype::i32:
      if (!unbounded(row)) find_outside<std::int32_t>(row, view, "");
      break;
    case Dtype::i64:
      if (!unbounded(row)) find_outside<std::int64_t>(row, view, "");
      break;
  }
}

ArrayView check_values(const ParamInfo& row, const fen_array* array) {
  const ArrayView view = check_array(row.name, array, Access::in);
  if (row.kind == ParamKind::indices)
    check_integer(row.name, view.dtype);
  else
    check_real(row.name, view.dtype);
  if (view.ndim == 0) fail(Status::SHAPE, "% has 0 dimensions; legal: 1 .. 4", row.name);
  if (element_count(view) == 0) fail(Status::EMPTY, "% has shape %; legal: sizes >= 1", row.name, shape_text(view));
  check_fits(row.name,
             product_bytes(element_count(view), 8, 1));  // a broadcast array may stand for far more than it is
  check_elements(row, view);
  return view;
}

TermKind kind_of(ParamKind kind) {
  return kind == ParamKind::op ? TermKind::op : kind == ParamKind::smooth ? TermKind::smooth : TermKind::prox;
}

const fen_term& check_term(const ParamInfo& row, const fen_term* term) {
  const fen_term& handle = live(term, row.name);
  if (handle.core->kind() != kind_of(row.kind)) {
    constexpr const char* kWords[] = {"an operator", "a smooth term", "a simple term"};
    fail(Status::STATE, "% is %; legal: %", row.name, kWords[static_cast<int>(handle.core->kind())],
         kWords[static_cast<int>(kind_of(row.kind))]);
  }
  return handle;
}

Params::Value check_one(const ParamInfo& row, const fen_param& param, Outside& outside) {
  Params::Value out{.name = row.name, .number = 0, .array = {}, .term = nullptr};
  switch (row.kind) {
    case ParamKind::real:
    case ParamKind::integer:
      check_alone(row, param, false, false);
      out.number = check_number(row, param.value);
      break;
    case ParamKind::array:
    case ParamKind::indices:
      check_alone(row, param, true, false);
      out.array = check_values(row, param.array);
      if (row.borrowed) outside.add(out.array);
      break;
    default: {
      check_alone(row, param, false, true);
      const fen_term& term = check_term(row, param.term);
      out.term = term.core;
      outside.add(term.outside);
    }
  }
  return out;
}

}  // namespace

CheckedParams check_params(const TermInfo& info, const fen_param* params, int32_t count) {
  if (count < 0) fail(Status::RANGE, "count is %; legal: >= 0", count);
  if (count > 0) require(params, "params");
  std::vector<Params::Value> values;
  Outside outside;
  for (int32_t i = 0; i < count; ++i) {
    const ParamInfo& row = find_row(info, params[i].name);
    for (const Params::Value& earlier : values) {
      if (earlier.name == row.name && !row.many)
        fail(Status::NAME, "% is given again as parameter % of %; legal: once", row.name, i, info.name);
    }
    values.push_back(check_one(row, params[i], outside));
  }
  for (const ParamInfo& row : info.params) {
    if (!row.required) continue;
    bool found = false;
    for (const Params::Value& value : values) found = found || value.name == row.name;
    if (!found) fail(Status::NULL_ARGUMENT, "% of % is missing; it is required: %", row.name, info.name, row.doc);
  }
  return {Params(info.params, std::move(values)), std::move(outside)};
}

}  // namespace fenchel::capi
