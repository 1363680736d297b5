#pragma once
// The old name of this header.

#include <sluice/testing/fault_script.hpp>
