# What is installed beside the programs, and the Debian package: cpack --preset release makes build/release/daskd_*.deb.

install(FILES conf/dask.mk DESTINATION ${CMAKE_INSTALL_DATADIR}/daskd)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY conf/examples DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Only in a package, which always has the prefix /usr: elsewhere `daskctl daemon install` writes the units.
set(in_package COMPONENT package EXCLUDE_FROM_ALL)
file(GLOB units systemd/*.service systemd/*.socket)
install(FILES ${units} DESTINATION lib/systemd/user ${in_package})
set(package_doc ${PROJECT_BINARY_DIR}/share/doc)
file(MAKE_DIRECTORY ${package_doc})
file(READ LICENSE license)
file(WRITE ${package_doc}/copyright "Upstream-Name: daskd\n\n${license}")
set(maintainer "The daskd authors <daskd@example.org>")
set(release 1)
string(TIMESTAMP date "%s" UTC)
execute_process(COMMAND date --utc --rfc-email --date=@${date} OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE)
file(WRITE ${package_doc}/changelog.Debian "${PROJECT_NAME} (${PROJECT_VERSION}-${release}) unstable; urgency=medium\n
  * Version ${PROJECT_VERSION}; what is new stands in its history.\n
 -- ${maintainer}  ${date}\n")
execute_process(COMMAND gzip -9nf changelog.Debian WORKING_DIRECTORY ${package_doc})
install(FILES ${package_doc}/copyright ${package_doc}/changelog.Debian.gz DESTINATION ${CMAKE_INSTALL_DOCDIR} ${in_package})

# Debian's own place for modules serves each of its versions of Python.
if(EXISTS ${PROJECT_SOURCE_DIR}/ctl/python/daskd)
    set(modules lib/python3/dist-packages)
    install(DIRECTORY ctl/python/daskd DESTINATION ${modules} ${in_package} PATTERN __pycache__ EXCLUDE)
    install(DIRECTORY ${PROJECT_BINARY_DIR}/ctl/python/daskd.dist-info/
        DESTINATION ${modules}/daskd-${PROJECT_VERSION}.dist-info ${in_package})
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL Unspecified package)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_CONTACT "${maintainer}")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${release})
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS python3)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3-distributed (>= 2022.12)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "bash-completion, openssh-server, python3-bokeh")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "keeps a Dask cluster alive")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "daskd owns one Dask scheduler and its workers, on this machine and on
others that are reached by SSH. It starts them, watches them, and replaces
a killed worker within a hundredth of a second. If it dies itself, the
cluster goes on computing.
.
Dask itself is not part of this package: Debian's python3-distributed will
do, or that of a virtual or Conda environment.")
include(CPack)
