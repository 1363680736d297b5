#include <sluice/protocol/limits.hpp>
#include <sluice/protocol/session_setting.hpp>

#include <catch2/catch.hpp>

#include <vector>

using sluice::session_setting;

TEST_CASE("settings that a DBMS may take have no problems") {
    const std::vector<session_setting> all{{session_setting::kind::time_zone, "UTC"},
                                           {"app.tenant", ""},
                                           {"_x9", std::string(sluice::limits::setting_value_bytes_max, 'v')}};
    CHECK_FALSE(problems_of(all));
    CHECK(all[0].text() == "time_zone");
    CHECK(all[1].text() == "app.tenant");
}

TEST_CASE("all that is wrong with settings is told in one error and no value is") {
    using namespace std::string_literals;
    const std::vector<session_setting> all{{session_setting::kind::role, ""},
                                           {"a b", "secret"},
                                           {"", "secret"},
                                           {"a.", "secret"},
                                           {"1a", "secret"},
                                           {"a", "se\0cret"s},
                                           {"a", std::string(sluice::limits::setting_value_bytes_max + 1, 's')}};
    const auto wrong = problems_of(all);
    REQUIRE(wrong);
    CHECK(wrong->code() == sluice::errc::invalid_argument);
    for (std::size_t i = 1; i <= all.size(); ++i)
        CHECK_THAT(wrong->message(), Catch::Contains("setting " + std::to_string(i)));
    CHECK_THAT(wrong->message(), !Catch::Contains("secret"));
    CHECK(problems_of(std::vector<session_setting>(sluice::limits::settings_max + 1, {"a", "b"})));
}
