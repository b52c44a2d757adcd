package dockerfile

import (
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"bulwark/internal/finding"
)

// rulesSecrets are about credentials that a build leaves in the image or its
// history. None of them quotes a value.
func rulesSecrets() []rule {
	cwe := []string{"CWE-522", "CWE-798"}
	return []rule{
		{
			name: "secret-variable", severity: finding.High, history: true,
			refs: []string{refChecks + "secrets-used-in-arg-or-env/", refSecrets}, cis: []string{"Docker 1.6.0 4.10"}, attack: []string{"T1552.001"}, cwe: cwe,
			look: secretVariable,
			bad:  "FROM debian:12\nENV DB_PASSWORD=swordfish\n",
			good: "FROM debian:12\nENV DB_PASSWORD_FILE=/run/secrets/db TOKEN_TTL=60 PUBLIC_KEY=abc AUTH_ENABLED=true\n",
		},
		{
			name: "secret-command", severity: finding.High, history: true,
			refs: []string{refSecrets}, cis: []string{"Docker 1.6.0 4.10"}, attack: []string{"T1552.001"}, cwe: cwe,
			look: secretCommand,
			bad:  "FROM debian:12\nRUN curl -u admin:swordfish https://example.com/a\n",
			good: "FROM debian:12\nRUN --mount=type=secret,id=netrc,target=/root/.netrc curl --netrc https://example.com/a\n",
		},
		{
			name: "password-set", severity: finding.High, history: true,
			refs: []string{refSecrets}, cis: []string{"Docker 1.6.0 4.10"}, attack: []string{"T1078.003"}, cwe: cwe,
			look: passwordSet,
			bad:  "FROM debian:12\nRUN echo 'root:swordfish' | chpasswd\n",
			good: "FROM debian:12\nRUN useradd --no-create-home app && passwd -l app\n",
		},
	}
}

var (
	// secretWord finds names of credentials by their words: DB_PASSWORD, apiKey
	// is not taken apart, GITHUB_TOKEN, STRIPE_API_KEY.
	secretWord = regexp.MustCompile(`(?i)(?:^|[_-])(?:apikey|api_key|api-key|access_key|secret_key|private_key|privatekey|encryption_key|signing_key|license_key|client_key|master_key|account_key|storage_key|ssh_key|auth_key|deploy_key|service_key|credential|credentials|password|passwd|pword|pwd|passphrase|secret|secrets|token|psw|auth_token|authtoken|secretkey|accesskey|apitoken)(?:[_-]|[0-9]*$)`)
	// secretGlued finds them where no word is set apart: MYSQLPASSWORD.
	secretGlued = regexp.MustCompile(`(?i)(?:password|passwd|secret|apikey|token)$`)
	// aboutSecret are names that tell something about a credential.
	aboutSecret = regexp.MustCompile(`(?i)(?:^|[_-])(?:public|pub|file|files|path|dir|url|uri|endpoint|host|version|name|names|id|header|ttl|expiry|expires|expiration|expire|timeout|length|size|type|algorithm|alg|policy|enabled|enable|disabled|required|hash|issuer|audience|scope|prompt|count|limit|max|min|rotation|store|provider|method|mode|format|validation|service|server|lifetime|age|prefix|suffix|symbols|tokenizers|tokenizer|parallelism)(?:[_-]|$)`)
)

// secretName tells whether a variable's name is that of a credential.
func secretName(name string) bool {
	if strings.EqualFold(name, "PWD") || strings.EqualFold(name, "OLDPWD") {
		return false
	}
	switch strings.ToUpper(name) {
	case "AWS_ACCESS_KEY_ID", "CI_DEPLOY_USER":
		return true
	}
	return (secretWord.MatchString(name) || secretGlued.MatchString(name)) && !aboutSecret.MatchString(name)
}

// harmless tells values that are no credential whatever the name says: nothing,
// a switch, a number, a path, a reference to a file.
func harmless(value string) bool {
	v := strings.Trim(value, `"'`)
	switch strings.ToLower(v) {
	case "", "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "undefined", "unset", "disabled", "enabled":
		return true
	}
	return strings.HasPrefix(v, "/") || strings.HasPrefix(v, "./") || strings.HasPrefix(v, "~/") || len(v) < 12 && strings.Trim(v, "0123456789.") == "" && len(v) < 4
}

func secretVariable(l *look) {
	for _, in := range l.all {
		if in.onbuild {
			continue
		}
		switch c := in.cmd.(type) {
		case *instructions.EnvCommand:
			for _, kv := range c.Env {
				if secretName(kv.Key) && !harmless(kv.Value) {
					l.found(in.line, kv.Key, "ENV "+kv.Key)
				}
			}
		case *instructions.ArgCommand:
			for _, kv := range c.Args {
				if !secretName(kv.Key) {
					continue
				}
				// Whoever builds gives the value, and the image's history keeps it.
				severity := finding.Medium
				if kv.Value != nil && !harmless(*kv.Value) {
					severity = finding.High
				}
				if !ships(in) {
					severity = min(severity, finding.Low)
				}
				l.rated(severity, in.line, kv.Key, "ARG "+kv.Key)
			}
		}
	}
}

