// Where handlers run, what keeps a context running, and what a handler may do.

#include "comes_true.hpp"
#include "support.hpp"

#include <boost/asio/any_completion_handler.hpp>

using namespace api;

namespace {

// The thread on which the executor runs what it is given.
template <class Executor>
[[nodiscard]] std::thread::id thread_of(const Executor& executor) {
    std::promise<std::thread::id> where;
    executor.execute([&] { where.set_value(std::this_thread::get_id()); });
    return in_time(where.get_future());
}

// An engine with a pool and a session on the same file, and a session that is closed.
struct handles {
    template <class... Executor>
    explicit handles(const database& file, Executor&&... executor)
        : engine(std::forward<Executor>(executor)...),
          db(engine.open(file.string())),
          session(in_time(engine.connect(file.string()))),
          closed(in_time(engine.connect(file.string()))) {
        in_time(closed.close());
    }
    sluice::engine engine;
    sluice::pool db;
    sluice::session session;
    sluice::session closed;
};

// A request that succeeds, one that the server refuses, one that ends before it is accepted, one on an empty handle.
struct answers {
    explicit answers(handles& h) {
        h.db.async_query("select id from item", good.handler());
        h.session.async_query("select missing from nowhere", bad.handler());
        h.session.async_query("select 1", sluice::request_options().timeout(-1s), refused.handler());
        h.closed.async_query("select 1", closed.handler());
    }
    [[nodiscard]] bool are_there() const {
        return good.is_there() && bad.is_there() && refused.is_there() && closed.is_there();
    }
    // Where each of them came, if it is one place.
    [[nodiscard]] std::thread::id where() {
        CHECK(good.get().has_value());
        CHECK(bad.get().error().code() == sluice::errc::syntax);
        CHECK(refused.get().error().code() == sluice::errc::invalid_argument);
        CHECK(closed.get().error().code() == sluice::errc::closed);
        CHECK(bad.where() == good.where());
        CHECK(refused.where() == good.where());
        CHECK(closed.where() == good.where());
        return good.where();
    }
    answer<sluice::row_set> good;
    answer<sluice::row_set> bad;
    answer<sluice::row_set> refused;
    answer<sluice::row_set> closed;
};

struct items : database {
    items() {
        sluice::engine engine;
        auto db = engine.open(string());
        make_items(db);
    }
};

}  // namespace

// Not on a worker: the one thread is that of the engine's executor. Not inside of the initiating function: it is not
// ours.
TEST_CASE("threads: handlers run on the completion thread of the engine") {
    const items file;
    handles h(file);
    answers a(h);
    const auto where = a.where();
    CHECK(where == thread_of(h.engine.get_executor()));
    CHECK(where != std::this_thread::get_id());
}

TEST_CASE("threads: an engine on an io_context") {
    const items file;
    asio::io_context context;
    handles h(file, context.get_executor());
    answers a(h);
    // None of the handlers names an executor; run() waits for all of them.
    context.run();
    REQUIRE(a.are_there());
    CHECK(a.where() == std::this_thread::get_id());
    context.restart();
    CHECK(context.poll() == 0);
}

TEST_CASE("threads: an engine on an any_io_executor and on a strand") {
    const items file;
    asio::io_context context;
    handles any(file, asio::any_io_executor(context.get_executor()));
    handles strand(file, asio::make_strand(context));
    answers a(any);
    answers b(strand);
    context.run();
    REQUIRE(a.are_there());
    REQUIRE(b.are_there());
    CHECK(a.where() == std::this_thread::get_id());
    CHECK(b.where() == std::this_thread::get_id());
}

TEST_CASE("threads: an engine on a thread_pool") {
    const items file;
    asio::thread_pool threads(1);
    handles h(file, threads.get_executor());
    answers a(h);
    CHECK(a.where() == thread_of(asio::require(threads.get_executor(), asio::execution::blocking.never)));
}

