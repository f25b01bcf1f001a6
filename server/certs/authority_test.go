package certs

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// open is an authority of a machine, kept in dir.
func open(t testing.TB, dir, hostname string, extra ...string) *Authority {
	t.Helper()
	a, err := OpenAuthority(dir, hostname, extra...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// trusts tells whether a device that trusts root is content with what a client of that name and address is served.
func trusts(t testing.TB, root *x509.Certificate, leaf *tls.Certificate, name string) error {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(root)
	_, err := leaf.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: time.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	return err
}

func shake(t testing.TB, a *Authority, asked, at string) *tls.Certificate {
	t.Helper()
	leaf, err := a.Certificate(&tls.ClientHelloInfo{ServerName: asked, Conn: reached{addr: at}})
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func TestALocalAuthorityVouchesForWhatIsPrivate(t *testing.T) {
	a := open(t, t.TempDir(), "Larch.example.org", "call.lan")
	for name, c := range map[string]struct {
		asked, at, host string
		good            bool
	}{
		"by address":                    {"", "192.168.1.7:8443", "192.168.1.7", true},
		"by a carrier's address":        {"", "100.64.7.7:8443", "100.64.7.7", true},
		"by IPv6":                       {"", "[fd00::7]:8443", "[fd00::7]", true},
		"by a link-local address":       {"", "[fe80::7%lo]:8443", "[fe80::7]", true},
		"by IPv4 in IPv6":               {"", "[::ffff:10.0.0.7]:8443", "10.0.0.7", true},
		"on this machine":               {"localhost", "127.0.0.1:8443", "localhost", true},
		"by the machine's name":         {"larch", "10.0.0.7:8443", "larch", true},
		"by mDNS":                       {"larch.local", "10.0.0.7:8443", "larch.local", true},
		"by a name of the router's":     {"Anything.LAN.", "10.0.0.7:8443", "anything.lan", true},
		"by a name it was told":         {"", "10.0.0.7:8443", "call.lan", true},
		"by a site's name":              {"example.org", "10.0.0.7:8443", "example.org", false},
		"by what ends like a private":   {"notlocal", "10.0.0.7:8443", "notlocal", false},
		"by the machine's whole name":   {"larch.example.org", "10.0.0.7:8443", "larch.example.org", false},
		"by an address of the internet": {"", "8.8.8.8:8443", "8.8.8.8", false},
		"by one of IPv6":                {"", "[2606:4700::1]:8443", "[2606:4700::1]", false},
	} {
		leaf := shake(t, a, c.asked, c.at)
		if err := trusts(t, a.Root(), leaf, c.host); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
		if got := a.Covers(strings.Trim(c.host, "[]")); got != c.good {
			t.Errorf("%s: Covers says %v", name, got)
		}
		if err := trusts(t, a.Root(), leaf, "localhost"); err != nil {
			t.Errorf("%s: the certificate is no good at all: %v", name, err)
		}
	}
}

// What the constraints of the root are for: even with its key nobody deceives a device about a site.
func TestADeviceHoldsTheAuthorityToItsConstraints(t *testing.T) {
	a := open(t, "", "larch")
	for _, name := range []string{"example.org", "8.8.8.8", "2606:4700::1", "local.example.org"} {
		leaf, err := a.issue([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		host := name
		if addr, err := netip.ParseAddr(name); err == nil {
			host = "[" + addr.String() + "]"
		}
		if err := trusts(t, a.Root(), leaf, host); err == nil {
			t.Errorf("a device would trust %s", name)
		}
	}
	if root := a.Root(); !root.PermittedDNSDomainsCritical || !root.MaxPathLenZero || root.KeyUsage != x509.KeyUsageCertSign {
		t.Error("the root may do more than it must, or devices may look away from its constraints")
	}
}

func TestAMachineWithTheNameOfATopLevelDomainDoesNotVouchForIt(t *testing.T) {
	for hostname, want := range map[string]string{"larch": "larch", "Larch.home.arpa": "larch", "dev": "", "kitchen": "", "app": "", "localhost": "", "": "", "a b": ""} {
		if got := ownName(hostname); got != want {
			t.Errorf("%q: %q", hostname, got)
		}
	}
	a := open(t, "", "dev")
	if slices.Contains(a.Root().PermittedDNSDomains, "dev") || a.Covers("pay.dev") {
		t.Error("it does")
	}
}

func TestAnAuthorityIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	first, second := open(t, dir, "larch"), open(t, dir, "cellar")
	if !first.Root().Equal(second.Root()) {
		t.Error("the second start has another")
	}
	if err := trusts(t, first.Root(), shake(t, second, "", "10.0.0.1:1"), "10.0.0.1"); err != nil {
		t.Error(err)
	}
	if second.Covers("cellar") {
		t.Error("a new name of the machine is not what the authority was made for")
	}
	file := filepath.Join(dir, authorityFile)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if open(t, "", "larch").Root().Equal(open(t, "", "larch").Root()) {
		t.Error("two that are not kept are the same")
	}
	for name, spoil := range map[string]string{"empty": "", "no key": "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"} {
		if err := os.WriteFile(file, []byte(spoil), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenAuthority(dir, "larch"); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLeavesAreShortLivedAndRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		a := open(t, dir, "larch")
		first := shake(t, a, "", "10.0.0.1:1")
		if life := first.Leaf.NotAfter.Sub(first.Leaf.NotBefore); life > 397*24*time.Hour {
			t.Errorf("a leaf lives %v", life)
		}
		if shake(t, a, "", "10.0.0.1:2") != first {
			t.Error("each handshake is issued one of its own")
		}
		for range 12 {
			time.Sleep(30 * 24 * time.Hour)
			if err := trusts(t, a.Root(), shake(t, a, "", "10.0.0.1:3"), "10.0.0.1"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(9 * 365 * 24 * time.Hour)
		if again := open(t, dir, "larch"); again.Root().Equal(a.Root()) || !again.Root().Equal(open(t, dir, "larch").Root()) {
			t.Error("an authority at its end is not followed by another")
		}
	})
}

// A client may ask by any name and, with as many of them, must not fill the memory.
func FuzzAClientAsksByAnyName(f *testing.F) {
	a := open(f, "", "larch")
	for _, name := range []string{"", "larch", "a.local", "*.local", "xn--.local", "..", "10.0.0.1", "ü.local", "-.lan", "a\x00b.local", strings.Repeat("a.", 200) + "lan"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		leaf := shake(t, a, name, "10.0.0.1:1")
		if err := trusts(t, a.Root(), leaf, "10.0.0.1"); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if len(a.leaves) > maxLeaves {
			t.Errorf("%d leaves are kept", len(a.leaves))
		}
	})
}

func TestLeavesAreNotKeptWithoutEnd(t *testing.T) {
	a := open(t, "", "larch")
	for i := range 2 * maxLeaves {
		shake(t, a, strings.Repeat("a", i%50+1)+"."+strings.Repeat("b", i/50+1)+".local", "10.0.0.1:1")
	}
	if len(a.leaves) > maxLeaves {
		t.Errorf("%d are", len(a.leaves))
	}
}
