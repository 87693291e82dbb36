# The server binary, the client library, and their installation.
include(GNUInstallDirs)

include(CMakePackageConfigHelpers)

# libvireo.  The shared library is made of the folder's sources, with the folders
# below linked in and hidden: only the functions of vireo.h leave it.
file(GLOB client_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/client/*.c)
add_library(vireo_shared SHARED ${client_sources})
add_library(vireo::vireo ALIAS vireo_shared)
set_target_properties(vireo_shared PROPERTIES OUTPUT_NAME vireo EXPORT_NAME vireo
                      VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_include_directories(vireo_shared PUBLIC
                           $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>
                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
                           PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(vireo_shared PRIVATE VIREO_VERSION="${PROJECT_VERSION}")
target_link_libraries(vireo_shared PRIVATE $<BUILD_INTERFACE:vr_client>)
target_link_options(vireo_shared PRIVATE -Wl,--exclude-libs,ALL)
# The same for programs of this build that link it statically (the Python extension).
add_library(vireo_static INTERFACE)
target_link_libraries(vireo_static INTERFACE vr_client)

install(TARGETS vireo_shared EXPORT vireo-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        COMPONENT development)
install(FILES ${CMAKE_SOURCE_DIR}/include/vireo/vireo.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/vireo COMPONENT development)
install(EXPORT vireo-targets NAMESPACE vireo:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/vireo
        COMPONENT development)
configure_package_config_file(cmake/vireo-config.cmake.in ${CMAKE_BINARY_DIR}/vireo-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/vireo)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/vireo-config-version.cmake
                                 COMPATIBILITY SameMajorVersion)
configure_file(cmake/vireo.pc.in ${CMAKE_BINARY_DIR}/vireo.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/vireo-config.cmake ${CMAKE_BINARY_DIR}/vireo-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/vireo COMPONENT development)
install(FILES ${CMAKE_BINARY_DIR}/vireo.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT development)

# The example of the guide, built against the shared library as a user would.
add_executable(example_c_detect ${CMAKE_SOURCE_DIR}/examples/c/detect.c)
target_link_libraries(example_c_detect PRIVATE vireo_shared)

# The header compiles as C++; the example runs without a server and leaves its
# span in a spool; a program outside builds against what was installed.
if(VIREO_TESTS)
    find_program(CPLUSPLUS NAMES c++ g++ clang++)
    if(CPLUSPLUS)
        add_test(NAME client_header_cplusplus
                 COMMAND ${CPLUSPLUS} -std=c++17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c++
                         ${CMAKE_SOURCE_DIR}/include/vireo/vireo.h)
    endif()
    add_test(NAME client_example_detect COMMAND example_c_detect)
    set_tests_properties(client_example_detect PROPERTIES ENVIRONMENT
        "VIREO_URL=http://127.0.0.1:9;VIREO_SPOOL=${CMAKE_BINARY_DIR}/example-spool")
    if(NOT VIREO_SANITIZE)
        add_test(NAME client_install
                 COMMAND ${CMAKE_SOURCE_DIR}/tests/unit/client/install.sh ${CMAKE_COMMAND}
                         ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}/examples/c/detect.c)
    endif()
endif()

# ninja bench_client_span && ./bench_client_span [--memory]
add_executable(bench_client_span EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/client_span.c)
target_compile_definitions(bench_client_span PRIVATE _GNU_SOURCE)
target_link_libraries(bench_client_span PRIVATE vireo_shared)
# bench/ingest_profile.c: the write path without the network.
add_executable(bench_ingest_profile EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/ingest_profile.c)
target_compile_definitions(bench_ingest_profile PRIVATE _GNU_SOURCE)
target_link_libraries(bench_ingest_profile PRIVATE vr_store vr_otlp)

if(EXISTS ${CMAKE_SOURCE_DIR}/src/cli/main.c)
    include(cmake/page.cmake)
    add_executable(vireo ${CMAKE_SOURCE_DIR}/src/cli/main.c)
    target_link_libraries(vireo PRIVATE vr_cli vireo_page)
    install(TARGETS vireo RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
