package httpapi

import (
	"crypto/subtle"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are counted at this edge, so that nothing inside knows of Prometheus.
type metrics struct {
	problems *prometheus.CounterVec
	handler  gin.HandlerFunc
}

func newMetrics(a *API) *metrics {
	registry := prometheus.NewRegistry()
	gauge := func(name, help string, read func() float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "yodel_" + name, Help: help}, read))
	}
	stat := func(pick func(peers, rooms, messages int64) int64) func() float64 {
		return func() float64 { return float64(pick(a.rooms.Stats())) }
	}
	gauge("streams", "Event streams open.", func() float64 { return float64(a.streams.count.Load()) })
	gauge("polls", "Long-polls being served.", func() float64 { return float64(a.polls.Load()) })
	gauge("peers", "Seats taken.", stat(func(peers, _, _ int64) int64 { return peers }))
	gauge("rooms", "Rooms with somebody in them.", stat(func(_, rooms, _ int64) int64 { return rooms }))
	registry.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Name: "yodel_messages_total", Help: "Messages accepted."},
		stat(func(_, _, messages int64) int64 { return messages })))
	if a.cfg.Relay != nil {
		registry.MustRegister(relayMetrics{a.cfg.Relay})
	}
	m := &metrics{problems: prometheus.NewCounterVec(
		prometheus.CounterOpts{Name: "yodel_problems_total", Help: "Requests answered with a problem, by its code."}, []string{"code"})}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "yodel_build_info", Help: "Always 1; the version is a label.", ConstLabels: prometheus.Labels{"version": a.cfg.Version}})
	build.Set(1)
	registry.MustRegister(m.problems, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = gin.WrapH(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return m
}

// forwardingHeaders betray a proxy: what comes through one is not from this machine, whatever its address.
var forwardingHeaders = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"}

// serveMetrics is for who has the token; where none is set, for this machine alone.
func (a *API) serveMetrics(c *gin.Context) {
	if a.cfg.MetricsToken != "" {
		given := bearer(c)
		if given == "" {
			a.fail(c, &problemError{problem: tokenMissing, detail: "send Authorization: Bearer with the metrics token"})
			return
		}
		if subtle.ConstantTimeCompare([]byte(given), []byte(a.cfg.MetricsToken)) != 1 {
			a.fail(c, &problemError{problem: tokenInvalid, detail: "not the metrics token"})
			return
		}
	} else if !isDirectLoopback(c) || !isFromHere(c) {
		a.fail(c, &problemError{problem: forbidden, detail: "metrics are for this machine alone, by localhost, unless --metrics-token is set"})
		return
	}
	c.Header("Cache-Control", "no-store")
	a.metrics.handler(c)
}

func isDirectLoopback(c *gin.Context) bool {
	for _, name := range forwardingHeaders {
		if c.GetHeader(name) != "" {
			return false
		}
	}
	return isLoopback(c.Request.RemoteAddr)
}
