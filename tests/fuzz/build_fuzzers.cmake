# build_fuzzers.cmake -- configures and builds project/; a script, so that a test can run it.
set(launcher)
if(LAUNCHER)
  set(launcher -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} -DCMAKE_C_COMPILER=${CC} -DCMAKE_CXX_COMPILER=${CXX}
                        ${launcher} -DKERNELS=${KERNELS} -DJSON=${JSON} -DCATALOGUES=${CATALOGUES} -DCMAKE_BUILD_TYPE=None COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} --parallel 2 COMMAND_ERROR_IS_FATAL ANY)
