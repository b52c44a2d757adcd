package imageconfig

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"bulwark/internal/finding"
)

// Lint says what is questionable in a configuration by itself. What needs the
// image's files too (a user by name, whether a directory can be written) is
// LintTree's. The answer depends on the configuration alone.
func Lint(c *Config) []finding.Result {
	var out []finding.Result
	add := func(rs ...finding.Result) { out = append(out, rs...) }
	if len(c.Malformed) > 0 {
		r := result(CheckMalformed, "malformed", finding.T("imageconfig.found.malformed", strconv.Itoa(len(c.Malformed))))
		r.Evidence = c.Malformed
		add(r)
	}
	user, _ := userParts(c.Run.User)
	root := isRoot(user)
	if root && !slices.Contains(c.Malformed, "config.User") && !c.windows() {
		title := finding.T("imageconfig.found.user-unset")
		if c.Run.User != "" {
			title = finding.T("imageconfig.found.user-root", short(c.Run.User))
		}
		add(result(CheckUserRoot, "user", title))
	}
	if user == "sudo" {
		add(result(CheckStartSudo, "user", finding.T("imageconfig.found.user-sudo")))
	}
	add(health(c)...)
	add(ports(c, root)...)
	add(environment(c)...)
	add(buildArgs(c)...)
	add(volumes(c)...)
	add(start(c)...)
	add(socket(c)...)
	if n := len(c.Run.OnBuild); n > 0 {
		r := result(CheckOnBuild, "on-build", finding.T("imageconfig.found.on-build", strconv.Itoa(n)))
		for _, o := range c.Run.OnBuild[:min(n, maxEvidence)] {
			r.Evidence = append(r.Evidence, short(Redact(o)))
		}
		add(r)
	}
	switch sig := strings.ToUpper(strings.TrimSpace(c.Run.StopSignal)); sig {
	case "9", "SIGKILL", "KILL":
		add(result(CheckStopSignal, "stop-signal", finding.T("imageconfig.found.stop-signal", sig)))
	}
	add(labels(c)...)
	add(addedURLs(c)...)
	return out
}

// maxEvidence is how many lines of evidence, and how many places, a result has.
const maxEvidence = 50

// maxTitle is how much of a text of the image's stands in a title, in bytes.
const maxTitle = 200

func short(s string) string {
	if len(s) <= maxTitle {
		return s
	}
	return strings.ToValidUTF8(s[:maxTitle], "") + "…"
}

func sortResults(rs []finding.Result) {
	slices.SortFunc(rs, func(a, b finding.Result) int {
		return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Subject, b.Subject))
	})
}

// windows: accounts and modes are another matter there.
func (c *Config) windows() bool { return c.OS == "windows" }

// userParts splits "user:group".
func userParts(s string) (user, group string) {
	user, group, _ = strings.Cut(strings.TrimSpace(s), ":")
	return user, group
}

func isRoot(user string) bool {
	if user == "" || user == "root" {
		return true
	}
	n, err := strconv.ParseUint(user, 10, 64)
	return err == nil && n == 0
}

func health(c *Config) []finding.Result {
	if slices.Contains(c.Malformed, "config.Healthcheck") {
		return nil // said already
	}
	h := c.Run.Healthcheck
	switch {
	case h == nil || len(h.Test) == 0:
		return []finding.Result{result(CheckHealthcheck, "healthcheck", finding.T("imageconfig.found.healthcheck"))}
	case strings.EqualFold(h.Test[0], "NONE"):
		return []finding.Result{result(CheckHealthcheck, "healthcheck", finding.T("imageconfig.found.healthcheck-none"))}
	}
	return nil
}

// maxVariables bounds what is said of variables one by one.
const maxVariables = 100

