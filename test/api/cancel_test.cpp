// Withdrawing: by cancellation slot, by stop_token, by the operators of awaitables. What waits is answered with
// cancelled and nothing done; what is in the driver goes on where the cancellation is total, else its answer or
// cancelled comes, with an outcome that is true.

#include "support.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

using namespace api;

namespace {

constexpr auto every_kind = {asio::cancellation_type::total, asio::cancellation_type::partial,
                             asio::cancellation_type::terminal, asio::cancellation_type::all};

// A session whose worker is inside of the driver, behind a lock on the file, until release().
class stuck {
public:
    stuck() {
        auto db = engine_.open(file_.string());
        make_items(db);
        reader_ = in_time(engine_.connect(file_.string()));
        checker_ = in_time(engine_.connect(file_.string("Timeout=1;")));
        session = in_time(engine_.connect(file_.string("Timeout=60000;")));
        (void)in_time(reader_.submit(sluice::protocol::begin()));
        (void)in_time(reader_.query("select id from item"));
    }
    // Comes back when the worker is in the driver.
    template <class Token>
    void insert(Token&& token) {
        session.async_query("insert into item values (4, 'pin', 1)", std::forward<Token>(token));
        // SQLite lets nobody begin to read while a writer waits for the last reader.
        while (outcome_of<sluice::row_set>(checker_.query("select id from item")).has_value()) {
        }
    }
    void release() { (void)in_time(reader_.submit(sluice::protocol::rollback())); }
    [[nodiscard]] const database& file() const { return file_; }
    [[nodiscard]] sluice::engine& engine() { return engine_; }

    sluice::session session;

private:
    database file_;
    sluice::engine engine_;
    sluice::session reader_;
    sluice::session checker_;
};

template <class T>
void check_cancelled(const sluice::result<T>& r) {
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().code() == sluice::errc::cancelled);
    CHECK(r.error().outcome() == sluice::outcome::none);
}

}  // namespace

TEST_CASE("cancel: by slot while queued") {
    stuck s;
    answer<sluice::row_set> first;
    s.insert(first.handler());
    for (const auto kind : every_kind) {
        asio::cancellation_signal signal;
        answer<sluice::row_set> a;
        s.session.async_query("insert into item values (5, 'rivet', 1)",
                              asio::bind_cancellation_slot(signal.slot(), a.handler()));
        CHECK(signal.slot().has_handler());
        signal.emit(kind);
        check_cancelled(a.get());
        // Late: nothing happens.
        signal.emit(kind);
    }
    CHECK_FALSE(first.is_there());
    s.release();
    CHECK(first.get().has_value());
    CHECK(in_time(s.session.query("select count(*) from item"))[0].get<int>(0) == 4);
}

TEST_CASE("cancel: every typed request and the start of a stream while queued") {
    stuck s;
    answer<sluice::row_set> first;
    s.insert(first.handler());
    asio::cancellation_signal signal;
    const auto withdrawn = [&]<class T>(answer<T>& a) {
        signal.emit(asio::cancellation_type::total);
        check_cancelled(a.get());
    };
    {
        answer<sluice::row_stream> a;
        s.session.async_stream("select 1", asio::bind_cancellation_slot(signal.slot(), a.handler()));
        withdrawn(a);
    }
    {
        answer<std::vector<item_struct>> a;
        s.session.async_query_as<item_struct>("select id, name, price from item",
                                              asio::bind_cancellation_slot(signal.slot(), a.handler()));
        withdrawn(a);
    }
    {
        answer<sluice::protocol::done> a;
        s.session.async_submit(sluice::protocol::begin(), asio::bind_cancellation_slot(signal.slot(), a.handler()));
        withdrawn(a);
    }
    {
        answer<sluice::protocol::done> a;
        s.session.async_close(asio::bind_cancellation_slot(signal.slot(), a.handler()));
        withdrawn(a);
    }
    s.release();
    CHECK(first.get().has_value());
    CHECK(in_time(s.session.query("select count(*) from item"))[0].get<int>(0) == 4);
}

