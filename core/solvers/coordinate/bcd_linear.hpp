// bcd_linear.hpp -- between the two kinds of model: a least-squares problem becomes a quadratic.
#pragma once
#include "solvers/coordinate/bcd_model.hpp"

namespace fenchel {

// 1/2 x'Qx + <c, x> + constant with a dense Q that it owns.
std::unique_ptr<BcdModel> make_gram_bcd_model(Buffer<double> Q, Buffer<double> c, double constant);

// Bytes of the Gram matrix that a least-squares model becomes; 0 where it stays a linear model.
index gram_bcd_bytes(const Smooth& f);

}  // namespace fenchel
