#include "smooth/smooth.hpp"

namespace fenchel {
namespace {

// The Hessian by products at x.
class HvpMatrix final : public NewtonMatrix {
 public:
  explicit HvpMatrix(const Smooth& f) : f_(f) {}
  void prepare(const double* x, bool, Scratch) override { x_ = x; }
  void apply(const double* v, double* out, Scratch scratch) const override { f_.hvp(x_, v, out, scratch); }
  bool diagonal(double* out, Scratch scratch) const override { return f_.hessian_diagonal(x_, out, scratch); }

 private:
  const Smooth& f_;
  const double* x_ = nullptr;
};

}  // namespace

void Smooth::hvp(const float*, const float*, float*, Scratch) const {
  fail(Status::UNSUPPORTED, "this smooth term offers no hvp: its capabilities say so");
}
void Smooth::hvp(const double*, const double*, double*, Scratch) const {
  fail(Status::UNSUPPORTED, "this smooth term offers no hvp: its capabilities say so");
}
double Smooth::lipschitz(index*) const { return kInf; }
std::unique_ptr<NewtonMatrix> Smooth::newton_matrix(const NewtonMatrix*) const {
  return std::make_unique<HvpMatrix>(*this);
}
bool Smooth::hessian_diagonal(const double*, double*, Scratch) const { return false; }
void Smooth::number_slope(SmoothNumber, const double*, double*, Scratch) const {
  fail(Status::UNSUPPORTED, "this smooth term has no number of that name that its gradient is differentiated by");
}

}  // namespace fenchel
