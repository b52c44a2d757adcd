#!/bin/sh
# Makes states/: a dpkg database with a package in each state that dpkg can
# leave one in, and a multi-arch pair. Needs root, dpkg, dpkg-deb. Run here.
set -eu
out=$PWD/states; w=$(mktemp -d); trap 'rm -rf "$w"' EXIT
r=$w/root; mkdir -p "$r/var/lib/dpkg/info" "$r/var/lib/dpkg/updates" "$r/var/lib/dpkg/triggers" "$r/bin"
: >"$r/var/lib/dpkg/status"; echo amd64 >"$r/var/lib/dpkg/arch"; echo i386 >>"$r/var/lib/dpkg/arch"
mk() { # name version arch extra-control-lines script-name
  d=$w/$1-$3; rm -rf "$d"; mkdir -p "$d/DEBIAN" "$d/usr/bin" "$d/etc" "$d/usr/share/doc/$1"
  printf 'Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: Bulwark tests <tests@example.org>\nDescription: test\n package of the tests\n%b' "$1" "$2" "$3" "$4" >"$d/DEBIAN/control"
  echo "$1 $3" >"$d/usr/bin/$1-$3"; echo x >"$d/etc/$1-$3.conf"; echo "/etc/$1-$3.conf" >"$d/DEBIAN/conffiles"
  [ -z "${5:-}" ] || { printf '#!/bin/false\n' >"$d/DEBIAN/$5"; chmod 755 "$d/DEBIAN/$5"; }
  dpkg-deb -b --root-owner-group "$d" "$w/$1_$3.deb" >/dev/null
}
D="dpkg --root=$r --force-depends --force-script-chrootless --log=/dev/null"
mk plain 1.0-1 amd64 'Source: plain-src (1:0.9-1)\n'; $D -i "$w/plain_amd64.deb"
mk nmu 2.0-1+b3 amd64 'Source: nmu (2.0-1)\n';        $D -i "$w/nmu_amd64.deb"
mk held 1:1.0~rc1-1 all '';                            $D -i "$w/held_all.deb"; echo held hold | $D --set-selections
mk gone 1.0 all '';                                    $D -i "$w/gone_all.deb"; $D -r gone
mk purged 1.0 all '';                                  $D -i "$w/purged_all.deb"; $D -P purged
mk unpacked 1.0 all '';                                $D --unpack "$w/unpacked_all.deb"
mk halfconf 1.0 all '' postinst;                       $D -i "$w/halfconf_all.deb" || true
mk halfinst 1.0 all '' prerm; $D -i "$w/halfinst_all.deb"; $D -r halfinst || true
mk failed 1.0 all '' preinst; $D -i "$w/failed_all.deb" || true
mk multi 3.0-2 amd64 'Multi-Arch: same\n'; mk multi 3.0-2 i386 'Multi-Arch: same\n'
$D -i "$w/multi_amd64.deb" "$w/multi_i386.deb"
mk wanted 1.0 all ''; echo wanted install | $D --set-selections || true
rm -rf "$out"; mkdir "$out"
cp "$r/var/lib/dpkg/status" "$out/status"; cp "$r/var/lib/dpkg/info/multi:i386.list" "$out/multi.list"
