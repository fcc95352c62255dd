#!/usr/bin/env bash
# Tests what `cmake --install` copies, in empty folders.
#
#   test/scripts/install_test.sh BUILD-FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh
build=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

is() { # SENTENCE ACTUAL EXPECTED
  [[ $2 == "$3" ]] || die "FAIL  $1: '$2' is not '$3'"
  echo "ok    $1"
}
files() { (cd "$1" && find . -type f | sort); }
unit=lib/systemd/system/tally.service
started() { sed -n 's/^ExecStart=//p' "$1/$unit"; }
expected="./bin/tally
./$unit
./share/doc/tally/CHANGELOG.md
./share/doc/tally/LICENSE
./share/doc/tally/README.md
$(cd docker && printf './share/doc/tally/docker/%s\n' nginx/*.conf redis/redis.conf)
./share/doc/tally/password.conf
./share/doc/tally/tally.env"

prefix=$folder/prefix
cmake --install "$build" --prefix "$prefix" >/dev/null
is 'binary, unit and documents are installed, and nothing else' \
  "$(files "$prefix" | grep -v /docs/)" "$expected"
broken_links() { # PAGE-OR-FOLDER...: prints the links to files that are not there
  local page link
  while IFS=: read -r page link; do
    [[ -e ${page%/*}/${link#*(} ]] || echo "$page: $link"
  done < <(grep -roHE '\]\([^)# ]+' --include='*.md' "$@" | grep -v '](http')
}
is 'the links of the documents lead to files' "$(broken_links ./*.md docs bench)" ''
is 'the links of the installed documents do, too' "$(broken_links "$prefix/share/doc/tally")" ''
is 'all pages of docs/ are installed' "$(files "$prefix/share/doc/tally/docs")" "$(files docs)"
is 'the unit starts the installed binary' "$(started "$prefix")" "$prefix/bin/tally"
is 'the installed binary runs' "$("$prefix/bin/tally" --version)" "$("$build/tally" --version)"
is 'everybody may read the unit' "$(stat --format %a "$prefix/$unit")" 644

DESTDIR=$folder/package cmake --install "$build" --prefix /usr >/dev/null
is 'a package gets the same files' \
  "$(files "$folder/package/usr" | grep -v /docs/)" "$expected"
is 'a package gets no file outside its prefix' "$(ls "$folder/package")" usr
is 'the unit of a package has the path without DESTDIR' \
  "$(started "$folder/package/usr")" /usr/bin/tally
is 'no placeholder is left in the unit' "$(grep @ "$folder/package/usr/$unit" | grep -v @system)" \
  'SystemCallFilter=~@privileged @resources'
