#pragma once
// All of Sluice. Programs that use futures alone compile faster with <sluice/runtime/engine.hpp>, which is without
// Asio.
//
// Threads: see each header.

#include <sluice/protocol/bulk_rows_of.hpp>
#include <sluice/protocol/connection_string.hpp>
#include <sluice/protocol/record.hpp>
#include <sluice/runtime/async.hpp>
#include <sluice/runtime/engine.hpp>
#include <sluice/runtime/options_json.hpp>
#include <sluice/runtime/sqlite.hpp>