TEST_CASE("cancel: a running request goes on where the cancellation is total and else has a true answer") {
    for (const auto kind : every_kind) {
        stuck s;
        asio::cancellation_signal signal;
        answer<sluice::row_set> a;
        s.insert(asio::bind_cancellation_slot(signal.slot(), a.handler()));
        signal.emit(kind);
        if (kind == asio::cancellation_type::total) CHECK_FALSE(a.is_there());
        s.release();
        const auto r = a.get();
        const int rows = in_time(s.session.query("select count(*) from item"))[0].get<int>(0);
        if (r) {
            CHECK(r->affected_rows() == 1);
            CHECK(rows == 4);
        } else {
            CHECK(kind != asio::cancellation_type::total);
            CHECK(r.error().code() == sluice::errc::cancelled);
            if (r.error().outcome() == sluice::outcome::none) CHECK(rows == 3);
        }
    }
}

TEST_CASE("cancel: by stop_token before and while queued and after") {
    stuck s;
    answer<sluice::row_set> first;
    s.insert(first.handler());
    const std::string insert = "insert into item values (5, 'rivet', 1)";
    std::stop_source early;
    early.request_stop();
    check_cancelled(
        outcome_of<sluice::row_set>(s.session.query(insert, sluice::request_options().stop(early.get_token()))));
    std::stop_source stop;
    auto queued = s.session.query(insert, sluice::request_options().stop(stop.get_token()));
    answer<sluice::row_set> by_token;
    s.session.async_query(insert, sluice::request_options().stop(stop.get_token()), by_token.handler());
    auto begun = s.session.submit(sluice::protocol::begin(), sluice::request_options().stop(stop.get_token()));
    auto opened = s.session.stream("select 1", sluice::stream_options().stop(stop.get_token()));
    stop.request_stop();
    check_cancelled(outcome_of<sluice::row_set>(std::move(queued)));
    check_cancelled(by_token.get());
    check_cancelled(outcome_of<sluice::protocol::done>(std::move(begun)));
    check_cancelled(outcome_of<sluice::row_stream>(std::move(opened)));
    CHECK_FALSE(first.is_there());
    s.release();
    CHECK(first.get().has_value());
    std::stop_source late;
    CHECK(in_time(s.session.query("select count(*) from item", sluice::request_options().stop(late.get_token())))[0]
              .get<int>(0) == 4);
    late.request_stop();
    CHECK(in_time(s.session.query("select 1")).size() == 1);
}

TEST_CASE("cancel: who waits for a session of a pool") {
    theatre house;
    auto db = house.engine().open(house.file().string(), sluice::pool_options().max_size(1));
    auto lent = in_time(db.acquire());
    for (const auto kind : every_kind) {
        asio::cancellation_signal signal;
        answer<sluice::session> a;
        db.async_acquire(asio::bind_cancellation_slot(signal.slot(), a.handler()));
        signal.emit(kind);
        check_cancelled(a.get());
        answer<sluice::row_set> b;
        db.async_query("select 1", asio::bind_cancellation_slot(signal.slot(), b.handler()));
        signal.emit(kind);
        check_cancelled(b.get());
    }
    std::stop_source stop;
    auto early = db.acquire(sluice::request_options().stop(stop.get_token()));
    auto query = db.query("select 1", sluice::request_options().stop(stop.get_token()));
    auto stream = db.stream("select 1", sluice::stream_options().stop(stop.get_token()));
    stop.request_stop();
    check_cancelled(outcome_of<sluice::session>(std::move(early)));
    check_cancelled(outcome_of<sluice::row_set>(std::move(query)));
    check_cancelled(outcome_of<sluice::row_stream>(std::move(stream)));
    check_cancelled(outcome_of<sluice::session>(db.acquire(sluice::request_options().stop(stop.get_token()))));
    auto next = db.query("select 1");
    lent = sluice::session();
    CHECK(in_time(std::move(next)).size() == 1);
}

