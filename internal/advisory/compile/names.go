package compile

import (
	"slices"
	"strings"
)

func isCVE(s string) bool { return strings.HasPrefix(s, "CVE-") }

// private marks IDs under the schema's prefix for one's own.
func private(s string) bool { return strings.HasPrefix(s, "x_") }

// union is a union-find over names in which no set ever has two CVEs.
type union struct {
	parent map[string]string
	cve    map[string]string // of a root
}

func newUnion() *union {
	return &union{parent: make(map[string]string), cve: make(map[string]string)}
}

func (u *union) find(s string) string {
	p, ok := u.parent[s]
	if !ok {
		u.parent[s] = s
		if isCVE(s) {
			u.cve[s] = s
		}
		return s
	}
	if p == s {
		return s
	}
	root := u.find(p)
	u.parent[s] = root
	return root
}

// join makes a and b one flaw unless they are of two CVEs.
func (u *union) join(a, b string) bool {
	x, y := u.find(a), u.find(b)
	if x == y {
		return true
	}
	cx, cy := u.cve[x], u.cve[y]
	if cx != "" && cy != "" {
		return false
	}
	if y < x {
		x, y = y, x
		cx, cy = cy, cx
	}
	u.parent[y] = x
	if cx == "" && cy != "" {
		u.cve[x] = cy
	}
	return true
}

// sets gives the members of each set, sorted.
func (u *union) sets() map[string][]string {
	out := make(map[string][]string)
	for s := range u.parent {
		root := u.find(s)
		out[root] = append(out[root], s)
	}
	for _, members := range out {
		slices.Sort(members)
	}
	return out
}

// bestName chooses what a flaw is called: its CVE, else a GHSA, else the first
// that is not private.
func bestName(members []string) string {
	rank := func(s string) int {
		switch {
		case isCVE(s):
			return 0
		case strings.HasPrefix(s, "GHSA-"):
			return 1
		case !private(s):
			return 2
		}
		return 3
	}
	best := members[0]
	for _, m := range members[1:] {
		if rank(m) < rank(best) {
			best = m
		}
	}
	return best
}
