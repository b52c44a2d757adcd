package finding

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/package-url/packageurl-go"
)

// Fingerprint names a finding so that it stays the same from scan to scan,
// rebuild to rebuild and machine to machine: 128 bits of SHA-256, in hex, over
// check ID, resource name, canonical subject and occurrence number, each with
// its length before it. resource is a name without digest or tag. subject is,
// by kind of check,
//
//   - for a package: its purl without version, qualifiers and path, and the
//     advisory ([VulnerabilitySubject]);
//   - for a file: its path and the rule;
//   - for a setting: the key.
//
// occurrence counts, from 1, findings that are equal in all that, such as one
// npm package at two places. Layer, line, text, time and severity don't count.
func Fingerprint(check, resource, subject string, occurrence int) string {
	h := sha256.New()
	for _, s := range []string{"bulwark/fingerprint/1", check, resource, subject} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(occurrence))
	h.Write(n[:])
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// CanonicalPURL is a purl without version, qualifiers and subpath, its type and
// name in canonical spelling. What is not a purl comes back cut in the same way.
func CanonicalPURL(purl string) string {
	p, err := packageurl.FromString(purl)
	if err != nil {
		purl, _, _ = strings.Cut(purl, "#")
		purl, _, _ = strings.Cut(purl, "?")
		if at := strings.LastIndexByte(purl, '@'); at > strings.LastIndexByte(purl, '/') {
			purl = purl[:at]
		}
		return purl
	}
	p.Version, p.Qualifiers, p.Subpath = "", nil, ""
	return p.ToString()
}

// VulnerabilitySubject is the canonical subject of a vulnerability or notice:
// the package without version, and the advisory by the name that is shown.
func VulnerabilitySubject(purl, advisoryID string) string {
	return CanonicalPURL(purl) + " " + advisoryID
}

// Finish makes a report whole after all results are in. It
//
//   - adds the findings that follow from the report's own facts: "not-scanned"
//     for each Unread, "end-of-life" for a release that was past its support
//     when the scan started;
//   - gives a result without a resource the report's, and one without a rating
//     its check's default severity;
//   - fills in canonical subjects and fingerprints;
//   - puts packages, results, coverage and unread into an order that depends on
//     nothing but themselves.
//
// Doing it twice changes nothing.
func Finish(r *Report, checks []Check) {
	if r.Schema == "" {
		r.Schema = SchemaVersion
	}
	r.deriveResults()
	defaults := make(map[string]Check, len(checks))
	for _, c := range checks {
		defaults[c.ID] = c
	}
	purls := make(map[string]string, len(r.Packages))
	for i := range r.Packages {
		purls[r.Packages[i].ID] = r.Packages[i].PURL
	}
	for i := range r.Results {
		res := &r.Results[i]
		if res.Resource == (Resource{}) {
			res.Resource = r.Subject.Resource()
		}
		if res.Rating.Severity == Unrated && res.Rating.Source == "" {
			res.Rating = defaults[res.Check].rating()
		}
		if res.Subject == "" {
			res.Subject = canonicalSubject(res, purls)
		}
	}
	r.assignFingerprints()
	r.sort()
}

// Resource is the subject of a report as the resource of its results.
func (s Subject) Resource() Resource {
	kind := "directory"
	if s.Kind == "image" {
		kind = "image"
	}
	name := s.Name
	if name == "" {
		name = s.Ref
	}
	return Resource{Kind: kind, Name: name}
}

// deriveResults adds findings that are facts of the report already.
func (r *Report) deriveResults() {
	type place struct {
		path     string
		layer    int
		detector string
	}
	told := make(map[place]bool)
	eol := false
	for i := range r.Results {
		switch res := &r.Results[i]; res.Check {
		case CheckNotScanned:
			detector := ""
			if len(res.Evidence) > 0 {
				detector = res.Evidence[0]
			}
			for _, l := range res.Locations {
				told[place{l.Path, l.Layer, detector}] = true
			}
		case CheckEndOfLife:
			eol = true
		}
	}
	for _, u := range r.Unread {
		at := place{u.Location.Path, u.Location.Layer, u.Detector}
		if told[at] {
			continue
		}
		told[at] = true
		r.Results = append(r.Results, Result{
			Check: CheckNotScanned, State: Warn, Title: unreadTitle(u),
			Locations: []Location{u.Location}, Evidence: []string{u.Detector, u.Detail},
			Subject: unreadSubject(u),
		})
	}
	os := r.Subject.OS
	if eol || os == nil || os.EndOfLife == "" || r.Started.IsZero() {
		return
	}
	if os.EndOfLife >= r.Started.UTC().Format(dayLayout) {
		return
	}
	name := cmp.Or(os.PrettyName, os.Name, os.ID)
	res := Result{
		Check: CheckEndOfLife, State: Fail, Title: T("finding.end-of-life", name, os.EndOfLife),
		Subject: "os-release " + os.ID + " " + os.VersionID,
	}
	if os.Evidence != "" {
		res.Locations = []Location{{Layer: -1, Path: os.Evidence}}
	}
	r.Results = append(r.Results, res)
}

