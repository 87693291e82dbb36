# The web page as an object file: every file of web/dist, compressed, in one
# generated table.  Without a built page the table is empty and the server
# says how to build it.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
file(GLOB_RECURSE page_files CONFIGURE_DEPENDS ${VIREO_PAGE_DIR}/*)
set(page_source ${CMAKE_BINARY_DIR}/page_assets.c)
add_custom_command(
    OUTPUT ${page_source}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/embed_page.py ${VIREO_PAGE_DIR} ${page_source}
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/embed_page.py ${page_files}
    COMMENT "Embedding the page")
add_library(vireo_page STATIC ${page_source})
target_link_libraries(vireo_page PUBLIC vr_http)
