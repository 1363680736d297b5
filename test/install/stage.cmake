# cmake -DSTAGE=<folder> -DBUILD=<tree> -P stage.cmake: installs the tree to an empty folder.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${STAGE})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${STAGE} COMMAND_ERROR_IS_FATAL ANY)
