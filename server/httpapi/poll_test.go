package httpapi

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/room"
)

// list is the answer to a long-poll.
type list struct {
	status int
	after  time.Duration // how long it took
	Events []struct {
		ID, Type string
		Data     json.RawMessage
	}
	LastEventID string
	At          time.Time
}

// kinds are the types of the events.
func (l list) kinds() string {
	var kinds []string
	for _, e := range l.Events {
		kinds = append(kinds, e.Type)
	}
	return strings.Join(kinds, " ")
}

// poll asks once, and answers when the server does.
func (g *guest) poll(a ask) list {
	g.h.t.Helper()
	began := time.Now()
	conn, err := g.h.dial()
	if err != nil {
		g.h.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, g.text(a, "application/json")); err != nil {
		g.h.t.Error(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		g.h.t.Error(err)
		return list{}
	}
	l := list{status: response.StatusCode, after: time.Since(began)}
	if err := json.NewDecoder(response.Body).Decode(&l); err != nil {
		g.h.t.Error(err)
	}
	return l
}

// polls asks, and lets the test go on meanwhile.
func (g *guest) polls(a ask) <-chan list {
	answer := make(chan list, 1)
	go func() { answer <- g.poll(a) }()
	synctest.Wait()
	return answer
}

func TestHowLongAPollWaits(t *testing.T) {
	for query, want := range map[string]struct {
		status int
		after  time.Duration
	}{
		"":                                  {200, 25 * time.Second},
		"?waitSeconds=0":                    {200, 0},
		"?waitSeconds=1":                    {200, time.Second},
		"?waitSeconds=60":                   {200, time.Minute},
		"?waitSeconds=61":                   {400, 0},
		"?waitSeconds=-1":                   {400, 0},
		"?waitSeconds=1.5":                  {400, 0},
		"?waitSeconds=":                     {400, 0},
		"?waitSeconds=99999999999999999999": {400, 0},
		"?waitSeconds=36028797018963968":    {400, 0}, // 2^55: that many seconds in nanoseconds overflow to 0
	} {
		t.Run(query, func(t *testing.T) {
			inBubble(t, func(h *house) {
				ana := h.join("r", "Ana")
				first := ana.poll(ask{})
				if first.kinds() != "hello" || first.after != 0 || first.LastEventID == "" {
					t.Fatalf("without a position: %+v", first)
				}
				l := ana.poll(ask{query: query, after: first.LastEventID})
				if l.status != want.status || l.after != want.after || len(l.Events) != 0 {
					t.Errorf("%+v", l)
				}
				if l.status == 200 && (l.Events == nil || l.LastEventID != first.LastEventID || l.At.IsZero()) {
					t.Errorf("%+v", l)
				}
			})
		})
	}
}

func TestAPollIsAnsweredAtOnceByAnEvent(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		at := ana.poll(ask{}).LastEventID
		answer := ana.polls(ask{after: at})
		time.Sleep(7 * time.Second)
		ana.mustSay(1) // not for oneself
		bob.mustSay(2)
		l := <-answer
		if l.after != 7*time.Second || l.kinds() != "note" || string(l.Events[0].Data) != "2" || l.LastEventID != l.Events[0].ID {
			t.Errorf("%+v", l)
		}
		bob.mustSay(3)
		bob.mustSay(4)
		if l = ana.poll(ask{after: l.LastEventID, method: "POST", body: "{}"}); l.after != 0 || l.kinds() != "note note" {
			t.Errorf("%+v", l)
		}
	})
}

func TestAPollWhosePositionCannotBePlacedBeginsWithHello(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		bob.mustSay(1)
		l := ana.poll(ask{after: "garbage"})
		if hello := l.Events; l.kinds() != "hello" || !strings.Contains(string(hello[0].Data), `"reason":"gap"`) {
			t.Errorf("%+v", l)
		}
		if l = ana.poll(ask{after: ana.start}); l.kinds() != "peer-joined peer-joined note" {
			t.Errorf("%+v", l)
		}
	})
}

func TestAPollIsReplacedByTheNext(t *testing.T) {
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		stream := ana.listen(ask{})
		stream.hear("hello")
		at := ana.poll(ask{}).LastEventID
		first := ana.polls(ask{after: at})
		second := ana.polls(ask{after: at})
		l := <-first
		if l.kinds() != "goodbye" || !strings.Contains(string(l.Events[0].Data), room.GoodbyeReplaced) || l.LastEventID != at || l.after != 0 {
			t.Errorf("%+v", l)
		}
		if l = <-second; len(l.Events) != 0 || l.after != 25*time.Second {
			t.Errorf("%+v", l)
		}
		if got := stream.next(); got.kind != "heartbeat" {
			t.Errorf("the stream hears %s", got.kind)
		}
	})
}

func TestLeavingWakesThePoll(t *testing.T) {
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		answer := ana.polls(ask{after: ana.poll(ask{}).LastEventID})
		time.Sleep(time.Second)
		ana.leave()
		if l := <-answer; l.after != time.Second || !strings.HasPrefix(l.kinds(), "peer-left") {
			t.Errorf("%+v", l)
		}
		if l := ana.poll(ask{}); l.status != http.StatusUnauthorized {
			t.Errorf("afterwards: %+v", l)
		}
	})
}

func TestDrainingWakesThePoll(t *testing.T) {
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		answer := ana.polls(ask{after: ana.poll(ask{}).LastEventID})
		h.api.Drain()
		if l := <-answer; l.after != 0 || l.kinds() != "goodbye" {
			t.Errorf("%+v", l)
		}
	})
}

func TestTheSeatOfAPollThatIsGivenUpRunsOut(t *testing.T) {
	for name, a := range map[string]ask{"GET": {}, "POST with a body": {method: "POST", body: "{}"}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(h *house) {
				ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
				e := ana.listen(ask{})
				e.hear("hello")
				a.after, a.query = bob.start, "?waitSeconds=60"
				bob.poll(a) // takes what there is
				a.after = bob.poll(ask{}).LastEventID
				conn, err := h.dial()
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.WriteString(conn, bob.text(a, "application/json")); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				time.Sleep(time.Second)
				_ = conn.Close()
				gone := time.Now()
				synctest.Wait()
				scrape, answer := httptest.NewRequest(http.MethodGet, "/metrics", nil), httptest.NewRecorder()
				scrape.RemoteAddr, scrape.Host = "127.0.0.1:1", "localhost"
				if h.api.Handler().ServeHTTP(answer, scrape); answer.Code != http.StatusOK || strings.Contains(answer.Body.String(), `code="internal"`) {
					t.Errorf("it is counted as a fault of ours: %d %s", answer.Code, answer.Body)
				}
				if left := e.hear("peer-left"); left.when.Sub(gone) != 30*time.Second {
					t.Errorf("its peer is gone after %v", left.when.Sub(gone))
				}
			})
		})
	}
}
