package call_test

import (
	"fmt"
	"testing"

	"yodel/server/call"
)

const (
	busy   = call.ReasonBusy
	failed = call.ReasonFailed
)

func TestAccept(t *testing.T) {
	run(t, map[string]step{
		"the first to accept answers the call":              {toBobCy, do(accept{"cy"}), "active r2 ann,cy | bob=ringing cy=accepted", nil},
		"the second of two finds it full":                   {toBobCy, do(accept{"cy"}, accept{"bob"}), "active r2 ann,cy | bob=ringing cy=accepted", call.ErrFull},
		"a third comes in where three may":                  {threeMay, do(accept{"cy"}, accept{"bob"}), "active r3 ann,cy,bob | bob=accepted cy=accepted", nil},
		"somebody not invited waits while it rings":         {toBobCy, do(accept{"dee"}), "ringing r1 ann | bob=ringing cy=ringing", call.ErrNotInvited},
		"somebody not invited comes in once it is on":       {threeMay, do(accept{"cy"}, accept{"dee"}), "active r3 ann,cy,dee | bob=ringing cy=accepted", nil},
		"the caller does not answer their own call":         {toBob, do(accept{"ann"}), "ringing r1 ann | bob=ringing", call.ErrNotInvited},
		"a participant repeats themselves":                  {toBob, do(accept{"bob"}, accept{"bob"}), "active r2 ann,bob | bob=accepted", nil},
		"the caller in the call repeats themselves":         {toBob, do(accept{"bob"}, accept{"ann"}), "active r2 ann,bob | bob=accepted", nil},
		"who declined may change their mind":                {toBobCy, do(decline{Peer: "bob"}, accept{"bob"}), "active r3 ann,bob | bob=accepted cy=ringing", nil},
		"who was busy may change their mind once it is on":  {threeMay, do(decline{"bob", busy}, accept{"cy"}, accept{"bob"}), "active r4 ann,cy,bob | bob=accepted cy=accepted", nil},
		"who left the room while it rang may still answer":  {toBobCy, do(gone{Peer: "bob"}, accept{"bob"}), "active r3 ann,bob | bob=accepted cy=ringing", nil},
		"who comes back goes last":                          {threeMay, do(accept{"bob"}, accept{"cy"}, hangup{Peer: "bob"}, accept{"bob"}), "active r5 ann,cy,bob | bob=accepted cy=accepted", nil},
		"the caller who comes back goes last":               {threeMay, do(accept{"bob"}, accept{"cy"}, hangup{Peer: "ann"}, accept{"ann"}), "active r5 bob,cy,ann | bob=accepted cy=accepted", nil},
		"a place that was left is free":                     {openToAll, do(accept{"bob"}, accept{"dee"}, hangup{Peer: "bob"}, accept{"cy"}), "active r5 ann,dee,cy | bob=left cy=accepted", nil},
		"too late after the caller cancelled":               {toBob, do(hangup{Peer: "ann"}, accept{"bob"}), "cancelled ended r2 ann | bob=ringing", call.ErrOver},
		"too late after the end, even for who was in it":    {toBob, do(accept{"bob"}, hangup{Peer: "ann"}, accept{"bob"}), "hangup ended r3 bob | bob=accepted", call.ErrOver},
		"too late after the end, not invited nor otherwise": {toBob, do(timeout{}, accept{"dee"}), "timeout ended r2 ann | bob=ringing", call.ErrOver},
	})
}

