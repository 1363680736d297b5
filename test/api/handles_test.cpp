// Handles that are empty, moved from, closed, or whose engine is gone; and every order in which they can go.

#include "support.hpp"

#include <algorithm>
#include <array>

using namespace api;
using sluice::errc;

namespace {

// Whether it is answered with one of these and nothing done, by future and by callback.
template <class Op>
void refused(stage& s, const std::vector<errc>& codes) {
    INFO(Op::name);
    check_refused<Op>(outcome_of<typename Op::value>(Op::future(s)), codes);
    answer<typename Op::value> a;
    Op::start(s, a.handler());
    check_refused<Op>(a.get(), codes);
}

// Those that need only the session, and the connection of it.
template <class F>
void for_each_session_operation(F f) {
    using namespace operations;
    f.template operator()<query>();
    f.template operator()<stream>();
    f.template operator()<submit_execute>();
    f.template operator()<submit_stream_start>();
    f.template operator()<submit_begin>();
    f.template operator()<submit_commit>();
    f.template operator()<submit_rollback>();
}

}  // namespace

TEST_CASE("handles: what an empty one says of itself") {
    const sluice::session session;
    CHECK_FALSE(static_cast<bool>(session));
    CHECK(session.id().value() == 0);
    CHECK(session.facts().profile.empty());
    const sluice::row_stream stream;
    CHECK_FALSE(static_cast<bool>(stream));
    CHECK(stream.id().value() == 0);
    CHECK(stream.columns().empty());
    CHECK(stream.mode() == sluice::stream_mode::buffered_by_driver);
    CHECK(stream.warnings().empty());
    CHECK(stream.timings().executing == 0ns);
    const sluice::pool pool;
    CHECK_FALSE(static_cast<bool>(pool));
    const sluice::batch batch;
    CHECK(batch.empty());
    CHECK(batch.columns().empty());
    CHECK(batch.bytes() == 0);
    CHECK_THROWS_AS(batch.column<std::int64_t>(0), sluice::database_error);
    CHECK(batch.compact().empty());
    const sluice::row_set rows;
    CHECK(rows.empty());
    CHECK(rows.begin() == rows.end());
    CHECK(rows.columns().empty());
    CHECK_FALSE(rows.affected_rows().has_value());
}

TEST_CASE("handles: moved from") {
    theatre house;
    auto s = house.set<operations::on_stream>();
    const auto pool = std::move(s.pool);
    const auto session = std::move(s.session);
    const auto stream = std::move(s.stream);
    CHECK(static_cast<bool>(pool));
    CHECK(static_cast<bool>(session));
    CHECK(static_cast<bool>(stream));
    auto empty = house.set_empty();
    s.engine = empty.engine;
    for_each_operation([&]<class Op>() { refused<Op>(s, {errc::closed}); });
    CHECK_THROWS_AS(s.engine->open(s.connection), sluice::database_error);
    CHECK(s.engine->try_open(s.connection).error().code() == errc::closed);
}

TEST_CASE("handles: assigned over and to themselves") {
    theatre house;
    auto s = house.set<operations::on_stream>();
    auto& same = s.session;
    s.session = std::move(same);
    CHECK(in_time(s.stream.next()).has_value());
    s.stream = sluice::row_stream();
    CHECK(in_time(s.session.query("select 1")).size() == 1);
    s.session = in_time(house.engine().connect(house.file().string()));
    CHECK(in_time(s.session.query("select 1")).size() == 1);
    sluice::engine other;
    auto db = other.open(house.file().string());
    CHECK(in_time(db.query("select 1")).size() == 1);
    other = sluice::engine();
    CHECK(outcome_of<sluice::row_set>(db.query("select 1")).error().code() == errc::shutting_down);
    CHECK(in_time(other.open(house.file().string()).query("select 1")).size() == 1);
}

TEST_CASE("handles: a closed session") {
    theatre house;
    for_each_session_operation([&]<class Op>() {
        auto s = house.set(true);
        in_time(s.session.close());
        refused<Op>(s, {errc::closed});
        in_time(s.session.close());
        (void)in_time(s.session.submit(sluice::protocol::disconnect()));
    });
}

TEST_CASE("handles: close while others are queued") {
    theatre house;
    auto s = house.set(true);
    auto before = s.session.query("insert into item values (4, 'pin', 1)");
    auto closed = s.session.close();
    auto after = s.session.query("insert into item values (5, 'rivet', 1)");
    in_time(std::move(closed));
    CHECK(in_time(std::move(before)).affected_rows() == 1);
    CHECK(outcome_of<sluice::row_set>(std::move(after)).error().code() == errc::closed);
    CHECK(in_time(s.pool.query("select count(*) from item"))[0].get<int>(0) == 4);
}

