package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"

	"golang.org/x/sys/unix"
	"rsc.io/qr"
)

// quiet is the margin around a QR code, in modules (ISO/IEC 18004 §6.3.8).
const quiet = 4

// welcome says on stdout, in one line, where the server can be opened; on a terminal it shows a phone's address as a
// picture besides.
func welcome(cfg Config, certificates *certificates, listening net.Addr, stdout, stderr io.Writer, log *slog.Logger) error {
	at, err := listeningAt(listening)
	if err != nil {
		return err
	}
	all, leftOut := addresses(cfg, certificates, at)
	if len(all) == 0 && cfg.PublicURL == "" {
		return usageError{fmt.Errorf("--tls=local: our own authority speaks for private addresses alone, and not for %s: use --tls=auto or --tls=files", strings.Join(leftOut, " "))}
	}
	if _, err := fmt.Fprintln(stdout, servingLine(cfg, all)); err != nil {
		log.Warn("nobody reads on stdout where the server can be opened", "error", err)
	}
	if len(leftOut) > 0 {
		level := slog.LevelInfo
		if addressForPhones(cfg, all) == "" { // there is no other way in
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, "the local authority speaks for private addresses alone; for these use --tls=auto or --tls=files", "addresses", leftOut)
	}
	if width := columns(stderr); width > 0 {
		_, _ = fmt.Fprint(stderr, invitation(cfg, all, leftOut, width))
	}
	return nil
}

// invitation tells a person in front of a terminal of that many columns what to open, and where.
func invitation(cfg Config, all []address, leftOut []string, columns int) string {
	text := "\n"
	phones := addressForPhones(cfg, all)
	switch {
	case phones != "":
		if code := qrCode(phones, columns); code != "" {
			text += code + "\nScan this with a phone, or open " + phones + " there"
		} else {
			text += "On a phone open " + phones
		}
		if cfg.TLS == tlsLocal && cfg.PublicURL == "" {
			text += ", in the same network: a page says how to trust the certificate"
		}
		text += ".\n"
	case len(leftOut) == 0:
		text += "No other device can open it: this machine is in no network, or --listen is for itself alone.\n"
	}
	if len(all) > 0 && all[0].isLocal() {
		text += "On this machine open " + all[0].String() + ".\n"
	}
	return text + "Ctrl-C stops it.\n\n"
}

// qrCode draws text for a terminal of that many columns, two modules in each character; "": it has no room. Colours are
// set, so that it can be read on a dark terminal too.
func qrCode(text string, columns int) string {
	code, err := qr.Encode(text, qr.L)
	if err != nil || code.Size+2*quiet > columns {
		return ""
	}
	const blackOnWhite, plain = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
	var drawn strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		drawn.WriteString(blackOnWhite)
		for x := -quiet; x < code.Size+quiet; x++ {
			drawn.WriteString(halves[[2]bool{code.Black(x, y), code.Black(x, y+1)}])
		}
		drawn.WriteString(plain + "\n")
	}
	return drawn.String()
}

// halves are the characters for an upper and a lower module.
var halves = map[[2]bool]string{{false, false}: " ", {true, false}: "▀", {false, true}: "▄", {true, true}: "█"}

// columns is the width of the terminal that w writes to; 0: it is none.
func columns(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
