package imageconfig

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
)

func TestIsSecretName(t *testing.T) {
	yes := []string{"PASSWORD", "DB_PASSWORD", "MYSQL_ROOT_PASSWORD", "DBPASSWORD", "dbPassword", "NPM_TOKEN", "npmToken", "api-key", "API_KEY", "apikey", "AWS_SECRET_ACCESS_KEY", "SECRET_KEY_BASE", "RAILS_MASTER_KEY", "JWT_SECRET", "PASSWORD2", "TOKEN_1", "REDIS_AUTH", "spring.datasource.password", "SSH_PRIVATE_KEY", "APP_KEY", "VAULT_SECRET_ID"}
	no := []string{"", "PATH", "PWD", "OLDPWD", "GPG_KEY", "PASSWORD_FILE", "TOKEN_TTL", "TOKENIZERS_PARALLELISM", "AWS_ACCESS_KEY_ID", "PUBLIC_KEY", "SSH_AUTH_SOCK", "KEYCLOAK_VERSION", "PYTHON_SHA256", "BYPASS", "COMPASS", "SECRET_NAME", "AUTHOR", "KEY", "NO_PASSWORD", "123"}
	for _, n := range yes {
		if !IsSecretName(n) {
			t.Errorf("%q is the name of a secret", n)
		}
	}
	for _, n := range no {
		if IsSecretName(n) {
			t.Errorf("%q is not the name of a secret", n)
		}
	}
}

func TestLooksSecret(t *testing.T) {
	tests := []struct {
		name, value string
		want        bool
	}{
		{"DB_PASSWORD", "hunter2", true},
		{"DB_PASSWORD", "changeme", false},
		{"DB_PASSWORD", "$OTHER", false},
		{"DB_PASSWORD", "${OTHER:-x}", false},
		{"DB_PASSWORD", "/run/secrets/db", false},
		{"DB_PASSWORD", "", false},
		{"API_TOKEN", "abcd1234efgh", true},
		{"API_TOKEN", "short", false},
		{"API_TOKEN", "1234567890", false},
		{"API_TOKEN", "true", false},
		{"API_TOKEN", "xxxxxxxxxxxx", false},
		{"API_TOKEN", "<your token>", false},
		{"API_TOKEN", "https://login.invalid/token", false},
		{"JWT_SECRET", "a sentence with words", false},
		{"PATH", "abcd1234efgh", false},
	}
	for _, tt := range tests {
		if got := looksSecret(tt.name, tt.value); got != tt.want {
			t.Errorf("%s=%s: %t", tt.name, tt.value, got)
		}
	}
}

