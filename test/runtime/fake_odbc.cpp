#include "fake_odbc.hpp"

#include <sluice/odbc/connection.hpp>
#include <sluice/odbc/installed.hpp>
#include <sluice/odbc/partition_form.hpp>
#include <sluice/odbc/sqlite_library.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

namespace sluice::test::fake {

namespace {

struct gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool closed = false;   // guarded by mutex
    std::size_t held = 0;  // guarded by mutex
};
gate& the_gate() {
    static auto* made = new gate;  // threads left behind may still stand there at the end of the process
    return *made;
}
void pass_gate() {
    gate& g = the_gate();
    std::unique_lock lock(g.mutex);
    ++g.held;
    g.changed.notify_all();
    g.changed.wait(lock, [&] { return !g.closed; });
    --g.held;
    g.changed.notify_all();
}

std::atomic<std::uint64_t> connect_count, execute_count, rollback_count, misuse_count;
std::atomic<std::int64_t> connection_count, cursor_count;

}  // namespace

void close_gate() {
    const std::lock_guard lock(the_gate().mutex);
    the_gate().closed = true;
}
void open_gate() {
    gate& g = the_gate();
    std::unique_lock lock(g.mutex);
    g.closed = false;
    g.changed.notify_all();
    g.changed.wait(lock, [&] { return g.held == 0; });  // or the next to close it would hold them again
}
bool wait_for_held(std::size_t count) {
    gate& g = the_gate();
    std::unique_lock lock(g.mutex);
    return g.changed.wait_for(lock, std::chrono::seconds(20), [&] { return g.held == count; });
}
std::uint64_t connects() {
    return connect_count;
}
std::uint64_t executes() {
    return execute_count;
}
std::uint64_t rollbacks() {
    return rollback_count;
}
std::int64_t connections_open() {
    return connection_count;
}
std::int64_t cursors_open() {
    return cursor_count;
}
std::uint64_t misuses() {
    return misuse_count;
}

}  // namespace sluice::test::fake

namespace sluice::odbc {

namespace fake = test::fake;

struct connection::impl {
    connection_facts facts;
    call_watch* watch = nullptr;
    std::thread::id owner = std::this_thread::get_id();
    bool broken = false;
    bool in_transaction = false;
    int cursors = 0;
    std::map<std::uint64_t, std::string> prepared;

    impl() { ++fake::connection_count; }
    ~impl() {
        if (cursors != 0) ++fake::misuse_count;
        --fake::connection_count;
    }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    void used() const {
        if (owner != std::this_thread::get_id()) ++fake::misuse_count;
    }
};

struct cursor::impl {
    connection::impl* parent;
    std::size_t left;
    std::string then;
    std::size_t block;
    std::int64_t next = 0;

