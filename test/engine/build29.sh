#!/bin/sh
# build29.sh [FOLDER]: builds Docker 29 (dockerd, containerd, runc and their like)
# from Go modules, in throwaway modules outside the repository, into FOLDER/bin
# (default: the cache). About five minutes on two cores, once; nothing is done
# where the programs are there already.
#
# runc needs cgo, pkg-config and libseccomp's headers.
set -eu
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/bulwark/test/engine29}
moby=v2.0.0-beta.24 version=29.4.0 containerd=v2.3.5 runc=v1.5.2
stamp="moby $moby as $version, containerd $containerd, runc $runc"
if [ "$(cat "$folder/bin/stamp" 2>/dev/null)" = "$stamp" ]; then
  echo "built earlier: $stamp ($folder/bin)"
  exit 0
fi
echo "building $stamp into $folder/bin"
mkdir -p "$folder"
work=$(mktemp -d "$folder/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir "$work/bin"

# module NAME TOOL…: a throwaway module that has the tools.
module() {
  mkdir "$work/$1"
  cd "$work/$1"
  go mod init "throwaway/$1" 2>/dev/null
  shift
  for tool in "$@"; do go get -tool "$tool" 2>&1 | grep -v '^go: \(downloading\|added\|upgraded\)' || true; done
}

module moby "github.com/moby/moby/v2/cmd/dockerd@$moby" "github.com/moby/moby/v2/cmd/docker-proxy@$moby"
export CGO_ENABLED=0
go build -o "$work/bin/" -ldflags "-s -w -X github.com/moby/moby/v2/dockerversion.Version=$version" github.com/moby/moby/v2/cmd/dockerd
go build -o "$work/bin/" -ldflags "-s -w" github.com/moby/moby/v2/cmd/docker-proxy

module containerd "github.com/containerd/containerd/v2/cmd/containerd@$containerd" \
  "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2@$containerd" "github.com/containerd/containerd/v2/cmd/ctr@$containerd"
for program in containerd containerd-shim-runc-v2 ctr; do
  go build -tags no_btrfs,no_zfs -o "$work/bin/" -ldflags "-s -w -X github.com/containerd/containerd/v2/version.Version=$containerd" \
    "github.com/containerd/containerd/v2/cmd/$program"
done

module runc "github.com/opencontainers/runc@$runc"
CGO_ENABLED=1 go build -tags seccomp -o "$work/bin/" -ldflags "-s -w" github.com/opencontainers/runc

echo "$stamp" >"$work/bin/stamp"
rm -rf "$folder/bin"
mv "$work/bin" "$folder/bin"
echo "built: $stamp"
