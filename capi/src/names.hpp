// names.hpp -- the catalogues of names: open sets that grow without the C interface growing.
#pragma once
#include <string>
#include <vector>

#include "base/term.hpp"
#include "solvers/bilevel/oracles/bilevel_declared.hpp"
#include "solvers/bilevel/parameter_map.hpp"
#include "solvers/composite/minimize_declared.hpp"
#include "solvers/transport/declared.hpp"

namespace fenchel::capi {

struct NamedTerm {
  const char* name;
  const char* doc;
};

int term_count(const char* kind);                // -1 for an unknown kind
NamedTerm term_at(const char* kind, int index);  // nulls past the end or for an unknown kind

// Throw NULL_ARGUMENT or NAME with the nearest names.
int find_cost(const char* name);
TransportMethod find_method(const char* name);
MinimizeMethod find_minimize_method(const char* name);
BilevelMethod find_bilevel_method(const char* name);
SolutionParameter find_solution_parameter(const char* name);
// kind is "operator", "smooth" or "prox". find_term_info gives null for unknown words, need_term_info throws.
const TermInfo* find_term_info(const char* kind, const char* name);
const TermInfo& need_term_info(const char* kind, const char* name);

}  // namespace fenchel::capi
