#!/bin/sh
# Installs by package name what the tests need and this machine lacks. Where it may not, it says in one line what to do.
set -eu
PATH=$PATH:/usr/sbin:/sbin # where an ordinary user does not look
missing=""
need() { # need COMMAND PACKAGE...
	command -v "$1" >/dev/null 2>&1 || { shift; missing="$missing $*"; }
}
need go golang
need node nodejs
need npm npm
[ -z "$missing" ] || { echo "Please install first (Go 1.26 and Node 20.19 or newer):$missing" >&2; exit 1; }
need gcc gcc libc6-dev # for go test -race
need curl curl
need chromium chromium
need firefox-esr firefox-esr
need ip iproute2 # networks that change under a call
need iptables iptables
need turnserver coturn
need nginx nginx-light
[ -d /usr/share/fonts/opentype/noto ] || missing="$missing fonts-noto-cjk" # screenshots in Chinese
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
	echo "Please install what the tests need, then run this again: sudo apt-get install$missing" >&2
	exit 1
fi
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list of package names
apt-get install -y -qq --no-install-recommends $missing >/dev/null
