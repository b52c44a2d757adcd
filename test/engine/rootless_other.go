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

// NeedUserNamespaces fails a test where no user namespace can be made.
func NeedUserNamespaces(t testing.TB) {
	t.Helper()
	t.Fatal("user namespaces are Linux's")
}
