#!/bin/sh
# Between clone and execve nothing may allocate, lock or call a runtime of the compiler: whatever
# runtime/launch/child.cc calls is an undefined symbol of its object file, and must stand below.
#
# usage: child_symbols.sh NM LIBRARY     the static library with child.cc.o in it
set -eu
nm=$1
library=$2
allowed='^(syscall|__errno_location|_GLOBAL_OFFSET_TABLE_)$'

# A heading "child.cc.o:" a member, then its symbols, one a line.
symbols=$("$nm" --undefined-only --format=posix "$library" | awk '
  /:$/ { inside = /child\.cc\.o\]?:$/; found = found || inside; next }
  inside && NF { print $1 }
  END { if (!found) exit 1 }') || {
  echo "child_symbols: no child.cc.o in $library" >&2
  exit 2
}
[ -n "$symbols" ] || { echo "child_symbols: child.cc.o calls nothing: is it empty?" >&2; exit 2; }

if unexpected=$(printf '%s\n' "$symbols" | grep -Ev "$allowed"); then
  echo "child_symbols: forbidden between clone and execve:" >&2
  printf '  %s\n' $unexpected >&2
  exit 1
fi
printf 'child.cc.o calls only: %s\n' "$(echo $symbols)"
