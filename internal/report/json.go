package report

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"bulwark/internal/finding"
)

//go:embed schema/report-1.1.schema.json
var schema []byte

// Schema is the JSON Schema (2020-12) of the JSON form.
func Schema() []byte { return bytes.Clone(schema) }

// maxReport bounds a saved report, in bytes. The largest seen, of 100,000
// packages, has a tenth of it.
const maxReport = 512 << 20

// Errors of Read that a caller may tell apart.
var (
	// ErrNotReport is wrapped when the input is not a saved report.
	ErrNotReport = errors.New("not a saved Bulwark report")
	// ErrVersion is wrapped for a report of a newer major version.
	ErrVersion = errors.New("report of a version that is not known")
)

// jsonWriter writes the published JSON form.
type jsonWriter struct{}

var _ Writer = jsonWriter{}

func (jsonWriter) Format() string { return "json" }

func (jsonWriter) Write(w io.Writer, r *finding.Report, o Options) error {
	out := *r
	out.Schema = finding.SchemaVersion
	out.Started = o.time(r)
	if o.SBOM {
		out.Results = nil
		out.Verdict = nil
	}
	// Lists that everybody reads are lists, never null.
	if out.Packages == nil {
		out.Packages = []finding.Package{}
	}
	if out.Results == nil {
		out.Results = []finding.Result{}
	}
	if out.Coverage == nil {
		out.Coverage = []finding.Coverage{}
	}
	if out.Unread == nil {
		out.Unread = []finding.Unread{}
	}
	out.Results = withoutNulls(out.Results)
	if out.Verdict != nil && out.Verdict.Counts == nil {
		v := *out.Verdict
		v.Counts = map[finding.Severity]int{}
		out.Verdict = &v
	}
	return encode(w, &out)
}

// withoutNulls gives results whose required lists are lists; it copies only
// when it must.
func withoutNulls(results []finding.Result) []finding.Result {
	copied := false
	for i := range results {
		adv := results[i].Advisory
		if adv == nil || adv.Sources != nil {
			continue
		}
		if !copied {
			results, copied = slices.Clone(results), true
		}
		full := *adv
		full.Sources = []finding.AdvisorySource{}
		results[i].Advisory = &full
	}
	return results
}

func encodeTo(b *bytes.Buffer, v any) error {
	var compact bytes.Buffer
	enc := json.NewEncoder(&compact)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	indent(b, compact.Bytes())
	return nil
}

// indent lays out JSON that encoding/json made, as its Indent does with two
// spaces, without looking for mistakes: reports have megabytes.
func indent(b *bytes.Buffer, compact []byte) {
	b.Grow(2 * len(compact))
	depth := 0
	newline := func() {
		b.WriteByte('\n')
		for range depth {
			b.WriteString("  ")
		}
	}
	for i := 0; i < len(compact); {
		switch c := compact[i]; c {
		case '"':
			end := i + 1
			for compact[end] != '"' {
				if compact[end] == '\\' {
					end++
				}
				end++
			}
			b.Write(compact[i : end+1])
			i = end
		case '{', '[':
			b.WriteByte(c)
			if next := compact[i+1]; next == '}' || next == ']' {
				b.WriteByte(next)
				i++
				break
			}
			depth++
			newline()
		case '}', ']':
			depth--
			newline()
			b.WriteByte(c)
		case ',':
			b.WriteByte(c)
			newline()
		case ':':
			b.WriteString(": ")
		default:
			b.WriteByte(c)
		}
		i++
	}
}

// Read reads a report in the JSON form. Fields that a later minor version added
// are passed over; another major version is refused (ErrVersion), and so is
// everything that is not a report (ErrNotReport).
func Read(r io.Reader) (*finding.Report, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxReport+1))
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	if len(b) > maxReport {
		return nil, fmt.Errorf("report is larger than %d MiB", maxReport>>20)
	}
	var head struct {
		Schema string          `json:"schema_version"`
		Tool   json.RawMessage `json:"tool"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotReport, err)
	}
	if head.Schema == "" || head.Tool == nil {
		return nil, fmt.Errorf("%w: it has no schema_version and tool; save one with -o json=FILE", ErrNotReport)
	}
	major, _, ok := strings.Cut(head.Schema, ".")
	ours, _, _ := strings.Cut(finding.SchemaVersion, ".")
	if !ok || major != ours {
		return nil, fmt.Errorf("%w: it has version %q, this program reads %s.x", ErrVersion, head.Schema, ours)
	}
	var out finding.Report
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotReport, err)
	}
	return &out, nil
}
