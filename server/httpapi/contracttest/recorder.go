package contracttest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// Recorder is an http.RoundTripper that fails its test where a request or its answer is not as the contract has it.
// Bodies of streams are checked as they are read.
type Recorder struct {
	document *Document
	t        testing.TB
	next     http.RoundTripper
}

var _ http.RoundTripper = (*Recorder)(nil)

// Recorder checks for t what goes through next.
func (d *Document) Recorder(t testing.TB, next http.RoundTripper) *Recorder {
	return &Recorder{document: d, t: t, next: next}
}

type wrongKey struct{}

// Wrong marks a request that breaks the contract on purpose; only its answer is checked.
func Wrong(ctx context.Context) context.Context { return context.WithValue(ctx, wrongKey{}, true) }

// RoundTrip sends the request on and checks both ways.
func (r *Recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
		request = request.Clone(request.Context())
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	response, err := r.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	r.Check(request, body, response)
	return response, nil
}

// Check is for what was sent by other means than RoundTrip. It replaces the body of the response by one that can be
// read again.
func (r *Recorder) Check(request *http.Request, body []byte, response *http.Response) {
	x := &exchange{Recorder: r, request: request, body: body, response: response}
	wrong := request.Context().Value(wrongKey{}) != nil
	err := x.locate()
	switch {
	case errors.Is(err, routers.ErrPathNotFound):
		x.checkNowhere()
	case errors.Is(err, routers.ErrMethodNotAllowed):
		x.checkMethod()
	case err != nil:
		x.fail("find its route: %v", err)
	default:
		if !wrong {
			x.checkRequest()
		}
		x.checkResponse()
	}
}

// CheckProblem is for the answer to what could not be read as a request: it must be a problem, with one of the codes of
// the response of that name in the document's components.
func (r *Recorder) CheckProblem(name string, response *http.Response) {
	request := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "?"}}
	x := &exchange{Recorder: r, request: request, response: response}
	x.checkProblem([]string{"components", "responses", name})
}

// exchange is one request and its answer.
type exchange struct {
	*Recorder
	request  *http.Request
	body     []byte // of the request
	response *http.Response
	route    *routers.Route
	params   map[string]string
}

func (x *exchange) fail(format string, args ...any) {
	x.t.Helper()
	x.t.Errorf("%s %s → %d: "+format, append([]any{x.request.Method, x.request.URL.Path, x.response.StatusCode}, args...)...)
}

// locate finds the operation; HEAD is answered as GET is, without the body.
func (x *exchange) locate() (err error) {
	request := x.request
	if request.Method == http.MethodHead && !strings.HasSuffix(request.URL.Path, "/events") {
		request = request.Clone(request.Context())
		request.Method = http.MethodGet
	}
	x.route, x.params, err = x.document.router.FindRoute(request)
	return err
}

// input is what kin-openapi wants to know of the request. It gets a copy, for it likes to change what it looks at.
func (x *exchange) input() *openapi3filter.RequestValidationInput {
	request := x.request.Clone(context.Background())
	request.Method, request.Body = x.route.Method, http.NoBody
	return &openapi3filter.RequestValidationInput{
		Request: request, PathParams: x.params, Route: x.route,
		Options: &openapi3filter.Options{
			ExcludeRequestBody: true, ExcludeResponseBody: true, IncludeResponseStatus: true,
			SkipSettingDefaults: true, AuthenticationFunc: carriesToken,
		},
	}
}

// carriesToken says whether the request has what a security scheme asks for; whether it is good is the server's to say.
func carriesToken(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	request := in.RequestValidationInput.Request
	if in.SecurityScheme.In == "query" {
		if request.URL.Query().Has(in.SecurityScheme.Name) {
			return nil
		}
	} else if strings.HasPrefix(request.Header.Get("Authorization"), "Bearer ") {
		return nil
	}
	return errors.New("no token")
}

// checkRequest holds the test itself to the contract.
func (x *exchange) checkRequest() {
	input := x.input()
	if x.response.StatusCode == http.StatusUnauthorized { // no token is no breach where the answer says so
		input.Options.AuthenticationFunc = openapi3filter.NoopAuthenticationFunc
	}
	if err := openapi3filter.ValidateRequest(x.request.Context(), input); err != nil {
		x.fail("the request: %v", err)
	}
	if x.response.StatusCode == http.StatusBadRequest {
		x.fail("the request is as the contract has it, but was refused: %s", x.text())
	}
	pointer := x.operation("requestBody", "content", "application/json", "schema")
	described := x.document.at(x.operation("requestBody")...)
	switch {
	case described == nil && len(x.body) > 0:
		x.fail("the request has a body and should not")
	case described == nil || len(x.body) == 0 && described["required"] != true:
	default:
		value, err := decodeJSON(x.body)
		if err == nil {
			err = x.document.schemas.check(pointer, value)
		}
		if err != nil && x.route.Operation.OperationID != "readEventsByPost" {
			x.fail("the request's body: %v\n%s", err, x.body)
		}
	}
}

// operation is the way to a part of the operation in the document.
func (x *exchange) operation(steps ...string) []string {
	return append([]string{"paths", x.route.Path, strings.ToLower(x.route.Method)}, steps...)
}

// checkNowhere holds the answer to a path that is not in the document: a problem, or outside the API a page of the app.
func (x *exchange) checkNowhere() {
	if x.response.StatusCode >= 400 || strings.HasPrefix(x.request.URL.Path, "/api/") {
		x.checkProblem([]string{"components", "responses", "NotFound"})
	}
}

// checkMethod holds the answer to a method that the path does not have.
func (x *exchange) checkMethod() {
	path := x.template()
	allow := strings.Split(x.response.Header.Get("Allow"), ", ")
	slices.Sort(allow)
	if want := x.document.Methods(path); !slices.Equal(allow, want) {
		x.fail("Allow is %q, want %q", allow, want)
	}
	if x.request.Method != http.MethodOptions {
		x.checkProblem([]string{"components", "responses", "MethodNotAllowed"})
	} else if text := x.text(); x.response.StatusCode != http.StatusNoContent || len(text) > 0 {
		x.fail("OPTIONS should be 204 without a body, which is %q", text)
	}
}

// template is the path of the document that the request's path fits, whatever the method.
func (x *exchange) template() string {
	for _, route := range x.document.Routes() {
		request := x.request.Clone(context.Background())
		request.Method = route.Method
		if found, _, err := x.document.router.FindRoute(request); err == nil {
			return found.Path
		}
	}
	return ""
}
