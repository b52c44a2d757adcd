package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"bulwark/internal/finding"
	"bulwark/internal/image/source"
	"bulwark/internal/report"
	"bulwark/internal/workload"
)

// ability is how far this process may do one thing.
type ability string

const (
	able    ability = "ok"
	limited ability = "limited"
	unable  ability = "not"
)

// diagnosis is one line of doctor: what was looked at, what was found, and
// what would change it.
type diagnosis struct {
	id     string
	state  ability
	title  finding.Text
	found  finding.Text
	reason string // somebody else's words
	mend   finding.Text
}

// doctorDeadline bounds each question to an engine.
const doctorDeadline = 5 * time.Second

func (v *invocation) doctorVerb() verb {
	var o struct {
		format string
		db     string
		cache  string
	}
	return verb{
		use: "doctor", short: "cli.doctor.short", long: "cli.doctor.long",
		examples: []example{
			{"bulwark doctor", "cli.doctor.example"},
			{"sudo bulwark doctor -o json", "cli.doctor.example.json"},
		},
		exits: []int{exitOK, exitError},
		flags: func(fs *pflag.FlagSet) {
			v.bindFormat(fs, &o.format)
			v.bind(fs, "db", &o.db)
			v.bind(fs, "cache", &o.cache)
		},
		run: func(ctx context.Context, _ *pflag.FlagSet, _ []string) error {
			asJSON, err := wantsJSON(o.format)
			if err != nil {
				return err
			}
			list := v.diagnose(ctx, o.db, o.cache)
			if err := ctx.Err(); err != nil {
				return err
			}
			if asJSON {
				return v.writeDiagnosesJSON(list)
			}
			v.writeDiagnoses(list)
			return nil
		},
	}
}

// diagnose looks at everything. It changes nothing on this machine.
func (v *invocation) diagnose(ctx context.Context, db, cacheDir string) []diagnosis {
	var list []diagnosis
	list = append(list, systemDiagnoses()...)
	list = append(list, v.engineDiagnoses(ctx)...)
	list = append(list, v.cacheDiagnosis(cacheDir), v.tempDiagnosis(), v.databaseDiagnosis(db))
	return list
}

// engineDiagnoses ask the Docker engine, and try to read one of its images the
// way a scan would: nothing else says as surely whether it can be done.
func (v *invocation) engineDiagnoses(ctx context.Context) []diagnosis {
	ctx, cancel := context.WithTimeout(ctx, doctorDeadline)
	defer cancel()
	d := diagnosis{id: "engine", title: finding.T("cli.doctor.engine")}
	engine, err := workload.Connect(ctx, v.env.get, v.log)
	if err != nil {
		d.state, d.found, d.reason = unable, finding.T("cli.doctor.engine.absent"), err.Error()
		d.mend = finding.T("cli.doctor.engine.mend")
		var un *workload.Unreachable
		if errors.As(err, &un) && errors.Is(err, os.ErrPermission) {
			d.mend = finding.T("cli.doctor.engine.mend-permission")
		}
		return []diagnosis{d, v.containerdDiagnosis("")}
	}
	defer engine.Close()
	info, err := engine.Info(ctx)
	if err != nil {
		d.state, d.found, d.reason = limited, finding.T("cli.doctor.engine.silent", engine.Endpoint.String()), err.Error()
		return []diagnosis{d, v.containerdDiagnosis("")}
	}
	d.state = able
	d.found = finding.T("cli.doctor.engine.found", engine.Version.Version, info.Driver, engine.Endpoint.String())
	container := diagnosis{
		id: "containerd", title: finding.T("cli.doctor.containerd"), state: able,
		found: finding.T("cli.doctor.containerd.not-needed", info.Driver),
	}
	if info.DriverOption("driver-type") != "" { // the containerd image store
		d.found = finding.T("cli.doctor.engine.found", engine.Version.Version, "containerd "+info.Driver, engine.Endpoint.String())
		address := ""
		if info.Containerd != nil {
			address = strings.TrimPrefix(info.Containerd.Address, "unix://")
		}
		container = v.containerdDiagnosis(address)
	}
	return []diagnosis{d, container, v.inPlaceDiagnosis(ctx)}
}

