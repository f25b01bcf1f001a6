package httpapi

import (
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"yodel/server/call"
	"yodel/server/room"
	"yodel/store"
)

const (
	pollEvents = 64      // events looked at in one go
	pollBytes  = 1 << 20 // a list that is longer than this is sent as it is; the rest comes with the next
)

// pollList is the answer to a long-poll as it grows: {events, lastEventId, at}.
type pollList struct {
	room  string
	json  []byte
	count int
}

func (l *pollList) add(event func(dst []byte) []byte) {
	if l.count == 0 {
		l.json = append(l.json, `{"events":[`...)
	} else {
		l.json = append(l.json, ',')
	}
	l.json = event(l.json)
	l.count++
}

func (l *pollList) addTransient(typ string, data any) {
	l.add(func(dst []byte) []byte { return append(dst, room.Transient(typ, l.room, time.Now(), data)...) })
}

// fill takes what there is; if that is nothing, what comes first within wait.
func (l *pollList) fill(c *gin.Context, reader *room.Reader, woken <-chan struct{}, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		if err := l.take(c, reader); err != nil || l.count > 0 {
			return err
		}
		select {
		case <-woken:
		case <-timer.C:
			return nil
		case <-c.Request.Context().Done():
			return c.Request.Context().Err() // gone: nobody reads the answer
		}
	}
}

func (l *pollList) take(c *gin.Context, reader *room.Reader) error {
	bye := reader.Goodbye() // as in sendNews
	for len(l.json) < pollBytes {
		records, err := reader.Next(c.Request.Context(), pollEvents)
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		if len(records) == 0 {
			if bye != nil {
				l.addTransient("goodbye", goodbyeData(*bye))
			}
			return nil
		}
		for _, record := range records {
			l.add(func(dst []byte) []byte { return room.AppendJSON(dst, record) })
		}
	}
	return nil
}

func (l *pollList) finish(at store.Position) []byte {
	if l.count == 0 {
		l.json = append(l.json, `{"events":[`...)
	}
	l.json = append(l.json, `],"lastEventId":"`...)
	l.json = at.AppendTo(l.json)
	l.json = append(l.json, `","at":"`...)
	l.json = time.Now().UTC().AppendFormat(l.json, call.TimeLayout)
	return append(l.json, `"}`...)
}

type goodbye struct {
	Reason       string `json:"reason"`
	RetryAfterMs int64  `json:"retryAfterMs"`
}

func goodbyeData(bye room.Goodbye) goodbye {
	return goodbye{bye.Reason, bye.RetryAfter.Milliseconds()}
}
