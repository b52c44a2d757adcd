//go:build race

package secret

// raced: the race detector is on, which makes everything many times slower.
const raced = true
