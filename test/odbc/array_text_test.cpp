// The text of an array as PostgreSQL reads it.
#include "array_text.hpp"

#include <catch2/catch.hpp>

using sluice::odbc::array_text;
using namespace std::string_view_literals;

TEST_CASE("an array of nothing is empty and one is used again after it was taken") {
    array_text made;
    CHECK(made.take() == "{}");
    made.add_plain("1");
    CHECK(made.take() == "{1}");
    CHECK(made.take() == "{}");
}

TEST_CASE("elements are separated and NULL is none of the texts") {
    array_text made;
    made.add_null();
    made.add_plain("-12.5");
    made.add_quoted("NULL");
    made.add_quoted("");
    CHECK(made.take() == R"({NULL,-12.5,"NULL",""})");
}

TEST_CASE("what has a meaning in the text of an array is quoted") {
    array_text made;
    made.add_quoted(R"(a"b)");
    made.add_quoted(R"(\)");
    made.add_quoted(R"("\"\)");
    made.add_quoted("{,} \n\xC3\xA4");
    CHECK(made.take() == "{\"a\\\"b\",\"\\\\\",\"\\\"\\\\\\\"\\\\\",\"{,} \n\xC3\xA4\"}");
}

TEST_CASE("bytes are written as two digits each") {
    array_text made;
    made.add_bytes("");
    made.add_bytes("a\0\xFF"sv);
    CHECK(made.take() == R"({"\\x","\\x6100ff"})");
}
