// Package cvss turns CVSS vectors of versions 2.0, 3.0, 3.1 and 4.0 into base
// scores and the words for them.
//
// The scores are computed by github.com/pandatix/go-cvss; what is ours is
// telling the versions apart, the limits, and the words. CVSS 2 has no words of
// its own; NVD's are taken (7.0 and above is high). For 3.x the base score is
// given, temporal and environmental metrics being those of one place and time.
// For 4.0 the score is of all metrics given, as its specification has it.
package cvss

import (
	"errors"
	"fmt"
	"math"
	"strings"

	gocvss20 "github.com/pandatix/go-cvss/20"
	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"

	"bulwark/internal/finding"
)

// maxVector is longer than the longest vector with all metrics of CVSS 4.0.
const maxVector = 300

// ErrVector says that a string is no CVSS vector.
var ErrVector = errors.New("not a CVSS vector")

// Score is what a vector comes to.
type Score struct {
	// Version is "2.0", "3.0", "3.1" or "4.0".
	Version string
	// Tenths is the score times ten: 98 for 9.8.
	Tenths   uint16
	Severity finding.Severity
	// Vector in its normal form: CVSS 2 without parentheses.
	Vector string
}

// Parse reads a vector and computes its score.
func Parse(vector string) (Score, error) {
	vector = strings.TrimSpace(vector)
	if len(vector) > maxVector {
		return Score{}, ErrVector
	}
	vector = strings.TrimRight(vector, "/")
	var score float64
	var version string
	switch {
	case strings.HasPrefix(vector, "CVSS:4.0/"):
		v, err := gocvss40.ParseVector(vector)
		if err != nil {
			return Score{}, fmt.Errorf("%w: %v", ErrVector, err) //nolint:errorlint // the cause is shown, ErrVector decides
		}
		version, score = "4.0", v.Score()
	case strings.HasPrefix(vector, "CVSS:3.1/"):
		v, err := gocvss31.ParseVector(vector)
		if err != nil {
			return Score{}, fmt.Errorf("%w: %v", ErrVector, err) //nolint:errorlint // as above
		}
		version, score = "3.1", v.BaseScore()
	case strings.HasPrefix(vector, "CVSS:3.0/"):
		v, err := gocvss30.ParseVector(vector)
		if err != nil {
			return Score{}, fmt.Errorf("%w: %v", ErrVector, err) //nolint:errorlint // as above
		}
		version, score = "3.0", v.BaseScore()
	default:
		vector = strings.TrimPrefix(vector, "CVSS:2.0/")
		vector = strings.TrimSuffix(strings.TrimPrefix(vector, "("), ")")
		v, err := gocvss20.ParseVector(vector)
		if err != nil {
			return Score{}, fmt.Errorf("%w: %v", ErrVector, err) //nolint:errorlint // as above
		}
		version, score = "2.0", v.BaseScore()
	}
	s := Score{Version: version, Tenths: uint16(math.Round(score * 10)), Vector: vector}
	s.Severity = Severity(s.Tenths, version)
	return s, nil
}

// Severity gives the word for a score (times ten) of a version of CVSS. A score
// of 0 is "negligible": CVSS says "none", and somebody did rate it.
func Severity(tenths uint16, version string) finding.Severity {
	v2 := strings.HasPrefix(version, "2")
	switch {
	case tenths >= 90 && !v2:
		return finding.Critical
	case tenths >= 70:
		return finding.High
	case tenths >= 40:
		return finding.Medium
	case tenths > 0:
		return finding.Low
	}
	return finding.Negligible
}

// Word reads a severity's name in the spellings of the advisories' publishers.
// It is Unrated for a word that rates nothing ("unknown", "not yet assigned").
func Word(s string) finding.Severity {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "critical":
		return finding.Critical
	case "high", "important":
		return finding.High
	case "medium", "moderate":
		return finding.Medium
	case "low", "minor":
		return finding.Low
	case "negligible", "unimportant", "none":
		return finding.Negligible
	}
	return finding.Unrated
}
