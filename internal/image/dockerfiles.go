package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
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
		o.Worker.Procs = 1
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
	for _, f := range files {
		info, err := f.File.Stat()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("read %s: not a regular file", f.Name)
		}
		if _, err := f.File.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		if err := checkDockerfile(ctx, client, f, info, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func checkDockerfile(ctx context.Context, client *layer.Client, f Dockerfile, info fs.FileInfo, r *finding.Report) error {
	if info.Size() == 0 { // no detector is offered an empty file
		r.Unread = append(r.Unread, finding.Unread{Location: finding.Location{Layer: -1, Path: f.Name}, Reason: finding.UnreadCorrupt, Detector: "dockerfile", Detail: "the file is empty"})
		return nil
	}
	got, err := client.File(ctx, f.File, inWorker, info.Mode().Perm(), info.Size())
	if err != nil {
		return err
	}
	for _, rec := range got.Records {
		if res := rec.Result; res != nil {
			out := *res
			out.Resource = finding.Resource{Kind: KindDockerfile, Name: f.Name}
			out.Locations = nil
			for _, l := range res.Locations {
				out.Locations = append(out.Locations, finding.Location{Layer: -1, Path: f.Name, Line: l.Line})
			}
			out.Subject = f.Name + strings.TrimPrefix(out.Subject, inWorker)
			if s := out.Suppressed; s != nil {
				named := *s
				named.Source = f.Name + strings.TrimPrefix(s.Source, inWorker)
				out.Suppressed = &named
			}
			r.Results = append(r.Results, out)
		}
		if u := rec.Unread; u != nil {
			out := *u
			out.Location = finding.Location{Layer: -1, Path: f.Name, Line: u.Location.Line}
			r.Unread = append(r.Unread, out)
		}
	}
	return nil
}
