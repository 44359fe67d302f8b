// A routine left in the middle: turns, ends, failures, and being given up in every state.
#include "base/handoff.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "base/error.hpp"

using namespace fenchel;

TEST_CASE("a handoff takes turns, and nothing that both touch needs a lock") {
  int count = 0;  // no atomic: a sanitizer of threads would tell
  Handoff* self = nullptr;
  Handoff handoff([&] {
    for (int k = 0; k < 100; ++k) {
      ++count;
      if (!self->pause()) return;
    }
  });
  self = &handoff;
  for (int k = 1; k <= 100; ++k) {
    CHECK(handoff.resume());
    CHECK(count == k);
    count = k;
  }
  CHECK_FALSE(handoff.resume());
  CHECK_FALSE(handoff.resume());
  CHECK(count == 100);
}

TEST_CASE("what ends a routine comes out of resume, once") {
  for (int at = 0; at < 5; ++at) {
    Handoff* self = nullptr;
    Handoff handoff([&] {
      for (int k = 0; k < at; ++k) self->pause();
      fail(Status::RANGE, "at %", at);
    });
    self = &handoff;
    for (int k = 0; k < at; ++k) CHECK(handoff.resume());
    CHECK_THROWS_AS(handoff.resume(), Error);
    CHECK_FALSE(handoff.resume());
  }
}

TEST_CASE("a routine that is not wanted any more is waited for, wherever it stands") {
  for (int resumes = 0; resumes <= 4; ++resumes) {
    int ends = 0, refusals = 0;
    Handoff* self = nullptr;
    auto handoff = std::make_unique<Handoff>([&] {
      for (int k = 0; k < 3; ++k)
        if (!self->pause()) ++refusals;  // asks again after it was told: still no, and no wait
      ++ends;
    });
    self = handoff.get();
    for (int k = 0; k < resumes; ++k) CHECK(handoff->resume() == (k < 3));
    handoff.reset();
    CHECK(ends == (resumes > 0 ? 1 : 0));
    CHECK(refusals == (resumes == 0 ? 0 : std::max(0, 4 - resumes)));
  }
}
