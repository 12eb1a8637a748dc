# What is installed and where, and Debian's package of it:
#
#     cmake --build --preset release && cmake --install build/release --prefix /usr/local
#     cmake --build --preset release && cpack --preset release      build/release/seccomp-lint_0.1.0_amd64.deb
#
# The folders are Debian's. Completions are printed by the programs that were built, so that they are theirs.
include(GNUInstallDirs)
set(PACKAGE_CONTACT "seccomp-lint authors <authors@seccomp-lint.invalid>"
  CACHE STRING "Who maintains the package: NAME <ADDRESS>")
# Tests are no part of it: without this, installing builds them.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

set(MADE ${CMAKE_BINARY_DIR}/package)
set(MADE_FILES)

# make_file(OUTPUT DEPENDS... COMMAND...): OUTPUT, below MADE, is what the command prints.
function(make_file OUTPUT)
  cmake_parse_arguments(FILE "" "" "DEPENDS;COMMAND" ${ARGN})
  set(PATH ${MADE}/${OUTPUT})
  get_filename_component(FOLDER ${PATH} DIRECTORY)
  add_custom_command(OUTPUT ${PATH}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${FOLDER}
    COMMAND ${FILE_COMMAND} > ${PATH}
    DEPENDS ${FILE_DEPENDS}
    VERBATIM)
  set(MADE_FILES ${MADE_FILES} ${PATH} PARENT_SCOPE)
endfunction()

install(TARGETS seccomp-lint seccomp-oci seccomp-run DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS seccomp-agent DESTINATION ${CMAKE_INSTALL_SBINDIR})

# The name of a completion's file, by which the shell finds it.
set(bash_FOLDER ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
set(zsh_FOLDER ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
set(zsh_PREFIX _)
set(fish_FOLDER ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
set(fish_SUFFIX .fish)
foreach(SHELL bash zsh fish)
  foreach(PROGRAM seccomp-lint seccomp-run seccomp-agent)
    set(NAME ${SHELL}/${${SHELL}_PREFIX}${PROGRAM}${${SHELL}_SUFFIX})
    set(ARGUMENTS --completion ${SHELL})
    if(PROGRAM STREQUAL seccomp-lint)
      set(ARGUMENTS completion ${SHELL})
    endif()
    make_file(${NAME} DEPENDS ${PROGRAM} COMMAND $<TARGET_FILE:${PROGRAM}> ${ARGUMENTS})
    install(FILES ${MADE}/${NAME} DESTINATION ${${SHELL}_FOLDER})
  endforeach()
endforeach()

# install_compressed(FILE FOLDER): as FOLDER/NAME.gz, without a time in it.
function(install_compressed FILE FOLDER)
  get_filename_component(NAME ${FILE} NAME)
  make_file(gz/${NAME}.gz DEPENDS ${CMAKE_SOURCE_DIR}/${FILE}
    COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/${FILE})
  install(FILES ${MADE}/gz/${NAME}.gz DESTINATION ${FOLDER})
  set(MADE_FILES ${MADE_FILES} PARENT_SCOPE)
endfunction()

install_compressed(lint/cli/seccomp-lint.1 ${CMAKE_INSTALL_MANDIR}/man1)
install_compressed(runtime/run/seccomp-run.1 ${CMAKE_INSTALL_MANDIR}/man1)
install_compressed(lint/verdicts/seccomp-verdicts.5 ${CMAKE_INSTALL_MANDIR}/man5)
install_compressed(lint/engine/seccomp-lint.json.5 ${CMAKE_INSTALL_MANDIR}/man5)
install_compressed(runtime/agent/seccomp-agent.8 ${CMAKE_INSTALL_MANDIR}/man8)
install_compressed(runtime/oci/seccomp-oci.8 ${CMAKE_INSTALL_MANDIR}/man8)
install_compressed(ci/package/changelog ${CMAKE_INSTALL_DATADIR}/doc/seccomp-lint)

install(DIRECTORY profiles DESTINATION ${CMAKE_INSTALL_DATADIR}/seccomp-lint
  FILES_MATCHING PATTERN "*.json" PATTERN "*.verdicts")
install(FILES schema/profile.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/seccomp-lint)
install(FILES README.md ci/package/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/seccomp-lint)
install(FILES profiles/README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/seccomp-lint
  RENAME profiles.md)

add_custom_target(package_files ALL
  DEPENDS ${MADE_FILES} seccomp-lint seccomp-oci seccomp-run seccomp-agent)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME seccomp-lint)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${PACKAGE_CONTACT})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)  # seccomp-lint_0.1.0_amd64.deb
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "check seccomp profiles, and run containers under them")
set(CPACK_PACKAGE_DESCRIPTION
"seccomp-lint finds what a seccomp profile in Docker's JSON format does not
do as it says, before it is deployed. seccomp-run and seccomp-agent run
containers under a profile, after Apache Mesos' linux/seccomp isolator.
seccomp-oci stands before runc or crun, and lets container engines start
nothing under a profile that is invalid or a filter that is not proved.")
include(CPack)
