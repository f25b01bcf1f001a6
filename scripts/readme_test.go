package scripts_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// walk is the part of a README that its reader may type line by line; it stands between these marks.
const (
	walkBegin = "<!-- walk begin: scripts/readme_test.go runs it -->\n"
	walkEnd   = "<!-- walk end -->\n"
)

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// Each block of the walk, run in one shell as a reader would, succeeds; what it is said to answer it answers.
func TestReadmeWalk(t *testing.T) {
	t.Parallel()
	for _, readme := range []string{"../README.md", "../README.zh-CN.md"} {
		t.Run(readme, func(t *testing.T) {
			t.Parallel()
			blocks := walkOf(t, readme)
			server := startServer(t)
			var script strings.Builder
			script.WriteString("set -eu\ncd \"$TMPDIR\"\n")
			for _, block := range blocks {
				script.WriteString("echo '----'\n" + block)
			}
			reader := start(t, []string{"YODEL=" + server}, "-c", script.String())
			code := reader.wait()
			said := strings.Split(reader.out.String(), "----\n")[1:]
			if code != 0 || len(said) != len(blocks) {
				t.Fatalf("exit %d in this block:\n%s\nIt said:\n%s\n%s", code, blocks[len(said)-1], said[len(said)-1], reader.errors.String())
			}
			everything := reader.out.String()
			for _, want := range []string{
				`"passcodeRequired":true`, `"state":"ringing"`, `"state":"active"`, `"eventId":`, `"eventIds":[`, "event:hello",
				"event:offer", `"type":"answer"`, `"type":"chat"`, `"reason":"hangup"`, `"code":"token-revoked"`,
			} {
				if !strings.Contains(everything, want) {
					t.Errorf("nothing in the walk answered %s:\n%s", want, everything)
				}
			}
		})
	}
}

// Both languages walk the same way.
func TestReadmeWalksAreTheSame(t *testing.T) {
	t.Parallel()
	comments := regexp.MustCompile(`(?m)\s*#.*$`)
	plain := func(readme string) string {
		return comments.ReplaceAllString(strings.Join(walkOf(t, readme), "\n"), "")
	}
	if english, chinese := plain("../README.md"), plain("../README.zh-CN.md"); english != chinese {
		t.Errorf("README.md:\n%s\nREADME.zh-CN.md:\n%s", english, chinese)
	}
}

func walkOf(t *testing.T, readme string) []string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, begins := strings.Cut(string(text), walkBegin)
	walk, _, ends := strings.Cut(rest, walkEnd)
	if !begins || !ends {
		t.Fatalf("%s lacks the marks of its walk", readme)
	}
	var blocks []string
	for _, match := range shellBlock.FindAllStringSubmatch(walk, -1) {
		blocks = append(blocks, match[1])
	}
	if len(blocks) < 6 {
		t.Fatalf("%s walks only %d blocks", readme, len(blocks))
	}
	return blocks
}
