package secret

import "strings"

// kind is what a text is written in, as far as it decides what an assignment
// looks like.
type kind uint8

const (
	// settings are files in which a value need not stand in quotes: .env,
	// properties, INI, YAML, shell, and whatever has no telling name.
	settings kind = iota
	// data are JSON and XML.
	data
	// source are programming languages: a value without quotes is an
	// expression there, not a value.
	source
	// prose is documentation.
	prose
)

// place is what a path tells of a text.
type place struct {
	kind kind
	// test: a test, an example, documentation, a library. Credentials in them
	// are rarely live ones.
	test bool
	// lock: a lock file or another list of hashes.
	lock bool
	// line: the rest of the line is the value (.env, properties, INI).
	line bool
}

// placeOf classifies a path by its name and its folders.
func placeOf(path string) place {
	p := place{kind: settings}
	if where, _, ok := strings.Cut(path, " "); ok { // see Matcher.Results
		switch where {
		case "env", "label":
			p.line = true
			return p
		case "history", "on-build":
			return p
		}
	}
	if i := strings.LastIndex(path, "!/"); i >= 0 {
		p.test = placeOf(path[:i]).test
	}
	dir, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir, name = path[:i], path[i+1:]
	}
	name = strings.ToLower(name)
	ext := ""
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		ext = name[i+1:]
	}
	switch ext {
	case "go", "js", "ts", "jsx", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "py", "pyi", "pyx", "rb", "rbs", "rake", "java", "kt", "kts", "c", "h", "cc", "cpp", "cxx",
		"hh", "hpp", "hxx", "cs", "fs", "vb", "php", "phtml", "rs", "swift", "scala", "lua", "pl", "pm", "t", "m", "mm", "dart", "ex", "exs", "erl", "hrl", "hs",
		"clj", "cljs", "groovy", "gradle", "r", "jl", "sol", "zig", "nim", "d", "ml", "mli", "s", "asm", "proto", "graphql", "el", "lisp", "scm", "coffee",
		"jsp", "jspx", "asp", "aspx", "cshtml", "erb", "ejs", "hbs", "tcl", "awk", "v", "sv", "map", "css", "scss", "less", "flow", "y", "l", "vim", "pas", "f90", "adb", "ads", "pod":
		p.kind = source
	case "json", "json5", "jsonc", "jsonl", "ndjson", "xml", "plist", "config", "csproj", "xaml", "resx", "ipynb", "svg", "har", "sql", "csv", "tsv", "tf", "tfvars", "hcl", "tfstate":
		p.kind = data
	case "md", "markdown", "rst", "adoc", "asciidoc", "html", "htm", "xhtml", "tex", "po", "pot", "mo", "texi", "info", "man", "rdoc", "org", "changelog", "news":
		p.kind, p.test = prose, ext != "html" && ext != "htm" && ext != "xhtml"
	case "env", "properties", "ini", "cfg", "conf", "cnf":
		p.line = true
	case "sum", "lock":
		p.lock = true
	case "so", "dll", "dylib", "a", "lib":
		p.test = true // keys in libraries are those that they test themselves with
	case "1", "2", "3", "4", "5", "6", "7", "8", "9":
		if strings.Contains(dir, "man") {
			p.kind, p.test = prose, true
		}
	}
	if strings.Contains(name, ".so.") {
		p.test = true
	}
	switch {
	case strings.HasPrefix(name, ".env") || name == "environment" || name == ".flaskenv":
		p.line, p.kind = true, settings
	case name == "package-lock.json" || name == "npm-shrinkwrap.json" || name == "pnpm-lock.yaml" || name == "record" && strings.HasSuffix(dir, ".dist-info"):
		p.lock = true
	case strings.HasPrefix(name, "readme") || strings.HasPrefix(name, "changelog") || strings.HasPrefix(name, "changes") || name == "copyright" || strings.HasPrefix(name, "license"):
		p.kind, p.test = prose, true
	}
	if p.test {
		return p
	}
	stem := strings.TrimSuffix(name, "."+ext)
	for _, w := range [...]string{"_test", ".test", "-test", "_tests", ".spec", "_spec", "-spec", ".example", ".sample", ".template", ".dist", "_example", "-example", "-sample", "_sample"} {
		if strings.HasSuffix(stem, w) || strings.HasSuffix(name, w) && w[0] == '.' {
			p.test = true
		}
	}
	if strings.HasPrefix(stem, "test_") || strings.HasPrefix(stem, "example") || stem == "test" || stem == "tests" || stem == "conftest" || strings.HasPrefix(stem, "mock_") || strings.HasPrefix(stem, "swagger") || strings.HasPrefix(stem, "openapi") {
		p.test = true
	}
	for part := range strings.SplitSeq(strings.ToLower(dir), "/") {
		switch part {
		case "test", "tests", "testing", "testdata", "test-data", "test_data", "testutil", "testutils", "__tests__", "__mocks__", "mock", "mocks", "spec", "specs",
			"fixture", "fixtures", "__fixtures__", "example", "examples", "sample", "samples", "demo", "demos", "doc", "docs", "documentation", "e2e", "man", "tutorial", "tutorials", "benchmark", "benchmarks", "fuzz", "fuzzer", "fuzzing":
			p.test = true
		}
		if strings.HasSuffix(part, "_test") || strings.HasSuffix(part, "-test") || strings.HasSuffix(part, "-tests") || strings.HasSuffix(part, "_tests") || strings.HasSuffix(part, "test") && len(part) > 7 {
			p.test = true
		}
	}
	return p
}