// userInfo is a URL with a password written into it.
var userInfo = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@`)

// secretOption are options that take a credential, by program. "*" are programs
// whose option of that name always does.
var secretOption = map[string][]string{
	"docker": {"p", "password"}, "podman": {"p", "password"}, "buildah": {"p", "password"}, "skopeo": {"p", "password"}, "helm": {"password"},
	"az": {"p", "password", "federated-token"}, "doctl": {"t", "access-token"}, "heroku": {"api-key"}, "npm": {"_authToken"},
	"wget": {"password", "http-password", "ftp-password"}, "svn": {"password"}, "sshpass": {"p"}, "mysqladmin": {"password"}, "twine": {"p", "password"},
	"composer": {}, "vault": {"token"}, "sonar-scanner": {"Dsonar.login", "Dsonar.token"},
}

func secretCommand(l *look) {
	l.runs(func(in *instruction, sc *script) {
		if c, ok := in.cmd.(*instructions.RunCommand); ok {
			for _, m := range mounts(c) {
				if m.Type == instructions.MountTypeSecret {
					return
				}
			}
		}
		for i := range sc.commands {
			if what := secretIn(&sc.commands[i]); what != "" {
				l.found(sc.commands[i].line, what, what)
				return
			}
		}
	})
}

// secretIn says in which way a command holds a credential, without it.
func secretIn(c *command) string {
	for _, a := range c.args {
		if m := userInfo.FindStringSubmatch(strings.TrimPrefix(a.text, "git+")); m != nil && m[1] != "x-oauth-basic" {
			return c.name + " …://…:…@"
		}
	}
	if c.name == "curl" {
		for _, name := range []string{"u", "user", "proxy-user"} {
			if v, ok := c.value(name); ok {
				if _, password, ok := strings.Cut(v, ":"); ok && password != "" {
					return "curl --user"
				}
			}
		}
		for _, name := range []string{"H", "header", "oauth2-bearer"} {
			v, ok := c.value(name)
			v = strings.ToLower(strings.TrimSpace(v))
			if ok && (name == "oauth2-bearer" || strings.HasPrefix(v, "authorization:") || strings.HasPrefix(v, "private-token:") || strings.HasPrefix(v, "x-api-key:") || strings.HasPrefix(v, "job-token:")) {
				return "curl --header"
			}
		}
	}
	for _, o := range secretOption[c.name] {
		if v, ok := c.value(o); ok && v != "" && c.takes(o) {
			return c.name + " --" + o
		}
	}
	switch {
	case c.is("aws", "set") && c.has("aws_access_key_id", "aws_secret_access_key", "aws_session_token"):
		return "aws configure set"
	case c.is("gcloud", "activate-service-account"):
		return "gcloud auth activate-service-account"
	case c.is("npm yarn", "set"), c.is("npm", "config"):
		for _, a := range c.args {
			if strings.Contains(strings.ToLower(a.text), "_auth") {
				return c.name + " config set …_auth"
			}
		}
	case c.is("composer", "config"), c.is("bundle", "config"), c.is("poetry", "config"), c.is("pip pip3", "config"):
		for _, a := range c.args {
			if strings.HasPrefix(a.text, "github-oauth") || strings.HasPrefix(a.text, "http-basic") || strings.HasPrefix(a.text, "pypi-token") {
				return c.name + " config " + a.text
			}
		}
	}
	return ""
}

// takes tells whether a program is used in the way in which its option takes a credential.
func (c *command) takes(option string) bool {
	switch c.name {
	case "docker", "podman", "buildah", "skopeo", "az":
		return c.has("login")
	case "helm":
		return c.has("login", "add", "repo", "registry", "pull", "upgrade", "install")
	case "doctl":
		return option != "t" || c.has("auth")
	case "twine":
		return c.has("upload")
	}
	return true
}

func passwordSet(l *look) {
	l.runs(func(in *instruction, sc *script) {
		for i := range sc.commands {
			c := &sc.commands[i]
			how := ""
			switch c.name {
			case "chpasswd":
				if c.reads && !c.flag("e", "encrypted") || !c.reads && len(c.args) == 0 {
					how = "chpasswd"
				}
			case "vncpasswd":
				if c.reads && c.flag("f") {
					how = "vncpasswd"
				}
			case "passwd":
				if c.reads || c.flag("stdin") {
					how = "passwd"
				} else if c.flag("d", "delete") {
					how = "passwd --delete"
				}
			case "useradd", "adduser", "usermod":
				if v, ok := c.value("p", "password"); ok && v != "" && v != "*" && v != "!" && c.name != "adduser" {
					how = c.name + " --password"
				}
			}
			if how == "" || readsVariable(sc, c) {
				continue
			}
			l.found(c.line, how, how)
			return
		}
	})
}

// readsVariable tells whether what a pipeline feeds to a command is only a
// variable: the value is not in the file.
func readsVariable(sc *script, c *command) bool {
	if !c.reads {
		return false
	}
	for i := range sc.commands {
		if p := &sc.commands[i]; p.piped && p.is("echo printf") && p.line <= c.line {
			for _, a := range p.args {
				user, password, ok := strings.Cut(a.text, ":")
				if ok && user != "" && strings.HasPrefix(password, "$") {
					return true
				}
			}
		}
	}
	return false
}
