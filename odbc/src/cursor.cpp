#include "catalog_columns.hpp"
#include "describe.hpp"
#include "next_result.hpp"
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
    cursor_options options;
    result_plan plan;
    std::unique_ptr<row_reader> reader;  // of the present result; null: it has no columns
    std::optional<error> failure;
    bool read = false;               // the present result, to its end
    std::optional<following> after;  // what follows it, once that is known

    impl(executed_statement s, const cursor_options& how) noexcept : statement(std::move(s)), options(how) {
        plan.on_failure = outcome_so_far(statement.effects);
        ++statement.connection->open_cursors;
    }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl() { (void)close(); }

    [[nodiscard]] result<void> open(std::vector<described_column> columns);
    // The same statement once more, with the same columns, its buffers still bound; `again` is taken then. False: for
    // other options than these.
    [[nodiscard]] bool open_again(executed_statement& again, const cursor_options& how) noexcept;
    [[nodiscard]] result<std::shared_ptr<protocol::batch_storage>> fetch(protocol::batch_source& source);
    [[nodiscard]] result<std::optional<another_result>> next_result();
    void look_ahead();
    [[nodiscard]] bool stays_bound() const noexcept;
    [[nodiscard]] result<void> open_next();
    [[nodiscard]] read_rows next(protocol::batch_source& source);
    // `self`: where somebody owns it, so that it may be kept with its statement.
    result<void> close(const std::shared_ptr<impl>& self = nullptr);
};

namespace {

// Owns nothing, so that an empty cursor needs no memory.
std::shared_ptr<const schema> no_columns() noexcept {
    static const schema none;
    return {std::shared_ptr<const schema>(), &none};
}

}  // namespace

