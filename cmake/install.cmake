# What `cmake --install` copies. The build of the container has only some of these files, and does
# not install.
include(GNUInstallDirs)

install(TARGETS tally_bin RUNTIME)
install(FILES LICENSE README.md CHANGELOG.md deploy/systemd/tally.env deploy/systemd/password.conf
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
# systemd.md recommends these files.
install(FILES docker/redis/redis.conf DESTINATION ${CMAKE_INSTALL_DOCDIR}/docker/redis)
install(DIRECTORY docker/nginx DESTINATION ${CMAKE_INSTALL_DOCDIR}/docker
  FILES_MATCHING PATTERN *.conf)
install(CODE "
  set(folder \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DOCDIR}\")
  include(\"${CMAKE_CURRENT_SOURCE_DIR}/cmake/installed_links.cmake\")")

# What systemd has to let the unit execute beside the binary.
if(TALLY_STATIC)
  set(TALLY_LIBRARIES "")
elseif(CMAKE_LIBRARY_ARCHITECTURE) # Debian's folder has libraries and no shell
  set(TALLY_LIBRARIES " /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
else()
  set(TALLY_LIBRARIES " -/usr/lib -/usr/lib64")
endif()
# The unit has the path of the binary, and the prefix is only known when `cmake --install` runs.
# systemd reads lib/systemd/system on every system, whatever CMAKE_INSTALL_LIBDIR is.
install(CODE "
  set(TALLY_LIBRARIES \"${TALLY_LIBRARIES}\")
  cmake_path(APPEND TALLY_BINARY \"\${CMAKE_INSTALL_PREFIX}\" \"${CMAKE_INSTALL_BINDIR}\" tally)
  cmake_path(APPEND TALLY_DOCS \"\${CMAKE_INSTALL_PREFIX}\" \"${CMAKE_INSTALL_DOCDIR}\" docs)
  configure_file(\"${CMAKE_CURRENT_SOURCE_DIR}/deploy/systemd/tally.service.in\"
    \"${CMAKE_CURRENT_BINARY_DIR}/tally.service\" @ONLY)")
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tally.service DESTINATION lib/systemd/system)
