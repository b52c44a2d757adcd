package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"strconv"
	"strings"
)

// Each verifier says what it can of a value alone: Yes where a checksum or a
// structure fits that chance would not make, No where it cannot be real.

// verifyMixed says No of a value without a letter or without a digit: a word,
// or a number, is not a random key.
func verifyMixed(value []byte) Verdict {
	if bytes.ContainsAny(value, "0123456789") && bytes.ContainsFunc(value, isLetter) {
		return Maybe
	}
	return No
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// verifyNotNumber says No of a value that is only digits, dots and signs.
func verifyNotNumber(value []byte) Verdict {
	if bytes.ContainsFunc(value, isLetter) {
		return Maybe
	}
	return No
}

// verifyAWSKeyID reads the account number out of an AWS access key ID: bits 1
// to 40 of its characters after the prefix, in base 32. IDs made before 2019
// begin with I or J and hold none.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
func verifyAWSKeyID(value []byte) Verdict {
	const prefix, encoded = 4, 10
	if len(value) < prefix+encoded {
		return No
	}
	if bytes.HasSuffix(value, []byte("EXAMPLE")) {
		return No
	}
	body := value[prefix : prefix+encoded]
	if body[0] == 'I' || body[0] == 'J' {
		return Maybe
	}
	account, ok := awsAccount(body)
	if !ok || account == 0 {
		return Maybe
	}
	return Yes
}

// awsAccount decodes the account number from ten characters of base 32.
func awsAccount(body []byte) (uint64, bool) {
	var n uint64
	for _, c := range body {
		switch {
		case 'A' <= c && c <= 'Z':
			n = n<<5 | uint64(c-'A')
		case '2' <= c && c <= '7':
			n = n<<5 | uint64(c-'2'+26)
		default:
			return 0, false
		}
	}
	// Ten characters are 50 bits: one that is set, 40 of the number, the rest.
	account := n >> 9 & (1<<40 - 1)
	return account, n>>49 == 1 && account < 1e12
}

// awsKeyID makes a key ID of an account, for examples.
func awsKeyID(prefix string, account uint64) string {
	n := (1<<47 | account<<7 | 0x55) << 2
	var out [10]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[n&31]
		n >>= 5
	}
	return prefix + string(out[:]) + base32.made(6)
}

// verifyKey64 and verifyKey32 say whether a value is base64 of a key of that
// many bytes.
func verifyKey64(value []byte) Verdict { return verifyKeyOf(value, 64) }
func verifyKey32(value []byte) Verdict { return verifyKeyOf(value, 32) }

func verifyKeyOf(value []byte, size int) Verdict {
	if string(value) == devStoreKey {
		return No
	}
	raw, err := base64.StdEncoding.DecodeString(string(value))
	if err != nil || len(raw) != size {
		return No
	}
	return Yes
}

// gitLabChecksum is how many characters of base 36 end a routable token.
const gitLabChecksum = 7

// verifyGitLabRoutable checks the CRC-32 that ends a routable token, over
// everything before it. A token that fails may be of a later form.
// https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/
func verifyGitLabRoutable(value []byte) Verdict {
	if len(value) <= gitLabChecksum {
		return No
	}
	body, sum := value[:len(value)-gitLabChecksum], value[len(value)-gitLabChecksum:]
	if string(sum) == base36Sum(body) {
		return Yes
	}
	return Maybe
}

func base36Sum(body []byte) string {
	s := strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 36)
	return strings.Repeat("0", max(0, gitLabChecksum-len(s))) + s
}

// gitLabRoutable makes a routable token, for examples.
func gitLabRoutable(prefix string) string {
	payload := base64.RawURLEncoding.EncodeToString([]byte("o:1\nu:2\n" + alnum.made(16) + "\x10"))
	length := strconv.FormatInt(int64(len(payload)), 36)
	body := prefix + payload + "." + strings.Repeat("0", max(0, 2-len(length))) + length
	return body + base36Sum([]byte(body))
}

// verifyStripe says Yes of a key that names the account it is of.
// https://docs.stripe.com/keys
func verifyStripe(value []byte) Verdict {
	_, body, _ := bytes.Cut(value, []byte("_"))
	_, body, _ = bytes.Cut(body, []byte("_"))
	if len(body) == 99 && bytes.HasPrefix(body, []byte("51")) {
		return Yes
	}
	return Maybe
}

