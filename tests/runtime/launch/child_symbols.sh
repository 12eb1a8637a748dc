#!/bin/sh
# Between clone and execve nothing may allocate, lock or call a runtime of the compiler: whatever
# clone_child.cc and starter/clone.cc of runtime/launch call is an undefined symbol of their object files, and must
# be another one's of these two, or stand below. (The starter's own files are linked to nothing else.)
#
# usage: child_symbols.sh NM LIBRARY     the static library with the object files in it
set -eu
nm=$1
library=$2
allowed='^(syscall|__errno_location|_GLOBAL_OFFSET_TABLE_)$'
members='clone_child|clone'

# "member symbol" a line; a heading "child.cc.o:" is a member, then come its symbols.
list() { # --undefined-only | --defined-only
  "$nm" "$1" --format=posix "$library" | awk -v members="^($members)[.]cc[.]o" '
    /:$/ { sub(/.*\[/, ""); sub(/\]?:$/, ""); member = $0 ~ members ? $0 : ""; next }
    member != "" && NF { print member, $1 }'
}

symbols=$(list --undefined-only)
for member in $(echo $members | tr '|' ' '); do
  printf '%s\n' "$symbols" | grep -q "^${member}[.]cc[.]o .*" || {
    echo "child_symbols: no $member.cc.o in $library, or it calls nothing" >&2
    exit 2
  }
done

own=$(list --defined-only | cut -d' ' -f2 | sort -u)
unexpected=$(printf '%s\n' "$symbols" | while read -r member symbol; do
  printf '%s\n' "$symbol" | grep -Eq "$allowed" && continue
  printf '%s\n' "$own" | grep -Fqx "$symbol" && continue
  echo "  $member: $symbol"
done)
if [ -n "$unexpected" ]; then
  echo "child_symbols: forbidden between clone and execve:" >&2
  printf '%s\n' "$unexpected" >&2
  exit 1
fi
echo "calls of $members to others: $(printf '%s\n' "$symbols" | cut -d' ' -f2 | grep -E "$allowed" | sort -u | tr '\n' ' ')"
