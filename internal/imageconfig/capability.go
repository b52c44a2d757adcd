package imageconfig

import (
	"encoding/binary"
	"fmt"
	"strings"

	"bulwark/internal/finding"
)

// capabilityNames are the kernel's, by number (include/uapi/linux/capability.h).
var capabilityNames = [...]string{
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
	"linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
	"sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
	"mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
	"checkpoint_restore",
}

// mighty are those that are as good as root (capabilities(7), "Notes to kernel
// developers" and what each may do).
const mighty = 1<<1 | 1<<2 | 1<<3 | 1<<0 | 1<<6 | 1<<7 | 1<<8 | 1<<16 | 1<<17 | 1<<19 | 1<<21 | 1<<31 | 1<<39

// readCapability reads the attribute security.capability: struct vfs_cap_data
// and vfs_ns_cap_data, versions 1 to 3, little endian. ok is false for anything
// else, which the kernel would not take either.
func readCapability(v string) (permitted uint64, effective, ok bool) {
	if len(v) < 12 {
		return 0, false, false
	}
	b := []byte(v)
	magic := binary.LittleEndian.Uint32(b)
	effective = magic&1 != 0
	low := uint64(binary.LittleEndian.Uint32(b[4:]))
	switch version := magic >> 24; {
	case version == 1 && len(b) == 12:
		return low, effective, true
	case version == 2 && len(b) == 20, version == 3 && len(b) == 24:
		return low | uint64(binary.LittleEndian.Uint32(b[12:]))<<32, effective, true
	}
	return 0, false, false
}

// capabilityText writes it as getcap(8) does: "cap_net_raw=ep".
func capabilityText(v string) string {
	set, effective, ok := readCapability(v)
	if !ok {
		return "cap_?"
	}
	var names []string
	for i := range 64 {
		if set&(1<<i) == 0 {
			continue
		}
		if i < len(capabilityNames) {
			names = append(names, "cap_"+capabilityNames[i])
		} else {
			names = append(names, fmt.Sprintf("cap_%d", i))
		}
	}
	flags := "=p"
	if effective {
		flags = "=ep"
	}
	return strings.Join(names, ",") + flags
}

// capabilitySeverity rates a file that no package brought.
func capabilitySeverity(v string) finding.Severity {
	if set, _, ok := readCapability(v); !ok || set&mighty != 0 {
		return finding.High
	}
	return finding.Medium
}

// CapabilityText says the value of the attribute security.capability as
// getcap(8) does.
func CapabilityText(v string) string { return capabilityText(v) }
