#include <sluice/protocol/connection_string.hpp>
#include <sluice/protocol/limits.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

namespace {

connection_string parsed(std::string_view text) {
    auto made = connection_string::parse(text);
    INFO(text);
    REQUIRE(made.has_value());
    return *made;
}

error refused(std::string_view text) {
    const auto made = connection_string::parse(text);
    INFO(text);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code() == errc::invalid_argument);
    CHECK(made.error().outcome() == outcome::none);
    return made.error();
}

bool says(const error& e, std::string_view text) {
    return e.message().find(text) != std::string::npos;
}

using names = std::vector<std::string>;

std::string random_bytes(std::mt19937_64& random, std::size_t longest, std::string_view from) {
    std::string text(random() % (longest + 1), 'x');
    for (char& c : text) {
        if (random() % 2 == 0)
            c = from[random() % from.size()];
        else
            c = static_cast<char>(1 + random() % 255);
    }
    return text;
}

constexpr std::string_view awkward = "[]{}(),;?*=!@ \t\n\r\v\f\\\"'&%$aZ";

connection_string random_string(std::mt19937_64& random) {
    connection_string made;
    const std::size_t count = random() % 8;
    for (std::size_t i = 0; i < count; ++i) {
        std::string key = random_bytes(random, 6, awkward);
        for (char& c : key)
            if (std::string_view(";={} \t\n\r\v\f").find(c) != std::string_view::npos) c = 'k';
        made.set("k" + key, random_bytes(random, 20, awkward));
    }
    return made;
}

}  // namespace

TEST_CASE("a connection string is taken apart") {
    const auto c = parsed("Driver={SQLite3};Database=/data/app.db;Timeout=2000");
    CHECK(c.keys() == names{"Driver", "Database", "Timeout"});
    CHECK(c.size() == 3);
    CHECK(c.get("Driver") == "SQLite3");
    CHECK(c.get("DATABASE") == "/data/app.db");
    CHECK(c.contains("timeout"));
    CHECK_FALSE(c.contains("time"));
    CHECK_FALSE(c.get("pwd"));
}

TEST_CASE("blanks around keys and values do not count but within braces they do") {
    const auto c = parsed("  a = one two  ;\tb\t=\t{ x }  ; c d =;\n e={};");
    CHECK(c.get("a") == "one two");
    CHECK(c.get("b") == " x ");
    CHECK(c.get("c d") == "");
    CHECK(c.get("e") == "");
    CHECK(c.size() == 4);
}

TEST_CASE("braces hold every character and a doubled one is one") {
    const auto c = parsed("PWD={a;b=c}}d{e};UID=x{y}z;Q={}}};R={}}}}};S={{}");
    CHECK(c.get("PWD") == "a;b=c}d{e");
    CHECK(c.get("UID") == "x{y}z");
    CHECK(c.get("Q") == "}");
    CHECK(c.get("R") == "}}");
    CHECK(c.get("S") == "{");
}

TEST_CASE("an equals sign in a value belongs to it") {
    CHECK(parsed("a=b=c=d").get("a") == "b=c=d");
    CHECK(parsed("a==").get("a") == "=");
}

TEST_CASE("empty parts are left out") {
    CHECK(parsed("").empty());
    CHECK(parsed(" ; ;;  ").empty());
    CHECK(parsed(";;a=1;;b=2;;").keys() == names{"a", "b"});
}

TEST_CASE("of a key that comes twice the first value counts") {
    const auto c = parsed("Driver=one;x=1;DRIVER=two;driver={three}");
    CHECK(c.get("driver") == "one");
    CHECK(c.keys() == names{"Driver", "x"});
}

