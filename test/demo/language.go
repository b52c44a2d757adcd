package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// parts lists what the image is made of, bottom first.
func parts() []part {
	return []part{
		{"Debian packages", "apt-get", debianPackages, fetchDebian, debianLayers},
		{"npm packages", "npm", strings.Fields(`lodash@4.17.4 minimist@0.0.8 jquery@3.4.0 handlebars@4.0.11 moment@2.19.1
			bootstrap@3.3.7 express@4.16.0 marked@0.3.6 ws@3.3.0 @angular/core@10.0.0`), fetchNPM, npmLayers},
		{"Python packages", "pip", strings.Fields(`django==2.2.0 requests==2.19.1 jinja2==2.10 urllib3==1.24.1 flask==0.12.2
			werkzeug==0.14.1`), fetchPython, pythonLayers},
		{"Java packages", "mvn", strings.Fields(`org.apache.logging.log4j:log4j-core:2.14.1 org.apache.commons:commons-text:1.9
			org.yaml:snakeyaml:1.25 com.fasterxml.jackson.core:jackson-databind:2.9.8 commons-collections:commons-collections:3.2.1
			com.alibaba:fastjson:1.2.24 org.apache.shiro:shiro-core:1.4.0`), fetchMaven, mavenLayers},
		{"Go programs", "go", strings.Fields(`github.com/rakyll/hey@v0.1.4 sigs.k8s.io/kind@v0.11.1`), fetchGo, goLayers},
		{"Rust lock file", "cargo", strings.Fields(`time=0.1.42 hyper=0.13.1 regex=1.5.4 openssl-src=111.16.0`), fetchCargo, cargoLayers},
	}
}

func fetchNPM(ctx context.Context, p part, dir string) error {
	args := append([]string{"pack", "--loglevel=error", "--pack-destination=" + dir, "--cache=" + filepath.Join(dir, "cache")}, p.what...)
	_, err := client(ctx, dir, []string{"npm_config_ignore_scripts=true"}, "npm", args...)
	return errors.Join(err, os.RemoveAll(filepath.Join(dir, "cache")))
}

func npmLayers(p part, dir string) ([]layer, error) {
	return []layer{{"COPY node_modules /app/node_modules # buildkit", func(e *entries) error {
		for _, spec := range p.what {
			at := strings.LastIndexByte(spec, '@')
			name := spec[:at]
			file := strings.TrimPrefix(strings.ReplaceAll(name, "/", "-"), "@") + "-" + spec[at+1:] + ".tgz"
			if err := unpackNPM(e, filepath.Join(dir, file), "app/node_modules/"+name); err != nil {
				return fmt.Errorf("unpack %s: %w", spec, err)
			}
		}
		return nil
	}}}, nil
}

func unpackNPM(e *entries, tgz, prefix string) error {
	f, err := os.Open(tgz)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		// The first component is the package's own folder, whatever its name.
		_, rest, ok := strings.Cut(strings.TrimPrefix(path.Clean("/"+h.Name), "/"), "/")
		if !ok || h.Typeflag != tar.TypeReg {
			continue
		}
		if err := e.put(&tar.Header{Typeflag: tar.TypeReg, Name: path.Join(prefix, rest), Mode: 0o644, Size: h.Size}, r); err != nil {
			return err
		}
	}
}

func fetchPython(ctx context.Context, p part, dir string) error {
	args := append([]string{"download", "-q", "--no-deps", "--no-cache-dir", "--only-binary=:all:", "--python-version=3.11", "-d", dir}, p.what...)
	_, err := client(ctx, dir, nil, "pip", args...)
	return err
}

// pythonLayers unpacks wheels as pip does (PEP 427: a wheel without scripts or
// data is unpacked into site-packages as it is).
func pythonLayers(_ part, dir string) ([]layer, error) {
	wheels, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil {
		return nil, err
	}
	return []layer{{"RUN /bin/sh -c pip install --no-cache-dir -r requirements.txt # buildkit", func(e *entries) error {
		for _, w := range wheels {
			if err := unpackWheel(e, w, "usr/local/lib/python3.11/site-packages"); err != nil {
				return fmt.Errorf("unpack %s: %w", filepath.Base(w), err)
			}
		}
		return nil
	}}}, nil
}

func unpackWheel(e *entries, wheel, prefix string) error {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		h := &tar.Header{Typeflag: tar.TypeReg, Name: path.Join(prefix, path.Clean("/"+f.Name)), Mode: 0o644, Size: int64(f.UncompressedSize64)}
		err = e.put(h, r)
		r.Close()
		if err != nil {
			return err
		}
		if path.Base(f.Name) == "RECORD" {
			if err := e.file(path.Join(prefix, path.Dir(f.Name), "INSTALLER"), 0o644, []byte("pip\n")); err != nil {
				return err
			}
		}
	}
	return nil
}

