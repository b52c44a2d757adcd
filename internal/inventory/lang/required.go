package lang

import (
	"fmt"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// MaxRequired is how many packages one lock file may name; the largest of real
// monorepos name some 10,000.
const MaxRequired = 500_000

// Required is a package that a lock file names.
type Required struct {
	Name, Version string
	// Line in the lock file, 0 when not known.
	Line     int
	Dev      bool
	Licenses []string
	// Qualifier is added to the purl when its value is not empty.
	Qualifier [2]string
	// Attributes are passed on.
	Attributes map[string]string
}

// Requirements collects what a lock file names, each name and version once:
// a tree may need one version at many places. It is only for development when
// all of these places are.
type Requirements struct {
	list []Required
	at   map[[2]string]int
}

// Add takes one package.
func (l *Requirements) Add(r Required) error {
	key := [2]string{r.Name, r.Version}
	if i, ok := l.at[key]; ok {
		l.list[i].Dev = l.list[i].Dev && r.Dev
		return nil
	}
	if len(l.list) >= MaxRequired {
		return fmt.Errorf("more than %d packages: %w", MaxRequired, walk.ErrLimit)
	}
	if l.at == nil {
		l.at = map[[2]string]int{}
	}
	l.at[key] = len(l.list)
	l.list = append(l.list, r)
	return nil
}

// Report says them all, as declared by f.
func (l *Requirements) Report(f *walk.File, out walk.Sink, foundBy, typ string) {
	for _, r := range l.list {
		p, err := New(foundBy, typ, r.Name, r.Version, r.Qualifier)
		if err != nil {
			out.Unread("", err)
			continue
		}
		p.Declared, p.Dev = true, r.Dev
		p.Licenses = Licenses(r.Licenses...)
		p.Locations = []finding.Location{{Path: f.Path, Line: r.Line}}
		p.Attributes = r.Attributes
		out.Package(p)
	}
}
