package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// The base is what a small Debian has; the packages after "--" are installed on
// top by a second instruction. Both name what is often found behind.
var debianPackages = strings.Fields(`
	base-files base-passwd bash coreutils dpkg gcc-12-base gzip libc6 libgcc-s1 libssl3 perl-base tar zlib1g
	--
	curl libcurl4 libexpat1 libnghttp2-14 libsqlite3-0 libxml2 linux-libc-dev nginx nginx-common openssl ruby-rack`)

// fetchDebian downloads the oldest version of each package that apt can still
// give. Lists and cache are its own, so that the host's apt is left alone and
// root is not needed.
func fetchDebian(ctx context.Context, p part, dir string) error {
	apt := filepath.Join(dir, "apt")
	for _, d := range []string{"state/lists/partial", "cache/archives/partial", "debs"} {
		if err := os.MkdirAll(filepath.Join(apt, d), 0o755); err != nil {
			return err
		}
	}
	defer os.RemoveAll(apt)
	status := filepath.Join(apt, "status")
	if err := os.WriteFile(status, nil, 0o644); err != nil {
		return err
	}
	options := []string{
		"-o", "Dir::State=" + apt + "/state", "-o", "Dir::State::status=" + status, "-o", "Dir::Cache=" + apt + "/cache",
		"-o", "APT::Sandbox::User=" + userName(), "-o", "Acquire::Languages=none",
		"-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
		"-o", "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false",
		"-q=2",
	}
	with := func(args ...string) []string { return append(append([]string{}, args...), options...) }
	if _, err := client(ctx, dir, nil, "apt-get", with("update")...); err != nil {
		return err
	}
	out := filepath.Join(dir, "debs")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var names []string
	for _, name := range p.what {
		if name != "--" {
			names = append(names, name)
		}
	}
	versions, err := versionsOf(ctx, dir, with(append([]string{"madison"}, names...)...))
	if err != nil {
		return err
	}
	oldest := []string{"download"}
	for _, name := range names {
		if len(versions[name]) == 0 {
			return errors.New("apt knows no version of " + name)
		}
		oldest = append(oldest, name+"="+versions[name][0])
	}
	// An old version may be gone from the archive while its index still names
	// it: then each package by itself, and the next older version will do.
	if _, err := client(ctx, out, nil, "apt-get", with(oldest...)...); err != nil {
		for _, name := range names {
			for _, v := range versions[name] {
				if _, err = client(ctx, out, nil, "apt-get", with("download", name+"="+v)...); err == nil {
					break
				}
			}
			if err != nil {
				return err
			}
		}
	}
	for _, name := range names {
		files, err := filepath.Glob(filepath.Join(out, name+"_*.deb"))
		if err != nil || len(files) != 1 {
			return fmt.Errorf("apt-get left %d files of %s", len(files), name)
		}
		if err := os.Rename(files[0], filepath.Join(out, name+".deb")); err != nil {
			return err
		}
	}
	return nil
}

func userName() string {
	if os.Geteuid() == 0 {
		return "root" // apt's own sandbox user could not write in a private folder
	}
	return ""
}

// versionsOf gives the versions that apt knows of each package, the oldest first by dpkg's order.
func versionsOf(ctx context.Context, dir string, args []string) (map[string][]string, error) {
	out, err := client(ctx, dir, nil, "apt-cache", args...)
	if err != nil {
		return nil, err
	}
	known := map[string][]string{}
	for line := range strings.Lines(out) {
		fields := strings.Split(line, "|")
		if len(fields) < 3 {
			continue
		}
		name, v := strings.TrimSpace(fields[0]), strings.TrimSpace(fields[1])
		at := slices.IndexFunc(known[name], func(w string) bool {
			return exec.CommandContext(ctx, "dpkg", "--compare-versions", v, "lt", w).Run() == nil
		})
		if at < 0 {
			at = len(known[name])
		}
		known[name] = slices.Insert(known[name], at, v)
	}
	return known, nil
}

