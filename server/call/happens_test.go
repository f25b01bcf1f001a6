package call_test

import "testing"

func TestGone(t *testing.T) {
	run(t, map[string]step{
		"the caller leaves while it rings":            {toBob, do(gone{Peer: "ann"}), "cancelled ended r2 ann | bob=ringing", nil},
		"the caller's lease runs out while it rings":  {toBob, do(gone{"ann", true}), "cancelled ended r2 ann | bob=ringing", nil},
		"the only one to ring leaves":                 {toBob, do(gone{Peer: "bob"}), "timeout ended r2 ann | bob=left", nil},
		"the only one to ring expires":                {toBob, do(gone{"bob", true}), "timeout ended r2 ann | bob=left", nil},
		"one of two who ring leaves":                  {toBobCy, do(gone{Peer: "bob"}), "ringing r2 ann | bob=left cy=ringing", nil},
		"both who ring leave":                         {toBobCy, do(gone{Peer: "bob"}, gone{Peer: "cy"}), "timeout ended r3 ann | bob=left cy=left", nil},
		"one declines, the other leaves":              {toBobCy, do(decline{Peer: "bob"}, gone{Peer: "cy"}), "declined ended r3 ann | bob=declined cy=left", nil},
		"who declined leaves":                         {toBobCy, do(decline{Peer: "bob"}, gone{Peer: "bob"}), "ringing r2 ann | bob=declined cy=ringing", nil},
		"one who still rang leaves an active call":    {toBobCy, do(accept{"bob"}, gone{Peer: "cy"}), "active r3 ann,bob | bob=accepted cy=left", nil},
		"one of two leaves":                           {toBob, do(accept{"bob"}, gone{Peer: "bob"}), "hangup ended r3 ann | bob=left", nil},
		"one of two expires":                          {toBob, do(accept{"bob"}, gone{"ann", true}), "failed ended r3 bob | bob=accepted", nil},
		"one of three expires":                        {threeMay, do(accept{"bob"}, accept{"cy"}, gone{"cy", true}), "active r4 ann,bob | bob=accepted cy=left", nil},
		"who expired in the call comes back":          {threeMay, do(accept{"bob"}, accept{"cy"}, gone{"cy", true}, arrived{"cy"}, accept{"cy"}), "active r5 ann,bob,cy | bob=accepted cy=accepted", nil},
		"who expired in the call need not hang up":    {threeMay, do(accept{"bob"}, accept{"dee"}, gone{"dee", true}, hangup{Peer: "dee"}), "active r4 ann,bob | bob=accepted cy=ringing", nil},
		"a stranger leaves while it rings":            {toBobCy, do(gone{Peer: "dee"}), "ringing r1 ann | bob=ringing cy=ringing", nil},
		"a stranger leaves while it is on":            {toBob, do(accept{"bob"}, gone{"dee", true}), "active r2 ann,bob | bob=accepted", nil},
		"the caller leaves after the end":             {toBob, do(timeout{}, gone{Peer: "ann"}), "timeout ended r2 ann | bob=ringing", nil},
		"an invitee leaves after the end":             {toBob, do(timeout{}, gone{Peer: "bob"}), "timeout ended r2 ann | bob=ringing", nil},
		"the last who rang in an open call leaves it": {openToAll, do(gone{Peer: "bob"}, gone{Peer: "cy"}), "timeout ended r3 ann | bob=left cy=left", nil},
	})
}

func TestArrived(t *testing.T) {
	run(t, map[string]step{
		"an open call rings whoever comes":             {openAlone, do(arrived{"bob"}, arrived{"cy"}), "ringing r3 ann | bob=ringing cy=ringing", nil},
		"who came may answer":                          {openAlone, do(arrived{"bob"}, accept{"bob"}), "active r3 ann,bob | bob=accepted", nil},
		"who came may decline":                         {openAlone, do(arrived{"bob"}, decline{Peer: "bob"}), "declined ended r3 ann | bob=declined", nil},
		"the caller comes back to an open call":        {openAlone, do(arrived{"ann"}), "ringing r1 ann |", nil},
		"who rings comes back":                         {openToAll, do(arrived{"bob"}), "ringing r1 ann | bob=ringing cy=ringing", nil},
		"who left comes back":                          {toBobCy, do(gone{"bob", true}, arrived{"bob"}), "ringing r3 ann | bob=ringing cy=ringing", nil},
		"who left an open call comes back":             {openToAll, do(gone{"bob", true}, arrived{"bob"}), "ringing r3 ann | bob=ringing cy=ringing", nil},
		"who declined comes back":                      {openToAll, do(decline{Peer: "bob"}, gone{Peer: "bob"}, arrived{"bob"}), "ringing r2 ann | bob=declined cy=ringing", nil},
		"who was busy comes back":                      {toBobCy, do(decline{"bob", busy}, arrived{"bob"}), "ringing r2 ann | bob=busy cy=ringing", nil},
		"somebody comes while chosen ones ring":        {toBob, do(arrived{"cy"}), "ringing r1 ann | bob=ringing", nil},
		"somebody comes to a call that is on":          {openToAll, do(accept{"bob"}, arrived{"dee"}), "active r2 ann,bob | bob=accepted cy=ringing", nil},
		"an invitee comes back to a call that is on":   {openToAll, do(accept{"bob"}, gone{Peer: "cy"}, arrived{"cy"}), "active r3 ann,bob | bob=accepted cy=left", nil},
		"somebody comes after the end":                 {openAlone, do(timeout{}, arrived{"bob"}), "timeout ended r2 ann |", nil},
		"who left comes back after all others did too": {toBob, do(gone{"bob", true}, arrived{"bob"}), "timeout ended r2 ann | bob=left", nil},
	})
}

func TestRingTimeout(t *testing.T) {
	run(t, map[string]step{
		"nobody answered":          {toBobCy, do(timeout{}), "timeout ended r2 ann | bob=ringing cy=ringing", nil},
		"nobody was there":         {openAlone, do(timeout{}), "timeout ended r2 ann |", nil},
		"one declined":             {toBobCy, do(decline{Peer: "bob"}, timeout{}), "declined ended r3 ann | bob=declined cy=ringing", nil},
		"one was busy":             {toBobCy, do(decline{"bob", busy}, timeout{}), "busy ended r3 ann | bob=busy cy=ringing", nil},
		"somebody answered before": {toBob, do(accept{"bob"}, timeout{}), "active r2 ann,bob | bob=accepted", nil},
		"it ended before":          {toBob, do(hangup{Peer: "ann"}, timeout{}), "cancelled ended r2 ann | bob=ringing", nil},
	})
}
