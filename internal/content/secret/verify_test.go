package secret

import "testing"

// TestVerify runs the verifiers on published examples, on values made by the
// provider's own library, and on what is near to them.
func TestVerify(t *testing.T) {
	for _, c := range []struct {
		name   string
		verify func([]byte) Verdict
		value  string
		want   Verdict
	}{
		// Published when GitHub introduced the form, and revoked since.
		{"GitHub", verifyGitHub, "ghp_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17", Yes},
		{"GitHub, other checksum", verifyGitHub, "ghp_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq18", No},
		{"GitHub, cut", verifyGitHub, "ghp_", No},
		// pypitoken 7: Token.create(identifier="00000000-1111-4222-8333-444444444444", key="some key"),
		// the second with restrict(project_names=["shop"]).
		{"PyPI", verifyPyPI, "pypi-" + "AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTExMTEtNDIyMi04MzMzLTQ0NDQ0NDQ0NDQ0NAAABiCBCwk8qtBuxJi_o40UTuSEJMaziz--MNiQ2UzAOP6Mzw", Yes},
		{"PyPI, one project", verifyPyPI, "pypi-" + "AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTExMTEtNDIyMi04MzMzLTQ0NDQ0NDQ0NDQ0NAACDVsxLCBbInNob3AiXV0AAAYglhujMNavB2ILr2b9zo2rWPrvlrGjLSwwLs5tZszcz9w", Yes},
		{"PyPI, cut", verifyPyPI, "pypi-" + "AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTExMTEtNDIyMi04MzMz", Maybe},
		{"PyPI, no macaroon", verifyPyPI, "pypi-" + "AgEIcHlwaS5vcmc" + lowerHex.made(64), Maybe},
		{"AWS, documentation", verifyAWSKeyID, "AKIA" + "IOSFODNN7EXAMPLE", No},
		{"AWS, account", verifyAWSKeyID, awsKeyID("AKIA", 581039954779), Yes},
		{"AWS, before 2019", verifyAWSKeyID, "AKIA" + "JQX4BYD7LMSTUVWZ", Maybe},
		// RFC 7519, 3.1; RFC 7516, A.1 (encrypted).
		{"JWT", verifyJWT, "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", Yes},
		{"JWE", verifyJWT, "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGe.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ", Maybe},
		{"JWT, no JSON", verifyJWT, "eyJhbGciOieeeiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2ln", No},
		{"JWT, one part", verifyJWT, "eyJhbGciOiJIUzI1NiJ9", No},
		{"age", verifyAge, ageKey(), Yes},
		{"age, other checksum", verifyAge, "AGE-SECRET-KEY-1" + "QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ", Maybe},
		{"GitLab routable", verifyGitLabRoutable, gitLabRoutable("glpat-"), Yes},
		{"GitLab, other checksum", verifyGitLabRoutable, "glpat-" + alnum.made(30) + ".0w0000000", Maybe},
		{"storage key", verifyKey64, stdBase64.made(86) + "==", Yes},
		{"storage key of the emulator", verifyKey64, devStoreKey, No},
		{"storage key, short", verifyKey64, stdBase64.made(40), No},
		{"Basic", verifyBasic, basicExample(), Maybe},
		{"Basic of RFC 7617", verifyBasic, "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", No},
		{"Basic, no colon", verifyBasic, "YXV0aGVudGljYXRpb24=", No},
		{"Discord", verifyDiscord, discordToken(), Yes},
		{"Discord, no number", verifyDiscord, alnum.made(24) + "." + alnum.made(6) + "." + alnum.made(27), No},
		{"DER", verifyDERKey, derKey(), Yes},
		{"DER, public", verifyDERKey, "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ" + stdBase64.made(100), No},
		{"JWT in base64", verifyJWTBase64, jwtBase64Example(), Yes},
		{"JWT in base64, not", verifyJWTBase64, "ZXlK" + alnum.made(60), No},
		{"chosen", verifyChosen, "hT9vq2Lm", Maybe},
		{"chosen, variable", verifyChosen, "$DB_PASSWORD", No},
		{"chosen, with a dollar", verifyChosen, "$ecret!23", Maybe},
		{"chosen, hash", verifyChosen, "{SSHA}" + alnum.made(32), Maybe},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.verify([]byte(c.value)); got != c.want {
				t.Errorf("verdict %d, want %d", got, c.want)
			}
		})
	}
}

// TestAWSAccount: the account of a key ID, as published with the method.
// https://awsteele.com/blog/2020/09/26/aws-access-key-format.html
func TestAWSAccount(t *testing.T) {
	if account, ok := awsAccount([]byte("QNZGKIQY56")); !ok || account != 29608264753 {
		t.Errorf("account %d, %v", account, ok)
	}
}

// FuzzVerify: every rule's Verify takes any bytes.
func FuzzVerify(f *testing.F) {
	for _, r := range Rules() {
		if r.Verify != nil && r.sample != "" {
			f.Add([]byte(r.sample))
		}
	}
	f.Add([]byte("x"))
	f.Add([]byte("0"))
	f.Add([]byte("MIIB"))
	f.Add([]byte(derKey()))
	f.Add([]byte("a:b"))
	rules := Rules()
	f.Fuzz(func(t *testing.T, value []byte) {
		for _, r := range rules {
			if r.Verify != nil && len(value) > 0 { // a match is never empty
				r.Verify(value)
			}
		}
	})
}
