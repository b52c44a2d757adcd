//go:build !linux

package cli

import "errors"

func mountTmpfs(string, string, bool) error { return errors.New("only on Linux") }

func unmount(string) {}

func canMountTmpfs() bool { return false }
