package secret

import (
	"bytes"
	"math"
)

// Values that have no form of their own are judged by what stands around them
// and by what they look like: first whatever is plainly no secret (reference,
// placeholder, path, sentence), then whether it is random or chosen by a
// person, entropy last.

// entropy is the Shannon entropy of the bytes, in bits a byte.
func entropy(value []byte) float64 {
	if len(value) == 0 {
		return 0
	}
	var count [256]int
	for _, b := range value {
		count[b]++
	}
	h := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(value))
			h -= p * math.Log2(p)
		}
	}
	return h
}

// noun says what the last words of a name promise.
type noun uint8

const (
	nothing  noun = iota
	password      // chosen by a person, maybe short
	random        // token, key, secret: made by a program
)

// words are the words of a name in lower case: dbPassword, DB_PASSWORD,
// db.password. Of a long name the last ones are kept.
type words struct {
	lower [2 * maxKey]byte
	list  [12]struct{ from, to uint8 }
	n     int
}

// word is word i; counted from the end where i is negative.
func (w *words) word(i int) []byte {
	if i < 0 {
		i += w.n
	}
	if i < 0 || i >= w.n {
		return nil
	}
	return w.lower[w.list[i].from:w.list[i].to]
}

func (w *words) split(name []byte) {
	if len(name) > len(w.lower) {
		name = name[len(name)-len(w.lower):]
	}
	for i, b := range name {
		w.lower[i] = foldedByte(b)
	}
	start := -1
	flush := func(end int) {
		if start >= 0 && end > start {
			if w.n == len(w.list) {
				w.n = copy(w.list[:], w.list[1:])
			}
			w.list[w.n].from, w.list[w.n].to = uint8(start), uint8(end)
			w.n++
		}
		start = -1
	}
	for i, b := range name {
		letter := 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b >= 0x80
		switch {
		case !letter:
			flush(i)
		case start < 0:
			start = i
		case 'A' <= b && b <= 'Z':
			prev := name[i-1]
			lowerNext := i+1 < len(name) && 'a' <= name[i+1] && name[i+1] <= 'z'
			if 'a' <= prev && prev <= 'z' || 'A' <= prev && prev <= 'Z' && lowerNext {
				flush(i)
				start = i
			}
		}
	}
	flush(len(name))
}

// nameNoun tells what a name says its value is.
func nameNoun(name []byte) noun {
	var w words
	w.split(name)
	// What may follow the noun: PASSWORD_PROD, tokenValue, secret.default.
	for w.n > 1 {
		switch string(w.word(-1)) {
		case "value", "val", "str", "string", "prod", "production", "dev", "development", "staging", "stage", "live", "env", "text", "plain", "plaintext", "default", "old", "new", "current", "base":
			w.n--
			continue
		}
		break
	}
	if w.n == 0 {
		return nothing
	}
	for i := range w.n {
		switch string(w.word(i)) {
		case "public", "pub", "fake", "dummy", "mock", "example", "sample", "placeholder", "csrf", "xsrf", "nonce", "cancellation", "sitekey", "primary", "foreign", "hash", "hashed", "digest", "checksum", "fingerprint", "no", "is", "has", "invalid", "bad", "wrong", "forgot", "regex", "pattern", "valid", "parse", "page", "pagination", "next", "continuation", "cursor", "idempotency":
			return nothing
		}
	}
	last, before := w.word(-1), w.word(-2)
	switch string(last) {
	case "password", "passwd", "passwort", "pwd", "passphrase", "passcode", "userpass", "dbpass", "dbpassword", "dbpasswd", "rootpassword", "pw", "密码", "口令", "userpassword", "adminpassword", "authpass", "smtppass", "mysqlpwd", "storepass", "keypass", "storepassword", "keypassword", "sshpass", "pgpassword":
		return password
	case "pass":
		if len(before) > 0 {
			return password
		}
	case "secret", "token", "apikey", "secretkey", "accesskey", "authkey", "apitoken", "accesstoken", "authtoken", "clientsecret", "appsecret", "apisecret", "credential", "credentials", "privatekey", "encryptionkey", "signingkey", "masterkey", "密钥":
		return random
	case "key":
		switch string(before) {
		case "api", "access", "secret", "auth", "private", "encryption", "signing", "master", "shared", "account", "storage", "service", "client", "app", "application", "admin", "crypto", "jwt", "hmac", "session", "cookie", "license", "security", "aes", "cipher", "crypt", "token", "write", "server":
			return random
		}
	}
	return nothing
}

