#include "scenarios.hpp"

#include <sluice/runtime/engine.hpp>

namespace {

[[nodiscard]] bench::measured check_out(const std::string& connection, std::int64_t count, sluice::checkout_test test) {
    sluice::engine engine;
    auto pool = engine.open(connection, sluice::pool_options().max_size(1).test_on_checkout(test));
    (void)pool.query("select 1").get();
    bench::measured found;
    const auto begun = bench::clock::now();
    for (std::int64_t n = 0; n < count; ++n) {
        const auto asked = bench::clock::now();
        (void)pool.acquire().get();
        found.call_us.push_back(bench::microseconds_since(asked));
    }
    found.seconds = bench::seconds_since(begun);
    return found;
}

}  // namespace

bench::measured bench::checkout_never(const std::string& connection, std::int64_t count) {
    return check_out(connection, count, sluice::checkout_test::never);
}
bench::measured bench::checkout_when_idle(const std::string& connection, std::int64_t count) {
    return check_out(connection, count, sluice::checkout_test::when_idle);
}
bench::measured bench::checkout_always(const std::string& connection, std::int64_t count) {
    return check_out(connection, count, sluice::checkout_test::always);
}
