#include "../tables.hpp"
#include "connection.hpp"
#include "scenarios.hpp"

#include <array>

namespace {

constexpr SQLLEN text_bytes = 164;

class lookup {
public:
    lookup(const bench::connection& db, bool prepare) : statement_(db), prepared_(prepare) {
        const SQLHSTMT s = statement_.handle();
        if (prepared_) statement_.prepare(bench::point_sql);
        statement_.require(
            SQLBindParameter(s, 1, SQL_PARAM_INPUT, SQL_C_SBIGINT, SQL_BIGINT, 19, 0, &key_, sizeof key_, &key_length_),
            "SQLBindParameter");
        statement_.require(SQLBindCol(s, 1, SQL_C_CHAR, text_.data(), text_bytes, &text_length_), "SQLBindCol");
    }
    void look_up(std::int64_t key, bench::checksum& sum) {
        const SQLHSTMT s = statement_.handle();
        key_ = key;
        if (prepared_)
            statement_.require(SQLExecute(s), "SQLExecute");
        else
            statement_.require(SQLExecDirect(s, reinterpret_cast<SQLCHAR*>(sql_.data()), SQL_NTS), "SQLExecDirect");
        statement_.require(SQLFetch(s), "SQLFetch");
        sum.unordered(key, text_.data(), static_cast<std::size_t>(text_length_));
        statement_.require(SQLFreeStmt(s, SQL_CLOSE), "SQLFreeStmt");
    }

private:
    bench::raw_statement statement_;
    bool prepared_;
    std::string sql_ = bench::point_sql;
    SQLBIGINT key_ = 0;
    SQLLEN key_length_ = 0;
    std::array<char, text_bytes> text_{};
    SQLLEN text_length_ = 0;
};

[[nodiscard]] bench::measured measure(const std::string& connection, std::int64_t count, bool prepare) {
    const bench::connection db(connection);
    lookup one(db, prepare);
    bench::checksum none;
    bench::checksum sum;
    bench::measured found;
    found.call_us.reserve(static_cast<std::size_t>(count));
    for (std::int64_t n = 0; n < bench::warm_up_queries; ++n) one.look_up(bench::key_of(n), none);
    const auto begun = bench::clock::now();
    for (std::int64_t n = 0; n < count; ++n) {
        const auto asked = bench::clock::now();
        one.look_up(bench::key_of(n), sum);
        found.call_us.push_back(bench::microseconds_since(asked));
    }
    found.seconds = bench::seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

}  // namespace

namespace bench {

measured point(const std::string& connection, std::int64_t count) {
    return measure(connection, count, true);
}
measured plain(const std::string& connection, std::int64_t count) {
    return measure(connection, count, false);
}

const std::vector<scenario>& scenarios() {
    static const std::vector<scenario> all{{"stream", stream},
                                           {"stream_ordered", stream_ordered},
                                           {"stream_on_thread", stream_on_thread},
                                           {"point", point},
                                           {"plain", plain},
                                           {"bulk", bulk},
                                           {"bulk_values", bulk_values}};
    return all;
}

}  // namespace bench
