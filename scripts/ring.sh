#!/bin/sh
# Rings a room of Yodel and tells whether somebody answered, with curl and a POSIX shell alone.
#
# The token and the passcode never stand on curl's command line, where other users of the machine could read them: they
# go through files that only we can open. JSON is read with sed, which is safe here for two reasons: the server writes it
# on one line without white space, and a quote inside a string is always escaped, so "key": cannot be forged by a name.
set -u
export LC_ALL=C # bytes are enough, and sed then never trips over a name
umask 077

help='usage: scripts/ring.sh [-p PASSCODE] [-n NOTE] [-t SECONDS] URL ROOM [NAME]

Joins ROOM at the server URL, rings everyone there and whoever comes in meanwhile,
waits for the answer, hangs up and leaves. NAME is who it says is calling (default: ring.sh).

  -p PASSCODE  of the room; $RING_PASSCODE does the same and stays out of the process list
  -n NOTE      a line shown with the call, up to 200 characters
  -t SECONDS   cancel when nobody has answered by then (default: when the server gives up)
  -h           this help

Ctrl-C cancels the call and leaves. curl reads its own settings: $https_proxy for a way out,
$CURL_CA_BUNDLE for a certificate of your own making.

exit code: 0 answered; 1 not answered: declined, busy, no answer, cancelled; 2 wrong usage, or a problem'

dir=      # where everything secret or passing is written; removed at the end
child=    # the process we wait for
peer=     # our peer id, once we have a seat
call=     # the call's id, from the moment it may exist
patience=10 # seconds that a request is tried again; longer once we are in the room

say() { printf '%s\n' "$*"; }
complain() { printf 'ring.sh: %s\n' "$*" >&2; }
misused() {
	complain "$*"
	complain 'scripts/ring.sh -h tells how it is used'
	exit 2
}

main() {
	read_arguments "$@"
	command -v curl >/dev/null || misused 'curl is not installed'
	dir=$(mktemp -d "${TMPDIR:-/tmp}/ring.XXXXXXXX") || exit 2
	trap 'rm -rf "$dir"' EXIT
	trap cancel HUP INT PIPE TERM
	say 'Content-Type: application/json' >"$dir/headers"
	join
	ring
	wait_for_answer
}

read_arguments() {
	passcode=${RING_PASSCODE-} note='' seconds=''
	while getopts :p:n:t:h option; do
		case $option in
		p) passcode=$OPTARG ;;
		n) note=$OPTARG ;;
		t) seconds=$OPTARG ;;
		h) say "$help" && exit 0 ;;
		:) misused "-$OPTARG needs a value" ;;
		*) misused "there is no option -$OPTARG" ;;
		esac
	done
	shift $((OPTIND - 1))
	case $# in 2 | 3) ;; *) misused 'a URL and a ROOM are needed, a NAME may follow' ;; esac
	url=$1 room=$2 name=${3:-ring.sh}
	case $url in http://?* | https://?*) ;; *) misused "URL begins with http:// or https://, not as in $url" ;; esac
	while [ "$url" != "${url%/}" ]; do url=${url%/}; done
	case $room in '' | *[!A-Za-z0-9_-]*) misused "a ROOM has letters, digits, _ and - alone" ;; esac
	case $seconds in *[!0-9]* | ??????*) misused '-t takes a number of seconds' ;; esac
	for text in "$passcode" "$note" "$name"; do
		[ "$text" = "$(printf '%s' "$text" | tr -d '[:cntrl:]')" ] || misused 'control characters are not sent'
	done
}

# join takes a seat: from here on there is a token, and something to leave.
join() {
	body="{\"name\":$(quote "$name")"
	[ -z "$passcode" ] || body="$body,\"passcode\":$(quote "$passcode")"
	ask POST "/rooms/$room/peers" 15 "$body}" || give_up
	{
		say 'Content-Type: application/json'
		say "Authorization: Bearer $(text token)"
	} >"$dir/headers"
	position=$(text lastEventId)
	peer=$(sed -n 's/.*"peer":{"id":"\([^"]*\)".*/\1/p' "$dir/answer")
	if [ -z "$peer" ] || [ -z "$position" ]; then
		complain "$url does not answer like Yodel"
		exit 2
	fi
	patience=60
}

