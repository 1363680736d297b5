// An error in the middle of a stream or of a whole result: exactly the rows before it, then the error, for ever; never
// a silent end; and a session that goes on.
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::uint64_t rows_in_all = 23;

std::string failing_at(std::uint64_t row) {
    return "rows " + std::to_string(rows_in_all) + " error " + std::to_string(row) + " 22012 7 'division by zero'";
}

// Each time the same error.
void check_repeats(row_stream& of, const error& first) {
    for (int again = 0; again < 3; ++again) {
        const error e = error_of(of.next());
        if (e.code() != first.code() || e.sqlstate() != first.sqlstate() || e.native() != first.native() ||
            e.message() != first.message() || e.outcome() != first.outcome() || e.session() != first.session())
            FAIL("the error has become another one: " << e.to_string() << " instead of " << first.to_string());
    }
}

}  // namespace

TEST_CASE("a stream that fails at any row gives exactly the rows before it and then its error for ever") {
    world w("stream errors");
    {
        engine engine;
        auto session = w.connect(engine);
        for (const std::size_t batch_rows : {1U, 2U, 5U, 8U, 22U, 23U, 64U}) {
            for (const std::size_t prefetch : {1U, 2U, 8U}) {
                const auto how = stream_options().batch_rows(batch_rows).prefetch(prefetch);
                for (std::uint64_t row = 0; row <= rows_in_all; ++row) {
                    INFO("batch_rows " << batch_rows << " prefetch " << prefetch << " error at row " << row);
                    auto stream = answer(session.stream(failing_at(row), how));
                    const reading got = read(stream);
                    REQUIRE(got.rows == row);
                    REQUIRE(got.batches == (row + batch_rows - 1) / batch_rows);
                    REQUIRE(got.failure);
                    REQUIRE(got.failure->code() == errc::data);
                    REQUIRE(got.failure->sqlstate() == "22012");
                    REQUIRE(got.failure->native() == 7);
                    REQUIRE(got.failure->session() == session_state::usable);
                    // At once, with the failed stream still there.
                    REQUIRE(answer(session.query("rows 1")).size() == 1);
                    check_repeats(stream, *got.failure);
                }
            }
        }
    }
    w.judge();
}

TEST_CASE("a stream without an error ends with nullopt for ever after all its rows") {
    world w("stream ends");
    {
        engine engine;
        auto session = w.connect(engine);
        for (const std::size_t batch_rows : {1U, 2U, 5U, 8U, 22U, 23U, 64U}) {
            for (const std::uint64_t rows : {std::uint64_t{0}, std::uint64_t{1}, rows_in_all}) {
                auto stream = answer(session.stream("rows " + std::to_string(rows),
                                                    stream_options().batch_rows(batch_rows).prefetch(2)));
                const reading got = read(stream);
                REQUIRE_FALSE(got.failure);
                REQUIRE(got.rows == rows);
                for (int again = 0; again < 3; ++again) REQUIRE_FALSE(answer(stream.next()));
                REQUIRE(answer(session.query("rows 1")).size() == 1);
                REQUIRE_FALSE(answer(stream.next()));
            }
        }
    }
    w.judge();
}

TEST_CASE("a whole result that fails at any row is an error and nothing of it is delivered") {
    world w("whole errors");
    {
        engine engine;
        auto session = w.connect(engine);
        for (std::uint64_t row = 0; row <= rows_in_all; ++row) {
            INFO("error at row " << row);
            const error e = error_of(session.query(failing_at(row)));
            REQUIRE(e.code() == errc::data);
            REQUIRE(e.sqlstate() == "22012");
            REQUIRE(e.session() == session_state::usable);
            const auto rows = answer(session.query("rows " + std::to_string(row)));
            std::uint64_t next = 0;
            for (const auto& part : rows.batches()) check_rows(part, next);
            REQUIRE(next == row);
        }
        REQUIRE(answer(session.query(failing_at(rows_in_all + 1))).size() == rows_in_all);
    }
    w.judge();
}

TEST_CASE("a read that fails in the middle has the outcome none") {
    world w("read fails");
    w.faults.add("answer 'select a from t' with rows 23 error 5 22012");
    {
        engine engine;
        auto session = w.connect(engine);
        CHECK(error_of(session.query("select a from t")).outcome() == outcome::none);
        auto stream = answer(session.stream("select a from t"));
        CHECK(read(stream).failure->outcome() == outcome::none);
    }
    w.judge();
}

TEST_CASE("a fetch that fails without a diagnostic is an error and not the end") {
    world w("fetch without a diagnostic");
    {
        engine engine;
        auto session = w.connect(engine);
        for (int fetch = 1; fetch <= 4; ++fetch) {
            w.faults.clear_rules();
            w.faults.add("at fetch " + std::to_string(fetch) + " error");
            auto stream = answer(session.stream("rows 20", stream_options().batch_rows(10)));
            const reading got = read(stream);
            if (fetch > 3) {
                CHECK_FALSE(got.failure);
                CHECK(got.rows == 20);
                continue;
            }
            REQUIRE(got.failure);
            CHECK(got.rows == 10 * static_cast<std::uint64_t>(fetch - 1));
            CHECK_FALSE(got.failure->message().empty());
            check_repeats(stream, *got.failure);
            CHECK(answer(session.query("rows 1")).size() == 1);
        }
    }
    w.judge();
}

TEST_CASE("a connection lost at any row gives the rows before it and the session says so") {
    world w("lost in a stream");
    {
        engine engine;
        for (std::uint64_t row = 0; row <= rows_in_all; row += 4) {
            auto session = w.connect(engine, connect_options().reconnect(row % 8 == 0));
            auto stream = answer(session.stream("rows 23 lost " + std::to_string(row), stream_options().batch_rows(5)));
            const reading got = read(stream);
            REQUIRE(got.rows == row);
            REQUIRE(got.failure);
            CHECK(got.failure->code() == errc::connection_lost);
            CHECK(got.failure->session() == session_state::broken);
            check_repeats(stream, *got.failure);
            if (row % 8 == 0) {  // another connection is made for what comes after
                CHECK(answer(session.query("rows 1")).size() == 1);
                continue;
            }
            const error after = error_of(session.query("rows 1"));
            CHECK(after.code() == errc::connection_lost);
            CHECK(after.outcome() == outcome::none);
        }
    }
    w.judge();
}