// plainly reports what is no secret whatever its name: a reference, a
// placeholder, a path, a repeated character.
func plainly(value, name []byte) bool {
	if len(value) == 0 {
		return true
	}
	switch value[0] {
	case '$', '%', '@', '&', '#', '<', '{', '[', '(', ':', '=', '!', '?', '|', '^', '\\':
		if reference(value) {
			return true
		}
	}
	for i := 0; i+1 < len(value); i++ {
		b, next := value[i], value[i+1]
		if (b == '$' || b == '#' || b == '%' || b == '@') && (next == '{' || next == '(') || b == '{' && next == '{' || b == '<' && next == '%' || b == '[' && next == '[' || b == '.' && next == '.' || b == '%' && (next == 's' || next == 'v' || next == 'd' || next == 'q') {
			return true
		}
	}
	if bytes.EqualFold(value, name) || uniform(value) {
		return true
	}
	return placeholder(value)
}

// reference reports a value that stands for another one: $X, %X%, @X@, <x>,
// {x}, [x], :x, *x.
func reference(value []byte) bool {
	inner := bytes.Trim(value, "$%@&#<>{}[]():=!?|^\\")
	if len(inner) == 0 {
		return true
	}
	if last := value[len(value)-1]; value[0] == '<' && last == '>' || value[0] == '{' && last == '}' || value[0] == '[' && last == ']' || value[0] == '%' && last == '%' || value[0] == '@' && last == '@' {
		return true
	}
	if value[0] == '(' || value[0] == '\\' || value[0] == '{' || value[0] == '[' {
		return true
	}
	for _, b := range inner {
		if !keyByte(b) {
			return false
		}
	}
	// "$ecret123" is a password, $password and $DB_PASS are names.
	return value[0] == '$' && (nameNoun(inner) != nothing || bytes.EqualFold(inner, bytes.ToUpper(inner)) && !bytes.ContainsAny(inner, "0123456789")) || value[0] == ':' || value[0] == '&' && !bytes.ContainsAny(inner, "0123456789")
}

// uniform reports values of few different characters, and rows of the alphabet
// or of digits.
func uniform(value []byte) bool {
	var seen byteSet
	different, steps := 0, 0
	for i, b := range value {
		if !seen.has(b) {
			seen.add(b)
			different++
		}
		if i > 0 && (b == value[i-1]+1 || b == value[i-1] || b+1 == value[i-1] || b == '0' && value[i-1] == '9') {
			steps++
		}
	}
	return different <= 2 && len(value) > 2 || different <= 3 && len(value) >= 8 || different <= min(len(value)/6, 8) && len(value) >= 16 || len(value) >= 8 && steps*10 >= len(value)*7
}

// placeholders are parts of values that stand where a secret belongs.
var placeholders = [...]string{
	"example", "sample", "changeme", "changeit", "change_me", "change-me", "changethis", "change_this", "placeholder", "dummy", "xxxx", "your", "todo", "fixme", "redacted", "replace", "insert",
	"not-set", "notset", "undefined", "****", "....", "----", "____", "<", "abcdef", "123456789", "foobar", "lorem", "deadbeef", "secret_here", "goes-here", "goes_here", "goeshere", "invalid",
	"fake", "notreal", "notasecret", "hunter2", "not-real", "not_real", "mock", "testing", "unittest", "/path/", "process.env", "os.environ", "getenv", "environment", "aaaaaa", "000000", "不", "请", "您的", "你的",
}