// debianLayers makes the base and what was installed on it, with dpkg's own
// database as dpkg would have written it.
func debianLayers(p part, dir string) ([]layer, error) {
	var base, more []string
	into := &base
	for _, name := range p.what {
		if name == "--" {
			into = &more
			continue
		}
		*into = append(*into, name)
	}
	status := &bytes.Buffer{}
	install := func(names []string) func(*entries) error {
		return func(e *entries) error {
			for _, name := range names {
				if err := installDeb(e, filepath.Join(dir, "debs", name+".deb"), status); err != nil {
					return fmt.Errorf("unpack %s: %w", name, err)
				}
			}
			return e.file("var/lib/dpkg/status", 0o644, status.Bytes())
		}
	}
	return []layer{
		{"# debian.sh --arch 'amd64' out/ 'bookworm' '@1686355200'", func(e *entries) error {
			for _, d := range []string{"bin", "sbin", "lib", "lib64"} { // merged /usr
				if err := e.put(&tar.Header{Typeflag: tar.TypeDir, Name: "usr/" + d, Mode: 0o755}, nil); err != nil {
					return err
				}
				if err := e.link(d, "usr/"+d); err != nil {
					return err
				}
			}
			return install(base)(e)
		}},
		{"RUN /bin/sh -c apt-get update && apt-get install -y " + strings.Join(more, " ") + " # buildkit", install(more)},
	}, nil
}

// installDeb puts the files of a package, its lists below var/lib/dpkg/info,
// and its paragraph in the status.
func installDeb(e *entries, deb string, status *bytes.Buffer) error {
	ctx := context.Background()
	control, err := client(ctx, ".", nil, "dpkg-deb", "-f", deb)
	if err != nil {
		return err
	}
	name, architecture, multi := field(control, "Package"), field(control, "Architecture"), field(control, "Multi-Arch")
	before, after, _ := strings.Cut(control, "\n")
	fmt.Fprintf(status, "%s\nStatus: install ok installed\n%s\n", before, after)
	info := name
	if multi == "same" {
		info += ":" + architecture
	}
	info = "var/lib/dpkg/info/" + info

	var list strings.Builder
	err = dpkgTar(ctx, "--fsys-tarfile", deb, func(h *tar.Header, r io.Reader) error {
		name := path.Clean("/" + h.Name)
		if name == "/" {
			name = "/."
		}
		list.WriteString(name + "\n")
		for _, d := range []string{"bin", "sbin", "lib", "lib64"} {
			if rest, ok := strings.CutPrefix(name, "/"+d+"/"); ok {
				name = "/usr/" + d + "/" + rest
			} else if name == "/"+d {
				return nil
			}
		}
		h.Name = name
		if h.Typeflag == tar.TypeLink {
			h.Linkname = strings.TrimPrefix(path.Clean("/"+h.Linkname), "/")
		}
		h.Uid, h.Gid, h.Uname, h.Gname = 0, 0, "", ""
		if h.Typeflag != tar.TypeReg {
			r = nil
		}
		return e.put(h, r)
	})
	if err != nil {
		return err
	}
	if err := e.file(info+".list", 0o644, []byte(list.String())); err != nil {
		return err
	}
	return dpkgTar(ctx, "--ctrl-tarfile", deb, func(h *tar.Header, r io.Reader) error {
		switch b := path.Base(h.Name); b {
		case "md5sums", "conffiles":
			content, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			return e.file(info+"."+b, 0o644, content)
		}
		return nil
	})
}

// dpkgTar calls f for each entry of one of a package's two tars.
func dpkgTar(ctx context.Context, which, deb string, f func(*tar.Header, io.Reader) error) error {
	c := exec.CommandContext(ctx, "dpkg-deb", which, deb)
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	r := tar.NewReader(out)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = f(h, r)
		}
		if err != nil {
			out.Close()
			return errors.Join(err, c.Wait())
		}
	}
	if _, err := io.Copy(io.Discard, out); err != nil { // the padding after the tar's end
		return err
	}
	return c.Wait()
}

func field(control, name string) string {
	for line := range strings.Lines(control) {
		if v, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
