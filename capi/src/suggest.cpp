#include "suggest.hpp"

#include <algorithm>
#include <cstring>

#include "guard.hpp"

namespace fenchel::capi {
namespace {

constexpr std::size_t kLongest = 64;  // of a refused name, in messages and comparisons

// Printable ASCII only: the message must not depend on anybody's encoding.
std::string printable(const char* name) {
  std::string out(name, strnlen(name, kLongest + 1));
  const bool cut = out.size() > kLongest;
  out.resize(std::min(out.size(), kLongest));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return cut ? out + "..." : out;
}

std::string quoted(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "'" : ", '") + name + "'";
  return out;
}

}  // namespace

int edit_distance(const std::string& a, const std::string& b) {
  const std::size_t width = b.size() + 1;
  std::vector<int> d((a.size() + 1) * width);
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      int& best = d[i * width + j];
      best = static_cast<int>(i == 0 ? j : i);
      if (i == 0 || j == 0) continue;
      best = std::min({d[(i - 1) * width + j] + 1, d[i * width + j - 1] + 1,
                       d[(i - 1) * width + j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = std::min(best, d[(i - 2) * width + j - 2] + 1);
    }
  }
  return d.back();
}

int find_name(const char* argument, const char* name, const std::vector<std::string>& names) {
  require(name, argument);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<int>(i);
  }
  const std::string shown = printable(name);
  std::vector<std::string> near;
  int least = 1 + static_cast<int>(shown.size()) / 3;  // further away is no likely slip
  for (const std::string& candidate : names) {
    const int distance = edit_distance(shown, candidate);
    const bool prefix = shown.size() >= 3 && candidate.compare(0, shown.size(), shown) == 0;
    if (distance < least) near.clear();
    if (distance <= least || prefix) near.push_back(candidate);
    least = std::min(least, distance);
  }
  const std::string question = near.empty() ? "" : "did you mean " + quoted(near) + "? ";
  fail(Status::NAME, "% is '%'; %known: %", argument, shown, question, quoted(names));
}

}  // namespace fenchel::capi
