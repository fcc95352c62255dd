#!/usr/bin/env bash
# Tests the images for amd64 and arm64: the unit tests for arm64 in an emulator, labels, the bill of
# materials, and whether a second build gives the same files.
#
# Prints "N passed, N failed" at the end; the status is 0 only if none failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/compose/lib.sh
source test/compose/lib.sh

export IMAGE=tally-images
base=gcr.io/distroless/static-debian13:nonroot
remove() {
  docker rm --force --volumes $IMAGE-tally $IMAGE-redis $IMAGE-tls-tally $IMAGE-tls-redis
  docker network rm $IMAGE
  docker images --quiet "$IMAGE*" | xargs -r docker rmi --force
} &>/dev/null
remove
trap 'remove; rm -rf "$work"; echo "$passed passed, $failed failed"' EXIT
show_state() { docker images "$IMAGE*"; }

# build ARCHITECTURE ARGUMENT...
base_argument=()
build() { scripts/image.sh "$@" --build-arg TLS=ON "${base_argument[@]}"; }

# Without a registry there may be only a local base image, for one kind of machine. Its files fit
# any kind, if none of them is a program.
base_from_local_files() {
  docker export "$(docker create --name $IMAGE-redis $base /)" >"$work/base.tar"
  docker rm $IMAGE-redis
  mkdir "$work/base" && tar -C "$work/base" -xf "$work/base.tar" --exclude='dev/*'
  is "$(grep -rlP '^\x7fELF' "$work/base")" '' &&
    printf 'FROM scratch\nADD base.tar /\n' >"$work/Dockerfile" &&
    docker buildx build --load --platform linux/arm64 --tag $IMAGE-base "$work"
}
if ! timeout 20 docker manifest inspect $base &>/dev/null; then
  echo '# no registry answers: the base for arm64 is made from the files of the local one'
  must 'it is made, and the local one has no program' base_from_local_files
  base_argument=(--build-arg "BASE=$IMAGE-base")
fi

# files ARCHITECTURE [TAG]: unpacks the image into $work/ARCHITECTURE.
files() {
  local container
  container=$(docker create "$IMAGE:$1") && rm -rf "${work:?}/$1" && mkdir "$work/$1" &&
    docker export "$container" | tar -C "$work/$1" -x --exclude='dev/*' tally usr/share/doc &&
    docker rm "$container"
}
bill() { echo "$work/$1/usr/share/doc/tally/sbom.cdx.json"; }
sum() { sha256sum <"$1" | cut -c 1-64; }
label() {
  docker image inspect --format "{{index .Config.Labels \"org.opencontainers.image.$2\"}}" "$IMAGE:$1"
}

echo '# The label of the revision'
# In a repository of its own, with a `docker` that prints its arguments.
mkdir -p "$work"/{repository/scripts,stub} && cp scripts/image.sh "$work/repository/scripts"
printf '#!/bin/sh\nprintf "%%s\\n" "$@"\n' >"$work/stub/docker" && chmod +x "$work/stub/docker"
repository() { git -C "$work/repository" -c user.name=test -c user.email=test "$@"; }
repository init --quiet && repository add . && repository commit --quiet --message=all
labelled() { # SUFFIX: whether the revision is the commit, with this suffix
  is "$(PATH=$work/stub:$PATH "$work/repository/scripts/image.sh" amd64 | sed -n 's/^.*image.revision=//p')" \
    "$(repository rev-parse HEAD)$1"
}
check 'it is the commit' labelled ''
touch "$work/repository/new"
check 'with a new file, it ends in -dirty' labelled -dirty
rm "$work/repository/new" && echo >>"$work/repository/scripts/image.sh"
check 'with a changed file, it ends in -dirty' labelled -dirty

npm pack --silent --pack-destination "$work" @cyclonedx/cyclonedx-library@7.1.0 >/dev/null || exit
tar -C "$work" -xf "$work"/cyclonedx-*.tgz package/res/schema || exit
validate() { python3 -W ignore test/images/sbom.py "$work/package/res/schema" <"$(bill "$1")"; }

