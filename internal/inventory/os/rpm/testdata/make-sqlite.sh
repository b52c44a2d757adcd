#!/bin/sh
# Makes rpmdb.sqlite and container-manifest-2 by rpm itself (seen: 4.18, Debian's package "rpm"). Run here.
set -eu
w=$(mktemp -d); trap 'rm -rf "$w"' EXIT
cat >"$w/a.spec" <<'SPEC'
Name: alpha
Epoch: 2
Version: 1.0
Release: 1.el9
Summary: x
License: GPLv2+ and MIT
Vendor: Bulwark tests
ModularityLabel: alpha:1:20240101:abcdef
%description
x
%package libs
Summary: y
License: ASL 2.0
BuildArch: noarch
%description libs
y
%install
mkdir -p %{buildroot}/var/log; : >%{buildroot}/var/log/alpha.log
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/lib/python3.9/site-packages/a.dist-info %{buildroot}/usr/share/man/man1
for i in $(seq 150); do echo $i >%{buildroot}/usr/bin/alpha-tool-with-a-long-name-$i; done
ln -s alpha-tool-with-a-long-name-1 %{buildroot}/usr/bin/alpha
echo x >%{buildroot}/usr/lib/python3.9/site-packages/a.dist-info/METADATA
echo x >%{buildroot}/usr/share/man/man1/alpha.1
%files
/usr/bin/alpha*
/usr/share/man/man1/*
%ghost /var/log/alpha.log
%files libs
/usr/lib/python3.9/site-packages/a.dist-info
SPEC
SOURCE_DATE_EPOCH=1700000000 rpmbuild -bb --quiet --define "_topdir $w" --define "_buildhost tests" --define "_builddir $w/b" "$w/a.spec"
rpm --initdb --dbpath "$w/db" --define "_db_backend sqlite"
rpm -i --justdb --nodeps --noscripts --ignorearch --dbpath "$w/db" --define "_db_backend sqlite" "$w"/RPMS/*/*.rpm
cp "$w/db/rpmdb.sqlite" rpmdb.sqlite; chmod 644 rpmdb.sqlite
rpm -qa --dbpath "$w/db" --define "_db_backend sqlite" --qf '%{NAME}\t%{VERSION}-%{RELEASE}\t%{INSTALLTIME}\t%{BUILDTIME}\t%{VENDOR}\t%{EPOCH}\t%{SIZE}\t%{ARCH}\t%{EPOCHNUM}\t%{SOURCERPM}\n' >container-manifest-2
