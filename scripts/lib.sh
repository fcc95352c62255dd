# shellcheck shell=bash
# What the scripts here share. To be sourced.

# Where the stack answers, in containers or not.
stack_port=${TALLY_PORT:-5002}

die() {
  echo "$*" >&2
  exit 1
}

# listening PORT: whether anything accepts connections there on this machine.
listening() { (: <>"/dev/tcp/localhost/$1") 2>/dev/null; }

# free_port: one that nothing listens on, and that the kernel gives to nobody.
free_port() {
  local port
  until port=$((20000 + RANDOM % 10000)) && ! listening "$port"; do :; done
  echo "$port"
}

expect_stack_port_free() {
  ! listening "$stack_port" ||
    die "port $stack_port is in use by another program: end that, or set TALLY_PORT to another"
}

# answers PORT PATH: whether GET is answered with 200. Without curl, for where
# all runs in containers nothing else is asked of the machine.
answers() (
  exec 3<>"/dev/tcp/localhost/$1"
  printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&3
  read -r -t 5 _ status _ <&3
  ((status == 200))
) 2>/dev/null

# fuzzing_compiler: a Clang with libFuzzer, and not 14, whose coroutines the
# sanitizers break.
fuzzing_compiler() {
  local each
  for each in clang++ clang++-{19,18,17,16}; do
    type -P "$each" >/dev/null && (($("$each" -dumpversion | cut -d . -f 1) > 14)) &&
      "$each" -fsanitize=fuzzer -x c++ -o /dev/null - 2>/dev/null \
        <<<'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' &&
      echo "$each" && return
  done
  return 1
}
