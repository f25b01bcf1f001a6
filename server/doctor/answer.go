package doctor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
)

// maxAnswer is more than any answer that the doctor asks for.
const maxAnswer = 256 << 10

// badAnswer finds words for an answer that is not the one asked for: by its status, or, where that is fine, by what it is.
func (x *examination) badAnswer(response *http.Response, body []byte) *failure {
	f := x.badStatus(response, body)
	f.code = response.StatusCode
	f.cause = fmt.Errorf("%s answered %s, %s", response.Request.URL.Redacted(), response.Status, response.Header.Get("Content-Type"))
	return f
}

func (x *examination) badStatus(response *http.Response, body []byte) *failure {
	who := "something in front of the server"
	if x.plainProxy() { // which answers in the server's place, and nobody can tell
		who = "the proxy, or something in front of the server,"
	}
	switch code := response.StatusCode; {
	case code == http.StatusProxyAuthRequired:
		return x.wantsProxyLogin()
	case code == http.StatusTooManyRequests && isProblem(response):
		return fail(TooOften, nil, "the server refuses for a while: %s (429)", detailOf(body))
	case code == http.StatusNotFound:
		return fail(NotFound, nil, "a web server answers, but there is no Yodel at this address (404)")
	case code == http.StatusUnauthorized:
		return fail(WantsLogin, nil, "%s wants a name and a password (401)", who)
	case code == http.StatusNetworkAuthenticationRequired:
		return fail(SentOn, nil, "this network wants people to sign in first (511)")
	case code == http.StatusForbidden, code == http.StatusUnavailableForLegalReasons:
		return fail(Forbidden, nil, "%s forbids it (%d)", who, code)
	case code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		return fail(Gateway, nil, "%s answers, but cannot reach the server itself (%d)", who, code)
	case code >= http.StatusInternalServerError:
		return fail(ServerError, nil, "the server answers with an error of its own (%d)", code)
	case code/100 != 2:
		return fail(NotOurs, nil, "something other than Yodel answers (%d)", code)
	}
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); kind == "text/html" {
		return fail(NotOurs, nil, "a web page answers that is not Yodel: another site, or the sign-in page of this network")
	}
	return fail(NotOurs, nil, "something other than Yodel answers")
}

// plainProxy tells whether requests go by an HTTP proxy that can answer them itself.
func (x *examination) plainProxy() bool {
	by, err := x.Proxy(x.origin)
	return err == nil && by != nil && x.origin.Scheme == "http" && (by.Scheme == "http" || by.Scheme == "https")
}

func isProblem(response *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return kind == "application/problem+json"
}

func detailOf(problem []byte) string {
	var told struct{ Title, Detail string }
	if json.Unmarshal(problem, &told) == nil && told.Detail != "" {
		return printable(told.Detail)
	}
	return "too many requests"
}

var (
	errNoEnd    = errors.New("longer than any answer of Yodel's")
	errRedirect = errors.New("it sends elsewhere")
)

// ask does a request and reads the whole answer; err is a *failure unless the answer is a good one.
func (x *examination) ask(request *http.Request) (*http.Response, []byte, error) {
	response, err := x.client.Do(request)
	if err != nil {
		return nil, nil, explain(err, hostPort(request.URL))
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case response.StatusCode/100 == 3 && response.Header.Get("Location") != "":
		return response, nil, errRedirect
	case err != nil && response.StatusCode/100 == 2:
		return nil, nil, explain(err, hostPort(request.URL))
	case response.StatusCode/100 != 2:
		return nil, nil, x.badAnswer(response, body)
	case len(body) == maxAnswer:
		return nil, nil, fail(NotOurs, errNoEnd, "something other than Yodel answers")
	}
	return response, body, nil
}

// answer does a request and reads the whole answer into v.
func (x *examination) answer(request *http.Request, v any) error {
	response, body, err := x.ask(request)
	switch {
	case errors.Is(err, errRedirect):
		return x.sentOn(response)
	case err != nil:
		return err
	case json.Unmarshal(bytes.TrimSpace(body), v) != nil:
		return x.badAnswer(response, body)
	}
	return nil
}

func (x *examination) sentOn(response *http.Response) *failure {
	to, _ := response.Location()
	return fail(SentOn, fmt.Errorf("%s sends on to %s", response.Request.URL.Redacted(), to), "it is sent on to %s, which is no Yodel server", originOf(to))
}

func originOf(u *url.URL) string {
	if u == nil {
		return "nowhere"
	}
	return printable(u.Scheme + "://" + u.Host)
}

// hostPort is where a URL leads, with the scheme's port where it has none.
func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	return u.Host + map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
}
