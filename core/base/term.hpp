// term.hpp -- what every term of the catalogue is made from: a name, declared parameters, and a maker.
//
// A term (operator, smooth, prox) is one file in its folder. It ends with `const TermInfo& term_<file>()`, which CMake
// finds by the file's name; name, parameters, ranges and docs reach every language from there. Terms are immutable
// once made and shared between threads.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/array_view.hpp"
#include "base/error.hpp"

namespace fenchel {

enum class TermKind : int { op = 0, smooth = 1, prox = 2 };

class Term {
 public:
  virtual ~Term() = default;
  virtual TermKind kind() const = 0;
};
using TermPtr = std::shared_ptr<const Term>;

enum class ParamKind : int { real = 0, integer = 1, array = 2, indices = 3, op = 4, smooth = 5, prox = 6 };

struct ParamInfo {
  ParamKind kind;
  const char* name;
  const char* doc;
  bool required = false;
  bool many = false;      // may be given several times (terms only): in the order given
  bool borrowed = false;  // an array that the term reads in place: the caller keeps it alive and unchanged
  double fallback = 0, lower = -kInf, upper = kInf;  // numbers; for arrays of reals lower and upper bound each element
};

// The rows of a term's parameter list.
constexpr ParamInfo real_param(const char* name, double fallback, double lower, double upper, const char* doc) {
  return {ParamKind::real, name, doc, false, false, false, fallback, lower, upper};
}
constexpr ParamInfo integer_param(const char* name, double fallback, double lower, double upper, const char* doc) {
  return {ParamKind::integer, name, doc, false, false, false, fallback, lower, upper};
}
constexpr ParamInfo array_param(const char* name, double lower, double upper, const char* doc) {
  return {ParamKind::array, name, doc, false, false, false, 0, lower, upper};
}
constexpr ParamInfo indices_param(const char* name, const char* doc) { return {ParamKind::indices, name, doc}; }
constexpr ParamInfo term_param(ParamKind kind, const char* name, const char* doc) { return {kind, name, doc}; }
constexpr ParamInfo required(ParamInfo info) {
  info.required = true;
  return info;
}
constexpr ParamInfo many(ParamInfo info) {
  info.many = true;
  return info;
}
constexpr ParamInfo borrowed(ParamInfo info) {
  info.borrowed = true;
  return info;
}

// The values of one term's parameters. What reaches a maker has been checked against its ParamInfo rows: known names,
// required ones present, numbers in range and whole where integer, arrays of a real (integer) dtype, non-empty, not
// NaN and within bounds (+-inf passes where the bounds admit it), terms of the right kind. Sizes are the maker's own
// business: Status::SHAPE, naming parameter and sizes.
class Params {
 public:
  struct Value {
    const char* name;
    double number = 0;
    ArrayView array;  // ndim 0: absent
    TermPtr term;
  };

  Params(std::span<const ParamInfo> infos, std::vector<Value> values) : infos_(infos), values_(std::move(values)) {}

  bool has(const char* name) const { return find(name) != nullptr; }
  double real(const char* name) const;
  index integer(const char* name) const { return static_cast<index>(real(name)); }
  bool flag(const char* name) const { return real(name) != 0; }
  ArrayView array(const char* name) const;  // ndim 0 when absent
  // Terms of the class that the parameter's kind says; null when absent.
  template <class T>
  std::shared_ptr<const T> term(const char* name) const {
    const Value* value = find(name);
    return value == nullptr ? nullptr : std::static_pointer_cast<const T>(value->term);
  }
  template <class T>
  std::vector<std::shared_ptr<const T>> terms(const char* name) const {
    std::vector<std::shared_ptr<const T>> out;
    for (const Value& value : values_)
      if (same(value.name, name)) out.push_back(std::static_pointer_cast<const T>(value.term));
    return out;
  }

 private:
  static bool same(const char* a, const char* b);
  const Value* find(const char* name) const;
  std::span<const ParamInfo> infos_;
  std::vector<Value> values_;
};

struct TermInfo {
  TermKind kind;
  const char* name;
  const char* doc;  // the formula, in one sentence, with the paper where there is one
  std::span<const ParamInfo> params;
  TermPtr (*make)(const Params& params);
};

// A copy in double of a checked 1-D (or flattened row-major) array; empty for an absent one.
std::vector<double> copy_doubles(const ArrayView& array);
std::vector<index> copy_indices(const ArrayView& array);
// Throws SHAPE unless the array is absent or 1-D of this length.
void check_length(const char* name, const ArrayView& array, index length);

}  // namespace fenchel
