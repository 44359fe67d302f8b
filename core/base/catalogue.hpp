// catalogue.hpp -- the lists of terms that the build makes from the folders.
#pragma once
#include <algorithm>
#include <cstring>
#include <vector>

#include "base/term.hpp"

namespace fenchel {

// In the order of names.
inline std::vector<const TermInfo*> sorted_terms(std::vector<const TermInfo*> terms) {
  std::sort(terms.begin(), terms.end(),
            [](const TermInfo* a, const TermInfo* b) { return std::strcmp(a->name, b->name) < 0; });
  return terms;
}

}  // namespace fenchel
