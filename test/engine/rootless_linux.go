package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// NeedUserNamespaces fails a test where no user namespace can be made, as in a
// chroot or where an administrator has switched them off: that is the machine,
// and not what is tested.
func NeedUserNamespaces(t testing.TB) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", "-test.run=^$")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	if err := cmd.Run(); err != nil {
		t.Fatalf("user namespaces are needed, and this machine refuses them (a chroot does): %v", err)
	}
}

// rootless makes cmd run as RootlessKit runs a rootless engine: as root of a user
// namespace and a mount namespace of its own, in a folder that belongs to it.
func rootless(t testing.TB, folder, path string, cmd *exec.Cmd) {
	t.Helper()
	NeedUserNamespaces(t)
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
