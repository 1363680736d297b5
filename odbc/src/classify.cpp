#include "classify.hpp"

#include "words.hpp"

#include <array>

namespace sluice::odbc {
namespace {

constexpr classification is(errc code) noexcept {
    return {.code = code};
}
constexpr classification lost{.code = errc::connection_lost, .lost = true, .answered = false};
// The driver says so, not the server: what the server did is not known.
constexpr classification by_driver(errc code) noexcept {
    return {.code = code, .answered = false};
}
constexpr classification conflict_that_ends{.code = errc::serialization, .ends_transaction = true};

constexpr std::int32_t any = 0;

// The connection is lost, whatever else is said.
constexpr std::array loss_rules{
    // Of a parameter's binary form, and the session goes on.
    classification_rule{"postgresql", "08P01", any, any, "data left in message", is(errc::data)},
    classification_rule{"", "08", any, any, "", lost},
    classification_rule{"", "HYT01", any, any, "", lost},
    classification_rule{"postgresql", "57P01", any, any, "", lost},
    classification_rule{"postgresql", "57P02", any, any, "", lost},
    classification_rule{"postgresql", "57P03", any, any, "", lost},
    classification_rule{"mariadb", "", 2000, 2999, "", lost},  // libmariadb
    classification_rule{"mariadb", "", 5000, 5999, "", lost},
};

// After an interruption. The driver manager takes SQLCancel on a statement that has just been executed for the closing
// of its cursor, and then knows of none. MariaDB's driver may have reset the statement whose error is asked for.
constexpr std::array after_interruption{
    classification_rule{"", "HY010", any, any, "", by_driver(errc::cancelled)},
    classification_rule{"", "24000", any, any, "", by_driver(errc::cancelled)},
    classification_rule{"", "07005", any, any, "", by_driver(errc::cancelled)},
    classification_rule{"mariadb", "00000", any, any, "", by_driver(errc::cancelled)},
};

constexpr std::array rules{
    // Interrupted. HY008 and HYT00 come from a driver, the others from a server.
    classification_rule{"postgresql", "57014", any, any, "statement timeout", is(errc::deadline)},
    classification_rule{"postgresql", "57014", any, any, "", is(errc::cancelled)},
    classification_rule{"mariadb", "", 1969, 1969, "", is(errc::deadline)},
    classification_rule{"mariadb", "", 1317, 1317, "", is(errc::cancelled)},
    classification_rule{"mariadb", "HY018", any, any, "", is(errc::cancelled)},
    classification_rule{"sqlite", "HY000", 9, 9, "", is(errc::cancelled)},
    classification_rule{"", "HY008", any, any, "", by_driver(errc::cancelled)},
    classification_rule{"", "HYT00", any, any, "", by_driver(errc::deadline)},

    // Conflicts with others.
    classification_rule{"mariadb", "", 1213, 1213, "", conflict_that_ends},
    classification_rule{"mariadb", "", 1205, 1205, "", is(errc::serialization)},
    classification_rule{"mariadb", "", 1020, 1020, "", is(errc::serialization)},
    classification_rule{"postgresql", "40P01", any, any, "", is(errc::serialization)},
    classification_rule{"postgresql", "55P03", any, any, "", is(errc::serialization)},
    classification_rule{"", "40001", any, any, "", is(errc::serialization)},
    classification_rule{"sqlite", "HY000", 5, 6, "", is(errc::serialization)},

    // Constraints.
    classification_rule{"", "23", any, any, "", is(errc::constraint)},
    classification_rule{"", "40002", any, any, "", is(errc::constraint)},
    classification_rule{"", "44000", any, any, "", is(errc::constraint)},
    classification_rule{"mariadb", "", 1364, 1364, "", is(errc::constraint)},  // no default value
    classification_rule{"sqlite", "HY000", 19, 19, "", is(errc::constraint)},

    // What the driver or the server cannot do.
    classification_rule{"", "0A", any, any, "", is(errc::unsupported)},
    classification_rule{"", "HYC00", any, any, "", is(errc::unsupported)},
    classification_rule{"", "IM001", any, any, "", is(errc::unsupported)},
    classification_rule{"", "HY003", any, any, "", is(errc::unsupported)},
    classification_rule{"", "HY004", any, any, "", is(errc::unsupported)},
    classification_rule{"mariadb", "", 1235, 1235, "", is(errc::unsupported)},
    classification_rule{"mariadb", "", 1295, 1295, "", is(errc::unsupported)},
    classification_rule{"sqlite", "HY000", -1, -1, "only one SQL statement", is(errc::unsupported)},

    // Bounds.
    classification_rule{"", "54", any, any, "", is(errc::too_large)},
    classification_rule{"mariadb", "", 1390, 1390, "", is(errc::too_large)},  // too many placeholders
    classification_rule{"sqlite", "HY000", 18, 18, "", is(errc::too_large)},

    // Not allowed: no code of its own, and not an error of syntax.
    classification_rule{"", "42501", any, any, "", is(errc::rejected)},
    classification_rule{"mariadb", "", 1044, 1045, "", is(errc::rejected)},
    classification_rule{"mariadb", "", 1142, 1143, "", is(errc::rejected)},
    classification_rule{"mariadb", "", 1227, 1227, "", is(errc::rejected)},
    classification_rule{"mariadb", "", 1370, 1370, "", is(errc::rejected)},

    // Values.
    classification_rule{"", "07006", any, any, "", is(errc::type_mismatch)},
    classification_rule{"", "22", any, any, "", is(errc::data)},
    classification_rule{"mariadb", "", 1265, 1265, "", is(errc::data)},
    classification_rule{"mariadb", "", 1292, 1292, "", is(errc::data)},
    classification_rule{"mariadb", "", 1300, 1300, "", is(errc::data)},
    classification_rule{"mariadb", "", 1366, 1366, "", is(errc::data)},
    classification_rule{"sqlite", "HY000", 20, 20, "", is(errc::data)},
    classification_rule{"sqlite", "HY000", 1, 1, "overflow", is(errc::data)},

    // Parameters that are not there.
    classification_rule{"", "07001", any, any, "", is(errc::invalid_argument)},
    classification_rule{"", "07002", any, any, "", is(errc::invalid_argument)},
    classification_rule{"mariadb", "", 1835, 1835, "", is(errc::invalid_argument)},
    classification_rule{"sqlite", "HY000", -1, -1, "unbound parameters", is(errc::invalid_argument)},

    // The text of the statement.
    classification_rule{"", "42", any, any, "", is(errc::syntax)},
    classification_rule{"", "07", any, any, "", is(errc::syntax)},
    classification_rule{"", "37000", any, any, "", is(errc::syntax)},
    classification_rule{"", "S0", any, any, "", is(errc::syntax)},
    classification_rule{"", "3B001", any, any, "", is(errc::syntax)},
    classification_rule{"", "3D000", any, any, "", is(errc::syntax)},
    classification_rule{"", "3F000", any, any, "", is(errc::syntax)},
    classification_rule{"mariadb", "", 1193, 1193, "", is(errc::syntax)},  // unknown system variable
    classification_rule{"mariadb", "", 4161, 4161, "", is(errc::syntax)},  // unknown data type
    classification_rule{"sqlite", "HY000", 1, 1, "", is(errc::syntax)},

    // The driver gave up, or was called wrongly.
    classification_rule{"", "HY001", any, any, "", by_driver(errc::rejected)},
    classification_rule{"", "HY013", any, any, "", by_driver(errc::rejected)},
    classification_rule{"", "HY014", any, any, "", by_driver(errc::rejected)},
};

// psqlodbc gives every failed connect the same state and number: only the server's words, in English, tell them apart.
constexpr std::array connecting_rules{
    classification_rule{"", "28", any, any, "", is(errc::credentials)},
    classification_rule{"mariadb", "", 1044, 1045, "", is(errc::credentials)},
    classification_rule{"mariadb", "", 1130, 1130, "", is(errc::credentials)},  // host not allowed
    classification_rule{"mariadb", "", 1698, 1698, "", is(errc::credentials)},
    classification_rule{"mariadb", "", 1862, 1862, "", is(errc::credentials)},  // password expired
    classification_rule{"mariadb", "", 4151, 4151, "", is(errc::credentials)},  // account locked
    classification_rule{"postgresql", "08", any, any, "authentication failed", is(errc::credentials)},
    classification_rule{"postgresql", "08", any, any, "no password supplied", is(errc::credentials)},
    classification_rule{"postgresql", "08", any, any, "no pg_hba.conf entry", is(errc::credentials)},
    classification_rule{"postgresql", "08", any, any, "pg_hba.conf rejects", is(errc::credentials)},
    classification_rule{"postgresql", "08", any, any, "FATAL:  role \"", is(errc::credentials)},
    classification_rule{"postgresql", "08", any, any, "is not permitted to log in", is(errc::credentials)},
    classification_rule{"postgresql", "08", any, any, "permission denied for database", is(errc::credentials)},
    classification_rule{"", "01000", any, any, "Can't open lib", is(errc::invalid_argument)},
    classification_rule{"", "IM001", any, any, "", is(errc::unsupported)},
    classification_rule{"", "IM", any, any, "", is(errc::invalid_argument)},
    classification_rule{"", "HYT", any, any, "", is(errc::unreachable)},
    classification_rule{"", "", any, any, "", is(errc::unreachable)},
};

const classification_rule* find(std::span<const classification_rule> table, const driver_profile& profile,
                                const diagnostic& record) noexcept {
    for (const auto& rule : table)
        if (fits(rule, profile, record)) return &rule;
    return nullptr;
}

}  // namespace

bool fits(const classification_rule& rule, const driver_profile& profile, const diagnostic& record) noexcept {
    if (!rule.profile.empty() && !any_word(rule.profile, [&](std::string_view p) { return p == profile.name; }))
        return false;
    if (!std::string_view(record.sqlstate).starts_with(rule.sqlstate)) return false;
    const bool any_native = rule.native_min == any && rule.native_max == any;
    if (!any_native && (record.native < rule.native_min || record.native > rule.native_max)) return false;
    return has_text(record.message, rule.text);
}

std::span<const classification_rule> statement_rules() noexcept {
    return rules;
}
std::span<const classification_rule> connect_rules() noexcept {
    return connecting_rules;
}

classification classify(const driver_profile& profile, phase p, const failure& failed) noexcept {
    if (failed.rc != SQL_ERROR)
        return {.code = errc::driver_misbehaved, .lost = p != phase::connecting, .answered = false};
    if (p == phase::connecting) {
        for (const auto& record : failed.records)
            if (const auto* rule = find(connecting_rules, profile, record)) return rule->means;
        return {.code = errc::unreachable};
    }
    for (const auto& record : failed.records)
        if (const auto* rule = find(loss_rules, profile, record)) return rule->means;
    if (failed.interrupted) {
        // SQLCancel takes the diagnostics away, too.
        if (failed.records.empty()) return by_driver(errc::cancelled);
        for (const auto& record : failed.records)
            if (const auto* rule = find(after_interruption, profile, record)) return rule->means;
    }
    for (const auto& record : failed.records)
        if (const auto* rule = find(rules, profile, record)) return rule->means;
    return {.code = errc::rejected, .answered = !failed.records.empty()};
}

std::string_view advice(errc code, phase p) noexcept {
    switch (code) {
        case errc::unreachable:
            return "no connection: is the server up, and are host, port and database right?";
        case errc::credentials:
            return "the server refused the user: check user, password and what the user may do";
        case errc::connection_lost:
            return "the connection broke";
        case errc::commit_unknown:
            return "the connection broke during COMMIT: look in the database whether the transaction was applied";
        case errc::cancelled:
            return "the statement was interrupted";
        case errc::deadline:
            return "the server's own time limit for statements was reached";
        case errc::constraint:
            return "a constraint of the schema does not allow it";
        case errc::serialization:
            return "a conflict with another transaction: roll back and repeat the whole one";
        case errc::syntax:
            return "the statement is wrong, or names what is not there";
        case errc::data:
            return "a value is not possible there";
        case errc::type_mismatch:
            return "the driver cannot convert between these types";
        case errc::too_large:
            return "a bound of the server was reached";
        case errc::unsupported:
            return "this driver or server cannot do it";
        case errc::driver_misbehaved:
            return "the driver answered with a code that ODBC does not allow";
        case errc::invalid_argument:
            return p == phase::connecting ? "the connection string names a driver or data source that cannot be used"
                                          : "the statement and its parameters do not fit";
        default:
            return "the server or the driver refused it: its diagnostics say why";
    }
}

}  // namespace sluice::odbc