TEST_CASE("what is wrong is said with its place") {
    CHECK(says(refused("abc"), "a part without '=' at byte 0"));
    CHECK(says(refused("a=1; b;c=2"), "a part without '=' at byte 5"));
    CHECK(says(refused("=1"), "an empty key at byte 0"));
    CHECK(says(refused("a=1; =2"), "an empty key at byte 5"));
    CHECK(says(refused("{a}=1"), "a brace in a key at byte 0"));
    CHECK(says(refused("a={b"), "a brace that is not closed"));
    CHECK(says(refused("a={b}}"), "a brace that is not closed"));
    CHECK(says(refused("a={b}c"), "text after a closing brace"));
    CHECK(says(refused("a={b} c;d=e"), "at byte 6"));
    CHECK(says(refused(std::string_view("a=b\0c", 5)), "NUL at byte 3"));
    CHECK(says(refused(std::string_view("a={\0}", 5)), "NUL at byte 3"));
}

TEST_CASE("everything that is wrong is said at once") {
    const error e = refused("one;=2;{three}=3;four={4}4;five={5");
    CHECK(says(e, "a part without '=' at byte 0"));
    CHECK(says(e, "an empty key at byte 4"));
    CHECK(says(e, "a brace in a key at byte 7"));
    CHECK(says(e, "text after a closing brace (a brace within a value is written twice) at byte 25"));
    CHECK(says(e, "a brace that is not closed (a brace within a value is written twice) at byte 32"));
}

TEST_CASE("a very wrong string has a short error") {
    std::string text;
    for (int i = 0; i < 4000; ++i) text += "x;";
    CHECK(refused(text).message().size() < 2000);
}

TEST_CASE("a string that is too long is refused") {
    const std::size_t most = limits::connection_string_bytes_max;
    CHECK(parsed("a=" + std::string(most - 2, 'x')).get("a")->size() == most - 2);
    CHECK(says(refused("a=" + std::string(most - 1, 'x')), "16384"));
    CHECK(says(refused("a=" + std::string(most - 2, '@')), "16384"));
    CHECK(says(refused(std::string(std::size_t{1} << 20, ';')), "16384"));
    connection_string c;
    c.set("a", std::string(most - 2, 'x'));
    CHECK_THROWS_AS(c.set("b", ""), database_error);
    CHECK(c.size() == 1);
    CHECK_NOTHROW(c.set("A", "short").set("b", ""));
}

TEST_CASE("a string is built in order and escaped where it has to be") {
    const std::string text =
        connection_string().set("Driver", "SQLite3").set("Database", "/a b;c").set("PWD", "}{").set("Empty", "").str();
    CHECK(text == "Driver=SQLite3;Database={/a b;c};PWD={}}{};Empty=");
    for (const char c : std::string_view("[]{}(),;?*=!@")) {
        const std::string content = std::string("x") + c + "y";
        INFO(content);
        const std::string doubled = c == '}' ? "x}}y" : content;
        CHECK(connection_string().set("k", content).str() == "k={" + doubled + "}");
    }
    for (const char* content : {" x", "x ", "\tx", "x\n", " "})
        CHECK(connection_string().set("k", content).str() == std::string("k={") + content + "}");
    for (const char* content : {"x", "a b", "/dir/file.db", "C:\\x", "caf\xc3\xa9", "'q'"})
        CHECK(connection_string().set("k", content).str() == std::string("k=") + content);
}

TEST_CASE("set replaces in place and erase takes away") {
    connection_string c;
    c.set("a", "1").set("b", "2").set("A", "3");
    CHECK(c.str() == "a=3;b=2");
    CHECK(c.erase("B"));
    CHECK_FALSE(c.erase("b"));
    CHECK(c.str() == "a=3");
    CHECK(c == connection_string().set("A", "3"));
    CHECK_FALSE(c == connection_string().set("a", "4"));
    CHECK_FALSE(c == connection_string());
}