// placeholder reports a value that a person wrote in place of a secret.
func placeholder(value []byte) bool {
	var room [128]byte
	if len(value) > len(room) {
		value = value[:len(room)]
	}
	lower := room[:len(value)]
	for i, b := range value {
		lower[i] = foldedByte(b)
	}
	for _, p := range &placeholders {
		if bytes.Contains(lower, []byte(p)) {
			return true
		}
	}
	switch string(lower) {
	case "none", "null", "nil", "true", "false", "yes", "no", "on", "off", "empty", "unset", "default", "auto", "string", "str", "int", "bool", "any", "object", "unknown", "required", "optional",
		"password", "passwd", "pass", "pwd", "secret", "token", "key", "apikey", "api_key", "api-key", "credential", "credentials", "username", "user", "login", "email", "name", "value", "text", "test", "foo", "bar", "baz", "qux", "hidden", "prompt", "ask",
		"bearer", "basic", "digest", "mypassword", "my-password", "my_password", "mysecret", "my-secret", "my_secret", "mytoken", "my-token", "my_token", "mykey", "secretkey", "secret-key", "secret_key", "some-password", "somepassword", "somesecret", "some-secret",
		"2yotnfzfejr1zcsicmwpaa", "tgzv3jokf0xg5qx2tlkwia", "gx1fbat3bv", "ad180jjd733klru7", "nnch734d00sl2jdk", // RFC 6749, RFC 5849
		"vault", "env", "file", "plain", "md5", "sha1", "sha256", "sha512", "scram-sha-256", "trust", "n/a", "tbd", "this", "self", "void", "passphrase", "access_token", "refresh_token", "id_token", "client_secret", "private_key", "new-password", "current-password":
		return true
	}
	return bytes.HasPrefix(lower, []byte("test")) && !bytes.ContainsAny(lower[4:], "!@#$%^&*") && len(lower) < 16 || bytes.HasPrefix(lower, []byte("my")) && bytes.HasSuffix(lower, []byte("password"))
}

// judge reports whether an Assigned value is a secret.
func judge(value, name []byte, a assignment, p place) bool {
	if p.lock || p.test || p.kind == prose || len(value) < 4 || len(value) > 256 {
		return false
	}
	if a.quote == 0 {
		if p.kind == source || p.kind == data && a.operator != '<' {
			return false
		}
		if last := value[len(value)-1]; last == '{' || last == ':' || bytes.ContainsAny(value, "()") {
			return false
		}
	}
	if (p.kind == source || p.kind == data) && len(value) < 6 {
		return false
	}
	kindOf := nameNoun(name)
	if kindOf == nothing || kindOf == random && len(value) < 12 || plainly(value, name) || elsewhere(value) {
		return false
	}
	if uuid(value) || hashed(value) && (kindOf == password || bytes.Contains(bytes.ToLower(name), []byte("commit"))) {
		return false
	}
	if kindOf == random {
		return randomLooking(value)
	}
	return passwordLooking(value, name, p)
}

// elsewhere reports a value that says where a secret is, or is another kind of
// thing: a path, an address, a date, an expression, a sentence.
func elsewhere(value []byte) bool {
	if bytes.IndexByte(value, ' ') >= 0 || bytes.IndexByte(value, '\t') >= 0 {
		return true
	}
	if bytes.IndexByte(value, '/') >= 0 && bytes.IndexByte(value, '.') >= 0 && !bytes.ContainsAny(value, "+=") {
		return true
	}
	if value[0] == '/' || value[0] == '~' || value[0] == '.' || value[0] == '-' || bytes.Contains(value, []byte("://")) || bytes.Contains(value, []byte(":\\")) {
		return true
	}
	for _, ending := range [...]string{".com", ".org", ".net", ".io", ".cn", ".json", ".pem", ".key", ".txt", ".yaml", ".yml", ".xml", ".crt", ".go", ".js", ".ts", ".py", ".html", ".png", ".svg", ".css", ".p12", ".jks", ".pub", ".env"} {
		if bytes.HasSuffix(value, []byte(ending)) {
			return true
		}
	}
	for _, part := range [...]string{"=>", "->", "()", "::", "&&", "==", "\\n", "\\u", "[a-z", "a-z0-9", "A-Z", "[^", "\\d", "\\w", "(?", "</", "/>", ";}", "){", ");"} {
		if bytes.Contains(value, []byte(part)) {
			return true
		}
	}
	if bytes.IndexByte(value, '_') > 0 && bytes.Equal(value, bytes.ToUpper(value)) && nameNoun(value) != nothing {
		return true // the name of a variable
	}
	return version(value) || bytes.HasPrefix(value, []byte("__")) || bytes.Count(value, []byte{'|'}) > 1 || bytes.HasSuffix(value, []byte{'='}) && !bytes.ContainsFunc(value[:len(value)-1], func(r rune) bool { return !isLetter(r) }) || identifier(value)
}

