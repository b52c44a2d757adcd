// Package inventory says which packages are in an image, and of which
// distribution release it is.
//
// Extractors (the packages under os/ and lang/, listed by [Extractors]) read
// single files of single layers and know nothing of each other. [Merge] puts
// what they said of all layers together with the squashed tree.
package inventory

import (
	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// Inventory is what is installed.
type Inventory struct {
	// OS is nil when no file says which distribution this is.
	OS       *finding.OSRelease
	Packages []finding.Package
	// Unread are the unread records of the extractors.
	Unread []finding.Unread
}

// Merge makes the packages of an image from what the extractors said of its
// layers (recs of all layers, bottom first; Record.Layer set).
func Merge(tree walk.Tree, layers []finding.LayerInfo, recs []walk.Record) Inventory {
	var inv Inventory
	for i := range recs {
		if p := recs[i].Package; p != nil {
			inv.Packages = append(inv.Packages, *p)
		}
		if u := recs[i].Unread; u != nil {
			inv.Unread = append(inv.Unread, *u)
		}
	}
	return inv
}
