package call

import (
	"fmt"
	"time"
)

// TimeLayout is RFC 3339 in UTC with exactly three decimals, as everywhere in the HTTP contract.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// Time is a moment of a call: in UTC, of millisecond precision, so that what was stored compares equal to what is read.
type Time struct{ time.Time }

// At makes a Time of t, dropping what is finer than a millisecond and the monotonic reading.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// MarshalJSON writes t as RFC 3339 in UTC with milliseconds.
func (t Time) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"`+TimeLayout+`"`), nil
}

// UnmarshalJSON reads any RFC 3339 time and keeps its milliseconds. As usual in JSON, null changes nothing.
func (t *Time) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	at, err := time.Parse(`"`+time.RFC3339Nano+`"`, string(text))
	if err != nil {
		return fmt.Errorf("read a call's time: %w", err)
	}
	*t = At(at)
	return nil
}
