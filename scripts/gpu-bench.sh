#!/usr/bin/env bash
# `npm run bench` on a GPU, by Dawn and Vulkan: kernels, tiles, pictures and iterations, one kind at a time, so that one that
# fails or hangs costs no other its figures. Installs nothing and needs no network (docs/gpu.md).
#
#   scripts/gpu-bench.sh pack FILE.tar.xz        where npm ci has been run: Node, Dawn and the bench in one file
#   scripts/gpu-bench.sh run OUT [FILE.tar.xz]   on the GPU machine: OUT/KIND.json and OUT/log.txt; without FILE by the checkout's own packages
#
# Environment of run: KINDS of the bench (kernels upscale replay plan training half steps train growth; a packed bench has no outside, peers,
# wasm, browser, start), MINUTES for all of them together (8), PRESET (the bench's default), OPTIONS of the bench for all kinds, such as
# "--size 16 --repeats 1", NODE, and SOFTWARE=1 to measure a software adapter instead of refusing it, which is a rehearsal.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
# Loaders that a machine without a desktop may lack; the driver itself is the machine's own.
loaders="libvulkan.so.1 libEGL.so.1 libGL.so.1 libGLX.so.0 libOpenGL.so.0 libGLESv2.so.2 libGLdispatch.so.0"

usage() {
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

pack() {
  local folder
  folder=$(mktemp -d)
  trap "rm -rf '$folder'" EXIT
  (cd "$root" && node scripts/bundle-bench.mjs "$folder/bench")
  cp "$(node -p process.execPath)" "$folder/node"
  mkdir "$folder/lib"
  for name in $loaders; do
    path=$(ldconfig -p | awk -v name="$name" '$1 == name && /x86-64|aarch64/ { print $NF; exit }')
    if [ -n "$path" ]; then cp -L "$path" "$folder/lib/$name"; fi
  done
  mkdir -p "$(dirname "$1")"
  tar -C "$folder" -cf - . | xz -T0 -6 >"$1.part"
  mv "$1.part" "$1"
  echo "$1: $(($(wc -c <"$1") / 1048576)) MiB"
}

# A driver that lies outside the folders in which the loader looks.
find_driver() {
  [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] || return 0
  local file
  for file in /usr/share/vulkan/icd.d/nvidia*.json /etc/vulkan/icd.d/nvidia*.json; do [ -e "$file" ] && return; done
  for file in /usr/local/nvidia/share/vulkan/icd.d/nvidia*.json; do
    if [ -e "$file" ]; then export VK_DRIVER_FILES=$file VK_ICD_FILENAMES=$file; fi
  done
}

run() {
  local out=$1 archive=${2:-} deadline=$((SECONDS + 60 * ${MINUTES:-8})) failed=0 unpacked
  local bench=("${NODE:-node}" --import tsx "$root/cli/bench.ts")
  mkdir -p "$out"
  out=$(cd "$out" && pwd)
  if [ -n "$archive" ]; then
    unpacked=$(mktemp -d)
    trap "rm -rf '$unpacked'" EXIT
    tar -C "$unpacked" -xJf "$archive" 2>/dev/null || python3 -m tarfile -e "$archive" "$unpacked"
    chmod +x "$unpacked/node"
    bench=("${NODE:-$unpacked/node}" "$unpacked/bench/bench.js")
    ldconfig -p | grep -q libvulkan.so.1 || export LD_LIBRARY_PATH="$unpacked/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  fi
  find_driver
  local options=()
  [ "${SOFTWARE:-}" = 1 ] || options+=(--hardware)
  [ -z "${PRESET:-}" ] || options+=(--preset "$PRESET")
  # shellcheck disable=SC2206
  options+=(${OPTIONS:-})
  cd "$root"
  {
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || true
    for kind in ${KINDS:-kernels upscale replay plan training half steps train growth}; do
      local left=$((deadline - SECONDS))
      if [ "$left" -lt 5 ]; then
        echo "$kind: no time is left for it"
        failed=1
        continue
      fi
      echo "== $kind"
      if ! timeout -k 5 "$left" "${bench[@]}" --only "$kind" "${options[@]}" --json "$out/$kind.json"; then
        echo "$kind: stopped or failed"
        failed=1
      fi
    done
    echo "$((SECONDS)) s"
    exit "$failed"
  } 2>&1 | tee "$out/log.txt"
}

case "${1:-} $#" in
  "pack 2") pack "$2" ;;
  "run 2" | "run 3") run "${@:2}" ;;
  *) usage ;;
esac
