#include "partition_survey.hpp"

#include "failure.hpp"
#include "policy/key_ranges.hpp"
#include "pool_core.hpp"
#include "sure_completion.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::runtime {

namespace {

template <class T>
[[nodiscard]] result<value> read_as(const row_view& row) {
    auto cell = row.try_get<T>(0);
    if (!cell) return cell.error();
    return value(std::in_place_type<T>, std::move(*cell));
}

// Where the database has no type for the column, what its text is.
[[nodiscard]] result<value> read_text(const row_view& row) {
    const auto text = row.try_get<std::string>(0);
    if (!text) return text.error();
    if (auto number = decimal::parse(*text)) return value(std::move(*number));
    if (const auto day = parse_date(*text)) return value(*day);
    if (const auto moment = parse_timestamp(*text)) return value(*moment);
    return value(*text);
}

// The key that is the answer. The column is that of the statement: an aggregate may have lost its type.
[[nodiscard]] result<value> key_of(const row_view& row, const column& c) {
    switch (c.type) {
        case column_type::int64:
            return read_as<std::int64_t>(row);
        case column_type::uint64:
            return read_as<std::uint64_t>(row);
        case column_type::decimal:
            return read_as<decimal>(row);
        case column_type::date:
            return read_as<date>(row);
        case column_type::timestamp:
            return read_as<timestamp>(row);
        default:
            return read_text(row);
    }
}

[[nodiscard]] bool is_cut(const column& c) noexcept {
    switch (c.type) {
        case column_type::int64:
        case column_type::uint64:
        case column_type::decimal:
        case column_type::date:
        case column_type::timestamp:
            return true;
        default:
            return c.dynamic;
    }
}

// The database compares it with the column, and not with what it makes of one of them.
[[nodiscard]] bool fits(const value& v, const column& c) noexcept {
    if (c.dynamic) return true;
    switch (c.type) {
        case column_type::boolean:
            return std::holds_alternative<bool>(v);
        case column_type::int64:
        case column_type::uint64:
        case column_type::decimal:
        case column_type::float32:
        case column_type::float64:
            return std::holds_alternative<std::int64_t>(v) || std::holds_alternative<std::uint64_t>(v) ||
                   std::holds_alternative<decimal>(v) || std::holds_alternative<float>(v) ||
                   std::holds_alternative<double>(v);
        case column_type::text:
            return std::holds_alternative<std::string>(v);
        case column_type::binary:
            return std::holds_alternative<bytes>(v);
        case column_type::time:
            return std::holds_alternative<time>(v);
        case column_type::date:
        case column_type::timestamp:
            break;
    }
    return std::holds_alternative<date>(v) || std::holds_alternative<timestamp>(v);
}

// As the result names it: that very name, else one that differs in case only.
[[nodiscard]] std::optional<std::size_t> find_key(const schema& columns, const std::string& key) {
    const auto same =
        std::find_if(columns.begin(), columns.end(), [&](const column& each) { return each.name == key; });
    if (same != columns.end()) return static_cast<std::size_t>(same - columns.begin());
    return columns.find(key);
}

class survey final : public std::enable_shared_from_this<survey> {
public:
    survey(std::string sql, args with, const partition_options& options, request_options how,
           detail::completion<partition_plan> done)
        : sql_(std::move(sql)),
          with_(std::move(with)),
          options_(options),
          how_(std::move(how)),
          done_(std::move(done)) {}

    void start(pool_owner& pool) {
        lease_options lease(how_);
        pool.acquire(std::move(lease), call_site(),
                     then<session>([](survey& s, session lent) { s.lent(std::move(lent)); }));
    }

private:
    // Goes on with the answer, or ends with its error.
    template <class T, class F>
    [[nodiscard]] detail::completion<T> then(F go_on) {
        return surely<T>([self = shared_from_this(), go_on](result<T> r) noexcept {
            if (r)
                go_on(*self, std::move(*r));
            else
                self->fail(r.error());
        });
    }
    // The session is back before the caller hears of it.
    void fail(const error& e) noexcept {
        session_ = session();
        done_(e);
    }
    void fail(errc code, std::string what) {
        fail(failure(code, "the key \"" + options_.key() + "\" of the partitions " + std::move(what)));
    }

