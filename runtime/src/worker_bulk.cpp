// What a worker does with a bulk insert: it carries out what the course says.

#include "failure.hpp"
#include "policy/bulk_course.hpp"
#include "session_core.hpp"
#include "worker.hpp"
#include "worker_answers.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace sluice::runtime {

namespace {

// Of the statement of full length, for the time of the insert; sessions count theirs from 1.
constexpr std::uint64_t statement_number = std::numeric_limits<std::uint64_t>::max();
const char* const whole_savepoint = "sluice_bulk";
const char* const part_savepoint = "sluice_bulk_part";

// So many that a statement is not too long, however its rows are mixed.
[[nodiscard]] std::size_t rows_of_statement(const bulk_rows& rows, std::size_t most) {
    std::size_t largest = 1;
    for (std::size_t i = 0; i < rows.names().size(); ++i) largest += rows.longest_of(i, 0, rows.rows());
    if (limits::bulk_statement_bytes_max / largest >= most) return most;
    largest = 1;
    for (std::size_t row = 0; row < rows.rows(); ++row) largest = std::max(largest, rows.bytes_of_row(row));
    return std::clamp<std::size_t>(limits::bulk_statement_bytes_max / largest, 1, most);
}

// Whether another row could do better: what is wrong with the statement, the session or the time is no row's fault.
[[nodiscard]] bool is_about_a_row(const error& e) noexcept {
    switch (e.code()) {
        case errc::constraint:
        case errc::data:
        case errc::rejected:
        case errc::truncated:
        case errc::too_large:
        case errc::unsupported:
        case errc::type_mismatch:
            return true;
        default:
            return false;
    }
}

class bulk_run {
public:
    bulk_run(odbc::connection& on, const bulk_rows& rows, odbc::insert_form form)
        : on_(on),
          rows_(rows),
          form_(std::move(form)),
          // Arrays of parameters have so many that they are not too long.
          full_(form_.how == odbc::insert_form::way::parameter_arrays ? form_.rows_max
                                                                      : rows_of_statement(rows, form_.rows_max)),
          within_(on.in_transaction()),
          course_(rows.rows(), full_, rows.mode(), rows.refused_max()) {
        const bool once = rows.rows() <= full_ && form_.how == odbc::insert_form::way::values;
        if (!once) on_.adopt(statement_number, form_.text(full_));
    }
    bulk_run(const bulk_run&) = delete;
    bulk_run& operator=(const bulk_run&) = delete;
    ~bulk_run() {
        on_.provisional(false);
        on_.close_prepared(statement_number);
    }

    [[nodiscard]] result<bulk_inserted> run();

private:
    using act = bulk_course::act;
    using step = bulk_course::step;
    [[nodiscard]] result<void> carry_out(const step&);
    [[nodiscard]] result<void> insert(const step&);
    [[nodiscard]] result<void> savepoint(odbc::savepoint_step what, const char* name);
    [[nodiscard]] result<void> undo();
    void take(const step&, error);
    [[nodiscard]] error why() const;

    odbc::connection& on_;
    const bulk_rows& rows_;
    const odbc::insert_form form_;
    const std::size_t full_;
    const bool within_;  // a transaction of the caller's
    bulk_course course_;
    std::vector<refused_row> refused_;
    std::optional<error> failure_;  // the first one that is no row's
    bool in_keep_ = false;          // it came from the commit
    bool undone_ = true;            // else the session is as the failure says
};

result<void> bulk_run::savepoint(odbc::savepoint_step what, const char* name) {
    if (auto done = on_.savepoint(what, name); !done) return done.error();
    return {};
}

result<void> bulk_run::insert(const step& now) {
    const bool as_adopted = now.count == full_ || form_.how != odbc::insert_form::way::values;
    return on_.insert(form_, rows_, now.first, now.count, as_adopted ? statement_number : 0);
}

result<void> bulk_run::undo() {
    if (within_) return on_.undo_savepoint(whole_savepoint);
    if (!on_.in_transaction()) return {};
    if (auto done = on_.rollback(); !done) return done.error();
    return {};
}

result<void> bulk_run::carry_out(const step& now) {
    using odbc::savepoint_step;
    switch (now.what) {
        case act::open: {
            if (within_) return savepoint(savepoint_step::set, whole_savepoint);
            if (auto begun = on_.begin(); !begun) return begun.error();
            on_.provisional(true);
            return {};
        }
        case act::mark:
            return savepoint(savepoint_step::set, part_savepoint);
        case act::insert:
            return insert(now);
        case act::back:
            return savepoint(savepoint_step::roll_back_to, part_savepoint);
        case act::drop_mark:
            return savepoint(savepoint_step::release, part_savepoint);
        case act::keep: {
            if (within_) return savepoint(savepoint_step::release, whole_savepoint);
            on_.provisional(false);
            if (auto done = on_.commit(); !done) return done.error();
            return {};
        }
        case act::undo:
            return undo();
        case act::end:
            break;
    }
    return {};
}

void bulk_run::take(const step& now, error why) {
    if (now.what == act::insert && !on_.broken() && is_about_a_row(why)) {
        const auto before = course_.refused_rows().size();
        course_.refused();
        if (course_.refused_rows().size() > before)
            refused_.push_back({rows_.first_number() + now.first, std::move(why)});
        return;
    }
    if (now.what == act::undo) undone_ = false;
    if (!failure_) {
        failure_ = std::move(why);
        in_keep_ = now.what == act::keep;
    }
    course_.failed();
}

// The error for all of it. Nothing is there, but for a commit that nobody has heard of.
error bulk_run::why() const {
    using verdict = bulk_course::verdict;
    const bool of_row = !failure_ && !refused_.empty();
    error_record record = (of_row ? refused_.back().why : *failure_).record();
    if (of_row) {
        record.row = static_cast<std::int64_t>(refused_.back().row);
        record.message =
            "row " + std::to_string(refused_.back().row) + " was refused, none is inserted: " + record.message;
    }
    if (course_.how() == verdict::too_many_bad)
        record.message =
            "more than refused_max (" + std::to_string(rows_.refused_max()) + ") rows were refused; " + record.message;
    if (!in_keep_) record.outcome = outcome::none;
    if (on_.broken())
        record.session = session_state::broken;
    else if (undone_)
        record.session = session_state::usable;
    return error(std::move(record));
}

result<bulk_inserted> bulk_run::run() {
    while (course_.next().what != act::end) {
        const step now = course_.next();
        auto done = on_.broken() && now.what == act::undo ? result<void>() : carry_out(now);
        if (done)
            course_.done();
        else
            take(now, done.error());
    }
    bulk_inserted made;
    made.one_writer = form_.one_writer;
    if (course_.how() == bulk_course::verdict::nothing_to_do) return made;
    if (course_.how() != bulk_course::verdict::kept) return why();
    made.rows = course_.inserted();
    made.refused = std::move(refused_);
    return made;
}

}  // namespace

result<bulk_inserted> worker::handle(protocol::bulk_insert& request) {
    if (auto no = refuse(request)) return *no;
    const auto started = clock::now();
    auto form = connection_.form_of_insert(request.what);
    if (!form) return note(form.error());
    auto made = bulk_run(connection_, request.what, std::move(*form)).run();
    if (!made) return note(made.error());
    made->timings.executing = clock::now() - started;
    return made;
}

}  // namespace sluice::runtime
