#!/bin/sh
# run.sh FOLDER CONTAINERD DOCKERD [ARG…]: runs one engine in a network namespace
# of its own until standard input is closed, which also happens when the test
# that holds the other end dies by whatever signal. Then everything that was
# started is ended, every mount below FOLDER is undone, and FOLDER is removed.
#
# FOLDER/subuid and FOLDER/subgid, where they exist, take the place of the files
# in /etc, in a mount namespace of the engine's own; FOLDER/hide mounts another
# file system on its data root there.
set -eu
folder=$1 containerd=$2 dockerd=$3
shift 3

# Ctrl-C reaches the whole session; the end of standard input is what ends us.
trap '' INT TERM HUP

children=
finish() {
  for pid in $children; do kill "$pid" 2>/dev/null || true; done
  for pid in $children; do
    n=0
    while kill -0 "$pid" 2>/dev/null; do
      n=$((n + 1))
      [ $n -lt 100 ] || kill -9 "$pid" 2>/dev/null || true
      sleep 0.1
    done
  done
  for try in 1 2 3; do
    awk -v d="$folder/" 'index($2, d) == 1 { print $2 }' /proc/self/mounts | sort -r | while read -r m; do
      umount -l "$m" 2>/dev/null || true
    done
  done
  rm -rf --one-file-system "$folder"
}
trap finish EXIT

# A rootless engine is started in a user and a mount namespace of its own, where
# it expects a /run of its own, as RootlessKit makes one.
[ -z "${ROOTLESSKIT_STATE_DIR:-}" ] || mount -t tmpfs -o mode=755 run /run

mkdir -p "$folder/containerd" "$folder/state" "$folder/data" "$folder/exec"
echo '{}' >"$folder/daemon.json"
cat >"$folder/containerd.toml" <<T
version = 2
root = "$folder/containerd"
state = "$folder/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
address = "$folder/containerd.sock"
T

"$containerd" --config "$folder/containerd.toml" --root "$folder/containerd" --state "$folder/state" \
  --address "$folder/containerd.sock" >"$folder/containerd.log" 2>&1 </dev/null &
children="$!"
n=0
until [ -S "$folder/containerd.sock" ]; do
  n=$((n + 1)); [ $n -lt 300 ] || exit 1
  sleep 0.1
done

# unshare execs: the background job's id is that of the engine itself.
set -- --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/dockerd.pid" --config-file "$folder/daemon.json" \
  -H "unix://$folder/docker.sock" --containerd "$folder/containerd.sock" --bridge none --iptables=false --ip6tables=false "$@"
if [ -e "$folder/subuid" ] || [ -e "$folder/hide" ]; then
  unshare --net --mount sh -c 'f=$1; shift
    if [ -e "$f/subuid" ]; then mount --bind "$f/subuid" /etc/subuid; mount --bind "$f/subgid" /etc/subgid; fi
    if [ -e "$f/hide" ]; then mount -t tmpfs -o mode=711 engine "$f/data"; fi
    exec "$@"' sh "$folder" "$dockerd" "$@" >"$folder/dockerd.log" 2>&1 </dev/null &
else
  unshare --net "$dockerd" "$@" >"$folder/dockerd.log" 2>&1 </dev/null &
fi
# The engine is ended before its containerd.
children="$! $children"
cat >/dev/null
