# cmake -DSTAGE=<folder> -DBUILD=<tree> [-DMOVE_TO=<folder>] -P stage.cmake: installs the tree to an empty folder, and moves
# that elsewhere, so that nothing is where it was installed.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${STAGE})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${STAGE} COMMAND_ERROR_IS_FATAL ANY)
if(MOVE_TO)
    file(REMOVE_RECURSE ${MOVE_TO})
    file(RENAME ${STAGE} ${MOVE_TO})
endif()
