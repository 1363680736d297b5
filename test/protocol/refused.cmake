# cmake -Dcompiler= -Dpath= -Dsource= -P refused.cmake: fails unless each message below is among the errors of the source.
list(TRANSFORM path PREPEND -I)
execute_process(COMMAND ${compiler} -std=c++20 -fsyntax-only ${path} ${source}
    RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(result EQUAL 0)
    message(FATAL_ERROR "the compiler took it all")
endif()
foreach(message IN ITEMS
    "query_as<T> takes a std::tuple or an aggregate struct"
    "query_as<T> needs at least one field"
    "a field is of a type that no column can fill"
    "columns are read as bool, std::int64_t"
    "this type cannot be a parameter"
    "a NULL parameter has a type"
)
    string(FIND "${text}" "sluice: ${message}" at)
    if(at EQUAL -1)
        message(SEND_ERROR "no error says: sluice: ${message}")
    endif()
endforeach()
