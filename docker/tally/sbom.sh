#!/bin/bash
# Writes what became part of the binary as a bill of materials (CycloneDX 1.6), with the licences,
# to /usr/share/doc of an image's root. It has no date: the same build gives the same file.
#
#   docker/tally/sbom.sh BUILD-FOLDER ROOT
set -euo pipefail
build=$1 documents=$2/usr/share/doc

# The linker's map has the object files and the members of archives that it used; ninja has the
# headers that the compiler read, which matter for libraries of templates.
inputs() {
  sed -n -e 's/^\(\/.*\.a\)(.*/\1/p' -e 's/^LOAD \(\/.*\.o\)$/\1/p' "$build/tally.map"
  ninja -C "$build" -t deps | sed -n 's/^    \(\/usr\/\)/\1/p'
}
# Fails on a file that is in no package.
packages=$(inputs | sort -u | xargs realpath | sort -u | xargs dpkg --search |
  sed 's/: \/.*//; s/, /\n/g' | sort -u)

license() {
  case $1 in
    libboost*) echo BSL-1.0 ;;
    libhiredis*) echo BSD-3-Clause ;;
    libssl*) echo Apache-2.0 ;;
    libstdc++* | libgcc*) echo GPL-3.0-or-later WITH GCC-exception-3.1 ;;
    libc6*) echo LGPL-2.1-or-later ;;
    linux-libc-dev*) echo GPL-2.0-only WITH Linux-syscall-note ;;
    *) echo "sbom: which licence has $1? Add it to $0" >&2 && return 1 ;;
  esac
}

# copyright NAME SOURCE: its file; slim images have it only in another package of the same source.
copyright() {
  local candidate
  for candidate in "$1" $(dpkg-query -W -f '${source:Package} ${Package}\n' |
    sed -n "s/^$2 //p"); do
    [[ ! -e /usr/share/doc/$candidate/copyright ]] || break
  done
  echo "/usr/share/doc/$candidate/copyright"
}

components=() references=()
for package in $packages; do
  read -r name version architecture source source_version < <(dpkg-query -W -f \
    '${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n' "$package")
  mkdir -p "$documents/$name"
  gzip -9cn "$(copyright "$name" "$source")" >"$documents/$name/copyright.gz" # Boost's has 2 MB
  license=$(license "$name")
  # shellcheck source=/dev/null
  purl=$(. /etc/os-release &&
    echo "pkg:deb/debian/$name@${version//:/%3A}?arch=$architecture&distro=debian-$VERSION_ID")
  purl=${purl//+/%2B}
  references+=("\"$purl\"")
  components+=("{ \"type\": \"library\", \"bom-ref\": \"$purl\", \"name\": \"$name\",
      \"version\": \"$version\", \"purl\": \"$purl\",
      \"licenses\": [{ \"expression\": \"$license\" }],
      \"properties\": [{ \"name\": \"debian:source\", \"value\": \"$source $source_version\" }] }")
done

join() { # ITEM...: with commas
  local list
  printf -v list '%s,\n    ' "$@"
  echo "${list%,*}"
}
mkdir -p "$documents/tally"
cat >"$documents/tally/sbom.cdx.json" <<JSON
{
  "bomFormat": "CycloneDX",
  "specVersion": "1.6",
  "version": 1,
  "metadata": {
    "component": { "type": "application", "bom-ref": "tally", "name": "tally",
      "version": "$(sed -n 's/^CMAKE_PROJECT_VERSION:[A-Z]*=//p' "$build/CMakeCache.txt")",
      "licenses": [{ "expression": "BSL-1.0" }],
      "hashes": [{ "alg": "SHA-256", "content": "$(sha256sum <"$build/tally" | cut -c 1-64)" }] }
  },
  "components": [
    $(join "${components[@]}")
  ],
  "dependencies": [{ "ref": "tally", "dependsOn": [
    $(join "${references[@]}")
  ] }]
}
JSON
