package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"bulwark/internal/finding"
)

// rulesCopy are about ADD and COPY.
func rulesCopy() []rule {
	return []rule{
		{
			name: "add-local", severity: finding.Low, history: true,
			refs: []string{refPractices + "#add-or-copy"}, cis: []string{"Docker 1.6.0 4.9"},
			look: addLocal,
			bad:  "FROM debian:12\nADD src /app/\n",
			good: "FROM debian:12\nADD rootfs.tar.xz /\nADD https://example.com/x.tgz /tmp/\nADD git@example.com:a/b.git /b\nCOPY src /app/\n",
		},
		{
			name: "add-unverified", severity: finding.Medium,
			refs: []string{refReference + "#add---checksum"}, cis: []string{"Docker 1.6.0 4.11"}, attack: []string{"T1195.002"}, cwe: []string{"CWE-494"},
			look: func(l *look) {
				each(l, func(in *instruction, c *instructions.AddCommand) {
					for _, src := range c.SourcePaths {
						if isURL(src) && !isGit(src) && c.Checksum == "" {
							l.found(in.line, withoutQuery(src), withoutQuery(src))
							return
						}
					}
				})
			},
			bad:  "FROM debian:12\nADD https://example.com/tool.tgz /opt/\n",
			good: "FROM debian:12\nADD --checksum=sha256:270d731bd08040c6a3228115de1f74b91cf441c584139ff8f8f6503447cebdbb https://example.com/tool.tgz /opt/\n",
		},
		{
			name: "copy-many-to-file", severity: finding.Medium,
			refs: []string{refReference + "#copy"},
			look: copyMany,
			bad:  "FROM debian:12\nCOPY a b /app\n",
			good: "FROM debian:12\nCOPY a b /app/\nCOPY c /d\n",
		},
		{
			name: "copy-from-unknown", severity: finding.Low, uncertain: true,
			refs: []string{refStages},
			look: copyFromUnknown,
			bad:  "FROM debian:12 AS build\nFROM debian:12\nCOPY --from=builder /a /b\n",
			good: "FROM debian:12 AS build\nFROM debian:12\nCOPY --from=build /a /b\nCOPY --from=0 /a /b\nCOPY --from=busybox:1.36 /bin/sh /c\n",
		},
		{
			name: "copy-from-itself", severity: finding.High,
			refs: []string{refStages},
			look: func(l *look) {
				each(l, func(in *instruction, c *instructions.CopyCommand) {
					if s := in.stage; s != nil && c.From != "" && strings.EqualFold(c.From, s.name) && l.stageBefore(s.index, s.name) == nil {
						l.found(in.line, c.From, c.From)
					}
				})
			},
			bad:  "FROM debian:12 AS build\nCOPY --from=build /a /b\n",
			good: "FROM debian:12 AS build\nFROM debian:12\nCOPY --from=build /a /b\n",
		},
		{
			name: "copy-relative", severity: finding.Low, uncertain: true,
			refs: []string{refReference + "#workdir"},
			look: copyRelative,
			bad:  "FROM debian:12\nCOPY app.py .\n",
			good: "FROM debian:12\nCOPY app.py /srv/\nWORKDIR /srv\nCOPY b.py ./\n",
		},
		{
			name: "copy-root", severity: finding.Low,
			refs: []string{refStages},
			look: func(l *look) {
				each(l, func(in *instruction, c *instructions.CopyCommand) {
					if c.From != "" && slices.Contains(c.SourcePaths, "/") && c.DestPath == "/" && originName(in) != "scratch" {
						l.found(in.line, c.From, c.From)
					}
				})
			},
			bad:  "FROM debian:12 AS build\nFROM debian:12\nCOPY --from=build / /\n",
			good: "FROM debian:12 AS build\nFROM scratch\nCOPY --from=build / /\n",
		},
		{
			name: "copy-then-extract", severity: finding.Negligible,
			refs: []string{refReference + "#add"},
			look: copyThenExtract,
			bad:  "FROM debian:12\nCOPY app.tar.gz /tmp/\nRUN tar -xzf /tmp/app.tar.gz -C /opt\n",
			good: "FROM debian:12\nADD app.tar.gz /opt/\n",
		},
		{
			name: "copy-secret", severity: finding.High, history: true,
			refs: []string{refSecrets}, cis: []string{"Docker 1.6.0 4.10"}, attack: []string{"T1552.001"}, cwe: []string{"CWE-538", "CWE-798"},
			look: copySecret,
			bad:  "FROM debian:12\nCOPY id_rsa /root/.ssh/id_rsa\n",
			good: "FROM debian:12\nCOPY .env.example id_rsa.pub /app/\nRUN --mount=type=secret,id=key true\n",
		},
		{
			name: "copy-world-writable", severity: finding.Medium,
			refs: []string{refReference + "#copy---chown---chmod"}, cwe: []string{"CWE-732"},
			look: func(l *look) {
				for _, in := range l.all {
					mode := ""
					switch c := in.cmd.(type) {
					case *instructions.CopyCommand:
						mode = c.Chmod
					case *instructions.AddCommand:
						mode = c.Chmod
					}
					if worldWritable(mode) {
						l.found(in.line, mode, "--chmod="+mode)
					}
				}
			},
			bad:  "FROM debian:12\nCOPY --chmod=777 run.sh /\n",
			good: "FROM debian:12\nCOPY --chmod=755 run.sh /\n",
		},
	}
}