// unreadSubject is the canonical subject of "not-scanned": file and rule.
func unreadSubject(u Unread) string { return u.Location.Path + " " + u.Detector }

func unreadTitle(u Unread) Text {
	path := u.Location.Path
	switch u.Reason {
	case UnreadCorrupt:
		return T("finding.unread.corrupt", path)
	case UnreadIO:
		return T("finding.unread.io", path)
	case UnreadLimit:
		return T("finding.unread.limit", path)
	case UnreadWorker:
		return T("finding.unread.worker", path)
	case UnreadUnsupported:
		return T("finding.unread.unsupported", path)
	}
	return T("finding.unread.other", path)
}

func canonicalSubject(res *Result, purls map[string]string) string {
	switch {
	case res.Advisory != nil:
		purl := purls[res.Package]
		if purl == "" {
			purl = res.Package
		}
		return VulnerabilitySubject(purl, res.Advisory.ID)
	case res.Package != "":
		return CanonicalPURL(cmp.Or(purls[res.Package], res.Package))
	case len(res.Locations) > 0:
		return res.Locations[0].Path + " " + res.Check
	}
	return res.Title.ID
}

// assignFingerprints numbers results that share check, resource and subject.
// What can be seen comes before what is only in the history, so that a removed
// copy does not change the number of the one that is still there.
func (r *Report) assignFingerprints() {
	order := make([]int, len(r.Results))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &r.Results[a], &r.Results[b]
		return cmp.Or(
			cmp.Compare(x.Check, y.Check),
			cmp.Compare(x.Resource.Name, y.Resource.Name),
			cmp.Compare(x.Subject, y.Subject),
			compareBool(x.Hidden, y.Hidden),
			compareLocations(x.Locations, y.Locations),
			cmp.Compare(x.Package, y.Package),
			slices.Compare(x.Evidence, y.Evidence),
		)
	})
	n := 0
	for k, i := range order {
		res := &r.Results[i]
		n++
		if k > 0 {
			prev := &r.Results[order[k-1]]
			if prev.Check != res.Check || prev.Resource.Name != res.Resource.Name || prev.Subject != res.Subject {
				n = 1
			}
		} else {
			n = 1
		}
		res.Fingerprint = Fingerprint(res.Check, res.Resource.Name, res.Subject, n)
	}
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Packages, func(a, b Package) int {
		return cmp.Or(
			cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version),
			compareLocations(a.Locations, b.Locations), cmp.Compare(a.ID, b.ID),
		)
	})
	slices.SortStableFunc(r.Results, func(a, b Result) int {
		return cmp.Or(
			cmp.Compare(b.Rating.Severity, a.Rating.Severity),
			cmp.Compare(a.Check, b.Check),
			cmp.Compare(a.Subject, b.Subject),
			compareBool(a.Hidden, b.Hidden),
			compareLocations(a.Locations, b.Locations),
			cmp.Compare(a.Fingerprint, b.Fingerprint),
		)
	})
	slices.SortStableFunc(r.Coverage, func(a, b Coverage) int { return cmp.Compare(a.Ecosystem, b.Ecosystem) })
	slices.SortStableFunc(r.Unread, func(a, b Unread) int {
		return cmp.Or(compareLocation(a.Location, b.Location), cmp.Compare(a.Detector, b.Detector),
			cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Detail, b.Detail))
	})
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// compareLocation orders by path first: layers are renumbered by a rebuild.
func compareLocation(a, b Location) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.Line, b.Line))
}

func compareLocations(a, b []Location) int { return slices.CompareFunc(a, b, compareLocation) }