func environment(c *Config) []finding.Result {
	var out []finding.Result
	for _, e := range c.Run.Env {
		if len(out) >= maxVariables {
			break
		}
		name, value, ok := strings.Cut(e, "=")
		if !ok || name == "" {
			continue
		}
		subject := "env " + short(name)
		switch {
		case hasUserinfo.MatchString(value) && urlPassword(value):
			out = append(out, result(CheckEnvURL, subject, finding.T("imageconfig.found.env-url", short(name))))
		case looksSecret(name, value):
			out = append(out, result(CheckEnvSecret, subject, finding.T("imageconfig.found.env-secret", short(name))))
		}
		upper := strings.ToUpper(name)
		switch {
		case name == "PATH" && !c.windows():
			out = append(out, searchPath(value)...)
		case preloads[name]:
			if strings.TrimSpace(value) == "" {
				break
			}
			r := result(CheckEnvPreload, subject, finding.T("imageconfig.found.env-preload", short(name)))
			r.Evidence = []string{short(Redact(value))}
			if slices.ContainsFunc(strings.FieldsFunc(value, isListBreak), anybodyWrites) {
				r = rated(r, finding.High)
			}
			out = append(out, r)
		case name == "LD_LIBRARY_PATH":
			if bad := badDirectories(value, true); len(bad) > 0 {
				r := result(CheckEnvPreload, subject, finding.T("imageconfig.found.env-library-path", short(strings.Join(bad, ", "))))
				out = append(out, r)
			}
		case tlsOff(upper, value):
			out = append(out, result(CheckEnvTLS, subject, finding.T("imageconfig.found.env-tls", short(name))))
		default:
			if sev := debugging(upper, value); sev != finding.Unrated {
				out = append(out, rated(result(CheckEnvDebug, subject, finding.T("imageconfig.found.env-debug", short(name))), sev))
			}
		}
	}
	return out
}

// urlPassword reports whether a URL carries a password that is one.
func urlPassword(v string) bool {
	for _, m := range userinfo.FindAllStringSubmatch(v, 10) {
		if !isPlaceholder(m[2]) && m[2] != Redacted {
			return true
		}
	}
	return false
}

func isListBreak(r rune) bool { return r == ':' || r == ' ' || r == ';' }

// preloads are variables by which other code is loaded into every program.
var preloads = map[string]bool{"LD_PRELOAD": true, "LD_AUDIT": true, "BASH_ENV": true, "PYTHONSTARTUP": true, "GCONV_PATH": true}

// anybodyWrites: directories in which every user may make files.
func anybodyWrites(p string) bool {
	p = path.Clean(p)
	for _, d := range []string{"/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/var/lock", "/dev/mqueue"} {
		if p == d || strings.HasPrefix(p, d+"/") {
			return true
		}
	}
	return false
}

// badDirectories gives the entries of a search path that are not fixed places.
func badDirectories(value string, emptyCounts bool) []string {
	var bad []string
	for _, d := range strings.Split(value, ":") {
		switch {
		case d == "":
			if emptyCounts && value != "" {
				bad = append(bad, `""`)
			}
		case strings.HasPrefix(d, "$"), strings.HasPrefix(d, "~"): // the shell's
		case !strings.HasPrefix(d, "/"), anybodyWrites(d):
			bad = append(bad, d)
		}
		if len(bad) >= maxEvidence {
			break
		}
	}
	slices.Sort(bad)
	return slices.Compact(bad)
}

func searchPath(value string) []finding.Result {
	bad := badDirectories(value, true)
	if len(bad) == 0 {
		return nil
	}
	r := result(CheckEnvPath, "env PATH", finding.T("imageconfig.found.env-path", short(strings.Join(bad, ", "))))
	r.Evidence = []string{short(value)}
	return []finding.Result{r}
}