func isURL(s string) bool {
	s = strings.ToLower(strings.Trim(s, `"'`))
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

// isGit tells a Git repository, which ADD clones.
func isGit(s string) bool {
	s = strings.Trim(s, `"'`)
	repo, _, _ := strings.Cut(s, "#")
	repo, _, _ = strings.Cut(repo, "?")
	return strings.HasPrefix(s, "git@") || strings.HasPrefix(s, "git://") || strings.HasPrefix(s, "ssh://") || isURL(s) && strings.HasSuffix(repo, ".git")
}

// withoutQuery cuts what may hold a secret off a URL: user, query and fragment.
func withoutQuery(s string) string {
	s, _, _ = strings.Cut(strings.Trim(s, `"'`), "?")
	s, _, _ = strings.Cut(s, "#")
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		host, tail, slash := strings.Cut(rest, "/")
		if i := strings.LastIndexByte(host, '@'); i >= 0 {
			host = host[i+1:]
		}
		s = scheme + "://" + host
		if slash {
			s += "/" + tail
		}
	}
	return s
}

// archives are endings of what ADD unpacks, and of what people pack.
var archives = []string{".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".gz", ".bz2", ".xz", ".zst", ".lz", ".lzma", ".z", ".tz", ".tb2", ".tbz", ".tbz2", ".tgz", ".tlz", ".tpz", ".txz"}

func isArchive(name string) bool {
	name = strings.ToLower(strings.Trim(name, `"'`))
	return slices.ContainsFunc(archives, func(ending string) bool { return strings.HasSuffix(name, ending) })
}

func addLocal(l *look) {
	each(l, func(in *instruction, c *instructions.AddCommand) {
		for _, src := range c.SourcePaths {
			text, open := in.value(src)
			if open && onlyVariable(text) || isURL(text) || isGit(text) || isArchive(text) || c.Unpack != nil {
				continue
			}
			if l.history && strings.HasPrefix(src, "file:") {
				continue // the root file system of a base image is added as one archive
			}
			l.found(in.line, src, src)
			return
		}
	})
}

func copyMany(l *look) {
	for _, in := range l.all {
		var c instructions.SourcesAndDest
		switch cmd := in.cmd.(type) {
		case *instructions.CopyCommand:
			c = cmd.SourcesAndDest
		case *instructions.AddCommand:
			c = cmd.SourcesAndDest
		default:
			continue
		}
		dest := strings.Trim(c.DestPath, `"'`)
		if len(c.SourcePaths)+len(c.SourceContents) < 2 || strings.HasSuffix(dest, "/") || strings.HasSuffix(dest, `\`) {
			continue
		}
		if text, open := in.value(dest); open && onlyVariable(path.Base(text)) || strings.HasSuffix(text, "/") || dest == "." || dest == ".." {
			continue // "." is a directory, and so may be what a variable holds
		}
		l.found(in.line, dest, dest)
	}
}

func copyFromUnknown(l *look) {
	each(l, func(in *instruction, c *instructions.CopyCommand) {
		from := strings.Trim(c.From, `"'`)
		if from == "" || in.stage == nil || strings.ContainsAny(from, ":@$") {
			return
		}
		if l.stageCalled(from, in.stage.index) == nil && !strings.EqualFold(from, in.stage.name) {
			l.found(in.line, from, from)
		}
	})
}

// absolute tells a path from the root, on Linux or Windows, or one that begins
// with a variable.
func absolute(p string) bool {
	p = strings.Trim(p, `"'`)
	return strings.HasPrefix(p, "/") || strings.HasPrefix(p, `\`) || strings.HasPrefix(p, "$") ||
		len(p) > 1 && p[1] == ':' && (p[0]|0x20 >= 'a' && p[0]|0x20 <= 'z')
}

func copyRelative(l *look) {
	set := make(map[*stage]bool)
	for _, in := range l.all {
		if in.onbuild || in.stage == nil {
			continue
		}
		switch c := in.cmd.(type) {
		case *instructions.Stage:
			set[in.stage] = set[in.stage.parent]
		case *instructions.WorkdirCommand:
			set[in.stage] = true
		case *instructions.CopyCommand:
			if !set[in.stage] && !absolute(c.DestPath) {
				l.found(in.line, c.DestPath, c.DestPath)
			}
		case *instructions.AddCommand:
			if !set[in.stage] && !absolute(c.DestPath) {
				l.found(in.line, c.DestPath, c.DestPath)
			}
		}
	}
}

func originName(in *instruction) string {
	if in.stage == nil {
		return ""
	}
	return in.stage.origin().image.name
}

func copyThenExtract(l *look) {
	type copied struct {
		line int
		name string
		told bool
	}
	var list []*copied
	for _, in := range l.all {
		switch c := in.cmd.(type) {
		case *instructions.Stage:
			list = nil
		case *instructions.CopyCommand:
			if c.From != "" || in.onbuild || len(list) > 1000 {
				continue
			}
			if isArchive(c.DestPath) {
				list = append(list, &copied{line: in.line, name: path.Base(strings.Trim(c.DestPath, `"'`))})
				continue
			}
			for _, s := range c.SourcePaths {
				if isArchive(s) {
					list = append(list, &copied{line: in.line, name: path.Base(strings.Trim(s, `"'`))})
				}
			}
		}
		if in.script == nil {
			continue
		}
		for i := range in.script.commands {
			cmd := &in.script.commands[i]
			if !extracts(cmd) {
				continue
			}
			for _, a := range list {
				if !a.told && slices.ContainsFunc(cmd.args, func(w word) bool { return path.Base(w.text) == a.name }) {
					a.told = true
					l.found(a.line, a.name, a.name)
				}
			}
		}
	}
}