# ring starts the call under an id of our own, so that a repeated request is still the same call.
ring() {
	id=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n' |
		sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\)$/\1-\2-4\3-8\4-\5/')
	body="{\"id\":\"$id\""
	[ -z "$note" ] || body="$body,\"note\":$(quote "$note")"
	call=$id
	ask POST "/rooms/$room/calls" 15 "$body}" || {
		call=
		give_up
	}
	say "ringing $room"
	[ -z "$seconds" ] || deadline=$(($(date +%s) + seconds))
}

# wait_for_answer sleeps in a long-poll and looks at the call when something has happened to it. The position makes
# every poll go on where the last one ended, however many failed in between.
wait_for_answer() {
	look
	while :; do
		nap=25
		if [ -n "$seconds" ]; then
			left=$((deadline - $(date +%s)))
			[ "$left" -gt 0 ] || stop_waiting
			[ "$left" -ge "$nap" ] || nap=$left
		fi
		ask GET "/rooms/$room/events?waitSeconds=$nap" $((nap + 10)) '' "Last-Event-ID: $position" || give_up
		position=$(text lastEventId)
		if grep -q -e '"type":"call"' -e '"type":"hello"' "$dir/answer"; then
			ask GET "/rooms/$room/calls/$call" 15 || give_up
			look
		fi
	done
}

# look reads the call that was just answered, and ends everything when it is decided.
look() {
	if grep -q '"answeredAt":' "$dir/answer"; then
		answered
	fi
	[ "$(outside_invited state)" = ended ] || return
	reason=$(outside_invited reason)
	call=
	leave
	case $reason in
	timeout) say 'no answer' ;;
	*) say "$reason" ;; # declined, busy, cancelled
	esac
	exit 1
}

answered() {
	who=$(answerer)
	say "answered${who:+ by $who}"
	leave
	say 'hung up'
	exit 0
}

# answerer is the name of the first who came into the call, if the room still knows it. Joining again with the token
# is the way to see who is here.
answerer() {
	found=$(sed -n 's/.*"participants":\["[^"]*","\([^"]*\)".*/\1/p' "$dir/answer")
	[ -n "$found" ] || found=$(sed -n 's/.*"invited":\[{"peer":"\([^"]*\)","state":"[a-z]*"}\].*/\1/p' "$dir/answer") # gone again
	[ -n "$found" ] && ask POST "/rooms/$room/peers" 15 '{}' || return
	sed -n "s/.*\"id\":\"$found\",\"name\":\"\($string\)\".*/\1/p" "$dir/answer" | readable
}

# stop_waiting cancels. Who answered in the same moment has answered: the server says so.
stop_waiting() {
	ask POST "/rooms/$room/calls/$call/hangup" 15 '{}' || give_up
	if grep -q '"answeredAt":' "$dir/answer"; then
		answered
	fi
	call=
	leave
	say 'no answer'
	exit 1
}

# cancel is Ctrl-C.
cancel() {
	trap '' HUP INT PIPE TERM
	[ -z "$child" ] || kill "$child" 2>/dev/null
	leave
	say cancelled 2>/dev/null
	exit 1
}

# leave hangs up and gives the seat back, as far as there is one. It does not try for long: the server does the same
# by itself when our lease runs out. A call or a seat that is gone already is no trouble.
leave() {
	patience=5
	if [ -n "$call" ] && ! ask POST "/rooms/$room/calls/$call/hangup" 5 '{}' && [ "$status" != 404 ]; then
		complain "hanging up: $(trouble)"
	fi
	if [ -n "$peer" ] && ! ask DELETE "/rooms/$room/peers/$peer" 5 && [ "$status" != 401 ]; then
		complain "leaving: $(trouble)"
	fi
	call='' peer=''
}

