package fault

import (
	"bufio"
	"errors"
	"io"
	"net"
)

// readServer reads answers and passes them on.
func (l *link) readServer(conn net.Conn) {
	r := bufio.NewReaderSize(conn, readSize)
	for {
		if _, err := r.Peek(1); err != nil {
			l.serverEnded(err)
			return
		}
		var x *exchange
		select {
		case x = <-l.pending:
		default: // nobody asked: it goes as it is
			x = &exchange{link: l, done: make(chan struct{})}
		}
		if err := l.readAnswer(r, x); err != nil {
			l.serverEnded(err)
			return
		}
		l.finish(x)
		if x.drop != nil {
			return
		}
	}
}

// readAnswer reads an answer whole. An error is how the connection ended within it; none after one that ends with it.
func (l *link) readAnswer(r *bufio.Reader, x *exchange) error {
	h, err := readHead(r)
	for ; err == nil && h.status() < 200; h, err = readHead(r) { // RFC 9110 §15.2: an interim answer
		l.down.put(piece{data: h.raw, x: x}, l.proxy.delay(x, false))
	}
	if err != nil {
		return err
	}
	x.answered(h)
	b, err := answerBody(h, x.method)
	if err != nil {
		return err
	}
	l.proxy.headCame(x)
	if x.drop != nil {
		return l.dropAnswer(r, &b, x)
	}
	a := &answer{x: x, held: h.raw, head: len(h.raw), cut: l.proxy.planCut(x)}
	l.mu.Lock()
	l.answer = a
	a.over = b.over()
	l.flowLocked()
	l.mu.Unlock()
	for !b.over() {
		if err := l.readBody(r, &b, a); err != nil {
			return err
		}
		l.down.waitForRoom()
	}
	l.mu.Lock()
	cut := a.cut
	l.mu.Unlock()
	if cut != nil {
		l.proxy.spare(cut)
	}
	return nil
}

// readBody reads what has come of the body and lets of it go what may.
func (l *link) readBody(r *bufio.Reader, b *body, a *answer) error {
	_, failed := r.Peek(1)
	read, _ := r.Peek(r.Buffered())
	l.mu.Lock()
	n, err := a.add(read, b)
	a.over = failed != nil || b.over() // whoever held it back lets go what he has
	l.flowLocked()
	l.mu.Unlock()
	_, _ = r.Discard(n)
	return errors.Join(failed, err)
}

// dropAnswer throws an answer away, all of it where it has an end, and then the client's connection.
func (l *link) dropAnswer(r *bufio.Reader, b *body, x *exchange) error {
	if class := x.class(); class == Short || class == LongPoll {
		if err := eachPart(r, b, func([]byte) {}); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	l.proxy.noteDrop()
	l.down.put(piece{act: func() { l.close(x.drop.How) }, x: x, last: true}, l.proxy.delay(x, false))
	return nil
}

// flowLocked lets of the answer under way go what rules do not hold back.
func (l *link) flowLocked() {
	a := l.answer
	if a == nil {
		return
	}
	x := a.x
	data, cut := a.letGo(a.ready(l.proxy.buffering(x)))
	if more := len(a.held) - a.counted; more != 0 {
		l.proxy.noteHeld(!a.noted, more)
		a.noted, a.counted = true, len(a.held)
	}
	if len(data) > 0 {
		l.down.put(piece{data: data, x: x}, l.proxy.delay(x, false))
	}
	if cut {
		rule := a.cut.rule
		a.cut = nil
		l.down.put(piece{act: func() { l.cut(rule.How, rule.Silent) }, x: x, last: !rule.Silent}, l.proxy.delay(x, false))
	}
	if a.over {
		l.answer = nil
	}
}

// serverEnded passes on, after all the server said, that it says no more.
func (l *link) serverEnded(err error) {
	how := RST
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		how = FIN
	}
	l.mu.Lock()
	x := l.current
	l.mu.Unlock()
	l.down.put(piece{act: func() { l.close(how) }, x: x, last: true}, l.proxy.delay(x, false))
}
