#pragma once
// A result that arrives in batches, in constant memory where the driver allows it (mode()).
//
//   while (auto batch = stream.next().get())                                        // futures
//   while (auto batch = co_await stream.async_next(sluice::use_awaitable))          // coroutines
//
// A statement with several results: after nullopt, next_result() goes on to the next one. While there is one that
// nobody has asked for, the session is busy: read on, or close the stream.
//
//   do {
//       while (auto batch = stream.next().get()) use(*batch);
//   } while (stream.next_result().get());
//
// nullopt is the end of a result and repeats. After an error every next gives that error again. Batches are fetched
// ahead, at most stream_options::prefetch of them; a slow reader makes the driver wait, never the memory grow.
//
// Threads: a handle is used by one thread at a time; batches go anywhere. A second next before the first is complete is
// answered with operation_in_progress. Dropping the stream closes it, without blocking; its session is usable at once.

#include <sluice/protocol/batch.hpp>
#include <sluice/protocol/request.hpp>
#include <sluice/runtime/query_face.hpp>

#include <cstdint>
#include <future>
#include <memory>
#include <optional>

namespace sluice {

namespace runtime {
class partition_reader;
class stream_owner;
}  // namespace runtime

class SLUICE_EXPORT row_stream {
public:
    row_stream() noexcept;  // empty: next answers closed
    explicit row_stream(std::shared_ptr<runtime::stream_owner>) noexcept;
    row_stream(row_stream&&) noexcept;
    row_stream& operator=(row_stream&&) noexcept;
    ~row_stream();

    [[nodiscard]] explicit operator bool() const noexcept { return owner_ != nullptr; }
    [[nodiscard]] stream_id id() const noexcept;
    // Of the present result, empty where it only counts rows; until another one is the present one.
    [[nodiscard]] const schema& columns() const noexcept;
    // Of the present result, if it only counts rows and the driver knows.
    [[nodiscard]] std::optional<std::int64_t> affected_rows() const noexcept;
    // What this stream really does.
    [[nodiscard]] stream_mode mode() const noexcept;
    // What the server said beside the start of the present result.
    [[nodiscard]] std::span<const diagnostic> warnings() const noexcept;
    [[nodiscard]] const sluice::timings& timings() const noexcept;

    [[nodiscard]] std::future<std::optional<batch>> next();
    // After the end of the present result: true, and there is another one; or false, for good. The error of a statement
    // that comes before its result does has been told by next, in place of the end, and is told again. Before the end:
    // invalid_argument. The deadline is one of its own.
    [[nodiscard]] std::future<bool> next_result();
    // Done when the cursor is closed; done again where it already is. Batches not taken are gone; next answers closed.
    [[nodiscard]] std::future<void> close();

    template <class Token = boost::asio::deferred_t>
    [[nodiscard]] auto async_next(Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    [[nodiscard]] auto async_next_result(Token&& token = Token());
    // Completes with result<protocol::done>.
    template <class Token = boost::asio::deferred_t>
    [[nodiscard]] auto async_close(Token&& token = Token());

private:
    friend class runtime::partition_reader;
    std::shared_ptr<runtime::stream_owner> owner_;
};

namespace detail {
SLUICE_EXPORT void start_next(const std::shared_ptr<runtime::stream_owner>&, completion<std::optional<batch>>);
SLUICE_EXPORT void start_next_result(const std::shared_ptr<runtime::stream_owner>&, completion<bool>);
SLUICE_EXPORT void start_close(const std::shared_ptr<runtime::stream_owner>&, completion<protocol::done>);
[[nodiscard]] SLUICE_EXPORT engine_executor executor_of(const std::shared_ptr<runtime::stream_owner>&) noexcept;
}  // namespace detail

template <class Derived>
std::future<row_stream> query_face<Derived>::stream(std::string sql, args with, stream_options options) {
    return detail::start_with_future<row_stream>([&](detail::completion<row_stream> done) {
        detail::start(target(), protocol::stream_start(std::move(sql), std::move(with)), std::move(options),
                      std::move(done));
    });
}

template <class Derived>
std::future<row_stream> query_face<Derived>::stream(std::string sql, stream_options options) {
    return stream(std::move(sql), args(), std::move(options));
}

}  // namespace sluice
