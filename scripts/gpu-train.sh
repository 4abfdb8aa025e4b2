#!/usr/bin/env bash
# Training for a few minutes on a machine with a big GPU, and on from there elsewhere (docs/gpu.md). The pool's pictures are made on
# the cores while the autoencoder trains, then `python -m trainer all` runs until the time is used.
#
#   scripts/gpu-train.sh train OUT [FROM]   OUT/run.tar.00, .01, … of at most 15 MiB: the run without its pool; OUT/log.txt.
#                                           FROM: the folder of such parts to go on from
#   scripts/gpu-train.sh unpack FROM        the parts into RUNS, where `python -m trainer all` goes on
#
# Environment: PYTHON (python3), CONFIG (trainer/configs/compact), RUNS (trainer/.runs/NAME OF CONFIG), DATA (the configuration's
# folder of photographs), MINUTES (8), SETTINGS (more --set of the trainer, KEY=VALUE between blanks). Paths are from the
# repository's root.
set -euo pipefail

cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
config=${CONFIG:-trainer/configs/compact}
runs=${RUNS:-trainer/.runs/$(basename "$config")}
stop=$((60 * ${MINUTES:-8} - 60))      # seconds from the start at which stages stop by themselves; the rest is for packing
last=$((stop + 35))                    # and at which one that has not stopped is ended: its last checkpoint is a minute old at most

# Exports stay with the run: the checkout's models are not replaced by what was stopped half-way or rehearsed.
options=(--config "$config" --set "runs=\"$runs\"" --set "export.folder=\"$runs/export\"")
[ -z "${DATA:-}" ] || options+=(--set "data.root=\"$DATA\"")
for setting in ${SETTINGS:-}; do options+=(--set "$setting"); done

usage() {
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

# Seconds until one of those, at least 1.
until_then() { echo $(($1 > SECONDS ? $1 - SECONDS : 1)); }

# A command of the trainer with what is left of the time.
timed() {
  local left
  left=$(until_then "$stop")
  timeout -k 5 "$(until_then "$last")" "$python" -u -m trainer "$1" --time-budget "$left" "${options[@]}" || { echo "$1 was ended or failed" && return 1; }
}

trainer() {
  "$python" -u -m trainer "$@" "${options[@]}"
}

unpack() {
  compgen -G "$1/run.tar.*" >/dev/null || { echo "$1: there is no run.tar.00" >&2; exit 1; }
  cat "$1"/run.tar.* | tar -tf - >/dev/null 2>&1 || { echo "$1: run.tar.00 and on are no whole archive, is a part missing?" >&2; exit 1; }
  mkdir -p "$runs"
  cat "$1"/run.tar.* | tar -C "$runs" -xf -
}

pack() {
  local staged packed=0
  staged=$(mktemp -d)
  trainer carry --out "$staged" && rm -f "$1"/run.tar.* && tar -C "$staged" -cf - . | split -b 15M -d - "$1/run.tar." || packed=1
  rm -rf "$staged"
  return "$packed"
}

train() {
  local out=$1 pool failed=0
  mkdir -p "$out"
  [ $# -lt 2 ] || unpack "$2"
  {
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || true
    timed pool &
    pool=$!
    timed autoencoder || failed=1
    wait "$pool" || failed=1
    timed all || failed=1
    trainer status || failed=1
    pack "$out" || failed=1
    ls -l "$out"
    echo "$SECONDS s"
    exit "$failed"
  } 2>&1 | tee "$out/log.txt"
}

case "${1:-} $#" in
  "train 2" | "train 3") train "${@:2}" ;;
  "unpack 2") unpack "$2" ;;
  *) usage ;;
esac
