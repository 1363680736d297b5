#include "support.hpp"

#include <algorithm>

namespace api {

void make_items(sluice::pool& db) {
    (void)in_time(db.query("create table item (id integer, name varchar(100), price double)"));
    (void)in_time(
        db.query("insert into item values (1, 'bolt', 0.5), (2, 'nut', null), (3, ?, 2.25)", sluice::args(long_name)));
}

theatre::theatre() : pool_(engine_.open(file_.string())) {
    make_items(pool_);
    const sluice::engine taken = std::move(moved_from_);
}

stage theatre::set(bool with_session) {
    stage made;
    made.engine = &engine_;
    made.connection = file_.string();
    made.pool = engine_.open(file_.string());
    if (with_session) made.session = in_time(engine_.connect(file_.string()));
    return made;
}

stage theatre::set_empty() {
    stage made;
    made.engine = &moved_from_;
    made.connection = file_.string();
    return made;
}

template <class Op>
void check(const sluice::result<typename Op::value>& r) {
    INFO(Op::name << ": " << (r ? "success" : r.error().to_string()));
    if (Op::expected == sluice::errc::ok) {
        REQUIRE(r.has_value());
        Op::verify(*r);
    } else {
        REQUIRE(!r.has_value());
        CHECK(r.error().code() == Op::expected);
    }
}

template <class Op>
void check_refused(const sluice::result<typename Op::value>& r, const std::vector<sluice::errc>& codes) {
    INFO(Op::name << ": " << (r ? "success" : r.error().to_string()));
    REQUIRE(!r.has_value());
    CHECK(std::find(codes.begin(), codes.end(), r.error().code()) != codes.end());
    CHECK(r.error().outcome() == sluice::outcome::none);
    CHECK(!r.error().message().empty());
}

template <class Op>
void try_one(theatre& house, const way<Op>& how) {
    INFO(Op::name);
    {
        stage live = house.set<Op>();
        check<Op>(how(live));
    }
    stage empty = house.set_empty();
    check_refused<Op>(how(empty), {sluice::errc::closed});
}

#define API_INSTANTIATE(OP)                                                                   \
    template void check<operations::OP>(const sluice::result<operations::OP::value>&);        \
    template void check_refused<operations::OP>(const sluice::result<operations::OP::value>&, \
                                                const std::vector<sluice::errc>&);            \
    template void try_one<operations::OP>(theatre&, const way<operations::OP>&);
API_OPERATIONS(API_INSTANTIATE)
#undef API_INSTANTIATE

}  // namespace api