// tlsOff: variables that switch the checking of certificates or of downloads off.
func tlsOff(name, value string) bool {
	v := strings.ToLower(strings.TrimSpace(value))
	on := v == "1" || v == "true" || v == "yes" || v == "on"
	off := v == "0" || v == "false" || v == "no" || v == "off"
	switch name {
	case "NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY", "NPM_CONFIG_STRICT_SSL", "YARN_STRICT_SSL", "YARN_ENABLE_STRICT_SSL", "DOCKER_CONTENT_TRUST", "GOSUMDB", "CONDA_SSL_VERIFY", "ANSIBLE_GALAXY_VERIFY", "HEX_VERIFY":
		return off
	case "GIT_SSL_NO_VERIFY", "HEX_UNSAFE_HTTPS", "HEX_UNSAFE_REGISTRY", "VAULT_SKIP_VERIFY", "NOMAD_SKIP_VERIFY", "CONSUL_HTTP_SSL_VERIFY_OFF", "DOCKER_TLS_NOVERIFY", "BUNDLE_SSL_VERIFY_NONE":
		return on
	case "BUNDLE_SSL_VERIFY_MODE":
		return v == "0"
	case "PIP_TRUSTED_HOST", "UV_INSECURE_HOST", "GOINSECURE", "GONOSUMCHECK":
		return v != ""
	case "CURLOPT_SSL_VERIFYPEER", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE":
		return name == "CURLOPT_SSL_VERIFYPEER" && off
	}
	return false
}

var jdwp = regexp.MustCompile(`-agentlib:jdwp=|-Xrunjdwp:|-Xdebug\b`)

// debugging rates a variable that leaves a program in the state of its
// development; Unrated is none.
func debugging(name, value string) finding.Severity {
	v := strings.ToLower(strings.TrimSpace(value))
	on := v == "1" || v == "true" || v == "yes" || v == "on"
	switch name {
	case "JAVA_TOOL_OPTIONS", "JAVA_OPTS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CATALINA_OPTS", "JPDA_ADDRESS":
		if jdwp.MatchString(value) || name == "JPDA_ADDRESS" && v != "" {
			return finding.High
		}
	case "NODE_OPTIONS":
		if strings.Contains(v, "--inspect") {
			return finding.High
		}
	case "FLASK_DEBUG", "WERKZEUG_DEBUG", "DJANGO_DEBUG", "APP_DEBUG", "SYMFONY_DEBUG":
		if on {
			return finding.Medium // their debuggers run what they are sent
		}
	case "FLASK_ENV", "RAILS_ENV", "RACK_ENV", "APP_ENV", "NODE_ENV", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT":
		switch v {
		case "development", "dev", "debug":
			return finding.Low
		}
	}
	return finding.Unrated
}

// buildArgs looks for secrets among the arguments that RUN steps recorded.
func buildArgs(c *Config) []finding.Result {
	var out []finding.Result
	seen := map[string]bool{}
	for i, h := range c.History {
		st := ReadStep(cut(h.CreatedBy))
		args := st.BuildArgs
		if st.Verb == "ARG" {
			args = []string{st.Args}
		}
		for _, a := range args {
			name, value, ok := strings.Cut(a, "=")
			if !ok { // Buildah's ARG NAME value
				name, value, _ = strings.Cut(a, " ")
			}
			name, value = strings.TrimSpace(name), strings.Trim(value, `"'`)
			if seen[name] || len(out) >= maxVariables || !looksSecret(name, value) && (!hasUserinfo.MatchString(value) || !urlPassword(value)) {
				continue
			}
			seen[name] = true
			r := result(CheckBuildArgSecret, "build-arg "+short(name), finding.T("imageconfig.found.build-arg", short(name)))
			r.Evidence = []string{"history " + strconv.Itoa(i)}
			out = append(out, r)
		}
	}
	return out
}

// sensitive are places that must not be handed out of the container or hidden
// in it; what is below the first group counts too.
var sensitive = []string{"/proc", "/sys", "/dev", "/boot", "/etc", "/bin", "/sbin", "/lib", "/lib64", "/usr/bin", "/usr/sbin", "/usr/lib", "/root"}

