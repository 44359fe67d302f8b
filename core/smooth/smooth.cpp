#include "smooth/smooth.hpp"

namespace fenchel {

void Smooth::hvp(const float*, const float*, float*, Scratch) const {
  fail(Status::UNSUPPORTED, "this smooth term offers no hvp: its capabilities say so");
}
void Smooth::hvp(const double*, const double*, double*, Scratch) const {
  fail(Status::UNSUPPORTED, "this smooth term offers no hvp: its capabilities say so");
}
double Smooth::lipschitz(index*) const { return kInf; }

}  // namespace fenchel
