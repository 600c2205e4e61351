# SPDX-License-Identifier: MIT
# The harness as a package for other projects: headers, libraries, the program,
# and what find_package(copilot-harness) reads.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/copilot-harness)
set(header_dir ${CMAKE_INSTALL_INCLUDEDIR}/copilot-harness)

set_target_properties(harness PROPERTIES OUTPUT_NAME copilot-harness)
set_target_properties(wire PROPERTIES OUTPUT_NAME copilot-wire)
install(TARGETS harness wire project_options deps_asio deps_httplib
    deps_valijson
  EXPORT copilot-harness-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT copilot-harness
  INCLUDES DESTINATION ${header_dir})
install(TARGETS copilot-harness
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT copilot-harness)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/harness ${CMAKE_SOURCE_DIR}/wire
  DESTINATION ${header_dir} COMPONENT copilot-harness
  FILES_MATCHING PATTERN "*.h"
  PATTERN "example" EXCLUDE
  # Of tests.
  PATTERN "fake_*.h" EXCLUDE PATTERN "test_*.h" EXCLUDE
  PATTERN "json_damage.h" EXCLUDE
  # Of the program.
  PATTERN "*_command.h" EXCLUDE PATTERN "adapter.h" EXCLUDE
  PATTERN "completion.h" EXCLUDE PATTERN "console.h" EXCLUDE
  PATTERN "exit_code.h" EXCLUDE PATTERN "interrupts.h" EXCLUDE
  PATTERN "terminal.h" EXCLUDE PATTERN "turn.h" EXCLUDE)

install(EXPORT copilot-harness-targets NAMESPACE copilot::
  DESTINATION ${package_dir} COMPONENT copilot-harness)
configure_package_config_file(
  ${CMAKE_SOURCE_DIR}/cmake/copilot-harness-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/copilot-harness-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/copilot-harness-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/copilot-harness-config.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/copilot-harness-config-version.cmake
  DESTINATION ${package_dir} COMPONENT copilot-harness)
