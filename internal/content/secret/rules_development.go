package secret

import (
	"slices"

	"bulwark/internal/finding"
)

// rulesDevelopment are the credentials of forges, package registries, build
// services and of what developers use beside them.
func rulesDevelopment() []Rule {
	return slices.Concat(rulesForges(), rulesRegistries(), rulesBuild(), rulesDeveloperTools())
}

// rulesForges are of where source code is kept.
func rulesForges() []Rule {
	return slices.Concat(
		// https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
		from("GitHub", "https://github.com/settings/tokens",
			formed("github-pat", "GitHub personal access token", finding.Critical, chain(lit("ghp_"), alnum.of(36)), "ghp_").
				checkedBy(verifyGitHub).
				shown("token: "+gitHubToken("ghp_", alnum.made(30)), `"https://`+gitHubToken("ghp_", alnum.made(30))+`@github.com/a/b"`).
				not("ghp_"+"000000000000000000000000000000000000", "ghp_short"),
			formed("github-fine-grained-pat", "GitHub fine-grained personal access token", finding.Critical,
				chain(lit("github_pat_"), format{pattern: `(?:[0-9A-Za-z]{22}_[0-9A-Za-z]{59}|[0-9A-Za-z_]{82})`, example: alnum.made(22) + "_" + alnum.made(59), last: word, exact: true}),
				"github_pat_").atLeast(3),
			formed("github-oauth", "GitHub OAuth access token", finding.Critical, chain(lit("gho_"), alnum.of(36)), "gho_").
				checkedBy(verifyGitHub).shown("oauth_token: "+gitHubToken("gho_", alnum.made(30))).not("gho_"+alnum.made(36)),
			formed("github-app-user-token", "GitHub App user token", finding.High, chain(lit("ghu_"), alnum.of(36)), "ghu_").
				checkedBy(verifyGitHub).shown("token="+gitHubToken("ghu_", alnum.made(30))).not("ghu_"+alnum.made(36)),
			formed("github-app-token", "GitHub App installation token", finding.High, chain(lit("ghs_"), alnum.of(36)), "ghs_").
				checkedBy(verifyGitHub).shown("token="+gitHubToken("ghs_", alnum.made(30))).not("ghs_"+alnum.made(36)),
			formed("github-refresh-token", "GitHub refresh token", finding.Critical, chain(lit("ghr_"), alnum.between(36, 76)), "ghr_").
				checkedBy(verifyGitHub).shown("refresh_token="+gitHubToken("ghr_", alnum.made(30)), "refresh_token="+gitHubToken("ghr_", alnum.made(70))).not("ghr_"+alnum.made(36)),
			keyed("github-legacy-token", "GitHub token of an old form", finding.High, lowerHex.of(40),
				"github_token", "github_oauth", "github_pat", "github_api", "githubtoken", "gh_token", "github_access", "github_key", "github_secret").atLeast(3),
		),
		// https://docs.gitlab.com/security/tokens/#token-prefixes
		from("GitLab", "https://gitlab.com/-/user_settings/personal_access_tokens",
			formed("gitlab-pat-routable", "GitLab personal access token, routable", finding.Critical,
				format{pattern: `glpat-[0-9A-Za-z_-]{27,}\.(?:[0-9a-z]{2}\.)?[0-9a-z]{9}`, example: gitLabRoutable("glpat-"), last: alnum, exact: true},
				"glpat-").checkedBy(verifyGitLabRoutable),
			formed("gitlab-pat", "GitLab personal access token", finding.Critical, chain(lit("glpat-"), urlSafe.of(20)), "glpat-").
				not("glpat-"+alnum.made(12)),
			formed("gitlab-runner-token-routable", "GitLab runner authentication token, routable", finding.High,
				format{pattern: `glrt-t[0-9]_[0-9A-Za-z_-]{27,}\.(?:[0-9a-z]{2}\.)?[0-9a-z]{9}`, example: gitLabRoutable("glrt-t1_"), last: alnum, exact: true},
				"glrt-").checkedBy(verifyGitLabRoutable),
			formed("gitlab-runner-token", "GitLab runner authentication token", finding.High, chain(lit("glrt-"), urlSafe.between(20, 50)), "glrt-"),
			formed("gitlab-runner-registration-token", "GitLab runner registration token", finding.High, chain(lit("GR1348941"), urlSafe.between(20, 50)), "gr1348941"),
			formed("gitlab-deploy-token", "GitLab deploy token", finding.High, chain(lit("gldt-"), urlSafe.between(20, 50)), "gldt-"),
			formed("gitlab-job-token", "GitLab CI/CD job token", finding.Medium, chain(lit("glcbt-"), maybe(chain(alnum.between(1, 5), lit("_"))), urlSafe.between(20, 50)), "glcbt-"),
			formed("gitlab-trigger-token", "GitLab pipeline trigger token", finding.High, chain(lit("glptt-"), urlSafe.of(40)), "glptt-"),
			formed("gitlab-feed-token", "GitLab feed token", finding.Medium, chain(lit("glft-"), urlSafe.between(20, 50)), "glft-"),
			formed("gitlab-mail-token", "GitLab incoming mail token", finding.Medium, chain(lit("glimt-"), urlSafe.of(25)), "glimt-"),
			formed("gitlab-agent-token", "GitLab agent for Kubernetes token", finding.High, chain(lit("glagent-"), urlSafe.between(50, 1000)), "glagent-"),
			formed("gitlab-oauth-secret", "GitLab OAuth application secret", finding.High, chain(lit("gloas-"), urlSafe.of(64)), "gloas-"),
			formed("gitlab-scim-token", "GitLab SCIM token", finding.High, chain(lit("glsoat-"), urlSafe.between(20, 50)), "glsoat-"),
			formed("gitlab-feature-flags-token", "GitLab feature flags client token", finding.Medium, chain(lit("glffct-"), urlSafe.between(20, 50)), "glffct-"),
			formed("gitlab-session-cookie", "GitLab session cookie", finding.High, chain(lit("_gitlab_session="), lowerAlnum.of(32)), "_gitlab_session="),
			keyed("gitlab-legacy-token", "GitLab token of an old form", finding.High, urlSafe.of(20), "gitlab_token", "gitlab_pat", "gitlab_private", "gitlab_access", "gitlab_api", "private-token", "private_token").atLeast(3).checkedBy(verifyMixed),
		),
		// https://support.atlassian.com/bitbucket-cloud/docs/app-passwords/
		from("Bitbucket", "https://bitbucket.org/account/settings/app-passwords/",
			formed("bitbucket-app-password", "Bitbucket app password", finding.High, chain(lit("ATBB"), alnum.of(24), anyHex.of(8)), "atbb").checkedBy(verifyMixed),
			formed("bitbucket-access-token", "Bitbucket repository or workspace access token", finding.High, chain(lit("ATCTT3"), urlSafePad.between(150, 250)), "atctt3"),
			keyed("bitbucket-client-secret", "Bitbucket client secret", finding.High, urlSafePad.of(64), "bitbucket"),
			keyed("bitbucket-client-id", "Bitbucket client ID", finding.Low, lowerAlnum.of(32), "bitbucket")),
		// https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/
		from("Atlassian", "https://id.atlassian.com/manage-profile/security/api-tokens",
			formed("atlassian-api-token", "Atlassian API token", finding.High, chain(lit("ATATT3"), urlSafePad.of(186)), "atatt3").atLeast(3),
			keyed("atlassian-legacy-token", "Atlassian API token of an old form", finding.High, alnum.of(24), "atlassian", "confluence", "jira").atLeast(3).checkedBy(verifyMixed)),
		from("Sourcegraph", "https://sourcegraph.com/users/settings/tokens",
			formed("sourcegraph-token", "Sourcegraph access token", finding.High, chain(lit("sgp_"), maybe(chain(format{pattern: `(?:[0-9A-Fa-f]{16}|local)`, example: anyHex.made(16)}, lit("_"))), anyHex.of(40)), "sgp_").atLeast(3),
			keyed("sourcegraph-legacy-token", "Sourcegraph access token of an old form", finding.High, anyHex.of(40), "sourcegraph").atLeast(3)),
	)
}

