package storetest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"yodel/store"
)

// A process of its own says things in several rooms, and says what it was acknowledged; it is killed (SIGKILL), and
// another goes on from there, repeating what it cannot know.

const (
	childDir  = "YODEL_STORETEST_DIR"
	childNext = "YODEL_STORETEST_NEXT"
	writers   = 4
)

// witness remembers what was acknowledged in each room: by sequence number, which message it is.
type witness [writers]map[uint64]int

// RunKilled kills so many processes that use the store in one directory, one after another, each after so many
// acknowledgements at most, and looks what is left each time. It is called like RunDurable.
func RunKilled(t *testing.T, open Reopen, kills, acknowledgements int) {
	if asChild(t, open) {
		return
	}
	if testing.Short() {
		kills = min(kills, 3)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	var seen witness
	for w := range seen {
		seen[w] = map[uint64]int{}
	}
	for range kills {
		runChild(t, dir, &seen, random.IntN(acknowledgements))
		s := open(t, dir)
		for w := range seen {
			seen.check(t, s, w)
		}
		shut(t, s)
	}
}

// next is the number of the first message of a writer that may not have arrived.
func (seen *witness) next(w int) int {
	next := 0
	for _, n := range seen[w] {
		next = max(next, n+1)
	}
	return next
}

// runChild runs a process until it has said so many acknowledgements, and kills it.
func runChild(t *testing.T, dir string, seen *witness, acks int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	top, _, _ := strings.Cut(t.Name(), "/")
	child := exec.Command(os.Args[0], "-test.run=^"+top+"$", "-test.count=1")
	var next []string
	for w := range seen {
		next = append(next, strconv.Itoa(seen.next(w)))
	}
	child.Env = append(os.Environ(), childDir+"="+dir, childNext+"="+strings.Join(next, ","))
	child.ExtraFiles = []*os.File{w}
	output := &strings.Builder{}
	child.Stdout, child.Stderr = output, output
	err = child.Start()
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(r)
	for heard := 0; ; heard++ {
		if heard == acks {
			_ = child.Process.Kill() // whatever it has said before goes on coming
		}
		if !lines.Scan() {
			break
		}
		var w, n int
		var seq uint64
		if _, err := fmt.Sscan(lines.Text(), &w, &n, &seq); err == nil {
			seen.note(t, w, n, seq)
		}
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 { // -1: by a signal
		t.Fatalf("the process ended by itself: %v\n%s", err, output)
	}
}

func (seen *witness) note(t *testing.T, w, n int, seq uint64) {
	t.Helper()
	if known, taken := seen[w][seq]; taken && known != n {
		t.Fatalf("room %d gave the place %d to message %d and then to message %d", w, seq, known, n)
	}
	seen[w][seq] = n
}

// check looks at everything there is in a writer's room.
func (seen *witness) check(t *testing.T, s store.Store, w int) {
	t.Helper()
	if len(seen[w]) == 0 {
		return
	}
	snapshot, err := s.Load(ctx, roomOf(w))
	if err != nil {
		t.Fatalf("room %d: %v", w, err)
	}
	records, err := s.Read(ctx, roomOf(w), store.Position{Epoch: snapshot.Last.Epoch}, 1<<30)
	if err != nil {
		t.Fatalf("room %d: %v", w, err)
	}
	for i, record := range records {
		known, acknowledged := seen[w][record.Seq]
		if string(record.Body) != strconv.Itoa(i) || acknowledged && known != i {
			t.Fatalf("room %d: at %d is message %q and not %d; acknowledged there: %v, message %d", w, record.Seq, record.Body, i, acknowledged, known)
		}
	}
	last := len(records) - 1
	if state := strconv.Itoa(last - last%2); last+1 < seen.next(w) || string(snapshot.State.Data) != state {
		t.Fatalf("room %d ends with message %d and the state %q; message %d was acknowledged", w, last, snapshot.State.Data, seen.next(w)-1)
	}
}

func roomOf(w int) string { return fmt.Sprint("room-", w) }

// Doomed tells whether this process is one that RunKilled will kill.
func Doomed() bool { return os.Getenv(childDir) != "" }

// asChild makes this process the one that is killed, where it is meant to be.
func asChild(t *testing.T, open Reopen) bool {
	if !Doomed() {
		return false
	}
	acks := os.NewFile(3, "acknowledgements")
	_, _ = io.WriteString(acks, "opening\n")
	s := open(t, os.Getenv(childDir))
	var writing sync.WaitGroup
	for w, text := range strings.Split(os.Getenv(childNext), ",") {
		next, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		writing.Go(func() {
			for n := next; ; n++ {
				seq, err := sayAgain(s, w, n)
				if err == nil {
					_, err = fmt.Fprintln(acks, w, n, seq)
				}
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
			}
		})
	}
	writing.Wait()
	return true
}

// sayAgain says message n of a writer, where it was not said before: the even ones by an Update, whose state tells which was
// the last, the odd ones by an Append. It returns the place of the message, of which nothing follows.
func sayAgain(s store.Store, w, n int) (uint64, error) {
	number := strconv.Itoa(n)
	said := store.Event{From: "w", MessageID: number, Type: "word", Body: []byte(number)}
	if n%2 == 1 {
		records, err := s.Append(ctx, roomOf(w), []store.Event{said})
		if err != nil {
			return 0, err
		}
		return records[0].Seq, nil
	}
	snapshot, err := s.Update(ctx, roomOf(w), func(old store.Snapshot) (store.Change, error) {
		if string(old.State.Data) == number {
			return store.Change{State: old.State}, nil
		}
		return store.Change{State: store.State{Seats: []string{"w"}, Data: []byte(number)}, Events: []store.Event{said}}, nil
	})
	return snapshot.Last.Seq, err
}
