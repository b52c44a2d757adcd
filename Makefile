# Bulwark. `make` alone lists what there is.
#
# `make test` and `make conformance` are what CI runs (.ci/run); both say what
# they install before they do, and end with one line "N passed, M failed".

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The version is the nearest tag, or the commit; the same commit makes the same
# bytes, wherever it is built. A tree without git is "dev".
VERSION ?= $(shell git describe --tags --always --dirty=-changed 2>/dev/null || echo dev)
SHARED  ?= ../shared
OUT     ?= bin/bulwark

GOBUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -buildid= -X bulwark/internal/cli.version=$(VERSION)'

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: ## bin/bulwark: static, no cgo, the same bytes from the same commit
	@mkdir -p $(dir $(OUT))
	$(GOBUILD) -o $(OUT) ./cmd/bulwark

.PHONY: platforms
platforms: ## compile for each platform that is promised
	@for p in linux/amd64 linux/arm64 darwin/arm64; do \
	  echo "$$p"; GOOS=$${p%/*} GOARCH=$${p#*/} $(GOBUILD) -o /dev/null ./cmd/bulwark; done

.PHONY: run
run: build ## build, then scan every local image, or a demonstration image where there is none
	@test/demo/run $(OUT)

.PHONY: test
test: ## everything that needs only the repository and the package registries
	@SHARED= test/run test

.PHONY: conformance
conformance: ## what needs SHARED=../shared: advisories, corpora, Docker 29, govulncheck
	@SHARED='$(SHARED)' test/run conformance

.PHONY: unit
unit: ## only the unit tests of PKG (default: all), no set-up
	go test $(or $(PKG),./...)

.PHONY: lint
lint: ## golangci-lint, with the rules of layers
	@go -C tools tool -n golangci-lint >/dev/null
	$$(go -C tools tool -n golangci-lint) run ./...

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (default 30s)
	@test/fuzz $(or $(FUZZTIME),30s)

.PHONY: bench
bench: build ## the figures of docs/measurements.md; rivals by TRIVY= SYFT= OSV_SCANNER=
	@SHARED='$(SHARED)' test/bench/run $(OUT)

.PHONY: deps-list
deps-list: ## docs/deps.txt again: all packages linked into the binary
	go test ./test/house -run TestLinkedPackages -update

.PHONY: docs
docs: build ## docs/checks.md, docs/deps.txt and the pictures again, from the program
	go test ./test/house -run 'TestChecksPages|TestLinkedPackages' -update
	go test ./internal/image/dockerfile -run TestPage -update
	@test/demo/picture $(OUT) docs/img
	@test/browser/picture $(OUT) docs/img

.PHONY: db
db: ## the embedded advisory database and its manifest again, from SHARED
	go run ./internal/advisory/cmd/facts -data '$(SHARED)/data/advisories'

.PHONY: clean
clean: ## remove what make build made
	rm -rf bin
