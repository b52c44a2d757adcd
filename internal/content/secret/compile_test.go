package secret

import "testing"

// BenchmarkCompile is what every scan pays before its first byte.
func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := Compile(Rules(), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
