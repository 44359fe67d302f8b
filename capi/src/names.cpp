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

std::vector<std::string> all_names(const char* kind) {
  std::vector<std::string> names;
  for (int i = 0; i < term_count(kind); ++i) names.emplace_back(term_at(kind, i).name);
  return names;
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

int find_cost(const char* name) { return find_name("cost", name, all_names("cost")); }

TransportMethod find_method(const char* name) {
  return static_cast<TransportMethod>(find_name("method", name, all_names("transport_method")));
}

}  // namespace fenchel::capi
