#include "prox/prox.hpp"

namespace fenchel {
namespace {

[[noreturn]] void lacks(const char* what) {
  fail(Status::UNSUPPORTED, "this term offers no %: its capabilities say so", what);
}

}  // namespace

void Prox::vjp(index, const float*, Step<float>, const float*, float*, Scratch) const { lacks("vjp"); }
void Prox::vjp(index, const double*, Step<double>, const double*, double*, Scratch) const { lacks("vjp"); }
double Prox::conjugate(index, const float*, Scratch) const { lacks("conjugate"); }
double Prox::conjugate(index, const double*, Scratch) const { lacks("conjugate"); }
double Prox::prox1(index, double, double) const { lacks("prox of one coordinate"); }
double Prox::value1(index, double) const { lacks("value of one coordinate"); }
double Prox::subdiff_distance1(index, double, double) const { lacks("subdifferential of one coordinate"); }

}  // namespace fenchel
