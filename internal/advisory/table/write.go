package table

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strings"

	"bulwark/internal/finding"
)

// Sections, in the order of the file.
const (
	secMeta = iota
	secStrings
	secStringBytes
	secNames
	secNameBytes
	secEcosystems
	secBuckets
	secPackages
	secEntries
	secRanges
	secRecords
	secExtras
	secFlaws
	secFlawExtras
	secRatings
	secLists
	secSummaries
	secSummaryBytes
	secDetails
	secBlocks
	secBlockBytes
	sections
)

const (
	magic         = "bulwkadv"
	formatVersion = 1
	headerSize    = 64
	hashOffset    = 32
	nameBlock     = 16
	maxName       = 255

	packageSize   = 16
	entrySize     = 8
	rangeSize     = 8
	recordSize    = 24
	extraSize     = 24
	flawSize      = 16
	flawExtraSize = 12
	ratingSize    = 12
	detailSize    = 12

	lastBit    = 1 << 31
	rangeLast  = 1 << 29
	rangeValue = rangeLast - 1

	flagCovered    = 1
	flagRansomware = 1

	textBlock = 64 << 10
)

// ErrTooLarge says that a model does not fit the format's numbers.
var ErrTooLarge = errors.New("more than the format can hold")

type writer struct {
	model   *Model
	strings []string
	string_ map[string]uint32
	names   []string
	name    map[string]uint32
	lists   []uint32
	listAt  map[string]uint32
	ranges  []byte
	rangeAt map[string]uint32
	ratings []Rating
	rating  map[Rating]uint32
	err     error
}

// Write compiles the model, which must be sorted as it says, into a file. The
// bytes depend on the model alone.
func Write(m *Model) ([]byte, error) {
	if err := check(m); err != nil {
		return nil, err
	}
	w := &writer{model: m, listAt: make(map[string]uint32), rangeAt: make(map[string]uint32), rating: make(map[Rating]uint32)}
	w.intern()
	var out [sections][]byte
	meta, err := json.Marshal(m.Meta)
	if err != nil {
		return nil, fmt.Errorf("write meta: %w", err)
	}
	out[secMeta] = meta
	out[secStrings], out[secStringBytes] = w.joined(w.strings)
	out[secNames], out[secNameBytes] = w.frontCoded()
	w.packages(&out)
	w.records(&out)
	w.flaws(&out)
	for _, r := range w.ratings {
		out[secRatings] = append32(out[secRatings], w.optional(r.Vector), w.string_[r.Source])
		out[secRatings] = append16(out[secRatings], r.Score, uint16(r.Severity))
	}
	out[secLists] = append32(nil, w.lists...)
	out[secRanges] = w.ranges
	if w.err != nil {
		return nil, w.err
	}
	return assemble(m, &out)
}

func assemble(m *Model, out *[sections][]byte) ([]byte, error) {
	size := headerSize + sections*16
	var file []byte
	file = append(file, magic...)
	file = append32(file, formatVersion, sections)
	file = binary.LittleEndian.AppendUint64(file, 0)
	file = append32(file, uint32(m.Meta.Day), 0)
	file = append(file, make([]byte, sha256.Size)...)
	for _, s := range out {
		size = align(size)
		file = binary.LittleEndian.AppendUint64(file, uint64(size))
		file = binary.LittleEndian.AppendUint64(file, uint64(len(s)))
		size += len(s)
	}
	for _, s := range out {
		for len(file) != align(len(file)) {
			file = append(file, 0)
		}
		file = append(file, s...)
	}
	binary.LittleEndian.PutUint64(file[16:], uint64(len(file)))
	sum := sha256.Sum256(file)
	copy(file[hashOffset:], sum[:])
	if _, err := Parse(file); err != nil {
		return nil, fmt.Errorf("read back what was written: %w", err)
	}
	return file, nil
}

func align(n int) int { return (n + 7) &^ 7 }

