// Package pwa hands the built app to the server. A clone that has not run npm has an empty one: then Dist holds no
// index.html and the server says how to build it.
package pwa

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist is the built app, rooted in dist.
var Dist fs.FS = mustSub(dist, "dist")

func mustSub(parent fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(parent, dir)
	if err != nil {
		panic(err) // dir is a constant and embedded: unreachable
	}
	return sub
}