func volumes(c *Config) []finding.Result {
	var bad []string
	for _, v := range c.Run.Volumes {
		p := path.Clean("/" + strings.TrimSpace(v))
		switch {
		case p == "/", p == "/usr", p == "/var", p == "/run", p == "/var/run", p == "/var/lib/docker", p == "/var/lib/kubelet", slices.Contains(sensitive, p):
		case strings.HasPrefix(p, "/proc/"), strings.HasPrefix(p, "/sys/"), strings.HasPrefix(p, "/dev/") && p != "/dev/shm":
		case strings.HasPrefix(p, "/root/.ssh"), p == "/etc/shadow", p == "/etc/passwd", strings.HasPrefix(p, "/etc/sudoers"), p == "/etc/ssh":
		default:
			continue
		}
		if len(bad) < maxEvidence {
			bad = append(bad, v)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	r := result(CheckVolume, "volume "+short(bad[0]), finding.T("imageconfig.found.volume", short(strings.Join(bad, ", "))))
	r.Evidence = bad
	return []finding.Result{r}
}

// socket looks for the engine's socket or API wherever a configuration names it.
func socket(c *Config) []finding.Result {
	var where []string
	names := func(s string) bool {
		return strings.Contains(s, "docker.sock") || strings.Contains(s, "containerd.sock") || strings.Contains(s, "crio.sock") || strings.Contains(s, "podman.sock")
	}
	for _, e := range c.Run.Env {
		n, v, _ := strings.Cut(e, "=")
		if names(v) || n == "DOCKER_HOST" && strings.TrimSpace(v) != "" {
			where = append(where, "env "+short(n))
		}
	}
	for _, v := range c.Run.Volumes {
		if names(v) {
			where = append(where, "volume "+short(v))
		}
	}
	if slices.ContainsFunc(c.Run.Entrypoint, names) {
		where = append(where, "entrypoint")
	}
	if slices.ContainsFunc(c.Run.Cmd, names) {
		where = append(where, "cmd")
	}
	if h := c.Run.Healthcheck; h != nil && slices.ContainsFunc(h.Test, names) {
		where = append(where, "healthcheck")
	}
	for k, v := range c.Run.Labels {
		if names(v) {
			where = append(where, "label "+short(k))
		}
	}
	if len(where) == 0 {
		return nil
	}
	slices.Sort(where)
	where = where[:min(len(where), maxEvidence)]
	r := result(CheckDockerSocket, where[0], finding.T("imageconfig.found.docker-socket", where[0]))
	r.Evidence = where
	return []finding.Result{r}
}

// start judges the command that a container begins with.
func start(c *Config) []finding.Result {
	var out []finding.Result
	where, line := "entrypoint", c.Run.Entrypoint
	if len(line) == 0 {
		where, line = "cmd", c.Run.Cmd
	} else if len(c.Run.Cmd) > 0 && !isShellForm(line) {
		line = slices.Concat(line, c.Run.Cmd)
	}
	if len(line) == 0 {
		return nil
	}
	command := line
	if isShellForm(line) {
		script := strings.TrimSpace(line[2])
		command = strings.Fields(script)
		if !strings.HasPrefix(script, "exec ") && simple(script) {
			r := result(CheckStartShell, where, finding.T("imageconfig.found.start-shell", where))
			r.Evidence = []string{short(Redact(script))}
			out = append(out, r)
		}
		if len(command) > 0 && command[0] == "exec" {
			command = command[1:]
		}
	}
	if len(command) == 0 {
		return out
	}
	program := path.Base(command[0])
	for _, init := range []string{"tini", "dumb-init", "docker-init", "catatonit", "su-exec", "gosu"} {
		if program != init {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(command[1:]), func(a string) bool { return strings.HasPrefix(a, "-") })
		if init == "su-exec" || init == "gosu" {
			rest = rest[min(len(rest), 1):]
		}
		if len(rest) > 0 {
			program, command = path.Base(rest[0]), rest
		}
	}
	switch program {
	case "sshd", "dropbear", "telnetd", "in.telnetd":
		out = append(out, result(CheckStartSSHD, where, finding.T("imageconfig.found.start-sshd", short(program), where)))
	case "sudo":
		out = append(out, result(CheckStartSudo, where, finding.T("imageconfig.found.start-sudo", where)))
	}
	return out
}

// isShellForm: ["/bin/sh", "-c", "command"], as the shell form of CMD and
// ENTRYPOINT becomes.
func isShellForm(line []string) bool {
	if len(line) < 3 || line[1] != "-c" {
		return false
	}
	switch path.Base(line[0]) {
	case "sh", "bash", "ash", "dash", "busybox":
		return true
	}
	return false
}

// simple reports whether a script is one command: a shell that runs nothing else
// after it and has no handler of signals.
func simple(script string) bool {
	return !strings.ContainsAny(script, ";|&\n`") && !strings.Contains(script, "trap ")
}

// labels that tell where an image came from.
var provenance = []string{"org.opencontainers.image.source", "org.opencontainers.image.revision", "org.opencontainers.image.version", "org.opencontainers.image.created"}

func labels(c *Config) []finding.Result {
	if slices.Contains(c.Malformed, "config.Labels") {
		return nil
	}
	var missing []string
	for _, k := range provenance[:2] {
		old := "org.label-schema.vcs-url"
		if k == provenance[1] {
			old = "org.label-schema.vcs-ref"
		}
		if c.Run.Labels[k] == "" && c.Run.Labels[old] == "" {
			missing = append(missing, k)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	r := result(CheckLabels, "labels", finding.T("imageconfig.found.labels", strings.Join(missing, ", ")))
	r.Evidence = missing
	return []finding.Result{r}
}

var addURL = regexp.MustCompile(`(?i)\b(?:https?|ftp|git)://[^\s"']+`)

// addedURLs finds ADD of something that the builder fetched, where the history
// still names it (BuildKit's does; the classic builder's only has a hash). An
// ADD with --checksum says what it wants and is well.
func addedURLs(c *Config) []finding.Result {
	var urls []string
	for _, h := range c.History {
		st := ReadStep(cut(h.CreatedBy))
		if st.Verb != "ADD" || strings.Contains(st.Args, "--checksum=") {
			continue
		}
		for _, u := range addURL.FindAllString(st.Args, 10) {
			if len(urls) < maxEvidence {
				urls = append(urls, short(Redact(u)))
			}
		}
	}
	if len(urls) == 0 {
		return nil
	}
	r := result(CheckAddURL, "add url", finding.T("imageconfig.found.add-url", strconv.Itoa(len(urls))))
	r.Evidence = urls
	return []finding.Result{r}
}

// oldAge is the age from which an image is called old.
const oldAge = 365 * 24 * time.Hour

// LintAge says that an image is old at the time now. It is apart because its
// answer changes by itself. A date before 2013 is that of a reproducible build
// and says nothing.
func LintAge(c *Config, now time.Time) []finding.Result {
	created, err := time.Parse(time.RFC3339Nano, c.Created)
	if err != nil || created.Year() < 2013 || now.Sub(created) < oldAge {
		return nil
	}
	return []finding.Result{result(CheckOld, "created", finding.T("imageconfig.found.old", created.UTC().Format(time.DateOnly)))}
}

// LintTags says that an image goes by the name "latest" alone.
func LintTags(tags []string) []finding.Result {
	if len(tags) == 0 {
		return nil
	}
	for _, t := range tags {
		if i := strings.LastIndexByte(t, ':'); i > strings.LastIndexByte(t, '/') && t[i+1:] != "latest" || strings.Contains(t, "@") {
			return nil
		}
	}
	return []finding.Result{result(CheckLatest, "tag", finding.T("imageconfig.found.latest", short(tags[0])))}
}
