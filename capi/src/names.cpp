#include "names.hpp"

#include <cstring>
#include <iterator>

#include "kernels/kernels.hpp"
#include "suggest.hpp"

namespace fenchel::capi {
namespace {

constexpr Term kMethods[] = {
#define FENCHEL_METHOD(name, doc) {#name, doc},
#include "solvers/transport/methods.def"
#undef FENCHEL_METHOD
};

bool is(const char* kind, const char* name) { return kind != nullptr && std::strcmp(kind, name) == 0; }

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
  return -1;
}

Term term_at(const char* kind, int i) {
  if (i < 0 || i >= term_count(kind)) return {nullptr, nullptr};
  if (is(kind, "cost")) return {kernels::cost_name(i), kernels::cost_doc(i)};
  return kMethods[i];
}

int find_cost(const char* name) { return find_term("cost", "cost", name); }

TransportMethod find_method(const char* name) {
  return static_cast<TransportMethod>(find_term("method", "transport_method", name));
}

}  // namespace fenchel::capi
