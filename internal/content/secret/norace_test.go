//go:build !race

package secret

const raced = false
