package httpapi

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func (a *API) route(app *assets) {
	e := a.engine
	e.Use(a.logRequest, gin.CustomRecoveryWithWriter(nil, a.recovered), a.redirectToTLS, noSniff, a.cors)
	e.NoRoute(a.unknown)
	e.NoMethod(a.wrongMethod)

	v1 := e.Group(basePath)
	v1.POST("/rooms", a.named(a.createRoom))
	get(v1, "/rooms/:room", a.describeRoom)
	v1.POST("/rooms/:room/peers", a.named(a.join))
	v1.PATCH("/rooms/:room/peers/:peer", a.patchPeer)
	v1.DELETE("/rooms/:room/peers/:peer", a.attended(a.leave))
	v1.POST("/rooms/:room/peers/:peer/token", a.attended(a.renewToken))
	v1.POST("/rooms/:room/messages", a.attended(a.postMessages))
	v1.GET("/rooms/:room/events", a.events)
	v1.POST("/rooms/:room/events", a.events)
	v1.POST("/rooms/:room/calls", a.attended(a.startCall))
	get(v1, "/rooms/:room/calls/:call", a.attended(a.getCall))
	v1.POST("/rooms/:room/calls/:call/accept", a.attended(a.accept))
	v1.POST("/rooms/:room/calls/:call/decline", a.attended(a.decline))
	v1.POST("/rooms/:room/calls/:call/hangup", a.attended(a.hangup))
	get(v1, "/ice-servers", a.named(a.iceServers))
	get(v1, "/openapi.yaml", a.openAPI)
	get(v1, "/doctor", a.named(a.doctor))
	v1.GET("/doctor/events", a.probe)
	v1.POST("/doctor/events", a.probe)

	get(e, "/healthz", a.healthz)
	get(e, "/readyz", a.readyz)
	get(e, "/metrics", a.serveMetrics)
	get(e, problemPage, a.problemsPage)
	for _, path := range a.trustPaths() {
		get(e, path, gin.WrapH(a.cfg.Trust))
	}
	for _, page := range appPages {
		get(e, page, a.strictly(app.servePage))
	}
	for _, file := range app.paths() {
		get(e, file, app.serveFile)
	}
}

// appPages are the app's own routes, which its index.html answers; anything else that is missing is a 404.
var appPages = []string{"/", "/r/:room", "/check"}

// get routes GET and HEAD; net/http leaves out the body of the latter.
func get(r gin.IRoutes, path string, handler gin.HandlerFunc) {
	r.GET(path, handler)
	r.HEAD(path, handler)
}

func (a *API) unknown(c *gin.Context) {
	if c.Request.Method == http.MethodOptions && c.Request.URL.Path == "*" { // the server as a whole (RFC 9110 §9.3.7)
		c.Header("Allow", "GET, HEAD, POST, PATCH, DELETE, OPTIONS")
		c.Status(http.StatusNoContent)
		c.Writer.WriteHeaderNow()
		return
	}
	a.fail(c, &problemError{problem: notFound, detail: "no such page or resource"})
}

// wrongMethod: gin has set Allow. OPTIONS is answered for every route there is.
func (a *API) wrongMethod(c *gin.Context) {
	allow := c.Writer.Header().Get("Allow") + ", OPTIONS"
	c.Header("Allow", allow)
	if c.Request.Method == http.MethodOptions {
		c.Status(http.StatusNoContent)
		c.Writer.WriteHeaderNow()
		return
	}
	a.fail(c, &problemError{problem: methodNotAllowed, detail: "allowed here: " + allow})
}
