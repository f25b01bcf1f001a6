package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const (
	readme        = "../README.md"
	readmeChinese = "../README.zh-CN.md"

	// updateReadme, set to anything, makes TestReadmeSettings write the table instead of comparing it.
	updateReadme = "UPDATE_README"

	settingsBegin = "<!-- settings begin: UPDATE_README=1 go test -tags nomsgpack -run TestReadme ./server writes what is below -->\n"
	settingsEnd   = "<!-- settings end -->\n"
)

// The table in README.md is the one that the program has.
func TestReadmeSettings(t *testing.T) {
	text, before, table, after := readmeSettings(t, readme)
	var want strings.Builder
	want.WriteString("\n| flag | variable | default | purpose |\n|---|---|---|---|\n")
	for _, s := range settings() {
		fmt.Fprintf(&want, "%s%s |\n", settingColumns(s), strings.ReplaceAll(s.Usage, "|", `\|`))
	}
	want.WriteString("\n")
	if table == want.String() {
		return
	}
	if os.Getenv(updateReadme) == "" {
		t.Fatalf("the settings in README.md are not those of the program; %s=1 writes them:\n%s", updateReadme, want.String())
	}
	if err := os.WriteFile(readme, []byte(before+want.String()+after), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("README.md: %d bytes were %d", len(before)+want.Len()+len(after), len(text))
}

// README.zh-CN.md says each purpose in its own words; everything else in its table is as in README.md.
func TestReadmeChineseSettings(t *testing.T) {
	_, _, table, _ := readmeSettings(t, readmeChinese)
	lines := strings.Split(strings.TrimSpace(table), "\n")
	all := settings()
	if len(lines) != len(all)+2 {
		t.Fatalf("README.zh-CN.md has %d settings, the program has %d", len(lines)-2, len(all))
	}
	for i, s := range all {
		purpose, found := strings.CutPrefix(lines[i+2], settingColumns(s))
		if !found || strings.Trim(purpose, " |") == "" {
			t.Errorf("README.zh-CN.md: want %s… |\n               has %s", settingColumns(s), lines[i+2])
		}
	}
}

// settingColumns are the columns that need no words.
func settingColumns(s setting) string {
	value := ""
	if s.Default != "" {
		value = "`" + s.Default + "`"
	}
	return fmt.Sprintf("| `%s` | `%s` | %s | ", s.Flag, s.Env, value)
}

// readmeSettings takes a README apart at the marks around its table.
func readmeSettings(t *testing.T, path string) (text, before, table, after string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = string(content)
	before, rest, begins := strings.Cut(text, settingsBegin)
	table, after, ends := strings.Cut(rest, settingsEnd)
	if !begins || !ends {
		t.Fatalf("%s lacks the marks of its settings:\n%s%s", path, settingsBegin, settingsEnd)
	}
	return text, before + settingsBegin, table, settingsEnd + after
}