// fetchMaven has Maven copy the jars that a small project names, into a
// repository of its own; what they depend on is left out.
func fetchMaven(ctx context.Context, p part, dir string) error {
	var deps strings.Builder
	for _, gav := range p.what {
		x := strings.Split(gav, ":")
		fmt.Fprintf(&deps, "<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>"+
			"<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>", x[0], x[1], x[2])
	}
	pom := `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>demo</groupId>` +
		`<artifactId>shop</artifactId><version>1.0</version><packaging>pom</packaging><dependencies>` + deps.String() + `</dependencies></project>`
	if err := os.WriteFile(filepath.Join(dir, "pom.xml"), []byte(pom), 0o644); err != nil {
		return err
	}
	repository := filepath.Join(dir, "repository")
	_, err := client(ctx, dir, nil, "mvn", "-q", "-B", "-Dmaven.repo.local="+repository, "dependency:copy-dependencies",
		"-DoutputDirectory="+filepath.Join(dir, "jars"))
	return errors.Join(err, os.RemoveAll(repository))
}

func mavenLayers(_ part, dir string) ([]layer, error) {
	jars, err := filepath.Glob(filepath.Join(dir, "jars", "*.jar"))
	if err != nil {
		return nil, err
	}
	return []layer{{"COPY target/lib /app/lib # buildkit", func(e *entries) error {
		for _, jar := range jars {
			if err := putFile(e, jar, "app/lib/"+filepath.Base(jar)); err != nil {
				return err
			}
		}
		nested, err := jarOfJars(jars)
		if err != nil {
			return err
		}
		return e.file("app/shop.jar", 0o644, nested)
	}}}, nil
}

// jarOfJars makes a jar as Spring Boot does: libraries stored below BOOT-INF/lib.
func jarOfJars(jars []string) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name string, content []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: when})
		if err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	}
	if err := put("META-INF/MANIFEST.MF", []byte("Manifest-Version: 1.0\r\nImplementation-Title: shop\r\nImplementation-Version: 1.0\r\n")); err != nil {
		return nil, err
	}
	for _, jar := range jars {
		content, err := os.ReadFile(jar)
		if err != nil {
			return nil, err
		}
		if err := put("BOOT-INF/lib/"+filepath.Base(jar), content); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func fetchGo(ctx context.Context, p part, dir string) error {
	args := []string{"install", "-trimpath", "-ldflags=-s -w"}
	for _, what := range p.what {
		// GOFLAGS of the user (-mod=vendor and the like) are for the user's own modules.
		if _, err := client(ctx, dir, []string{"GOBIN=" + dir, "CGO_ENABLED=0", "GOFLAGS=", "GOOS=", "GOARCH="}, "go", append(args, what)...); err != nil {
			return err
		}
	}
	return nil
}

func goLayers(_ part, dir string) ([]layer, error) {
	return []layer{{"COPY --from=build /go/bin /usr/local/bin # buildkit", func(e *entries) error { return e.tree(dir, "usr/local/bin") }}}, nil
}

func fetchCargo(ctx context.Context, p part, dir string) error {
	manifest := "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n"
	for _, what := range p.what {
		name, version, _ := strings.Cut(what, "=")
		manifest += fmt.Sprintf("%s = \"=%s\"\n", name, version)
	}
	if err := os.MkdirAll(filepath.Join(dir, "shop", "src"), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "shop", "src", "main.rs"), []byte("fn main() {}\n"), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "shop", "Cargo.toml"), []byte(manifest), 0o644); err != nil {
		return err
	}
	home := filepath.Join(dir, "home")
	_, err := client(ctx, filepath.Join(dir, "shop"), []string{"CARGO_HOME=" + home}, "cargo", "generate-lockfile", "-q")
	return errors.Join(err, os.RemoveAll(home))
}

func cargoLayers(_ part, dir string) ([]layer, error) {
	return []layer{{"COPY rust /app/rust # buildkit", func(e *entries) error { return e.tree(filepath.Join(dir, "shop"), "app/rust") }}}, nil
}

// cleanUp is the last instruction of many an image: it deletes what lower
// layers brought, and so ships it all the same.
func cleanUp(below []layer) []layer {
	for _, l := range below {
		if strings.Contains(l.createdBy, "/app/node_modules") {
			return []layer{{"RUN /bin/sh -c rm -rf /app/node_modules/moment # buildkit", func(e *entries) error {
				return e.whiteout("app/node_modules/moment")
			}}}
		}
	}
	return nil
}
