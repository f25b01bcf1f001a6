//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/gin-gonic/gin"
)

// bareCommand makes the benchmark's own binary serve the bare server: bare-server [cert key].
const bareCommand = "bare-server"

// bare is the measure for everything else: the least that a gin server must do to bring a message from one peer to another.
// It checks nothing, keeps nothing, knows no order and no return after a dropped connection.
type bare struct {
	mu      sync.Mutex
	streams map[string]*bareStream // by room and peer
}

// bareStream is a stream whose handler is parked until its peer goes away.
type bareStream struct {
	mu sync.Mutex
	w  gin.ResponseWriter
}

func newBare() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	b := &bare{streams: map[string]*bareStream{}}
	router := gin.New()
	router.GET("/rooms/:room/peers/:peer/events", b.events)
	router.POST("/rooms/:room/peers/:peer/messages", b.messages)
	return router
}

// serveBare serves until SIGTERM, over TLS where a certificate and a key are given.
func serveBare(args []string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: newBare()}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	fmt.Printf("serving on %s\n", listener.Addr())
	if len(args) == 2 {
		err = srv.ServeTLS(listener, args[0], args[1])
	} else {
		err = srv.Serve(listener)
	}
	if err == http.ErrServerClosed {
		return nil
	}
	return err
}

// events opens a stream, files its writer, and holds it until the peer goes away.
func (b *bare) events(c *gin.Context) {
	c.Header("Content-Type", "text/event-stream")
	s := &bareStream{w: c.Writer}
	s.send(helloData)
	key := c.Param("room") + "/" + c.Param("peer")
	b.mu.Lock()
	b.streams[key] = s
	b.mu.Unlock()
	<-c.Request.Context().Done()
	b.mu.Lock()
	delete(b.streams, key)
	b.mu.Unlock()
	s.mu.Lock() // whoever writes just now still owns the writer
	s.w = nil
	s.mu.Unlock()
}

// messages writes the body, as it came, to the stream of the peer it is for.
func (b *bare) messages(c *gin.Context) {
	body, err := c.GetRawData()
	if err != nil {
		c.Status(http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	s := b.streams[c.Param("room")+"/"+c.Param("peer")]
	b.mu.Unlock()
	if s == nil {
		c.Status(http.StatusNotFound)
		return
	}
	s.send(body)
	c.Status(http.StatusAccepted)
}

var (
	helloData = []byte("{}")
	dataField = []byte("data: ")
	blankLine = []byte("\n\n")
)

// send writes one SSE frame and flushes it.
func (s *bareStream) send(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.w == nil {
		return
	}
	_, _ = s.w.Write(dataField)
	_, _ = s.w.Write(data)
	_, _ = s.w.Write(blankLine)
	s.w.Flush()
}
