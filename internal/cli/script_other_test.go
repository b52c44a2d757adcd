//go:build !linux

package cli

import "errors"

func mountTmpfs(string, string) error { return errors.New("only on Linux") }

func unmount(string) {}

func canMountTmpfs() bool { return false }
