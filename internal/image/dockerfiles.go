package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"bulwark/internal/finding"
	"bulwark/internal/image/dockerfile"
	"bulwark/internal/image/layer"
	"bulwark/internal/image/source"
	"bulwark/internal/walk"
	"bulwark/internal/walk/worker"
)

// KindDockerfile is the kind of a subject that is one Dockerfile or several.
const KindDockerfile = "Dockerfile"

// Dockerfile is one open file to be checked, whatever it is called.
type Dockerfile struct {
	// Name is how the report calls it.
	Name string
	// File is read from its beginning; it must be a regular file.
	File *os.File
}

// DockerfileOptions say how to check Dockerfiles.
type DockerfileOptions struct {
	Worker worker.Config
	Log    *slog.Logger
	Tool   finding.Tool
}

// inWorker is the name under which the worker sees every file.
const inWorker = "Dockerfile"

// Dockerfiles checks files and makes one report of them, in which each finding's
// resource is its file. The bytes are parsed in the worker.
func Dockerfiles(ctx context.Context, files []Dockerfile, o DockerfileOptions) (*finding.Report, error) {
	if len(files) == 0 {
		return nil, errors.New("no file to check")
	}
	if o.Worker.InProcess == nil {
		o.Worker.InProcess = work
	}
	if o.Worker.Procs == 0 {
		o.Worker.Procs = runtime.GOMAXPROCS(0)
	}
	d := dockerfile.Detector()
	name := files[0].Name
	if len(files) > 1 {
		name = strconv.Itoa(len(files)) + " Dockerfiles"
	}
	r := &finding.Report{
		Schema: finding.SchemaVersion, Tool: o.Tool, Started: time.Now().UTC().Truncate(time.Second),
		Subject:  finding.Subject{Kind: KindDockerfile, Ref: name, Name: name},
		Source:   finding.SourceInfo{Kind: "file", Way: source.WayFile},
		Packages: []finding.Package{}, Results: []finding.Result{}, Coverage: []finding.Coverage{}, Unread: []finding.Unread{},
	}
	r.Scanners = []string{string(Configuration)}
	r.Tool.Detectors = []string{fmt.Sprintf("%s@%d", d.Name(), d.Version())}
	client := layer.NewClient(layer.ClientConfig{Worker: o.Worker, Detectors: []walk.Detector{d}, Limits: layer.DefaultLimits(), Log: o.Log})
	defer client.Close()
	named := make([]layer.NamedFile, len(files))
	for i, f := range files {
		info, err := f.File.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("not a regular file")
		}
		if err == nil {
			_, err = f.File.Seek(0, io.SeekStart)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		named[i] = layer.NamedFile{File: f.File, Name: inWorker, Mode: info.Mode().Perm(), Size: info.Size()}
	}
	results, err := client.Files(ctx, named)
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		addFile(r, f.Name, named[i].Size, results[i].Records)
	}
	return r, nil
}

// addFile adds what was found in one file, under its own name.
func addFile(r *finding.Report, name string, size int64, records []walk.Record) {
	if size == 0 { // no detector is offered an empty file
		r.Unread = append(r.Unread, finding.Unread{Location: finding.Location{Layer: -1, Path: name}, Reason: finding.UnreadCorrupt, Detector: "dockerfile", Detail: "the file is empty"})
	}
	for _, rec := range records {
		if res := rec.Result; res != nil {
			out := *res
			out.Resource = finding.Resource{Kind: KindDockerfile, Name: name}
			out.Locations = nil
			for _, l := range res.Locations {
				out.Locations = append(out.Locations, finding.Location{Layer: -1, Path: name, Line: l.Line})
			}
			out.Subject = name + strings.TrimPrefix(out.Subject, inWorker)
			if s := out.Suppressed; s != nil {
				named := *s
				named.Source = name + strings.TrimPrefix(s.Source, inWorker)
				out.Suppressed = &named
			}
			r.Results = append(r.Results, out)
		}
		if u := rec.Unread; u != nil {
			out := *u
			out.Location = finding.Location{Layer: -1, Path: name, Line: u.Location.Line}
			r.Unread = append(r.Unread, out)
		}
	}
}