func TestReadStep(t *testing.T) {
	tests := []struct {
		name, line string
		want       Step
	}{
		{"classic add", "/bin/sh -c #(nop) ADD file:ab in / ", Step{Verb: "ADD", Args: "file:ab in /"}},
		{"classic cmd", `/bin/sh -c #(nop)  CMD ["bash"]`, Step{Verb: "CMD", Args: `["bash"]`}},
		{"classic run", "/bin/sh -c apt-get update", Step{Verb: "RUN", Args: "apt-get update"}},
		{"classic run with arguments", "|2 A=x y B=z /bin/sh -c make", Step{Verb: "RUN", Args: "make", BuildArgs: []string{"A=x y", "B=z"}}},
		{"BuildKit run", "RUN /bin/sh -c make # buildkit", Step{Verb: "RUN", Args: "make"}},
		{"BuildKit run with arguments", "RUN |1 A=x /bin/sh -c make # buildkit", Step{Verb: "RUN", Args: "make", BuildArgs: []string{"A=x"}}},
		{"a shell of one's own", "|2 A=x B=y /bin/busybox sh -e -c make", Step{Verb: "RUN", Args: "make", BuildArgs: []string{"A=x", "B=y"}}},
		{"bash with options", "RUN /bin/bash -o pipefail -c make -c x # buildkit", Step{Verb: "RUN", Args: "make -c x"}},
		{"PowerShell", "powershell -NoLogo -ExecutionPolicy Bypass -Command make", Step{Verb: "RUN", Args: "make"}},
		{"BuildKit copy", "COPY a b # buildkit", Step{Verb: "COPY", Args: "a b"}},
		{"Kaniko", "RUN make", Step{Verb: "RUN", Args: "make"}},
		{"arguments of another shell", "|1 A=x /bin/fish -c make", Step{Args: "|1 A=x /bin/fish -c make"}},
		{"Windows", `cmd /S /C #(nop)  ENV A=b`, Step{Verb: "ENV", Args: "A=b"}},
		{"commit", "sh", Step{Args: "sh"}},
		{"nothing", "", Step{}},
		{"(nop) of no verb", "/bin/sh -c #(nop) FROB x", Step{Args: "FROB x"}},
		{"a count without arguments", "|9 /bin/sh -c x", Step{Verb: "RUN", Args: "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, ReadStep(tt.line)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestRedact(t *testing.T) {
	tests := []struct{ in, want string }{
		{"RUN /bin/sh -c apt-get install -y curl=7.88 # buildkit", "RUN /bin/sh -c apt-get install -y curl=7.88 # buildkit"},
		{"ENV DB_PASSWORD=a b c OTHER=x # buildkit", "ENV DB_PASSWORD=*** OTHER=x # buildkit"},
		{"ENV DB_PASSWORD=a b c # buildkit", "ENV DB_PASSWORD=*** # buildkit"},
		{"/bin/sh -c #(nop)  ENV API_TOKEN=abcdefgh", "/bin/sh -c #(nop)  ENV API_TOKEN=***"},
		{"/bin/sh -c #(nop)  ENV API_TOKEN abcdefgh", "/bin/sh -c #(nop)  ENV API_TOKEN ***"},
		{"ENV API_TOKEN=$OTHER", "ENV API_TOKEN=$OTHER"},
		{"RUN |2 NPM_TOKEN=ab cd V=1 /bin/sh -c npm ci # buildkit", "RUN |2 NPM_TOKEN=*** V=1 /bin/sh -c npm ci # buildkit"},
		{"|2 XT_TOKEN=abcd T_TOKEN=abcd /bin/sh -c make", "|2 XT_TOKEN=*** T_TOKEN=*** /bin/sh -c make"},
		{"|1 NPM_TOKEN=abcd /bin/sh -c npm ci", "|1 NPM_TOKEN=*** /bin/sh -c npm ci"},
		{"RUN /bin/sh -c curl -H 'Authorization: Bearer abc.def' https://u:pw@host/x", "RUN /bin/sh -c curl -H 'Authorization: Bearer ***' https://u:***@host/x"},
		{"mysql --password hunter2 --user=root --password=hunter2", "mysql --password *** --user=root --password=***"},
		{`export TOKEN="a b" && echo $TOKEN`, "export TOKEN=*** && echo $TOKEN"},
		{"useradd --no-create-home x", "useradd --no-create-home x"},
		{"plain", "plain"},
	}
	for _, tt := range tests {
		if got := Redact(tt.in); got != tt.want {
			t.Errorf("%q:\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

// TestFactsHaveNoSecret looks for a value everywhere in what goes into a report.
func TestFactsHaveNoSecret(t *testing.T) {
	const value = "Zq3vXy81kkLp"
	c, err := Parse([]byte(`{"rootfs":{"diff_ids":[]},"config":{"Env":["A_TOKEN=` + value + `","X=other"],"Labels":{"api-key":"` + value + `"},
		"Cmd":["x","--password","` + value + `","--token=` + value + `"],"Healthcheck":{"Test":["CMD-SHELL","curl -H 'Authorization: Bearer ` + value + `'"]},
		"OnBuild":["ENV SECRET=` + value + `"]},"history":[{"created_by":"ENV A_TOKEN=` + value + ` # buildkit","empty_layer":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p := Facts(c, nil)
	if s := cmp.Diff(nil, p); strings.Contains(s, value) {
		t.Errorf("a secret is in what goes into a report:\n%s", s)
	}
	if !p.Env[0].Redacted || p.Env[1].Redacted || p.Env[1].Value != "other" {
		t.Errorf("%+v", p.Env)
	}
	p = Facts(c, func(s string) string { return strings.ReplaceAll(s, "other", "+++") })
	if p.Env[1].Value != "+++" || !p.Env[1].Redacted {
		t.Errorf("a further redaction: %+v", p.Env)
	}
	var where []string
	for w, text := range Texts(c) {
		if !strings.Contains(text, value) && w != "env X" {
			t.Errorf("%s: %q", w, text)
		}
		where = append(where, w)
	}
	slices.Sort(where)
	if d := cmp.Diff([]string{"cmd", "env A_TOKEN", "env X", "healthcheck", "history 0", "label api-key", "on-build 0"}, where); d != "" {
		t.Errorf("texts (-want +got):\n%s", d)
	}
}

// TestHideValue: a value goes, what stands around it stays; one that the report
// writes in another way, or that is too short, takes its place with it.
func TestHideValue(t *testing.T) {
	const value = "Zq3vXy81kkLp"
	c, err := Parse([]byte(strings.ReplaceAll(`{"rootfs":{"diff_ids":["`+id+`"]},"config":{"Env":["A=x VALUE y","S=abc"],"Cmd":["run","--key=VALUE"]},
		"history":[{"created_by":"RUN /bin/sh -c make VALUE all # buildkit"}]}`, "VALUE", value)))
	if err != nil {
		t.Fatal(err)
	}
	r := &finding.Report{Image: Facts(c, nil), Layers: []finding.LayerInfo{{CreatedBy: c.Instructions()[0]}}}
	HideValue(r, "env A", value)
	HideValue(r, "env S", "abc")
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), value) {
		t.Errorf("still there: %s", b)
	}
	got := []string{r.Image.Env[0].Value, r.Image.Env[1].Value, strings.Join(r.Image.Command, " "), r.Layers[0].CreatedBy}
	if d := cmp.Diff([]string{"x *** y", "***", "run --key=***", "RUN /bin/sh -c make *** all # buildkit"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	HideValue(r, "cmd", "not as it is written there")
	HideValue(&finding.Report{}, "env A", value)
}

// TestHide: whatever Texts gives can be taken out of a report by the name it has there.
func TestHide(t *testing.T) {
	const value = "Zq3vXy81kkLp"
	c, err := Parse([]byte(strings.ReplaceAll(`{"author":"VALUE","rootfs":{"diff_ids":["`+id+`"]},"config":{"Env":["A=VALUE","B=ok"],"Labels":{"k":"VALUE"},"Entrypoint":["VALUE"],"Cmd":["VALUE"],
		"Healthcheck":{"Test":["CMD","VALUE"]},"OnBuild":["RUN VALUE"]},"history":[{"created_by":"RUN /bin/sh -c VALUE # buildkit","comment":"VALUE"}]}`, "VALUE", value)))
	if err != nil {
		t.Fatal(err)
	}
	r := &finding.Report{Image: Facts(c, nil), Layers: []finding.LayerInfo{{CreatedBy: c.Instructions()[0]}}}
	for where, text := range Texts(c) {
		if strings.Contains(text, value) {
			Hide(r, where)
		}
	}
	Hide(r, "history 99")
	Hide(r, "on-build x")
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), value) {
		t.Errorf("still there: %s", b)
	}
	if r.Image.Env[1].Value != "ok" || r.Layers[0].CreatedBy != "RUN ***" {
		t.Errorf("%s", b)
	}
	Hide(&finding.Report{}, "env A")
}