// containerdDiagnosis looks for containerd's socket, through which images of an
// engine with the containerd image store are read in place.
func (v *invocation) containerdDiagnosis(address string) diagnosis {
	d := diagnosis{id: "containerd", title: finding.T("cli.doctor.containerd"), state: able}
	places := []string{"/run/containerd/containerd.sock", "/run/docker/containerd/containerd.sock"}
	switch own := v.env.get("CONTAINERD_ADDRESS"); {
	case address != "":
		places = []string{address}
	case filepath.IsAbs(own):
		places = []string{own}
	}
	for _, p := range places {
		info, err := os.Stat(p)
		if err != nil || info.Mode()&os.ModeSocket == 0 {
			continue
		}
		if err := unix.Access(p, unix.R_OK|unix.W_OK); err != nil {
			d.state, d.found, d.reason = limited, finding.T("cli.doctor.containerd.closed", p), err.Error()
			d.mend = finding.T("cli.doctor.capabilities.mend")
			return d
		}
		d.found = finding.T("cli.doctor.containerd.found", p)
		return d
	}
	d.state, d.found = limited, finding.T("cli.doctor.containerd.absent", strings.Join(places, ", "))
	d.mend = finding.T("cli.doctor.containerd.mend")
	return d
}

func (v *invocation) inPlaceDiagnosis(ctx context.Context) diagnosis {
	d := diagnosis{id: "in-place", title: finding.T("cli.doctor.in-place"), state: limited}
	o := source.Options{Env: v.env.get, Log: v.log}
	images, err := source.Images(ctx, o)
	if err != nil {
		d.found, d.reason = finding.T("cli.doctor.in-place.unknown"), err.Error()
		return d
	}
	if len(images) == 0 {
		d.state, d.found = able, finding.T("cli.doctor.in-place.no-image")
		return d
	}
	o.Ref = "docker:" + images[0].ID
	opened, err := source.Open(ctx, o)
	if err != nil {
		d.found, d.reason = finding.T("cli.doctor.in-place.unknown"), err.Error()
		return d
	}
	defer opened.Close()
	if opened.Info.Way == source.WayExport {
		d.found = finding.T("cli.doctor.in-place.export")
		if len(opened.Info.Why) > 0 {
			d.reason = opened.Info.Why[0]
		}
		d.mend = finding.T("cli.doctor.in-place.mend")
		return d
	}
	d.state, d.found = able, finding.T("cli.doctor.in-place.way", strings.TrimPrefix(opened.Info.Way, "in place: "))
	return d
}

// tempDiagnosis looks for room for what is spilled: a wanted file of over
// 32 MiB from a source that can't be read twice, at most 2 GiB in all.
func (v *invocation) tempDiagnosis() diagnosis {
	d := diagnosis{id: "temp", title: finding.T("cli.doctor.temp"), state: able}
	dir := v.env.get("TMPDIR")
	if dir == "" {
		dir = os.TempDir()
	}
	const wanted = 2 << 30
	free, err := freeSpace(dir)
	switch {
	case err != nil:
		d.state, d.found, d.reason = limited, finding.T("cli.doctor.temp.unusable", dir), reasonOf(err)
		d.mend = finding.T("cli.doctor.temp.mend")
	case free < wanted:
		d.state, d.found = limited, finding.T("cli.doctor.temp.small", dir, bytesText(free))
		d.mend = finding.T("cli.doctor.temp.mend")
	default:
		d.found = finding.T("cli.doctor.temp.free", dir, bytesText(free))
	}
	return d
}

// stale is the age in days at which advisory data has become dangerous company.
const stale = 30

func (v *invocation) databaseDiagnosis(path string) diagnosis {
	d := diagnosis{id: "database", title: finding.T("cli.doctor.database"), state: able}
	db, err := v.openDatabase(path)
	if err != nil {
		d.state, d.found, d.reason = unable, finding.T("cli.doctor.database.unusable"), err.Error()
		d.mend = finding.T("cli.doctor.database.mend")
		return d
	}
	info := db.Info()
	d.found = finding.T("cli.doctor.database.found", info.Name, strconv.Itoa(info.Records), info.Date)
	if age, ok := v.daysSince(info.Date); ok {
		d.found = finding.T("cli.doctor.database.aged", info.Name, strconv.Itoa(info.Records), info.Date, strconv.Itoa(age))
		if age > stale {
			d.state, d.mend = limited, finding.T("cli.doctor.database.mend")
		}
	}
	return d
}

