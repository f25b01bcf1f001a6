package httpapi

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"
)

//go:embed openapi.yaml
var openAPIDocument []byte

// openAPI serves the contract.
func (a *API) openAPI(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, "application/yaml", openAPIDocument) // RFC 9512
}

var problemsTemplate = template.Must(template.New("problems").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Yodel: problems</title>
<h1>Problems</h1>
<p>Every error of the API is <code>application/problem+json</code> (RFC 9457) with one of these codes. The whole contract
is <a href="/api/v1/openapi.yaml">openapi.yaml</a>.</p>
<table><tr><th>code<th>status<th>meaning<th>worth a retry</tr>
{{range .}}<tr id="{{.Code}}"><td><code>{{.Code}}</code><td>{{.Status}}<td>{{.Title}}<td>{{if .Retryable}}yes{{else}}no{{end}}</tr>
{{end}}</table></html>
`))

// problemsPage is where the type of a problem leads.
func (a *API) problemsPage(c *gin.Context) {
	type row struct {
		Code, Title string
		Status      int
		Retryable   bool
	}
	rows := make([]row, len(problems))
	for i, p := range problems {
		rows[i] = row{p.code, p.title, p.status, p.retryable}
	}
	var page bytes.Buffer
	if err := problemsTemplate.Execute(&page, rows); err != nil {
		a.fail(c, err)
		return
	}
	c.Header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	c.Data(http.StatusOK, "text/html; charset=utf-8", page.Bytes())
}
