package table

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// small is a model with one of everything.
func small() *Model {
	return &Model{
		Meta: Meta{
			Name: "test", Sources: []Source{{Name: "A", Rater: "A", License: "CC0-1.0", URL: "https://a.example/{id}"}, {Name: "B", Distribution: true}},
			Coverage: []Coverage{{Key: "npm", Level: finding.CoverageFull, Date: "2026-01-02", Known: KnownAll, Limits: []finding.Text{finding.T("coverage.x", "1")}}},
			Inputs:   []Input{{File: "npm/all.zip", SHA256: "00", Documents: 2, Date: "2026-01-02"}}, Day: 20000,
		},
		Flaws: []Flaw{
			{Name: "CVE-2024-0001", Aliases: []string{"GHSA-aaaa-bbbb-cccc", "PYSEC-2024-1"}, CWEs: []uint32{79, 121}, KEVAdded: 19000, KEVDue: 19021, Ransomware: true,
				Ratings: []Rating{{finding.High, 75, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "CISA-ADP"}, {finding.Low, 0, "", "A"}}},
			{Name: "CVE-2024-0002"},
			{Name: "GHSA-zzzz-zzzz-zzzz"},
		},
		Records: []Record{
			{ID: "A-1", Source: 0, Flaws: []int{0}, Published: 19100, Modified: 19200, Ratings: []Rating{{finding.Medium, 53, "", "A"}}, Summary: "a summary", Details: "a text"},
			{ID: "A-1", Source: 0, Flaws: []int{0}, Published: 19100, Modified: 19200, Informational: Unsound},
			{ID: "DSA-1", Source: 1, Flaws: []int{0, 1}, Module: "nodejs:18", Loose: []string{"GHSA-loose"}},
			{ID: "GHSA-zzzz-zzzz-zzzz", Source: 0, Flaws: []int{2}, Withdrawn: 19300},
		},
		Packages: []Package{
			{Ecosystem: "Debian:12", Name: "openssl", Covered: true, Entries: []Entry{{Record: 2, Ranges: []Range{{End: "3.0.1-1", Kind: Fixed}}}}},
			{Ecosystem: "Debian:12", Name: "zlib", Covered: true},
			{Ecosystem: "npm", Name: "a", Entries: []Entry{
				{Record: 0, Ranges: []Range{{Start: "1.0.0", End: "1.2.0", Kind: Fixed}, {Start: "2.0.0", End: "2.1.0", Kind: LastAffected}}},
				{Record: 1, Ranges: []Range{{Kind: Open}}},
			}},
			{Ecosystem: "npm", Name: "b", Entries: []Entry{{Record: 0, Ranges: []Range{{Start: "3.0.0", Kind: Exact}}}}},
		},
	}
}

