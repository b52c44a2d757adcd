package gitpack

import (
	"bytes"
	"context"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// maxNames is how many objects a History can name.
const maxNames = 600_000

// History says where in a repository's history an object stands. It is filled
// with all commits and trees ([History.Add]).
type History struct {
	// above names the one tree that an object was first seen in, and its name there.
	above map[ID]place
	// commits are, by their root tree, the earliest.
	commits map[ID]CommitInfo
	names   map[string]string // each name once
	// Full says that there are more objects than can be named.
	Full bool
}

type place struct {
	tree ID
	name string
}

// CommitInfo is what is known of a commit.
type CommitInfo struct {
	ID     ID
	Author string // "Name <mail>", as it stands there
	Time   time.Time
}

// String is the beginning of the commit's ID.
func (c CommitInfo) String() string { return hex.EncodeToString(c.ID[:])[:12] }

// NewHistory makes an empty History.
func NewHistory() *History {
	return &History{above: map[ID]place{}, commits: map[ID]CommitInfo{}, names: map[string]string{}}
}

// ReadHistory fills a History from a pack.
func ReadHistory(ctx context.Context, p *Pack) (*History, error) {
	h := NewHistory()
	_, err := p.Objects(ctx, func(id ID, t Type, data []byte) error {
		h.Add(id, t, data)
		return nil
	}, Commit, Tree)
	return h, err
}

// Add takes in a commit or a tree; other objects and what makes no sense are
// passed over.
func (h *History) Add(id ID, t Type, data []byte) {
	switch t {
	case Commit:
		h.commit(id, data)
	case Tree:
		h.tree(id, data)
	}
}

func (h *History) tree(id ID, data []byte) {
	for len(data) > 0 {
		head, rest, ok := bytes.Cut(data, []byte{0})
		_, name, ok2 := bytes.Cut(head, []byte{' '})
		if !ok || !ok2 || len(rest) < len(ID{}) || len(name) > 4096 {
			return
		}
		var child ID
		copy(child[:], rest)
		data = rest[len(child):]
		if _, known := h.above[child]; known {
			continue
		}
		if len(h.above) >= maxNames {
			h.Full = true
			return
		}
		h.above[child] = place{id, h.intern(name)}
	}
}

func (h *History) intern(b []byte) string {
	if s, ok := h.names[string(b)]; ok {
		return s
	}
	s := string(b)
	h.names[s] = s
	return s
}

func (h *History) commit(id ID, data []byte) {
	info := CommitInfo{ID: id}
	var tree ID
	for line := range bytes.SplitSeq(data, []byte{'\n'}) {
		key, val, ok := bytes.Cut(line, []byte{' '})
		if !ok {
			break
		}
		switch string(key) {
		case "tree":
			if len(val) != hex.EncodedLen(len(tree)) {
				return
			}
			if _, err := hex.Decode(tree[:], val); err != nil {
				return
			}
		case "author":
			fields := strings.Fields(string(val))
			if len(fields) < 2 {
				break
			}
			if n, err := strconv.ParseInt(fields[len(fields)-2], 10, 64); err == nil {
				info.Time = time.Unix(n, 0).UTC()
			}
			info.Author = strings.Join(fields[:len(fields)-2], " ")
			info.Author = info.Author[:min(len(info.Author), 200)]
		}
	}
	old, known := h.commits[tree]
	if known && !info.Time.Before(old.Time) {
		return
	}
	if !known && len(h.commits) >= maxNames {
		h.Full = true
		return
	}
	h.commits[tree] = info
}

// maxDepth is the deepest directory that a path is followed through.
const maxDepth = 256

// Find gives one path under which an object stood, and a commit that has it
// there. known is false for an object that no tree of the history names.
func (h *History) Find(id ID) (path string, commit CommitInfo, known bool) {
	var parts []string
	for range maxDepth {
		up, ok := h.above[id]
		if !ok {
			break
		}
		parts = append(parts, up.name)
		id, known = up.tree, true
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, "/"), h.commits[id], known
}