TEST_CASE("threads: an engine on the system executor") {
    const items file;
    handles h(file, asio::system_executor());
    answer<sluice::row_set> a;
    h.closed.async_query("select 1", a.handler());
    CHECK(a.get().error().code() == sluice::errc::closed);
    CHECK(a.where() != std::this_thread::get_id());
}

TEST_CASE("threads: an engine on a loop that has only execute") {
    const items file;
    gui_loop loop;
    handles h(file, loop.get_executor());
    answers a(h);
    REQUIRE(loop.run_until([&] { return a.are_there(); }));
    CHECK(a.where() == std::this_thread::get_id());
}

// It calls at once where it is told, which is neither on a worker nor where the operation was started.
TEST_CASE("threads: an engine on an executor that calls at once") {
    const items file;
    handles h(file, inline_executor());
    answers a(h);
    const auto where = a.where();
    CHECK(where != std::this_thread::get_id());
    CHECK(where == thread_of(sluice::engine_executor()));
}

TEST_CASE("threads: a handler on an executor that calls at once") {
    const items file;
    handles h(file);
    answer<sluice::row_set> good;
    answer<sluice::row_set> closed;
    h.db.async_query("select id from item", asio::bind_executor(inline_executor(), good.handler()));
    h.closed.async_query("select id from item", asio::bind_executor(inline_executor(), closed.handler()));
    CHECK(good.get().has_value());
    CHECK_FALSE(closed.get().has_value());
    CHECK(good.where() == thread_of(h.engine.get_executor()));
    CHECK(closed.where() == good.where());
}

// any_completion_executor cannot promise not to call at once, and an io_context does so on its own thread.
TEST_CASE("threads: never inline behind an any_completion_handler") {
    const items file;
    handles h(file);
    asio::io_context context;
    bool starting = false;
    bool inlined = true;
    asio::post(context, [&] {
        starting = true;
        asio::any_completion_handler<void(sluice::result<sluice::row_set>)> erased(
            asio::bind_executor(context, [&](const sluice::result<sluice::row_set>&) { inlined = starting; }));
        h.closed.async_query("select 1", std::move(erased));
        starting = false;
    });
    context.run();
    CHECK_FALSE(inlined);
}

TEST_CASE("threads: a handler bound to a context runs there and not on the engine") {
    const items file;
    asio::io_context ours;
    asio::io_context other;
    handles h(file, other.get_executor());
    answer<sluice::row_set> a;
    h.db.async_query("select id from item", asio::bind_executor(ours, a.handler()));
    ours.run();
    REQUIRE(a.is_there());
    CHECK(a.get().has_value());
    CHECK(a.where() == std::this_thread::get_id());
}

TEST_CASE("threads: the executor of an engine takes what is posted to it") {
    const items file;
    asio::io_context context;
    sluice::engine engine(context.get_executor());
    bool posted = false;
    asio::post(engine.get_executor(), [&] { posted = true; });
    CHECK_FALSE(posted);
    context.run();
    CHECK(posted);
    CHECK(engine.get_executor() == engine.get_executor());
    CHECK_FALSE(engine.get_executor() == sluice::engine_executor());
}

namespace {

// Counts down by one query after the other, each started in the handler of the one before.
void count_down(sluice::pool& db, int left, std::promise<int>& done) {
    if (left <= 0) return done.set_value(left);
    db.async_query("select ?", sluice::args(left - 1), [&db, &done](sluice::result<sluice::row_set> r) {
        count_down(db, r ? (*r)[0].get<int>(0) : -1, done);
    });
}

}  // namespace

TEST_CASE("threads: a handler submits the next") {
    const items file;
    handles h(file);
    std::promise<int> done;
    count_down(h.db, 200, done);
    CHECK(in_time(done.get_future()) == 0);
}

