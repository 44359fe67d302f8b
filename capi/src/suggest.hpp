// suggest.hpp -- for a name that is not in a list: a refusal that offers the nearest ones.
#pragma once
#include <string>
#include <vector>

namespace fenchel::capi {

// Edits (insert, delete, replace, swap of neighbours) that turn one word into the other.
int edit_distance(const std::string& a, const std::string& b);

// The position of name in names; throws NAME, e.g. "method is 'sinkhron'; did you mean 'sinkhorn'? Known: ...".
int find_name(const char* argument, const char* name, const std::vector<std::string>& names);

}  // namespace fenchel::capi