// version reports the version of a package: passwd=1:4.13+dfsg1-1.
func version(value []byte) bool {
	dots, i := 0, 0
	for i < len(value) && ('0' <= value[i] && value[i] <= '9' || value[i] == '.' || value[i] == ':') {
		dots += boolInt(value[i] != '.' && i > 0 && value[i-1] == '.')
		i++
	}
	return dots > 0 && (i == len(value) || value[i] == '-' || value[i] == '+' || value[i] == '~')
}

// identifier reports names of programs and keys of translations: words of
// letters put together by dots, dashes, underscores, slashes, colons or
// capitals.
func identifier(value []byte) bool {
	digits, marks := 0, 0
	for _, b := range value {
		switch {
		case '0' <= b && b <= '9':
			digits++
		case b == '_' || b == '-' || b == '.' || b == '/' || b == ':':
			marks++
		case 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z':
		default:
			return false
		}
	}
	if digits > 2 {
		return false
	}
	var w words
	w.split(value)
	for i := range w.n {
		if unspeakable(w.word(i)) {
			return false
		}
	}
	return marks > 0 && w.n > 1 && digits == 0 || w.n > 1 && digits <= 1 && len(value)/w.n >= 4
}

// unspeakable reports a row of letters that is no word of any language written
// in Latin letters.
func unspeakable(word []byte) bool {
	row, odd, vowels := 0, 0, 0
	for i := range len(word) {
		switch word[i] {
		case 'a', 'e', 'i', 'o', 'u', 'y':
			vowels++
			row = 0
			continue
		case 'q', 'x', 'z', 'j':
			odd++
		}
		if row++; row >= 5 {
			odd += 2
		}
	}
	return odd >= 2 && odd*5 >= len(word) || vowels == 0 && len(word) >= 5
}

// uuid reports 8-4-4-4-12 hexadecimal digits.
func uuid(value []byte) bool {
	if len(value) != 36 {
		return false
	}
	for i, b := range value {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if b != '-' {
				return false
			}
		} else if !hexDigit(b) {
			return false
		}
	}
	return true
}

func hexDigit(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F'
}

// hashed reports a value that is the hexadecimal form of a common hash.
func hashed(value []byte) bool {
	switch len(value) {
	case 32, 40, 56, 64, 96, 128:
	default:
		return false
	}
	for _, b := range value {
		if !hexDigit(b) {
			return false
		}
	}
	return true
}

// classes counts letters in lower and upper case, digits, and the rest.
func classes(value []byte) (lower, upper, digit, other int) {
	for _, b := range value {
		switch {
		case 'a' <= b && b <= 'z':
			lower++
		case 'A' <= b && b <= 'Z':
			upper++
		case '0' <= b && b <= '9':
			digit++
		default:
			other++
		}
	}
	return
}

// randomLooking reports a value that a program made.
func randomLooking(value []byte) bool {
	lower, upper, digit, other := classes(value)
	if digit == 0 && (len(value) < 24 || lower == 0 && other == 0 || upper == 0 && other == 0 && !gibberish(value)) {
		return false
	}
	if lower+upper == 0 || other > len(value)/4 {
		return false
	}
	for _, b := range value {
		if b < '!' || b > '~' || b == '"' || b == '\'' || b == '`' || b == '<' || b == '>' || b == '(' || b == ')' || b == '{' || b == '}' || b == '[' || b == ']' || b == ',' || b == ';' || b == '*' || b == '\\' {
			return false
		}
	}
	if !gibberish(value) {
		return false
	}
	least := 3.0
	if len(value) >= 24 {
		least = 3.3
	}
	if upper == 0 && other == 0 && hexOnly(value) {
		least = 2.8
	}
	return entropy(value) >= least
}

func hexOnly(value []byte) bool {
	for _, b := range value {
		if !hexDigit(b) {
			return false
		}
	}
	return true
}

