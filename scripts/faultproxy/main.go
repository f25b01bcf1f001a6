// Command faultproxy stands between a browser and a server and breaks HTTP on purpose; package fault explains the rules.
// It prints both its addresses in one line: `proxy 127.0.0.1:PORT control 127.0.0.1:PORT`.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"yodel/scripts/faultproxy/fault"
)

func main() {
	var o fault.Options
	flag.StringVar(&o.Listen, "listen", "127.0.0.1:0", "where clients connect to")
	flag.StringVar(&o.Upstream, "upstream", "127.0.0.1:8443", "the server")
	flag.StringVar(&o.Control, "control", "127.0.0.1:0", "where rules are put")
	flag.Uint64Var(&o.Seed, "seed", 1, "of all chances")
	rules := flag.String("rules", "", "file with rules to begin with")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("what is %q?", flag.Args())
	}
	if err := run(o, *rules); err != nil {
		log.Fatal(err)
	}
}

// run proxies until it is asked to stop.
func run(o fault.Options, rules string) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	p, err := fault.Start(o)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	if err := begin(p, rules); err != nil {
		return err
	}
	fmt.Printf("proxy %s control %s\n", p.Addr(), p.ControlAddr())
	<-ctx.Done()
	return nil
}

// begin puts the rules of a file in force; "" is none.
func begin(p *fault.Proxy, file string) error {
	if file == "" {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	rules, err := fault.ReadRules(f)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return p.SetRules(rules)
}