TEST_CASE("keys and values that no string can hold are refused and change nothing") {
    connection_string c;
    c.set("a", "1");
    for (const std::string_view key :
         {std::string_view(""), std::string_view("a;b"), std::string_view("a=b"), std::string_view("{a"),
          std::string_view("a}"), std::string_view(" a"), std::string_view("a "), std::string_view("a\0b", 3)}) {
        CHECK_THROWS_AS(c.set(key, "x"), database_error);
    }
    CHECK_THROWS_AS(c.set("k", std::string_view("x\0y", 3)), database_error);
    CHECK(c.str() == "a=1");
}

TEST_CASE("what was built is read back whatever its bytes are") {
    std::mt19937_64 random(4711);
    for (int i = 0; i < 3000; ++i) {
        const connection_string made = random_string(random);
        const auto again = connection_string::parse(made.str());
        REQUIRE(again.has_value());
        REQUIRE(*again == made);
        REQUIRE(again->str() == made.str());
        for (const std::string& key : made.keys()) REQUIRE(again->get(key) == made.get(key));
    }
}

TEST_CASE("any bytes are read or refused and what is read is stable") {
    std::mt19937_64 random(42);
    int good = 0;
    for (int i = 0; i < 5000; ++i) {
        const auto made = connection_string::parse(random_bytes(random, 30, "{}{};;==ab "));
        if (!made) continue;
        ++good;
        const auto again = connection_string::parse(made->str());
        REQUIRE(again.has_value());
        REQUIRE(*again == *made);
    }
    CHECK(good > 100);
}

TEST_CASE("secrets are hidden by their key whatever its case") {
    for (const char* key :
         {"pwd",         "PWD",          "Password",    "passwd",           "secret",        "Token",
          "ApiKey",      "API_KEY",      "accesstoken", "ACCESS_TOKEN",     "Authorization", "auth",
          "SAS",         "SasToken",     "sas_token",   "ConnectionString", "PrimaryKey",    "SecondaryKey",
          "SSLPassword", "client_secret"}) {
        INFO(key);
        const auto c = connection_string().set("Server", "db").set(key, "canary;{}").set("UID", "me");
        CHECK(c.redacted() == "Server=db;" + std::string(key) + "=***;UID=me");
        CHECK(c.str().find("canary") != std::string::npos);
    }
}

TEST_CASE("secrets within a value hide the whole of it") {
    for (const char* content : {"sslmode=require password=canary", "PASSWORD = canary", "a:1,pwd:canary",
                                "{\"token\": \"canary\"}", "postgres://me:canary@host/db", "x=1;Pwd=canary"}) {
        INFO(content);
        CHECK(connection_string().set("pqopt", content).redacted() == "pqopt=***");
    }
    CHECK(connection_string().set("Options", "sslmode=require").redacted() == "Options={sslmode=require}");
    CHECK(connection_string().set("Database", "/password/file").redacted() == "Database=/password/file");
}

TEST_CASE("no error shows any part of the string") {
    const std::string secret = "canary";
    const std::vector<std::string> around = {"PWD=%",         "PWD=%;%",
                                             "PWD={%",        "PWD={%}%",
                                             "PWD={%}}",      "%",
                                             "%;%",           "=%",
                                             "{%}=%",         "PWD=a;%=b;",
                                             "a=1;PWD=x;{%=", "PWD={%};%;b={c}d%",
                                             "Driver={x;%}%", " % ; % = { % } % "};
    int refusals = 0;
    for (const std::string& shape : around) {
        std::string text;
        for (const char c : shape) text += c == '%' ? secret : std::string(1, c);
        for (const std::string& tried :
             {text, text + '\0', text + std::string(limits::connection_string_bytes_max, 'x')}) {
            const auto made = connection_string::parse(tried);
            if (made) continue;
            ++refusals;
            CHECK(made.error().to_string().find(secret) == std::string::npos);
        }
    }
    CHECK(refusals > 30);
    try {
        connection_string c;
        c.set("canary;", "canary");
        FAIL("nothing was thrown");
    } catch (const database_error& e) {
        CHECK(std::string(e.what()).find(secret) == std::string::npos);
    }
}

}  // namespace sluice
