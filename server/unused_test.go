package main

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestAConnectionOpenedInAdvanceDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	s := start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s.do(ask{method: "GET", path: "//healthz"}).is(http.StatusOK) // by then the connection before it is accepted
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if log := s.log.String(); strings.Contains(log, "cut off") {
		t.Errorf("it waited for a request that was never begun:\n%s", log)
	}
}
