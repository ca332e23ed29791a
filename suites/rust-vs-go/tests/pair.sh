#!/usr/bin/env bash
# pair.sh CONTRACT REQUESTS SEED NAME=COMMAND NAME=COMMAND ...: starts the candidates ({address} filled in), compares them, stops them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
contract=$1 requests=$2 seed=$3
shift 3
pids=() targets=() port=18080
trap 'kill "${pids[@]}" 2>/dev/null || true' EXIT
for candidate in "$@"; do
  address=127.0.0.1:$port
  port=$((port + 1))
  # shellcheck disable=SC2086
  $(sed "s/{address}/$address/" <<<"${candidate#*=}") &
  pids+=($!)
  targets+=("${candidate%%=*}=$address")
  for _ in $(seq 200); do
    if curl -sf "http://$address/health" >/dev/null; then break; fi
    sleep 0.05
  done
done
python3 "$here/compare.py" "$contract" --requests "$requests" --seed "$seed" "${targets[@]}"
