#include "names.hpp"

#include <cstring>
#include <iterator>

#include "guard.hpp"
#include "kernels/kernels.hpp"
#include "operators/operator.hpp"
#include "prox/prox.hpp"
#include "smooth/smooth.hpp"
#include "suggest.hpp"

namespace fenchel::capi {
namespace {

constexpr NamedTerm kMethods[] = {
#define FENCHEL_METHOD(name, doc) {#name, doc},
#include "solvers/transport/methods.def"
#undef FENCHEL_METHOD
};

constexpr NamedTerm kMinimizeMethods[] = {
#define FENCHEL_METHOD(name, family, doc) {#name, doc},
#include "solvers/composite/minimize_methods.def"
#undef FENCHEL_METHOD
};

constexpr NamedTerm kBilevelMethods[] = {
#define FENCHEL_BILEVEL_METHOD(name, doc) {#name, doc},
#include "solvers/bilevel/oracles/bilevel_method.def"
#undef FENCHEL_BILEVEL_METHOD
};

constexpr NamedTerm kParameters[] = {
#define FENCHEL_PARAMETER(name, text, doc) {text, doc},
#include "solvers/bilevel/solution_parameter.def"
#undef FENCHEL_PARAMETER
};

constexpr const char* kTermKinds[] = {"operator", "smooth", "prox"};  // in the order of TermKind

bool is(const char* kind, const char* name) { return kind != nullptr && std::strcmp(kind, name) == 0; }

// The terms of a kind; empty for what has no parameters or is unknown.
std::span<const TermInfo* const> terms_of(const char* kind) {
  if (is(kind, "operator")) return operator_terms();
  if (is(kind, "smooth")) return smooth_terms();
  if (is(kind, "prox")) return prox_terms();
  return {};
}

bool has_terms(const char* kind) {
  for (const char* known : kTermKinds)
    if (is(kind, known)) return true;
  return false;
}

// The position of name; without memory where it is found.
int find_term(const char* argument, const char* kind, const char* name) {
  const int count = term_count(kind);
  for (int i = 0; name != nullptr && i < count; ++i) {
    if (std::strcmp(name, term_at(kind, i).name) == 0) return i;
  }
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.emplace_back(term_at(kind, i).name);
  return find_name(argument, name, names);  // throws
}

}  // namespace

int term_count(const char* kind) {
  if (is(kind, "cost")) return kernels::cost_count();
  if (is(kind, "transport_method")) return static_cast<int>(std::size(kMethods));
  if (is(kind, "minimize_method")) return static_cast<int>(std::size(kMinimizeMethods));
  if (is(kind, "bilevel_method")) return static_cast<int>(std::size(kBilevelMethods));
  if (is(kind, "solution_parameter")) return static_cast<int>(std::size(kParameters));
  if (has_terms(kind)) return static_cast<int>(terms_of(kind).size());
  return -1;
}

NamedTerm term_at(const char* kind, int i) {
  if (i < 0 || i >= term_count(kind)) return {nullptr, nullptr};
  if (is(kind, "cost")) return {kernels::cost_name(i), kernels::cost_doc(i)};
  if (is(kind, "transport_method")) return kMethods[i];
  if (is(kind, "minimize_method")) return kMinimizeMethods[i];
  if (is(kind, "bilevel_method")) return kBilevelMethods[i];
  if (is(kind, "solution_parameter")) return kParameters[i];
  const TermInfo& info = *terms_of(kind)[static_cast<std::size_t>(i)];
  return {info.name, info.doc};
}

int find_cost(const char* name) { return find_term("cost", "cost", name); }

TransportMethod find_method(const char* name) {
  return static_cast<TransportMethod>(find_term("method", "transport_method", name));
}

MinimizeMethod find_minimize_method(const char* name) {
  return static_cast<MinimizeMethod>(find_term("method", "minimize_method", name));
}

BilevelMethod find_bilevel_method(const char* name) {
  return static_cast<BilevelMethod>(find_term("method", "bilevel_method", name));
}

SolutionParameter find_solution_parameter(const char* name) {
  require(name, "a parameter's name");
  return static_cast<SolutionParameter>(find_term("parameter", "solution_parameter", name));
}

const TermInfo* find_term_info(const char* kind, const char* name) {
  for (const TermInfo* info : terms_of(kind))
    if (is(name, info->name)) return info;
  return nullptr;
}

const TermInfo& need_term_info(const char* kind, const char* name) {
  const std::size_t which =
      static_cast<std::size_t>(find_name("kind", kind, {std::begin(kTermKinds), std::end(kTermKinds)}));
  if (const TermInfo* info = find_term_info(kTermKinds[which], name)) return *info;
  return *terms_of(kind)[static_cast<std::size_t>(find_term("name", kTermKinds[which], name))];
}

}  // namespace fenchel::capi