// daysSince counts the days since a date (YYYY-MM-DD).
func (v *invocation) daysSince(date string) (int, bool) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0, false
	}
	return max(int(v.now().Sub(day).Hours()/24), 0), true
}

func (v *invocation) writeDiagnoses(list []diagnosis) {
	v.printf("bulwark %s, %s/%s\n\n", Version(), runtime.GOOS, runtime.GOARCH)
	marks := map[ability]string{able: v.T("cli.doctor.ok"), limited: v.T("cli.doctor.limited"), unable: v.T("cli.doctor.not")}
	states, titles := 0, 0
	for _, m := range marks {
		states = max(states, report.Columns(m))
	}
	for _, d := range list {
		titles = max(titles, report.Columns(v.text(d.title)))
	}
	indent := states + titles + 4
	width := v.helpWidth()
	counts := map[ability]int{}
	for _, d := range list {
		counts[d.state]++
		lead := pad(marks[d.state], states) + "  " + pad(v.text(d.title), titles) + "  "
		lines := wrap(v.text(d.found), width-indent)
		reason, _ := adviceApart(d.reason)
		for r := range strings.SplitSeq(reason, "\n") {
			if r = strings.TrimSpace(r); r != "" {
				lines = append(lines, wrap(report.Clean(v.printer.Sentence(r)), width-indent)...)
			}
		}
		if d.mend.ID != "" {
			lines = append(lines, wrap(v.T("cli.doctor.mend", v.text(d.mend)), width-indent)...)
		}
		for _, l := range lines {
			v.printf("%s%s\n", lead, l)
			lead = pad("", indent)
		}
	}
	v.printf("\n%s\n", v.T("cli.doctor.sum", strconv.Itoa(counts[able]), strconv.Itoa(counts[limited]), strconv.Itoa(counts[unable])))
}

func (v *invocation) writeDiagnosesJSON(list []diagnosis) error {
	type row struct {
		ID     string  `json:"id"`
		State  ability `json:"state"`
		Title  string  `json:"title"`
		Found  string  `json:"found"`
		Reason string  `json:"reason,omitempty"`
		Mend   string  `json:"mend,omitempty"`
	}
	out := struct {
		Version  string `json:"version"`
		Platform string `json:"platform"`
		Checks   []row  `json:"checks"`
	}{Version(), runtime.GOOS + "/" + runtime.GOARCH, make([]row, 0, len(list))}
	for _, d := range list {
		r := row{ID: d.id, State: d.state, Title: v.text(d.title), Found: v.text(d.found), Reason: d.reason}
		if d.mend.ID != "" {
			r.Mend = v.text(d.mend)
		}
		out.Checks = append(out.Checks, r)
	}
	return v.writeJSON(out)
}

func (v *invocation) writeJSON(x any) error {
	enc := json.NewEncoder(v.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(x)
}

// bindFormat declares -o for verbs whose answer is no report: text or JSON.
func (v *invocation) bindFormat(fs *pflag.FlagSet, target *string) {
	fs.StringVarP(target, "output", "o", "text", v.T("cli.flag.format"))
}

func wantsJSON(format string) (bool, error) {
	switch format {
	case "text":
		return false, nil
	case "json":
		return true, nil
	}
	p := usageError(finding.T("cli.flag-value", "--output"))
	p.reason = finding.T("cli.value.word", format, "text, json")
	return false, p
}

// bytesText writes a size for people.
func bytesText(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	f, i := float64(n)/unit, 0
	for f >= unit && i < 3 {
		f /= unit
		i++
	}
	return fmt.Sprintf("%.1f %ciB", f, "KMGT"[i])
}

// directorySize adds up the regular files below dir, at most limit of them.
func directorySize(dir string, limit int) (size int64, files int) {
	filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error { //nolint:errcheck // what can't be read is not counted
		if err != nil {
			return nil
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
			files++
		}
		if files >= limit {
			return filepath.SkipAll
		}
		return nil
	})
	return size, files
}

// reasonOf leaves out of a file error what is said anyway: operation and path.
func reasonOf(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
