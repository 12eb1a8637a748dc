#!/usr/bin/env bash
# What the tests of engines have in common; sourced from the root of the repository, with BIN_DIR as $1 and the
# names of the $packages that are needed. They start real engines with a seccomp-oci that reads $scratch/oci.json,
# all in a scratch folder that goes with whatever was started. Exit 77: not root.
set -euo pipefail
: "${packages:?}"
export LC_ALL=C
[[ $(id -u) -eq 0 ]] || { echo "SKIP: containers are started by root alone"; exit 77; }
bin=$(realpath "$1")
engines=$PWD/tests/runtime/oci/engines

# In namespaces of processes and mounts of our own: with this shell goes all that it started or mounted, and
# what engines keep in /run. crun wants /sys/fs/cgroup to be cgroup v2 alone: with WANTS_CGROUP2 it is, there.
if [[ ${IN_OWN_NAMESPACES:-no} == no ]]; then
  # shellcheck disable=SC2086  # words
  ci/install $packages >/dev/null
  export IN_OWN_NAMESPACES=yes
  # shellcheck disable=SC2016  # for the inner shell
  exec unshare --pid --fork --kill-child --mount-proc --mount --propagation private bash -c '
    if [[ -n ${WANTS_CGROUP2:-} && $(stat -f -c %T /sys/fs/cgroup) != cgroup2fs ]]; then
      umount --recursive /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit
    fi
    mount -t tmpfs tmpfs /run || exit
    "$0" "$@"' "$0" "$@"
fi

# Sockets lie in it, whose paths have 108 bytes at most. In memory: engines sync much to disk.
scratch=$(mktemp -d /tmp/seccomp-oci.XXXXXX)
mount -t tmpfs tmpfs "$scratch"
started=()  # daemons, stopped in the order in which they were started
cleanup() {
  local status=$?
  trap - EXIT
  (stop_engine) || true
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do timeout 5 tail --pid="$pid" -f /dev/null || true; done
  # What an engine that was killed left mounted.
  awk -v folder="$scratch/" 'index($5, folder) == 1 {print $5}' /proc/self/mountinfo | sort -r |
    while read -r mounted; do umount -l "$mounted" || true; done
  umount -l "$scratch"
  rmdir "$scratch"
  exit "$status"
}
stop_engine() { :; }  # overridden
trap cleanup EXIT
set -E
trap 'echo "FAILED: line $LINENO of $0: $BASH_COMMAND" >&2' ERR
trap 'exit 1' INT TERM

# A root file system of busybox.
rootfs=$scratch/rootfs
mkdir -p "$rootfs"/{bin,dev,etc,proc,run,sys,tmp}
cp /bin/busybox "$rootfs/bin/"
for name in cat grep sh sleep true; do ln -s busybox "$rootfs/bin/$name"; done

# The node's configuration as the README has it, but for the paths.
profiles=$scratch/profiles
mkdir "$profiles"
cp profiles/*.json "$profiles/"
cat >"$profiles/wrong.json" <<'JSON'
{ "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [ { "names": ["execve", "mxap"], "action": "SCMP_ACT_ALLOW" } ] }
JSON
# libseccomp makes a wrong filter of this one as it stands.
cat >"$profiles/ranges.json" <<'JSON'
{ "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [
    { "names": ["lseek"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99,
      "args": [ { "index": 1, "value": 4096, "op": "SCMP_CMP_LT" } ] },
    { "names": ["lseek"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99,
      "args": [ { "index": 1, "value": 4294967296, "op": "SCMP_CMP_GT" } ] } ] }
JSON
# shellcheck disable=SC2034  # for the tests
finding='wrong.json:2:39: error: no Linux up to .* has a system call "mxap", did you mean "mmap"'
configure() { # RUNTIME
  sed -e "s|/etc/seccomp-lint/profiles|$profiles|" -e "s|/usr/bin/crun|$1|" \
    -e "s|^{|{ \"cache\": \"$scratch/cache\",|" "$engines/oci.json" >"$scratch/oci.json"
}
oci=$scratch/seccomp-oci
printf '#!/bin/sh\nexec %s --seccomp-oci-config %s "$@"\n' "$bin/seccomp-oci" "$scratch/oci.json" >"$oci"
chmod +x "$oci"

# An engine's lines of the README, with this seccomp-oci.
lines_of() { sed "s|/usr/bin/seccomp-oci|$oci|" "$engines/$1"; }

fail() { echo "FAILED: $*" >&2; exit 1; }
# What a container says of itself.
# shellcheck disable=SC2034  # for the tests
show=(/bin/grep Seccomp: /proc/self/status)
confined() { # WHAT TEXT
  grep -q $'^Seccomp:\t2$' <<<"$2" || fail "$1: no filter:" "$2"
  echo "ok: $1"
}
refused() { # WHAT PATTERN COMMAND...: fails, and tells why
  local what=$1 pattern=$2 output
  shift 2
  if output=$("$@" 2>&1); then fail "$what: was started:" "$output"; fi
  grep -q "$pattern" <<<"$output" || fail "$what: told something else:" "$output"
  echo "ok: $what"
}
# The filter in the kernel is that of the profile, and not another's.
held_to() { # PROFILE crun|runc PID
  "$bin/held_to" "$profiles/$1" "$2" "$3" || fail "the filter of $1"
  ! "$bin/held_to" "$profiles/strict.json" "$2" "$3" 2>/dev/null || fail "every filter is that of strict.json"
}
retry() { # SECONDS COMMAND...: until it succeeds
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || fail "not in time: $*"
    sleep 0.1
  done
}
# Fifty at once; the command is given a number.
fifty() { # WHAT COMMAND...
  local what=$1 pids=() i
  shift
  mkdir -p "$scratch/fifty"
  for i in $(seq 50); do
    "$@" "$i" >"$scratch/fifty/$i" 2>&1 &
    pids+=($!)
  done
  for i in "${pids[@]}"; do wait "$i" || true; done
  local confined
  confined=$(grep -l $'^Seccomp:\t2$' "$scratch"/fifty/* | wc -l)
  [[ $confined -eq 50 ]] || fail "$what: $confined of 50 with a filter:" "$(sort "$scratch"/fifty/* | uniq -c)"
  echo "ok: $what: 50 at once"
}
