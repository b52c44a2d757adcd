package inventory

import (
	"errors"
	"testing"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// paths is a tree that has some paths.
type paths map[string]walk.EntryType

func (p paths) Lookup(path string) (walk.Entry, bool) {
	k, ok := p[path]
	return walk.Entry{Path: path, Type: k}, ok
}

func (p paths) Resolve(path string) (walk.Entry, error) {
	if e, ok := p.Lookup(path); ok {
		return e, nil
	}
	return walk.Entry{}, errors.New("not there")
}
func (p paths) Visible(int, string) bool   { return true }
func (p paths) Walk(func(walk.Entry) bool) {}

func TestAnImageWithoutItsPackagesIsNotClean(t *testing.T) {
	deb := finding.Package{Type: finding.TypeDeb, Name: "libc6"}
	gone := deb
	gone.Hidden = true
	tests := []struct {
		name     string
		tree     paths
		os       *finding.OSRelease
		packages []finding.Package
		want     finding.UnreadReason
	}{
		{"Debian with a package", nil, &finding.OSRelease{ID: "debian"}, []finding.Package{deb}, ""},
		{"Debian without", nil, &finding.OSRelease{ID: "debian"}, nil, finding.UnreadIO},
		{"Debian whose packages are history", nil, &finding.OSRelease{ID: "debian"}, []finding.Package{gone}, finding.UnreadIO},
		{"like Ubuntu", nil, &finding.OSRelease{ID: "pop", Like: []string{"ubuntu", "debian"}}, nil, finding.UnreadIO},
		{"Alpine", nil, &finding.OSRelease{ID: "alpine"}, []finding.Package{deb}, finding.UnreadIO},
		{"Rocky", nil, &finding.OSRelease{ID: "rocky", Like: []string{"rhel", "centos", "fedora"}}, nil, finding.UnreadIO},
		{"no distribution: a program from scratch", nil, nil, nil, ""},
		{"one that nobody knows", nil, &finding.OSRelease{ID: "mine"}, nil, ""},
		{"Arch", paths{"var/lib/pacman/local": walk.TypeDir}, &finding.OSRelease{ID: "arch"}, nil, finding.UnreadUnsupported},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := absent(tt.tree, tt.os, tt.packages)
			if tt.want == "" && len(got) == 0 {
				return
			}
			if len(got) != 1 || got[0].Reason != tt.want {
				t.Errorf("got %+v, want reason %q", got, tt.want)
			}
		})
	}
}
