package fault

import "fmt"

// page is the whole answer of a proxy that refuses.
func page(as, method string) []byte {
	status, body := "502 Bad Gateway", "<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1><p>The server could not be reached."
	switch as {
	case Forbidden:
		status, body = "403 Forbidden", "<!doctype html><title>Access denied</title><h1>Access denied</h1><p>Your organisation does not allow this page."
	case Portal:
		status, body = "200 OK", "<!doctype html><title>Welcome</title><h1>Welcome to the network</h1><form><button>Accept the terms</button></form>"
	}
	length := len(body)
	if method == "HEAD" {
		body = ""
	}
	return fmt.Appendf(nil, "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\nCache-Control: no-store\r\n\r\n%s", status, length, body)
}
