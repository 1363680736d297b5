// What the compiler has to refuse. refused.cmake wants to find in its errors what stands behind each "says:", a regular
// expression.

#include <sluice/sluice.hpp>

#include <string>

namespace {

struct base {
    int id;
};
struct derived : base {
    std::string name;
};
#define API_TEN(X) int X##0, X##1, X##2, X##3, X##4, X##5, X##6, X##7, X##8, X##9;
struct of_110_fields {
    API_TEN(a)
    API_TEN(b) API_TEN(c) API_TEN(d) API_TEN(e) API_TEN(f) API_TEN(g) API_TEN(h) API_TEN(i) API_TEN(j) API_TEN(k)
};
class with_secrets {
public:
    int id = 0;

private:
    [[maybe_unused]] int secret = 0;
};
union either {
    int id;
    double price;
};

}  // namespace

void refused(sluice::engine& engine, sluice::pool& db, sluice::session& session) {
    // says: sluice: the last argument is a completion token; parameters go into sluice::args
    (void)db.async_query("select ?", 42);
    // says: no matching (member )?function for call to [^\n]*async_stream
    (void)db.async_stream("select 1", sluice::request_options());
    // says: no matching (member )?function for call to [^\n]*async_connect
    (void)engine.async_connect("Driver=SQLite3", sluice::pool_options());
    // says: (ignoring return value|ignoring returned value)[^\n]*nodiscard
    db.async_query("select 1");
    // says: (discarding return value|ignoring return value)[^\n]*(nodiscard|async_acquire)
    db.async_acquire();
    // says: (constraints not satisfied|no matching (member )?function)[^\n]*async_submit
    (void)session.async_submit(7);
    // says: no matching (function|constructor|conversion)[^\n]*engine
    sluice::engine on_a_number(42);
    // says: sluice: query_as<T> takes a std::tuple or an aggregate struct
    (void)db.query_as<derived>("select 1");
    (void)db.query_as<with_secrets>("select 1");
    (void)db.query_as<either>("select 1");
    // says: sluice: query_as<T> takes structs of at most 100 fields
    (void)db.query_as<of_110_fields>("select 1");
    // says: sluice: a field is of a type that no column can fill
    (void)db.query_as<std::tuple<int, const char*>>("select 1");
    // says: sluice: this type cannot be a parameter
    (void)db.query("select ?", sluice::args(base()));
    // says: sluice: a NULL parameter has a type
    (void)db.query("select ?", sluice::args(nullptr));
}