func TestDecline(t *testing.T) {
	run(t, map[string]step{
		"the only one declines":                          {toBob, do(decline{"bob", call.ReasonDeclined}), "declined ended r2 ann | bob=declined", nil},
		"the only one is busy":                           {toBob, do(decline{"bob", busy}), "busy ended r2 ann | bob=busy", nil},
		"no reason is a plain no":                        {toBob, do(decline{Peer: "bob"}), "declined ended r2 ann | bob=declined", nil},
		"one of two declines":                            {toBobCy, do(decline{Peer: "bob"}), "ringing r2 ann | bob=declined cy=ringing", nil},
		"declined weighs more than busy":                 {toBobCy, do(decline{"bob", call.ReasonDeclined}, decline{"cy", busy}), "declined ended r3 ann | bob=declined cy=busy", nil},
		"two are busy":                                   {toBobCy, do(decline{"bob", busy}, decline{"cy", busy}), "busy ended r3 ann | bob=busy cy=busy", nil},
		"repeated while it rings":                        {toBobCy, do(decline{Peer: "bob"}, decline{"bob", busy}), "ringing r2 ann | bob=declined cy=ringing", nil},
		"repeated after it ended the call":               {toBob, do(decline{"bob", busy}, decline{"bob", busy}), "busy ended r2 ann | bob=busy", nil},
		"after the call is on it rings no more":          {toBobCy, do(accept{"cy"}, decline{Peer: "bob"}), "active r3 ann,cy | bob=declined cy=accepted", nil},
		"a participant has to hang up instead":           {toBob, do(accept{"bob"}, decline{Peer: "bob"}), "active r2 ann,bob | bob=accepted", call.ErrNotInvited},
		"the caller has to hang up instead":              {toBob, do(decline{Peer: "ann"}), "ringing r1 ann | bob=ringing", call.ErrNotInvited},
		"somebody not invited":                           {toBobCy, do(decline{Peer: "dee"}), "ringing r1 ann | bob=ringing cy=ringing", call.ErrNotInvited},
		"somebody who left is out already":               {toBobCy, do(gone{Peer: "bob"}, decline{Peer: "bob"}), "ringing r2 ann | bob=left cy=ringing", nil},
		"somebody not invited who is in the call":        {threeMay, do(accept{"bob"}, accept{"dee"}, decline{Peer: "dee"}), "active r3 ann,bob,dee | bob=accepted cy=ringing", call.ErrNotInvited},
		"too late after the end":                         {toBob, do(hangup{Peer: "ann"}, decline{Peer: "bob"}), "cancelled ended r2 ann | bob=ringing", call.ErrOver},
		"too late after the end for who was in it":       {toBob, do(accept{"bob"}, hangup{Peer: "bob"}, decline{Peer: "bob"}), "hangup ended r3 ann | bob=left", call.ErrOver},
		"too late after the end for who was never asked": {toBob, do(timeout{}, decline{Peer: "dee"}), "timeout ended r2 ann | bob=ringing", call.ErrOver},
		"the last one in an open call declines":          {openToAll, do(decline{Peer: "bob"}, decline{"cy", busy}), "declined ended r3 ann | bob=declined cy=busy", nil},
		"one leaves, the other is busy":                  {toBobCy, do(gone{Peer: "bob"}, decline{"cy", busy}), "busy ended r3 ann | bob=left cy=busy", nil},
		"by somebody who was in it and left":             {threeMay, do(decline{Peer: "bob"}, accept{"cy"}, accept{"bob"}, hangup{Peer: "bob"}, decline{Peer: "bob"}), "active r5 ann,cy | bob=left cy=accepted", nil},
	})
}

