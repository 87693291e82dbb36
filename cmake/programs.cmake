# The server binary, the client library, and their installation.
include(GNUInstallDirs)

file(GLOB client_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/client/*.c)
if(client_sources)
    add_library(vireo_shared SHARED ${client_sources})
    set_target_properties(vireo_shared PROPERTIES OUTPUT_NAME vireo VERSION ${PROJECT_VERSION}
                          SOVERSION ${PROJECT_VERSION_MAJOR})
    target_link_libraries(vireo_shared PRIVATE vr_client)
    # Only the functions of vireo.h leave the library.
    target_link_options(vireo_shared PRIVATE -Wl,--exclude-libs,ALL)
    add_library(vireo_static INTERFACE)
    target_link_libraries(vireo_static INTERFACE vr_client)
endif()

if(EXISTS ${CMAKE_SOURCE_DIR}/src/cli/main.c)
    include(cmake/page.cmake)
    add_executable(vireo ${CMAKE_SOURCE_DIR}/src/cli/main.c)
    target_link_libraries(vireo PRIVATE vr_cli vireo_page)
    install(TARGETS vireo RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
