#!/usr/bin/env bash
# Copies what the service does from the first candidate of each language to the others; with --check, only says what differs.
# Every candidate folder is complete by itself, so that it builds wherever it is copied and its hash covers all of it.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
same() { # same FROM TO
  if [ "${1:-}" = --check ]; then
    diff -rq "$2" "$3" || status=1
  else
    rm -rf "$3" && cp -r "$2" "$3"
  fi
}
mode=${1:---write}
for go in candidates/go-*/; do
  [ "$go" = candidates/go-nethttp/ ] || same "$mode" candidates/go-nethttp/internal/domain "${go}internal/domain"
done
for rust in candidates/rust-*/; do
  [ "$rust" = candidates/rust-axum/ ] || same "$mode" candidates/rust-axum/src/domain "${rust}src/domain"
done
for file in candidates/*/items.json candidates/*/*/domain/items.json; do
  [ ! -e "$file" ] || same "$mode" data/items.json "$file"
done
exit $status
