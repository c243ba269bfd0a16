# libjnirefrain.so: the JNI functions that JavaCPP wrote into REFRAIN_GLUE, linked to the engine.
set(jni_h "${REFRAIN_JAVA_HOME}/include")
if(NOT EXISTS "${jni_h}/jni.h")
  message(FATAL_ERROR "No jni.h in ${jni_h}: build with a JDK that has its C headers.")
endif()

# Copied only where the text changed, so that an unchanged glue is not compiled again.
file(GLOB_RECURSE glue_sources RELATIVE "${REFRAIN_GLUE}" CONFIGURE_DEPENDS "${REFRAIN_GLUE}/*.cpp")
if(NOT glue_sources)
  message(FATAL_ERROR "No JNI sources in ${REFRAIN_GLUE}: run the build of java/core, which writes them.")
endif()
set(glue_copies)
foreach(source IN LISTS glue_sources)
  configure_file("${REFRAIN_GLUE}/${source}" "${CMAKE_CURRENT_BINARY_DIR}/glue/${source}" COPYONLY)
  list(APPEND glue_copies "${CMAKE_CURRENT_BINARY_DIR}/glue/${source}")
endforeach()

add_library(jnirefrain SHARED ${glue_copies})
target_include_directories(jnirefrain PRIVATE "${jni_h}" "${jni_h}/linux")
# generated code: its warnings are JavaCPP's
target_compile_options(jnirefrain PRIVATE -w "-ffile-prefix-map=${CMAKE_CURRENT_BINARY_DIR}=.")
target_link_libraries(jnirefrain PRIVATE refrain)
target_link_options(jnirefrain PRIVATE -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL
  -Wl,-z,defs)
install(TARGETS jnirefrain LIBRARY DESTINATION . COMPONENT cpu)
