package compile

import (
	"slices"
	"sort"
	"strings"

	"bulwark/internal/advisory/osv"
	"bulwark/internal/advisory/table"
	"bulwark/internal/advisory/version"
)

// Unknown is the range of a record that does not say which versions are affected.
var Unknown = table.Range{Kind: table.Exact}

// intervals works out the affected versions of one package.
func intervals(a *osv.Affected) []table.Range {
	order := version.Of(a.Ecosystem)
	var out []table.Range
	usable := false
	for _, r := range a.Ranges {
		if r.Type == "GIT" {
			continue
		}
		usable = true
		out = append(out, evaluate(order, r.Events)...)
	}
	out = unique(out)
	if len(a.Versions) > 0 {
		// The publisher worked out which versions a range means; where the
		// range's bounds are none of the order, the list alone can be used.
		out = slices.DeleteFunc(out, func(r table.Range) bool {
			return r.Start != "" && order.Check(r.Start) != nil || r.End != "" && order.Check(r.End) != nil
		})
	}
	ranges := out
	for _, v := range a.Versions {
		usable = true
		if v = strings.TrimSpace(v); v != "" && !holds(order, ranges, v) {
			out = append(out, table.Range{Start: v, Kind: table.Exact})
		}
	}
	if !usable || len(out) == 0 {
		return []table.Range{Unknown}
	}
	return unique(out)
}

// evaluate turns the events of one range into intervals. Events whose versions
// cannot be compared stay in the order they are given in; a match then tells
// that it cannot know.
func evaluate(order version.Order, events []osv.Event) []table.Range {
	events = slices.Clone(events)
	if comparable(order, events) {
		sort.SliceStable(events, func(i, j int) bool {
			// Events at one version stay in the publisher's order.
			return compareBounds(order, events[i], events[j]) < 0
		})
	}
	var out []table.Range
	// The schema wants an "introduced"; without any, the first version is meant.
	open := !slices.ContainsFunc(events, func(e osv.Event) bool { return e.Kind == osv.Introduced })
	start := ""
	end := func(kind table.EndKind, v string) {
		if open {
			out = append(out, table.Range{Start: start, End: v, Kind: kind})
		}
		open = false
	}
	for _, e := range events {
		switch e.Kind {
		case osv.Introduced:
			if !open {
				open = true
				if start = e.Version; start == "0" {
					start = ""
				}
			}
		case osv.Fixed:
			end(table.Fixed, e.Version)
		case osv.LastAffected:
			end(table.LastAffected, e.Version)
		case osv.Limit:
			if e.Version != "*" {
				end(table.Fixed, e.Version)
			}
		}
	}
	if open && len(events) > 0 {
		out = append(out, table.Range{Start: start, Kind: table.Open})
	}
	return out
}

func comparable(order version.Order, events []osv.Event) bool {
	for _, e := range events {
		if !(e.Kind == osv.Introduced && e.Version == "0") && e.Version != "*" && order.Check(e.Version) != nil {
			return false
		}
	}
	return true
}

func compareBounds(order version.Order, a, b osv.Event) int {
	lowest := func(e osv.Event) bool { return e.Kind == osv.Introduced && e.Version == "0" }
	switch {
	case lowest(a) && lowest(b):
		return 0
	case lowest(a):
		return -1
	case lowest(b):
		return 1
	case a.Version == "*" || b.Version == "*":
		return strings.Compare(b.Version, a.Version) // "*" is last
	}
	c, err := order.Compare(a.Version, b.Version)
	if err != nil {
		return 0
	}
	return c
}

// holds reports whether one of the intervals surely holds v.
func holds(order version.Order, ranges []table.Range, v string) bool {
	for _, r := range ranges {
		if in, err := Holds(order, r, v); err == nil && in {
			return true
		}
	}
	return false
}

// Holds reports whether the range holds the version. It fails if the order
// cannot compare them, and for [Unknown] it fails with a nil version error.
func Holds(order version.Order, r table.Range, v string) (bool, error) {
	if r.Kind == table.Exact {
		if r.Start == "" {
			return false, ErrNoVersions
		}
		if r.Start == v {
			return true, nil
		}
		c, err := order.Compare(v, r.Start)
		if err != nil {
			// A listed version that is none of the order's can only be equal
			// letter by letter, which it is not; but one that is may be.
			if order.Check(v) == nil {
				return false, nil
			}
			return false, err
		}
		return c == 0, nil
	}
	if r.Start != "" {
		c, err := order.Compare(v, r.Start)
		if err != nil {
			return false, err
		}
		if c < 0 {
			return false, nil
		}
	}
	switch r.Kind {
	case table.Fixed:
		c, err := order.Compare(v, r.End)
		return err == nil && c < 0, err
	case table.LastAffected:
		c, err := order.Compare(v, r.End)
		return err == nil && c <= 0, err
	}
	return true, nil
}

func unique(ranges []table.Range) []table.Range {
	slices.SortFunc(ranges, func(a, b table.Range) int {
		if c := strings.Compare(a.Start, b.Start); c != 0 {
			return c
		}
		if c := strings.Compare(a.End, b.End); c != 0 {
			return c
		}
		return int(a.Kind) - int(b.Kind)
	})
	return slices.Compact(ranges)
}
