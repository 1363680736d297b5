// No more than its precompiled headers, which all tests use: see test/CMakeLists.txt.