// passwordLooking reports a value that may be a password chosen by a person.
func passwordLooking(value, name []byte, p place) bool {
	lower, upper, digit, other := classes(value)
	for _, b := range value {
		if b <= ' ' || b >= 0x7f {
			return false
		}
	}
	if other > len(value)/2 {
		return false
	}
	shouted := bytes.Equal(name, bytes.ToUpper(name)) && bytes.IndexByte(name, '_') > 0
	kinds := boolInt(lower > 0) + boolInt(upper > 0) + boolInt(digit > 0) + boolInt(other > 0)
	if p.kind == source || p.kind == data {
		// Between texts and names of a program a password has to stand out.
		if wordLike(value) && kinds < 4 {
			return false
		}
		return digit > 0 && kinds >= 2 && len(value) >= 7 && entropy(value) >= 2.5 || kinds >= 3 && other > 0 && len(value) >= 8 && gibberish(value)
	}
	if digit+other == 0 && !gibberish(value) {
		// A word. Labels and settings of other meaning look the same
		// (passwd: files, password = Heslo); a variable of the environment is
		// what it says.
		return upper == 0 && shouted
	}
	return p.line || shouted || len(value) >= 6
}

// gibberish reports whether letters and digits stand in an order in which no
// words are written: changes between letters and digits, rows of consonants,
// capitals within, vowels missing.
func gibberish(value []byte) bool {
	odd, letters, vowels, row := 0, 0, 0, 0
	var prev byte
	for i, b := range value {
		l := b | 0x20
		letter := 'a' <= l && l <= 'z'
		digit := '0' <= b && b <= '9'
		if letter {
			letters++
			if l == 'a' || l == 'e' || l == 'i' || l == 'o' || l == 'u' || l == 'y' {
				vowels++
				row = 0
			} else if row++; row >= 4 {
				odd++
			}
			if l == 'q' || l == 'x' || l == 'z' || l == 'j' {
				odd++
			}
		} else {
			row = 0
		}
		if i > 0 {
			pl := prev | 0x20
			prevLetter := 'a' <= pl && pl <= 'z'
			if letter && '0' <= prev && prev <= '9' || digit && prevLetter {
				odd++
			}
			if letter && prevLetter && prev >= 'a' && b <= 'Z' {
				odd++
			}
		}
		prev = b
	}
	if letters > 8 && vowels*6 < letters {
		odd += 2
	}
	return odd*8 >= len(value) || odd >= 4 && odd*12 >= len(value)
}

// judgeAddress reports whether the password of a URL is one.
func judgeAddress(user, value, host []byte, p place) bool {
	if len(value) < 3 || plainly(value, user) || bytes.ContainsAny(value, "{}$<>()[]|,;*") || bytes.ContainsAny(user, "{}$<>()[]|,;%*") && !bytes.Contains(user, []byte("%40")) {
		return false
	}
	if p.test || p.kind == source || p.kind == prose {
		// Examples of URLs: only what nobody would have made up counts.
		if decoded := bytes.ReplaceAll(value, []byte("%40"), []byte("@")); bytes.IndexByte(decoded, '%') >= 0 || len(value) < 8 || wordLike(decoded) || !gibberish(value) {
			return false
		}
	}
	lower := bytes.ToLower(host)
	if bytes.HasPrefix(lower, []byte("example.")) || bytes.HasPrefix(lower, []byte("host")) && !bytes.ContainsAny(lower[:min(len(lower), 12)], ".0123456789") || bytes.HasPrefix(lower, []byte("localhost")) && len(value) < 8 {
		return false
	}
	if i := bytes.IndexAny(lower, "/:\"' \n?"); i >= 0 {
		lower = lower[:i]
	}
	for _, end := range [...]string{"example.com", "example.org", "example.net", ".example", ".invalid", ".test", "foo.com", "bar.com", "domain.com", "domain.tld", "host.com", "server.com", "proxy.com", "site.com"} {
		if bytes.HasSuffix(lower, []byte(end)) {
			return false
		}
	}
	allDigits := true
	for _, b := range value {
		allDigits = allDigits && '0' <= b && b <= '9'
	}
	// host:port@… is written in documentation of proxies and of file formats.
	return !(allDigits && len(value) <= 5)
}

// wordLike reports p@ssw0rd and its like.
func wordLike(value []byte) bool {
	plain := make([]byte, len(value))
	for i, b := range value {
		switch b {
		case '@', '4':
			b = 'a'
		case '$', '5':
			b = 's'
		case '0':
			b = 'o'
		case '1', '!':
			b = 'i'
		case '3':
			b = 'e'
		}
		plain[i] = foldedByte(b)
	}
	for _, w := range [...]string{"pass", "secret", "user", "word", "token"} {
		if bytes.Contains(plain, []byte(w)) {
			return true
		}
	}
	return false
}
