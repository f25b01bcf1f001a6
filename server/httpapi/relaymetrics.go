package httpapi

import "github.com/prometheus/client_golang/prometheus"

// Relay is the TURN server inside, as metrics see it: allocations at the moment, bytes relayed since the start, and
// how often something was refused, by reason.
type Relay interface {
	Stats() (allocations, bytes int64, refused map[string]int64)
}

var (
	allocationsDesc = prometheus.NewDesc("yodel_turn_allocations", "TURN allocations open.", nil, nil)
	relayedDesc     = prometheus.NewDesc("yodel_turn_relayed_bytes_total", "Bytes relayed.", nil, nil)
	refusedDesc     = prometheus.NewDesc("yodel_turn_refused_total", "TURN requests refused and packets dropped, by reason.", []string{"reason"}, nil)
)

type relayMetrics struct{ relay Relay }

// Describe implements prometheus.Collector.
func (relayMetrics) Describe(to chan<- *prometheus.Desc) {
	to <- allocationsDesc
	to <- relayedDesc
	to <- refusedDesc
}

// Collect implements prometheus.Collector.
func (m relayMetrics) Collect(to chan<- prometheus.Metric) {
	allocations, bytes, refused := m.relay.Stats()
	to <- prometheus.MustNewConstMetric(allocationsDesc, prometheus.GaugeValue, float64(allocations))
	to <- prometheus.MustNewConstMetric(relayedDesc, prometheus.CounterValue, float64(bytes))
	for reason, count := range refused {
		to <- prometheus.MustNewConstMetric(refusedDesc, prometheus.CounterValue, float64(count), reason)
	}
}
