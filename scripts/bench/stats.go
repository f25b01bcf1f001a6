//go:build linux

package main

import (
	"math"
	"slices"
	"time"
)

// percentile is the smallest value that at least p percent of the values do not exceed (nearest rank). It sorts values.
func percentile(values []time.Duration, p float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	rank := int(math.Ceil(p / 100 * float64(len(values))))
	return values[max(rank, 1)-1]
}

// median is the middle of the values, or the mean of the two in the middle; NaN where there are none.
func median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
