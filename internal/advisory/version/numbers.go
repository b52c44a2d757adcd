package version

// compareNumbers compares lists of numbers (PVP; R's package_version, which
// has - as a second separator); a list that is a prefix of another is less.
func compareNumbers(a, b string, dash bool) (c int, okA, okB bool) {
	okA, okB = validNumbers(a, dash), validNumbers(b, dash)
	if !okA || !okB {
		return 0, okA, okB
	}
	for a != "" && b != "" {
		endA, endB := digits(a, 0), digits(b, 0)
		if c := compareDigits(a[:endA], b[:endB]); c != 0 {
			return c, true, true
		}
		a, b = a[min(endA+1, len(a)):], b[min(endB+1, len(b)):]
	}
	return sign(len(a) - len(b)), true, true
}

func validNumbers(s string, dash bool) bool {
	number := false
	for i := 0; i < len(s); i++ {
		switch {
		case isDigit(s[i]):
			number = true
		case number && (s[i] == '.' || dash && s[i] == '-'):
			number = false
		default:
			return false
		}
	}
	return number
}
