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
[ -f /usr/lib/nginx/modules/ngx_stream_module.so ] || missing="$missing libnginx-mod-stream"
need haproxy haproxy
need caddy caddy
need tinyproxy tinyproxy
need openssl openssl
[ -x /usr/lib/squid/security_file_certgen ] || missing="$missing squid-openssl" # squid that can look into TLS; takes plain squid's place
need certutil libnss3-tools # has a browser trust a certificate
[ -d /usr/share/fonts/opentype/noto ] || missing="$missing fonts-noto-cjk" # screenshots in Chinese
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
	echo "Please install what the tests need, then run this again: sudo apt-get install$missing" >&2
	exit 1
fi
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# The servers among them are for the tests to start: none of them shall run by itself, neither now nor after a reboot.
if [ ! -e /usr/sbin/policy-rc.d ]; then
	trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
	chmod +x /usr/sbin/policy-rc.d
fi
# shellcheck disable=SC2086 # a list of package names
apt-get install -y -qq --no-install-recommends $missing >/dev/null
command -v systemctl >/dev/null 2>&1 || exit 0
for package in $missing; do
	case $package in
	nginx-light) service=nginx ;;
	squid-openssl) service=squid ;;
	coturn | haproxy | caddy | tinyproxy) service=$package ;;
	*) continue ;;
	esac
	systemctl disable --quiet "$service" 2>/dev/null || true
done
