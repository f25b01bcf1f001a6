package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"yodel/store"
)

// messageType is the type of the writer's messages, and messageData what they carry.
const messageType = "numbered"

type messageData struct {
	N    int
	Text string
}

// message is one of the writer's, and what became of it.
type message struct {
	n    int
	id   string
	text string
	to   *reader // nil: everybody

	event string // acknowledged with this event id
	peer  string // the id that to had then
	// loose: it was refused after attempts that got no answer, one of which may still reach the server late. Such a one may
	// arrive or not.
	loose    bool
	doubtful bool // an attempt got no answer

	began time.Time     // of the first attempt
	took  time.Duration // until it was acknowledged
}

// writer sends numbered messages one request after the other, each until it is answered.
type writer struct {
	*client
	messages []*message // owned by whoever calls send
	posts    int        // owned by whoever calls send: attempts
}

// number makes the next message.
func (w *writer) number(to *reader, text string) *message {
	m := &message{n: len(w.messages), id: uuid.NewString(), text: text, to: to}
	w.messages = append(w.messages, m)
	return m
}

// send sends messages in one request, as an array unless it is alone and single. Those that are refused for good are left
// out and the others sent again, until all are acknowledged or refused. The first attempt waits no longer than patience;
// 0: as long as it takes.
func (w *writer) send(ctx context.Context, batch []*message, single bool, patience time.Duration) error {
	for len(batch) > 0 {
		refused, err := w.attempt(ctx, batch, single && len(batch) == 1, patience)
		patience = 0
		switch {
		case errors.Is(err, errPassing):
			for _, m := range batch {
				m.doubtful = true
			}
			if err := rest(ctx, 2*time.Millisecond); err != nil {
				return err
			}
		case err != nil:
			return err
		case refused < 0:
			return nil
		default:
			batch = w.refuse(batch, refused)
		}
	}
	return nil
}

// refuse gives one of the messages up, unless its recipient has become somebody else meanwhile.
func (w *writer) refuse(batch []*message, i int) []*message {
	m := batch[i]
	if m.peer != m.to.id() {
		return batch
	}
	m.loose = m.doubtful
	m.peer = ""
	return append(append([]*message(nil), batch[:i]...), batch[i+1:]...)
}

// attempt sends one request. refused: which of them cannot be sent, for its recipient is away; -1: all were taken.
func (w *writer) attempt(ctx context.Context, batch []*message, single bool, patience time.Duration) (refused int, err error) {
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if patience > 0 {
		limited, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	w.w.progress()
	w.posts++
	r, err := w.ask(limited, ask{method: http.MethodPost, path: "/messages", body: w.body(batch, single)})
	if err != nil {
		return 0, err
	}
	switch {
	case r.status == http.StatusAccepted:
		return -1, w.acknowledge(batch, r.body)
	case r.status == http.StatusUnauthorized && w.mayBeVoid:
		return 0, errors.Join(errPassing, w.join(ctx))
	case r.code == "peer-away", r.code == "peer-not-found" && w.mayBeVoid:
		return culprit(r.field, batch)
	}
	return 0, fmt.Errorf("a message was answered %d %s", r.status, r.body)
}

// culprit is the message that a problem's field is about.
func culprit(field string, batch []*message) (int, error) {
	i := 0
	if index, found := strings.CutSuffix(field, "].to"); found {
		n, err := strconv.Atoi(strings.TrimPrefix(index, "["))
		if err != nil {
			return 0, err
		}
		i = n
	} else if field != "to" {
		return 0, fmt.Errorf("a problem with %q", field)
	}
	if i >= len(batch) || batch[i].to == nil {
		return 0, fmt.Errorf("a problem with message %d", i)
	}
	return i, nil
}

func (w *writer) body(batch []*message, single bool) any {
	messages := make([]object, len(batch))
	for i, m := range batch {
		if m.began.IsZero() {
			m.began = time.Now()
		}
		messages[i] = object{"id": m.id, "type": messageType, "data": messageData{m.n, m.text}}
		if m.to != nil {
			m.peer = m.to.id()
			messages[i]["to"] = m.peer
		}
	}
	if single {
		return messages[0]
	}
	return messages
}

// acknowledge notes where the messages stand in the room's order, which must be behind all that were before.
func (w *writer) acknowledge(batch []*message, body []byte) error {
	var receipt struct {
		EventID  string
		EventIDs []string
	}
	if err := json.Unmarshal(body, &receipt); err != nil {
		return err
	}
	if receipt.EventID != "" {
		receipt.EventIDs = []string{receipt.EventID}
	}
	if len(receipt.EventIDs) != len(batch) {
		return fmt.Errorf("%d messages are events %v", len(batch), receipt.EventIDs)
	}
	for i, m := range batch {
		m.event, m.took = receipt.EventIDs[i], time.Since(m.began)
		if _, ok := store.ParsePosition(m.event); !ok {
			return fmt.Errorf("an event id is %q", m.event)
		}
	}
	return nil
}
