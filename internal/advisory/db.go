package advisory

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
	"unsafe"

	"bulwark/internal/advisory/compile"
	"bulwark/internal/advisory/embedded"
	"bulwark/internal/advisory/table"
	"bulwark/internal/finding"
)

// Errors of opening: ErrFormat for a file that is no database of this version,
// ErrCorrupt for a damaged one.
var (
	ErrFormat  = table.ErrFormat
	ErrCorrupt = table.ErrCorrupt
)

// DB is an open database.
type DB struct {
	name  string
	file  *table.File
	close func() error
	meta  func() (*meta, error)
}

// meta is the JSON part, read when it is first needed.
type meta struct {
	table.Meta
	coverage map[string]*table.Coverage
}

// Embedded opens the database of facts that is part of the binary.
func Embedded() (*DB, error) {
	s := embedded.Facts
	return newDB("embedded", unsafe.Slice(unsafe.StringData(s), len(s)), nil)
}

// Open maps the database file at path. It looks at the header only; see Verify.
func Open(path string) (*DB, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open advisory database: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open advisory database: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, fmt.Errorf("open advisory database %s: %w", path, ErrFormat)
	}
	data, unmap, err := mapFile(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("open advisory database %s: %w", path, err)
	}
	db, err := newDB(path, data, unmap)
	if err != nil {
		_ = unmap() // the first error counts
		return nil, fmt.Errorf("open advisory database %s: %w", path, err)
	}
	return db, nil
}

func newDB(name string, data []byte, unmap func() error) (*DB, error) {
	f, err := table.Parse(data)
	if err != nil {
		return nil, err
	}
	db := &DB{name: name, file: f, close: unmap}
	db.meta = sync.OnceValues(func() (*meta, error) {
		m, err := f.Meta()
		if err != nil {
			return nil, err
		}
		out := &meta{Meta: m, coverage: make(map[string]*table.Coverage, len(m.Coverage))}
		for i := range m.Coverage {
			out.coverage[m.Coverage[i].Key] = &m.Coverage[i]
		}
		return out, nil
	})
	return db, nil
}

// Close gives the mapping back. No string of an answer may be used after it.
func (db *DB) Close() error {
	if db.close == nil {
		return nil
	}
	return db.close()
}

// Verify reads the whole file and compares its SHA-256 with the one it carries.
// A file that is not known to be whole must not be matched with.
func (db *DB) Verify() error { return db.file.Verify() }

// Info says which database it is.
func (db *DB) Info() finding.Data {
	return finding.Data{Name: db.name, Date: compile.DayString(db.file.Day()), Records: db.file.Records(), Hash: "sha256:" + db.file.Hash()}
}

// Status is what db status shows.
type Status struct {
	finding.Data
	Bytes    int `json:"bytes"`
	Flaws    int `json:"flaws"`
	Packages int `json:"packages"`
	// Ranges counts pairs of package and record.
	Ranges int `json:"ranges"`
	// Age is the time from the newest record to the moment asked about.
	AgeDays  int              `json:"age_days"`
	Coverage []table.Coverage `json:"coverage"`
	Sources  []table.Source   `json:"sources"`
	Inputs   []table.Input    `json:"inputs"`
}

// Status tells what is in the database; now is what its age is counted to.
func (db *DB) Status(now time.Time) (Status, error) {
	m, err := db.meta()
	if err != nil {
		return Status{}, err
	}
	s := Status{
		Data: db.Info(), Bytes: db.file.Size(), Flaws: db.file.Flaws(), Packages: db.file.Packages(), Ranges: db.file.Entries(),
		Coverage: m.Coverage, Sources: m.Sources, Inputs: m.Inputs,
	}
	if newest := db.file.Day(); newest > 0 {
		s.AgeDays = int(now.Unix()/86400) - int(newest)
	}
	return s, nil
}

// Licenses lists the sources with their licences, for notices.
func (db *DB) Licenses() ([]table.Source, error) {
	m, err := db.meta()
	if err != nil {
		return nil, err
	}
	return slices.Clone(m.Sources), nil
}
