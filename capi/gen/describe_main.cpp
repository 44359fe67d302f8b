// describe_main.cpp -- prints the description; capi/gen/generate.py reads it.
#include <cstdio>

#include "describe.hpp"

int main() {
  const std::string text = fenchel::capi::describe();
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