TEST_CASE("threads: a handler drops the handles") {
    const items file;
    handles h(file);
    auto stream = in_time(h.session.stream("select id from item", sluice::stream_options().batch_rows(1)));
    std::promise<std::size_t> done;
    stream.async_next([&](sluice::result<std::optional<sluice::batch>> r) {
        stream = sluice::row_stream();
        h.session = sluice::session();
        h.db = sluice::pool();
        done.set_value((*r)->rows());
    });
    CHECK(in_time(done.get_future()) == 1);
    CHECK(in_time(h.engine.connect(file.string())).facts().profile == "sqlite");
}

TEST_CASE("threads: a handler destroys the engine on the completion thread of the engine") {
    const items file;
    auto engine = std::make_unique<sluice::engine>();
    auto db = engine->open(file.string());
    std::promise<bool> done;
    db.async_query("select id from item", [&](sluice::result<sluice::row_set> r) {
        engine.reset();
        done.set_value(r.has_value());
    });
    CHECK(in_time(done.get_future()));
    CHECK_FALSE(outcome_of<sluice::row_set>(db.query("select 1")).has_value());
}

TEST_CASE("threads: a handler destroys the engine on a context") {
    const items file;
    asio::io_context context;
    auto engine = std::make_unique<sluice::engine>(context.get_executor());
    auto db = engine->open(file.string());
    std::size_t rows = 0;
    std::optional<sluice::errc> late;
    db.async_query("select id from item", [&](sluice::result<sluice::row_set> r) {
        rows = r->size();
        db.async_query("select id from item", [&](sluice::result<sluice::row_set> second) {
            late = second ? sluice::errc::ok : second.error().code();
        });
        engine.reset();
    });
    context.run();
    CHECK(rows == 3);
    // Answered before or after the engine went, but answered.
    REQUIRE(late.has_value());
    CHECK((*late == sluice::errc::ok || *late == sluice::errc::shutting_down));
}

// The exception leaves run() of the handler's executor, as with all of Asio.
TEST_CASE("threads: a handler that throws") {
    const items file;
    handles h(file);
    asio::io_context context;
    h.db.async_query("select id from item", asio::bind_executor(context, [](const sluice::result<sluice::row_set>&) {
                         throw std::runtime_error("from the handler");
                     }));
    CHECK_THROWS_WITH(context.run(), "from the handler");
    CHECK(in_time(h.db.query("select id from item")).size() == 3);
}

namespace {

// Says when it dies.
struct mourned {
    explicit mourned(std::shared_ptr<int> of) : alive(std::move(of)) { ++*alive; }
    mourned(mourned&& other) noexcept : alive(std::move(other.alive)) {}
    ~mourned() {
        if (alive) --*alive;
    }
    std::shared_ptr<int> alive;
};

// Another session is in the way of whoever writes to the file, until it is told to go.
class obstacle {
public:
    explicit obstacle(const database& file) : session_(in_time(engine_.connect(file.string()))) {
        (void)in_time(session_.submit(sluice::protocol::begin()));
        (void)in_time(session_.query("select id from item"));
    }
    void go() { (void)in_time(session_.submit(sluice::protocol::rollback())); }

private:
    sluice::engine engine_;
    sluice::session session_;
};

}  // namespace

TEST_CASE("threads: a context that is destroyed takes what waits for it along") {
    const items file;
    const auto alive = std::make_shared<int>(0);
    obstacle before(file);
    {
        sluice::engine engine;
        auto session = in_time(engine.connect(file.string("Timeout=60000;")));
        std::future<sluice::row_set> last;
        {
            asio::io_context context;
            // In the driver until the obstacle goes; the coroutine, and the handlers behind it, wait.
            asio::co_spawn(
                context,
                [](sluice::session& s, mourned) -> asio::awaitable<void> {
                    (void)co_await s.async_query("insert into item values (4, 'pin', 1)", sluice::use_awaitable);
                }(session, mourned(alive)),
                asio::detached);
            context.poll();  // or the others would come before it
            session.async_query("select 1", asio::bind_executor(context, [m = mourned(alive)](auto) {}));
            session.async_query("select 1",
                                asio::bind_executor(asio::make_strand(context), [m = mourned(alive)](auto) {}));
            session.async_query("select 1", asio::bind_executor(asio::any_io_executor(context.get_executor()),
                                                                [m = mourned(alive)](auto) {}));
            auto never = session.async_query("select 1");
            context.poll();
            last = session.query("select count(*) from item");
            CHECK(*alive == 4);
        }
        CHECK(*alive == 0);
        before.go();
        CHECK(in_time(std::move(last))[0].get<int>(0) == 4);
    }
}

