package imageconfig

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"bulwark/internal/finding"
	"bulwark/internal/walk"
)

// System is a final file system, with what else is known of it.
type System struct {
	Tree walk.Tree
	// Records are those of [Detector], of all layers; others are passed over.
	Records []walk.Record
	// Owner gives the package of the distribution that brought the file at a
	// path. It is nil when no package manager's lists were read; then the
	// well-known places decide.
	Owner func(path string) (name string, ok bool)
	// Hidden are the files of layers that the tree does not show; nil when that
	// is not known.
	Hidden iter.Seq[walk.Entry]
	// Incomplete says that a layer was not read to its end: what is not in the
	// tree is then not known to be absent.
	Incomplete bool
}

// LintTree says what is questionable in a file system, and what of the
// configuration needs it to be judged. c is nil for what is no image. Paths in
// results are relative to the root.
func LintTree(c *Config, s System) []finding.Result {
	t := &treeLint{c: c, s: s, paths: map[string]bool{}, cache: map[string]*sum{}, strange: map[int]*sum{}}
	if c != nil {
		for _, e := range c.Run.Env {
			if v, ok := strings.CutPrefix(e, "PATH="); ok {
				for d := range strings.SplitSeq(v, ":") {
					if e, err := s.Tree.Resolve(strings.TrimPrefix(path.Clean("/"+d), "/")); err == nil && strings.HasPrefix(d, "/") {
						t.paths[e.Path] = true
					}
				}
			}
		}
	}
	t.readAccounts()
	s.Tree.Walk(func(e walk.Entry) bool { t.entry(e); return true })
	var out []finding.Result
	out = append(out, t.user()...)
	out = append(out, t.privileged()...)
	out = append(out, t.writable()...)
	out = append(out, t.accountResults()...)
	out = append(out, t.sudo()...)
	out = append(out, t.accountFiles()...)
	for _, g := range []struct {
		check, title string
		found        []walk.Entry
	}{
		{CheckDevice, "imageconfig.found.device", t.devices},
		{CheckGit, "imageconfig.found.git", t.git},
		{CheckHostKey, "imageconfig.found.host-key", t.hostKeys},
		{CheckAuthorizedKeys, "imageconfig.found.authorized-keys", t.authorized},
		{CheckPreloadFile, "imageconfig.found.preload-file", t.preload},
		{CheckLeftover, "imageconfig.found.leftover", t.leftover},
	} {
		if len(g.found) > 0 {
			out = append(out, group(g.check, g.check, finding.T(g.title, strconv.Itoa(len(g.found))), g.found, nil))
		}
	}
	out = append(out, t.caches()...)
	out = append(out, t.owners()...)
	return append(out, t.waste()...)
}

// sum is a number of files and their bytes.
type sum struct {
	files int
	bytes int64
	first walk.Entry
}

func (s *sum) add(e walk.Entry) {
	if s.files == 0 {
		s.first = e
	}
	s.files++
	s.bytes += e.Size
}

type treeLint struct {
	c *Config
	s System
	// paths are the directories of PATH that are there, by their real names.
	paths map[string]bool
	// passwd, shadow and group are nil where the file is not there or was not read.
	passwd, shadow, group []account
	hasPasswd             bool
	sudoers               map[string][]string // file → who

	setuid, capable      []walk.Entry
	openFiles, openDirs  []walk.Entry
	devices, git         []walk.Entry
	hostKeys, authorized []walk.Entry
	preload, leftover    []walk.Entry
	cache                map[string]*sum
	strange              map[int]*sum // by owner that no account has
	ids                  map[int]bool
	total                sum
}

// readAccounts takes those records that are of the files that the tree shows.
func (t *treeLint) readAccounts() {
	t.sudoers = map[string][]string{}
	for _, r := range t.s.Records {
		if r.Detector != DetectorName || r.Fact == nil {
			continue
		}
		e, err := t.s.Tree.Resolve(r.Path)
		if err != nil || e.Layer != r.Layer && r.Layer >= 0 {
			continue
		}
		switch r.Fact.Kind {
		case factAccounts:
			var as []account
			if json.Unmarshal(r.Fact.Data, &as) != nil {
				continue
			}
			switch r.Path {
			case pathPasswd:
				t.passwd, t.hasPasswd = as, true
			case pathShadow:
				t.shadow = as
			case pathGroup:
				t.group = as
			}
		case factSudo:
			var who []string
			if json.Unmarshal(r.Fact.Data, &who) == nil {
				t.sudoers[r.Path] = who
			}
		}
	}
	if t.hasPasswd {
		t.ids = make(map[int]bool, len(t.passwd))
		for _, a := range t.passwd {
			t.ids[int(a.ID)] = true
		}
	}
}