    void lent(session lent) {
        session_ = std::move(lent);
        const auto owner = std::static_pointer_cast<session_owner>(session_.request_target());
        detail::submit(owner, protocol::capabilities(), how_,
                       then<capabilities>([](survey& s, const capabilities& can) { s.describe(can); }));
    }
    void ask(odbc::partition_statement question, void (survey::*go_on)(const row_set&)) {
        detail::start(session_.request_target(), protocol::execute(std::move(question.sql), std::move(question.with)),
                      how_, then<row_set>([go_on](survey& s, const row_set& answer) { (s.*go_on)(answer); }));
    }

    void describe(const capabilities& can) {
        form_.emplace(sql_, std::move(with_), can.identifier_quote);
        ask(form_->described(), &survey::described);
    }
    void described(const row_set& of) {
        const auto at = find_key(of.columns(), options_.key());
        if (!at) return fail(errc::invalid_argument, "is no column of the result");
        column_ = of.columns()[*at];
        if (auto named = form_->key(column_.name); !named) return fail(named.error());
        if (options_.has_boundaries()) return take_boundaries();
        if (!is_cut(column_)) return fail(errc::type_mismatch, what_it_is() + ", which is not cut by itself" + hint());
        if (options_.partitions() == 1) return finish();
        ask_ends();
    }
    void take_boundaries() {
        boundaries_ = options_.boundaries();
        for (std::size_t i = 0; i < boundaries_.size(); ++i)
            if (!fits(boundaries_[i], column_))
                return fail(errc::type_mismatch,
                            what_it_is() + ", and boundary " + std::to_string(i) + " is of another type");
        check();
    }
    void ask_ends() {
        auto ends = protocol::pipeline();
        for (auto& each : {form_->least(), form_->greatest()}) ends.add(each.sql, each.with);
        detail::start(session_.request_target(), std::move(ends), how_,
                      then<protocol::pipeline::reply>(
                          [](survey& s, const protocol::pipeline::reply& found) { s.found_ends(found); }));
    }
    void found_ends(const protocol::pipeline::reply& found) {
        std::vector<value> ends;
        for (const auto& each : found) {
            if (!each) return fail(each.error());
            if (each->empty()) return fail(errc::driver_misbehaved, "has no answer to its least or greatest value");
            if (each->operator[](0).is_null(0)) return finish();  // no row has a key
            auto key = key_of((*each)[0], column_);
            if (!key) return fail(key.error());
            ends.push_back(std::move(*key));
        }
        auto cut = boundaries_between(ends[0], ends[1], options_.partitions());
        if (!cut) return fail(errc::type_mismatch, what_it_is() + ", and has values that are not cut" + hint());
        boundaries_ = std::move(*cut);
        check();
    }
    // Whether they ascend where not the number but the database decides.
    void check() {
        const bool known = !options_.has_boundaries() && !column_.dynamic && column_.type != column_type::timestamp;
        if (known || boundaries_.size() < 2) return finish();
        ask(form_->twice(boundaries_), &survey::checked);
    }
    void checked(const row_set& of) {
        const auto rows = of.empty() ? result<std::int64_t>(0) : of[0].try_get<std::int64_t>(0);
        if (!rows) return fail(rows.error());
        if (*rows != 0)
            return fail(errc::invalid_argument, "has boundaries that do not ascend in the order of the database: " +
                                                    std::to_string(*rows) + " rows would be read twice");
        finish();
    }
    void finish() {
        session_ = session();
        done_(partition_plan(std::move(*form_), column_.name, std::move(boundaries_)));
    }
    [[nodiscard]] std::string what_it_is() const {
        std::string made = "is " + std::string(to_string(column_.type));
        if (!column_.type_name.empty()) made += " (" + column_.type_name + ")";
        return made;
    }
    [[nodiscard]] static std::string hint() {
        return ": whole numbers, decimals, dates and timestamps are; give partition_options::boundaries for others";
    }

    const std::string sql_;
    args with_;
    const partition_options options_;
    const request_options how_;
    detail::completion<partition_plan> done_;
    session session_;
    std::optional<odbc::partition_form> form_;
    column column_;
    std::vector<value> boundaries_;
};

}  // namespace

void survey_partitions(const std::shared_ptr<pool_owner>& pool, std::string sql, args with,
                       const partition_options& options, const request_options& how,
                       detail::completion<partition_plan> done) {
    std::make_shared<survey>(std::move(sql), std::move(with), options, how, std::move(done))->start(*pool);
}

}  // namespace sluice::runtime
