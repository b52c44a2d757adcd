//go:build !linux

package cli

import (
	"runtime"

	"golang.org/x/sys/unix"

	"bulwark/internal/finding"
)

// systemDiagnoses: what keeps parsers apart and reads images in place is Linux's.
func systemDiagnoses() []diagnosis {
	return []diagnosis{
		{
			id: "kernel", title: finding.T("cli.doctor.kernel"), state: limited,
			found: finding.T("cli.doctor.kernel.other", runtime.GOOS),
			mend:  finding.T("cli.doctor.kernel.other.mend"),
		},
		{
			id: "worker", title: finding.T("cli.doctor.worker"), state: limited,
			found: finding.T("cli.doctor.worker.none"),
			mend:  finding.T("cli.doctor.kernel.other.mend"),
		},
	}
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
	return int64(st.Bavail) * int64(st.Bsize), nil
}