// rulesRegistries are of where packages and images are published.
func rulesRegistries() []Rule {
	return slices.Concat(
		// https://github.blog/security/supply-chain-security/npm-is-moving-to-new-token-format/
		from("npm", "https://www.npmjs.com/settings/~/tokens",
			formed("npm-token", "npm access token", finding.Critical, chain(lit("npm_"), alnum.of(36)), "npm_").
				checkedBy(verifyGitHub).
				shown("//npm.example.org/:_authToken="+gitHubToken("npm_", alnum.made(30))).not("npm_"+alnum.made(36)),
			Rule{
				ID: "npm-auth-token", Name: "Token of a package registry in an npm configuration", Class: Token, Severity: finding.High,
				Anchors: []string{":_authtoken", ":_password", ":_auth"},
				Pattern: `(?i::_(?:authToken|auth|password))["']?\s{0,3}=\s{0,3}["']?(?P<secret>[0-9A-Za-z+/=_.:-]{10,})`,
				Verify:  verifyNotNumber,
				Valid:   []string{"//npm.example.org/:_authToken=" + aUUID().example, "@shop:registry:_auth = " + stdBase64.made(32)},
				Invalid: []string{"//npm.example.org/:_authToken=${NPM_TOKEN}", "exports.SOCKS5_CUSTOM_AUTH_START = exports.SOCKS5_CUSTOM_AUTH_END"},
			},
			Rule{
				ID: "npmrc-auth", Name: "Login of a package registry in an npm configuration", Class: Token, Severity: finding.High,
				Path: `(?:^|/)\.?npmrc$`, At: "root/.npmrc",
				Anchors: []string{"_auth", "_password"},
				Pattern: `(?m:^)\s{0,8}_(?:authToken|auth|password)\s{0,3}=\s{0,3}["']?(?P<secret>[0-9A-Za-z+/=_.:-]{8,})`,
				Verify:  verifyNotNumber,
				Valid:   []string{"_auth = " + stdBase64.made(32) + "\nalways-auth = true\n"},
				Invalid: []string{"always-auth = true\n", "_auth = ${NPM_AUTH}\n"},
			}),
		// Tokens are macaroons: https://github.com/ecordell/pymacaroons. They are revoked in the account settings of the index.
		from("PyPI", "",
			formed("pypi-token", "PyPI API token", finding.Critical, chain(lit("pypi-"), oneOf("AgEIcHlwaS5vcmc", "AgENdGVzdC5weXBpLm9yZw"), urlSafe.between(50, 1000)),
				"pypi-ageichlwas5vcmc", "pypi-agendgvzdc5wexbplm9yzw").checkedBy(verifyPyPI)),
		from("RubyGems", "https://rubygems.org/profile/api_keys",
			formed("rubygems-key", "RubyGems API key", finding.Critical, chain(lit("rubygems_"), lowerHex.of(48)), "rubygems_")),
		from("crates.io", "https://crates.io/settings/tokens",
			keyed("crates-token", "crates.io API token", finding.Critical, chain(lit("cio"), alnum.of(32)), "cargo_registry", "cargo", "crates", "token").atLeast(3.5)),
		from("NuGet", "https://www.nuget.org/account/apikeys",
			formed("nuget-key", "NuGet API key", finding.Critical, chain(lit("oy2"), lowerAlnum.of(43)), "oy2").atLeast(3)),
		from("Clojars", "https://clojars.org/tokens",
			formed("clojars-token", "Clojars deploy token", finding.High, chain(format{pattern: `(?i:CLOJARS_)`, example: "CLOJARS_"}, alnum.of(60)), "clojars_")),
		from("Maven Central", "https://central.sonatype.com/account",
			keyed("maven-central-token", "Maven Central publishing token", finding.High, alphabet("0-9A-Za-z+/").of(44), "sonatype", "ossrh", "mavencentral", "maven_central").atLeast(3.5)),
		from("Docker Hub", "https://app.docker.com/settings/personal-access-tokens",
			formed("docker-pat", "Docker Hub personal access token", finding.Critical, chain(oneOf("dckr_pat_", "dckr_oat_"), urlSafe.between(27, 32)), "dckr_pat_", "dckr_oat_")),
		from("JFrog", "https://jfrog.com/help/r/jfrog-platform-administration-documentation/access-tokens",
			formed("artifactory-api-key", "Artifactory API key", finding.High, chain(lit("AKC"), alnum.of(70)), "akc").atLeast(4),
			formed("artifactory-reference-token", "Artifactory reference token", finding.High, chain(lit("cmVmd"), alnum.of(59)), "cmvmd").atLeast(4),
			keyed("artifactory-encrypted-password", "Artifactory encrypted password", finding.High, chain(oneOf("AP2", "AP3", "AP5", "AP6", "APA", "APB"), alnum.between(30, 90)),
				"artifactory", "jfrog", "artif", "art_password", "art_api", "password", "x-jfrog-art-api").is(Password).atLeast(4),
			keyed("jfrog-key", "JFrog API key or identity token", finding.High, format{pattern: `(?:[0-9A-Za-z]{73}|[0-9A-Za-z]{64})`, example: alnum.made(64), last: alnum},
				"jfrog", "artifactory", "bintray", "xray").atLeast(3.5)),
		from("Cloudsmith", "https://cloudsmith.io/user/settings/api/",
			keyed("cloudsmith-key", "Cloudsmith API key", finding.High, alnum.of(40), "cloudsmith")),
		from("Sidekiq", "https://sidekiq.org/",
			keyed("sidekiq-key", "Credentials of Sidekiq's gem server", finding.Medium, chain(lowerHex.of(8), lit(":"), lowerHex.of(8)), "contribsys__com", "contribsys.com"),
			Rule{
				ID: "sidekiq-url", Name: "Address of Sidekiq's gem server with credentials", Class: ConnectionString, Severity: finding.Medium,
				Anchors: []string{".contribsys.com"},
				Pattern: `(?i:https?://)(?P<secret>[0-9a-fA-F]{8}:[0-9a-fA-F]{8})@(?i:gems|enterprise)\.contribsys\.com`,
				Valid:   []string{"https://" + lowerHex.made(8) + ":" + lowerHex.made(8) + "@gems." + "contribsys.com/"},
				Invalid: []string{"https://gems.contribsys.com/"},
			}),
	)
}

