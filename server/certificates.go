package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"yodel/server/certs"
	"yodel/server/certs/acme"
	"yodel/server/certs/trust"
)

// certificatePatience is how long the self-test of TURN over TLS waits for a certificate.
const certificatePatience = time.Minute

// certificates are where TLS has them from. At most one of its sources is there; with none of them there is no TLS.
type certificates struct {
	tls       *tls.Config
	files     *certs.Files
	authority *certs.Authority
	fleeting  bool // the authority is as short-lived as the process
	public    *acme.Manager
}

// openCertificates makes ready what cfg asks for, but for what lies in the data directory: openAuthority does that. No
// authority is asked for anything yet.
func openCertificates(cfg Config, log *slog.Logger) (*certificates, error) {
	switch cfg.TLS {
	case tlsFiles:
		files, err := certs.OpenFiles(cfg.TLSCert, cfg.TLSKey, log)
		if err != nil {
			return nil, fmt.Errorf("--tls-cert=%s, --tls-key=%s: %w", cfg.TLSCert, cfg.TLSKey, err)
		}
		return &certificates{tls: certs.Config(files.Certificate), files: files}, nil
	case tlsAuto:
		roots, err := readRoots(cfg.ACME.Roots)
		if err != nil {
			return nil, fmt.Errorf("--acme-ca-root: %w", err)
		}
		public := acme.New(acme.Config{
			Dir: filepath.Join(cfg.DataDir, "certs"), Domains: cfg.ACME.Domains, CA: cfg.ACME.CA, Email: cfg.ACME.Email, Roots: roots,
		}, log)
		return &certificates{tls: public.TLS(), public: public}, nil
	}
	return &certificates{}, nil
}

// openAuthority reads our own authority, or makes one, where cfg asks for it.
func (c *certificates) openAuthority(cfg Config) error {
	if cfg.TLS != tlsLocal {
		return nil
	}
	dir := cfg.DataDir
	if dir == noDataDir {
		dir, c.fleeting = "", true
	}
	hostname, err := os.Hostname()
	if err != nil {
		hostname = ""
	}
	var named []string
	if at, err := url.Parse(cfg.PublicURL); err == nil {
		named = append(named, at.Hostname())
	}
	if c.authority, err = certs.OpenAuthority(dir, hostname, named...); err != nil {
		return fmt.Errorf("--tls=local: %w", err)
	}
	c.tls = certs.Config(c.authority.Certificate)
	return nil
}

// readRoots reads whom to believe; nil: whom the system believes.
func readRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return roots, nil
}

// begin says whom to trust, or gets what is missing, for a server that is about to let clients in at that address.
func (c *certificates) begin(ctx context.Context, listening net.Addr, log *slog.Logger) error {
	if c.authority != nil {
		root := c.authority.Root()
		log.Info("local certificate authority", "name", root.Subject.CommonName, "sha256", trust.Fingerprint(root))
	}
	if c.fleeting {
		log.Warn("the local certificate authority is another after each start, since --data-dir is none")
	}
	if c.public == nil {
		return nil
	}
	return c.public.Start(ctx, listening)
}

// watch looks after files until ctx ends.
func (c *certificates) watch(ctx context.Context) {
	if c.files != nil {
		c.files.Watch(ctx)
	}
}

// await waits until there is a certificate to serve; not for ever, since an authority may have its reasons.
func (c *certificates) await(ctx context.Context) {
	if c.public == nil {
		return
	}
	select {
	case <-c.public.Some():
	case <-time.After(certificatePatience):
	case <-ctx.Done():
	}
}

func (c *certificates) close() {
	if c.public != nil {
		c.public.Close()
	}
}

// covers tells whether a client that reaches us by host can be content with the certificate it is served.
func (c *certificates) covers(host string) bool {
	return c.authority == nil || c.authority.Covers(host)
}
