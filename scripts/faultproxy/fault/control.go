package fault

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
)

// serveControl serves the control address.
func (p *Proxy) serveControl(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen for control: %w", err)
	}
	p.address = listener.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rules", func(w http.ResponseWriter, _ *http.Request) { answer200(w, p.Rules()) })
	mux.HandleFunc("PUT /rules", p.putRules)
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) { answer200(w, p.Stats()) })
	mux.HandleFunc("POST /cut", p.postCut)
	mux.HandleFunc("POST /freeze", p.postFreeze)
	mux.HandleFunc("POST /thaw", func(w http.ResponseWriter, _ *http.Request) { p.Thaw(); answer200(w, p.Stats()) })
	mux.HandleFunc("POST /upstream", p.postUpstream)
	p.control = &http.Server{Handler: mux}
	p.running.Go(func() { _ = p.control.Serve(listener) })
	return nil
}

func (p *Proxy) putRules(w http.ResponseWriter, r *http.Request) {
	rules, err := ReadRules(r.Body)
	if err == nil {
		err = p.SetRules(rules)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer200(w, p.Rules())
}

func (p *Proxy) postCut(w http.ResponseWriter, r *http.Request) {
	var rule Cut
	if err := readJSON(r.Body, &rule); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := rule.check(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer200(w, map[string]int{"cut": p.Cut(rule)})
}

func (p *Proxy) postFreeze(w http.ResponseWriter, r *http.Request) {
	var what struct {
		Match Match `json:"match"`
	}
	err := readJSON(r.Body, &what)
	if err == nil {
		err = what.Match.check()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.Freeze(what.Match)
	answer200(w, p.Stats())
}

func (p *Proxy) postUpstream(w http.ResponseWriter, r *http.Request) {
	var where struct {
		Address string `json:"address"`
	}
	err := readJSON(r.Body, &where)
	if err == nil {
		_, _, err = net.SplitHostPort(where.Address)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.SetUpstream(where.Address)
	answer200(w, p.Stats())
}

func answer200(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}