TEST_CASE("cancel: a request on the session that a pool has lent it") {
    stuck s;
    auto db = s.engine().open(s.file().string("Timeout=60000;"));
    asio::cancellation_signal signal;
    answer<sluice::row_set> first;
    s.insert(first.handler());
    // It waits in the driver behind the same lock, or for the connect before; either way its answer comes.
    answer<sluice::row_set> a;
    db.async_query("insert into item values (5, 'rivet', 1)", asio::bind_cancellation_slot(signal.slot(), a.handler()));
    signal.emit(asio::cancellation_type::terminal);
    s.release();
    const auto r = a.get();
    CHECK((r.has_value() || r.error().code() == sluice::errc::cancelled));
    CHECK(first.get().has_value());
    const int rows = in_time(db.query("select count(*) from item"))[0].get<int>(0);
    if (r) CHECK(rows == 5);
    if (!r && r.error().outcome() == sluice::outcome::none) CHECK(rows == 4);
}

// Rows that take their time: each batch is a count through millions.
TEST_CASE("cancel: who waits for a batch gets it with the next call") {
    theatre house;
    auto s = house.set(true);
    s.stream =
        in_time(s.session.stream("with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000000) "
                                 "select max(i) from n"));
    asio::cancellation_signal signal;
    answer<std::optional<sluice::batch>> a;
    s.stream.async_next(asio::bind_cancellation_slot(signal.slot(), a.handler()));
    answer<std::optional<sluice::batch>> twice;
    s.stream.async_next(twice.handler());
    signal.emit(asio::cancellation_type::total);
    const auto r = a.get();
    const auto second = twice.get();
    if (!r) {
        check_cancelled(r);
        CHECK(second.error().code() == sluice::errc::operation_in_progress);
        CHECK((*in_time(s.stream.next()))[0].get<int>(0) == 2000000);
    }
    CHECK_FALSE(in_time(s.stream.next()).has_value());
}

TEST_CASE("cancel: a coroutine by its slot") {
    stuck s;
    answer<sluice::row_set> first;
    s.insert(first.handler());
    asio::io_context context;
    asio::cancellation_signal signal;
    std::optional<sluice::errc> came;
    asio::co_spawn(
        context,
        [](sluice::session& session, std::optional<sluice::errc>& code) -> asio::awaitable<void> {
            const auto r = co_await session.async_query("select 1");
            code = r ? sluice::errc::ok : r.error().code();
        }(s.session, came),
        asio::bind_cancellation_slot(signal.slot(), asio::detached));
    asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
    context.run();
    CHECK(came == sluice::errc::cancelled);
    s.release();
    CHECK(first.get().has_value());
}

TEST_CASE("cancel: the operator for either withdraws the one that waits") {
    using namespace asio::experimental::awaitable_operators;
    stuck s;
    answer<sluice::row_set> first;
    s.insert(first.handler());
    auto other = s.engine().open("Driver=SQLite3;Database=:memory:");
    run([](stuck& on, sluice::pool& free) -> asio::awaitable<void> {
        const auto sooner =
            co_await (on.session.async_query("insert into item values (5, 'rivet', 1)", sluice::use_awaitable) ||
                      free.async_query("select 1", sluice::use_awaitable));
        CHECK(sooner.index() == 1);
        asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
        const auto timed =
            co_await (on.session.async_query("insert into item values (5, 'rivet', 1)", sluice::use_awaitable) ||
                      timer.async_wait(asio::use_awaitable));
        CHECK(timed.index() == 1);
    }(s, other));
    CHECK_FALSE(first.is_there());
    s.release();
    CHECK(first.get().has_value());
    CHECK(in_time(s.session.query("select count(*) from item"))[0].get<int>(0) == 4);
}
