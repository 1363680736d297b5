#include "rules.hpp"

#include "limits.hpp"
#include "words.hpp"

#include <utility>

namespace sluice::fault_driver {

rule_book::rule rule_book::read_rule(word_reader& words) {
    rule read;
    read.functions = functions_named(words.peek().text);
    if (read.functions == 0) words.fail("an ODBC function, connect, execute, fetch, disconnect or any");
    words.take();
    if (words.at_number()) read.nth = words.expect_number("which call, from 1", ~std::uint64_t{0});
    if (words.accept("sql")) read.sql_part = words.expect_quoted("a part of the SQL");
    if (!read_fault(words, read.what)) words.fail("a fault, such as error, lost, return, delay or hang");
    while (read_fault(words, read.what)) {
    }
    return read;
}

void rule_book::add(std::string_view text) {
    rule_book added = *this;
    word_reader words(text);
    while (!words.at_end()) {
        if (words.accept(";")) continue;
        if (words.accept("at")) {
            added.rules_.push_back(read_rule(words));
        } else if (words.accept("down")) {
            added.server_is_down_ = true;
        } else if (words.accept("up")) {
            added.server_is_down_ = false;
        } else if (words.accept("answer")) {
            const std::string sql = words.expect_quoted("an SQL text");
            words.expect("with");
            form meant = read_form(words);
            meant.parameters = count_parameters(sql);
            added.answers_.insert_or_assign(sql, std::move(meant));
        } else {
            words.fail("at, answer, down or up");
        }
        if (!words.at_end()) words.expect(";");
    }
    if (added.rules_.size() + added.answers_.size() > limits::rules_max)
        throw text_error("the script has too many rules");
    *this = std::move(added);
}

void rule_book::clear() noexcept {
    rules_.clear();
    answers_.clear();
    server_is_down_ = false;
}

fault rule_book::match(function called, std::string_view sql) {
    fault matched;
    for (rule& each : rules_) {
        if ((each.functions & set_of(called)) == 0) continue;
        if (!each.sql_part.empty() && sql.find(each.sql_part) == std::string_view::npos) continue;
        ++each.seen;
        if (!each.nth || *each.nth == each.seen) matched.add(each.what);
    }
    return matched;
}

std::optional<form> rule_book::answer(const std::string& sql) const {
    const auto found = answers_.find(sql);
    return found == answers_.end() ? std::nullopt : std::optional<form>(found->second);
}

}  // namespace sluice::fault_driver