// entry looks at one entry of the final file system; it is called for each.
func (t *treeLint) entry(e walk.Entry) {
	if t.ids != nil && !t.ids[e.UID] {
		s := t.strange[e.UID]
		if s == nil && len(t.strange) < 1000 {
			s = &sum{}
			t.strange[e.UID] = s
		}
		if s != nil {
			s.add(e)
		}
	}
	switch e.Type {
	case walk.TypeSymlink:
		return
	case walk.TypeDir:
		if e.Mode&0o002 != 0 && (e.Mode&fs.ModeSticky == 0 || t.paths[e.Path]) {
			t.openDirs = append(t.openDirs, e)
		}
		return
	case walk.TypeOther:
		if e.Mode&fs.ModeDevice != 0 && !standardDevice(e.Path) {
			t.devices = append(t.devices, e)
		}
		return
	}
	t.total.add(e)
	if e.Mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 && e.Mode&0o111 != 0 {
		t.setuid = append(t.setuid, e)
	}
	if e.Capability != "" {
		t.capable = append(t.capable, e)
	}
	if e.Mode&0o002 != 0 {
		t.openFiles = append(t.openFiles, e)
	}
	t.byName(e)
}

// byName looks at names alone.
func (t *treeLint) byName(e walk.Entry) {
	if c := cacheOf(e.Path); c != "" {
		s := t.cache[c]
		if s == nil && len(t.cache) < 200 {
			s = &sum{}
			t.cache[c] = s
		}
		if s != nil {
			s.add(e)
		}
	}
	dir, base := path.Split(e.Path)
	switch base {
	case "HEAD":
		if strings.HasSuffix(dir, ".git/") {
			t.git = append(t.git, repository(e, dir))
		}
	case "wc.db":
		if strings.HasSuffix(dir, ".svn/") {
			t.git = append(t.git, repository(e, dir))
		}
	case "requires":
		if strings.HasSuffix(dir, ".hg/") {
			t.git = append(t.git, repository(e, dir))
		}
	case "authorized_keys", "authorized_keys2":
		if e.Size > 0 && (strings.HasSuffix(dir, ".ssh/") || strings.HasPrefix(dir, "etc/ssh/")) {
			t.authorized = append(t.authorized, e)
		}
	case "ld.so.preload":
		if dir == "etc/" && e.Size > 0 {
			t.preload = append(t.preload, e)
		}
	case "Dockerfile", "Containerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml", ".dockerignore", ".gitlab-ci.yml", "Jenkinsfile", ".DS_Store", "Thumbs.db", "core":
		if base == "core" && (e.Size < 1<<20 || strings.Contains(dir, "/")) && dir != "" {
			return
		}
		if !vendored(dir) {
			t.leftover = append(t.leftover, e)
		}
	default:
		switch {
		case (dir == "etc/ssh/" && strings.HasPrefix(base, "ssh_host_") || dir == "etc/dropbear/" && strings.HasSuffix(base, "_host_key")) && strings.HasSuffix(base, "_key") && e.Size > 0:
			t.hostKeys = append(t.hostKeys, e)
		case strings.HasPrefix(base, ".") && strings.HasSuffix(base, ".swp") && !vendored(dir):
			t.leftover = append(t.leftover, e)
		}
	}
}

// repository makes the entry of the directory that a mark of a version control is in.
func repository(e walk.Entry, dir string) walk.Entry {
	e.Path = strings.TrimSuffix(dir, "/")
	return e
}

// vendored: below what packages bring, whose authors put such files there.
func vendored(dir string) bool {
	for _, p := range []string{"usr/", "lib/", "var/lib/", "var/cache/", "opt/conda/", "nix/", "proc/", "sys/"} {
		if strings.HasPrefix(dir, p) && !strings.HasPrefix(dir, "usr/src/") && !strings.HasPrefix(dir, "usr/local/src/") {
			return true
		}
	}
	for _, p := range []string{"node_modules/", "site-packages/", "dist-packages/", "vendor/", "go/pkg/mod/", "gems/", ".cargo/"} {
		if strings.Contains(dir, p) {
			return true
		}
	}
	return false
}

