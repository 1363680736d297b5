// The one main of all tests: compiled once, because Catch2's own part takes longer to compile than a test.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