give_up() {
	complain "$(trouble)"
	leave
	exit 2
}

# trouble is one line about the last request that failed.
trouble() {
	if [ "$status" = 000 ]; then
		head -n 1 "$dir/error"
		return
	fi
	case $status in 3??)
		printf '%s\n' "$url leads elsewhere: $(sed -n 's/^[Ll]ocation: *//p' "$dir/answer-headers" | readable)"
		return
		;;
	esac
	detail=$(text detail | readable)
	printf '%s\n' "${detail:-$url answered with status $status}"
}

# ask METHOD PATH SECONDS [BODY [HEADER]] makes one request, each try of at most SECONDS, and leaves the answer in
# $dir/answer and its status in $status (000: none). What a repetition may mend is tried again until patience ends;
# every request that is sent here may be sent twice. It fails unless the answer is 2xx.
ask() {
	began=$(date +%s) pause=1
	printf '%s' "${4-}" >"$dir/body"
	while :; do
		: >"$dir/answer"
		: >"$dir/answer-headers"
		fetch "$@"
		case $status in
		2??) return 0 ;;
		000) case $failure in 1 | 2 | 3 | 4 | 43 | 51 | 58 | 59 | 60 | 77) return 1 ;; esac ;; # no use to repeat
		408 | 429 | 5??) ;;
		*) return 1 ;;
		esac
		after=$(sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9]\{1,3\}\)[^0-9]*$/\1/p' "$dir/answer-headers")
		[ $(($(date +%s) - began + ${after:-$pause})) -le "$patience" ] || return 1
		[ "$pause" -gt 1 ] || complain "$(trouble); trying again"
		sleep "${after:-$pause}" &
		finish
		[ "$pause" -ge 8 ] || pause=$((pause * 2))
	done
}

# fetch is one try. curl runs beside us, so that a signal is heard at once and not when curl is done.
fetch() {
	method=$1 path=$2 limit=$3 header=${5-}
	set -- -sS --connect-timeout 10 --max-time "$limit" -X "$method" -H "@$dir/headers"
	[ -z "$header" ] || set -- "$@" -H "$header"
	[ "$method" != POST ] || set -- "$@" --data-binary "@$dir/body"
	curl "$@" -o "$dir/answer" -D "$dir/answer-headers" -w '%{http_code}' "$url/api/v1$path" \
		>"$dir/status" 2>"$dir/error" </dev/null &
	finish
	failure=$?
	status=$(cat "$dir/status")
	[ "$failure" = 0 ] && [ -n "$status" ] || status=000 # a status without its whole answer is none
}

finish() {
	child=$!
	wait "$child"
	set -- $?
	child=
	return "$1"
}

# string is the inside of a JSON string, as a basic regular expression.
string='[^"\\]*\(\\.[^"\\]*\)*'

# text KEY prints the member KEY of the answer, a string, as it stands in the JSON. Of several it is the last, which
# for a long-poll's lastEventId is the one behind the list of events.
text() { sed -n "s/.*\"$1\":\"\($string\)\".*/\1/p" "$dir/answer"; }

# outside_invited KEY is the same for a call, without those who were invited: they have a state too.
outside_invited() { sed -n "s/\"invited\":\[[^]]*\]//; s/.*\"$1\":\"\($string\)\".*/\1/p" "$dir/answer"; }

# quote writes its argument as a JSON string; there are no control characters in it.
quote() { printf '"%s"' "$(printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g')"; }

# readable undoes the escapes of a JSON string, and lets no control character reach the terminal.
readable() {
	mark=$(printf '\001') # stands for a backslash that was escaped
	sed "s/\\\\\\\\/$mark/g; s/\\\\\"/\"/g; s/\\\\u003[cC]/</g; s/\\\\u003[eE]/>/g; s/\\\\u0026/\\&/g; s/$mark/\\\\/g" |
		tr -d '[:cntrl:]'
}

main "$@"
