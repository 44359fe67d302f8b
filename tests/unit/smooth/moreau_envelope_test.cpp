// moreau_envelope_test.cpp -- the smoothed simple terms: known envelopes, gradients by differences, the Lipschitz
// bound.
#include <doctest/doctest.h>

#include "prox/prox.hpp"
#include "smooth/smooth_case.hpp"

namespace fenchel {
namespace {

struct Envelope {
  std::shared_ptr<const Prox> term;
  std::shared_ptr<const Smooth> smooth;
};

Envelope envelope(TermMaker inner, double mu, index size) {
  Envelope out;
  out.term = inner.make<Prox>();
  out.smooth = TermMaker("moreau_envelope", smooth_terms())
                   .term("term", out.term)
                   .real("mu", mu)
                   .real("size", static_cast<double>(size))
                   .make<Smooth>();
  return out;
}

TEST_CASE("the envelope of the modulus is Huber's function") {
  const auto f = envelope(TermMaker("l1", prox_terms()).real("lam", 2), 0.5, 3).smooth;
  std::vector<double> x{0.25, -3, 1}, g;
  // Up to lam mu = 1: x^2 / (2 mu); beyond: lam |x| - lam^2 mu / 2.
  CHECK(evaluate(*f, x, &g) == doctest::Approx(0.0625 + (6 - 1) + 1).epsilon(1e-15));
  CHECK(g == std::vector<double>{0.5, -2, 2});
  CHECK(f->lipschitz() == 2);
  CHECK(hessian_product(*f, x, {1, 1, 0}) == std::vector<double>{2, 0, 0});
}

TEST_CASE("envelopes: gradient, Hessian and Lipschitz bound by differences; half the squared distance to a set") {
  const double mu = 0.6;
  for (const char* name : {"l1", "huber", "simplex", "linf", "mcp", "elastic_net", "l2", "entropy"}) {
    const Envelope e = envelope(TermMaker(name, prox_terms()), mu, 5);
    const Smooth& f = *e.smooth;
    for (unsigned seed = 1; seed < 5; ++seed) {
      INFO(name, " seed ", seed);
      std::vector<double> x = test_noise(5, seed), d = test_noise(5, seed + 50), g, h;
      for (double& a : x) a *= 3;
      evaluate(f, x, &g);
      const double t = 1e-6;
      std::vector<double> ahead(x), behind(x);
      double slope = 0, far = 0, size = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        ahead[i] += t * d[i];
        behind[i] -= t * d[i];
        slope += g[i] * d[i];
      }
      CHECK((evaluate(f, ahead) - evaluate(f, behind)) / (2 * t) == doctest::Approx(slope).epsilon(1e-6));
      evaluate(f, ahead, &h);
      for (std::size_t i = 0; i < x.size(); ++i) {
        far += (h[i] - g[i]) * (h[i] - g[i]);
        size += t * t * d[i] * d[i];
      }
      CHECK(std::sqrt(far) <= f.lipschitz() * std::sqrt(size) * (1 + 1e-6));
      if ((f.caps() & SMOOTH_HVP) == 0) continue;
      const std::vector<double> product = hessian_product(f, x, d);
      for (std::size_t i = 0; i < x.size(); ++i)
        CHECK((h[i] - g[i]) / t == doctest::Approx(product[i]).epsilon(1e-4).scale(1));
    }
  }
  const auto ball = envelope(TermMaker("l2_ball", prox_terms()).real("radius", 2), 0.5, 2).smooth;
  CHECK(evaluate(*ball, std::vector<double>{3, 4}) == doctest::Approx(9).epsilon(1e-14));
}

TEST_CASE("envelopes refuse a length that is not the term's and a mu beyond the weak convexity") {
  CHECK(status_of([] { envelope(TermMaker("l1", prox_terms()), 1, 0); }) == Status::SHAPE);
  CHECK(status_of([] {
          envelope(TermMaker("linear", prox_terms()).array("c", std::vector<double>{1, 2}), 1, 3);
        }) == Status::SHAPE);
  CHECK(status_of([] { envelope(TermMaker("mcp", prox_terms()).real("gamma", 2), 2, 3); }) == Status::RANGE);
  CHECK(status_of([] { envelope(TermMaker("l0", prox_terms()), 0.1, 3); }) == Status::RANGE);
  const auto mcp = envelope(TermMaker("mcp", prox_terms()).real("gamma", 2), 1.5, 3).smooth;
  CHECK((mcp->caps() & SMOOTH_CONVEX) == 0);
  CHECK(mcp->lipschitz() == 2);  // w / (1 - mu w), w = 1 / 2
}

}  // namespace
}  // namespace fenchel
