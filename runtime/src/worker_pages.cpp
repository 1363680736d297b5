// What a worker does with a stream that has a key: pages of statements, one behind the other.

#include "failure.hpp"
#include "worker.hpp"

#include <utility>

namespace sluice::runtime {

result<odbc::execution> worker::execute_stream(protocol::stream_start& request, const odbc::cursor_options& options) {
    if (request.statement)
        return failure(errc::invalid_argument,
                       "a stream by key is made of the text of a statement: a prepared one has none that could change");
    auto form = connection_.form_of_pages(request.sql, request.parameters, request.key, request.page_rows);
    if (!form) return note(form.error());
    request.sql = form->first;
    auto executed = execute(request, options);
    if (!executed) return executed;
    pages_.emplace(std::move(*form), request.parameters, request.key, request.page_rows);
    page_options_ = options;
    if (auto wrong = pages_->described(*executed->rows.columns())) {
        (void)executed->rows.close();
        return note(std::move(*wrong));
    }
    return executed;
}

result<bool> worker::open_next_page() {
    if (auto closed = cursor_.close(); !closed) return note(closed.error());
    odbc::cursor_options whole;
    whole.query_timeout = page_options_.query_timeout;
    auto twins = read_whole(connection_.execute(pages_->form().twins, pages_->behind_last(), whole),
                            {limits::result_bytes_default, 1}, clock::now());
    if (!twins) return note(twins.error());
    if (auto wrong = pages_->twins((*twins)[0].get<std::int64_t>(0))) return std::move(*wrong);
    auto next = connection_.execute(pages_->form().next, pages_->next_page(), page_options_);
    if (!next) return note(next.error());
    cursor_ = std::move(next->rows);
    if (auto other = pages_->described_again(*cursor_.columns())) return std::move(*other);
    return cursor_.is_open();
}

}  // namespace sluice::runtime
