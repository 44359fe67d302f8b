// unit_main.cpp -- the entry of unit_tests; the cases are in **/*_test.cpp.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
