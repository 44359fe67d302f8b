# What `cmake --install` puts where, and the two ways of finding it: find_package(fenchel) and pkg-config fenchel.
include(CMakePackageConfigHelpers)

install(TARGETS fenchel EXPORT fenchel_targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${FENCHEL_HEADERS} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fenchel)

set(FENCHEL_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/fenchel)
install(EXPORT fenchel_targets NAMESPACE fenchel:: FILE fenchelTargets.cmake DESTINATION ${FENCHEL_CMAKE_DIR})
configure_package_config_file(cmake/fenchelConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/fenchelConfig.cmake
                              INSTALL_DESTINATION ${FENCHEL_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/fenchelConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/fenchelConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/fenchelConfigVersion.cmake
        DESTINATION ${FENCHEL_CMAKE_DIR})

# Relocatable: the prefix is found from where the .pc file lies.
file(RELATIVE_PATH FENCHEL_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" FENCHEL_PC_PREFIX "${FENCHEL_PC_PREFIX}")
configure_file(cmake/fenchel.pc.in ${CMAKE_CURRENT_BINARY_DIR}/fenchel.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/fenchel.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
