package report

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bulwark/internal/finding"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaFile = "schema/report-1.1.schema.json"

// TestSchemaIsCurrent makes the published schema of the types and their
// comments and holds the committed file against it. With -update it is written
// anew, but never with a field less than before: that is what a minor version
// promises.
func TestSchemaIsCurrent(t *testing.T) {
	want := generateSchema(t)
	old, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var before, now map[string]any
	if err := json.Unmarshal(old, &before); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(want, &now); err != nil {
		t.Fatal(err)
	}
	for _, lost := range lostFields(before, now, "") {
		t.Errorf("field %s was published and is gone: a minor version removes nothing", lost)
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(old)); diff != "" {
		t.Errorf("%s is not what the types say; run go test ./internal/report -update:\n%s", schemaFile, diff)
	}
}

// lostFields lists properties and required fields of a schema that another lacks.
func lostFields(before, now map[string]any, at string) []string {
	var out []string
	for k, v := range before {
		switch v := v.(type) {
		case map[string]any:
			next, ok := now[k].(map[string]any)
			if !ok {
				out = append(out, at+"/"+k)
				continue
			}
			out = append(out, lostFields(v, next, at+"/"+k)...)
		case []any:
			if k != "required" {
				continue
			}
			next, _ := now[k].([]any)
			for _, name := range v {
				if !slices.Contains(next, name) {
					out = append(out, at+"/required/"+name.(string))
				}
			}
		}
	}
	return out
}

// TestSchemaAdmits validates real output, and makes sure that the schema is not
// so loose that it admits everything.
func TestSchemaAdmits(t *testing.T) {
	s := compile(t, schemaFile)
	for name, r := range map[string]*finding.Report{"everything": example(t), "empty": {}, "hostile": hostile(t)} {
		t.Run(name, func(t *testing.T) {
			if err := s.Validate(decode(t, writeOf(t, "json", r, Options{}))); err != nil {
				t.Error(err)
			}
		})
	}
	for name, change := range map[string]func(m map[string]any){
		"no results":       func(m map[string]any) { delete(m, "results") },
		"null for a list":  func(m map[string]any) { m["unread"] = nil },
		"unknown severity": func(m map[string]any) { first(m, "results")["rating"].(map[string]any)["severity"] = "huge" },
		"unknown state":    func(m map[string]any) { first(m, "results")["state"] = "maybe" },
		"another version":  func(m map[string]any) { m["schema_version"] = "2.0" },
		"layer as text":    func(m map[string]any) { first(m, "layers")["index"] = "0" },
	} {
		t.Run(name, func(t *testing.T) {
			m := decode(t, writeOf(t, "json", example(t), Options{})).(map[string]any)
			change(m)
			if s.Validate(m) == nil {
				t.Error("it is admitted")
			}
		})
	}
}

func first(m map[string]any, list string) map[string]any { return m[list].([]any)[0].(map[string]any) }

func decode(t *testing.T, b []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// compile reads a schema and those it refers to, from files beside it.
func compile(t *testing.T, path string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(fileLoader{})
	s, err := c.Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fileLoader takes every schema from a file: tests have no network.
type fileLoader struct{}

func (fileLoader) Load(url string) (any, error) {
	name := url[strings.LastIndexByte(url, '/')+1:]
	path := strings.TrimPrefix(url, "file://")
	if !strings.HasPrefix(url, "file://") {
		path = "testdata/schemas/" + name
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return jsonschema.UnmarshalJSON(f)
}

// generateSchema makes the schema of finding.Report: a definition for each
// struct, descriptions from the comments, enumerations from the constants.
func generateSchema(t *testing.T) []byte {
	t.Helper()
	g := &generator{comments: commentsOf(t, "../finding"), defs: map[string]any{}}
	ref := g.schemaOf(reflect.TypeFor[finding.Report]())
	doc := map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"$id":         "urn:bulwark:report:" + finding.SchemaVersion,
		"title":       "Bulwark report",
		"description": "What one scan has to say of one subject. Fields may be added in any 1.x; readers pass over those they do not know.",
		"$ref":        ref["$ref"],
		"$defs":       g.defs,
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type generator struct {
	comments map[string]string
	defs     map[string]any
}

func severityNames() []any {
	var out []any
	for _, s := range finding.Severities() {
		out = append(out, s.String())
	}
	return out
}

func (g *generator) schemaOf(typ reflect.Type) map[string]any {
	switch typ {
	case reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case reflect.TypeFor[finding.Severity]():
		return map[string]any{"enum": severityNames()}
	case reflect.TypeFor[finding.State]():
		return map[string]any{"enum": []any{finding.Fail, finding.Warn, finding.Pass, finding.Manual, finding.NotApplicable, finding.CouldNotRun}}
	case reflect.TypeFor[finding.CoverageLevel]():
		return map[string]any{"enum": []any{finding.CoverageFull, finding.CoveragePartial, finding.CoverageNone}}
	case reflect.TypeFor[finding.UnreadReason]():
		return map[string]any{"enum": []any{finding.UnreadCorrupt, finding.UnreadIO, finding.UnreadLimit, finding.UnreadWorker, finding.UnreadUnsupported}}
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return g.schemaOf(typ.Elem())
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": g.schemaOf(typ.Elem())}
	case reflect.Map:
		m := map[string]any{"type": "object", "additionalProperties": g.schemaOf(typ.Elem())}
		if typ.Key() == reflect.TypeFor[finding.Severity]() {
			m["propertyNames"] = map[string]any{"enum": severityNames()}
		}
		return m
	case reflect.Struct:
		return g.structOf(typ)
	}
	panic("no schema for " + typ.String())
}

func (g *generator) structOf(typ reflect.Type) map[string]any {
	ref := map[string]any{"$ref": "#/$defs/" + typ.Name()}
	if _, ok := g.defs[typ.Name()]; ok {
		return ref
	}
	def := map[string]any{"type": "object"}
	g.defs[typ.Name()] = def
	if c := g.comments[typ.Name()]; c != "" {
		def["description"] = c
	}
	props := map[string]any{}
	required := []any{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		s := g.schemaOf(f.Type)
		if c := g.comments[typ.Name()+"."+f.Name]; c != "" {
			s["description"] = c
		}
		if typ == reflect.TypeFor[finding.Report]() && f.Name == "Schema" {
			s["pattern"] = `^1\.[0-9]+$`
		}
		props[name] = s
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	def["properties"] = props
	def["required"] = required
	return ref
}

// commentsOf collects the comments of types ("Report") and fields ("Report.Tool").
func commentsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+e.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				ts, ok := spec.(*ast.TypeSpec)
				if !ok {
					continue
				}
				st, ok := ts.Type.(*ast.StructType)
				if !ok {
					continue
				}
				out[ts.Name.Name] = oneLine(gen.Doc)
				for _, f := range st.Fields.List {
					for _, n := range f.Names {
						out[ts.Name.Name+"."+n.Name] = oneLine(f.Doc)
					}
				}
			}
		}
	}
	return out
}

func oneLine(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
