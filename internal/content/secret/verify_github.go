package secret

import "hash/crc32"

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// verifyGitHub checks the last six characters of a GitHub token: the CRC-32 of
// what stands between the prefix and them, in base 62.
// https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
func verifyGitHub(value []byte) Verdict {
	const prefix, sum = 4, 6
	if len(value) < prefix+sum+1 {
		return No
	}
	body, tail := value[prefix:len(value)-sum], value[len(value)-sum:]
	if string(tail) != base62Sum(body) {
		return No
	}
	return Yes
}

// base62Sum is the CRC-32 of body as six characters of base 62.
func base62Sum(body []byte) string {
	n := crc32.ChecksumIEEE(body)
	var out [6]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = base62[n%62]
		n /= 62
	}
	return string(out[:])
}

// gitHubToken makes a token of a prefix and 30 characters, for examples.
func gitHubToken(prefix, body string) string { return prefix + body + base62Sum([]byte(body)) }
