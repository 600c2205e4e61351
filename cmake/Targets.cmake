# SPDX-License-Identifier: MIT
# How this project declares targets: warnings, standard, sanitizers, tests and
# embedded files are decided here once.

add_library(project_options INTERFACE)
target_compile_features(project_options INTERFACE cxx_std_20)
# Warnings are ours, not those of who uses an installed package.
target_compile_options(project_options INTERFACE
  $<BUILD_INTERFACE:-Wall> $<BUILD_INTERFACE:-Wextra>)
if(WARNINGS_AS_ERRORS)
  target_compile_options(project_options INTERFACE $<BUILD_INTERFACE:-Werror>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # GCC 12 sees overlaps inside std::string that are none.
    target_compile_options(project_options INTERFACE
      $<BUILD_INTERFACE:-Wno-restrict>)
  endif()
endif()
if(SANITIZE)
  target_compile_options(project_options INTERFACE -fsanitize=${SANITIZE}
    -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(project_options INTERFACE -fsanitize=${SANITIZE})
endif()
if(FUZZERS)
  target_compile_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_include_directories(project_options INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>)

# project_library(<name> <source>...)
function(project_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC project_options)
endfunction()

# project_program(<name> <source>...): an executable in <build>/bin.
function(project_program name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE project_options)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# project_test(<name> SOURCES <source>... LIBS <library>...): a GoogleTest
# binary whose cases are registered with CTest one by one.
function(project_test name)
  if(NOT BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE project_options ${ARG_LIBS}
    GTest::gtest GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${TEST_TIMEOUT})
endfunction()

# project_fuzzer(<name> SOURCES <source>... LIBS <library>...): a libFuzzer
# program in <build>/bin; ci/sanitize runs every one.
function(project_fuzzer name)
  if(NOT FUZZERS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  project_program(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()

# embed_file(<target> <file> <symbol>): the bytes of <file> as
# `extern const std::string_view copilot::embedded::<symbol>`, declared in
# "embedded/<symbol>.h".
function(embed_file target file symbol)
  get_filename_component(path ${file} ABSOLUTE)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  add_custom_command(
    OUTPUT ${out}/${symbol}.h ${out}/${symbol}.cc
    COMMAND ${CMAKE_COMMAND} -DINPUT=${path} -DSYMBOL=${symbol} -DOUT=${out}
            -P ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake
    DEPENDS ${path} ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake
    COMMENT "Embedding ${symbol}")
  target_sources(${target} PRIVATE ${out}/${symbol}.h ${out}/${symbol}.cc)
  target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
