// random.hpp -- counter-based random numbers: Philox4x32-10 (Salmon et al., Parallel Random Numbers: As Easy as 1, 2,
// 3, SC 2011).
//
// The n-th number of stream s under a seed is a function of (seed, s, n) alone, so that draws do not depend on order or
// threads.
#pragma once
#include <cstdint>

namespace fenchel {

class Philox {
 public:
  Philox(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  // 53 random bits at position n, as a double in (0, 1).
  double uniform(std::uint64_t n) const {
    std::uint32_t c[4];
    block(n >> 1, c);
    const int half = static_cast<int>(n & 1) * 2;
    const std::uint64_t bits = (static_cast<std::uint64_t>(c[half]) << 32 | c[half + 1]) >> 11;
    return (static_cast<double>(bits) + 0.5) * 0x1p-53;
  }

  void block(std::uint64_t n, std::uint32_t c[4]) const {
    c[0] = static_cast<std::uint32_t>(n);
    c[1] = static_cast<std::uint32_t>(n >> 32);
    c[2] = static_cast<std::uint32_t>(stream_);
    c[3] = static_cast<std::uint32_t>(stream_ >> 32);
    auto k0 = static_cast<std::uint32_t>(seed_);
    auto k1 = static_cast<std::uint32_t>(seed_ >> 32);
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0];
      const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2];
      const std::uint32_t next[4] = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
                                     static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
      for (int i = 0; i < 4; ++i) c[i] = next[i];
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
  }

 private:
  std::uint64_t seed_, stream_;
};

}  // namespace fenchel
