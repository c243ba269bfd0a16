# -DREFRAIN_SANITIZE=address,undefined instruments everything that is built after this file is included.
set(REFRAIN_SANITIZE "" CACHE STRING "Sanitizers to compile in, e.g. address,undefined")

if(REFRAIN_SANITIZE)
  if(NOT CMAKE_BUILD_TYPE)
    # instrumented kernels take six times as long to compile with -O3
    set(CMAKE_BUILD_TYPE Debug)
    set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
  endif()
  # no recovery: undefined behaviour must fail a test, not print a line that nobody reads.
  add_compile_options(-fsanitize=${REFRAIN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${REFRAIN_SANITIZE})
endif()