result<void> cursor::impl::open(std::vector<described_column> columns) {
    const driver_profile& profile = *statement.connection->profile;
    plan = make_plan(profile, std::move(columns), options);
    // Execution asks for packets of as many rows as a batch may have.
    if (statement.declare_fetch) plan.fetch_rows = options.batch_rows;
    plan.on_failure = outcome_so_far(statement.effects);
    plan.stays_bound = stays_bound();
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

// Where the driver has the whole result, and there is not much memory to be kept.
bool cursor::impl::stays_bound() const noexcept {
    const driver_kind kind = statement.connection->profile->kind;
    if (statement.kept.key.empty() || statement.mode == stream_mode::incremental || options.catalog) return false;
    if (kind == driver_kind::other || options.how != cursor_options::reading::whole) return false;
    const bool one_row = kind == driver_kind::sqlite && plan.way == reading_way::single_row;
    if (plan.way != reading_way::block && !one_row) return false;
    std::size_t bytes = 0;
    for (const column_plan& cell : plan.cells)
        bytes += one_row ? cell.bound : cell.form == cell_form::as_stored ? cell.stride : cell.stride + cell.bound;
    return bytes * (one_row ? 1 : plan.first_rows) <= limits::kept_rows_bytes_max;
}

bool cursor::impl::open_again(executed_statement& again, const cursor_options& how) noexcept {
    const bool same = how.how == options.how && how.batch_rows == options.batch_rows &&
                      how.batch_bytes == options.batch_bytes && !how.catalog &&
                      again.mode == stream_mode::buffered_by_driver;
    if (!same) return false;
    statement = std::move(again);
    options = how;
    plan.on_failure = outcome_so_far(statement.effects);
    failure.reset();
    read = false;
    after.reset();
    ++statement.connection->open_cursors;
    return true;
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
    if (!failure && !read && reader) {
        read_rows step = next(source);
        failure = std::move(step.failure);
        read = step.end;
        tell_outcome(*statement.connection, failure ? failure->outcome()
                                            : read  ? outcome_between(statement.effects)
                                                    : plan.on_failure);
        if (step.rows) return std::move(step.rows);
    }
    look_ahead();
    if (failure) return *failure;
    return none;
}

void cursor::impl::look_ahead() {
    if (failure || after) return;
    auto found = go_on(statement);
    if (found) {
        after = std::move(*found);
        // The next result has other columns.
        if (after->another && reader && !unbind_rows(statement.handle, plan.way))
            failure = reading{statement, plan}.misbehaved("SQLFreeStmt", "the driver does not let go of bound columns");
    } else {
        failure = std::move(found).error();
    }
    const outcome effect = failure ? failure->outcome() : after->another ? plan.on_failure : outcome::applied;
    if (statement.connection->effect != effect) tell_outcome(*statement.connection, effect);
}

result<std::optional<another_result>> cursor::impl::next_result() {
    look_ahead();
    if (failure) return *failure;
    if (!after->another) return std::optional<another_result>();
    if (auto opened = open_next(); !opened) {
        failure = std::move(opened).error();
        tell_outcome(*statement.connection, failure->outcome());
        return *failure;
    }
    another_result found{after->affected_rows, std::move(after->warnings)};
    after.reset();
    return std::optional<another_result>(std::move(found));
}

result<void> cursor::impl::open_next() {
    reader.reset();
    plan = result_plan();
    plan.on_failure = outcome_so_far(statement.effects);
    read = false;
    if (!after->has_columns) return {};
    auto columns = describe(statement);
    if (!columns) return std::move(columns).error();
    return open(std::move(*columns));
}

// Frees the statement whatever the driver answers.
result<void> cursor::impl::close(const std::shared_ptr<impl>& self) {
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
    if (fine && self && reader && reader->rewind()) statement.kept.rows = self;
    rest_cursor(connection, std::exchange(statement.kept, {}), statement.handle, fine);
    --connection.open_cursors;
    if (statement.outdates) (void)clear_statements(connection);
    if (statement.declare_fetch && !connection.broken) {
        auto stopped = stop_streaming(connection);
        if (answer && !stopped) answer = std::move(stopped);
    }
    return answer;
}

cursor::cursor() noexcept : columns_(no_columns()) {}
cursor::cursor(std::shared_ptr<impl> open) noexcept
    : impl_(std::move(open)), columns_(impl_->plan.columns ? impl_->plan.columns : no_columns()) {}
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

bool cursor::has_next() const noexcept {
    return impl_ && impl_->after && impl_->after->another;
}

result<std::optional<another_result>> cursor::next_result() {
    auto next = impl_->next_result();
    if (next && *next) columns_ = impl_->plan.columns ? impl_->plan.columns : no_columns();
    return next;
}

outcome cursor::given_up() const noexcept {
    return impl_ ? outcome_between(impl_->statement.effects) : outcome::applied;
}

result<void> cursor::close() {
    const auto closing = std::move(impl_);
    return closing ? closing->close(closing) : result<void>();
}

result<cursor> open_cursor(executed_statement statement, const cursor_options& options) {
    const auto before = std::exchange(statement.kept.rows, nullptr);
    // The server refuses to execute it with another result, or it is known that the schema is the same.
    const bool sure = statement.connection->profile->keeps == keeping::any || statement.kept.schema.has_value();
    const bool known = statement.kept.columns && sure;
    if (before && known && before->open_again(statement, options)) return cursor(before);
    auto columns = known ? result<std::vector<described_column>>(*statement.kept.columns) : describe(statement);
    if (before) {
        const bool same = !known && columns && statement.kept.columns && *columns == *statement.kept.columns;
        if (same && before->open_again(statement, options)) return cursor(before);
        if (!unbind_rows(statement.handle, reading_way::block)) {
            statement.kept.key.clear();
            columns = reading{statement, {}}.misbehaved("SQLFreeStmt", "the driver does not let go of bound columns");
        }
    }
    if (columns && !known && !statement.kept.key.empty())
        statement.kept.columns = std::make_shared<const std::vector<described_column>>(*columns);
    // From here on whatever leaves this function frees the statement and ends its streaming.
    auto made = std::make_shared<cursor::impl>(std::move(statement), options);
    if (!columns) return std::move(columns).error();
    if (options.catalog) give_standard_columns(*options.catalog, *columns);
    if (columns->empty()) {
        if (auto closed = made->close(); !closed) return std::move(closed).error();
        return cursor();
    }
    if (auto opened = made->open(std::move(*columns)); !opened) {
        made->statement.kept.key.clear();
        return std::move(opened).error();
    }
    return cursor(std::move(made));
}

cursor open_between(executed_statement statement, const cursor_options& options, following found) {
    auto made = std::make_shared<cursor::impl>(std::move(statement), options);
    made->after = std::move(found);
    return cursor(std::move(made));
}

}  // namespace sluice::odbc
