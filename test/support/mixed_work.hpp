#pragma once
// Jobs of five kinds that run beside each other on one pool: queries, streams, transactions, prepared statements and
// the catalog. Each checks what it is answered.
//
//     work_texts texts;  ... the SQL of the database ...
//     const work_report report = run_jobs(db, texts, 100, 1);
//     CHECK(report.right == 100);
//
// Threads: everything on the one that calls, which blocks until all jobs are over.

#include <sluice/protocol/catalog.hpp>
#include <sluice/runtime/engine.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::testing {

struct work_texts {
    std::string echo;       // one parameter, which comes back in the first column of one row
    std::string stream;     // whole numbers in its first column
    std::int64_t rows = 0;  // of the stream
    std::int64_t sum = 0;   // of its first column
    std::string write;      // one row, within a transaction; @ stands for the number of the job
    catalog_query catalog = tables();
    std::size_t catalog_rows_least = 1;
};

struct work_report {
    std::size_t right = 0;               // jobs that did all that they had to do
    std::vector<std::string> wrong;      // answers that are not what they have to be
    std::vector<error> failed;           // of jobs that gave up
    std::vector<error> met;              // each error, those after which a job went on too
    std::size_t transactions_right = 0;  // jobs whose transaction was committed: two writes each
};

// A job whose attempt failed does all of it again, so many times in all, where the server cannot have applied it or it
// only reads.
[[nodiscard]] work_report run_jobs(pool& on, const work_texts&, std::size_t jobs, int attempts);

}  // namespace sluice::testing