// standardDevice: those that every container gets anyway (OCI runtime
// specification, config-linux.md, "Default Devices"), and terminals.
func standardDevice(p string) bool {
	name, ok := strings.CutPrefix(p, "dev/")
	if !ok {
		return false
	}
	switch name {
	case "null", "zero", "full", "random", "urandom", "tty", "console", "ptmx", "pts/ptmx", "stdin", "stdout", "stderr":
		return true
	}
	return strings.HasPrefix(name, "tty") && strings.Trim(name[3:], "0123456789") == "" || strings.HasPrefix(name, "pts/")
}

// group makes one result of many files. line writes a file's evidence; nil gives
// mode, owner and path.
func group(check, subject string, title finding.Text, found []walk.Entry, line func(walk.Entry) string) finding.Result {
	r := result(check, subject, title)
	for i, e := range found {
		if i == maxEvidence {
			r.Evidence = append(r.Evidence, fmt.Sprintf("… %d", len(found)-i))
			break
		}
		r.Locations = append(r.Locations, finding.Location{Layer: e.Layer, Path: e.Path})
		text := modeText(e)
		if line != nil {
			text = line(e)
		}
		r.Evidence = append(r.Evidence, text)
	}
	return r
}

// fileSet names a set of files, so that an exception for these does not cover
// one that comes later.
func fileSet(es []walk.Entry) string {
	h := sha256.New()
	for _, e := range es {
		h.Write([]byte(e.Path))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:4])
}

// modeText writes mode, owner and path: "4755 0:0 /usr/bin/passwd".
func modeText(e walk.Entry) string {
	m := uint32(e.Mode.Perm())
	if e.Mode&fs.ModeSetuid != 0 {
		m |= 0o4000
	}
	if e.Mode&fs.ModeSetgid != 0 {
		m |= 0o2000
	}
	if e.Mode&fs.ModeSticky != 0 {
		m |= 0o1000
	}
	return fmt.Sprintf("%04o %d:%d /%s", m, e.UID, e.GID, e.Path)
}

// user resolves the configuration's user.
func (t *treeLint) user() []finding.Result {
	if t.c == nil || t.c.windows() {
		return nil
	}
	user, grp := userParts(t.c.Run.User)
	if isRoot(user) {
		return nil // Lint's
	}
	_, there := t.s.Tree.Lookup(pathPasswd)
	if there && !t.hasPasswd || t.s.Incomplete {
		return nil // not read, and said so
	}
	if _, err := strconv.ParseUint(user, 10, 64); err != nil {
		i := slices.IndexFunc(t.passwd, func(a account) bool { return a.Name == user })
		switch {
		case i < 0:
			return []finding.Result{result(CheckUserUnknown, "user", finding.T("imageconfig.found.user-unknown", short(user)))}
		case t.passwd[i].ID == 0:
			return []finding.Result{result(CheckUserRoot, "user", finding.T("imageconfig.found.user-root", short(t.c.Run.User)))}
		}
	}
	if grp == "" {
		return nil
	}
	if _, err := strconv.ParseUint(grp, 10, 64); err != nil && !slices.ContainsFunc(t.group, func(a account) bool { return a.Name == grp }) {
		if _, there := t.s.Tree.Lookup(pathGroup); !there || t.group != nil {
			return []finding.Result{result(CheckUserUnknown, "user", finding.T("imageconfig.found.group-unknown", short(grp)))}
		}
	}
	return nil
}

// owner gives the package that brought a file. known is true when files of the
// distribution can be told from others at all.
func (t *treeLint) owner(p string) (name string, owned bool) {
	if t.s.Owner == nil {
		what := wellKnown(p)
		return what, what != ""
	}
	return t.s.Owner(p)
}