// rulesBuild are of what builds, tests and checks software.
func rulesBuild() []Rule {
	return slices.Concat(
		from("CircleCI", "https://app.circleci.com/settings/user/tokens",
			formed("circleci-token", "CircleCI token", finding.High, chain(oneOf("CCIPAT_", "CCIPRJ_"), alnum.of(22), lit("_"), lowerHex.of(40)), "ccipat_", "cciprj_"),
			keyed("circleci-legacy-token", "CircleCI token of an old form", finding.High, lowerHex.of(40), "circle_token", "circleci_token", "circletoken", "circle-token", "circle_api", "circleci_api", "circleci_key")),
		from("Travis CI", "https://app.travis-ci.com/account/preferences",
			keyed("travis-token", "Travis CI access token", finding.High, alnum.between(20, 22), "travis").atLeast(3).checkedBy(verifyMixed)),
		from("Drone", "https://docs.drone.io/",
			keyed("drone-token", "Drone access token", finding.High, alnum.of(32), "drone").atLeast(3)),
		from("Buildkite", "https://buildkite.com/user/api-access-tokens",
			formed("buildkite-token", "Buildkite access token", finding.High, chain(oneOf("bkua_", "bkaj_"), lowerHex.of(40)), "bkua_", "bkaj_")),
		from("Jenkins", "https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/",
			keyed("jenkins-token", "Jenkins API token", finding.High, format{pattern: `(?:11)?[0-9a-f]{32}`, example: "11" + lowerHex.made(32), last: lowerHex}, "jenkins")),
		from("TeamCity", "https://www.jetbrains.com/help/teamcity/configuring-your-user-profile.html",
			formed("teamcity-token", "TeamCity access token", finding.High, chain(lit("eyJ0eXAiOiAiVENWMiJ9."), urlSafe.of(36), lit("."), urlSafe.of(48)), "eyj0exaioiaivenwmij9.")),
		from("JetBrains", "https://hub.jetbrains.com/",
			formed("jetbrains-token", "JetBrains Hub or YouTrack permanent token", finding.High, chain(oneOf("perm:", "perm-"), urlSafePad.between(8, 60), lit("."), urlSafePad.between(4, 60), lit("."), urlSafe.of(30)), "perm:", "perm-")),
		from("Codecov", "https://app.codecov.io/",
			keyed("codecov-token", "Codecov token", finding.Medium, format{pattern: `(?:[0-9a-z]{32}|` + aUUID().pattern + `)`, example: lowerAlnum.made(32), last: lowerAlnum}, "codecov").atLeast(3)),
		from("Coveralls", "https://coveralls.io/",
			keyed("coveralls-token", "Coveralls repository token", finding.Low, alnum.of(33), "coveralls")),
		from("SonarQube", "https://sonarcloud.io/account/security",
			formed("sonar-token", "SonarQube token", finding.High, chain(oneOf("sqp_", "squ_", "sqa_"), lowerHex.of(40)), "sqp_", "squ_", "sqa_"),
			keyed("sonar-legacy-token", "SonarQube token of an old form", finding.High, format{pattern: `(?:sq[pua]_)?[0-9A-Za-z_=-]{40}`, example: lowerHex.made(40), last: urlSafePad}, "sonar").atLeast(3)),
		from("Snyk", "https://app.snyk.io/account",
			keyed("snyk-token", "Snyk API token", finding.High, aUUID(), "snyk")),
		from("LaunchDarkly", "https://app.launchdarkly.com/settings/authorization",
			keyed("launchdarkly-token", "LaunchDarkly access token", finding.High, format{pattern: `(?:[0-9A-Za-z_=-]{40}|(?:api|sdk|mob)-` + aUUID().pattern + `)`, example: alnum.made(40), last: urlSafePad}, "launchdarkly", "ld_sdk", "ld_api", "ld_mobile", "sdk_key", "sdkkey").atLeast(3)),
		from("Statsig", "https://console.statsig.com/",
			keyed("statsig-key", "Statsig server secret", finding.High, chain(lit("secret-"), alnum.between(40, 50)), "statsig")),
	)
}