// extracts tells whether a command unpacks an archive that ADD would unpack.
func extracts(c *command) bool {
	switch c.name {
	case "tar", "bsdtar":
		return c.flag("x", "extract", "get") || len(c.args) > 0 && !strings.HasPrefix(c.args[0].text, "-") && strings.Contains(c.args[0].text, "x")
	}
	return false
}

// secretNames are files that hold credentials, by base name in lower case.
var secretNames = []string{
	".env", ".npmrc", ".pypirc", ".netrc", "_netrc", ".git-credentials", ".dockercfg", ".dockerconfigjson", ".pgpass", ".my.cnf", ".s3cfg", ".boto",
	".vault-token", ".terraformrc", "terraform.tfstate", ".htpasswd", "kubeconfig", "shadow", "credentials.json", "service-account.json", "service_account.json",
	"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "wp-config.php", "secrets.yml", "secrets.yaml", "secrets.json", "master.key",
}

// secretPaths are ends of paths that hold credentials.
var secretPaths = []string{".aws/credentials", ".docker/config.json", ".kube/config", ".ssh", ".ssh/", ".gnupg", ".gnupg/", ".config/gcloud", ".azure", ".git/config"}

var secretEndings = []string{".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk"}

func isSecretFile(p string) bool {
	p = strings.ToLower(strings.Trim(p, `"'`))
	base := path.Base(p)
	if slices.Contains(secretNames, base) || slices.ContainsFunc(secretEndings, func(e string) bool { return strings.HasSuffix(base, e) }) {
		return true
	}
	if strings.HasPrefix(base, ".env.") {
		switch path.Ext(base) {
		case ".example", ".sample", ".dist", ".template", ".tmpl", ".test", ".ci", ".default", ".defaults":
			return false
		}
		return true
	}
	return slices.ContainsFunc(secretPaths, func(e string) bool { return p == e || strings.HasSuffix(p, "/"+e) })
}

func copySecret(l *look) {
	for _, in := range l.all {
		var sources []string
		switch c := in.cmd.(type) {
		case *instructions.CopyCommand:
			sources = c.SourcePaths
		case *instructions.AddCommand:
			sources = c.SourcePaths
		default:
			continue
		}
		for _, src := range sources {
			if !isSecretFile(src) {
				continue
			}
			severity := l.rule.severity
			if !ships(in) {
				severity = finding.Low // in the build cache, not in the image
			}
			l.rated(severity, in.line, src, src)
			break
		}
	}
}

// worldWritable reads a mode of chmod: others may write.
func worldWritable(mode string) bool {
	mode = strings.Trim(mode, `"'`)
	if mode == "" {
		return false
	}
	if strings.Trim(mode, "01234567") == "" {
		sticky := len(mode) == 4 && (mode[0]-'0')&1 != 0
		return len(mode) >= 3 && len(mode) <= 5 && (mode[len(mode)-1]-'0')&2 != 0 && !sticky
	}
	for clause := range strings.SplitSeq(mode, ",") {
		who, what, ok := strings.Cut(clause, "+")
		if !ok {
			who, what, ok = strings.Cut(clause, "=")
		}
		if ok && strings.Contains(what, "w") && !strings.Contains(what, "t") && strings.ContainsAny(who, "oa") && strings.Trim(who, "ugoa") == "" {
			return true
		}
	}
	return false
}
