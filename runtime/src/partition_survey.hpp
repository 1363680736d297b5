#pragma once
// What is asked before a result is read in partitions: its columns, where its keys begin and end, whether the
// boundaries ascend for the database too.
//
// Threads: any thread begins one; it is answered on that of whoever answers last.

#include <sluice/odbc/partition_form.hpp>
#include <sluice/protocol/error.hpp>
#include <sluice/runtime/completion.hpp>
#include <sluice/runtime/options.hpp>
#include <sluice/runtime/partition_options.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sluice::runtime {

class pool_owner;

// The partitions: ranges in the order of their keys, then the rows without a key.
class partition_plan {
public:
    partition_plan(odbc::partition_form form, std::string key, std::vector<value> boundaries)
        : form_(std::move(form)), key_(std::move(key)), boundaries_(std::move(boundaries)) {}

    [[nodiscard]] std::size_t partitions() const noexcept { return boundaries_.size() + 2; }
    [[nodiscard]] bool has_keys(std::size_t partition) const noexcept { return partition + 1 < partitions(); }
    // `ordered`: by the key.
    [[nodiscard]] odbc::partition_statement statement(std::size_t partition, bool ordered) const {
        if (!has_keys(partition)) return form_.without_key();
        const value* from = partition == 0 ? nullptr : &boundaries_[partition - 1];
        const value* below = partition == boundaries_.size() ? nullptr : &boundaries_[partition];
        return form_.range(from, below, ordered);
    }
    // The column, as the result names it.
    [[nodiscard]] const std::string& key() const noexcept { return key_; }

private:
    odbc::partition_form form_;
    std::string key_;
    std::vector<value> boundaries_;
};

// On one session of the pool, which is given back before the answer. `how` is that of each question. Errors: of the
// questions; invalid_argument: no such column, boundaries that do not ascend; type_mismatch: a key that is not cut, a
// boundary of another type.
void survey_partitions(const std::shared_ptr<pool_owner>&, std::string sql, args with, const partition_options&,
                       const request_options& how, detail::completion<partition_plan>);

}  // namespace sluice::runtime
