// describe.hpp -- everything that core declares once (the .def files and the catalogues), as JSON text.
#pragma once
#include <string>

namespace fenchel::capi {

// The text of capi/gen/declared.json, from the definitions this program was compiled with.
std::string describe();

}  // namespace fenchel::capi
