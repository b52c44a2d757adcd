package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"bulwark/internal/finding"
	"bulwark/internal/walk/worker"
)

// systemDiagnoses look at what the kernel lets this process do.
func systemDiagnoses() []diagnosis {
	list := []diagnosis{kernelDiagnosis(), capabilityDiagnosis(), userNamespaceDiagnosis()}
	list = append(list, confinementDiagnoses()...)
	return append(list, openat2Diagnosis(), cgroupDiagnosis())
}

func kernelDiagnosis() diagnosis {
	d := diagnosis{id: "kernel", title: finding.T("cli.doctor.kernel"), state: able}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		d.state, d.reason = limited, err.Error()
		return d
	}
	d.found = finding.T("cli.doctor.kernel.found", "Linux "+unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Machine[:]))
	return d
}

// capabilityDiagnosis looks for what reading an image in place, and giving the
// worker an own user, take.
func capabilityDiagnosis() diagnosis {
	d := diagnosis{id: "capabilities", title: finding.T("cli.doctor.capabilities"), state: able}
	uid := strconv.Itoa(os.Geteuid())
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		d.state, d.reason = limited, err.Error()
		d.found = finding.T("cli.doctor.capabilities.unknown")
		return d
	}
	has := func(c uint) bool { return sets[c/32].Effective&(1<<(c%32)) != 0 }
	var missing []string
	for _, c := range []struct {
		number uint
		name   string
	}{
		{unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
		{unix.CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH"},
		{unix.CAP_SETUID, "CAP_SETUID"},
		{unix.CAP_SETGID, "CAP_SETGID"},
	} {
		if !has(c.number) {
			missing = append(missing, c.name)
		}
	}
	if len(missing) == 0 {
		d.found = finding.T("cli.doctor.capabilities.all", uid)
		return d
	}
	d.state = limited
	d.found = finding.T("cli.doctor.capabilities.missing", uid, strings.Join(missing, ", "))
	d.mend = finding.T("cli.doctor.capabilities.mend")
	return d
}

// userNamespaceDiagnosis: below the initial user namespace the kernel leaves
// trusted.* attributes out, and with them the marks of opaque directories.
func userNamespaceDiagnosis() diagnosis {
	d := diagnosis{id: "user-namespace", title: finding.T("cli.doctor.userns"), state: able, found: finding.T("cli.doctor.userns.initial")}
	// PROC_USER_INIT_INO of linux/proc_ns.h, the same on every kernel.
	const initial = 0xEFFFFFFD
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/user", &st); err != nil {
		d.state, d.found, d.reason = limited, finding.T("cli.doctor.userns.unknown"), err.Error()
	} else if st.Ino != initial {
		d.state, d.found, d.mend = limited, finding.T("cli.doctor.userns.other"), finding.T("cli.doctor.userns.mend")
	}
	return d
}

// confinementDiagnoses say what a worker gives up here, and start one to see
// that it can.
func confinementDiagnoses() []diagnosis {
	c := worker.Probe()
	lock := diagnosis{id: "landlock", title: finding.T("cli.doctor.landlock"), state: able, found: finding.T("cli.doctor.landlock.abi", strconv.Itoa(c.Landlock))}
	switch {
	case c.Landlock == 0:
		lock.state, lock.found, lock.mend = limited, finding.T("cli.doctor.landlock.absent"), finding.T("cli.doctor.landlock.mend")
	case c.Landlock < 4: // 4 is the first that closes TCP
		lock.mend = finding.T("cli.doctor.landlock.old")
	}
	filter := diagnosis{id: "seccomp", title: finding.T("cli.doctor.seccomp"), state: able, found: finding.T("cli.doctor.seccomp.found")}
	if !c.Seccomp {
		filter.state, filter.found, filter.mend = limited, finding.T("cli.doctor.seccomp.absent"), finding.T("cli.doctor.seccomp.mend")
	}
	work := diagnosis{id: "worker", title: finding.T("cli.doctor.worker"), state: able, found: finding.T("cli.doctor.worker.own")}
	if !c.OwnUser {
		work.found = finding.T("cli.doctor.worker.same")
	}
	if err := tryWorker(); err != nil {
		work.state, work.found, work.reason, work.mend = unable, finding.T("cli.doctor.worker.fails"), err.Error(), finding.T("cli.doctor.worker.mend")
	}
	return []diagnosis{lock, filter, work}
}

// tryWorker starts a worker, which confines itself, and lets it go.
func tryWorker() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	p, err := worker.Start(ctx, worker.Config{})
	if err != nil {
		return err
	}
	defer p.Close()
	p.CloseSend()
	if _, err := p.Next(); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func openat2Diagnosis() diagnosis {
	d := diagnosis{id: "openat2", title: finding.T("cli.doctor.openat2"), state: able, found: finding.T("cli.doctor.openat2.found")}
	fd, err := unix.Openat2(unix.AT_FDCWD, "/", &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_NO_XDEV,
	})
	if err != nil {
		d.state, d.reason = unable, err.Error()
		d.found, d.mend = finding.T("cli.doctor.openat2.absent"), finding.T("cli.doctor.openat2.mend")
		return d
	}
	unix.Close(fd)
	return d
}

// memoryWanted is what a scan of any image stays below.
const memoryWanted = 512 << 20

// cgroupDiagnosis tells the cgroup version and the memory that this process may use.
func cgroupDiagnosis() diagnosis {
	d := diagnosis{id: "cgroup", title: finding.T("cli.doctor.cgroup"), state: able}
	version := "v1"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		version = "v2"
	} else if _, err := os.Stat("/sys/fs/cgroup/unified/cgroup.controllers"); err == nil {
		version = "v1 + v2"
	} else if _, err := os.Stat("/sys/fs/cgroup"); err != nil {
		version = "-"
	}
	limit := memoryLimit()
	switch {
	case limit == 0:
		d.found = finding.T("cli.doctor.cgroup.free", version)
	case limit < memoryWanted:
		d.state, d.found, d.mend = limited, finding.T("cli.doctor.cgroup.limit", version, bytesText(limit)), finding.T("cli.doctor.cgroup.mend")
	default:
		d.found = finding.T("cli.doctor.cgroup.limit", version, bytesText(limit))
	}
	return d
}

// memoryLimit gives the smallest memory limit of the cgroups this process is in, 0 for none.
func memoryLimit() int64 {
	raw, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	var least int64
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for lines.Scan() {
		// hierarchy:controllers:path, cgroups(7)
		parts := strings.SplitN(lines.Text(), ":", 3)
		if len(parts) != 3 {
			continue
		}
		root, file := "", ""
		switch {
		case parts[1] == "":
			root, file = "/sys/fs/cgroup", "memory.max"
		case strings.Contains(","+parts[1]+",", ",memory,"):
			root, file = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for dir := filepath.Clean("/" + parts[2]); ; dir = filepath.Dir(dir) {
			if b, err := os.ReadFile(filepath.Join(root, dir, file)); err == nil {
				n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
				// cgroup v1 says "none" by a number near the largest.
				if err == nil && n > 0 && n < 1<<50 && (least == 0 || n < least) {
					least = n
				}
			}
			if dir == "/" {
				break
			}
		}
	}
	return least
}

// freeSpace gives the bytes that may be written in a directory.
func freeSpace(dir string) (int64, error) {
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return 0, err
	}
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * st.Bsize, nil
}