TEST_CASE("threads: an engine whose context is destroyed first") {
    const items file;
    const auto alive = std::make_shared<int>(0);
    obstacle before(file);
    auto context = std::make_unique<asio::io_context>();
    {
        sluice::engine engine(asio::make_strand(*context));
        auto session = in_time(engine.connect(file.string("Timeout=60000;")));
        session.async_query("insert into item values (4, 'pin', 1)", [m = mourned(alive)](auto) {});
        answer<sluice::row_set> bound;
        asio::thread_pool elsewhere(1);
        session.async_query("select count(*) from item", asio::bind_executor(elsewhere, bound.handler()));
        CHECK(context->poll() == 0);
        context.reset();
        before.go();
        CHECK(bound.get().value()[0].get<int>(0) == 4);
        // What has nowhere to go is dropped, not run.
        session.async_query("select 1", [m = mourned(alive)](auto) {});
        CHECK(in_time(session.query("select 1")).size() == 1);
        // Dropped on the thread for handlers that have none.
        (void)thread_of(sluice::engine_executor());
    }
    CHECK(*alive == 0);
}

// An answer that has come but was never taken: what it holds is given up with the context.
TEST_CASE("threads: answers left in a context that is destroyed") {
    const items file;
    sluice::engine engine;
    auto db = engine.open(file.string(), sluice::pool_options().max_size(1));
    {
        asio::io_context context;
        db.async_acquire(asio::bind_executor(context, [](sluice::result<sluice::session>) {}));
        db.async_stream("select id from item", asio::bind_executor(context, [](sluice::result<sluice::row_stream>) {}));
        // The session is lent to the handler that does not run; the pool waits for it behind.
        CHECK(
            outcome_of<sluice::row_set>(db.query("select 1", sluice::request_options().timeout(1ms))).error().code() ==
            sluice::errc::pool_exhausted);
    }
    CHECK(in_time(db.query("select id from item")).size() == 3);
}

TEST_CASE("threads: a load whose context is gone tells what is in the table") {
    const items file;
    auto context = std::make_unique<asio::io_context>();
    sluice::engine engine(context->get_executor());
    auto db = engine.open(file.string());
    int asked = 0;
    auto loading = db.bulk_insert_parallel([&]() -> std::optional<sluice::bulk_rows> {
        sluice::bulk_rows rows("item");
        rows.column("id", std::vector<int>{100 + ++asked}).column("name", std::vector<std::string>{"late"});
        return rows;
    });
    while (asked < 2) context->run_one();
    sluice::engine other;
    auto session = in_time(other.connect(file.string()));
    CHECK(sluice::testing::comes_true(
        [&] { return in_time(session.query("select count(*) from item where id > 100"))[0].get<int>(0) == 1; }));
    // Nobody runs the context, so the second chunk is not begun.
    context.reset();
    const sluice::bulk_loaded made = in_time(std::move(loading));
    REQUIRE(made.failure);
    CHECK(made.failure->code() == sluice::errc::shutting_down);
    CHECK(made.settled_rows + made.unsettled.size() == 1);
    for (const auto& chunk : made.unsettled) CHECK(chunk.outcome == sluice::outcome::unknown);
}