func write(t testing.TB, m *Model) []byte {
	t.Helper()
	b, err := Write(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parse(t testing.TB, b []byte) *File {
	t.Helper()
	f, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestRoundTrip(t *testing.T) {
	m := small()
	b := write(t, m)
	f := parse(t, b)
	got, err := f.Model()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if err := f.Verify(); err != nil {
		t.Error(err)
	}
	if again := write(t, got); !bytes.Equal(b, again) {
		t.Error("writing what was read gives other bytes")
	}
	if f.Day() != 20000 || f.Records() != 4 || f.Packages() != 4 || f.Flaws() != 3 || f.Entries() != 4 {
		t.Errorf("counts: day %d, %d records, %d packages, %d flaws, %d entries", f.Day(), f.Records(), f.Packages(), f.Flaws(), f.Entries())
	}
}

func TestFind(t *testing.T) {
	f := parse(t, write(t, small()))
	for _, test := range []struct {
		ecosystem, name string
		found, covered  bool
		entries         int
	}{
		{"Debian:12", "openssl", true, true, 1},
		{"Debian:12", "zlib", true, true, 0},
		{"npm", "a", true, false, 2},
		{"npm", "openssl", false, false, 0},
		{"Debian:13", "openssl", false, false, 0},
		{"", "", false, false, 0},
	} {
		p, ok, err := f.Find(test.ecosystem, test.name)
		if err != nil || ok != test.found || p.Covered != test.covered || p.Entries() != test.entries {
			t.Errorf("%s %s: %+v, %v, %v", test.ecosystem, test.name, p, ok, err)
		}
	}
}

func TestNames(t *testing.T) {
	f := parse(t, write(t, small()))
	for _, test := range []struct {
		name           string
		flaws, records []uint32
	}{
		{"CVE-2024-0001", []uint32{0}, nil},
		{"PYSEC-2024-1", []uint32{0}, nil},
		{"DSA-1", nil, []uint32{2}},
		{"GHSA-loose", nil, []uint32{2}},
		{"GHSA-zzzz-zzzz-zzzz", []uint32{2}, []uint32{3}},
		{"CVE-2024-00011", nil, nil},
		{"", nil, nil},
		{"zzz", nil, nil},
	} {
		flaws, records, err := f.FlawsNamed(test.name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][]uint32{test.flaws, test.records}, [][]uint32{flaws, records}); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
	if got, err := f.RecordsOf([]uint32{1}); err != nil || !cmp.Equal(got, []uint32{2}) {
		t.Errorf("records of flaw 1: %v, %v", got, err)
	}
}

func TestLargeTexts(t *testing.T) {
	m := small()
	for i := range 200 {
		m.Records = append(m.Records, Record{ID: fmt.Sprintf("Z-%03d", i), Flaws: []int{1}, Details: strings.Repeat(fmt.Sprint(i, " "), 500+i*10)})
	}
	m.Records[len(m.Records)-1].Details = strings.Repeat("long ", 50000)
	f := parse(t, write(t, m))
	for i := range m.Records {
		got, err := f.Details(uint32(i))
		if err != nil || got != m.Records[i].Details {
			t.Fatalf("record %d: %d bytes of %d, %v", i, len(got), len(m.Records[i].Details), err)
		}
	}
}

func TestRefusedModels(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Model)
	}{
		{"unsorted flaws", func(m *Model) { m.Flaws[0], m.Flaws[1] = m.Flaws[1], m.Flaws[0] }},
		{"unsorted records", func(m *Model) { m.Records[0].ID = "Z" }},
		{"unsorted packages", func(m *Model) { m.Packages[0], m.Packages[2] = m.Packages[2], m.Packages[0] }},
		{"package twice", func(m *Model) { m.Packages[3].Name = "a" }},
		{"no such record", func(m *Model) { m.Packages[2].Entries[0].Record = 9 }},
		{"no range", func(m *Model) { m.Packages[2].Entries[0].Ranges = nil }},
		{"no such flaw", func(m *Model) { m.Records[0].Flaws = []int{7} }},
		{"no flaw", func(m *Model) { m.Records[0].Flaws = nil }},
		{"no such source", func(m *Model) { m.Records[0].Source = 2 }},
		{"name too long", func(m *Model) { m.Flaws[2].Name = "G" + strings.Repeat("x", 300) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := small()
			test.change(m)
			if _, err := Write(m); err == nil {
				t.Error("written")
			}
		})
	}
}

func TestNotADatabase(t *testing.T) {
	good := write(t, small())
	for _, test := range []struct {
		name   string
		change func([]byte) []byte
		want   error
	}{
		{"empty", func([]byte) []byte { return nil }, ErrFormat},
		{"text", func([]byte) []byte { return bytes.Repeat([]byte("hello "), 500) }, ErrFormat},
		{"later version", func(b []byte) []byte { b[8] = 2; return b }, ErrFormat},
		{"cut", func(b []byte) []byte { return b[:len(b)-1] }, ErrCorrupt},
		{"longer", func(b []byte) []byte { return append(b, 0) }, ErrCorrupt},
		{"section outside", func(b []byte) []byte { binary.LittleEndian.PutUint64(b[headerSize:], 1<<40); return b }, ErrCorrupt},
		{"section size overflows", func(b []byte) []byte { binary.LittleEndian.PutUint64(b[headerSize+8:], 1<<64-1); return b }, ErrCorrupt},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Parse(test.change(bytes.Clone(good))); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// readAll follows every offset of a file.
func readAll(b []byte) error {
	f, err := Parse(b)
	if err != nil {
		return err
	}
	_, err = f.Model()
	for _, name := range []string{"CVE-2024-0001", "DSA-1", "nothing"} {
		if _, _, e := f.FlawsNamed(name); err == nil {
			err = e
		}
	}
	for _, p := range [][2]string{{"npm", "a"}, {"Debian:12", "openssl"}} {
		found, ok, e := f.Find(p[0], p[1])
		if e != nil || !ok {
			continue
		}
		for i := range found.Entries() {
			ref, e := f.Entry(found, i)
			if e != nil {
				continue
			}
			_ = f.Ranges(ref, func(Range) bool { return true })
			_, _ = f.Module(ref.Record)
		}
	}
	return err
}

// TestDamage changes the file in many ways: it may be refused or say something
// else, but nothing may panic, and Verify sees every change.
func TestDamage(t *testing.T) {
	good := write(t, small())
	if err := readAll(good); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		for _, bit := range []byte{1, 0x80, 0xff} {
			b := bytes.Clone(good)
			b[i] ^= bit
			_ = readAll(b)
			if f, err := Parse(b); err == nil && f.Verify() == nil {
				t.Fatalf("byte %d changed and not noticed", i)
			}
		}
	}
	for n := range good {
		if err := readAll(good[:n]); err == nil {
			t.Fatalf("cut to %d bytes and read", n)
		}
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		b := bytes.Clone(good)
		for range 1 + rnd.IntN(8) {
			at := headerSize + sections*16 + rnd.IntN(len(b)-headerSize-sections*16-4)
			binary.LittleEndian.PutUint32(b[at:], rnd.Uint32()>>rnd.IntN(32))
		}
		_ = readAll(b)
	}
}

func FuzzParse(f *testing.F) {
	good := write(f, small())
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte(magic))
	f.Fuzz(func(_ *testing.T, b []byte) {
		// The size must fit for anything else to be looked at.
		if len(b) >= headerSize {
			b = bytes.Clone(b)
			binary.LittleEndian.PutUint64(b[16:], uint64(len(b)))
		}
		_ = readAll(b)
	})
}

// anyModel generates models.
func anyModel() *rapid.Generator[*Model] {
	id := rapid.StringMatching(`(CVE-20[0-2][0-9]-[0-9]{4}|GHSA-[a-z]{4}|x_[A-Z]{1,3})`)
	v := rapid.StringMatching(`[0-9]\.[0-9]{1,2}(-rc[0-9])?`)
	rating := rapid.Custom(func(t *rapid.T) Rating {
		return Rating{
			Severity: finding.Severity(rapid.IntRange(0, 5).Draw(t, "severity")), Score: uint16(rapid.IntRange(0, 100).Draw(t, "score")),
			Vector: rapid.SampledFrom([]string{"", "CVSS:3.1/x", "CVSS:4.0/y"}).Draw(t, "vector"), Source: rapid.SampledFrom([]string{"A", "B"}).Draw(t, "source"),
		}
	})
	span := rapid.Custom(func(t *rapid.T) Range {
		switch kind := EndKind(rapid.IntRange(0, 3).Draw(t, "kind")); kind {
		case Exact:
			return Range{Start: v.Draw(t, "start"), Kind: Exact}
		case Open:
			return Range{Start: v.Draw(t, "start")}
		default:
			r := Range{End: v.Draw(t, "end"), Kind: kind}
			if rapid.Bool().Draw(t, "started") {
				r.Start = v.Draw(t, "start")
			}
			return r
		}
	})
	return rapid.Custom(func(t *rapid.T) *Model {
		m := &Model{Meta: Meta{Name: "x", Sources: []Source{{Name: "A"}, {Name: "B"}}, Day: Day(rapid.Uint16().Draw(t, "day"))}}
		names := rapid.SliceOfNDistinct(id, 1, 40, rapid.ID[string]).Draw(t, "flaws")
		sort.Strings(names)
		for _, n := range names {
			f := Flaw{Name: n, Aliases: rapid.SliceOfN(id, 0, 3).Draw(t, "aliases"), Ratings: rapid.SliceOfN(rating, 0, 3).Draw(t, "ratings")}
			for _, c := range rapid.SliceOfN(rapid.IntRange(1, 2000), 0, 3).Draw(t, "cwes") {
				f.CWEs = append(f.CWEs, uint32(c))
			}
			f.KEVAdded = Day(rapid.SampledFrom([]int{0, 0, 19000}).Draw(t, "kev"))
			m.Flaws = append(m.Flaws, f)
		}
		ids := rapid.SliceOfN(id, 1, 60).Draw(t, "records")
		sort.Strings(ids)
		for _, n := range ids {
			m.Records = append(m.Records, Record{
				ID: n, Source: rapid.IntRange(0, 1).Draw(t, "source"), Flaws: rapid.SliceOfN(rapid.IntRange(0, len(names)-1), 1, 4).Draw(t, "of"),
				Ratings: rapid.SliceOfN(rating, 0, 2).Draw(t, "ratings"), Published: Day(rapid.Uint16().Draw(t, "published")), Modified: Day(rapid.Uint16().Draw(t, "modified")),
				Loose: rapid.SliceOfN(id, 0, 1).Draw(t, "loose"), Module: rapid.SampledFrom([]string{"", "a:1"}).Draw(t, "module"),
				Summary: rapid.SampledFrom([]string{"", "s"}).Draw(t, "summary"), Details: rapid.StringN(0, 200, -1).Draw(t, "details"),
			})
		}
		keys := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,5}`), 0, 60, rapid.ID[string]).Draw(t, "packages")
		sort.Strings(keys)
		for _, k := range keys {
			p := Package{Ecosystem: "eco", Name: k, Covered: rapid.Bool().Draw(t, "covered")}
			for range rapid.IntRange(0, 4).Draw(t, "entries") {
				p.Entries = append(p.Entries, Entry{rapid.IntRange(0, len(ids)-1).Draw(t, "record"), rapid.SliceOfN(span, 1, 4).Draw(t, "ranges")})
			}
			m.Packages = append(m.Packages, p)
		}
		return m
	})
}

func TestAnyModelComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyModel().Draw(t, "model")
		b, err := Write(m)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Model()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		for i := range m.Packages {
			p := &m.Packages[i]
			found, ok, err := f.Find(p.Ecosystem, p.Name)
			if err != nil || !ok || found.Entries() != len(p.Entries) {
				t.Fatalf("%s: %v, %v, %v", p.Name, found, ok, err)
			}
		}
		for i := range m.Flaws {
			if _, ok := f.FindName(m.Flaws[i].Name); !ok {
				t.Fatalf("name %s is not found", m.Flaws[i].Name)
			}
		}
	})
}
