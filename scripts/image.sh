#!/usr/bin/env bash
# Builds the image of Tally for one kind of machine, with labels from Git, as IMAGE:ARCHITECTURE
# (tally:amd64). Further arguments go to `docker build`.
#
#   [IMAGE=tally] scripts/image.sh amd64|arm64 [ARGUMENT...]
set -euo pipefail
cd "$(dirname "$0")/.."

label() { echo "--label=org.opencontainers.image.$1"; }
labels=()
if git rev-parse HEAD &>/dev/null; then
  # The engine dates the image with it, too, so that two builds of a commit have the same date.
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
  export SOURCE_DATE_EPOCH
  # Files that Git does not know are part of the image, too.
  dirty=$(git status --porcelain)
  labels+=("$(label created)=$(TZ=UTC git log -1 --format=%cd --date=format-local:%FT%TZ)"
    "$(label revision)=$(git rev-parse HEAD)${dirty:+-dirty}")
  # Without a user and a password.
  source=$(git remote get-url origin 2>/dev/null | sed -nE 's#^(https?://)([^/]*@)?#\1#p') || true
  [[ ! $source ]] || labels+=("$(label source)=$source")
fi
docker buildx build --load --platform "linux/$1" --file docker/tally/Dockerfile \
  --tag "${IMAGE:-tally}:$1" "${labels[@]}" "${@:2}" .
