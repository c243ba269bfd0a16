# -DREFRAIN_SANITIZE=address,undefined instruments everything that is built after this file is included.
set(REFRAIN_SANITIZE "" CACHE STRING "Sanitizers to compile in, e.g. address,undefined")

if(REFRAIN_SANITIZE)
  # no-sanitize-recover: undefined behaviour must fail a test, not print a line that nobody reads.
  add_compile_options(-fsanitize=${REFRAIN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${REFRAIN_SANITIZE})
endif()
