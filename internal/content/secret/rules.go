package secret

import (
	"slices"

	"bulwark/internal/finding"
)

// Rules lists all rules, in the order that decides between two rules which
// match the same value and are equally specific: the earlier one wins. A file
// of rules is added here by hand.
func Rules() []Rule {
	return slices.Concat(
		rulesDevelopment(),
		rulesGeneric(),
	)
}

// Checks are the checks of all rules.
func Checks() []finding.Check {
	rules := Rules()
	checks := make([]finding.Check, len(rules))
	for i := range rules {
		checks[i] = rules[i].check()
	}
	return checks
}

// check declares the rule's check.
func (r *Rule) check() finding.Check {
	class := r.Class.String()
	c := finding.Check{
		ID: r.CheckID(), Point: "image", Severity: r.Severity,
		Title:  finding.T("secret.found", r.Name),
		Why:    finding.T("secret." + class + ".why"),
		Fix:    finding.T("secret." + class + ".fix"),
		CIS:    []string{"Docker 1.6.0 4.10"},
		ATTACK: []string{"T1552.001"},
		CWE:    []string{"CWE-798"},
	}
	switch r.Class {
	case PrivateKey:
		c.ATTACK, c.CWE = []string{"T1552.004"}, []string{"CWE-321"}
	case Certificate:
		c.ATTACK, c.CWE = nil, []string{"CWE-298"}
	}
	if r.Revoke != "" {
		c.References = []string{r.Revoke}
	}
	return c
}
