// Package embedded holds the compact database of facts that is in every binary,
// so that the first scan needs no network. The file is made by
//
//	go run ./internal/advisory/cmd/facts -data FOLDER
//
// byte for byte from the inputs that manifest.json names, and is replaced at
// most once a release.
package embedded

import _ "embed"

// Facts is the database. As a string it is part of the read-only data of the
// binary: nothing is copied or read before it is looked at.
//
//go:embed facts.db
var Facts string

// Manifest names the inputs with their hashes.
//
//go:embed manifest.json
var Manifest string