// privileged tells setuid and setgid programs, and those with capabilities,
// apart by whether a package of the distribution brought them.
func (t *treeLint) privileged() []finding.Result {
	var out []finding.Result
	split := func(all []walk.Entry) (owned, others []walk.Entry) {
		for _, e := range all {
			if _, ok := t.owner(e.Path); ok {
				owned = append(owned, e)
			} else {
				others = append(others, e)
			}
		}
		return owned, others
	}
	named := func(text func(walk.Entry) string) func(walk.Entry) string {
		return func(e walk.Entry) string {
			if name, ok := t.owner(e.Path); ok && name != "" {
				return text(e) + " (" + name + ")"
			}
			return text(e)
		}
	}
	owned, others := split(t.setuid)
	if len(owned) > 0 {
		out = append(out, group(CheckSetuid, "setuid", finding.T("imageconfig.found.setuid", strconv.Itoa(len(owned))), owned, named(modeText)))
	}
	if len(others) > 0 {
		out = append(out, group(CheckSetuidUnowned, "setuid", finding.T("imageconfig.found.setuid-unowned", strconv.Itoa(len(others))), others, nil))
		out[len(out)-1].Subject = "setuid " + fileSet(others)
	}
	text := func(e walk.Entry) string { return capabilityText(e.Capability) + " /" + e.Path }
	owned, others = split(t.capable)
	if len(owned) > 0 {
		out = append(out, group(CheckCapability, "capabilities", finding.T("imageconfig.found.capability", strconv.Itoa(len(owned))), owned, named(text)))
	}
	if len(others) > 0 {
		r := group(CheckCapUnowned, "capabilities", finding.T("imageconfig.found.capability-unowned", strconv.Itoa(len(others))), others, text)
		r.Subject = "capabilities " + fileSet(others)
		worst := finding.Medium
		for _, e := range others {
			worst = max(worst, capabilitySeverity(e.Capability))
		}
		out = append(out, rated(r, worst))
	}
	return out
}

// writable reports what every user of a container may write, one result: high
// where it is on PATH, medium where it is run or configures the system.
func (t *treeLint) writable() []finding.Result {
	if len(t.openFiles)+len(t.openDirs) == 0 {
		return nil
	}
	severity := finding.Low
	rate := func(e walk.Entry) finding.Severity {
		switch {
		case t.paths[e.Path], e.Type == walk.TypeFile && e.Mode&0o111 != 0 && t.paths[path.Dir(e.Path)]:
			return finding.High
		case e.Type == walk.TypeFile && e.Mode&0o111 != 0:
			return finding.Medium
		}
		for _, p := range []string{"etc/", "usr/", "bin/", "sbin/", "lib/", "lib64/", "boot/", "root/"} {
			if strings.HasPrefix(e.Path, p) || e.Path+"/" == p {
				return finding.Medium
			}
		}
		return finding.Low
	}
	var buckets [finding.Critical + 1][]walk.Entry // worst first, each in the tree's order
	for _, list := range [][]walk.Entry{t.openDirs, t.openFiles} {
		for _, e := range list {
			n := rate(e)
			severity = max(severity, n)
			buckets[n] = append(buckets[n], e)
		}
	}
	all := slices.Concat(buckets[finding.High], buckets[finding.Medium], buckets[finding.Low])
	r := group(CheckWorldWritable, "world-writable", finding.T("imageconfig.found.world-writable", strconv.Itoa(len(t.openFiles)), strconv.Itoa(len(t.openDirs))), all, nil)
	return []finding.Result{rated(r, severity)}
}

