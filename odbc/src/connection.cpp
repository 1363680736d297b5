#include "connection_impl.hpp"
#include "lease_settings.hpp"
#include "prepared_use.hpp"

#include <sluice/odbc/connection.hpp>

#include <utility>

namespace sluice::odbc {
namespace {

error no_connection() {
    return {errc::closed, "there is no connection: it was never opened, closed or moved away"};
}

}  // namespace

connection::connection() noexcept = default;
connection::connection(std::unique_ptr<impl> made) noexcept : impl_(std::move(made)) {}
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

const connection_facts& connection::facts() const noexcept {
    static const connection_facts none;
    return impl_ ? impl_->facts : none;
}

result<execution> connection::execute(const std::string& sql, const args& parameters, const cursor_options& options) {
    return impl_ ? impl_->execute(sql, parameters, options) : no_connection();
}

result<prepared_statement> connection::prepare(std::uint64_t number, const std::string& sql) {
    return impl_ ? impl_->prepare(number, sql) : no_connection();
}

void connection::adopt(std::uint64_t number, std::string sql) {
    if (impl_) impl_->state.statements.open(number, std::move(sql));
}

bool connection::has_prepared(std::uint64_t number) const noexcept {
    return impl_ && impl_->state.statements.text(number) != nullptr;
}

result<execution> connection::execute_prepared(std::uint64_t number, const args& parameters,
                                               const cursor_options& options) {
    return impl_ ? impl_->execute_prepared(number, parameters, options) : no_connection();
}

void connection::close_prepared(std::uint64_t number) noexcept {
    if (!impl_) return;
    auto freed = impl_->state.statements.close(number);
    free_statement(impl_->state, freed);
}

std::size_t connection::clear_statements() noexcept {
    return impl_ ? odbc::clear_statements(impl_->state) : 0;
}

statement_counts connection::statements() const noexcept {
    if (!impl_) return {};
    const kept_statements& all = impl_->state.statements;
    return {all.counts.hits, all.counts.misses, all.counts.evictions, all.counts.prepares, all.idle()};
}

result<void> connection::apply_settings(std::span<const session_setting> all) {
    return impl_ ? odbc::apply_settings(impl_->state, all) : no_connection();
}

result<void> connection::revert_settings() {
    return impl_ ? odbc::revert_settings(impl_->state) : no_connection();
}

bool connection::behind_pooler() const noexcept {
    return impl_ && impl_->state.pooler;
}

result<execution> connection::catalog(const catalog_query& asked, const cursor_options& options) {
    return impl_ ? impl_->catalog(asked, options) : no_connection();
}

result<capabilities> connection::capabilities() {
    return impl_ ? impl_->capabilities() : no_connection();
}

result<std::vector<diagnostic>> connection::begin(const transaction_options& options) {
    return impl_ ? impl_->begin(options) : no_connection();
}

result<std::vector<diagnostic>> connection::commit() {
    return impl_ ? impl_->commit() : no_connection();
}

result<std::vector<diagnostic>> connection::rollback() {
    return impl_ ? impl_->rollback() : no_connection();
}

result<std::vector<diagnostic>> connection::ping(const std::string& sql) {
    return impl_ ? impl_->ping(sql) : no_connection();
}

void connection::provisional(bool on) noexcept {
    if (impl_) impl_->state.provisional = on;
}

void connection::several(bool on) noexcept {
    if (!impl_) return;
    impl_->state.several = on;
    impl_->state.several_begun = false;
}

result<void> connection::undo_savepoint(const std::string& name) {
    return impl_ ? impl_->undo_savepoint(name) : no_connection();
}

result<void> connection::insert(const insert_form& form, const bulk_rows& rows, std::size_t first, std::size_t count,
                                std::uint64_t number) {
    if (!impl_) return no_connection();
    return impl_->insert(form, rows_part{&rows, first, count}, number);
}

result<page_form> connection::form_of_pages(const std::string& sql, const args& with, const std::string& key,
                                            std::size_t rows) {
    return impl_ ? impl_->form_of_pages(sql, with, key, rows) : no_connection();
}

result<insert_form> connection::form_of_insert(const bulk_rows& rows) {
    return impl_ ? impl_->form_of_insert(rows) : no_connection();
}

result<std::vector<diagnostic>> connection::savepoint(savepoint_step step, const std::string& name) {
    return impl_ ? impl_->savepoint(step, name) : no_connection();
}

bool connection::in_transaction() const noexcept {
    return impl_ && impl_->state.in_transaction;
}

bool connection::broken() const noexcept {
    return impl_ && impl_->state.broken;
}

result<std::vector<diagnostic>> connection::close() {
    const auto closing = std::move(impl_);
    return closing ? closing->disconnect() : result<std::vector<diagnostic>>(std::vector<diagnostic>());
}

}  // namespace sluice::odbc