// verifyDiscord reads a bot's number out of the first part of its token.
// https://discord.com/developers/docs/reference#snowflakes
func verifyDiscord(value []byte) Verdict {
	first, _, _ := bytes.Cut(value, []byte("."))
	raw, err := base64.RawURLEncoding.DecodeString(string(first))
	if err != nil {
		return No
	}
	if _, err := strconv.ParseUint(string(raw), 10, 64); err != nil {
		return No
	}
	return Yes
}

// discordToken makes a bot token, for examples.
func discordToken() string {
	id := base64.RawURLEncoding.EncodeToString([]byte("1" + digits.made(17)))
	return id + "." + alnum.made(6) + "." + urlSafe.made(27)
}

// Packets of a macaroon in its second binary form.
// https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt
const (
	macaroonVersion    = 2
	macaroonEnd        = 0
	macaroonLocation   = 1
	macaroonIdentifier = 2
	macaroonSignature  = 6
)

// verifyPyPI reads a PyPI token as the macaroon that it is. One that was cut
// or damaged may still be worth a look.
func verifyPyPI(value []byte) Verdict {
	_, body, ok := bytes.Cut(value, []byte("-"))
	if !ok {
		return No
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(string(body), "="))
	if err != nil || len(raw) == 0 || raw[0] != macaroonVersion {
		return Maybe
	}
	raw = raw[1:]
	// Sections: location and identifier, then caveats, an empty one, the signature.
	section, sawIdentifier := 0, false
	for len(raw) > 0 {
		kind := raw[0]
		raw = raw[1:]
		if kind == macaroonEnd {
			section++
			continue
		}
		size, n := binary.Uvarint(raw)
		if n <= 0 || size > uint64(len(raw)-n) {
			return Maybe
		}
		content := raw[n : n+int(size)]
		raw = raw[n+int(size):]
		switch kind {
		case macaroonLocation:
			// The host of the index or of its test instance.
			if section == 0 && !bytes.HasSuffix(content, []byte("pypi"+".org")) {
				return Maybe
			}
		case macaroonIdentifier:
			sawIdentifier = true
		case macaroonSignature:
			if sawIdentifier && section >= 2 && len(content) == 32 && len(raw) == 0 {
				return Yes
			}
			return Maybe
		}
	}
	return Maybe
}

// jwtHeaderFields are names that the header of a token has at least one of.
var jwtHeaderFields = [...]string{"alg", "typ", "enc", "kid", "jku", "jwk", "x5u", "x5c", "x5t", "cty", "zip", "crit"}

// verifyJWT reads the header and, where it is signed and not encrypted, the
// claims of a JSON web token (RFC 7515, RFC 7519).
func verifyJWT(value []byte) Verdict {
	parts := bytes.Split(value, []byte("."))
	if len(parts) < 2 {
		return No
	}
	header, ok := jsonObject(parts[0])
	if !ok {
		return No
	}
	known := false
	for _, name := range jwtHeaderFields {
		if _, ok := header[name]; ok {
			known = true
		}
	}
	if !known {
		return No
	}
	if _, ok := jsonObject(parts[1]); ok {
		return Yes
	}
	return Maybe
}

// jsonObject decodes a base64url segment that holds a JSON object.
func jsonObject(segment []byte) (map[string]json.RawMessage, bool) {
	const most = 16 << 10
	if len(segment) > most {
		segment = segment[:most&^3]
	}
	text := strings.TrimRight(string(segment), "=")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		raw, err = base64.RawStdEncoding.DecodeString(text)
	}
	if err != nil {
		return nil, false
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return nil, false
	}
	return object, object != nil
}

// verifyJWTBase64 looks for the header of a JSON web token behind one more
// layer of base64.
func verifyJWTBase64(value []byte) Verdict {
	const enough = 64
	head := bytes.TrimRight(value, "=")
	head = head[:min(len(head), enough)&^3]
	raw, err := base64.StdEncoding.DecodeString(string(head))
	if err != nil {
		raw, err = base64.URLEncoding.DecodeString(string(head))
	}
	if err != nil || !bytes.HasPrefix(raw, []byte("eyJ")) {
		return No
	}
	// The header may go on beyond what was decoded: its beginning must be a
	// JSON object's.
	segment, _, _ := bytes.Cut(raw, []byte("."))
	inner, err := base64.RawURLEncoding.DecodeString(string(segment[:len(segment)&^3]))
	if err != nil {
		inner, err = base64.RawStdEncoding.DecodeString(string(segment[:len(segment)&^3]))
	}
	if err != nil || !bytes.HasPrefix(inner, []byte(`{"`)) {
		return No
	}
	for _, name := range jwtHeaderFields {
		if bytes.HasPrefix(inner[2:], []byte(name+`":`)) {
			return Yes
		}
	}
	return Maybe
}

