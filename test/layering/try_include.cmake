# cmake -Dcompiler= -Droom= -Dpath= -Dsystem_path= -Dheader= -Dverdict=takes|refuses -P try_include.cmake
# Compiles one line, `#include <header>`, as a source of the room. Fails when the verdict is another.
list(TRANSFORM path PREPEND -I)
list(TRANSFORM system_path PREPEND -isystem)
file(MAKE_DIRECTORY try_include)
string(MAKE_C_IDENTIFIER "${room}_${verdict}_${header}" name)
set(source ${CMAKE_CURRENT_BINARY_DIR}/try_include/${name}.cpp)
file(WRITE ${source} "#include <${header}>\n")
execute_process(COMMAND ${compiler} -std=c++20 -fsyntax-only ${path} ${system_path} ${source}
    RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(verdict STREQUAL "takes")
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "${room} should be able to include <${header}>:\n${text}")
    endif()
elseif(result EQUAL 0)
    message(FATAL_ERROR "${room} can include <${header}>")
elseif(NOT text MATCHES "${room} may not include <[^>]*>: see ${room}/README.md")
    message(FATAL_ERROR "${room} cannot include <${header}>, but not for the layering's sake:\n${text}")
endif()
