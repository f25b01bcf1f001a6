package contracttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// open names the schemas whose further members the contract keeps; all others are closed while testing, so that an
// answer with a member nobody documented is noticed, while clients stay free to ignore what they do not know.
var open = map[string]bool{"SessionDescription": true, "IceCandidate": true}

// closeSchemas forbids undocumented members in every schema of the document. Conditions stay as they are, for
// they look at a part of an object only.
func closeSchemas(node any) {
	switch node := node.(type) {
	case []any:
		for _, element := range node {
			closeSchemas(element)
		}
	case map[string]any:
		_, listed := node["properties"].(map[string]any)
		if listed && node["additionalProperties"] == nil && node["$ref"] == nil { // beside a reference stands a narrower rule
			node["additionalProperties"] = false
		}
		for name, member := range node {
			switch {
			case name == "if", name == "then", name == "else", name == "not", name == "example", name == "examples":
			case strings.HasPrefix(name, "x-"), open[name]:
			default:
				closeSchemas(member)
			}
		}
	}
}

// schemas compiles each schema of the document once. OpenAPI 3.1 schemas are JSON Schema 2020-12, and references
// resolve within the document as a whole.
type schemas struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

const documentURL = "yodel:openapi.json"

func newSchemas(raw map[string]any) (*schemas, error) {
	text, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	return &schemas{compiler: compiler, compiled: map[string]*jsonschema.Schema{}}, compiler.AddResource(documentURL, document)
}

// check says what is wrong with value, by the schema at pointer, a path of steps into the document.
func (s *schemas) check(pointer []string, value any) error {
	schema, err := s.compile(pointer)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func (s *schemas) compile(pointer []string) (*jsonschema.Schema, error) {
	escape := strings.NewReplacer("~", "~0", "/", "~1", "%", "%25", "{", "%7B", "}", "%7D", "+", "%2B")
	url := documentURL + "#"
	for _, step := range pointer {
		url += "/" + escape.Replace(step)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if schema := s.compiled[url]; schema != nil {
		return schema, nil
	}
	schema, err := s.compiler.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", url, err)
	}
	s.compiled[url] = schema
	return schema, nil
}

// decodeJSON reads text as the one JSON value it must be, numbers as they are written.
func decodeJSON(text []byte) (any, error) {
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}
