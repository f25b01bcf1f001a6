package turnserver

import (
	"net"
	"net/netip"
	"testing"
)

func TestPolicy(t *testing.T) {
	p, err := newPolicy(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"0.0.0.0", "0.1.2.3", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.169.254",
		"172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "203.0.113.1",
		"224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
		"::ffff:0:127.0.0.1", "::5efe:7f00:1", "4000::1", "8000::1",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe",
		"64:ff9b:1::1", "100::8", "2001::1", "2001:db8::1", "2002:a00:1::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1", "fec0::1", "ff02::1",
	} {
		if p.permits(net.ParseIP(text)) {
			t.Errorf("%s is permitted", text)
		}
	}
	for _, text := range []string{"9.9.9.9", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "198.20.0.1", "223.255.255.255", "2620:fe::fe", "2a00:1450::1", "::ffff:9.9.9.9"} {
		if !p.permits(net.ParseIP(text)) {
			t.Errorf("%s is denied", text)
		}
	}
	if p.permits(nil) || p.permits(net.IP{1, 2, 3}) {
		t.Error("what is no address is permitted")
	}
}

func TestPolicyDeniesThisMachine(t *testing.T) {
	p, err := newPolicy(nil)
	if err != nil {
		t.Fatal(err)
	}
	public := netip.MustParseAddr("9.9.9.9")
	p.own[public] = true
	for _, text := range []string{"9.9.9.9", "::ffff:9.9.9.9"} {
		if p.permits(net.ParseIP(text)) {
			t.Errorf("%s is permitted, an address of this machine", text)
		}
	}
	p.allow = []netip.Prefix{netip.PrefixFrom(public, 32), netip.MustParsePrefix("192.168.7.0/24")}
	for _, text := range []string{"9.9.9.9", "192.168.7.1", "::ffff:192.168.7.1"} {
		if !p.permits(net.ParseIP(text)) {
			t.Errorf("%s is denied although allowed", text)
		}
	}
	p.own[netip.MustParseAddr("192.168.7.5")], p.own[netip.MustParseAddr("fd00::5")] = true, true
	p.allow = prefixes("192.168.7.0/24", "127.0.0.0/8", "0.0.0.0/8", "fd00::/64", "::/96", "9.9.9.8/31")
	for _, text := range []string{"192.168.7.5", "::ffff:192.168.7.5", "127.0.0.1", "127.1.2.3", "0.0.0.0", "::", "::1", "fd00::5", "9.9.9.9"} {
		if p.permits(net.ParseIP(text)) {
			t.Errorf("%s is permitted, an address of this machine in a network that is allowed", text)
		}
	}
	p.allow = append(p.allow, prefixes("192.168.7.5/32", "fd00::5/128", "127.0.0.1/32")...)
	for _, text := range []string{"192.168.7.5", "::ffff:192.168.7.5", "fd00::5", "127.0.0.1", "192.168.7.6", "fd00::6"} {
		if !p.permits(net.ParseIP(text)) {
			t.Errorf("%s is denied although named", text)
		}
	}
}

// TestPolicyDeniesAnAddressThatCameLater: the machine had none of its addresses when the policy began.
func TestPolicyDeniesAnAddressThatCameLater(t *testing.T) {
	p, err := newPolicy(prefixes("0.0.0.0/0", "::/0"))
	if err != nil {
		t.Fatal(err)
	}
	now := p.own
	p.own, p.looked = map[netip.Addr]bool{}, p.looked.Add(-ownAge)
	for addr := range now {
		if p.permits(addr.AsSlice()) {
			t.Errorf("%s is permitted", addr)
		}
	}
}
