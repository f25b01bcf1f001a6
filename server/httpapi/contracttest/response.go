package contracttest

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3filter"
)

// checkResponse holds the answer of a documented operation to what is written there: status, headers, media type, body.
func (x *exchange) checkResponse() {
	status := strconv.Itoa(x.response.StatusCode)
	described := x.document.at(x.operation("responses", status)...)
	if described == nil {
		x.fail("the contract has no such answer: %s", x.text())
		return
	}
	x.document.note(x.route.Operation.OperationID + " " + status)
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: x.input(), Status: x.response.StatusCode, Header: x.response.Header,
	}
	input.Options = input.RequestValidationInput.Options
	if err := openapi3filter.ValidateResponse(x.request.Context(), input); err != nil {
		x.fail("the headers: %v", err)
	}
	if x.response.StatusCode >= 400 {
		x.checkProblem(x.operation("responses", status))
		return
	}
	x.checkContent(x.operation("responses", status), described)
}

// checkContent holds a body that is no problem to the schema of its media type.
func (x *exchange) checkContent(pointer []string, described map[string]any) {
	content, _ := described["content"].(map[string]any)
	kind, _, _ := mime.ParseMediaType(x.response.Header.Get("Content-Type"))
	switch {
	case x.request.Method == http.MethodHead, len(content) == 0:
		if text := x.text(); len(text) > 0 {
			x.fail("a body where none should be: %s", text)
		}
	case content[kind] == nil:
		x.fail("Content-Type is %q", x.response.Header.Get("Content-Type"))
	case kind == "text/event-stream":
		x.response.Body = newStreamCheck(x, x.response.Body)
	case kind == "application/json":
		value := x.checkJSON(append(x.document.resolve(pointer), "content", kind, "schema"))
		if strings.HasPrefix(x.route.Operation.OperationID, "readEvents") {
			newReader(x).checkList(value)
		}
	default:
		if err := x.document.schemas.check(append(x.document.resolve(pointer), "content", kind, "schema"), string(x.text())); err != nil {
			x.fail("%v", err)
		}
	}
}

// checkProblem holds an error to RFC 9457, to the table of codes, and to the codes that may be answered here.
func (x *exchange) checkProblem(pointer []string) {
	described := x.document.at(pointer...)
	if kind := x.response.Header.Get("Content-Type"); kind != "application/problem+json" {
		x.fail("Content-Type is %q, not application/problem+json: %s", kind, x.text())
		return
	}
	if x.request.Method == http.MethodHead {
		return
	}
	value, _ := x.checkJSON([]string{"components", "schemas", "Problem"}).(map[string]any)
	code, _ := value["code"].(string)
	x.document.noteProblem(code)
	allowed, _ := described["x-codes"].([]any)
	if !slices.Contains(allowed, any(code)) {
		x.fail("code %q is not one of %v: %s", code, allowed, x.text())
	}
	for _, row := range x.document.codes {
		if row.Code == code && (row.Status != x.response.StatusCode || row.Retryable != value["retryable"]) {
			x.fail("the table has %+v: %s", row, x.text())
		}
	}
	var problem struct {
		Type   string
		Status int
	}
	if err := remarshal(value, &problem); err != nil || problem.Status != x.response.StatusCode || !strings.HasSuffix(problem.Type, "#"+code) {
		x.fail("type and status should fit the code and the answer: %s", x.text())
	}
}

// checkJSON holds the body to the schema at pointer and returns it.
func (x *exchange) checkJSON(pointer []string) any {
	value, err := decodeJSON(x.text())
	if err == nil {
		err = x.document.schemas.check(pointer, value)
	}
	if err != nil {
		x.fail("the body: %v\n%s", err, x.text())
	}
	return value
}

// text reads the body of the response and leaves it to be read again.
func (x *exchange) text() []byte {
	text, err := io.ReadAll(x.response.Body)
	if err != nil {
		x.fail("read the body: %v", err)
	}
	x.response.Body.Close()
	x.response.Body = io.NopCloser(bytes.NewReader(text))
	return text
}

// resolve is pointer, or where the reference leads that stands there.
func (d *Document) resolve(pointer []string) []string {
	here := d.raw
	for _, step := range pointer {
		here, _ = here[step].(map[string]any)
	}
	if ref, ok := here["$ref"].(string); ok {
		return strings.Split(strings.TrimPrefix(ref, "#/"), "/")
	}
	return slices.Clone(pointer)
}

func (d *Document) note(answer string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answered[answer] = true
}

func (d *Document) noteProblem(code string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.problems[code] = true
}

// Unseen lists what no test has brought about so far: operations without one of their good answers, and problem codes.
func (d *Document) Unseen() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var unseen []string
	for _, route := range d.Routes() {
		for status := range d.at("paths", route.Path, strings.ToLower(route.Method), "responses") {
			if answer := route.Operation + " " + status; status < "300" && !d.answered[answer] {
				unseen = append(unseen, answer)
			}
		}
	}
	for _, row := range d.codes {
		if !d.problems[row.Code] {
			unseen = append(unseen, row.Code)
		}
	}
	slices.Sort(unseen)
	return unseen
}