// verifyBasic decodes the value of an HTTP Basic authorization: user, colon,
// password, all printable.
func verifyBasic(value []byte) Verdict {
	raw, err := base64.StdEncoding.DecodeString(string(value))
	if err != nil {
		raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(string(value), "="))
	}
	if err != nil {
		return No
	}
	user, password, ok := bytes.Cut(raw, []byte(":"))
	// The examples of RFC 7617 and RFC 6749 stand in half the tests of the world.
	if !ok || bytes.EqualFold(user, []byte("aladdin")) || string(raw) == "s6BhdRkqt3:gX1fBat3bV" || len(user) > 0 && len(password) > 0 && verifyUserPassword(raw) == No || len(user)+len(password) == 0 || bytes.ContainsFunc(raw, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }) {
		return No
	}
	return Maybe
}

// verifyAge checks the Bech32 checksum of an age secret key (BIP 173).
// https://github.com/C2SP/C2SP/blob/main/age.md#the-x25519-recipient-type
func verifyAge(value []byte) Verdict {
	prefix, data, ok := bytes.Cut(bytes.ToLower(value), []byte("-1"))
	if !ok || !bech32Valid(string(prefix)+"-", data) {
		return Maybe
	}
	return Yes
}

const bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

func bech32Valid(prefix string, data []byte) bool {
	values := bech32Expand(prefix)
	for _, c := range data {
		i := strings.IndexByte(bech32Letters, c)
		if i < 0 {
			return false
		}
		values = append(values, byte(i))
	}
	return bech32Polymod(values) == 1
}

func bech32Expand(prefix string) []byte {
	var out []byte
	for i := range len(prefix) {
		out = append(out, prefix[i]>>5)
	}
	out = append(out, 0)
	for i := range len(prefix) {
		out = append(out, prefix[i]&31)
	}
	return out
}

func bech32Polymod(values []byte) uint32 {
	sum := uint32(1)
	for _, v := range values {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}

// ageKey makes an age secret key, for examples.
func ageKey() string {
	const prefix = "age-secret-key-"
	data := []byte(alphabet("02-9ac-hj-np-z").made(51) + "q")
	values := bech32Expand(prefix)
	for _, c := range data {
		values = append(values, byte(max(0, strings.IndexByte(bech32Letters, c))))
	}
	sum := bech32Polymod(append(values, 0, 0, 0, 0, 0, 0)) ^ 1
	for i := range 6 {
		data = append(data, bech32Letters[sum>>(5*(5-i))&31])
	}
	return strings.ToUpper(prefix + "1" + string(data))
}

// verifyChosen says No of what stands in the place of a password and is none:
// a reference to a variable, a placeholder, a path.
func verifyChosen(value []byte) Verdict {
	value = bytes.Trim(value, `"'`)
	// {SSHA}…, {CRYPT}…: a hash of RFC 2307, with its kind before it.
	if i := bytes.IndexByte(value, '}'); i > 2 && value[0] == '{' && len(value) > i+8 {
		return Maybe
	}
	if plainly(value, nil) || value[0] == '/' || value[0] == '-' || value[0] == '~' || value[0] == '$' && len(value) > 1 && (isLetter(rune(value[1])) || value[1] == '{' || value[1] == '(') && !bytes.ContainsAny(value[1:], "!@#%^&*") && !bytes.Contains(value[1:], []byte("$")) {
		return No
	}
	return Maybe
}

// verifyNotAngled says No of <must-be-changed> and its like, and of nothing
// else: the defaults that everybody knows are the worst passwords.
func verifyNotAngled(value []byte) Verdict {
	if value[0] == '<' || value[0] == '$' || value[0] == '@' || value[0] == '&' {
		return No
	}
	return Maybe
}

// verifyHeader judges the value of a header on a command line.
func verifyHeader(value []byte) Verdict {
	if plainly(value, nil) || bytes.HasPrefix(value, []byte("application/")) || bytes.ContainsAny(value, "/") && identifier(value) {
		return No
	}
	if bytes.ContainsAny(value, "0123456789=") {
		return Maybe
	}
	return No
}

// verifyUserPassword judges user:password on a command line; with one of both
// alone it is an API key.
func verifyUserPassword(value []byte) Verdict {
	user, password, ok := bytes.Cut(value, []byte(":"))
	if !ok {
		return No
	}
	user, password = bytes.Trim(user, `"'`), bytes.Trim(password, `"'`)
	secret := password
	if len(password) == 0 {
		secret = user
	}
	if len(secret) < 3 || bytes.EqualFold(user, password) || verifyChosen(secret) == No || len(password) > 0 && len(user) > 0 && (user[0] == '<' || user[0] == '[') {
		return No
	}
	return Maybe
}

// verifyDockerAuth judges the "auth" of a registry: base64 of user:password, or
// a token.
func verifyDockerAuth(value []byte) Verdict {
	if bytes.ContainsAny(value, "._-") {
		return Maybe
	}
	return verifyBasic(value)
}

// verifySecretData judges a value under "data" of a Secret: base64 of
// something that is not plainly public.
func verifySecretData(value []byte) Verdict {
	raw, err := base64.StdEncoding.DecodeString(string(value))
	if err != nil {
		raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(string(value), "="))
	}
	if err != nil || len(raw) == 0 || bytes.Contains(raw, []byte("-----BEGIN CERTIFICATE")) || bytes.Contains(raw, []byte("-----BEGIN PUBLIC")) {
		return No
	}
	return Maybe
}

