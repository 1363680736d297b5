#include <sluice/protocol/error.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <sstream>
#include <string>

namespace sluice {

namespace {

error_record full_record() {
    error_record record;
    record.code = errc::constraint;
    record.message = "the row is there already";
    record.function = "SQLExecute";
    record.outcome = outcome::none;
    record.session = session_state::usable;
    record.row = 7;
    record.column = 2;
    diagnostic first;
    first.sqlstate = "23505";
    first.native = 1;
    first.message = "duplicate key\nDETAIL: Key (id)=(1)";
    diagnostic second;
    second.sqlstate = "01000";
    second.native = -3;
    second.message = "and more";
    second.row = 4;
    second.column = 5;
    record.records = {first, second};
    return record;
}

}  // namespace

TEST_CASE("every code has a name of its own") {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(errc::rejected); ++i) {
        const auto name = to_string(static_cast<errc>(i));
        CHECK(name != "?");
        CHECK(names.insert(name).second);
    }
    CHECK(to_string(errc::ok) == "ok");
    CHECK(to_string(errc::queue_full) == "queue_full");
    CHECK(to_string(errc::closed) == "closed");
    CHECK(to_string(errc::type_mismatch) == "type_mismatch");
    CHECK(to_string(errc::operation_in_progress) == "operation_in_progress");
    CHECK(to_string(errc::rejected) == "rejected");
    CHECK(to_string(static_cast<errc>(200)) == "?");
}

TEST_CASE("outcomes and session states have names") {
    CHECK(to_string(outcome::none) == "none");
    CHECK(to_string(outcome::applied) == "applied");
    CHECK(to_string(outcome::unknown) == "unknown");
    CHECK(to_string(session_state::usable) == "usable");
    CHECK(to_string(session_state::transaction_failed) == "transaction_failed");
    CHECK(to_string(session_state::broken) == "broken");
    CHECK(to_string(session_state::quarantined) == "quarantined");
    CHECK(to_string(session_state::none) == "none");
    CHECK(to_string(static_cast<outcome>(99)) == "?");
}

TEST_CASE("an error says everything on one line") {
    const error e(full_record());
    CHECK(e.to_string() ==
          "constraint: the row is there already (outcome none; session usable; in SQLExecute; row 7; column 2) "
          "[23505 native 1: duplicate key DETAIL: Key (id)=(1)] [01000 native -3 row 4 column 5: and more]");
    std::ostringstream out;
    out << e;
    CHECK(out.str() == e.to_string());
}

TEST_CASE("an error says its times where there are any") {
    using namespace std::chrono_literals;
    error_record record;
    record.code = errc::deadline;
    record.outcome = outcome::unknown;
    record.timings.queued = 1500us;
    record.timings.executing = 2s;
    CHECK(error(record).to_string() ==
          "deadline (outcome unknown; queued 1500 us; executing 2000000 us; fetching 0 us)");
}

TEST_CASE("text of a server never breaks the line") {
    std::string control;
    for (char c = 0; c < 32; ++c) control += c;
    control += '\x7f';
    error_record record;
    record.code = errc::rejected;
    record.message = control;
    record.function = control;
    diagnostic d;
    d.sqlstate = control;
    d.message = control + "\xc3\xa9";
    record.records.push_back(d);
    const std::string text = error(record).to_string();
    CHECK(std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 32 || c == 127; }));
    CHECK(text.find("\xc3\xa9") != std::string::npos);
}

TEST_CASE("the parts of an error come back as they were given") {
    const error e(full_record());
    CHECK(e.code() == errc::constraint);
    CHECK(e.sqlstate() == "23505");
    CHECK(e.native() == 1);
    CHECK(e.function() == "SQLExecute");
    CHECK(e.diagnostics().size() == 2);
    CHECK(e.row() == 7);
    CHECK(e.column() == 2);
    error copy;
    copy = e;
    CHECK(&copy.record() == &e.record());
}

TEST_CASE("no error is ok and has nothing to say") {
    const error e;
    CHECK(e.code() == errc::ok);
    CHECK(e.to_string() == "ok");
    CHECK(e.sqlstate().empty());
    CHECK(e.native() == 0);
    CHECK(e.diagnostics().empty());
    CHECK(e.row() == -1);
    CHECK(e.session() == session_state::none);
}

TEST_CASE("value of a failed result throws the error whole") {
    const result<int> failed = error(full_record());
    REQUIRE_FALSE(failed.has_value());
    try {
        (void)failed.value();
        FAIL("nothing was thrown");
    } catch (const database_error& thrown) {
        CHECK(thrown.code() == errc::constraint);
        CHECK(thrown.error().sqlstate() == "23505");
        CHECK(thrown.what() == failed.error().to_string());
    }
    const result<int> good = 3;
    CHECK(good.value() == 3);
    CHECK(good.error().code() == errc::ok);
}

TEST_CASE("each code has one of the four categories") {
    CHECK(category(errc::deadline) == error_category::timeout);
    CHECK(category(errc::pool_exhausted) == error_category::timeout);
    CHECK(category(errc::cancelled) == error_category::interrupted);
    CHECK(category(errc::connection_lost) == error_category::interrupted);
    CHECK(category(errc::shutting_down) == error_category::interrupted);
    CHECK(category(errc::session_busy) == error_category::protocol);
    CHECK(category(error(errc::type_mismatch, "of a stream")) == error_category::protocol);
    CHECK(category(error(errc::constraint, "of the server")) == error_category::sql);
    for (int code = 0; code <= static_cast<int>(errc::rejected); ++code)
        CHECK(to_string(category(static_cast<errc>(code))) != "?");
    CHECK(to_string(error_category::interrupted) == "interrupted");
}

TEST_CASE("an error has the one that led to it and why a pool had no session") {
    CHECK(error().cause().code() == errc::ok);
    CHECK_FALSE(error().shortage());
    error_record why;
    why.code = errc::unreachable;
    why.message = "nobody listens";
    error_record record;
    record.code = errc::pool_exhausted;
    record.cause = std::make_shared<const error_record>(why);
    record.shortage.emplace();
    record.shortage->reason = shortage_reason::down;
    record.shortage->max_size = 3;
    const error e(record);
    CHECK(e.cause().code() == errc::unreachable);
    CHECK(e.cause().message() == "nobody listens");
    CHECK(e.cause().cause().code() == errc::ok);
    CHECK(e.shortage() == record.shortage);
    CHECK(to_string(shortage_reason::exhausted) == "exhausted");
    CHECK(to_string(shortage_reason::connecting) == "connecting");
    CHECK(to_string(e.shortage()->reason) == "down");
}

}  // namespace sluice
