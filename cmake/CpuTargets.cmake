# One source, several instruction sets.
#
#   refrain_add_targets(<interface library> <source>...)
#
# compiles each source once for every entry of REFRAIN_TARGETS into an object library of its own and adds
# the objects to the interface library. The source sees REFRAIN_TARGET defined as the bare word portable,
# avx2 or avx512, to be used as the name of a namespace: the flags let the compiler use those instructions
# anywhere in the file, so nothing in it may be shared with another target (an inline function that the
# linker merges could otherwise bring AVX-512 to a machine without it).

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(REFRAIN_TARGETS portable avx2 avx512)
else()
  set(REFRAIN_TARGETS portable)
endif()

set(REFRAIN_FLAGS_portable "")
set(REFRAIN_FLAGS_avx2 -mavx2 -mfma)
set(REFRAIN_FLAGS_avx512
    -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma -mprefer-vector-width=512)

function(refrain_add_targets library)
  foreach(target IN LISTS REFRAIN_TARGETS)
    set(objects ${library}_${target})
    add_library(${objects} OBJECT ${ARGN})
    target_compile_definitions(${objects} PRIVATE REFRAIN_TARGET=${target})
    target_compile_options(${objects} PRIVATE ${REFRAIN_FLAGS_${target}})
    target_link_libraries(${objects} PRIVATE refrain_common)
    target_sources(${library} INTERFACE $<TARGET_OBJECTS:${objects}>)
  endforeach()
endfunction()
