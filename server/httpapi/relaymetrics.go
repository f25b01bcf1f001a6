package httpapi

import "github.com/prometheus/client_golang/prometheus"

// Relay is the TURN server inside, as metrics see it: allocations at the moment, bytes relayed since the start, and
// how often something was refused, by reason.
type Relay interface {
	Stats() (allocations, bytes int64, refused map[string]int64)
	// Connections are those over TCP and TLS at the moment, and how many of them have no allocation.
	Connections() (open, strangers int64)
}

var (
	allocationsDesc = prometheus.NewDesc("yodel_turn_allocations", "TURN allocations open.", nil, nil)
	connectionsDesc = prometheus.NewDesc("yodel_turn_connections", "TURN connections open, over TCP and TLS.", nil, nil)
	strangersDesc   = prometheus.NewDesc("yodel_turn_connections_without_allocation", "Of those, the ones that have no allocation.", nil, nil)
	relayedDesc     = prometheus.NewDesc("yodel_turn_relayed_bytes_total", "Bytes relayed.", nil, nil)
	refusedDesc     = prometheus.NewDesc("yodel_turn_refused_total", "TURN requests refused and packets dropped, by reason.", []string{"reason"}, nil)
)

type relayMetrics struct{ relay Relay }

// Describe implements prometheus.Collector.
func (relayMetrics) Describe(to chan<- *prometheus.Desc) {
	to <- allocationsDesc
	to <- connectionsDesc
	to <- strangersDesc
	to <- relayedDesc
	to <- refusedDesc
}

// Collect implements prometheus.Collector.
func (m relayMetrics) Collect(to chan<- prometheus.Metric) {
	allocations, bytes, refused := m.relay.Stats()
	to <- prometheus.MustNewConstMetric(allocationsDesc, prometheus.GaugeValue, float64(allocations))
	open, strangers := m.relay.Connections()
	to <- prometheus.MustNewConstMetric(connectionsDesc, prometheus.GaugeValue, float64(open))
	to <- prometheus.MustNewConstMetric(strangersDesc, prometheus.GaugeValue, float64(strangers))
	to <- prometheus.MustNewConstMetric(relayedDesc, prometheus.CounterValue, float64(bytes))
	for reason, count := range refused {
		to <- prometheus.MustNewConstMetric(refusedDesc, prometheus.CounterValue, float64(count), reason)
	}
}
