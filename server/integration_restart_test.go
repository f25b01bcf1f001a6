package main

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestRestart shows that a server that was stopped and started again with the same directory goes on as if nothing had
// been: rooms and passcodes, tokens and who left, seats, and streams that resume with what nobody has heard yet.
func TestRestart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state", "yodel")
	before := startIn(t, dir)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory is %v, %v", info, err)
	}
	before.newRoom(object{"room": "family", "passcode": "right", "callCapacity": 5})
	ana := before.joinWith("family", object{"name": "Ana", "passcode": "right"})
	bob := before.joinWith("family", object{"name": "Bob", "passcode": "right"})
	gone := before.joinWith("family", object{"name": "Cy", "passcode": "right"})
	open := before.join("open", "Dee")
	gone.leave()
	unheard := bob.send(object{"to": ana.Peer.ID, "type": "chat", "data": 1})
	if code := before.stop(); code != 0 {
		t.Fatalf("exit code %d", code)
	}

	s := startIn(t, dir)
	moveTo(s, ana, bob, gone, open)
	room := decoded[struct {
		CallCapacity, PeerCount int
		PasscodeRequired        bool
	}](s.get("/rooms/family", "").is(http.StatusOK))
	if room.CallCapacity != 5 || room.PeerCount != 2 || !room.PasscodeRequired {
		t.Errorf("the room is %+v", room)
	}
	s.post("/rooms/family/peers", "", nil).isProblem("passcode-required")
	s.post("/rooms/family/peers", "", object{"passcode": "wrong"}).isProblem("passcode-wrong")
	s.post("/rooms", "", object{"room": "family"}).isProblem("room-exists")
	gone.do("GET", "", nil).isProblem("token-revoked")

	list, err := ana.poll(listenAfter{after: bob.LastEventID}).once("0")
	if err != nil || len(list.Events) != 4 || list.Events[3].ID != unheard[0] {
		t.Fatalf("%+v, %v", list, err)
	}
	watch := ana.stream(listenAfter{after: list.LastEventID})
	hello := data[helloShape](t, hear(t, watch, "hello"))
	if !hello.Resumed || hello.Peer.ID != ana.Peer.ID || hello.Peer.Name != "Ana" || len(hello.Peers) != 2 {
		t.Errorf("hello is %+v", hello)
	}
	ana.send(object{"to": bob.Peer.ID, "type": "chat", "data": 2}) // who has not come back yet
	ana.post("/messages", object{"to": gone.Peer.ID, "type": "chat", "data": 3}).isProblem("peer-not-found")
	bob.send(object{"to": ana.Peer.ID, "type": "chat", "data": 4}) // and nothing tells of his coming back
	hear(t, watch, "chat")
	open.call(object{})
}

// TestRestartWithoutTheLog shows what people are told, and how they find each other again, where the log is lost: with a
// directory that has lost it, and with none.
func TestRestartWithoutTheLog(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{"lost": t.TempDir(), "none": "none"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := startIn(t, dir)
			ana, bob := before.join("r", "Ana"), before.join("r", "Bob")
			before.stop()
			if err := os.RemoveAll(filepath.Join(dir, "journal")); err != nil {
				t.Fatal(err)
			}
			s := startIn(t, dir)
			moveTo(s, ana, bob)
			findEachOther(t, ana, bob)
		})
	}
}

// findEachOther has two go on with a server that has lost its log.
func findEachOther(t *testing.T, ana, bob *member) {
	t.Helper()
	list, err := ana.poll(listenAfter{after: ana.LastEventID}).once("0")
	if err != nil || len(list.Events) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	hello := data[helloShape](t, list.Events[0])
	if hello.Resumed || hello.Reason != "restart" || hello.Peer.ID != ana.Peer.ID || hello.Peer.Name != "Ana" || len(hello.Peers) != 1 {
		t.Errorf("hello is %+v", hello)
	}
	watch := ana.stream(listenAfter{after: ana.LastEventID})
	if got := data[helloShape](t, hear(t, watch, "hello")); got.Resumed || got.Reason != "restart" {
		t.Errorf("hello is %+v", got)
	}
	ana.post("/messages", object{"to": bob.Peer.ID, "type": "chat", "data": 1}).isProblem("peer-away")
	bob.do("GET", "", nil).is(http.StatusOK)
	if got := data[peerShape](t, hear(t, watch, "peer-joined")); got.ID != bob.Peer.ID || got.Name != "Bob" {
		t.Errorf("heard %+v", got)
	}
	bob.send(object{"to": ana.Peer.ID, "type": "chat", "data": 1})
	hear(t, watch, "chat")
}

// moveTo has members go on with another server.
func moveTo(s *server, members ...*member) {
	for _, m := range members {
		m.server = s
	}
}

// TestStop shows that the program itself ends well within 10 s of SIGTERM and SIGINT, streams open or not.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			s, program := startProgram(t, t.TempDir())
			watch := s.join("r", "Ana").stream(listenAfter{})
			hear(t, watch, "hello")
			if err := program.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			hearGoodbye(t, watch, "draining")
			ended := make(chan error, 1)
			go func() { ended <- program.Wait() }()
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("it ended with %v", err)
				}
			case <-time.After(10 * time.Second):
				t.Error("it does not end within 10 s")
				_ = program.Process.Kill()
				<-ended
			}
		})
	}
}

// startProgram starts a process of its own, which is this test binary as the program, with a directory that another may
// have left.
func startProgram(t *testing.T, dir string, flags ...string) (*server, *exec.Cmd) {
	t.Helper()
	program, err := programCommand(append([]string{"serve", "--listen=127.0.0.1:0", "--data-dir=" + dir}, flags...)...)
	if err != nil {
		t.Fatal(err)
	}
	log := &safeBuffer{}
	program.Stderr = log
	stdout, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if program.ProcessState == nil {
			_ = program.Process.Kill()
			_ = program.Wait()
		}
		if t.Failed() {
			t.Logf("log of the program:\n%s", log)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return (&server{url: loopbackURL(line)}).with(t), program
}

// programCommand is this test binary as the program, to be started.
func programCommand(args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	program := exec.CommandContext(context.Background(), self, args...)
	program.Env = append(os.Environ(), asProgram+"=1")
	return program, nil
}
