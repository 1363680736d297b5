#include "mixed_work.hpp"

#include <sluice/runtime/async.hpp>
#include <sluice/runtime/async_statement.hpp>
#include <sluice/runtime/async_transaction.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>

namespace sluice::testing {
namespace {

namespace asio = boost::asio;
using attempt = asio::awaitable<std::optional<error>>;

constexpr std::int64_t queries_each = 8;

// Everything on the thread that runs the context.
class jobs {
public:
    jobs(pool& on, const work_texts& texts, int attempts) : db_(on), texts_(texts), attempts_(attempts) {}

    [[nodiscard]] work_report run(std::size_t count) {
        asio::io_context context;
        for (std::size_t n = 0; n < count; ++n)
            asio::co_spawn(context, one(static_cast<std::int64_t>(n)),
                           [this](const std::exception_ptr& thrown) { note(thrown); });
        context.run();
        return std::move(report_);
    }

private:
    void note(const std::exception_ptr& thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const std::exception& e) {
            report_.wrong.emplace_back(e.what());
        }
    }
    asio::awaitable<void> one(std::int64_t number) {
        for (int left = attempts_; left > 0; --left) {
            const std::optional<error> failed = co_await try_it(number);
            if (!failed) {
                ++report_.right;
                if (writes(number)) ++report_.transactions_right;
                co_return;
            }
            report_.met.push_back(*failed);
            const bool harmless = failed->outcome() == outcome::none || !writes(number);
            if (left == 1 || !harmless) {
                report_.failed.push_back(*failed);
                co_return;
            }
        }
    }
    [[nodiscard]] static bool writes(std::int64_t number) { return number % 5 == 2; }
    attempt try_it(std::int64_t number) {
        switch (number % 5) {
            case 0:
                return queries(number);
            case 1:
                return stream();
            case 2:
                return writing(number);
            case 3:
                return prepared(number);
            default:
                return catalog();
        }
    }

    void expect(bool right, const char* what) {
        if (!right) report_.wrong.emplace_back(what);
    }
    void expect_echo(const row_set& rows, std::int64_t wanted, const char* what) {
        expect(rows.size() == 1 && rows[0].get<std::int64_t>(0) == wanted, what);
    }

    attempt queries(std::int64_t number) {
        for (std::int64_t n = 0; n < queries_each; ++n) {
            const std::int64_t wanted = number * queries_each + n;
            const auto rows = co_await db_.async_query(texts_.echo, args(wanted));
            if (!rows) co_return rows.error();
            expect_echo(*rows, wanted, "a query");
        }
        co_return std::nullopt;
    }
    attempt stream() {
        auto opened = co_await db_.async_stream(texts_.stream);
        if (!opened) co_return opened.error();
        std::int64_t rows = 0;
        std::int64_t sum = 0;
        while (true) {
            const auto part = co_await opened->async_next();
            if (!part) co_return part.error();
            if (!*part) break;
            for (const std::int64_t value : (*part)->column<std::int64_t>(0)) {
                ++rows;
                sum += value;
            }
        }
        expect(rows == texts_.rows && sum == texts_.sum, "a stream");
        co_return std::nullopt;
    }
    attempt writing(std::int64_t number) {
        auto tx = co_await db_.async_begin();
        if (!tx) co_return tx.error();
        std::string write = texts_.write;
        write.replace(write.find('@'), 1, std::to_string(number));
        for (int n = 0; n < 2; ++n) {
            const auto done = co_await tx->async_query(write);
            if (!done) co_return done.error();
            expect(done->affected_rows() == 1, "a write");
        }
        const auto ended = co_await tx->async_commit();
        if (!ended) co_return ended.error();
        co_return std::nullopt;
    }
    attempt prepared(std::int64_t number) {
        auto mine = co_await db_.async_acquire();
        if (!mine) co_return mine.error();
        auto echo = co_await mine->async_prepare(texts_.echo);
        if (!echo) co_return echo.error();
        for (std::int64_t n = 0; n < queries_each; ++n) {
            const auto rows = co_await echo->async_query(args(number + n));
            if (!rows) co_return rows.error();
            expect_echo(*rows, number + n, "a prepared statement");
        }
        co_return std::nullopt;
    }
    attempt catalog() {
        for (int n = 0; n < 2; ++n) {
            const auto rows = co_await db_.async_catalog(texts_.catalog);
            if (!rows) co_return rows.error();
            expect(rows->size() >= texts_.catalog_rows_least, "the catalog");
        }
        co_return std::nullopt;
    }

    pool& db_;
    const work_texts& texts_;
    const int attempts_;
    work_report report_;
};

}  // namespace

work_report run_jobs(pool& on, const work_texts& texts, std::size_t count, int attempts) {
    return jobs(on, texts, attempts).run(count);
}

}  // namespace sluice::testing
