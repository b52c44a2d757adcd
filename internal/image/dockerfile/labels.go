package dockerfile

import (
	"regexp"
	"strings"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// ociLabels says what the OCI image specification asks of the values of its
// annotations (annotations.md, version 1.1.1).
var ociLabels = map[string]func(string) bool{
	"org.opencontainers.image.created":       isTime,
	"org.opencontainers.image.url":           isAddress,
	"org.opencontainers.image.documentation": isAddress,
	"org.opencontainers.image.source":        isAddress,
	"org.opencontainers.image.licenses":      isLicense,
	"org.opencontainers.image.title":         isGiven,
	"org.opencontainers.image.description":   isGiven,
	"org.opencontainers.image.version":       isGiven,
	"org.opencontainers.image.revision":      isGiven,
	"org.opencontainers.image.vendor":        isGiven,
	"org.opencontainers.image.authors":       isGiven,
}

func isGiven(s string) bool { return s != "" }

func isTime(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

// schemeForm is a URI's scheme (RFC 3986, 3.1).
var schemeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`)

func isAddress(s string) bool {
	if strings.HasPrefix(s, "git@") {
		return true
	}
	scheme, rest, ok := strings.Cut(s, ":")
	return ok && schemeForm.MatchString(scheme) && rest != "" && !strings.ContainsAny(rest, " \t<>")
}

// licenseForm is the grammar of an SPDX expression, whatever its identifiers.
var licenseForm = regexp.MustCompile(`^\(*[A-Za-z0-9][A-Za-z0-9.:+-]*\)*( (AND|OR|WITH|and|or|with) \(*[A-Za-z0-9][A-Za-z0-9.:+-]*\)*)*$`)

func isLicense(s string) bool { return licenseForm.MatchString(s) }

func labelValue(l *look) {
	each(l, func(in *instruction, c *instructions.LabelCommand) {
		for _, kv := range c.Labels {
			right := ociLabels[strings.Trim(kv.Key, `"'`)]
			if right == nil {
				continue
			}
			value, open := in.value(strings.Trim(kv.Value, `"'`))
			if open || strings.Contains(kv.Value, "$") || right(value) {
				continue
			}
			l.found(in.line, kv.Key, kv.Key)
			return
		}
	})
}
