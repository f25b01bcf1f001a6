#!/bin/sh
# The whole proof: every step runs, whatever failed before it, and the last line counts the tests of all of them.
set -u
cd "$(dirname "$0")/.."
scripts/setup.sh || exit 1
counts=$(mktemp)
trap 'rm -f "$counts"' EXIT

# step NAME COMMAND...: a step without tests of its own counts as one.
step() {
	name=$1
	shift
	began=$(date +%s)
	echo "--- $name"
	if "$@"; then result="1 0"; else result="0 1"; fi
	echo "$result" >>"$counts"
	echo "--- $name: $([ "$result" = "1 0" ] && echo passed || echo FAILED) in $(($(date +%s) - began)) s"
}

go_tests() { go test -race -tags nomsgpack -json ./... | go run ./scripts/testsum -counts "$counts"; }
vitest() { # vitest CONFIG: its own summary, and its counts
	report=$(mktemp)
	(cd pwa && npx vitest run --config "$1" --reporter=default --reporter=json --outputFile.json="$report")
	code=$?
	node -e 'const r = JSON.parse(require("fs").readFileSync(process.argv[1])); console.log(r.numPassedTests, r.numFailedTests)' \
		"$report" >>"$counts" || code=1
	rm -f "$report"
	return $code
}

step "build" make --no-print-directory build
step "lint" make --no-print-directory lint
step "go test -race" go_tests
step "vitest" vitest vitest.config.ts
step "browsers" vitest e2e/vitest.config.ts

passed=$(awk '{n += $1} END {print n + 0}' "$counts")
failed=$(awk '{n += $2} END {print n + 0}' "$counts")
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
