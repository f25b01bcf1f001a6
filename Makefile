# Yodel. `make run` builds and serves it; `make test` is the whole proof; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run build app test check lint bench fuzz fmt clean

TAGS := nomsgpack
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

run: build ## build everything and serve it on :8443, printing the addresses to open
	@scripts/run.sh

build: app ## bin/yodel: one file with the app inside
	CGO_ENABLED=0 go build -trimpath -tags $(TAGS) -ldflags "-s -w -X main.version=$(VERSION)" -o bin/yodel ./server

app: pwa/node_modules/.package-lock.json ## the app alone, into pwa/dist
	cd pwa && npm run --silent build

pwa/node_modules/.package-lock.json: pwa/package.json pwa/package-lock.json
	cd pwa && npm ci --no-audit --no-fund

test: ## everything: linters, Go with -race, vitest, real browsers; installs by package name what is missing
	@scripts/test.sh

check: lint ## the fast part, for every commit: linters and unit tests
	go test -short -tags $(TAGS) ./server/call/... ./server/signaling/... ./server/room/... ./server/token/... ./server/limit/... ./store/...
	cd pwa && npm run --silent test

lint: pwa/node_modules/.package-lock.json ## linters and type checks alone
	@unformatted=$$(gofmt -l server store pwa/embed.go scripts); [ -z "$$unformatted" ] || { echo "gofmt: $$unformatted"; exit 1; }
	go vet -tags $(TAGS) ./...
	go run $(STATICCHECK) -tags $(TAGS) ./...
	cd pwa && npm run --silent check

bench: build ## latency, CPU per message, memory per stream, time to the first frame, beside a bare server and without a journal
	go run -tags $(TAGS) ./scripts/bench -yodel bin/yodel
	cd pwa && node e2e/bench/accept.mjs

fuzz: ## each fuzz test for FUZZTIME (10s)
	@scripts/fuzz.sh

fmt: ## format the Go code
	gofmt -w server store pwa/embed.go scripts

clean: ## remove what was built
	rm -rf bin pwa/node_modules
	find pwa/dist -mindepth 1 ! -name .gitkeep -delete