// accountResults judges passwd, shadow and group.
func (t *treeLint) accountResults() []finding.Result {
	var out []finding.Result
	make1 := func(check, file string, title finding.Text, names []string) {
		slices.Sort(names)
		names = slices.Compact(names)
		r := result(check, check+" "+strings.Join(names[:min(len(names), 20)], " "), title)
		r.Evidence = names[:min(len(names), maxEvidence)]
		e, err := t.s.Tree.Resolve(file)
		if err != nil {
			file = pathPasswd
			e, err = t.s.Tree.Resolve(file)
		}
		if err == nil {
			r.Locations = []finding.Location{{Layer: e.Layer, Path: file}}
		}
		out = append(out, r)
	}
	var roots, empty, hashed, twice []string
	byID := map[int64]string{}
	seen := map[string]bool{}
	shadowed := map[string]string{}
	for _, a := range t.shadow {
		if _, ok := shadowed[a.Name]; !ok {
			shadowed[a.Name] = a.Password
		}
	}
	for _, a := range t.passwd {
		if a.ID == 0 && a.Name != "root" {
			roots = append(roots, a.Name)
		}
		p := a.Password
		if p == passwordShadow {
			p = shadowed[a.Name]
		}
		switch p {
		case passwordEmpty:
			empty = append(empty, a.Name)
		case passwordHash:
			hashed = append(hashed, a.Name)
		}
		if seen[a.Name] {
			twice = append(twice, a.Name)
		}
		seen[a.Name] = true
		if other, ok := byID[a.ID]; ok && a.ID != 0 && other != a.Name {
			twice = append(twice, fmt.Sprintf("%s = %s (%d)", other, a.Name, a.ID))
		} else {
			byID[a.ID] = a.Name
		}
	}
	clear(byID)
	clear(seen)
	for _, a := range t.group {
		if seen[a.Name] {
			twice = append(twice, a.Name+" (group)")
		}
		seen[a.Name] = true
		if other, ok := byID[a.ID]; ok && other != a.Name {
			twice = append(twice, fmt.Sprintf("%s = %s (group %d)", other, a.Name, a.ID))
		} else {
			byID[a.ID] = a.Name
		}
	}
	if len(roots) > 0 {
		make1(CheckAccountRoot, pathPasswd, finding.T("imageconfig.found.account-root", short(strings.Join(roots, ", "))), roots)
	}
	if len(empty) > 0 {
		make1(CheckAccountEmpty, pathShadow, finding.T("imageconfig.found.account-empty", short(strings.Join(empty, ", "))), empty)
	}
	if len(hashed) > 0 {
		make1(CheckAccountPassword, pathShadow, finding.T("imageconfig.found.account-password", short(strings.Join(hashed, ", "))), hashed)
	}
	if len(twice) > 0 {
		make1(CheckAccountTwice, pathPasswd, finding.T("imageconfig.found.account-duplicate", strconv.Itoa(len(twice))), twice)
	}
	return out
}

// sudo reports rules that ask for no password, where there is a sudo to read them.
func (t *treeLint) sudo() []finding.Result {
	there := slices.ContainsFunc([]string{"usr/bin/sudo", "bin/sudo", "usr/local/bin/sudo"}, func(p string) bool {
		e, err := t.s.Tree.Resolve(p)
		return err == nil && e.Type == walk.TypeFile
	})
	if !there || len(t.sudoers) == 0 {
		return nil
	}
	var who []string
	var locs []finding.Location
	for _, f := range slices.Sorted(maps.Keys(t.sudoers)) {
		who = append(who, t.sudoers[f]...)
		if e, err := t.s.Tree.Resolve(f); err == nil && len(locs) < maxEvidence {
			locs = append(locs, finding.Location{Layer: e.Layer, Path: f})
		}
	}
	slices.Sort(who)
	who = slices.Compact(who)
	r := result(CheckSudoers, "sudoers", finding.T("imageconfig.found.sudoers", short(strings.Join(who, ", "))))
	r.Evidence, r.Locations = who[:min(len(who), maxEvidence)], locs
	return []finding.Result{r}
}

// accountFiles judges who may read and write the files of accounts.
func (t *treeLint) accountFiles() []finding.Result {
	var bad []walk.Entry
	severity := finding.Medium
	look := func(name string, secret bool) {
		e, err := t.s.Tree.Resolve(name)
		if err != nil || e.Type != walk.TypeFile {
			return
		}
		switch {
		case e.Mode&0o002 != 0:
			severity = finding.High
		case e.Mode&0o020 != 0 && !secret, secret && e.Mode&0o004 != 0:
		default:
			return
		}
		e.Path = name
		bad = append(bad, e)
	}
	for _, f := range []string{pathPasswd, pathGroup} {
		look(f, false)
	}
	for _, f := range []string{pathShadow, "etc/gshadow", "etc/shadow-", "etc/gshadow-"} {
		look(f, true)
	}
	look(pathSudoers, false)
	for _, f := range slices.Sorted(maps.Keys(t.sudoers)) {
		if f != pathSudoers {
			look(f, false)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	var names []string
	for _, e := range bad {
		names = append(names, "/"+e.Path)
	}
	r := group(CheckAccountFile, "account files", finding.T("imageconfig.found.account-file", short(strings.Join(names, ", "))), bad, nil)
	return []finding.Result{rated(r, severity)}
}

// caches reports what package managers keep for their next run.
func (t *treeLint) caches() []finding.Result {
	var total sum
	keys := slices.SortedFunc(maps.Keys(t.cache), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.cache[b].bytes, t.cache[a].bytes), cmp.Compare(a, b))
	})
	for _, k := range keys {
		total.bytes += t.cache[k].bytes
	}
	if total.bytes < 256<<10 {
		return nil
	}
	r := result(CheckPackageCache, "package caches", finding.T("imageconfig.found.cache", size(total.bytes)))
	for _, k := range keys[:min(len(keys), maxEvidence)] {
		s := t.cache[k]
		r.Evidence = append(r.Evidence, fmt.Sprintf("%s /%s (%d)", size(s.bytes), k, s.files))
		r.Locations = append(r.Locations, finding.Location{Layer: s.first.Layer, Path: k})
	}
	if total.bytes > 100<<20 {
		r = rated(r, finding.Low)
	}
	return []finding.Result{r}
}

