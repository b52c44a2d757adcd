package source

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxSubordinate bounds the ranges that one user may have in /etc/subuid: the
// kernel allows 340 in a map.
const maxSubordinate = 340

// ownerShift says how to get from the owners of files in the engine's
// directories to those in the image. An ordinary engine shifts none. One with
// --userns-remap gives its data root the suffix UID.GID of the user that
// container root is mapped to, whose ranges /etc/subuid and /etc/subgid have.
func (ei *engineImage) ownerShift() (uids, gids []IDMap, err error) {
	if !ei.info.HasSecurityOption("userns") {
		return nil, nil, nil
	}
	uid, gid, err := remapSuffix(ei.info.DockerRootDir)
	if err != nil {
		return nil, nil, cannot("the engine remaps owners, and how can't be told: %v", err)
	}
	// As the engine sees them: it may run in another mount namespace.
	etc := "/etc"
	if pid := ei.engine.PeerPID(); pid > 0 {
		etc = fmt.Sprintf("/proc/%d/root/etc", pid)
	}
	if uids, err = subordinateMap(etc+"/subuid", uid); err == nil {
		gids, err = subordinateMap(etc+"/subgid", gid)
	}
	if err != nil {
		return nil, nil, cannot("the engine remaps owners, and how can't be told: %v", err)
	}
	return uids, gids, nil
}

// remapSuffix reads the owner of container root out of the name of a data root
// such as /var/lib/docker/231072.231072.
func remapSuffix(dir string) (uid, gid uint32, err error) {
	u, g, ok := strings.Cut(filepath.Base(dir), ".")
	a, errA := strconv.ParseUint(u, 10, 32)
	b, errB := strconv.ParseUint(g, 10, 32)
	if !ok || errA != nil || errB != nil {
		return 0, 0, fmt.Errorf("the data root %q does not end in UID.GID", dir)
	}
	return uint32(a), uint32(b), nil
}

func subordinateMap(path string, first uint32) ([]IDMap, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := parseSubordinate(io.LimitReader(f, 4<<20), first)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// parseSubordinate reads a file of subuid(5) and gives the map of the user whose
// container root is first: its ranges laid end to end in the file's order, which
// is how the engine does it. Two users that begin at the same owner with
// different ranges, or ranges out of order (engines of different age treat them
// differently), are refused.
func parseSubordinate(r io.Reader, first uint32) ([]IDMap, error) {
	ranges := map[string][]IDMap{}
	var users []string
	sc := bufio.NewScanner(r)
	for sc.Scan() {
		user, rest, ok := strings.Cut(sc.Text(), ":")
		start, size, ok2 := strings.Cut(rest, ":")
		if !ok || !ok2 {
			continue // comment or empty, as the tools that read it take it
		}
		host, errA := strconv.ParseUint(start, 10, 32)
		n, errB := strconv.ParseUint(strings.TrimSpace(size), 10, 32)
		if errA != nil || errB != nil || n == 0 || host+n > 1<<32 {
			continue
		}
		if ranges[user] == nil {
			users = append(users, user)
		}
		if len(ranges[user]) == maxSubordinate {
			return nil, fmt.Errorf("user %.64q has more than %d ranges", user, maxSubordinate)
		}
		ranges[user] = append(ranges[user], IDMap{Host: uint32(host), Size: uint32(n)})
	}
	if err := sc.Err(); err != nil {
		return nil, err
	}
	var found []IDMap
	for _, user := range users {
		list := ranges[user]
		if list[0].Host != first {
			continue
		}
		var next uint64
		for i := range list {
			if i > 0 && list[i].Host < list[i-1].Host {
				return nil, fmt.Errorf("the ranges of user %.64q are not in order", user)
			}
			if next+uint64(list[i].Size) > 1<<32 {
				return nil, fmt.Errorf("the ranges of user %.64q are too large", user)
			}
			list[i].Container = uint32(next)
			next += uint64(list[i].Size)
		}
		if found != nil && fmt.Sprint(found) != fmt.Sprint(list) {
			return nil, fmt.Errorf("two users begin at %d with different ranges", first)
		}
		found = list
	}
	if found == nil {
		return nil, fmt.Errorf("no user's ranges begin at %d", first)
	}
	return found, nil
}
