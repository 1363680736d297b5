// What is wrong from the start is said at once, all of it, and starts nothing.

#include "support.hpp"

using namespace api;
using sluice::errc;

namespace {

[[nodiscard]] std::ptrdiff_t threads() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}

[[nodiscard]] bool says(const sluice::error& e, std::initializer_list<std::string_view> parts) {
    return std::all_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return e.message().find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("misuse: an engine with options out of range") {
    const auto before = threads();
    const auto e =
        thrown([] { const sluice::engine bad(sluice::engine_options().sessions_max(0).shutdown_grace(-1s)); });
    CHECK(threads() == before);
    CHECK(e.code() == errc::invalid_argument);
    CHECK(says(e, {"sessions_max", "shutdown_grace"}));
    const auto large =
        thrown([] { const sluice::engine bad(sluice::engine_options().sessions_max(1025).shutdown_grace(601s)); });
    CHECK(threads() == before);
    CHECK(says(large, {"sessions_max", "1025", "1024", "shutdown_grace", "600 s"}));
    asio::io_context context;
    CHECK(thrown([&] {
              const sluice::engine bad(context.get_executor(), sluice::engine_options().sessions_max(0));
          }).code() == errc::invalid_argument);
    const sluice::engine good(sluice::engine_options().sessions_max(1).shutdown_grace(0s));
    CHECK(threads() > before);
}

TEST_CASE("misuse: open with a malformed string and options out of range") {
    sluice::engine engine;
    const auto before = threads();
    const auto options = sluice::pool_options().waiters_max(100000).connect(
        sluice::connect_options().mailbox_slots(0).login_timeout(-1s).timeout(-1s));
    const auto e = thrown([&] { (void)engine.open("Driver=SQLite3;nonsense;=x;Password={secret", options); });
    CHECK(e.code() == errc::invalid_argument);
    CHECK(e.outcome() == sluice::outcome::none);
    CHECK(says(e, {"waiters_max", "mailbox_slots", "login_timeout", "timeout is negative", "="}));
    CHECK(e.to_string().find("secret") == std::string::npos);
    CHECK(engine.try_open("Driver=SQLite3;nonsense;=x;Password={secret", options).error().message() == e.message());
    CHECK(thrown([&] { (void)engine.open(""); }).code() == errc::invalid_argument);
    CHECK(thrown([&] { (void)engine.open("Driver=SQLite3", options); }).code() == errc::invalid_argument);
    // connect says the same, through its future.
    const auto connected = outcome_of<sluice::session>(
        engine.connect("nonsense", sluice::connect_options().mailbox_slots(100000).login_timeout(3601s)));
    REQUIRE_FALSE(connected.has_value());
    CHECK(connected.error().code() == errc::invalid_argument);
    CHECK(says(connected.error(), {"mailbox_slots", "login_timeout"}));
    CHECK(threads() == before);
}

TEST_CASE("misuse: a pool that is open has not connected") {
    sluice::engine engine;
    const auto before = threads();
    auto db = engine.open("Driver=Nobody;Database=/nowhere");
    CHECK(threads() == before);
    const auto r = outcome_of<sluice::row_set>(db.query("select 1"));
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().outcome() == sluice::outcome::none);
    CHECK(says(r.error(), {"Nobody"}));
}

TEST_CASE("misuse: options of a request and of a stream") {
    theatre house;
    auto s = house.set(true);
    const auto request = outcome_of<sluice::row_set>(
        s.session.query("select 1", sluice::request_options().timeout(-1s).result_bytes_max(0)));
    CHECK(request.error().code() == errc::invalid_argument);
    CHECK(says(request.error(), {"timeout", "result_bytes_max"}));
    const auto stream = outcome_of<sluice::row_stream>(
        s.pool.stream("select 1", sluice::stream_options().batch_rows(0).batch_bytes(0).prefetch(9).timeout(-1s)));
    CHECK(stream.error().code() == errc::invalid_argument);
    CHECK(says(stream.error(), {"timeout", "batch_rows", "batch_bytes", "prefetch"}));
    const auto acquired = outcome_of<sluice::session>(s.pool.acquire(sluice::request_options().timeout(-1s)));
    CHECK(acquired.error().code() == errc::invalid_argument);
    const auto late = outcome_of<sluice::row_set>(
        s.session.query("select 1", sluice::request_options().deadline(sluice::clock::now() - 1s)));
    CHECK(late.error().code() == errc::deadline);
    CHECK(in_time(s.session.query("select 1")).size() == 1);
}

TEST_CASE("misuse: statements and parameters") {
    theatre house;
    auto s = house.set(true);
    auto& db = s.session;
    const auto code = [&](std::future<sluice::row_set> f) {
        const auto r = outcome_of<sluice::row_set>(std::move(f));
        if (!r) {
            CHECK(r.error().outcome() == sluice::outcome::none);
            CHECK(r.error().session() == sluice::session_state::usable);
            CHECK_FALSE(r.error().message().empty());
        }
        return r ? errc::ok : r.error().code();
    };
    using namespace std::string_literals;
    CHECK(code(db.query("")) == errc::invalid_argument);
    CHECK(code(db.query("select 1\0select 2"s)) == errc::invalid_argument);
    CHECK(code(db.query("select ?", sluice::args())) == errc::invalid_argument);
    CHECK(code(db.query("select ?", sluice::args(1, 2))) == errc::invalid_argument);
    CHECK(code(db.query("select 1", sluice::args::from(std::vector<sluice::value>(
                                        40000, sluice::value(std::int64_t{1}))))) == errc::too_large);
    CHECK(code(db.query("selekt 1")) == errc::syntax);
    CHECK(code(db.query("select 1")) == errc::ok);
    // Each way to ask says the same.
    CHECK(outcome_of<sluice::row_stream>(db.stream("")).error().code() == errc::invalid_argument);
    CHECK(outcome_of<sluice::row_set>(db.submit(sluice::protocol::execute(""))).error().code() ==
          errc::invalid_argument);
    CHECK(code(db.query("select 1")) == errc::ok);
}
