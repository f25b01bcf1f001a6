// Package contracttest holds a server to the HTTP contract: it reads openapi.yaml and checks every request and response
// that goes through its [Recorder] against it, streams event by event. Only tests import it.
package contracttest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Document is the contract, read and found valid. It is safe for concurrent use and remembers what it was used for.
type Document struct {
	// set once in Load
	router  routers.Router
	raw     map[string]any // the same document as JSON, its schemas closed; what bodies are checked against
	schemas *schemas
	codes   []Problem

	mu       sync.Mutex
	answered map[string]bool // "operationId status" of every answer seen
	problems map[string]bool // codes seen
}

// Problem is one row of the contract's table of problem codes.
type Problem struct {
	Code      string `json:"code"`
	Status    int    `json:"status"`
	Retryable bool   `json:"retryable"`
	Meaning   string `json:"meaning"`
}

// Route is a method and a path of the contract, the path's parameters in braces, and the operation's id.
type Route struct{ Method, Path, Operation string }

// Load is Read, and fails t where that fails.
func Load(t testing.TB, path string) *Document {
	t.Helper()
	d, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Read reads the contract at path. It must be valid OpenAPI 3.1, and all its examples must fit their schemas.
func Read(path string) (*Document, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

func parse(text []byte) (*Document, error) {
	api, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	if err := api.Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		return nil, err
	}
	d := &Document{answered: map[string]bool{}, problems: map[string]bool{}}
	if d.router, err = gorillamux.NewRouter(api); err != nil {
		return nil, err
	}
	plain, err := json.Marshal(api)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(plain, &d.raw); err != nil {
		return nil, err
	}
	closeSchemas(d.raw)
	if d.schemas, err = newSchemas(d.raw); err != nil {
		return nil, err
	}
	if err := remarshal(d.at("components", "schemas", "ProblemCode")["x-codes"], &d.codes); err != nil {
		return nil, fmt.Errorf("x-codes of ProblemCode: %w", err)
	}
	return d, nil
}

// Problems is the table of problem codes, in the document's order.
func (d *Document) Problems() []Problem { return slices.Clone(d.codes) }

// Routes lists every operation of the document, sorted by path and method.
func (d *Document) Routes() []Route {
	var routes []Route
	for path, item := range d.at("paths") {
		for method, operation := range item.(map[string]any) {
			if o, ok := operation.(map[string]any); ok && o["operationId"] != nil {
				routes = append(routes, Route{strings.ToUpper(method), path, o["operationId"].(string)})
			}
		}
	}
	slices.SortFunc(routes, func(a, b Route) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return routes
}

// Methods is what OPTIONS answers for a path: the documented methods, HEAD with every GET but that of a stream, OPTIONS.
func (d *Document) Methods(path string) []string {
	methods := []string{http.MethodOptions}
	for method := range d.at("paths", path) {
		if method = strings.ToUpper(method); method == "PARAMETERS" {
			continue
		}
		methods = append(methods, method)
		if method == http.MethodGet && !strings.HasSuffix(path, "/events") {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	return methods
}

// at steps down into the raw document, following references on the way.
func (d *Document) at(path ...string) map[string]any {
	here := d.raw
	for _, step := range path {
		here, _ = here[step].(map[string]any)
		if ref, ok := here["$ref"].(string); ok {
			here = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
	}
	return here
}

// remarshal turns a decoded value into another shape.
func remarshal(from, to any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}
