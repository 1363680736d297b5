#include "latency.hpp"

#include "dataset.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace demo {

namespace {

// 8 MiB of samples; later ones replace earlier ones.
constexpr std::size_t samples_max = 2'000'000;

[[nodiscard]] double percentile_us(std::vector<std::uint32_t>& sorted, double share) {
    if (sorted.empty()) return 0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
    return static_cast<double>(sorted[at]) / 1000.0;
}

}  // namespace

point_queries::point_queries(sluice::session on, std::string table, std::int64_t rows)
    : session_(std::move(on)),
      sql_("select hash from " + table + " where id = ?"),
      rows_(rows),
      thread_([this] { run(); }) {}

point_queries::~point_queries() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

void point_queries::run() {
    try {
        std::uint64_t count = 0;
        while (!stopping_) {
            const std::int64_t id =
                1 + static_cast<std::int64_t>(static_cast<std::uint64_t>(hash_of(static_cast<std::int64_t>(count))) %
                                              static_cast<std::uint64_t>(rows_));
            const auto start = std::chrono::steady_clock::now();
            const auto answer = session_.query(sql_, sluice::args(id)).get();
            const auto took =
                std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count();
            if (answer.size() != 1 || answer[0].get<std::int64_t>(0) != hash_of(id)) {
                throw std::runtime_error("a point query for row " + std::to_string(id) + " came back wrong");
            }
            const auto sample = static_cast<std::uint32_t>(std::min<std::int64_t>(took, UINT32_MAX));
            if (took_ns_.size() < samples_max)
                took_ns_.push_back(sample);
            else
                took_ns_[count % samples_max] = sample;
            ++count;
        }
    } catch (...) {
        failed_ = std::current_exception();
    }
}

percentiles point_queries::stop() {
    stopping_ = true;
    thread_.join();
    if (failed_) std::rethrow_exception(failed_);
    std::sort(took_ns_.begin(), took_ns_.end());
    return {took_ns_.size(), percentile_us(took_ns_, 0.50), percentile_us(took_ns_, 0.95),
            percentile_us(took_ns_, 0.99)};
}

}  // namespace demo