declare -A machine=([amd64]=62 [arm64]=183) # in the header of ELF
for architecture in arm64 amd64; do
  echo "# $architecture"
  [[ $architecture == arm64 ]] || base_argument=()
  must 'the image builds' build $architecture
  must 'its files can be read' files $architecture
  check 'the image is for this kind of machine' \
    is "$(docker image inspect --format '{{.Os}}/{{.Architecture}}' $IMAGE:$architecture)" \
    linux/$architecture
  check 'it has less than 10 MB' \
    test "$(docker image inspect --format '{{.Size}}' $IMAGE:$architecture)" -lt 10000000
  check 'the binary is, too' is "$(od -A n -t u2 -j 18 -N 2 "$work/$architecture/tally" | xargs)" \
    "${machine[$architecture]}"
  check 'the label of the version is that of the build' is "$(label $architecture version)" \
    "$(sed -n 's/^project(tally VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)"
  check 'the label of the revision is the commit' \
    is "$(label $architecture revision | cut -c 1-40)" "$(git rev-parse HEAD)"
  check 'the label of the time is that of the commit' \
    is "$(date -d "$(label $architecture created)" +%s)" "$(git log -1 --format=%ct)"
  check 'the bill of materials is valid' validate $architecture
  validate $architecture >"$work/linked" && sed 's/^/      /' "$work/linked"
  for library in libboost libhiredis libssl libstdc++ libc6; do
    package=$(grep -oE "^${library}[^ ]*-dev[^ ]*" "$work/linked")
    check "it has $library, with the text of the licence" \
      test "$package" -a -s "$work/$architecture/usr/share/doc/$package/copyright.gz"
  done
  check 'it has the sum of the binary' is "$(sed -n 's/^sha256 //p' "$work/linked")" \
    "$(sum "$work/$architecture/tally")"
done

echo '# The same binary twice'
binary=$(sum "$work/amd64/tally") bill=$(sum "$(bill amd64)")
check 'amd64 builds again without a cache' build amd64 --no-cache
check 'the files of the second image can be read' files amd64
check 'the second build gives the same binary' is "$(sum "$work/amd64/tally")" "$binary"
check 'the second build gives the same bill of materials' is "$(sum "$(bill amd64)")" "$bill"
IMAGE=$IMAGE-build must 'the stage that builds can be used' build amd64 --target build
check 'a build in another folder gives the same binary' is "$(docker run --rm $IMAGE-build:amd64 sh -ec '
  cp -r /tally /elsewhere && cd /elsewhere && rm -r build && export CXX="$(ls /usr/bin/*-linux-gnu-g++)"
  cmake --preset static >/dev/null && cmake --build --preset static >/dev/null
  sha256sum <build/static/tally' | cut -c 1-64)" "$binary"

echo '# arm64 in an emulator'
IMAGE=$IMAGE-test must 'the unit tests pass' build arm64 --target test
docker network create $IMAGE >/dev/null
docker run --detach --name $IMAGE-redis --network $IMAGE redis:8.0 \
  redis-server --protected-mode no >/dev/null
docker run --detach --name $IMAGE-tally --network $IMAGE --publish 127.0.0.1::8080 \
  --env REDIS_HOST=$IMAGE-redis $IMAGE-test:arm64 qemu-aarch64 build/static/tally >/dev/null
url=http://$(docker port $IMAGE-tally 8080)
counts() { is "$(count)" "$1"; }
contiguous_visits() { visits "$work/visits" "$1"; contiguous "$work/visits" "$1"; }
check 'the binary starts, resolves the name of Redis and counts' eventually 20 counts 1
check 'it counts 100 visits, each once' contiguous_visits 100
check 'it ends with 0 at SIGTERM' \
  is "$(docker stop $IMAGE-tally >/dev/null && docker inspect --format '{{.State.ExitCode}}' $IMAGE-tally)" 0

echo '# TLS'
mkdir "$work/tls"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=redis \
  -addext "subjectAltName=DNS:$IMAGE-tls-redis" -keyout "$work/tls/key" -out "$work/tls/cert" \
  2>/dev/null
chmod 644 "$work/tls/key"
docker run --detach --name $IMAGE-tls-redis --network $IMAGE --volume "$work/tls:/tls:ro" redis:8.0 \
  redis-server --protected-mode no --port 0 --tls-port 6379 --tls-cert-file /tls/cert \
  --tls-key-file /tls/key --tls-auth-clients no --tls-ca-cert-file /tls/cert >/dev/null
tls_tally() { # ARGUMENT...
  docker rm --force $IMAGE-tls-tally &>/dev/null
  docker run --detach --name $IMAGE-tls-tally --network $IMAGE --publish 127.0.0.1::8080 \
    --env REDIS_URL=rediss://$IMAGE-tls-redis "$@" $IMAGE:amd64
  url=http://$(docker port $IMAGE-tls-tally 8080)
}
refused() { [[ $(docker logs $IMAGE-tls-tally 2>&1) == *'is refused: self-signed certificate'* ]]; }
tls_tally >/dev/null
check 'the image refuses a certificate that no authority of its base has signed' eventually 20 refused
tls_tally --volume "$work/tls:/tls:ro" --env REDIS_TLS_CA_FILE=/tls/cert >/dev/null
check 'it counts over TLS with the certificate that REDIS_TLS_CA_FILE names' eventually 20 counts 1

((failed == 0))
