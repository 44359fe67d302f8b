// bcd_linear.hpp -- between the two kinds of model: a least-squares problem becomes a quadratic.
#pragma once
#include "solvers/coordinate/bcd_model.hpp"

namespace fenchel {

// 1/2 x'Qx + <c, x> + constant with a dense Q that it owns.
std::unique_ptr<BcdModel> make_gram_bcd_model(Buffer<double> Q, Buffer<double> c, double constant);

}  // namespace fenchel
