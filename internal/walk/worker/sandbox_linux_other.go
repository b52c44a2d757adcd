//go:build linux && !amd64 && !arm64

package worker

// No list of calls is kept for other processors; Probe says so.
const seccompArch = 0

var archCalls []uint32
