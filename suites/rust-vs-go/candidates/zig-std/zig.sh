#!/bin/sh
# Zig under whichever name it is installed: on the path, or as the Python package `ziglang`.
if command -v zig >/dev/null 2>&1; then
  exec zig "$@"
fi
exec python3 -m ziglang "$@"
