//go:build !linux

package engine

import (
	"os/exec"
	"testing"
)

func rootless(t testing.TB, _, _ string, _ *exec.Cmd) {
	t.Helper()
	t.Fatal("a rootless engine needs Linux")
}
