// Package fault is a proxy that breaks HTTP/1.1 on purpose, between a client and a server: it cuts, freezes, delays,
// buffers, reorders, swallows answers and refuses, by rules that may change at any time, and counts what it did, so that a
// test can see that a fault really happened. Whatever no rule is about passes unchanged, byte by byte as it comes; the
// framing of messages is followed, never rewritten. A connection that one side closes or resets is closed or reset on the
// other side too. There is one connection to the server per connection of a client. Upgrade is not followed.
//
// # Control
//
//	GET  /rules     the rules in force
//	PUT  /rules     replaces all of them; {} lets everything pass. What is held back by a rule that is gone goes on at once
//	POST /cut       {"match": M, "how": "rst"|"fin", "silent": false}: cuts what is open now, answers {"cut": 3}
//	POST /freeze    {"match": M}: goes on accepting and reading, passes nothing in either direction until POST /thaw
//	POST /thaw
//	POST /upstream  {"address": "127.0.0.1:8081"}: where connections lead from now on
//	GET  /stats     what happened so far, see [Stats]
//
// A wrong document is answered 400 with a sentence, and changes nothing.
//
// # Rules
//
// Each member is a list; of each list the first entry counts that matches, has times left, and whose die says so.
//
//	{
//	  "seed": 7,                 // of all chances; absent: as it was
//	  "upstreamDown": "reset",   // a server that does not listen: "reset" as it would look without proxy, or "502"
//	  "refuse":  [{"match": M, "as": "bad-gateway"|"forbidden"|"portal"}],
//	  "reorder": [{"match": M, "behind": M, "holdMs": 1000}],
//	  "drop":    [{"match": M, "how": "rst"|"fin"}],
//	  "cut":     [{"match": M, "afterBytes": 100, "spreadBytes": 500, "how": "rst"|"fin", "silent": false}],
//	  "buffer":  [{"match": M, "untilBytes": 4096, "untilEvents": 3, "lagEvents": 1, "passHead": false}],
//	  "delay":   [{"match": M, "upMs": 20, "downMs": 20, "jitterMs": 10}]
//	}
//
// refuse, reorder, drop and cut also take "times" (how often; absent: without end) and "probability" (absent: always).
//
//   - refuse answers as a corporate proxy would and asks nobody: 502 or 403 with a page of HTML, or a captive portal's 200.
//   - reorder holds a request back until one that came later, on another connection, was answered (its head arrived), but no
//     longer than holdMs. behind: only such a later one counts. A client that gives up meanwhile changes nothing: its
//     request still reaches the server, late.
//   - drop passes the request on, reads the whole answer, throws it away and closes the client's connection.
//   - cut ends both connections once so many bytes of an answer, counted from its head, have been passed on; spreadBytes adds
//     up to so many more by chance. silent: the server is not told; its connection stays open and is read to nowhere, as
//     when a phone loses its network.
//   - buffer holds an answer back, with its head unless passHead, and lets all that is held go together: when it has grown to
//     untilBytes, when untilEvents Server-Sent Events are complete, or when the answer is over, which is all that helps where
//     neither is given. lagEvents instead lets everything go but the newest so many events.
//   - delay is per piece of a body as it was read, in each direction, plus up to jitterMs by chance; order is kept.
//
// buffer and delay follow a change of rules at once, also in the middle of an answer; the others count for what begins.
//
// M, a match, says which exchanges are meant. An absent member, or an absent match, means any:
//
//	{"method": "POST", "path": "/messages$", "class": ["stream"], "notClass": ["long-poll"], "type": "text/event-stream"}
//
// path is a regular expression on path and query. class is a list of "stream", "get-stream", "post-stream" (an Accept of
// text/event-stream, or an answer of that type), "long-poll" (a path that ends in /events, and no stream) and "short"
// (everything else). type is what the Content-Type of the answer begins with; a match with it never applies before there is
// an answer. A connection on which no exchange is under way is matched by an empty match alone.
package fault