func TestHangup(t *testing.T) {
	run(t, map[string]step{
		"the caller cancels":                      {toBob, do(hangup{Peer: "ann"}), "cancelled ended r2 ann | bob=ringing", nil},
		"the caller cancels because it failed":    {toBob, do(hangup{"ann", failed}), "cancelled ended r2 ann | bob=ringing", nil},
		"the caller, ringing alone, cancels":      {openAlone, do(hangup{Peer: "ann"}), "cancelled ended r2 ann |", nil},
		"an invitee who rings declines":           {toBob, do(hangup{Peer: "bob"}), "declined ended r2 ann | bob=declined", nil},
		"an invitee who rings in an active call":  {toBobCy, do(accept{"cy"}, hangup{"bob", failed}), "active r3 ann,cy | bob=declined cy=accepted", nil},
		"an invitee who declined":                 {toBobCy, do(decline{"bob", busy}, hangup{Peer: "bob"}), "ringing r2 ann | bob=busy cy=ringing", nil},
		"the callee of two ends it":               {toBob, do(accept{"bob"}, hangup{Peer: "bob"}), "hangup ended r3 ann | bob=left", nil},
		"the caller of two ends it":               {toBob, do(accept{"bob"}, hangup{Peer: "ann"}), "hangup ended r3 bob | bob=accepted", nil},
		"one of two gives up":                     {toBob, do(accept{"bob"}, hangup{"bob", failed}), "failed ended r3 ann | bob=left", nil},
		"one of three leaves the others":          {threeMay, do(accept{"bob"}, accept{"cy"}, hangup{"bob", failed}), "active r4 ann,cy | bob=left cy=accepted", nil},
		"the last one to go gives the reason":     {threeMay, do(accept{"bob"}, accept{"cy"}, hangup{"bob", failed}, hangup{Peer: "ann"}), "hangup ended r5 cy | bob=left cy=accepted", nil},
		"the last one to go failed":               {threeMay, do(accept{"bob"}, accept{"cy"}, hangup{Peer: "bob"}, hangup{"ann", failed}), "failed ended r5 cy | bob=left cy=accepted", nil},
		"repeated by an invitee who left":         {threeMay, do(accept{"bob"}, accept{"cy"}, hangup{Peer: "bob"}, hangup{Peer: "bob"}), "active r4 ann,cy | bob=left cy=accepted", nil},
		"repeated by the caller who left":         {threeMay, do(accept{"bob"}, accept{"cy"}, hangup{Peer: "ann"}, hangup{Peer: "ann"}), "active r4 bob,cy | bob=accepted cy=accepted", nil},
		"repeated by somebody who came uninvited": {threeMay, do(accept{"bob"}, accept{"dee"}, hangup{Peer: "dee"}, hangup{Peer: "dee"}), "active r4 ann,bob | bob=accepted cy=ringing", nil},
		"again after coming back":                 {threeMay, do(accept{"bob"}, accept{"dee"}, hangup{Peer: "dee"}, accept{"dee"}, hangup{Peer: "dee"}), "active r6 ann,bob | bob=accepted cy=ringing", nil},
		"by somebody not in it while it rings":    {toBobCy, do(hangup{Peer: "dee"}), "ringing r1 ann | bob=ringing cy=ringing", call.ErrNotInCall},
		"by somebody not in it once it is on":     {toBobCy, do(accept{"bob"}, hangup{Peer: "dee"}), "active r2 ann,bob | bob=accepted cy=ringing", call.ErrNotInCall},
		"repeated after the end":                  {toBob, do(accept{"bob"}, hangup{Peer: "bob"}, hangup{"bob", failed}), "hangup ended r3 ann | bob=left", nil},
		"after the end by the other":              {toBob, do(accept{"bob"}, hangup{Peer: "bob"}, hangup{Peer: "ann"}), "hangup ended r3 ann | bob=left", nil},
		"after the end by anybody":                {toBob, do(timeout{}, hangup{Peer: "dee"}), "timeout ended r2 ann | bob=ringing", nil},
		"as it is answered, too late to cancel":   {threeMay, do(accept{"bob"}, hangup{Peer: "ann"}), "hangup ended r3 bob | bob=accepted cy=ringing", nil},
		"an unknown reason is an ordinary one":    {toBob, do(accept{"bob"}, hangup{"bob", call.ReasonTimeout}), "hangup ended r3 ann | bob=left", nil},
		"who hung up on one other finds it over":  {threeMay, do(accept{"bob"}, hangup{Peer: "ann"}, accept{"ann"}), "hangup ended r3 bob | bob=accepted cy=ringing", call.ErrOver},
	})
}

func TestOnlyTheLongestGoneAreForgotten(t *testing.T) {
	c, _ := apply(t, call.New(threeMay, start), accept{"bob"})
	for i := range 100 {
		peer := fmt.Sprint("guest", i)
		c, _ = apply(t, c, accept{peer}, hangup{Peer: peer})
	}
	if len(c.Former) != 64 {
		t.Errorf("%d of those who left are kept", len(c.Former))
	}
	if _, err := apply(t, c, hangup{Peer: "guest99"}); err != nil {
		t.Errorf("the last one to leave repeats their hangup: %v", err)
	}
}
