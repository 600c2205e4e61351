# SPDX-License-Identifier: MIT
# Every library is a Debian package; vcpkg.json names them for everybody else.
# Where they are is a matter of the build only: an installed package looks for
# them anew.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(pugixml REQUIRED)

find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
find_path(VALIJSON_INCLUDE_DIR valijson/validator.hpp REQUIRED)
find_path(HTTPLIB_INCLUDE_DIR httplib.h REQUIRED)
find_library(HTTPLIB_LIBRARY cpp-httplib)

add_library(deps_asio INTERFACE)
target_include_directories(deps_asio SYSTEM INTERFACE
  $<BUILD_INTERFACE:${ASIO_INCLUDE_DIR}>)
# Asio chooses between malloc and new by what was included before it: files of
# one program would disagree.
target_compile_definitions(deps_asio INTERFACE
  ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(deps_asio INTERFACE Threads::Threads)

add_library(deps_valijson INTERFACE)
target_include_directories(deps_valijson SYSTEM INTERFACE
  $<BUILD_INTERFACE:${VALIJSON_INCLUDE_DIR}>)

# Debian ships cpp-httplib compiled, with OpenSSL, Brotli and zlib switched on.
add_library(deps_httplib INTERFACE)
target_include_directories(deps_httplib SYSTEM INTERFACE
  $<BUILD_INTERFACE:${HTTPLIB_INCLUDE_DIR}>)
target_link_libraries(deps_httplib INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
if(HTTPLIB_LIBRARY)
  target_link_libraries(deps_httplib INTERFACE
    $<BUILD_INTERFACE:${HTTPLIB_LIBRARY}> $<INSTALL_INTERFACE:cpp-httplib>)
  target_compile_definitions(deps_httplib INTERFACE CPPHTTPLIB_OPENSSL_SUPPORT)
endif()

if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(BUILD_BENCH)
  find_package(benchmark REQUIRED)
endif()
