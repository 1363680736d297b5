#include <sluice/protocol/catalog.hpp>
#include <sluice/protocol/limits.hpp>

#include <string>

namespace sluice {

namespace {

// What is wrong, one after the other.
class wrong_filters {
public:
    void add(std::string_view what) {
        if (!text_.empty()) text_ += "; ";
        text_ += what;
    }
    [[nodiscard]] std::optional<error> as_error() const {
        if (text_.empty()) return std::nullopt;
        return error(errc::invalid_argument, text_);
    }

private:
    std::string text_;
};

// One setter: its name, its value, whether the subject has a use for it, and for a pattern in it.
struct setter {
    std::string_view name;
    const catalog_query::filter& value;
    bool useful;
    bool pattern;
};

void check(const setter& s, catalog_subject subject, wrong_filters& all) {
    if (!s.value) return;
    const std::string& text = s.value->text();
    const std::string name(s.name);
    if (!s.useful) return all.add(std::string(to_string(subject)) + " has no use for " + name + "()");
    if (s.value->is_pattern() && !s.pattern)
        all.add(name + "_like() is for tables, columns and procedures: " + std::string(to_string(subject)) +
                " takes one exact name");
    if (text.empty()) all.add(name + "() is empty: leave it away");
    if (text.size() > limits::catalog_name_bytes_max)
        all.add(name + "() is longer than " + std::to_string(limits::catalog_name_bytes_max) + " bytes");
    if (text.find('\0') != std::string::npos) all.add(name + "() has a NUL");
}

void check_kinds(const catalog_query& asked, wrong_filters& all) {
    if (asked.kinds().empty()) return;
    if (asked.subject() != catalog_subject::tables)
        return all.add(std::string(to_string(asked.subject())) + " has no use for kind()");
    std::size_t sum = 0;
    for (const auto& kind : asked.kinds()) {
        sum += kind.size() + 3;
        if (kind.empty() || kind.find_first_of(std::string_view("',\0", 3)) != std::string::npos)
            all.add("kind() is empty, or has a quote, a comma or a NUL");
    }
    if (sum > limits::catalog_name_bytes_max)
        all.add("the kinds are longer than " + std::to_string(limits::catalog_name_bytes_max) + " bytes");
}

}  // namespace

std::string_view to_string(catalog_subject subject) noexcept {
    switch (subject) {
        case catalog_subject::tables:
            return "tables";
        case catalog_subject::columns:
            return "columns";
        case catalog_subject::primary_keys:
            return "primary_keys";
        case catalog_subject::foreign_keys:
            return "foreign_keys";
        case catalog_subject::indexes:
            return "indexes";
        case catalog_subject::procedures:
            return "procedures";
        case catalog_subject::data_types:
            return "data_types";
    }
    return "?";
}

std::optional<error> catalog_query::problems() const {
    using enum catalog_subject;
    wrong_filters all;
    const bool named = subject_ != data_types;
    const bool keys = subject_ == foreign_keys;
    const bool patterns = subject_ == tables || subject_ == columns || subject_ == procedures;
    const setter setters[] = {
        {"catalog", catalog_, named, false},
        {"schema", schema_, named, patterns},
        {"name", name_, named, patterns},
        {"column", column_, subject_ == columns, true},
        {"references", references_, keys, false},
        {"references_schema", references_schema_, keys, false},
        {"references_catalog", references_catalog_, keys, false},
    };
    for (const auto& s : setters) check(s, subject_, all);
    check_kinds(*this, all);
    if ((subject_ == primary_keys || subject_ == indexes) && !name_)
        all.add(std::string(to_string(subject_)) + " needs the name() of one table");
    if (keys && !name_ && !references_) all.add("foreign_keys needs name(), references() or both");
    if (keys && (references_schema_ || references_catalog_) && !references_)
        all.add("references_schema() and references_catalog() need references()");
    if (keys && (schema_ || catalog_) && !name_) all.add("schema() and catalog() of foreign_keys need name()");
    if (unique_ && subject_ != indexes) all.add(std::string(to_string(subject_)) + " has no use for unique()");
    if (sql_type_ && subject_ != data_types) all.add(std::string(to_string(subject_)) + " has no use for sql_type()");
    return all.as_error();
}

}  // namespace sluice
