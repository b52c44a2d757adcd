package imageconfig

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Redacted stands for what was taken out.
const Redacted = "***"

// secretWords are names, in words, whose value is meant to be kept: the last
// words of a variable's name.
var secretWords = []string{
	"password", "passwd", "passphrase", "passcode", "pass", "pwd", "secret", "secrets", "token", "tokens",
	"credential", "credentials", "creds", "apikey", "api key", "app key", "access key", "secret key",
	"private key", "auth key", "encryption key", "encrypt key", "signing key", "sign key", "master key",
	"account key", "storage key", "license key", "session key", "deploy key", "service key", "client key",
	"ssh key", "aes key", "hmac key", "jwt key", "secret id", "auth", "cookie", "salt", "key base",
}

// joined are words that stand at the end of another without a break ("dbpassword").
var joined = []string{"password", "passwd", "passphrase", "secret", "token", "apikey", "secretkey", "accesskey", "privatekey"}

// notSecret are words that make a name one of something public.
var notSecret = map[string]bool{"public": true, "gpg": true, "pgp": true, "pub": true, "no": true, "keycloak": false}

// IsSecretName reports whether a variable, build argument or option of this name
// holds a secret if it holds anything: "DB_PASSWORD", "npmToken", "api-key". The
// last words decide, so that PASSWORD_FILE and TOKEN_TTL are none.
func IsSecretName(name string) bool {
	switch name {
	case "PWD", "OLDPWD", "pwd":
		return false
	}
	words := nameWords(name)
	if len(words) == 0 || len(name) > 256 {
		return false
	}
	for _, w := range words {
		if notSecret[w] {
			return false
		}
	}
	last := words[len(words)-1]
	for _, s := range secretWords {
		if s == last {
			return true
		}
		if a, b, two := strings.Cut(s, " "); two && len(words) > 1 && b == last && a == words[len(words)-2] {
			return true
		}
	}
	return slices.ContainsFunc(joined, func(j string) bool { return strings.HasSuffix(last, j) })
}

// nameWords splits at separators and at changes of case, and gives lower case.
func nameWords(name string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, strings.ToLower(b.String()))
			b.Reset()
		}
	}
	lower := false
	for _, r := range name {
		switch {
		case r == '_' || r == '-' || r == '.' || r == ' ' || r == '/' || r == ':':
			flush()
			lower = false
			continue
		case unicode.IsUpper(r) && lower:
			flush()
		}
		lower = unicode.IsLower(r)
		b.WriteRune(r)
	}
	flush()
	// A number at the end numbers the thing: PASSWORD2, TOKEN_1.
	if n := len(out); n > 0 {
		if w := strings.TrimRight(out[n-1], "0123456789"); w != "" {
			out[n-1] = w
		} else {
			out = out[:n-1]
		}
	}
	return out
}

// isPlaceholder reports whether a value is none: a reference to another
// variable, a path, a word that says "put yours here", a switch.
func isPlaceholder(v string) bool {
	v = strings.Trim(strings.TrimSpace(v), `"'`)
	if v == "" || strings.HasPrefix(v, "$") || strings.Contains(v, "${") || strings.Contains(v, "{{") || strings.HasPrefix(v, "<") || strings.HasPrefix(v, "%") && strings.HasSuffix(v, "%") {
		return true
	}
	if strings.Trim(v, v[:1]) == "" { // xxxxxx, ******
		return true
	}
	l := strings.ToLower(v)
	switch l {
	case "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "undefined", "0", "1", "unset", "empty", "disabled", "enabled", "required", "optional", "unknown", "random", "auto", "default":
		return true
	}
	for _, w := range []string{"changeme", "change-me", "change_me", "change this", "changethis", "replace", "your-", "your_", "yourpass", "example", "placeholder", "dummy", "todo", "insert", "redacted", "fixme", "not-a-", "not_a_", "notreal"} {
		if strings.Contains(l, w) {
			return true
		}
	}
	for _, p := range []string{"/", "./", "~/", "file:", "vault:", "arn:", "env:", "op://", "ssm:", "secretref:", "secretmanager:", "awssecret:", "gcpsecret:"} {
		if strings.HasPrefix(l, p) {
			return true
		}
	}
	if i := strings.Index(v, "://"); i > 0 {
		return !hasUserinfo.MatchString(v)
	}
	return false
}

