package call_test

import (
	"encoding/json"
	"fmt"
	"time"

	"yodel/server/call"
)

// Ann rings Bob, who answers after five seconds; a minute later Ann hangs up.
func Example() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := call.New(call.Start{ID: "c1", Room: "den", Caller: "ann", To: []string{"bob"}, Video: true, Capacity: 2}, now)
	c, _ = c.Apply(call.Accept{Peer: "bob"}, now.Add(5*time.Second))
	c, _ = c.Apply(call.Hangup{Peer: "ann"}, now.Add(65*time.Second))

	text, _ := json.MarshalIndent(c.Public(), "", " ")
	fmt.Println(string(text))
	// Output:
	// {
	//  "id": "c1",
	//  "room": "den",
	//  "revision": 3,
	//  "state": "ended",
	//  "reason": "hangup",
	//  "video": true,
	//  "caller": "ann",
	//  "invited": [
	//   {
	//    "peer": "bob",
	//    "state": "accepted"
	//   }
	//  ],
	//  "participants": [
	//   "bob"
	//  ],
	//  "createdAt": "2026-03-01T12:00:00.000Z",
	//  "answeredAt": "2026-03-01T12:00:05.000Z",
	//  "endedAt": "2026-03-01T12:01:05.000Z"
	// }
}
