# shellcheck shell=bash
# Functions that the scripts share. To be sourced.

# The port of the stack, in containers or as local processes.
stack_port=${TALLY_PORT:-5002}

die() {
  echo "$*" >&2
  exit 1
}

# listening PORT: whether a program on this machine accepts connections on the port.
listening() { (: <>"/dev/tcp/localhost/$1") 2>/dev/null; }

# free_port: a port without a listener, below the kernel's ephemeral ports.
free_port() {
  local port
  until port=$((20000 + RANDOM % 10000)) && ! listening "$port"; do :; done
  echo "$port"
}

expect_stack_port_free() {
  ! listening "$stack_port" ||
    die "port $stack_port is in use by another program: stop it, or set TALLY_PORT to another port"
}

# answers PORT PATH: whether GET returns 200. It does not use curl, which a host that runs only
# containers may not have.
answers() (
  exec 3<>"/dev/tcp/localhost/$1"
  printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&3
  read -r -t 5 _ status _ <&3
  ((status == 200))
) 2>/dev/null

# configured SED-SCRIPT: runs it on compose.yaml with the values of .env and the environment.
configured() { docker compose config | sed -n "$1"; }

# Compose identifies a stack only by the name of its project: `up` or `down` here would replace or
# stop the containers of another clone. With COMPOSE_PROJECT_NAME this is the user's choice. If the
# folder of the containers no longer exists, it was probably moved here.
expect_own_stack() {
  local project folder
  [[ ! ${COMPOSE_PROJECT_NAME-} ]] || return 0
  project=$(configured 's/^name: //p')
  while read -r folder; do
    [[ ! -d $folder || $folder -ef . ]] ||
      die "the stack \"$project\" belongs to $folder: run make there, or use another name here:" \
        'COMPOSE_PROJECT_NAME=tally2 TALLY_PORT=5003 make up'
  done < <(docker ps --all --filter "label=com.docker.compose.project=$project" \
    --format '{{.Label "com.docker.compose.project.working_dir"}}' | sort -u)
}

# fuzzing_compiler: a Clang with libFuzzer, 15 or later: coroutines of 14 break under sanitizers.
fuzzing_compiler() {
  local candidate
  for candidate in clang++ clang++-{19,18,17,16}; do
    type -P "$candidate" >/dev/null && (($("$candidate" -dumpversion | cut -d . -f 1) > 14)) &&
      "$candidate" -fsanitize=fuzzer -x c++ -o /dev/null - 2>/dev/null \
        <<<'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' &&
      echo "$candidate" && return
  done
  return 1
}
