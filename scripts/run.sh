#!/bin/sh
# Serves what `make build` built. Plain HTTP works on this machine; other devices need HTTPS to be allowed camera and
# microphone, so a certificate is made here (their browser warns once, since nobody vouches for it).
set -eu
cd "$(dirname "$0")/.."
go run ./scripts/devcert -dir bin/devcert
echo "Open one of these; on another device the https one, and tell its browser to go on past the warning:"
exec bin/yodel serve --tls=files --tls-cert=bin/devcert/cert.pem --tls-key=bin/devcert/key.pem "$@"
