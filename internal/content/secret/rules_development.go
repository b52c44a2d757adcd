package secret

import "bulwark/internal/finding"

// rulesDevelopment are the credentials of forges, package registries and build
// services.
func rulesDevelopment() []Rule {
	return []Rule{
		{
			ID: "github-pat", Name: "GitHub personal access token", Provider: "GitHub",
			Class: Token, Severity: finding.Critical,
			Anchors: []string{"ghp_"},
			Pattern: `\bghp_[0-9A-Za-z]{36}\b`,
			Verify:  verifyGitHub,
			Revoke:  "https://github.com/settings/tokens",
			Valid:   []string{"token: " + gitHubToken("ghp_", "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1")},
			Invalid: []string{"ghp_" + "000000000000000000000000000000000000", "ghp_short"},
		},
	}
}
