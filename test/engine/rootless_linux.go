package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// rootless makes cmd run as RootlessKit runs a rootless engine: as root of a user
// namespace and a mount namespace of its own, in a folder that belongs to it.
func rootless(t testing.TB, folder, path string, cmd *exec.Cmd) {
	t.Helper()
	if err := os.Chown(folder, RemapFirst, RemapFirst); err != nil {
		t.Fatal(err)
	}
	maps := []syscall.SysProcIDMap{{ContainerID: 0, HostID: RemapFirst, Size: RemapSize}}
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS
	cmd.SysProcAttr.UidMappings, cmd.SysProcAttr.GidMappings = maps, maps
	cmd.SysProcAttr.GidMappingsEnableSetgroups = true
	cmd.SysProcAttr.Credential = &syscall.Credential{}
	// The engine wants to have it, although no port is forwarded.
	if err := os.Symlink("/bin/false", filepath.Join(folder, "rootlesskit-docker-proxy")); err != nil {
		t.Fatal(err)
	}
	// What the engine takes for the sign that RootlessKit has started it.
	cmd.Env = append(cmd.Env, "ROOTLESSKIT_STATE_DIR="+folder, "XDG_RUNTIME_DIR="+folder, "HOME="+folder, "PATH="+folder+":"+path)
}
