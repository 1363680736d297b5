// The subject `poco` of scripts/bench: Poco::Data at its best settings, which are vectors of 1,000 rows for a stream
// and a statement that is kept for point queries.

#include "../bulk_columns.hpp"
#include "../subject.hpp"
#include "../tables.hpp"
#include "look_up_all.hpp"

#include <Poco/Data/ODBC/Connector.h>
#include <Poco/Data/RecordSet.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/DateTime.h>
#include <Poco/Nullable.h>

namespace {

using namespace Poco::Data::Keywords;

constexpr Poco::UInt32 rows_at_once = 1000;

Poco::Data::Session connect(const std::string& connection) {
    Poco::Data::ODBC::Connector::registerConnector();
    return Poco::Data::Session("ODBC", connection);
}

class rows {
public:
    std::vector<Poco::Int64> ids;
    std::vector<Poco::Int64> numbers;
    std::vector<double> prices;
    std::vector<std::string> names;
    std::vector<Poco::DateTime> times;
    std::vector<std::string> amounts;
    std::vector<Poco::Nullable<std::string>> notes;

    void clear() {
        ids.clear(), numbers.clear(), prices.clear(), names.clear(), times.clear(), amounts.clear(), notes.clear();
    }
    void add(bench::checksum& sum) const {
        for (std::size_t i = 0; i < ids.size(); ++i) {
            sum.number(static_cast<std::uint64_t>(ids[i]));
            sum.number(static_cast<std::uint64_t>(numbers[i]));
            sum.real(prices[i]);
            sum.text(names[i].data(), names[i].size());
            sum.number(static_cast<std::uint64_t>(times[i].minute()));
            sum.number(amounts[i].empty() ? 0 : static_cast<unsigned char>(amounts[i][0]));
            if (!notes[i].isNull()) sum.text(notes[i].value().data(), notes[i].value().size());
            sum.end_row();
        }
    }
};

bench::measured stream(const std::string& connection, std::int64_t count) {
    Poco::Data::Session db = connect(connection);
    rows r;
    bench::checksum sum;
    bench::measured found;
    const auto begun = bench::clock::now();
    Poco::Data::Statement s(db);
    s << bench::select_sql(count), into(r.ids), into(r.numbers), into(r.prices), into(r.names), into(r.times),
        into(r.amounts), into(r.notes), limit(rows_at_once);
    while (!s.done()) {
        r.clear();  // an execution appends
        s.execute();
        r.add(sum);
    }
    found.seconds = bench::seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

bench::measured whole(const std::string& connection, std::int64_t count, std::int64_t at_once) {
    Poco::Data::Session db = connect(connection);
    rows r;
    bench::checksum sum;
    bench::measured found;
    const auto begun = bench::clock::now();
    Poco::Data::Statement s(db);
    s << bench::select_sql(at_once), into(r.ids), into(r.numbers), into(r.prices), into(r.names), into(r.times),
        into(r.amounts), into(r.notes);
    for (std::int64_t read = 0; read < count; read += at_once) {
        r.clear();
        s.execute();
        r.add(sum);
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
    Poco::Data::Session db = connect(connection);
    Poco::Int64 key = 0;
    std::string text;
    Poco::Data::Statement s(db);
    s << bench::point_sql, into(text), use(key);
    return bench::look_up_all(count, [&](std::int64_t k) -> const std::string& {
        key = k;
        s.execute();
        return text;
    });
}

bench::measured plain(const std::string& connection, std::int64_t count) {
    Poco::Data::Session db = connect(connection);
    std::string text;
    return bench::look_up_all(count, [&](std::int64_t k) -> const std::string& {
        Poco::Int64 key = k;
        db << bench::point_sql, into(text), use(key), now;
        return text;
    });
}

// A statement that is kept, executed for each row, in one transaction: its vectors take no NULL.
bench::measured bulk(const std::string& connection, std::int64_t count) {
    const auto columns = bench::make_columns(count);
    Poco::Data::Session db = connect(connection);
    Poco::Int64 id = 0;
    Poco::Int64 number = 0;
    double price = 0;
    std::string name;
    Poco::DateTime time;
    std::string amount;
    Poco::Nullable<std::string> note;
    bench::measured found;
    const bench::counted part;
    const auto begun = bench::clock::now();
    db.setFeature("autoCommit", false);
    Poco::Data::Statement s(db);
    s << std::string(bench::bulk_insert_head) + "values (?,?,?,?,?,?,?)", use(id), use(number), use(price), use(name),
        use(time), use(amount), use(note);
    for (std::size_t i = 0; i < columns.ids.size(); ++i) {
        id = columns.ids[i];
        number = columns.numbers[i];
        price = columns.prices[i];
        name = columns.names[i];
        time.assign(2026, 11, 21, 3, columns.parts[i], columns.parts[i]);
        amount = columns.amounts[i];
        if (columns.notes[i])
            note = *columns.notes[i];
        else
            note.clear();
        s.execute();
    }
    db.commit();
    found.seconds = bench::seconds_since(begun);
    return found;
}

}  // namespace

const std::vector<bench::scenario>& bench::scenarios() {
    static const std::vector<scenario> all{{"whole_medium", whole_medium},
                                           {"whole_large", whole_large},
                                           {"stream", stream},
                                           {"point", point},
                                           {"plain", plain},
                                           {"bulk", bulk}};
    return all;
}
