//go:build conformance

package secret

import "testing"

// TestBadInputWhole is TestBadInput at full size, which the race detector does
// not allow.
func TestBadInputWhole(t *testing.T) { badInput(t, 1) }
