# Warnings and sanitizers for all of our own code.
add_compile_options(
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
    -Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wvla -Wundef -Wno-format-zero-length -Werror -fno-common
    -fstack-protector-strong)
add_compile_options($<$<CONFIG:Release>:-O2> $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
add_link_options(-Wl,-z,relro,-z,now -Wl,--as-needed)
if(VIREO_SANITIZE)
    add_compile_options(-fsanitize=${VIREO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${VIREO_SANITIZE})
    add_compile_options(-UNDEBUG) # who looks for our bugs wants the asserts as well
endif()
if(VIREO_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
