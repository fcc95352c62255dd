# shellcheck shell=bash
echo '# make up'
check 'TALLY_REPLICAS=2 make up' make_up TALLY_REPLICAS=2
check 'two replicas run' is "$(docker compose ps --quiet tally | wc -l)" 2
check 'make up again' make_up TALLY_REPLICAS=2
check 'two replicas still run' is "$(docker compose ps --quiet tally | wc -l)" 2

mkdir "$work/clone"
cp -r Makefile compose.yaml CMakeLists.txt CMakePresets.json cmake docker include scripts src web "$work/clone"
# The project's name comes from .env here; in another clone it comes from compose.yaml.
echo "COMPOSE_PROJECT_NAME=$COMPOSE_PROJECT_NAME" >"$work/clone/.env"
in_clone() { env --chdir "$work/clone" -u COMPOSE_PROJECT_NAME -u COMPOSE_DISABLE_ENV_FILE \
  -u TALLY_PORT make --no-print-directory "$1"; }
refused_in_clone() { not in_clone "$1" &>"$work/refused" && grep -qF "belongs to $PWD:" "$work/refused"; }
containers=$(docker compose ps --all --quiet | sort)
for target in up down; do
  check "make $target in another clone is refused, with the reason" refused_in_clone $target
done
check 'the stack does not change' is "$(docker compose ps --all --quiet | sort)" "$containers"
printf '%s\n' "COMPOSE_PROJECT_NAME=$other_project" TALLY_PORT=5003 >"$work/clone/.env"
check 'the clone starts with another name and port in .env' in_clone up
check 'the clone has a count of its own' is "$(request http://localhost:5003/count)" 1
check 'the clone stops' in_clone down
rm -r "$work/clone"
