#pragma once
// SQLite: whether a SELECT that is kept prepared still means what it meant when it was prepared. The driver describes
// its result once. Where an execution finds another schema SQLite prepares the statement anew, and says that it has
// (sqlite_handle.hpp), as it does for other reasons: then the version of the schema of the main database is asked for,
// which grows with each change by anybody. A SELECT was right if the version after its execution is one that was read
// before it was prepared. What that version does not tell is what this very connection does: temporary tables, other
// databases that are attached, and a change of its own that is rolled back, which takes the version back.
//
// Threads: as the connection.

#include "handle.hpp"

#include <sluice/protocol/error.hpp>

#include <cstdint>
#include <optional>

namespace sluice::odbc {

struct connection_state;
struct statement_effects;

// What a statement may do to what others mean: schema_effect_of in sql_text.hpp.
enum class schema_effect : std::uint8_t {
    none,
    begins,    // a transaction that the connection does not know of, or a savepoint
    ends,      // such a transaction
    changes,   // or is not known not to
    attaches,  // another database, whose schema has a version of its own
};

// What is known of the schema of one connection. Pure but for the handle that it owns.
class schema_watch {
public:
    // May a SELECT be kept now, or one that is kept be executed?
    [[nodiscard]] bool tells() const noexcept { return !attached_ && !unsettled_; }
    // A version that was read, and was not less at any time since. SQLite's own copy of the schema is that one or a
    // later one. None: not known.
    [[nodiscard]] std::optional<std::int32_t> seen() const noexcept { return seen_; }
    void saw(std::optional<std::int32_t> version) noexcept { seen_ = version; }

    // The connection has executed a statement. True: nothing that is prepared may be used any more.
    [[nodiscard]] bool executed(schema_effect, bool in_transaction, bool with_success) noexcept;
    // A transaction that the connection knows of has ended, and what was changed in it is committed or gone.
    void transaction_over() noexcept;

    stmt_handle question;  // prepared when it is first asked
    std::int32_t answer = 0;

private:
    std::optional<std::int32_t> seen_;
    bool attached_ = false;
    bool unsettled_ = false;  // a change of this connection's own, or what may hold one, can be rolled back yet
};

// Does this connection keep such a statement only as long as the schema is the same?
[[nodiscard]] bool needs_same_schema(const connection_state&, statement_effects) noexcept;
// Before a statement with rows is prepared: SQLite prepares it for the copy of the schema that the connection has, and
// looks only at its execution whether another has changed it; the driver goes on with the columns of before, and may
// crash. The copy is made the present one. Answers the version to keep the statement with; none: it is not to be kept.
// An error is that of an interruption, or the connection takes no more statements. `despite_stop`: as in
// cursor_options.
[[nodiscard]] result<std::optional<std::int32_t>> load_schema(connection_state&, bool despite_stop);
// After its execution, before anything of it is given out: is it still that version? In doubt it is not. Errors: as of
// load_schema.
[[nodiscard]] result<bool> has_schema(connection_state&, std::int32_t version, bool despite_stop);
// Of a statement that is prepared and was never executed: has each column of its result a declared type? To others the
// driver gives, once, the type of the first value that it sees.
[[nodiscard]] bool has_declared_types(connection_state&, const stmt_handle&);

}  // namespace sluice::odbc
