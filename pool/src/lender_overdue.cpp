// Sessions that are lent: since when, and which of them for too long.

#include <sluice/pool/lender.hpp>

namespace sluice::lending {

loan lender::lend(place to, session_number which, bool check, std::int64_t now_ns) {
    if (rules_.overdue_after_ns != never) {
        if (spare_.empty()) spare_.emplace_back();
        spare_.front() = {which, now_ns};
        sessions_.at(which).loan = spare_.begin();
        loans_.splice(loans_.end(), spare_, spare_.begin());
    }
    return {to.who, which, to.number, check};
}

void lender::came_back(session_number which) noexcept {
    session& s = sessions_.at(which);
    if (s.loan) spare_.splice(spare_.begin(), loans_, *s.loan);
    s.loan.reset();
}

void lender::name_overdue(std::int64_t now_ns, steps& then) {
    while (!loans_.empty() && after(loans_.front().since, rules_.overdue_after_ns) <= now_ns) {
        const session_number which = loans_.front().session;
        then.overdue.push_back(which);
        came_back(which);
    }
}

}  // namespace sluice::lending
