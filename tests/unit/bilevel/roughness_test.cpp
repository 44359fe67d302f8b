#include "solvers/bilevel/roughness.hpp"

#include "doctest/doctest.h"

using namespace fenchel;

TEST_CASE("roughness: an error beyond a third of the gain asks for more, down to everything in full") {
  Roughness rough(1e-5);
  CHECK(rough.now() == 0.1);
  CHECK(rough.will_do({0.0}, 100, {10}, 1.4));  // gain: half the slope
  CHECK(rough.now() == 0.1);
  CHECK_FALSE(rough.will_do({-1.0}, 95, {1}, 1.4));
  CHECK(rough.now() < 0.1);
  int asked = 0;
  while (!rough.will_do({-1.0}, 95, {1}, rough.now() == 0 ? 0.0 : 1.4)) ++asked;
  CHECK(rough.now() == 0);
  CHECK(asked < 12);
}

TEST_CASE("roughness: a bracket tightens; values alone and several unknowns are taken as they are") {
  Roughness rough(1e-5);
  CHECK(rough.will_do({0.0}, 100, {10}, 0));
  CHECK(rough.will_do({-2.0}, 95, {-8}, 0));
  CHECK(rough.now() < 0.1);
  CHECK(rough.will_do({-1.0}, 95, {}, 50));
  CHECK(rough.will_do({-1.0, 0.0}, 95, {1, 1}, 50));
  CHECK(Roughness().now() == 0);
}
