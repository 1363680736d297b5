#include "catalog_columns.hpp"
#include "describe.hpp"
#include "prepared_use.hpp"
#include "result_plan.hpp"
#include "row_reader.hpp"
#include "statement.hpp"

#include <sluice/odbc/cursor.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::odbc {

// Members are destroyed from the last to the first: the reader goes before the statement it reads from, but its buffers
// are bound there, so close() frees the statement first.
struct cursor::impl {
    executed_statement statement;
    result_plan plan;
    std::unique_ptr<row_reader> reader;
    std::optional<error> failure;
    bool ended = false;

    explicit impl(executed_statement s) noexcept : statement(std::move(s)) { ++statement.connection->open_cursors; }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl() { (void)close(); }

    [[nodiscard]] result<void> open(std::vector<described_column> columns, const cursor_options& options);
    [[nodiscard]] result<std::shared_ptr<protocol::batch_storage>> fetch(protocol::batch_source& source);
    [[nodiscard]] read_rows next(protocol::batch_source& source);
    result<void> close();
};

namespace {

// Owns nothing, so that an empty cursor needs no memory.
std::shared_ptr<const schema> no_columns() noexcept {
    static const schema none;
    return {std::shared_ptr<const schema>(), &none};
}

}  // namespace

result<void> cursor::impl::open(std::vector<described_column> columns, const cursor_options& options) {
    const driver_profile& profile = *statement.connection->profile;
    plan = make_plan(profile, std::move(columns), options);
    // Execution asks for packets of as many rows as a batch may have.
    if (statement.declare_fetch) plan.fetch_rows = options.batch_rows;
    plan.on_failure = outcome_so_far(statement.effects);
    const reading from{statement, plan};
    auto made = plan.way == reading_way::block ? read_blocks(from) : read_single_rows(from);
    if (!made && plan.way == reading_way::block && profile.kind == driver_kind::other &&
        !statement.connection->broken && take_back_blocks(from)) {
        // A driver without blocks of rows.
        plan.way = reading_way::single_row_unbound;
        made = read_single_rows(from);
    }
    if (!made) return std::move(made).error();
    reader = std::move(*made);
    return {};
}

read_rows cursor::impl::next(protocol::batch_source& source) {
    read_rows answer;
    answer.failure = reading{statement, plan}.stopped();
    if (answer.failure) return answer;
    watched_call call(*statement.connection, way_in_fetch(statement), plan.on_failure);
    answer = reader->next(source);
    if (call.leave()) statement.interrupted = true;
    return answer;
}

result<std::shared_ptr<protocol::batch_storage>> cursor::impl::fetch(protocol::batch_source& source) {
    std::shared_ptr<protocol::batch_storage> none;
    if (!failure && !ended) {
        read_rows read = next(source);
        failure = std::move(read.failure);
        ended = read.end;
        tell_outcome(*statement.connection, failure ? failure->outcome() : ended ? outcome::applied : plan.on_failure);
        if (read.rows) return std::move(read.rows);
    }
    if (failure) return *failure;
    return none;
}

// Frees the statement whatever the driver answers.
result<void> cursor::impl::close() {
    result<void> answer;
    if (!statement.handle) return answer;
    connection_state& connection = *statement.connection;
    if (!connection.broken) {
        watched_call call(connection);
        const SQLRETURN rc = SQLFreeStmt(statement.handle.get(), SQL_CLOSE);
        (void)call.leave();
        if (!api::succeeded(rc))
            answer = to_error(connection, phase::closing, failed_call(rc, "SQLFreeStmt", statement.handle),
                              statement.effects);
    }
    const bool fine = answer && !failure && !statement.interrupted;
    rest_cursor(connection, std::move(statement.kept), statement.handle, fine);
    --connection.open_cursors;
    if (statement.declare_fetch && !connection.broken) {
        auto stopped = stop_streaming(connection);
        if (answer && !stopped) answer = std::move(stopped);
    }
    return answer;
}

cursor::cursor() noexcept : columns_(no_columns()) {}
cursor::cursor(std::unique_ptr<impl> open) noexcept : impl_(std::move(open)), columns_(impl_->plan.columns) {}
cursor::cursor(cursor&& other) noexcept
    : impl_(std::move(other.impl_)), columns_(std::exchange(other.columns_, no_columns())) {}
cursor& cursor::operator=(cursor&& other) noexcept {
    impl_ = std::move(other.impl_);
    columns_ = std::exchange(other.columns_, no_columns());
    return *this;
}
cursor::~cursor() = default;

stream_mode cursor::mode() const noexcept {
    return impl_ ? impl_->statement.mode : stream_mode::buffered_by_driver;
}

result<std::shared_ptr<protocol::batch_storage>> cursor::fetch(protocol::batch_source& source) {
    return impl_->fetch(source);
}

result<void> cursor::close() {
    const auto closing = std::move(impl_);
    return closing ? closing->close() : result<void>();
}

result<cursor> open_cursor(executed_statement statement, const cursor_options& options) {
    auto columns =
        statement.kept.columns ? result<std::vector<described_column>>(*statement.kept.columns) : describe(statement);
    // The server refuses to execute it with another result.
    if (columns && !statement.kept.columns && !statement.kept.key.empty() &&
        statement.connection->profile->keeps == keeping::any)
        statement.kept.columns = std::make_shared<const std::vector<described_column>>(*columns);
    // From here on whatever leaves this function frees the statement and ends its streaming.
    auto made = std::make_unique<cursor::impl>(std::move(statement));
    if (!columns) return std::move(columns).error();
    if (options.catalog) give_standard_columns(*options.catalog, *columns);
    if (columns->empty()) {
        if (auto closed = made->close(); !closed) return std::move(closed).error();
        return cursor();
    }
    if (auto opened = made->open(std::move(*columns), options); !opened) {
        made->statement.kept.key.clear();
        return std::move(opened).error();
    }
    return cursor(std::move(made));
}

}  // namespace sluice::odbc
