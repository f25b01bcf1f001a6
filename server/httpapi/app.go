package httpapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
)

const indexFile = "index.html"

// contentSecurity lets the app load and call nothing but what is ours.
const contentSecurity = "default-src 'self'; connect-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; " +
	"style-src 'self'; script-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'"

// asset is a file of the built app, ready to be sent.
type asset struct {
	contentType string
	etag        string
	body        []byte
	gzipped     []byte // nil where it does not help
	immutable   bool   // its name changes with its content
}

// assets is the built app. It may be empty: a binary compiles before the app was ever built.
type assets struct{ files map[string]asset }

func loadAssets(app fs.FS) (*assets, error) {
	a := &assets{files: map[string]asset{}}
	err := fs.WalkDir(app, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		body, err := fs.ReadFile(app, name)
		if err != nil {
			return err
		}
		a.files["/"+name] = newAsset(name, body)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return a, err
}

func newAsset(name string, body []byte) asset {
	sum := sha256.Sum256(body)
	f := asset{
		contentType: contentType(name), etag: `"` + hex.EncodeToString(sum[:12]) + `"`, body: body,
		immutable: strings.HasPrefix(name, "assets/"),
	}
	var packed bytes.Buffer
	writer, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is valid
	_, _ = writer.Write(body)                                       // a Buffer never fails
	if err := writer.Close(); err == nil && packed.Len() < len(body)*9/10 {
		f.gzipped = packed.Bytes()
	}
	return f
}

// contentType does not ask the machine, whose tables differ.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	if known := mime.TypeByExtension(path.Ext(name)); known != "" {
		return known
	}
	return "application/octet-stream"
}

// paths are the files' own addresses; index.html answers pages instead.
func (a *assets) paths() []string {
	var paths []string
	for name := range a.files {
		if name != "/"+indexFile {
			paths = append(paths, name)
		}
	}
	return paths
}

func (a *assets) serveFile(c *gin.Context) {
	a.files[c.Request.URL.Path].serve(c)
}

// servePage answers a route of the app.
func (a *assets) servePage(c *gin.Context) {
	index, built := a.files["/"+indexFile]
	if !built {
		c.Data(http.StatusServiceUnavailable, "text/plain; charset=utf-8",
			[]byte("The app is not part of this binary. Build it with: make build\nThe API is served all the same.\n"))
		return
	}
	c.Header("Content-Security-Policy", contentSecurity)
	c.Header("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self)")
	c.Header("Cross-Origin-Opener-Policy", "same-origin")
	c.Header("Referrer-Policy", "no-referrer") // links to rooms are secrets
	index.serve(c)
}

func (f asset) serve(c *gin.Context) {
	header := c.Writer.Header()
	header.Set("Content-Type", f.contentType)
	header.Set("ETag", f.etag)
	header.Set("Vary", "Accept-Encoding")
	header.Set("Cache-Control", "no-cache")
	if f.immutable {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if c.GetHeader("If-None-Match") == f.etag {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	body := f.body
	if f.gzipped != nil && strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		body = f.gzipped
	}
	c.Data(http.StatusOK, f.contentType, body)
}
