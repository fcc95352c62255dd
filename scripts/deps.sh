#!/usr/bin/env bash
# Installs what is missing of the named sets, and says what that is; does and
# says nothing where nothing is missing.
#
#   scripts/deps.sh build|test|fuzz|stack|browser|e2e|lint|bench ...
#
# What counts is the program or the header itself, wherever it came from: who
# has them all needs neither apt nor one of the distributions known here.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/lib.sh"

read -r -a compiler <<<"${CXX:-c++}"
program() { type -P "$1" >/dev/null; }
compiles() { "${compiler[@]}" -x c++ -fsyntax-only - 2>/dev/null <<<"$1"; }
header() { compiles "#if !__has_include(<$1>)"$'\n#error\n#endif'; }
boost() { compiles $'#include <boost/version.hpp>\nstatic_assert(BOOST_VERSION >= 108100);'; }
catch2() { header catch2/catch_all.hpp || header catch2/catch.hpp; }

names=() packages=() servers=() wishes=()
need() { # NAME PACKAGE TEST...
  "${@:3}" && return
  names+=("$1") packages+=("$2")
}
need_server() { # PROGRAM, whose package has its name and brings a service too
  program "$1" && return
  names+=("$1") servers+=("$1")
}
want() { # PACKAGE TEST...: as need, but gone without where it cannot be had
  "${@:2}" || wishes+=("$1")
}
offered() { apt-get -qq --simulate --no-remove install "$1" &>/dev/null; }
any_offered() {
  local package
  for package; do offered "$package" && return; done
  return 1
}
fuzzer() { fuzzing_compiler >/dev/null; }
python() { /usr/bin/python3 -c "import $1" 2>/dev/null; }

case $(. /etc/os-release 2>/dev/null && echo "$ID $VERSION_ID") in
  'debian 12') boost_package=libboost1.81-dev clang=-16 ;; # libboost-dev is 1.74 there, clang 14
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
      ;;
    test)
      need Catch2 catch2 catch2
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
    browser) # on Debian only: Ubuntu has Chromium as a snap
      need Chromium chromium program chromium
      need ChromeDriver chromium-driver program chromedriver
      need python3 python3 program python3
      ;;
    lint)
      need clang-format clang-format program clang-format
      need clang-tidy clang-tidy program clang-tidy
      need shellcheck shellcheck program shellcheck
      ;;
    bench) # beside the stack: the load, and the peers that there are
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
    *) die "deps: no such set: $set (build, test, fuzz, stack, browser, e2e, lint, bench)" ;;
  esac
done
((${#names[@]})) || any_offered "${wishes[@]}" || exit 0

if [[ ! $boost_package ]]; then
  ((${#names[@]})) || exit 0
  printf -v list '%s, ' "${names[@]}"
  die "deps: missing: ${list%, } (install them yourself: only Debian 12, Debian 13 and" \
    'Ubuntu 24.04 are known here)'
fi

((${#names[@]} == 0)) || echo "deps: installing" "${packages[@]}" "${servers[@]}"
as_root=()
if ((EUID)); then
  program sudo || die 'deps: that takes root or sudo: have them installed, then try again'
  as_root=(sudo)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# apt PACKAGE...: installs, and is heard only when it fails. What is on the
# machine stays on it: a conflict is the user's to solve.
apt() {
  "${as_root[@]}" env "${offline[@]}" DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends --no-remove "$@" \
    >>"$log" 2>&1 && return
  cat "$log" >&2
  die "deps: apt-get could not install $*"
}

"${as_root[@]}" apt-get -qq update >>"$log" 2>&1 || true # what matters of it fails below

# The servers run only when the Makefile starts them. Their packages would
# start them as services, on ports 6379 and 80, now and at every boot: systemctl
# starts nothing while it is told to be offline, and then they are disabled.
# Unlike a policy-rc.d, that leaves nothing behind when it is interrupted.
if ((${#servers[@]})); then
  offline=(SYSTEMD_OFFLINE=1)
  apt "${servers[@]}"
  for server in "${servers[@]}"; do
    "${as_root[@]}" update-rc.d "$server" disable
  done
fi

# What is only wished for, one by one, so that none keeps another away; and before
# wrk, which takes either of two LuaJITs, where nginx takes one alone. Of these,
# webdis brings a service.
for wish in "${wishes[@]}"; do
  offered "$wish" || continue
  echo "deps: installing $wish"
  offline=(SYSTEMD_OFFLINE=1)
  apt "$wish"
  [[ $wish != webdis ]] || "${as_root[@]}" update-rc.d webdis disable
done

offline=()
((${#packages[@]} == 0)) || apt "${packages[@]}"
