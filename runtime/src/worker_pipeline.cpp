// What a worker does with several statements in one message.

#include "failure.hpp"
#include "worker.hpp"
#include "worker_answers.hpp"

#include <string>
#include <utility>

namespace sluice::runtime {

namespace {

class several_statements {
public:
    explicit several_statements(odbc::connection& on) noexcept : on_(on) { on_.several(true); }
    several_statements(const several_statements&) = delete;
    several_statements& operator=(const several_statements&) = delete;
    ~several_statements() { on_.several(false); }

private:
    odbc::connection& on_;
};

[[nodiscard]] bool ends_all(const error& e) noexcept {
    return e.session() != session_state::usable || e.code() == errc::cancelled || e.code() == errc::deadline;
}

[[nodiscard]] error not_executed(std::size_t failed, const error& why) {
    return failure(
        errc::cancelled,
        "not executed, because statement " + std::to_string(failed) + " of the pipeline failed: " + why.message(),
        outcome::none, why.session());
}

}  // namespace

result<protocol::pipeline::reply> worker::handle(protocol::pipeline& request) {
    if (auto no = refuse(request)) return *no;
    const several_statements all_of_them(connection_);
    most allowed{request.result_bytes_max, request.result_rows_max};
    odbc::cursor_options options;
    options.query_timeout = request.query_timeout;
    protocol::pipeline::reply made;
    made.reserve(request.steps.size());
    std::optional<std::size_t> ended_by;
    for (const protocol::execute& step : request.steps) {
        if (ended_by) {
            made.emplace_back(not_executed(*ended_by, made[*ended_by].error()));
            continue;
        }
        const auto started = clock::now();
        auto rows =
            step.parameters.outputs() != 0
                ? failure(errc::unsupported,
                          "parameters that are out or in_out bring their values back to query and query_all only")
                : read_whole(execute(step, options), allowed, started);
        if (rows) {
            allowed.rows_before += rows->size();
            allowed.bytes_before += rows->bytes();
        } else if (!request.goes_on || ends_all(rows.error())) {
            ended_by = made.size();
        }
        made.push_back(std::move(rows));
    }
    return made;
}

}  // namespace sluice::runtime
