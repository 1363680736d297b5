// The driver manager's Threading, as odbcinst.ini sets it. A process of its own: the manager reads its files once.
#include "fault_driver/control.hpp"

#include <sluice/odbc/connection.hpp>
#include <sluice/protocol/connection_string.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace sluice;
using sluice::testing::fault_script;

namespace {

// A section for each level, and none for a driver that is named by its path.
void write_drivers(const std::string& library) {
    const auto folder = std::filesystem::current_path() / "odbc_threading_test.files";
    std::filesystem::create_directories(folder);
    std::ofstream ini(folder / "odbcinst.ini");
    for (const int level : {0, 1, 2, 3})
        ini << "[level" << level << "]\nDriver=" << library << "\nThreading=" << level << "\n";
    ini << "[no level]\nDriver=" << library << "\n";
    ::setenv("ODBCSYSINI", folder.c_str(), 1);
}

}  // namespace

TEST_CASE("threading: the level is told and the third is warned of") {
    // The script's own driver is loaded by its path, which makes the manager read its files.
    const std::string library = SLUICE_FAULT_DRIVER_PATH;
    write_drivers(library);
    const fault_script faults("odbc threading");
    const auto connected = [&](const std::string& driver, std::vector<diagnostic>& warnings) {
        auto string = sluice::connection_string::parse(faults.connection_string()).value();
        string.set("Driver", driver);
        auto on = odbc::connection::open(protocol::connect(string.str()), warnings);
        if (!on) FAIL(on.error().to_string());
        return on->facts().threading_level;
    };
    std::vector<diagnostic> none;
    CHECK(connected("level0", none) == 0);
    CHECK(connected("level1", none) == 1);
    CHECK(connected("level2", none) == 2);
    CHECK(connected("no level", none) == 0);
    CHECK(connected(library, none) == 0);
    CHECK(none.empty());

    std::vector<diagnostic> warned;
    CHECK(connected("level3", warned) == 3);
    REQUIRE(warned.size() == 1);
    CHECK(warned[0].sqlstate == "01000");
    for (const char* part : {"one lock serialises all ODBC calls", "SQLCancel", "Threading=0", "odbcinst.ini"})
        CHECK(warned[0].message.find(part) != std::string::npos);
}
