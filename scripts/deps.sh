#!/usr/bin/env bash
# Installs the missing packages of the named sets, and prints them. Prints nothing if none is
# missing.
#
#   scripts/deps.sh build|test|fuzz|stack|valkey|api|browser|kubernetes|e2e|images|lint|bench ...
#
# It checks for the programs and headers themselves, whatever their origin: apt and a known
# distribution are only needed if one is missing.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/lib.sh"

read -r -a compiler <<<"${CXX:-c++}"
program() { type -P "$1" >/dev/null; }
compiles() { "${compiler[@]}" -x c++ -fsyntax-only - 2>/dev/null <<<"$1"; }
header() { compiles "#if !__has_include(<$1>)"$'\n#error\n#endif'; }
boost() { compiles $'#include <boost/version.hpp>\nstatic_assert(BOOST_VERSION >= 108100);'; }
catch2() { header catch2/catch_all.hpp || header catch2/catch.hpp; }

names=() packages=() servers=() optional=()
need() { # NAME PACKAGE TEST...
  "${@:3}" && return
  names+=("$1") packages+=("$2")
}
need_server() { # PROGRAM, whose package has the same name and a service
  program "$1" && return
  names+=("$1") servers+=("$1")
}
want() { # PACKAGE TEST...: as need, but without an error if apt does not have it
  "${@:2}" || optional+=("$1")
}
available() { apt-get -qq --simulate --no-remove install "$1" &>/dev/null; }
any_available() {
  local package
  for package; do available "$package" && return; done
  return 1
}
fuzzer() { fuzzing_compiler >/dev/null; }
kustomize_5() { program kustomize || [[ $(kubectl version --client 2>/dev/null) == *'Kustomize Version: v5.'* ]]; }
python() { /usr/bin/python3 -c "import $1" 2>/dev/null; }

case $(. /etc/os-release 2>/dev/null && echo "$ID $VERSION_ID") in
  'debian 12') boost_package=libboost1.81-dev clang=-16 ;; # the defaults are 1.74 and 14
  'debian 13' | 'ubuntu 24.04') boost_package=libboost-dev clang= ;;
  *) boost_package= ;;
esac

for set; do
  case $set in
    build)
      need 'a C++20 compiler' g++ program "${compiler[0]}"
      need cmake cmake program cmake
      need ninja ninja-build program ninja
      need 'Boost 1.81 or later' "$boost_package" boost
      need hiredis libhiredis-dev header hiredis/async.h
      # For TLS to Redis: hiredis has it since 1.0, and Debian 12 has 0.14.
      [[ $boost_package == libboost1.81-dev ]] || need OpenSSL libssl-dev header openssl/ssl.h
      ;;
    test)
      need Catch2 catch2 catch2
      need openssl openssl program openssl
      ;;
    fuzz)
      need 'Clang 15 or later' "clang${clang-}" fuzzer
      need libFuzzer "libclang-rt${clang-}-dev" fuzzer
      ;;
    stack)
      need_server redis-server
      need_server nginx
      ;;&
    stack | e2e)
      need curl curl program curl
      [[ $set == stack ]] || need python3 python3 program python3
      ;;
    valkey) # Debian 13 and later
      need_server valkey-server
      ;;
    api)
      need python3 python3 program python3
      need PyYAML python3-yaml python yaml
      need 'jsonschema for Python' python3-jsonschema python jsonschema
      ;;
    browser) # on Debian only: Ubuntu has Chromium as a snap
      need Chromium chromium program chromium
      need ChromeDriver chromium-driver program chromedriver
      need python3 python3 program python3
      need Node.js nodejs program node
      need npm npm program npm
      ;;
    kubernetes) # Debian 12 and Ubuntu 24.04 have no such Kustomize: install kubectl there
      need 'Kustomize 5, or kubectl 1.27' kustomize kustomize_5
      need python3 python3 program python3
      need PyYAML python3-yaml python yaml
      need Node.js nodejs program node
      need npm npm program npm
      ;;
    images) # in addition to e2e
      need 'jsonschema for Python' python3-jsonschema python jsonschema
      need Node.js nodejs program node
      need npm npm program npm
      ;;
    lint)
      need clang-format clang-format program clang-format
      need clang-tidy clang-tidy program clang-tidy
      need shellcheck shellcheck program shellcheck
      ;;
    bench) # in addition to the stack: the load, and the peers that are available
      need wrk wrk program wrk
      need python3 python3 program python3
      want linux-perf program perf
      want strace program strace
      want webdis program webdis
      want libnginx-mod-http-lua test -e /usr/lib/nginx/modules/ngx_http_lua_module.so
      want python3-flask python flask
      want python3-redis python redis
      want python3-gunicorn python gunicorn
      want nodejs program node
      want npm program npm
      want libdrogon-dev header drogon/drogon.h
      want libjsoncpp-dev test -e /usr/include/jsoncpp/json/json.h
      ;;
    *) die "deps: no such set: $set (build, test, fuzz, stack, valkey, api, browser, kubernetes," \
      'e2e, images, lint, bench)' ;;
  esac
done
((${#names[@]})) || any_available "${optional[@]}" || exit 0

if [[ ! $boost_package ]]; then
  ((${#names[@]})) || exit 0
  printf -v list '%s, ' "${names[@]}"
  die "deps: missing: ${list%, } (install them yourself: this script knows only Debian 12," \
    'Debian 13 and Ubuntu 24.04)'
fi

((${#names[@]} == 0)) || echo "deps: installing" "${packages[@]}" "${servers[@]}"
as_root=()
if ((EUID)); then
  program sudo || die 'deps: this needs root or sudo: have the packages installed, then try again'
  as_root=(sudo)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# apt PACKAGE...: installs, and prints its output only on an error. It removes no package: the user
# resolves conflicts.
apt() {
  "${as_root[@]}" env "${offline[@]}" DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends --no-remove "$@" \
    >>"$log" 2>&1 && return
  cat "$log" >&2
  die "deps: apt-get could not install $*"
}

"${as_root[@]}" apt-get -qq update >>"$log" 2>&1 || true # an error that matters shows below

# Only the Makefile starts the servers. Their packages would start them as services on ports 6379
# and 80, now and at every boot: SYSTEMD_OFFLINE prevents the first, update-rc.d the second. Unlike
# a policy-rc.d, this leaves nothing behind if it is interrupted.
if ((${#servers[@]})); then
  offline=(SYSTEMD_OFFLINE=1)
  apt "${servers[@]}"
  for server in "${servers[@]}"; do
    "${as_root[@]}" update-rc.d "$server" disable
  done
fi

# Optional packages one by one, so that an error of one does not affect others. They come before
# wrk: it works with either of two LuaJITs, nginx with only one. Of these, webdis has a service.
for package in "${optional[@]}"; do
  available "$package" || continue
  echo "deps: installing $package"
  offline=(SYSTEMD_OFFLINE=1)
  apt "$package"
  [[ $package != webdis ]] || "${as_root[@]}" update-rc.d webdis disable
done

offline=()
((${#packages[@]} == 0)) || apt "${packages[@]}"