// looksSecret reports whether NAME=value holds a secret, as far as a name and a
// shape can tell.
func looksSecret(name, value string) bool {
	if !IsSecretName(name) || isPlaceholder(value) {
		return false
	}
	words := nameWords(name)
	switch last := words[len(words)-1]; {
	case strings.HasPrefix(last, "pass"), strings.HasSuffix(last, "password"), strings.HasSuffix(last, "passwd"), last == "pwd":
		return len(value) >= 3
	}
	return len(value) >= 8 && !strings.ContainsAny(strings.TrimSpace(value), " \t\n") && strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' })
}

var (
	hasUserinfo = regexp.MustCompile(`://[^/@\s:]*:[^/@\s]+@`)
	userinfo    = regexp.MustCompile(`(://[^/@\s:'"]*:)([^/@\s'"$]+)(@)`)
	// word is NAME=value as a shell, an INI line or an option has it.
	word = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_.-]*)(=|\s*:\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"';&|]+)`)
	// option is --name value.
	option = regexp.MustCompile(`(--?[A-Za-z][A-Za-z0-9-]*)(\s+)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"';&|-][^\s"';&|]*)`)
	header = regexp.MustCompile(`(?i)(authorization:\s*(?:bearer|basic|token)\s+)([^\s"']+)`)
)

// Redact takes values out of a line of a build's history or of a command: those
// of variables and options whose name says that they are secret, passwords in
// URLs, and credentials in HTTP headers. It works by names and forms alone; what
// is a secret by its value is another package's matter.
func Redact(s string) string {
	if !strings.ContainsAny(s, "=: ") {
		return s
	}
	st := ReadStep(s)
	switch {
	case st.Verb == "ENV" || st.Verb == "ARG" || st.Verb == "LABEL":
		s = redactAssignments(s, st.Args)
	case len(st.BuildArgs) > 0:
		done := 0 // each stands behind the one before
		for _, a := range st.BuildArgs {
			at := strings.Index(s[done:], a)
			if at < 0 {
				break
			}
			at += done
			done = at + len(a)
			if n, v, _ := strings.Cut(a, "="); v != "" && IsSecretName(n) {
				s = s[:at] + n + "=" + Redacted + s[done:]
				done = at + len(n) + 1 + len(Redacted)
			}
		}
	}
	s = header.ReplaceAllString(s, "${1}"+Redacted)
	s = userinfo.ReplaceAllString(s, "${1}"+Redacted+"${3}")
	s = word.ReplaceAllStringFunc(s, func(m string) string {
		g := word.FindStringSubmatch(m)
		if IsSecretName(g[1]) && !isReference(g[3]) {
			return g[1] + g[2] + Redacted
		}
		return m
	})
	return option.ReplaceAllStringFunc(s, func(m string) string {
		g := option.FindStringSubmatch(m)
		if strings.HasPrefix(g[1], "--") && IsSecretName(strings.TrimLeft(g[1], "-")) && !isReference(g[3]) {
			return g[1] + g[2] + Redacted
		}
		return m
	})
}

// redactAssignments treats ENV and its like, where a value reaches to the next
// name or to the end; BuildKit writes values without their quotes.
func redactAssignments(s, args string) string {
	var out strings.Builder
	starts := assignment.FindAllStringSubmatchIndex(args, -1)
	if len(starts) == 0 {
		// ENV NAME value
		if n, v, ok := strings.Cut(args, " "); ok && v != "" && IsSecretName(n) && !isReference(v) {
			return inPlaceOf(s, args, n+" "+Redacted)
		}
		return s
	}
	done := 0
	for i, m := range starts {
		end := len(args)
		if i+1 < len(starts) {
			end = starts[i+1][2]
		}
		name, value := args[m[4]:m[5]], args[m[3]:end]
		if IsSecretName(name) && strings.TrimSpace(value) != "" && !isReference(value) {
			out.WriteString(args[done:m[3]])
			out.WriteString(Redacted)
			if end < len(args) {
				out.WriteString(" ")
			}
			done = end
		}
	}
	if done == 0 {
		return s
	}
	out.WriteString(args[done:])
	return inPlaceOf(s, args, out.String())
}

// inPlaceOf replaces an instruction's arguments, which stand at its end.
func inPlaceOf(s, args, with string) string {
	i := strings.LastIndex(s, args)
	return s[:i] + with + s[i+len(args):]
}

// isReference reports whether a value is the name of a variable and nothing else.
func isReference(v string) bool {
	v = strings.Trim(strings.TrimSpace(v), `"'`)
	return strings.HasPrefix(v, "$") && !strings.ContainsAny(v, " ") || v == ""
}
