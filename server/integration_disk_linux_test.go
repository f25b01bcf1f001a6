package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yodel/store/storetest"
)

// TestFullDisk shows that a server that cannot write promises nothing, says so, and goes on as soon as it can.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startIn(t, dir)
	ana, bob := s.join("r", "Ana"), s.join("r", "Bob")
	watch := bob.stream(listenAfter{after: bob.LastEventID})
	hear(t, watch, "hello")
	hear(t, watch, "peer-joined")

	free := storetest.FillDisk(t, filepath.Join(dir, "journal"))
	ana.post("/messages", object{"id": messageID, "type": "chat", "data": 1}).isProblem("storage-unavailable")
	ana.post("/calls", object{"id": callID}).isProblem("storage-unavailable")
	s.post("/rooms/other/peers", "", nil).isProblem("storage-unavailable")
	ana.do("GET", "", nil).is(http.StatusOK) // whatever needs no writing works

	free()
	said := ana.send(object{"id": messageID, "type": "chat", "data": 1})
	if got := hear(t, watch, "chat"); got.ID != said[0] {
		t.Errorf("heard %+v", got)
	}
	ana.call(object{"id": callID})
	if got := hearCall(t, watch); got.State != "ringing" || got.Revision != 1 {
		t.Errorf("heard %+v", got)
	}
}

// TestAJournalThatCannotBeUsed stops the start, with a sentence that names it.
func TestAJournalThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "journal")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr safeBuffer
	code := run(context.Background(), []string{"yodel", "serve", "--listen=127.0.0.1:0", "--data-dir=" + dir}, &stdout, &stderr)
	if code != 2 || stdout.String() != "" || !strings.Contains(stderr.String(), path) {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout.String(), stderr.String())
	}
}
