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
		rulesCloud(), rulesChina(), rulesDevelopment(), rulesServices(),
		rulesText(), rulesFiles(), rulesGeneric(),
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
	c := finding.Check{
		ID: r.CheckID(), Point: "image", Severity: r.Severity,
		Title:  finding.T("secret.found", r.Name),
		Why:    finding.T("secret.token.why"),
		Fix:    finding.T("secret.token.fix"),
		CIS:    []string{"Docker 1.6.0 4.10"},
		ATTACK: []string{"T1552.001"},
		CWE:    []string{"CWE-798"},
	}
	switch r.Class {
	case Password:
		c.Why, c.Fix = finding.T("secret.password.why"), finding.T("secret.password.fix")
	case PrivateKey:
		c.Why, c.Fix = finding.T("secret.private-key.why"), finding.T("secret.private-key.fix")
		c.ATTACK, c.CWE = []string{"T1552.004"}, []string{"CWE-321"}
	case ConnectionString:
		c.Why, c.Fix = finding.T("secret.connection-string.why"), finding.T("secret.connection-string.fix")
	case Certificate:
		c.Why, c.Fix = finding.T("secret.certificate.why"), finding.T("secret.certificate.fix")
		c.ATTACK, c.CWE = nil, []string{"CWE-298"}
	case Webhook:
		c.Why, c.Fix = finding.T("secret.webhook.why"), finding.T("secret.webhook.fix")
	}
	if r.Revoke != "" {
		c.References = []string{r.Revoke}
	}
	return c
}
