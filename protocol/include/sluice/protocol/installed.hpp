#pragma once
// What the driver manager of this machine knows of: its drivers and its data sources.
//
// Threads: values; any thread.

#include <string>
#include <utility>
#include <vector>

namespace sluice {

// A section of odbcinst.ini.
struct installed_driver {
    std::string name;
    std::vector<std::pair<std::string, std::string>> attributes;
};

// A section of odbc.ini.
struct data_source {
    std::string name;
    std::string driver;
};

}  // namespace sluice
