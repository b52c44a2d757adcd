package finding

// glob reports whether name matches pattern, in which ** stands for anything,
// * for anything without a slash, and ? for one character that is no slash.
// All else stands for itself. Time is bounded by the product of the lengths.
func glob(pattern, name string) bool {
	// Dynamic programming over the pattern: here[j] says whether the pattern
	// read so far can end before name[j].
	n := []rune(name)
	here := make([]bool, len(n)+1)
	here[0] = true
	p := []rune(pattern)
	for i := 0; i < len(p); i++ {
		next := make([]bool, len(n)+1)
		switch {
		case p[i] == '*' && i+1 < len(p) && p[i+1] == '*':
			i++
			open := false
			for j := range here {
				open = open || here[j]
				next[j] = open
			}
			// "a/**/b" matches "a/b" too.
			if i+1 < len(p) && p[i+1] == '/' && (i == 1 || p[i-2] == '/') {
				i++
				for j := len(n); j > 0; j-- {
					next[j] = next[j-1] && n[j-1] == '/'
				}
				next[0] = false
				for j := range here {
					next[j] = next[j] || here[j]
				}
			}
		case p[i] == '*':
			open := false
			for j := range here {
				if j > 0 && n[j-1] == '/' {
					open = false
				}
				open = open || here[j]
				next[j] = open
			}
		default:
			for j, r := range n {
				next[j+1] = here[j] && (r == p[i] || p[i] == '?' && r != '/')
			}
		}
		here = next
	}
	return here[len(n)]
}