// More rows than are ever fetched ahead: the worker cannot be at their end by itself.
const std::string many_rows =
    "with recursive n(i) as (values (1) union all select i + 1 from n where i < 1000) select i from n";

TEST_CASE("handles: a closed stream and one at its end") {
    theatre house;
    auto s = house.set(true);
    s.stream = in_time(s.session.stream(many_rows, sluice::stream_options().batch_rows(1).prefetch(1)));
    CHECK(outcome_of<sluice::row_set>(s.session.query("select 1")).error().code() == errc::session_busy);
    in_time(s.stream.close());
    refused<operations::next>(s, {errc::closed});
    in_time(s.stream.close());
    CHECK(in_time(s.session.query("select 1")).size() == 1);

    auto ended = in_time(s.session.stream("select id from item"));
    CHECK(in_time(ended.next())->rows() == 3);
    for (int i = 0; i < 3; ++i) CHECK_FALSE(in_time(ended.next()).has_value());
    CHECK(in_time(s.session.query("select 1")).size() == 1);
    in_time(ended.close());

    auto dropped = in_time(s.session.stream("select id from item", sluice::stream_options().batch_rows(1)));
    dropped = sluice::row_stream();
    CHECK(in_time(s.session.query("select 1")).size() == 1);
}

// Closing the session under a stream ends the stream with an error, not with the end of the rows.
TEST_CASE("handles: a session closed under its stream") {
    theatre house;
    auto s = house.set(true);
    auto stream = in_time(s.session.stream(many_rows, sluice::stream_options().batch_rows(1).prefetch(1)));
    in_time(s.session.close());
    std::optional<errc> last;
    for (int i = 0; i < 4 && !last; ++i) {
        const auto r = outcome_of<std::optional<sluice::batch>>(stream.next());
        if (!r)
            last = r.error().code();
        else
            REQUIRE(r->has_value());
    }
    CHECK(last == errc::closed);
    in_time(stream.close());
}

TEST_CASE("handles: the engine is gone") {
    const database file;
    auto engine = std::make_unique<sluice::engine>();
    stage s;
    s.connection = file.string();
    s.pool = engine->open(file.string());
    make_items(s.pool);
    s.session = in_time(engine->connect(file.string()));
    operations::on_stream::prepare(s);
    // A deferred operation may be launched when its engine is no more.
    auto later = engine->async_connect(file.string());
    auto queued = s.session.query("select 1");
    engine.reset();
    sluice::engine away;
    const sluice::engine taken = std::move(away);
    s.engine = &away;
    const auto gone = {errc::shutting_down, errc::closed};
    for_each_operation([&]<class Op>() {
        // Batches that were fetched before may still be had; closing what is closed is done.
        const bool may_succeed =
            std::is_same_v<Op, operations::next> || std::is_same_v<Op, operations::submit_stream_fetch> ||
            std::is_same_v<Op, operations::stream_close> || std::is_same_v<Op, operations::submit_stream_close>;
        if constexpr (may_succeed)
            (void)outcome_of<typename Op::value>(Op::future(s));
        else
            refused<Op>(s, gone);
    });
    CHECK_FALSE(outcome_of<std::optional<sluice::batch>>(s.stream.next()).has_value());
    answer<sluice::session> late;
    std::move(later)(late.handler());
    CHECK_FALSE(late.get().has_value());
    const auto answered = outcome_of<sluice::row_set>(std::move(queued));
    CHECK((answered.has_value() || answered.error().outcome() == sluice::outcome::none));
}