// verifyPEM judges the beginning of a key in PEM: after its headers there must
// be base64 in one piece.
func verifyPEM(value []byte) Verdict {
	text := strings.NewReplacer(`\\n`, "\n", `\\r`, "", `\n`, "\n", `\r`, "").Replace(string(value))
	var body strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.Contains(line, ": ") || strings.Contains(line, ":") && body.Len() == 0 {
			continue
		}
		body.WriteString(line)
	}
	data := body.String()
	if len(data) < 32 || placeholder([]byte(data[:32])) && !strings.HasPrefix(data, "MI") || uniform([]byte(data)) {
		return No
	}
	raw, err := base64.StdEncoding.DecodeString(data[:len(data)&^3])
	if err != nil {
		return Maybe
	}
	// A DER sequence, an OpenSSH key, a secret key packet of OpenPGP.
	if len(raw) > 4 && raw[0] == 0x30 && raw[1] >= 0x20 || bytes.HasPrefix(raw, []byte("openssh-key-v1\x00")) || len(raw) > 0 && (raw[0] == 0x94 || raw[0] == 0x95 || raw[0] == 0xc5) {
		return Yes
	}
	return Maybe
}

// verifyDERKey says Yes of base64 of a private key in PKCS #1, PKCS #8 or
// SEC 1: a sequence that fills the value and begins with a version.
func verifyDERKey(value []byte) Verdict {
	raw, err := base64.StdEncoding.DecodeString(string(value))
	if err != nil {
		raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(string(value), "="))
	}
	if err != nil || len(raw) < 40 || raw[0] != 0x30 {
		return No
	}
	size, at := int(raw[1]), 2
	switch raw[1] {
	case 0x81:
		size, at = int(raw[2]), 3
	case 0x82:
		size, at = int(raw[2])<<8|int(raw[3]), 4
	}
	// The version is an INTEGER 0 or 1; a public key begins with a SEQUENCE.
	if at+size != len(raw) || raw[at] != 0x02 || raw[at+1] != 0x01 || raw[at+2] > 1 {
		return No
	}
	return Yes
}

// derKey makes something with the outline of a key in PKCS #8, for examples.
func derKey() string {
	body := append([]byte{0x02, 0x01, 0x00, 0x30, 0x0d}, alnum.made(300)...)
	return base64.StdEncoding.EncodeToString(append([]byte{0x30, 0x82, byte(len(body) >> 8), byte(len(body))}, body...))
}

// verifyPEMBase64 says Yes of base64 of a PEM text that is a private key.
func verifyPEMBase64(value []byte) Verdict {
	head := value[:min(len(value), 96)&^3]
	raw, err := base64.StdEncoding.DecodeString(string(head))
	if err != nil {
		return No
	}
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	if !bytes.Contains(first, []byte("PRIVATE KEY")) {
		return No
	}
	return Yes
}

// pemBase64 makes a PEM text and encodes it once more, for examples.
func pemBase64(kind string) string {
	return base64.StdEncoding.EncodeToString([]byte("-----BEGIN " + kind + "-----\nMIIE" + alnum.made(60) + "\n" + alnum.made(64) + "\n-----END " + kind + "-----\n"))
}

func jwtExample() string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"sub":"10482","iat":1764000000}`) + "." + urlSafe.made(43)
}

func jwtBase64Example() string { return base64.StdEncoding.EncodeToString([]byte(jwtExample())) }

func basicExample() string { return base64.StdEncoding.EncodeToString([]byte("ci:hT9vq2LmX7")) }
