#pragma once
// What the tests of the whole engine share: a scripted driver, answers that are waited for with a limit, rows compared
// with their hashes, and the judgement at the end of each test.
//
//     world w("what it is about");
//     {
//         sluice::engine engine;
//         auto session = w.connect(engine);
//         CHECK(answer(session.query("rows 3")).size() == 3);
//     }
//     w.judge();
//
// Threads: everything here on the test's own thread.

#include "comes_true.hpp"
#include "sanitized.hpp"

#include <sluice/runtime/engine.hpp>
#include <sluice/testing/cells.hpp>
#include <sluice/testing/fault_script.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdint>
#include <future>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::testing {

using namespace std::chrono_literals;

// What may pass beyond a promised time until a waiting thread has run.
inline constexpr std::chrono::milliseconds promptly = sanitized ? 1'000ms : 100ms;

// The answer; fails where none comes.
template <class T>
T answer(std::future<T> from) {
    if (from.wait_for(answer_limit) != std::future_status::ready)
        FAIL("no answer within " << answer_limit.count() << " s");
    return from.get();
}

// The error that comes instead of an answer; fails where there is none.
template <class T>
error error_of(std::future<T> from) {
    try {
        if constexpr (std::is_void_v<T>)
            answer(std::move(from));
        else
            (void)answer(std::move(from));
    } catch (const database_error& e) {
        return e.error();
    }
    FAIL("an answer where an error has to come");
    return {};
}

template <class T>
bool ready(const std::future<T>& of) {
    return of.wait_for(0s) == std::future_status::ready;
}

// A generator whose seed stands in the output, and which SLUICE_TEST_SEED sets.
inline std::uint64_t seed_of_run() {
    static const std::uint64_t seed = [] {
        const char* const given = std::getenv("SLUICE_TEST_SEED");
        return given != nullptr ? std::stoull(given) : std::uint64_t{std::random_device()()};
    }();
    return seed;
}

// Fails where a row is not the driver's row of that number. The columns are the driver's own: id, hash, text, value.
inline void check_rows(const batch& part, std::uint64_t& next, std::uint64_t seed = default_seed) {
    const auto ids = part.column<std::int64_t>(0);
    const auto hashes = part.column<std::int64_t>(1);
    const auto texts = part.column<std::string_view>(2);
    const auto values = part.column<double>(3);
    for (std::size_t r = 0; r < part.rows(); ++r, ++next) {
        const auto text_hash = cell_hash(seed, next, 2);
        const bool right = ids[r] == static_cast<std::int64_t>(next) &&
                           hashes[r] == cell_bigint(cell_hash(seed, next, 1)) &&
                           texts[r] == cell_text(text_hash, cell_length(text_hash, described_bytes_default)) &&
                           values[r] == cell_double(cell_hash(seed, next, 3));
        if (!right) FAIL("row " << next << " is not what the driver gave: its id is " << ids[r]);
    }
}

// A pool where everything happens on one session, one after the other.
inline pool_options one_session() {
    return pool_options().max_size(1);
}

// What a stream gave until its end.
struct reading {
    std::uint64_t rows = 0;
    std::uint64_t batches = 0;
    std::optional<error> failure;
};

// Reads to the end or to the error, at most so many batches.
inline reading read(row_stream& from, std::uint64_t batches_most = ~std::uint64_t{0}) {
    reading made;
    while (made.batches < batches_most) {
        auto asked = from.next();
        if (asked.wait_for(answer_limit) != std::future_status::ready) FAIL("no batch within the limit");
        try {
            const auto part = asked.get();
            if (!part) break;
            if (part->first_row() != made.rows) FAIL("a batch begins with row " << part->first_row());
            if (part->rows() == 0) FAIL("a batch without rows");
            check_rows(*part, made.rows);
            ++made.batches;
        } catch (const database_error& e) {
            made.failure = e.error();
            break;
        }
    }
    return made;
}

class world {
public:
    explicit world(std::string name)
        : faults(std::move(name)), before_(fault_live()), unknown_before_(fault_unknown_handles().size()) {}

    [[nodiscard]] session connect(engine& on, connect_options options = {}) {
        return answer(on.connect(faults.connection_string(), std::move(options)));
    }

    // When every handle of the test is gone: each connection had one thread, and nothing is left open.
    void judge() {
        for (const auto& seen : faults.violations())
            UNSCOPED_INFO("violation " << seen.kind << " in " << seen.call.function << " by thread "
                                       << seen.call.thread);
        CHECK(faults.violations().empty());
        CHECK(fault_unknown_handles().size() == unknown_before_);
        CHECK(comes_true([this] {
            const auto live = faults.live();
            return live.statements == 0 && live.connections == 0 && fault_live().environments == before_.environments;
        }));
        CHECK(faults.live().connected == 0);
    }

    // The SQL texts that were executed, in their order.
    [[nodiscard]] std::vector<std::string> executed() const {
        std::vector<std::string> texts;
        for (auto& call : faults.calls()) {
            if (call.function == "SQLExecDirect" || call.function == "SQLExecute") texts.push_back(std::move(call.sql));
        }
        return texts;
    }

    fault_script faults;

private:
    fault_live_handles before_;
    std::size_t unknown_before_;
};

}  // namespace sluice::testing
