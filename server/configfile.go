package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// configFile is the YAML file named by --config: flat, one key per setting named as its flag without dashes. It is read
// once, when first asked.
type configFile struct {
	path   string // "" : there is none
	loaded bool
	values map[string]string // a list's elements are joined with commas
	err    error
}

func (f *configFile) load() error {
	if f.loaded || f.path == "" {
		return f.err
	}
	f.loaded = true
	raw, err := os.ReadFile(f.path)
	if err != nil {
		f.err = fmt.Errorf("--config: %w", err)
		return f.err
	}
	if f.values, err = parseConfigFile(raw); err != nil {
		f.err = fmt.Errorf("--config %s: %w", f.path, err)
	}
	return f.err
}

// parseConfigFile returns the text of each setting, as it is written: secrets of digits keep their leading zeros. An
// unknown, repeated or empty key is an error, as is a value that is not plain text, a number, or a list of these.
func parseConfigFile(raw []byte) (map[string]string, error) {
	file, err := parser.ParseBytes(bytes.TrimPrefix(raw, []byte("\ufeff")), 0) // some editors begin with that mark
	if err != nil {
		// The library's message quotes the lines around the mistake, which may hold secrets: the first line is enough.
		message, _, _ := strings.Cut(err.Error(), "\n")
		return nil, fmt.Errorf("not YAML: %s", message)
	}
	values := map[string]string{}
	for _, doc := range file.Docs {
		for _, pair := range mappings(doc.Body) {
			if pair == nil {
				return nil, errors.New("not a list of settings such as \"listen: :8443\"")
			}
			if err := readPair(values, pair); err != nil {
				return nil, err
			}
		}
	}
	return values, nil
}

// mappings returns the pairs of a document, none for an empty one, and a nil pair for what is no mapping.
func mappings(body ast.Node) []*ast.MappingValueNode {
	switch node := body.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return nil
	case *ast.MappingNode:
		return node.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{node}
	default:
		return []*ast.MappingValueNode{nil}
	}
}

func readPair(values map[string]string, pair *ast.MappingValueNode) error {
	key, ok := scalar(pair.Key)
	line := pair.GetToken().Position.Line
	s, known := findSetting(key)
	if !ok || !known {
		return fmt.Errorf("line %d: unknown setting %q", line, key)
	}
	if _, twice := values[key]; twice {
		return fmt.Errorf("line %d: %s is set twice", line, key)
	}
	var list []string
	if sequence, isList := pair.Value.(*ast.SequenceNode); isList && s.repeated {
		for _, element := range sequence.Values {
			text, plain := scalar(element)
			if !plain || strings.Contains(text, ",") {
				return fmt.Errorf("line %d: an element of %s is not plain text", line, key)
			}
			list = append(list, text)
		}
	} else if text, plain := scalar(pair.Value); plain && text != "" {
		list = []string{text}
	} else {
		return fmt.Errorf("line %d: the value of %s is missing or not plain text", line, key)
	}
	values[key] = strings.Join(list, ",")
	return nil
}

// scalar returns the text of a string, number or boolean as it is written.
func scalar(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func findSetting(key string) (setting, bool) {
	for _, s := range settings() {
		if s.key() == key && s.set != nil {
			return s, true
		}
	}
	return setting{}, false
}
