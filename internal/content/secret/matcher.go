package secret

import (
	"context"
	"fmt"
	"io"
	"regexp"
)

// Matcher holds compiled rules. It is safe for use by several goroutines.
type Matcher struct {
	rules []compiled
}

type compiled struct {
	*Rule
	pattern *regexp.Regexp
}

// Hit is a credential that was found.
type Hit struct {
	Rule *Rule
	// Offset is where the value begins, in bytes from the beginning; Line and
	// Column, in bytes, count from 1.
	Offset       int64
	Line, Column int
	// Redacted shows the beginning of the value, where it only tells the kind.
	Redacted string
	// Verified: a checksum or the structure inside the value fits.
	Verified bool

	value []byte
}

// Compile makes a Matcher of rules.
func Compile(rules []Rule, _ Options) (*Matcher, error) {
	m := &Matcher{}
	for i := range rules {
		re, err := regexp.Compile(rules[i].Pattern)
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", rules[i].ID, err)
		}
		m.rules = append(m.rules, compiled{&rules[i], re})
	}
	return m, nil
}

// Scan reads r to its end and gives what it finds to emit. name is the path,
// which tells of what kind the text is.
func (m *Matcher) Scan(_ context.Context, _ string, r io.Reader, emit func(Hit)) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	for _, rule := range m.rules {
		for _, at := range rule.pattern.FindAllSubmatchIndex(text, -1) {
			verdict := Maybe
			if rule.Verify != nil {
				verdict = rule.Verify(text[at[0]:at[1]])
			}
			if verdict != No {
				emit(Hit{Rule: rule.Rule, Offset: int64(at[0]), Verified: verdict == Yes, value: text[at[0]:at[1]]})
			}
		}
	}
	return nil
}
