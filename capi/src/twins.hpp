// twins.hpp -- which C++ struct a public C struct mirrors, from declared_structs.def.
#pragma once
#include "fenchel/fenchel.h"
#include "solvers/bilevel/derivative_declared.hpp"
#include "solvers/bilevel/oracles/bilevel_declared.hpp"
#include "solvers/bilevel/tune_declared.hpp"
#include "solvers/composite/minimize_declared.hpp"
#include "solvers/transport/declared.hpp"

namespace fenchel::capi {

template <class C>
struct TwinOf;

#define FENCHEL_SETTINGS(c_struct, cpp_struct, doc) \
  template <>                                       \
  struct TwinOf<c_struct> {                         \
    using Cpp = cpp_struct;                         \
    static constexpr const char* kName = #c_struct; \
  };
#define FENCHEL_RESULTS FENCHEL_SETTINGS
#define FENCHEL_SEEN FENCHEL_SETTINGS
#include "declared_structs.def"
#undef FENCHEL_SETTINGS
#undef FENCHEL_RESULTS
#undef FENCHEL_SEEN

template <class C>
using Twin = typename TwinOf<C>::Cpp;

// The fields of one into those of the other; struct_size and reserved fields stay.
template <class C>
void copy_fields(const C& from, Twin<C>& to) {
  Twin<C>::template each<C>([&](const declared::Field&, auto theirs, auto ours) { to.*ours = from.*theirs; });
}
template <class C>
void copy_fields(const Twin<C>& from, C& to) {
  Twin<C>::template each<C>([&](const declared::Field&, auto theirs, auto ours) { to.*theirs = from.*ours; });
}

}  // namespace fenchel::capi