    impl(connection::impl* of, std::size_t rows, std::string after, std::size_t batch_rows)
        : parent(of), left(rows), then(std::move(after)), block(batch_rows) {
        ++fake::cursor_count;
        ++parent->cursors;
    }
    ~impl() {
        --fake::cursor_count;
        --parent->cursors;
    }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
};

namespace {

error failed(errc code, outcome effect, session_state session) {
    error_record record;
    record.code = code;
    record.message = "the fake driver says so";
    record.outcome = effect;
    record.session = session;
    return error(std::move(record));
}
error refused() {
    return failed(errc::rejected, outcome::none, session_state::usable);
}
error lost(connection::impl& c) {
    c.broken = true;
    return failed(errc::connection_lost, outcome::unknown, session_state::broken);
}
const std::shared_ptr<const schema>& one_column() {
    static const auto made = [] {
        column number;
        number.name = "number";
        number.type = column_type::int64;
        return std::make_shared<const schema>(std::vector<column>{number});
    }();
    return made;
}

}  // namespace

bool interrupt(const interruption&) noexcept {
    return true;
}
result<void> interrupt_from_side(const protocol::connect&, const interruption&) {
    return {};
}

result<connection> connection::open(const protocol::connect& request, std::vector<diagnostic>&, call_watch* watch) {
    ++fake::connect_count;
    if (request.connection_string == "Driver=holds") fake::pass_gate();
    if (request.connection_string == "Driver=refuses")
        return failed(errc::unreachable, outcome::none, session_state::none);
    auto made = std::make_unique<impl>();
    made->watch = watch;
    return connection(std::move(made));
}

connection::connection() noexcept = default;
connection::connection(std::unique_ptr<impl> made) noexcept : impl_(std::move(made)) {}
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

const connection_facts& connection::facts() const noexcept {
    return impl_->facts;
}

result<execution> connection::execute(const std::string& sql, const args&, const cursor_options& options) {
    ++fake::execute_count;
    impl_->used();
    if (impl_->cursors != 0 || impl_->broken) ++fake::misuse_count;
    std::istringstream words(sql);
    std::string verb;
    std::string then;
    std::size_t rows = 1;
    words >> verb >> rows >> then;
    if (impl_->watch != nullptr) impl_->watch->entering(interruption(), outcome::unknown);
    if (verb == "hold") fake::pass_gate();
    if (impl_->watch != nullptr) (void)impl_->watch->left();
    if (verb == "fail") return refused();
    if (verb == "lose") return lost(*impl_);
    execution made;
    made.rows =
        cursor(std::make_shared<cursor::impl>(impl_.get(), rows, then, std::max<std::size_t>(options.batch_rows, 1)));
    return made;
}

// Statements are only numbers here: prepared, they are executed as their text is.
result<prepared_statement> connection::prepare(std::uint64_t number, const std::string& sql) {
    impl_->used();
    if (sql == "fail") return refused();
    impl_->prepared[number] = sql;
    return prepared_statement();
}
void connection::adopt(std::uint64_t number, std::string sql) {
    impl_->prepared[number] = std::move(sql);
}
bool connection::has_prepared(std::uint64_t number) const noexcept {
    return impl_->prepared.count(number) != 0;
}
result<execution> connection::execute_prepared(std::uint64_t number, const args& with, const cursor_options& options) {
    return execute(impl_->prepared.at(number), with, options);
}
void connection::close_prepared(std::uint64_t number) noexcept {
    if (impl_) impl_->prepared.erase(number);
}
std::size_t connection::clear_statements() noexcept {
    return 0;
}
statement_counts connection::statements() const noexcept {
    return {};
}
result<void> connection::apply_settings(std::span<const session_setting>) {
    return {};
}
result<void> connection::revert_settings() {
    return {};
}
bool connection::behind_pooler() const noexcept {
    return false;
}

result<execution> connection::catalog(const catalog_query&, const cursor_options& options) {
    return execute("rows 1", args(), options);
}
result<capabilities> connection::capabilities() {
    return sluice::capabilities();
}

result<std::vector<diagnostic>> connection::begin(const transaction_options&) {
    impl_->used();
    impl_->in_transaction = true;
    return std::vector<diagnostic>();
}
result<std::vector<diagnostic>> connection::commit() {
    impl_->used();
    impl_->in_transaction = false;
    return std::vector<diagnostic>();
}
result<std::vector<diagnostic>> connection::rollback() {
    ++fake::rollback_count;
    impl_->used();
    impl_->in_transaction = false;
    return std::vector<diagnostic>();
}
result<std::vector<diagnostic>> connection::savepoint(savepoint_step, const std::string&) {
    impl_->used();
    return std::vector<diagnostic>();
}
void connection::provisional(bool) noexcept {}
void connection::several(bool) noexcept {}
result<void> connection::undo_savepoint(const std::string&) {
    impl_->used();
    return {};
}
result<page_form> connection::form_of_pages(const std::string&, const args&, const std::string&, std::size_t) {
    return page_form();
}
result<insert_form> connection::form_of_insert(const bulk_rows&) {
    impl_->used();
    return insert_form();
}
result<void> connection::insert(const insert_form&, const bulk_rows&, std::size_t, std::size_t, std::uint64_t) {
    return {};
}
std::string insert_form::text(std::size_t) const {
    return "insert";
}
result<std::vector<diagnostic>> connection::ping(const std::string&) {
    impl_->used();
    return std::vector<diagnostic>();
}
bool connection::in_transaction() const noexcept {
    return impl_ && impl_->in_transaction;
}
bool connection::broken() const noexcept {
    return impl_ && impl_->broken;
}
result<std::vector<diagnostic>> connection::close() {
    impl_.reset();
    return std::vector<diagnostic>();
}

cursor::cursor() noexcept : columns_(std::make_shared<const schema>()) {}
cursor::cursor(std::shared_ptr<impl> made) noexcept : impl_(std::move(made)), columns_(one_column()) {}
cursor::cursor(cursor&&) noexcept = default;
cursor& cursor::operator=(cursor&&) noexcept = default;
cursor::~cursor() = default;

stream_mode cursor::mode() const noexcept {
    return stream_mode::incremental;
}

result<std::shared_ptr<protocol::batch_storage>> cursor::fetch(protocol::batch_source& memory) {
    impl_->parent->used();
    if (impl_->left == 0) {
        if (impl_->then == "hold") fake::pass_gate();
        if (impl_->then == "fail") return refused();
        if (impl_->then == "lose") return lost(*impl_->parent);
        return std::shared_ptr<protocol::batch_storage>();
    }
    const std::size_t rows = std::min(impl_->left, impl_->block);
    auto storage = memory.acquire(columns_, {sizeof(std::int64_t)}, impl_->block);
    auto* cells = reinterpret_cast<std::int64_t*>(storage->data(0));
    for (std::size_t i = 0; i < rows; ++i) {
        cells[i] = impl_->next++;
        storage->lengths(0)[i] = sizeof(std::int64_t);
    }
    storage->rows(rows);
    impl_->left -= rows;
    return storage;
}

bool cursor::has_next() const noexcept {
    return false;
}

result<std::optional<another_result>> cursor::next_result() {
    return std::optional<another_result>();
}

outcome cursor::given_up() const noexcept {
    return outcome::applied;
}

result<void> cursor::close() {
    impl_.reset();
    return {};
}

bool is_in_memory(std::string_view) {
    return false;
}

result<void> sqlite_without_mutexes() {
    return {};
}
result<std::vector<installed_driver>> installed_drivers() {
    return std::vector<installed_driver>();
}
result<std::vector<data_source>> data_sources() {
    return std::vector<data_source>();
}

partition_form::partition_form(std::string_view, args, std::string) {}
partition_statement partition_form::described() const {
    return {};
}
result<void> partition_form::key(std::string_view) {
    return {};
}
partition_statement partition_form::least() const {
    return {};
}
partition_statement partition_form::greatest() const {
    return {};
}
partition_statement partition_form::twice(std::span<const value>) const {
    return {};
}
partition_statement partition_form::range(const value*, const value*, bool) const {
    return {};
}
partition_statement partition_form::without_key() const {
    return {};
}

}  // namespace sluice::odbc
