package finding

import (
	"fmt"
	"strings"
)

// Severity orders how bad a finding is. The zero value is Unrated: nobody whose
// word we have said how bad it is, which is not the same as harmless.
type Severity uint8

// Severities in rising order.
const (
	Unrated Severity = iota
	Negligible
	Low
	Medium
	High
	Critical
)

var severityNames = [...]string{"unrated", "negligible", "low", "medium", "high", "critical"}

// Severities lists all severities from worst to unrated, the order of tables.
func Severities() []Severity {
	return []Severity{Critical, High, Medium, Low, Negligible, Unrated}
}

// String gives the lower-case English name, as it stands in JSON and flags.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("severity(%d)", uint8(s))
}

// ParseSeverity reads a severity's name, in any case.
func ParseSeverity(name string) (Severity, error) {
	for i, n := range severityNames {
		if strings.EqualFold(n, name) {
			return Severity(i), nil
		}
	}
	return Unrated, fmt.Errorf("severity %q is not one of %s", name, strings.Join(severityNames[:], ", "))
}

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Severity) UnmarshalText(b []byte) error {
	v, err := ParseSeverity(string(b))
	*s = v
	return err
}

// Rating is a severity with where it came from.
type Rating struct {
	Severity Severity `json:"severity"`
	// Score is a CVSS base score, 0.0 to 10.0; 0 when there is no vector.
	Score float64 `json:"score,omitempty"`
	// Vector is the CVSS vector that Score was computed from.
	Vector string `json:"vector,omitempty"`
	// Source says whose word it is: "Debian", "GHSA", "CISA-ADP", …; empty for Unrated.
	Source string `json:"source,omitempty"`
}
