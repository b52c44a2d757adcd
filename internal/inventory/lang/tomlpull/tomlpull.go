// Package tomlpull goes over the expressions of a TOML document in order,
// without building a tree: lock files are long lists of small tables of which a
// few strings are wanted, and whose line numbers are worth having.
//
// The grammar is that of pelletier/go-toml's low-level parser, which limits
// nesting; what is checked beyond it (keys defined twice and the like) is not.
package tomlpull

import (
	"bytes"
	"fmt"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Value is the value of a key.
type Value struct{ node *unstable.Node }

// Text gives a string's content, and the spelling of any other scalar.
func (v Value) Text() string {
	switch v.node.Kind {
	case unstable.Array, unstable.InlineTable:
		return ""
	}
	return string(v.node.Data)
}

// True says whether the value is the boolean true.
func (v Value) True() bool { return v.node.Kind == unstable.Bool && string(v.node.Data) == "true" }

// Strings gives the strings of an array.
func (v Value) Strings() []string {
	if v.node.Kind != unstable.Array {
		return nil
	}
	var all []string
	it := v.node.Children()
	for it.Next() {
		if n := it.Node(); n.Kind == unstable.String {
			all = append(all, string(n.Data))
		}
	}
	return all
}

// Get gives the value of a key of an inline table.
func (v Value) Get(key string) (Value, bool) {
	if v.node.Kind != unstable.InlineTable {
		return Value{}, false
	}
	it := v.node.Children()
	for it.Next() {
		if n := it.Node(); n.Kind == unstable.KeyValue && keyOf(n) == key {
			return Value{n.Value()}, true
		}
	}
	return Value{}, false
}

// IsTable says whether the value is an inline table.
func (v Value) IsTable() bool { return v.node.Kind == unstable.InlineTable }

// Visitor is told of a document's expressions in their order.
type Visitor struct {
	// Table is called for [path] and, with array set, [[path]]. The path's
	// parts are joined by dots; no lock file has dots inside of them where it
	// matters.
	Table func(path string, array bool, line int) error
	// Key is called for each key = value, with the path of the table it stands
	// in; a dotted key keeps its dots.
	Key func(table, key string, v Value, line int) error
}

// Read goes over the document.
func Read(doc []byte, v Visitor) error {
	var p unstable.Parser
	p.Reset(doc)
	table := ""
	// The parser can say where a node is, by counting from the beginning each
	// time; counting on from the last one costs nothing.
	counted, line := 0, 1
	lineOf := func(r unstable.Range) int {
		at := int(r.Offset)
		if at < counted || at > len(doc) {
			return line
		}
		line += bytes.Count(doc[counted:at], []byte{'\n'})
		counted = at
		return line
	}
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = keyOf(e)
			if err := v.Table(table, e.Kind == unstable.ArrayTable, lineOf(keyRange(e))); err != nil {
				return err
			}
		case unstable.KeyValue:
			if err := v.Key(table, keyOf(e), Value{e.Value()}, lineOf(keyRange(e))); err != nil {
				return err
			}
		}
	}
	if err := p.Error(); err != nil {
		return fmt.Errorf("toml: %w", err)
	}
	return nil
}

func keyOf(n *unstable.Node) string {
	it := n.Key()
	key := ""
	for i := 0; it.Next(); i++ {
		if i > 0 {
			key += "."
		}
		key += string(it.Node().Data)
	}
	return key
}

func keyRange(n *unstable.Node) unstable.Range {
	it := n.Key()
	if it.Next() {
		return it.Node().Raw
	}
	return n.Raw
}
