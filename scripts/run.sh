#!/bin/sh
# Serves what `make build` built. On this machine plain HTTP will do; other devices need HTTPS to be allowed camera and
# microphone, so it vouches for itself, by an authority that lies with its data and that devices can be told to trust.
set -eu
cd "$(dirname "$0")/.."
# A terminal is shown what to open.
[ -t 2 ] || echo "Open one of these. On another device begin with http:// in place of https://: that page says how to trust the certificate."
exec bin/yodel serve --tls=local "$@"
