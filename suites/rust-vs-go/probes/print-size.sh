#!/bin/sh
# print-size.sh METRIC FILE ...: the size of each file, one JSON object a line.
set -eu
while [ $# -ge 2 ]; do
  size=$(stat -c %s "$2")
  printf '{"metric":"%s","value":%s,"unit":"B"}\n' "$1" "$size"
  shift 2
done
