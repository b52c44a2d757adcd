package imageconfig

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

// said gives results as "check subject" or "check subject severity", sorted.
func said(rs []finding.Result) []string {
	out := []string{}
	for _, r := range rs {
		s := r.Check + ": " + r.Subject
		if r.Rating.Severity != finding.Unrated {
			s += " " + r.Rating.Severity.String()
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// quiet is a configuration that nothing is to be said of.
const quiet = `"User":"10001","Healthcheck":{"Test":["CMD","/bin/ok"]},"Labels":{"org.opencontainers.image.source":"https://git.invalid/x","org.opencontainers.image.revision":"1"}`

func TestLint(t *testing.T) {
	tests := []struct {
		name, config, history string
		want                  []string
	}{
		{"nothing to say", quiet + `,"Env":["PATH=/usr/bin:/bin","LANG=C.UTF-8","GPG_KEY=E3FF2839C048B25C","DB_PASSWORD_FILE=/run/secrets/db","HTTP_PROXY=http://proxy:3128"],"Entrypoint":["/bin/app"],"Cmd":["--serve"],"ExposedPorts":{"8080/tcp":{}},"Volumes":{"/data":{}},"StopSignal":"SIGTERM"`, `{"created_by":"RUN |1 VERSION=1.2 /bin/sh -c make # buildkit"},{"created_by":"ADD --checksum=sha256:aa https://h.invalid/x / # buildkit"}`, nil},
		{"nothing is set", ``, ``, []string{"image-healthcheck-missing: healthcheck", "image-labels-missing: labels", "image-user-root: user"}},
		{"root by number and group", quiet + `,"User":"0:0"`, ``, []string{"image-user-root: user"}},
		{"root by zeros", quiet + `,"User":"00"`, ``, []string{"image-user-root: user"}},
		{"root by name", quiet + `,"User":"root:adm"`, ``, []string{"image-user-root: user"}},
		{"user sudo", quiet + `,"User":"sudo"`, ``, []string{"image-start-sudo: user"}},
		{"health check switched off", quiet + `,"Healthcheck":{"Test":["NONE"]}`, ``, []string{"image-healthcheck-missing: healthcheck"}},
		{"ports", quiet + `,"User":"0","ExposedPorts":{"22":{},"2375/tcp":{},"53/udp":{},"22/udp":{},"6378-6380/tcp":{},"x":{},"70000/tcp":{}}`, ``, []string{
			"image-port-management: port 22/tcp medium", "image-port-management: port 2375/tcp high", "image-port-management: port 6379/tcp medium", "image-user-root: user"}},
		{"low port without root", quiet + `,"ExposedPorts":{"80/tcp":{}}`, ``, []string{"image-port-privileged: port 80/tcp"}},
		{"secrets by name", quiet + `,"Env":["DB_PASSWORD=hunter2","API_TOKEN=abcdefgh1234","EMPTY_TOKEN=","OTHER=abcdefgh1234","=x","NONE"]`, ``, []string{"image-env-secret: env API_TOKEN", "image-env-secret: env DB_PASSWORD"}},
		{"URL with a password", quiet + `,"Env":["HTTPS_PROXY=http://u:pw1234@proxy:1","A=http://u:${PW}@x","B=http://u@x"]`, ``, []string{"image-env-url-credentials: env HTTPS_PROXY"}},
		{"search path", quiet + `,"Env":["PATH=/usr/bin:.:/tmp/x:","LD_LIBRARY_PATH=/opt/lib:"]`, ``, []string{"image-env-path: env PATH", "image-env-preload: env LD_LIBRARY_PATH"}},
		{"preload", quiet + `,"Env":["LD_PRELOAD=/usr/lib/libjemalloc.so.2","LD_AUDIT=/tmp/x.so","BASH_ENV="]`, ``, []string{"image-env-preload: env LD_AUDIT high", "image-env-preload: env LD_PRELOAD"}},
		{"checks switched off", quiet + `,"Env":["NODE_TLS_REJECT_UNAUTHORIZED=0","GIT_SSL_NO_VERIFY=true","PIP_TRUSTED_HOST=x","PYTHONHTTPSVERIFY=1"]`, ``, []string{"image-env-tls-off: env GIT_SSL_NO_VERIFY", "image-env-tls-off: env NODE_TLS_REJECT_UNAUTHORIZED", "image-env-tls-off: env PIP_TRUSTED_HOST"}},
		{"debuggers", quiet + `,"Env":["JAVA_TOOL_OPTIONS=-agentlib:jdwp=transport=dt_socket,address=*:5005","FLASK_DEBUG=1","NODE_ENV=development","RAILS_ENV=production","JAVA_OPTS=-Xmx1g"]`, ``, []string{"image-env-debug: env FLASK_DEBUG medium", "image-env-debug: env JAVA_TOOL_OPTIONS high", "image-env-debug: env NODE_ENV low"}},
		{"volumes", quiet + `,"Volumes":{"/":{},"/etc/":{},"/data":{},"/var/lib/postgresql":{},"/dev/shm":{},"/proc/1":{}}`, ``, []string{"image-volume-sensitive: volume /"}},
		{"engine's socket", quiet + `,"Volumes":{"/var/run/docker.sock":{}},"Env":["DOCKER_HOST=tcp://docker:2375"]`, ``, []string{"image-docker-socket: env DOCKER_HOST"}},
		{"shell form", quiet + `,"Entrypoint":["/bin/sh","-c","app --x"]`, ``, []string{"image-start-shell: entrypoint"}},
		{"shell form of CMD", quiet + `,"Cmd":["/bin/bash","-c","app"]`, ``, []string{"image-start-shell: cmd"}},
		{"shell form with exec", quiet + `,"Cmd":["/bin/sh","-c","exec app"]`, ``, nil},
		{"a script needs its shell", quiet + `,"Cmd":["/bin/sh","-c","a && b"]`, ``, nil},
		{"sshd", quiet + `,"Cmd":["/usr/sbin/sshd","-D"]`, ``, []string{"image-start-sshd: cmd"}},
		{"sshd behind an init", quiet + `,"Entrypoint":["/sbin/tini","-s","--"],"Cmd":["sshd","-D"]`, ``, []string{"image-start-sshd: entrypoint"}},
		{"sudo", quiet + `,"Entrypoint":["sudo","app"]`, ``, []string{"image-start-sudo: entrypoint"}},
		{"triggers and stop signal", quiet + `,"OnBuild":["RUN x"],"StopSignal":"9"`, ``, []string{"image-on-build: on-build", "image-stop-signal: stop-signal"}},
		{"malformed", quiet + `,"User":7,"Healthcheck":"x"`, ``, []string{"image-config-malformed: malformed"}},
		{"build arguments", quiet, `{"created_by":"RUN |2 NPM_TOKEN=npm_abcdefgh V=1 /bin/sh -c npm ci # buildkit"},{"created_by":"|1 NPM_TOKEN=npm_abcdefgh /bin/sh -c x"},{"created_by":"/bin/sh -c #(nop)  ARG SECRET_KEY=abcdefgh1"},{"created_by":"ARG NPM_TOKEN"}`,
			[]string{"image-build-arg-secret: build-arg NPM_TOKEN", "image-build-arg-secret: build-arg SECRET_KEY"}},
		{"ADD of a URL", quiet, `{"created_by":"ADD https://u:pw@h.invalid/x.tgz /x # buildkit"},{"created_by":"COPY https://no /x"}`, []string{"image-history-add-url: add url"}},
		{"old labels count", `"User":"1","Healthcheck":{"Test":["CMD","x"]},"Labels":{"org.label-schema.vcs-url":"x","org.label-schema.vcs-ref":"y"}`, ``, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse([]byte(`{"os":"linux","rootfs":{"diff_ids":[]},"config":{` + tt.config + `},"history":[` + tt.history + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == nil {
				tt.want = []string{}
			}
			if d := cmp.Diff(tt.want, said(Lint(c))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestResultsShowNoValue puts one value into every place that may hold a secret.
func TestResultsShowNoValue(t *testing.T) {
	const value = "Zq3vXy81kkLp"
	c, err := Parse([]byte(strings.ReplaceAll(`{"rootfs":{"diff_ids":[]},"config":{"Env":["A_TOKEN=VALUE","HTTP_PROXY=http://u:VALUE@h","JAVA_OPTS=-agentlib:jdwp= -Dx.password=VALUE","LD_PRELOAD=/x","FLASK_DEBUG=1"],
		"Cmd":["/bin/sh","-c","app --password VALUE --token=VALUE"],"OnBuild":["ENV SECRET=VALUE"],"Labels":{"api-key":"VALUE"}},
		"history":[{"created_by":"RUN |1 A_TOKEN=VALUE /bin/sh -c x"},{"created_by":"ADD https://u:VALUE@h/x /"}]}`, "VALUE", value)))
	if err != nil {
		t.Fatal(err)
	}
	rs := Lint(c)
	b, err := json.Marshal(rs)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), value) {
		t.Errorf("a value is in a result: %s", b)
	}
	if len(rs) < 8 {
		t.Errorf("only %d results: %v", len(rs), said(rs))
	}
}

// TestManyAreFew: a configuration with very many of something has few results.
func TestManyAreFew(t *testing.T) {
	var env, ports []string
	for i := range 20_000 {
		env = append(env, fmt.Sprintf(`"TOKEN_%d=abcdefgh1234"`, i))
		ports = append(ports, fmt.Sprintf(`"%d/tcp":{}`, i+1))
	}
	c, err := Parse([]byte(`{"rootfs":{"diff_ids":[]},"config":{"Env":[` + strings.Join(env, ",") + `],"ExposedPorts":{` + strings.Join(ports, ",") + `}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(Lint(c)); n > 300 {
		t.Errorf("%d results", n)
	}
}

func TestAge(t *testing.T) {
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for created, want := range map[string]int{"2025-01-02T03:04:05.678Z": 1, "2026-11-01T00:00:00Z": 0, "1980-01-01T00:00:00Z": 0, "": 0, "x": 0, "2030-01-01T00:00:00Z": 0} {
		if got := LintAge(&Config{Created: created}, now); len(got) != want {
			t.Errorf("%q: %v", created, said(got))
		}
	}
}

func TestTags(t *testing.T) {
	for tags, want := range map[string]int{"": 0, "a:latest": 1, "a": 1, "h:5000/a": 1, "a:1": 0, "a:latest a:1": 0, "h:5000/a:latest": 1, "a@sha256:1": 0} {
		if got := LintTags(strings.Fields(tags)); len(got) != want {
			t.Errorf("%q: %v", tags, said(got))
		}
	}
}

// TestChecksAreSaid: every check is given by some result of this package, and
// every result's check is declared. (The catalogue's test finds constants.)
func TestChecksHaveTexts(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Checks() {
		if seen[c.ID] {
			t.Errorf("%s is declared twice", c.ID)
		}
		seen[c.ID] = true
		if len(c.References) == 0 {
			t.Errorf("%s rests on nothing", c.ID)
		}
	}
}

func FuzzLint(f *testing.F) {
	f.Add("0:0", "PATH=.", "22/tcp", "/etc", "/bin/sh", "RUN |1 A_TOKEN=abcdefghi /bin/sh -c x # buildkit")
	f.Add("", "HTTP_PROXY=http://u:p@h", "1-65535", "//", "tini", "/bin/sh -c #(nop)  ENV PASSWORD=a b")
	f.Fuzz(func(t *testing.T, user, env, port, volume, command, history string) {
		c := &Config{History: []History{{CreatedBy: history}}, Run: Run{
			User: user, Env: []string{env}, ExposedPorts: []string{port}, Volumes: []string{volume}, Entrypoint: []string{command, "-c", history}, OnBuild: []string{history},
		}}
		declared := map[string]bool{}
		for _, d := range Checks() {
			declared[d.ID] = true
		}
		for _, r := range Lint(c) {
			if !declared[r.Check] || r.Subject == "" {
				t.Errorf("%+v", r)
			}
			if len(r.Title.Params) > 0 && len(r.Title.Params[0]) > 8*maxTitle {
				t.Errorf("a title of %d bytes", len(r.Title.Params[0]))
			}
		}
		if once := Redact(history); Redact(once) != once && !strings.Contains(once, Redacted) {
			t.Errorf("%q is redacted to %q", history, once)
		}
	})
}
