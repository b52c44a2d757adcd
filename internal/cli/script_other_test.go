//go:build !linux

package cli

import (
	"errors"

	"github.com/rogpeppe/go-internal/testscript"
)

func mountTmpfs(string, string, bool) error { return errors.New("only on Linux") }

func unmount(string) {}

func canMountTmpfs() bool { return false }

func scriptBrowse(ts *testscript.TestScript, _ bool, _ []string) { ts.Fatalf("only on Linux") }
