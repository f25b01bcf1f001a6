package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A rule says why a package is there and what it may import besides the standard library: packages of this module
// from its root on, packages of others by their paths or what those begin with.
type rule struct {
	why string
	may []string
}

const anything = "*"

// house is the whole of it. A package that is not here, or an arrow that is not, fails the test: put it in with its
// reason, or leave it out.
var house = map[string]rule{
	"server":           {"flags, configuration, wiring, start and stop; the only one that sees everything", []string{anything}},
	"server/signaling": {"what peers say, checked", nil},
	"server/call":      {"the call as a pure state machine", nil},
	"server/token":     {"signed tokens", []string{"github.com/golang-jwt/jwt/v5"}},
	"server/passcode":  {"hashes of passcodes, two at a time", []string{"golang.org/x/crypto/argon2"}},
	"server/limit":     {"how much a token or an address may do", []string{"golang.org/x/time/rate"}},
	"server/ice":       {"STUN and TURN servers with their credentials", []string{"golang.org/x/net/idna"}},
	"server/listen":    {"one port; connections that never block a writer", []string{"golang.org/x/sys/unix"}},
	"server/certs":     {"certificates from files, or from an authority of our own for private addresses", []string{"golang.org/x/net/publicsuffix"}},
	"server/certs/acme": {"certificates from a public authority; the only one that knows certmagic",
		[]string{"server/certs", "github.com/caddyserver/certmagic", "go.uber.org/zap"}},
	"server/certs/trust": {"the page that tells a person how to trust our authority", nil},
	"server/turnserver": {"STUN and TURN inside: who may allocate, how much, and where packets may go",
		[]string{"server/ice", "github.com/pion/turn/v5", "github.com/pion/stun/v4", "github.com/pion/logging", "github.com/google/uuid", "golang.org/x/time/rate"}},
	"server/room": {"who may say what to whom", []string{"server/signaling", "server/call", "server/limit", "server/passcode", "store", "store/records", "github.com/google/uuid", "golang.org/x/time/rate"}},
	"server/doctor": {"how a server looks from where one is: `yodel doctor`",
		[]string{"server/ice", "server/turnserver", "github.com/pion/stun/v4", "github.com/pion/turn/v5", "github.com/google/uuid", "golang.org/x/net/http/httpproxy", "golang.org/x/net/proxy"}},
	"server/httpapi":  {"how it travels; the only one that knows gin", []string{"server/signaling", "server/call", "server/room", "server/token", "server/ice", "server/limit", "server/listen", "store", "github.com/gin-gonic/gin", "github.com/gin-contrib/sse", "github.com/prometheus/client_golang"}},
	"store":           {"the contract of what keeps a room", nil},
	"store/memory":    {"rooms in this process's memory", []string{"store", "store/memory/journal"}},
	"store/records":   {"what outlives a restart", []string{"go.etcd.io/bbolt"}},
	"store/storetest": {"the store's contract as tests", []string{"store"}},
	"pwa":             {"hands the built app to the server", nil},
	"scripts":         {"tests of what a person runs", nil},
	"scripts/bench":   {"measures beside a bare gin server of its own", []string{"server/listen", "github.com/gin-gonic/gin"}},
	"scripts/testsum": {"what a person wants to see of a test run", nil},
	"server/httpapi/contracttest": {"holds tests to openapi.yaml; shared by those of httpapi and of the program",
		[]string{"github.com/getkin/kin-openapi", "github.com/santhosh-tekuri/jsonschema/v6"}},
	"server/testlog":           {"keeps what a log says, for tests of any package", nil},
	"scripts/faultproxy":       {"a proxy that breaks HTTP on purpose, as a command", []string{"scripts/faultproxy/fault"}},
	"scripts/faultproxy/fault": {"what it breaks, and how; for tests of any package", nil},
	"store/memory/journal":     {"files from which a next process has the rooms again", []string{"store"}},
}

// forTests may be imported by tests of any package that may see what they are about, and by nothing else.
var forTests = []string{"server/httpapi/contracttest", "server/testlog", "store/storetest"}

// TestArrowsPointOneWay reads the imports of the whole module.
func TestArrowsPointOneWay(t *testing.T) {
	t.Parallel()
	seen, documented := map[string]bool{}, map[string]bool{}
	for path, file := range sources(t) {
		dir := filepath.ToSlash(filepath.Dir(path))
		seen[dir] = true
		documented[dir] = documented[dir] || file.Doc.Text() != ""
		known, listed := house[dir]
		if !listed {
			t.Errorf("%s: package %s is not in the house; list it with its reason", path, dir)
			continue
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if wrong := judge(dir, strings.HasSuffix(path, "_test.go"), imported, known); wrong != "" {
				t.Errorf("%s imports %s: %s", path, imported, wrong)
			}
		}
	}
	for dir := range house {
		switch {
		case !seen[dir]:
			t.Errorf("package %s is in the list and not in the house", dir)
		case !documented[dir]:
			t.Errorf("package %s does not say what it is for", dir)
		}
	}
}

// judge says what is wrong with an import, if anything.
func judge(dir string, test bool, imported string, known rule) string {
	own, isOwn := strings.CutPrefix(imported, "yodel/")
	outside := strings.Contains(strings.SplitN(imported, "/", 2)[0], ".")
	switch {
	case strings.HasPrefix(dir, "store") && strings.HasPrefix(own, "server") && isOwn:
		return "the store has never heard of the server"
	case test, !isOwn && !outside:
		return ""
	case isOwn && slices.Contains(forTests, own):
		return "it is for tests"
	case slices.Contains(known.may, anything):
		if strings.HasPrefix(imported, "github.com/gin-gonic/") {
			return "only server/httpapi knows gin"
		}
		return ""
	}
	for _, may := range known.may {
		if may == own || outside && strings.HasPrefix(imported+"/", may+"/") {
			return ""
		}
	}
	return "no such arrow"
}

// TestJudge shows that an arrow that turns round is noticed.
func TestJudge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dir, imported string
		test, right   bool
	}{
		"down the house":          {"server/httpapi", "yodel/server/room", false, true},
		"up the house":            {"server/room", "yodel/server/httpapi", false, false},
		"a pure one that imports": {"server/call", "github.com/google/uuid", false, false},
		"the standard library":    {"server/call", "net/http", false, true},
		"gin below":               {"server/room", "github.com/gin-gonic/gin", false, false},
		"gin above":               {"server", "github.com/gin-gonic/gin", false, false},
		"gin where it belongs":    {"server/httpapi", "github.com/gin-gonic/gin/render", false, true},
		"a namesake":              {"server/httpapi", "github.com/gin-gonic/ginger", false, false},
		"the store's test":        {"store/memory", "yodel/server/room", true, false},
		"a test that sees more":   {"server/room", "yodel/store/memory", true, true},
		"tests in the program":    {"server", "yodel/server/httpapi/contracttest", false, false},
		"the app in the server":   {"server", "yodel/pwa", false, true},
		"the app elsewhere":       {"server/httpapi", "yodel/pwa", false, false},
	} {
		if wrong := judge(c.dir, c.test, c.imported, house[c.dir]); (wrong == "") != c.right {
			t.Errorf("%s: %s imports %s: %q", name, c.dir, c.imported, wrong)
		}
	}
}

// sources parses every Go file of the module up to its imports, by its path from the module's root.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	const root = ".."
	files := map[string]*ast.File{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (name == "node_modules" || name == "testdata" || strings.HasPrefix(name, ".")):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		files[filepath.ToSlash(relative)] = file
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
