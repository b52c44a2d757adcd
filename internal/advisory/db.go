package advisory

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
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

// inMemory is up to how many bytes a file is read, and not mapped: whoever copies
// over it then changes nothing of what was verified.
const inMemory = 64 << 20

// Open opens the database file at path. It looks at the header only; see Verify.
// A larger file than 64 MiB is mapped, and must be replaced by renaming, as
// [Build] does. If it is cut short all the same, methods that can fail say
// [ErrCorrupt]; the strings of answers given before are not to be used any more.
func Open(path string) (*DB, error) { return openWith(path, inMemory) }

// openWith maps files that are larger than memory.
func openWith(path string, memory int64) (*DB, error) {
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
	take := mapFile
	if info.Size() <= memory {
		take = readFile
	}
	data, unmap, err := take(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("open advisory database %s: %w", path, err)
	}
	var db *DB
	err = guarded(func() (err error) {
		db, err = newDB(path, data, unmap)
		return err
	})
	if err != nil {
		_ = unmap() // the first error counts
		return nil, fmt.Errorf("open advisory database %s: %w", path, err)
	}
	return db, nil
}

// readFile reads the file into memory of our own.
func readFile(f *os.File, size int64) (data []byte, release func() error, err error) {
	data = make([]byte, size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, nil, err
	}
	return data, func() error { return nil }, nil
}

// guarded turns a fault, as reading a mapped file gives that was cut short, into
// [ErrCorrupt].
func guarded(read func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			if _, fault := r.(interface{ Addr() uintptr }); !fault {
				panic(r)
			}
			err = fmt.Errorf("%w: the file was overwritten while it was read", ErrCorrupt)
		}
	}()
	return read()
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

// Close gives back what was mapped. No string of an answer may be used after it.
func (db *DB) Close() error {
	if db.close == nil {
		return nil
	}
	return db.close()
}

// Verify reads the whole file and compares its SHA-256 with the one it carries.
// A file that is not known to be whole must not be matched with.
func (db *DB) Verify() error { return guarded(db.file.Verify) }

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
func (db *DB) Status(now time.Time) (s Status, err error) {
	err = guarded(func() (err error) {
		s, err = db.status(now)
		return err
	})
	return s, err
}

func (db *DB) status(now time.Time) (Status, error) {
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
func (db *DB) Licenses() (sources []table.Source, err error) {
	err = guarded(func() error {
		m, err := db.meta()
		if err == nil {
			sources = slices.Clone(m.Sources)
		}
		return err
	})
	return sources, err
}