// check refuses a model whose order or indices are not as promised.
func check(m *Model) error {
	if !sort.SliceIsSorted(m.Flaws, func(i, j int) bool { return m.Flaws[i].Name < m.Flaws[j].Name }) {
		return errors.New("flaws are not sorted")
	}
	if !sort.SliceIsSorted(m.Records, func(i, j int) bool { return m.Records[i].ID < m.Records[j].ID }) {
		return errors.New("records are not sorted")
	}
	for i := range m.Packages {
		p := &m.Packages[i]
		if i > 0 && comparePackages(&m.Packages[i-1], p) >= 0 {
			return fmt.Errorf("packages %q and %q are not sorted, or one is there twice", m.Packages[i-1].Name, p.Name)
		}
		for _, e := range p.Entries {
			if e.Record < 0 || e.Record >= len(m.Records) || len(e.Ranges) == 0 {
				return fmt.Errorf("package %q: entry without record or range", p.Name)
			}
		}
	}
	for i := range m.Records {
		r := &m.Records[i]
		if r.Source < 0 || r.Source >= len(m.Meta.Sources) || len(r.Flaws) == 0 {
			return fmt.Errorf("record %q: no source or no flaw", r.ID)
		}
		for _, f := range r.Flaws {
			if f < 0 || f >= len(m.Flaws) {
				return fmt.Errorf("record %q: no such flaw", r.ID)
			}
		}
	}
	return nil
}

func comparePackages(a, b *Package) int {
	if c := strings.Compare(a.Ecosystem, b.Ecosystem); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}

