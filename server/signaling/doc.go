// Package signaling knows what peers say to each other and what else a request's body may hold: it decodes, checks
// and compacts, in one pass over the bytes, and refuses what the HTTP contract does not allow with an [InputError]
// that names every wrong field. It knows no rooms and no HTTP.
package signaling

// Limits of a request's body.
const (
	// MaxBody is the most bytes a body may have. Whoever reads the body enforces it, before anything here sees it.
	MaxBody = 64 << 10
	// MaxDepth is how deep arrays and objects may be nested, the outermost one counted.
	MaxDepth = 64
	// MaxBatch is the most messages in one array.
	MaxBatch = 64
)