// owners reports files of users that the image does not have.
func (t *treeLint) owners() []finding.Result {
	if len(t.strange) == 0 {
		return nil
	}
	ids := slices.SortedFunc(maps.Keys(t.strange), func(a, b int) int {
		return cmp.Or(cmp.Compare(t.strange[b].files, t.strange[a].files), cmp.Compare(a, b))
	})
	files := 0
	for _, s := range t.strange {
		files += s.files
	}
	r := result(CheckOwner, "owners", finding.T("imageconfig.found.owner", strconv.Itoa(files), strconv.Itoa(len(ids))))
	for _, id := range ids[:min(len(ids), maxEvidence)] {
		s := t.strange[id]
		r.Evidence = append(r.Evidence, fmt.Sprintf("%d: %d, /%s", id, s.files, s.first.Path))
		r.Locations = append(r.Locations, finding.Location{Layer: s.first.Layer, Path: s.first.Path})
	}
	return []finding.Result{r}
}

// waste reports bytes that are shipped and never seen.
func (t *treeLint) waste() []finding.Result {
	if t.s.Hidden == nil {
		return nil
	}
	type key struct {
		layer int
		dir   string
	}
	sums := map[key]*sum{}
	var all, again sum
	for e := range t.s.Hidden {
		all.add(e)
		if now, ok := t.s.Tree.Lookup(e.Path); ok && now.Type == walk.TypeFile && now.Size == e.Size && (now.Mode != e.Mode || now.UID != e.UID || now.GID != e.GID) {
			again.add(e)
		}
		k := key{e.Layer, wasteOf(e.Path)}
		s := sums[k]
		if s == nil {
			if len(sums) >= 100_000 {
				continue
			}
			s = &sum{}
			sums[k] = s
		}
		s.add(e)
	}
	if all.bytes < 1<<20 || all.bytes < t.total.bytes/100 {
		return nil
	}
	keys := slices.SortedFunc(maps.Keys(sums), func(a, b key) int {
		return cmp.Or(cmp.Compare(sums[b].bytes, sums[a].bytes), cmp.Compare(a.dir, b.dir), cmp.Compare(a.layer, b.layer))
	})
	title := finding.T("imageconfig.found.waste", size(all.bytes), strconv.Itoa(all.files))
	if again.bytes*2 > all.bytes {
		title = finding.T("imageconfig.found.waste-again", size(all.bytes), strconv.Itoa(all.files), size(again.bytes))
	}
	r := result(CheckWaste, "waste", title)
	for _, k := range keys[:min(len(keys), 20)] {
		s := sums[k]
		r.Evidence = append(r.Evidence, fmt.Sprintf("%s /%s (%d)", size(s.bytes), k.dir, s.files))
		r.Locations = append(r.Locations, finding.Location{Layer: k.layer, Path: k.dir})
	}
	if all.bytes > 100<<20 || all.bytes > t.total.bytes/5 && all.bytes > 10<<20 {
		r = rated(r, finding.Low)
	}
	return []finding.Result{r}
}

// wasteOf is the directory under which a hidden file is counted.
func wasteOf(p string) string {
	if c := cacheOf(p); c != "" {
		return c
	}
	n := 0
	for i := range len(p) {
		if p[i] == '/' {
			if n++; n == 3 {
				return p[:i]
			}
		}
	}
	return p
}

// size writes bytes as people read them, in powers of 1000.
func size(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}