// intern gathers all strings and names and numbers them in sorted order.
func (w *writer) intern() {
	m := w.model
	str, names := make(map[string]uint32), make(map[string]uint32)
	ratings := func(rs []Rating) {
		for _, r := range rs {
			str[r.Vector], str[r.Source] = 0, 0
		}
	}
	for i := range m.Packages {
		p := &m.Packages[i]
		str[p.Ecosystem], str[p.Name] = 0, 0
		for _, e := range p.Entries {
			for _, r := range e.Ranges {
				str[r.Start], str[r.End] = 0, 0
			}
		}
	}
	for i := range m.Records {
		r := &m.Records[i]
		names[r.ID] = 0
		str[r.Module] = 0
		ratings(r.Ratings)
		for _, n := range r.Loose {
			names[n] = 0
		}
	}
	for i := range m.Flaws {
		f := &m.Flaws[i]
		names[f.Name] = 0
		ratings(f.Ratings)
		for _, n := range f.Aliases {
			names[n] = 0
		}
	}
	delete(str, "")
	w.strings, w.string_ = numbered(str)
	w.names, w.name = numbered(names)
	for _, n := range w.names {
		if len(n) == 0 || len(n) > maxName {
			w.fail("an identifier of %d bytes: %w", len(n), ErrTooLarge)
		}
	}
	if len(w.strings) >= rangeValue {
		w.fail("%d strings: %w", len(w.strings), ErrTooLarge)
	}
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

func numbered(set map[string]uint32) ([]string, map[string]uint32) {
	list := make([]string, 0, len(set))
	for s := range set {
		list = append(list, s)
	}
	slices.Sort(list)
	for i, s := range list {
		set[s] = uint32(i)
	}
	return list, set
}

// optional gives the string's number + 1, or 0 for the empty one.
func (w *writer) optional(s string) uint32 {
	if s == "" {
		return 0
	}
	return w.string_[s] + 1
}

// joined puts strings behind one another.
func (w *writer) joined(list []string) (offsets, all []byte) {
	var b bytes.Buffer
	for _, s := range list {
		offsets = append32(offsets, w.offset(b.Len()))
		b.WriteString(s)
	}
	return append32(offsets, w.offset(b.Len())), b.Bytes()
}

func (w *writer) offset(n int) uint32 {
	if n > math.MaxUint32 {
		w.fail("a section of %d bytes: %w", n, ErrTooLarge)
	}
	return uint32(n)
}

func (w *writer) frontCoded() (blocks, all []byte) {
	var last string
	for i, n := range w.names {
		shared := 0
		if i%nameBlock == 0 {
			blocks = append32(blocks, w.offset(len(all)))
		} else {
			for shared < len(n) && shared < len(last) && n[shared] == last[shared] {
				shared++
			}
		}
		all = append(all, byte(shared), byte(len(n)-shared))
		all = append(all, n[shared:]...)
		last = n
	}
	return append32(blocks, w.offset(len(all))), all
}

// list interns a list of numbers below 2^31 and gives its place + 1; 0 for an empty one.
func (w *writer) list(values []uint32) uint32 {
	if len(values) == 0 {
		return 0
	}
	if len(values) > maxList {
		w.fail("a list of %d: %w", len(values), ErrTooLarge)
	}
	key := string(append32(nil, values...))
	if at, ok := w.listAt[key]; ok {
		return at + 1
	}
	at := uint32(len(w.lists))
	w.listAt[key] = at
	for i, v := range values {
		if v >= lastBit {
			w.fail("a number of %d in a list: %w", v, ErrTooLarge)
		}
		if i == len(values)-1 {
			v |= lastBit
		}
		w.lists = append(w.lists, v)
	}
	return at + 1
}

func (w *writer) nameList(names []string) uint32 {
	var values []uint32
	for _, n := range names {
		values = append(values, w.name[n])
	}
	return w.list(values)
}

func (w *writer) ratingList(ratings []Rating) uint32 {
	var values []uint32
	for _, r := range ratings {
		at, ok := w.rating[r]
		if !ok {
			at = uint32(len(w.ratings))
			w.rating[r] = at
			w.ratings = append(w.ratings, r)
		}
		values = append(values, at)
	}
	return w.list(values)
}

// rangeList interns the ranges of an entry.
func (w *writer) rangeList(ranges []Range) uint32 {
	var b []byte
	for i, r := range ranges {
		end := w.optional(r.End) | uint32(r.Kind)<<30
		if i == len(ranges)-1 {
			end |= rangeLast
		}
		b = append32(b, w.optional(r.Start), end)
	}
	if at, ok := w.rangeAt[string(b)]; ok {
		return at
	}
	at := uint32(len(w.ranges) / rangeSize)
	w.rangeAt[string(b)] = at
	w.ranges = append(w.ranges, b...)
	return at
}

func (w *writer) packages(out *[sections][]byte) {
	m := w.model
	bits := 0
	for 1<<bits < len(m.Packages) {
		bits++
	}
	type placed struct {
		hash uint64
		p    *Package
	}
	all := make([]placed, len(m.Packages))
	for i := range m.Packages {
		p := &m.Packages[i]
		all[i] = placed{hashPackage(p.Ecosystem, p.Name), p}
	}
	mask := uint64(1)<<bits - 1
	sort.SliceStable(all, func(i, j int) bool { return all[i].hash&mask < all[j].hash&mask })
	ecosystems := make(map[string]uint32)
	for _, a := range all {
		ecosystems[a.p.Ecosystem] = 0
	}
	list, ecosystem := numbered(ecosystems)
	if len(list) > math.MaxUint16 {
		w.fail("%d ecosystems: %w", len(list), ErrTooLarge)
	}
	for _, e := range list {
		out[secEcosystems] = append32(out[secEcosystems], w.string_[e])
	}
	next := 0
	for bucket := uint64(0); bucket <= mask; bucket++ {
		out[secBuckets] = append32(out[secBuckets], uint32(next))
		for next < len(all) && all[next].hash&mask == bucket {
			next++
		}
	}
	out[secBuckets] = append32(out[secBuckets], uint32(next))
	entries := 0
	for _, a := range all {
		var flags uint16
		if a.p.Covered {
			flags |= flagCovered
		}
		out[secPackages] = append32(out[secPackages], uint32(a.hash>>32))
		out[secPackages] = append16(out[secPackages], uint16(ecosystem[a.p.Ecosystem]), flags)
		out[secPackages] = append32(out[secPackages], w.string_[a.p.Name], uint32(entries))
		for _, e := range a.p.Entries {
			out[secEntries] = append32(out[secEntries], uint32(e.Record), w.rangeList(e.Ranges))
			entries++
		}
	}
	out[secPackages] = append32(out[secPackages], 0, 0, 0, uint32(entries))
}

func (w *writer) records(out *[sections][]byte) {
	var summaries []string
	details := newDetailWriter(w)
	for i := range w.model.Records {
		r := &w.model.Records[i]
		flaws := uint32(r.Flaws[0])
		if len(r.Flaws) > 1 {
			var list []uint32
			for _, f := range r.Flaws {
				list = append(list, uint32(f))
			}
			flaws = w.list(list) - 1 | lastBit
		}
		var extra uint32
		if len(r.Loose) > 0 || r.Module != "" || r.Withdrawn != 0 || r.Summary != "" || r.Details != "" {
			var summary uint32
			if r.Summary != "" {
				summaries = append(summaries, r.Summary)
				summary = uint32(len(summaries))
			}
			b := append32(out[secExtras], w.nameList(r.Loose), w.optional(r.Module), summary, details.add(r.Details))
			b = append16(b, uint16(r.Withdrawn), 0)
			out[secExtras] = append32(b, 0)
			extra = uint32(len(out[secExtras]) / extraSize)
		}
		b := append32(out[secRecords], w.name[r.ID], flaws, w.ratingList(r.Ratings), extra)
		out[secRecords] = append16(b, uint16(r.Published), uint16(r.Modified), uint16(r.Source), uint16(r.Informational))
	}
	if len(summaries) > 0 {
		out[secSummaries], out[secSummaryBytes] = w.joined(summaries)
	}
	out[secDetails], out[secBlocks], out[secBlockBytes] = details.finish()
}

func (w *writer) flaws(out *[sections][]byte) {
	for i := range w.model.Flaws {
		f := &w.model.Flaws[i]
		var extra uint32
		if len(f.CWEs) > 0 || f.KEVAdded != 0 {
			var flags uint32
			if f.Ransomware {
				flags |= flagRansomware
			}
			b := append32(out[secFlawExtras], w.list(f.CWEs))
			b = append16(b, uint16(f.KEVAdded), uint16(f.KEVDue))
			out[secFlawExtras] = append32(b, flags)
			extra = uint32(len(out[secFlawExtras]) / flawExtraSize)
		}
		out[secFlaws] = append32(out[secFlaws], w.name[f.Name], w.nameList(f.Aliases), w.ratingList(f.Ratings), extra)
	}
}

// detailWriter gathers texts into compressed blocks.
type detailWriter struct {
	w       *writer
	index   []byte
	blocks  []byte
	bytes   []byte
	current bytes.Buffer
	number  uint32
}

func newDetailWriter(w *writer) *detailWriter { return &detailWriter{w: w} }

func (d *detailWriter) add(text string) uint32 {
	if text == "" {
		return 0
	}
	if d.current.Len() > 0 && d.current.Len()+len(text) > textBlock {
		d.flush()
	}
	d.index = append32(d.index, d.number, uint32(d.current.Len()), uint32(len(text)))
	d.current.WriteString(text)
	return uint32(len(d.index) / detailSize)
}

func (d *detailWriter) flush() {
	d.blocks = append32(d.blocks, d.w.offset(len(d.bytes)))
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		if _, err = io.Copy(z, &d.current); err == nil {
			err = z.Close()
		}
	}
	if err != nil {
		d.w.fail("compress texts: %w", err)
	}
	d.bytes = append(d.bytes, b.Bytes()...)
	d.current.Reset()
	d.number++
}

func (d *detailWriter) finish() (index, blocks, all []byte) {
	if d.current.Len() > 0 {
		d.flush()
	}
	if d.number == 0 {
		return nil, nil, nil
	}
	return d.index, append32(d.blocks, d.w.offset(len(d.bytes))), d.bytes
}

func append32(b []byte, values ...uint32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

func append16(b []byte, values ...uint16) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

// hashPackage is FNV-1a over ecosystem, 0, name.
func hashPackage(ecosystem, name string) uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037)
	for i := 0; i < len(ecosystem); i++ {
		h = (h ^ uint64(ecosystem[i])) * prime
	}
	h *= prime
	for i := 0; i < len(name); i++ {
		h = (h ^ uint64(name[i])) * prime
	}
	return h
}

// severity keeps a number from a file within the known ones.
func severity(n uint16) finding.Severity {
	if n > uint16(finding.Critical) {
		return finding.Unrated
	}
	return finding.Severity(n)
}
