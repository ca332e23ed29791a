#!/bin/sh
# lines.sh go|rust: what the source of the standard-library pilot says about itself, one JSON object a line.
#
# fanout-lines      lines of the concurrent fetch, without blanks and comments
# error-line-share  of all such lines, those that only pass an error on: in Go `if err != nil`, what it guards when that is a return or
#                   the answer, and its closing brace; in Rust lines of nothing but `?` or `map_err`
set -eu
cd "$(dirname "$0")/../../candidates"
case $1 in
  go) files=$(find go-nethttp -name '*.go') fanout=go-nethttp/internal/domain/fanout.go ;;
  rust) files=$(find rust-axum/src -name '*.rs') fanout=rust-axum/src/domain/fanout.rs ;;
  *) exit 2 ;;
esac
code() { cat "$@" | grep -Ev '^[[:space:]]*(//.*)?$'; }
lines=$(code $files | wc -l)
case $1 in
  go)
    passing=$(code $files | awk '
      /^[[:space:]]*(if|} else if) .*err != nil( \{|\)).*\{?$/ { guarded = 1; n++; next }
      guarded && /^[[:space:]]*(return|writeError\(w, err\)|log\.(Fatal|Printf)\()/ { n++; next }
      guarded && /^[[:space:]]*}$/ { n++; guarded = 0; next }
      { guarded = 0 }
      END { print n + 0 }')
    ;;
  rust) passing=$(code $files | grep -Ec '^[[:space:]]*(\.(map_err|ok_or|ok_or_else)\(.*|.*\.await\?;|let [^=]*= [a-z_]+\?;)$') ;;
esac
printf '{"metric":"fanout-lines","value":%s}\n' "$(code "$fanout" | wc -l)"
awk -v p="$passing" -v l="$lines" 'BEGIN { printf "{\"metric\":\"error-line-share\",\"value\":%.4f}\n", p / l }'
