// What the compiler has to refuse, each with a message of ours that says what to do: refused.cmake looks for them.

#include <sluice/protocol/record.hpp>
#include <sluice/protocol/value.hpp>

namespace {

struct with_constructor {
    with_constructor() {}
    int id = 0;
};
struct with_view {
    std::string_view name;
};
struct with_nothing {};

}  // namespace

void refused(const sluice::row_set& rows, const sluice::batch& batch) {
    (void)sluice::rows_as<with_constructor>(rows);
    (void)sluice::rows_as<with_view>(rows);
    (void)sluice::rows_as<with_nothing>(rows);
    (void)sluice::rows_as<std::tuple<int, char>>(rows);
    (void)batch.column<int>(0);
    (void)sluice::args('c');
    (void)sluice::args(nullptr);
}