// Engine, pool, session, stream, batch and rows, in each order in which they can go, with an operation under way on
// each.
TEST_CASE("handles: every order of going") {
    theatre house;
    std::array<int, 6> order{0, 1, 2, 3, 4, 5};
    do {
        auto engine = std::make_unique<sluice::engine>();
        auto pool = engine->open(house.file().string());
        auto session = in_time(pool.acquire());
        auto stream = in_time(session.stream("select id, name from item", sluice::stream_options().batch_rows(1)));
        std::optional<sluice::batch> batch = in_time(stream.next());
        std::optional<sluice::row_set> rows;
        {
            auto other = in_time(engine->connect(house.file().string()));
            rows = in_time(other.query("select id, name from item"));
        }
        auto next = stream.next();
        auto waiting = pool.query("select 1");
        auto busy = session.query("select 1");
        for (const int which : order) {
            switch (which) {
                case 0:
                    engine.reset();
                    break;
                case 1:
                    pool = sluice::pool();
                    break;
                case 2:
                    session = sluice::session();
                    break;
                case 3:
                    stream = sluice::row_stream();
                    break;
                case 4:
                    batch.reset();
                    break;
                default:
                    rows.reset();
                    break;
            }
            if (batch) CHECK(batch->column<std::string_view>(1)[0] == "bolt");
            if (rows) CHECK((*rows)[2].get<std::string_view>(1) == long_name);
        }
        // Each is answered, whatever the order was.
        (void)outcome_of<std::optional<sluice::batch>>(std::move(next));
        (void)outcome_of<sluice::row_set>(std::move(waiting));
        (void)outcome_of<sluice::row_set>(std::move(busy));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("handles: dropped with work in the mailbox, which is done") {
    theatre house;
    auto s = house.set(true);
    std::vector<std::future<sluice::row_set>> done;
    for (int i = 0; i < 20; ++i) done.push_back(s.session.query("insert into item values (9, 'pin', 1)"));
    s.session = sluice::session();
    for (auto& f : done) CHECK(in_time(std::move(f)).affected_rows() == 1);
    auto lent = in_time(s.pool.acquire());
    auto last = lent.query("select count(*) from item where id = 9");
    lent = sluice::session();
    s.pool = sluice::pool();
    CHECK(in_time(std::move(last))[0].get<int>(0) == 20);
}

TEST_CASE("handles: what a pool lends comes back clean") {
    theatre house;
    auto s = house.set(false);
    s.pool = house.engine().open(s.connection, sluice::pool_options().max_size(1));
    {
        auto lent = in_time(s.pool.acquire());
        (void)in_time(lent.submit(sluice::protocol::begin()));
        (void)in_time(lent.query("insert into item values (4, 'pin', 1)"));
    }
    CHECK(in_time(s.pool.query("select count(*) from item"))[0].get<int>(0) == 3);
    {
        auto lent = in_time(s.pool.acquire());
        auto stream = in_time(lent.stream("select id from item", sluice::stream_options().batch_rows(1)));
        lent = sluice::session();
        // The stream keeps the session for itself.
        CHECK(outcome_of<sluice::row_set>(s.pool.query("select 1", sluice::request_options().timeout(1ms)))
                  .error()
                  .code() == errc::pool_exhausted);
        CHECK(in_time(stream.next())->rows() == 1);
    }
    CHECK(in_time(s.pool.query("select 1")).size() == 1);
    {
        auto lent = in_time(s.pool.acquire());
        in_time(lent.close());
    }
    CHECK(in_time(s.pool.query("select 1")).size() == 1);
}

TEST_CASE("handles: ids that are wrong and fields that are out of range") {
    theatre house;
    auto s = house.set(true);
    using namespace sluice::protocol;
    const auto code = [](const auto& r) {
        return r ? errc::ok : r.error().code();
    };
    using fetched = std::optional<sluice::batch>;
    CHECK(code(outcome_of<fetched>(s.session.submit(stream_fetch(sluice::stream_id())))) == errc::stale_handle);
    CHECK(code(outcome_of<fetched>(s.session.submit(stream_fetch(sluice::stream_id(77))))) == errc::stale_handle);
    CHECK(code(outcome_of<done>(s.session.submit(stream_close(sluice::stream_id(77))))) == errc::stale_handle);
    stream_start wide("select id from item");
    wide.prefetch = 100;
    wide.batch_rows = 0;
    const auto refused_start = outcome_of<stream_start::reply>(s.session.submit(std::move(wide)));
    REQUIRE(code(refused_start) == errc::invalid_argument);
    CHECK(refused_start.error().message().find("prefetch") != std::string::npos);
    CHECK(refused_start.error().message().find("batch_rows") != std::string::npos);
    execute nothing("select id from item");
    nothing.result_bytes_max = 0;
    CHECK(code(outcome_of<sluice::row_set>(s.session.submit(std::move(nothing)))) == errc::invalid_argument);
    CHECK(code(outcome_of<done>(s.session.submit(commit()))) == errc::invalid_argument);
    (void)in_time(s.session.submit(begin()));
    CHECK(code(outcome_of<done>(s.session.submit(begin()))) == errc::transaction_active);
    (void)in_time(s.session.submit(rollback()));
    CHECK(in_time(s.session.query("select 1")).size() == 1);
}
