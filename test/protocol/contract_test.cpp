// What has to be true of the types themselves, most of it before a test runs.

#include <sluice/protocol/connection_string.hpp>
#include <sluice/protocol/conversation.hpp>
#include <sluice/protocol/limits.hpp>
#include <sluice/protocol/request.hpp>

#include <catch2/catch.hpp>

#include <concepts>
#include <memory>
#include <type_traits>

namespace sluice {

namespace {

template <class... T>
inline constexpr bool none_is_aggregate = (!std::is_aggregate_v<T> && ...);
static_assert(none_is_aggregate<protocol::connect, protocol::disconnect, protocol::execute, protocol::stream_start,
                                protocol::stream_fetch, protocol::stream_close, protocol::begin, protocol::commit,
                                protocol::rollback, protocol::request>);
static_assert(none_is_aggregate<args, value, decimal, connection_string, error, batch, row_set, row_view, schema,
                                stream_id, result<int>, std::optional<batch>>);

template <class T>
inline constexpr bool moves_quietly = std::is_nothrow_move_constructible_v<T>;
static_assert(moves_quietly<batch> && moves_quietly<row_set> && moves_quietly<error> && moves_quietly<args> &&
              moves_quietly<connection_string> && moves_quietly<decimal>);

template <class T>
concept has_values_of = requires(const batch& b) {
    b.values<T>(0);
};
static_assert(has_values_of<double> && has_values_of<timestamp> && has_values_of<bool>);
static_assert(!has_values_of<int> && !has_values_of<std::string_view> && !has_values_of<std::optional<double>>);

template <class T>
concept travels = requires {
    column_type_of<T>();
};
static_assert(travels<int> && travels<unsigned long long> && travels<bytes> && travels<std::string>);
static_assert(!travels<char> && !travels<wchar_t> && !travels<char8_t> && !travels<const char*> &&
              !travels<long double>);
static_assert(!travels<std::optional<int>> && !travels<std::string_view>);

static_assert(detail::is_field<int> && detail::is_field<std::optional<std::string>>);
static_assert(!detail::is_field<std::string_view> && !detail::is_field<char> && !detail::is_field<std::vector<int>>);
static_assert(!detail::is_field<std::optional<std::optional<int>>> && !detail::is_field<const int*>);

static_assert(!std::is_convertible_v<std::uint64_t, stream_id> && !std::is_convertible_v<stream_id, session_id>);
static_assert(!std::is_constructible_v<stream_id, session_id> &&
              !std::is_constructible_v<protocol::stream_fetch, session_id>);
static_assert(!std::is_convertible_v<std::string, protocol::connect> && !std::is_convertible_v<std::string, decimal>);
static_assert(!std::is_constructible_v<decimal, double> && !std::is_constructible_v<decimal, float>);
static_assert(!std::is_constructible_v<decimal, bool> && !std::is_constructible_v<decimal, char>);
static_assert(!std::is_convertible_v<std::string, error> && !std::is_convertible_v<std::string, connection_string>);
static_assert(!std::is_convertible_v<int, args> && !std::is_convertible_v<std::vector<value>, args>);

static_assert(std::same_as<protocol::execute::reply, row_set>);
static_assert(std::same_as<protocol::stream_fetch::reply, std::optional<batch>>);
static_assert(protocol::is_request<protocol::begin> && !protocol::is_request<row_set>);

// A date and a timestamp are ODBC's structures, byte for byte.
static_assert(std::is_trivially_copyable_v<timestamp> && sizeof(timestamp) == 16 && alignof(timestamp) == 4);
static_assert(std::is_trivially_copyable_v<date> && sizeof(date) == 6 && alignof(date) == 2);

using namespace limits;
static_assert(prefetch_batches_max * batch_bytes_max <= (std::size_t{1} << 30));
static_assert(value_bytes_max <= result_bytes_default * 4 && sessions_default <= sessions_max);
static_assert(waiters_default <= waiters_max && warnings_max >= diagnostics_max);
static_assert(shutdown_grace_default <= shutdown_grace_max && shutdown_grace_default < deadline_default);
static_assert(parameters_max == 32'767);

}  // namespace

TEST_CASE("what is empty says so and does not crash") {
    CHECK(batch().rows() == 0);
    CHECK(batch().columns().empty());
    CHECK(batch().bytes() == 0);
    CHECK(batch().compact().empty());
    CHECK(row_set().empty());
    CHECK(row_set().columns().empty());
    CHECK(row_set().begin() == row_set().end());
    CHECK_FALSE(row_set().affected_rows());
    CHECK(args().empty());
    CHECK(connection_string().empty());
    CHECK_FALSE(stream_id());
    CHECK_THROWS_AS(batch().column<double>(0), database_error);
}

TEST_CASE("stream modes have names") {
    CHECK(to_string(stream_mode::incremental) == "incremental");
    CHECK(to_string(stream_mode::buffered_by_driver) == "buffered_by_driver");
    CHECK(to_string(static_cast<stream_mode>(9)) == "?");
}

}  // namespace sluice
