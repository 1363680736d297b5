// The subject `soci` of scripts/bench: SOCI at its best settings, which are vectors of 1,000 rows for a stream and a
// statement that is prepared once for point queries.

#include "../bulk_columns.hpp"
#include "../subject.hpp"
#include "../tables.hpp"
#include "look_up_all.hpp"

#include <atomic>
#include <ctime>
#include <deque>
#include <future>
#include <mutex>
#include <soci/odbc/soci-odbc.h>
#include <soci/soci.h>

namespace {

constexpr std::size_t rows_at_once = 1000;
constexpr const char* named_sql = "select v from sluice_bench_keys where k = :k";

class rows {
public:
    std::vector<long long> ids = std::vector<long long>(rows_at_once);
    std::vector<long long> numbers = ids;
    std::vector<double> prices = std::vector<double>(rows_at_once);
    std::vector<std::string> names = std::vector<std::string>(rows_at_once);
    std::vector<std::tm> times = std::vector<std::tm>(rows_at_once);
    std::vector<std::string> amounts = names;
    std::vector<std::string> notes = names;
    std::vector<soci::indicator> note_marks = std::vector<soci::indicator>(rows_at_once);

    void add(bench::checksum& sum) const {
        for (std::size_t i = 0; i < ids.size(); ++i) {
            sum.number(static_cast<std::uint64_t>(ids[i]));
            sum.number(static_cast<std::uint64_t>(numbers[i]));
            sum.real(prices[i]);
            sum.text(names[i].data(), names[i].size());
            sum.number(static_cast<std::uint64_t>(times[i].tm_min));
            sum.number(amounts[i].empty() ? 0 : static_cast<unsigned char>(amounts[i][0]));
            if (note_marks[i] != soci::i_null) sum.text(notes[i].data(), notes[i].size());
            sum.end_row();
        }
    }
    // fetch shrinks them to what it has found; that is also what it asks for next.
    void grow() {
        ids.resize(rows_at_once), numbers.resize(rows_at_once), prices.resize(rows_at_once);
        names.resize(rows_at_once), times.resize(rows_at_once), amounts.resize(rows_at_once);
        notes.resize(rows_at_once), note_marks.resize(rows_at_once);
    }
};

[[nodiscard]] soci::statement select(soci::session& db, std::int64_t count, rows& r) {
    return (db.prepare << bench::select_sql(count), soci::into(r.ids), soci::into(r.numbers), soci::into(r.prices),
            soci::into(r.names), soci::into(r.times), soci::into(r.amounts), soci::into(r.notes, r.note_marks));
}

bench::measured stream(const std::string& connection, std::int64_t count) {
    soci::session db(soci::odbc, connection);
    rows r;
    bench::checksum sum;
    bench::measured found;
    const auto begun = bench::clock::now();
    soci::statement s = select(db, count, r);
    s.execute();
    while (s.fetch()) {
        r.add(sum);
        r.grow();
    }
    found.seconds = bench::seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

// All rows of a result are kept, then read.
bench::measured whole(const std::string& connection, std::int64_t count, std::int64_t at_once) {
    soci::session db(soci::odbc, connection);
    rows r;
    bench::checksum sum;
    bench::measured found;
    const auto begun = bench::clock::now();
    soci::statement s = select(db, at_once, r);
    for (std::int64_t read = 0; read < count; read += at_once) {
        std::deque<rows> all;
        s.execute();
        while (s.fetch()) {
            all.push_back(r);
            r.grow();
        }
        r.grow();
        for (const rows& part : all) part.add(sum);
    }
    found.seconds = bench::seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

bench::measured whole_medium(const std::string& connection, std::int64_t count) {
    return whole(connection, count, bench::medium_rows);
}
bench::measured whole_large(const std::string& connection, std::int64_t count) {
    return whole(connection, count, count);
}

bench::measured point(const std::string& connection, std::int64_t count) {
    soci::session db(soci::odbc, connection);
    long long key = 0;
    std::string text;
    soci::statement s = (db.prepare << named_sql, soci::into(text), soci::use(key));
    return bench::look_up_all(count, [&](std::int64_t k) -> const std::string& {
        key = k;
        s.execute(true);
        return text;
    });
}

// A session with its statement. Threads that share one take turns, as SOCI wants it.
class cached_lookup {
public:
    explicit cached_lookup(const std::string& connection)
        : db_(soci::odbc, connection), statement_((db_.prepare << named_sql, soci::into(text_), soci::use(key_))) {
        bench::checksum none;
        for (std::int64_t n = 0; n < bench::warm_up_queries; ++n) look_up(bench::key_of(n), none);
    }
    void look_up(std::int64_t key, bench::checksum& sum) {
        const std::lock_guard lock(mutex_);
        key_ = key;
        statement_.execute(true);
        sum.unordered(key, text_.data(), text_.size());
    }

private:
    std::mutex mutex_;
    soci::session db_;
    long long key_ = 0;
    std::string text_;
    soci::statement statement_;
};

// What one of eight threads has asked.
struct share {
    bench::checksum sum;
    std::vector<float> call_us;
};

share ask(cached_lookup& by, std::atomic<std::int64_t>& next, std::int64_t count) {
    share mine;
    for (std::int64_t n = next++; n < count; n = next++) {
        const auto asked = bench::clock::now();
        by.look_up(bench::key_of(n), mine.sum);
        mine.call_us.push_back(bench::microseconds_since(asked));
    }
    return mine;
}

bench::measured by_eight_threads(const std::string& connection, std::int64_t count, std::size_t sessions) {
    std::deque<cached_lookup> lookups;
    for (std::size_t n = 0; n < sessions; ++n) lookups.emplace_back(connection);
    std::atomic<std::int64_t> next = 0;
    bench::measured found;
    const auto begun = bench::clock::now();
    std::vector<std::future<share>> threads;
    for (std::size_t n = 0; n < 8; ++n)
        threads.push_back(std::async(std::launch::async, [&, n] { return ask(lookups[n % sessions], next, count); }));
    for (auto& thread : threads) {
        const share one = thread.get();
        found.checksum += one.sum.value();
        found.call_us.insert(found.call_us.end(), one.call_us.begin(), one.call_us.end());
    }
    found.seconds = bench::seconds_since(begun);
    return found;
}

bench::measured point_8(const std::string& connection, std::int64_t count) {
    return by_eight_threads(connection, count, 1);
}
bench::measured point_8_sessions(const std::string& connection, std::int64_t count) {
    return by_eight_threads(connection, count, 8);
}

bench::measured plain(const std::string& connection, std::int64_t count) {
    soci::session db(soci::odbc, connection);
    std::string text;
    return bench::look_up_all(count, [&](std::int64_t k) -> const std::string& {
        long long key = k;
        db << named_sql, soci::into(text), soci::use(key);
        return text;
    });
}

// Vectors of 1,000 rows, which are arrays of parameters, in one prepared statement and one transaction.
bench::measured bulk(const std::string& connection, std::int64_t count) {
    const auto columns = bench::make_columns(count);
    soci::session db(soci::odbc, connection);
    rows r;
    bench::measured found;
    const bench::counted part;
    const auto begun = bench::clock::now();
    soci::transaction transaction(db);
    soci::statement s = (db.prepare << std::string(bench::bulk_insert_head) + "values (:a, :b, :c, :d, :e, :f, :g)",
                         soci::use(r.ids), soci::use(r.numbers), soci::use(r.prices), soci::use(r.names),
                         soci::use(r.times), soci::use(r.amounts), soci::use(r.notes, r.note_marks));
    for (std::size_t first = 0; first < columns.ids.size(); first += rows_at_once) {
        for (std::size_t i = 0; i < rows_at_once; ++i) {
            const std::size_t from = first + i;
            r.ids[i] = columns.ids[from];
            r.numbers[i] = columns.numbers[from];
            r.prices[i] = columns.prices[from];
            r.names[i] = columns.names[from];
            r.times[i] = {};
            r.times[i].tm_year = 126;
            r.times[i].tm_mon = 10;
            r.times[i].tm_mday = 21;
            r.times[i].tm_hour = 3;
            r.times[i].tm_min = r.times[i].tm_sec = columns.parts[from];
            r.amounts[i] = columns.amounts[from];
            r.note_marks[i] = columns.notes[from] ? soci::i_ok : soci::i_null;
            r.notes[i] = columns.notes[from].value_or("");
        }
        s.execute(true);
    }
    transaction.commit();
    found.seconds = bench::seconds_since(begun);
    return found;
}

}  // namespace

const std::vector<bench::scenario>& bench::scenarios() {
    static const std::vector<scenario> all{
        {"whole_medium", whole_medium}, {"whole_large", whole_large},           {"stream", stream}, {"point", point},
        {"point_8", point_8},           {"point_8_sessions", point_8_sessions}, {"plain", plain},   {"bulk", bulk}};
    return all;
}
