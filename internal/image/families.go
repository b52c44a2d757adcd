package image

import (
	"fmt"
	"slices"

	"bulwark/internal/image/dockerfile"
	"bulwark/internal/imageconfig"
	"bulwark/internal/inventory"
	"bulwark/internal/walk"
)

// Family is what a scan looks for.
type Family string

// Families of detectors.
const (
	// Vulnerabilities are packages, to be matched against advisories.
	Vulnerabilities Family = "vuln"
	// Configuration is what an image's configuration, its files' rights and
	// Dockerfiles say.
	Configuration Family = "config"
)

// Families lists those there are, in the order in which they are named.
func Families() []Family { return []Family{Vulnerabilities, Configuration} }

// Detectors gives the detectors of families.
func Detectors(families ...Family) ([]walk.Detector, error) {
	var out []walk.Detector
	for _, f := range families {
		make, ok := makers()[f]
		if !ok {
			return nil, fmt.Errorf("scanner %q is not one of %v", f, Families())
		}
		out = append(out, make()...)
	}
	return out, nil
}

func makers() map[Family]func() []walk.Detector {
	return map[Family]func() []walk.Detector{
		Vulnerabilities: inventory.Extractors,
		Configuration:   func() []walk.Detector { return []walk.Detector{imageconfig.Detector(), dockerfile.Detector()} },
	}
}

// detector finds one by its name, for the worker. A family is made only when one
// of its detectors is asked for.
func detector() func(name string) (walk.Detector, bool) {
	var made []walk.Detector
	left := Families()
	return func(name string) (walk.Detector, bool) {
		for {
			if i := slices.IndexFunc(made, func(d walk.Detector) bool { return d.Name() == name }); i >= 0 {
				return made[i], true
			}
			if len(left) == 0 {
				return nil, false
			}
			made = append(made, makers()[left[0]]()...)
			left = left[1:]
		}
	}
}

// lasting tells whether what a detector finds counts although a later layer
// deletes the file.
func lasting(detector string) bool { return detector == "secret" }