// rulesDeveloperTools are of identity, documents, design and planning.
func rulesDeveloperTools() []Rule {
	return slices.Concat(
		from("Adobe", "https://developer.adobe.com/console/",
			formed("adobe-client-secret", "Adobe client secret", finding.High, chain(oneOf("p8e-", "p8E-"), urlSafe.of(32)), "p8e-"),
			keyed("adobe-client-id", "Adobe client ID", finding.Low, lowerHex.of(32), "adobe").atLeast(2)),
		from("Airtable", "https://airtable.com/create/tokens",
			keyed("airtable-pat", "Airtable personal access token", finding.High, chain(lit("pat"), alnum.of(14), lit("."), lowerHex.of(64)), "airtable"),
			keyed("airtable-key", "Airtable API key of an old form", finding.High, alnum.of(17), "airtable").checkedBy(verifyMixed)),
		from("Asana", "https://app.asana.com/0/my-apps",
			keyed("asana-pat", "Asana personal access token", finding.High, format{pattern: `[0-2]/[0-9]{16,17}(?:/[0-9]{16,17})?:[0-9a-f]{32}`, example: "1/" + digits.made(16) + ":" + lowerHex.made(32), last: alnum, exact: true}, "asana"),
			keyed("asana-client-secret", "Asana client secret", finding.High, lowerAlnum.of(32), "asana").checkedBy(verifyMixed),
			keyed("asana-client-id", "Asana client ID", finding.Low, digits.of(16), "asana")),
		from("Auth0", "https://manage.auth0.com/",
			keyed("auth0-client-secret", "Auth0 client secret", finding.High, urlSafe.of(64), "auth0")),
		from("Authress", "https://authress.io/",
			formed("authress-key", "Authress service client access key", finding.High,
				format{pattern: `(?:sc|ext|scauth|authress)_[0-9A-Za-z]{5,30}\.[0-9A-Za-z]{4,6}\.acc[_-][0-9A-Za-z-]{10,32}\.[0-9A-Za-z+/_=-]{30,120}`,
					example: "sc_" + lowerAlnum.made(10) + "." + lowerAlnum.made(4) + ".acc_" + lowerAlnum.made(10) + "." + alnum.made(60), last: "0-9A-Za-z+/_="},
				".acc_", ".acc-")),
		from("Okta", "https://developer.okta.com/docs/guides/create-an-api-token/",
			keyed("okta-token", "Okta API token", finding.High, chain(lit("00"), urlSafePad.of(40)), "okta", "ssws").atLeast(3.5)),
		from("Contentful", "https://app.contentful.com/account/profile/cma_tokens",
			formed("contentful-pat", "Contentful personal access token", finding.High, chain(lit("CFPAT-"), urlSafe.of(43)), "cfpat-"),
			keyed("contentful-delivery-token", "Contentful delivery API token", finding.Medium, urlSafePad.of(43), "contentful").atLeast(3)),
		from("Figma", "https://www.figma.com/settings",
			formed("figma-token", "Figma personal access token", finding.Medium, chain(oneOf("figd_", "figu_"), urlSafe.between(36, 60)), "figd_", "figu_")),
		from("Gitter", "https://developer.gitter.im/",
			keyed("gitter-token", "Gitter access token", finding.Medium, urlSafe.of(40), "gitter").atLeast(3)),
		from("Linear", "https://linear.app/settings/account/security",
			formed("linear-api-key", "Linear API key", finding.High, chain(lit("lin_api_"), alnum.of(40)), "lin_api_"),
			formed("linear-oauth-token", "Linear OAuth token", finding.High, chain(lit("lin_oauth_"), lowerHex.of(64)), "lin_oauth_"),
			keyed("linear-client-secret", "Linear client secret", finding.High, lowerHex.of(32), "linear")),
		from("Notion", "https://www.notion.so/profile/integrations",
			formed("notion-token", "Notion integration token", finding.High, chain(lit("ntn_"), digits.of(11), alnum.of(35)), "ntn_"),
			keyed("notion-legacy-token", "Notion integration token of an old form", finding.High, chain(lit("secret_"), alnum.of(43)), "notion", "token", "secret")),
		from("Postman", "https://web.postman.co/settings/me/api-keys",
			formed("postman-key", "Postman API key", finding.High, chain(lit("PMAK-"), lowerHex.of(24), lit("-"), lowerHex.of(34)), "pmak-"),
			formed("postman-collection-key", "Postman collection access key", finding.Medium, chain(lit("PMAT-"), upperAlnum.of(26)), "pmat-")),
		from("ReadMe", "https://dash.readme.com/",
			formed("readme-key", "ReadMe API key", finding.Medium, chain(lit("rdme_"), lowerAlnum.of(70)), "rdme_")),
		from("SettleMint", "https://console.settlemint.com/",
			formed("settlemint-token", "SettleMint access token", finding.High, chain(oneOf("sm_pat_", "sm_aat_", "sm_sat_"), alnum.of(16)), "sm_pat_", "sm_aat_", "sm_sat_")),
		from("42 School", "https://profile.intra.42.fr/oauth/applications",
			formed("intra42-secret", "42 API client secret", finding.Medium, chain(oneOf("s-s4t2ud-", "s-s4t2af-"), anyHex.of(64)), "s-s4t2")),
		from("Freemius", "https://dashboard.freemius.com/",
			Rule{
				ID: "freemius-secret-key", Name: "Freemius secret key", Class: Token, Severity: finding.High, Path: `(?i)\.php$`,
				Anchors: []string{"secret_key"},
				Pattern: `["']secret_key["']\s{0,20}=>\s{0,20}["'](?P<secret>sk_[^\s"'\\]{29})["']`,
				At:      "app/plugin.php",
				Valid:   []string{`$config = array("secret_key" => "sk_` + `ubX4yN3mzqGR2x8#P7r5&@*xC$utE");`},
				Invalid: []string{`"secret_key" => "sk_short"`},
			}),
		from("Trello", "https://trello.com/power-ups/admin",
			keyed("trello-token", "Trello token", finding.High, chain(lit("ATTA"), lowerHex.of(64), anyHex.of(8)), "trello"),
			keyed("trello-key", "Trello API key or token", finding.Medium, format{pattern: `(?:[0-9a-f]{64}|[0-9a-f]{32})`, example: lowerHex.made(32), last: lowerHex}, "trello")),
		from("ClickUp", "https://app.clickup.com/settings/apps",
			keyed("clickup-token", "ClickUp API token", finding.High, chain(lit("pk_"), digits.between(6, 9), lit("_"), upperAlnum.of(32)), "clickup")),
		from("monday.com", "https://monday.com/",
			keyed("monday-token", "monday.com API token", finding.High, format{pattern: `eyJhbGci[0-9A-Za-z_.-]{60,}`, example: "eyJhbGci" + urlSafe.made(100), last: urlSafe}, "monday")),
		from("Retool", "https://login.retool.com/",
			formed("retool-token", "Retool API token", finding.High, chain(lit("retool_"), lowerAlnum.between(20, 60)), "retool_").atLeast(3.5).checkedBy(verifyMixed)),
		from("Rollbar", "https://rollbar.com/settings/",
			keyed("rollbar-token", "Rollbar access token", finding.Medium, lowerHex.of(32), "rollbar")),
	)
}
