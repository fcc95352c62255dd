# Writes a C++ source that defines the files declared in src/web/files.hpp:
# cmake -P embed.cmake SOURCE FILE...
# FILE a.html becomes files::a_html. Its ETag is a prefix of its SHA-256.

set(source "#include \"web/files.hpp\"\n\nnamespace tally::files {\n")
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(index RANGE 4 ${last})
  set(file "${CMAKE_ARGV${index}}")
  get_filename_component(name "${file}" NAME)
  string(MAKE_C_IDENTIFIER "${name}" name)
  file(SHA256 "${file}" hash)
  string(SUBSTRING "${hash}" 0 32 hash)
  file(READ "${file}" bytes HEX)
  # A literal for each byte instead of a string: nothing needs to be escaped.
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND source
    "\nstatic constexpr char ${name}_bytes[]{${bytes}};\n"
    "constinit const file ${name}{{${name}_bytes, sizeof ${name}_bytes}, \"\\\"${hash}\\\"\"};\n")
endforeach()
string(APPEND source "\n} // namespace tally::files\n")
file(WRITE "${CMAKE_ARGV3}" "${source}")
