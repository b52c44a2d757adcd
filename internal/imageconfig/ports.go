package imageconfig

import (
	"strconv"
	"strings"

	"bulwark/internal/finding"
)

// service is what is commonly behind a port that nobody should reach by accident.
type service struct {
	name     string // a proper name, the same in every language
	severity finding.Severity
}

// services are ports by which machines are managed and data are kept; from
// IANA's registry and the projects' own documentation. High: whoever reaches it
// commands the machine or its data, usually without a password.
var services = map[uint16]service{
	21:    {"FTP", finding.Medium},
	22:    {"SSH", finding.Medium},
	23:    {"Telnet", finding.High},
	69:    {"TFTP", finding.Medium},
	111:   {"rpcbind (NFS, NIS)", finding.Medium},
	135:   {"Windows RPC", finding.Medium},
	137:   {"NetBIOS", finding.Medium},
	138:   {"NetBIOS", finding.Medium},
	139:   {"NetBIOS, SMB", finding.Medium},
	161:   {"SNMP", finding.Medium},
	389:   {"LDAP", finding.Low},
	445:   {"SMB", finding.Medium},
	512:   {"rexec", finding.High},
	513:   {"rlogin", finding.High},
	514:   {"rsh", finding.High},
	623:   {"IPMI", finding.Medium},
	873:   {"rsync", finding.Medium},
	1433:  {"SQL Server", finding.Low},
	1521:  {"Oracle Database", finding.Low},
	2049:  {"NFS", finding.Medium},
	2375:  {"Docker API", finding.High},
	2376:  {"Docker API (TLS)", finding.Medium},
	2377:  {"Docker Swarm", finding.Medium},
	2379:  {"etcd", finding.Medium},
	2380:  {"etcd", finding.Medium},
	3306:  {"MySQL", finding.Low},
	3389:  {"Remote Desktop", finding.Medium},
	4243:  {"Docker API", finding.High},
	5005:  {"Java debugger (JDWP)", finding.High},
	5432:  {"PostgreSQL", finding.Low},
	5555:  {"Android Debug Bridge", finding.High},
	5858:  {"Node.js debugger", finding.High},
	5900:  {"VNC", finding.Medium},
	5901:  {"VNC", finding.Medium},
	5984:  {"CouchDB", finding.Medium},
	5985:  {"WinRM", finding.Medium},
	5986:  {"WinRM (TLS)", finding.Medium},
	6000:  {"X11", finding.Medium},
	6379:  {"Redis", finding.Medium},
	6443:  {"Kubernetes API", finding.Medium},
	7001:  {"WebLogic", finding.Medium},
	8009:  {"Apache JServ Protocol (AJP)", finding.Medium},
	8500:  {"Consul", finding.Medium},
	9000:  {"PHP-FPM, or another console", finding.Low},
	9042:  {"Cassandra", finding.Low},
	9092:  {"Kafka", finding.Low},
	9200:  {"Elasticsearch", finding.Medium},
	9229:  {"Node.js debugger", finding.High},
	9300:  {"Elasticsearch", finding.Medium},
	10250: {"kubelet", finding.High},
	10255: {"kubelet (read only)", finding.Medium},
	11211: {"Memcached", finding.Medium},
	27017: {"MongoDB", finding.Medium},
	50000: {"Jenkins agents", finding.Medium},
	50070: {"Hadoop", finding.Medium},
}

// maxPorts bounds what is said of ports; our list is shorter.
const maxPorts = 200

// readPort reads "22", "22/tcp", "8000-8010/udp". ok is false for anything else.
func readPort(s string) (from, to uint16, proto string, ok bool) {
	s, proto, _ = strings.Cut(strings.ToLower(strings.TrimSpace(s)), "/")
	if proto == "" {
		proto = "tcp"
	}
	a, b, ranged := strings.Cut(s, "-")
	n, err := strconv.ParseUint(a, 10, 16)
	if err != nil || n == 0 {
		return 0, 0, "", false
	}
	m := n
	if ranged {
		if m, err = strconv.ParseUint(b, 10, 16); err != nil || m < n {
			return 0, 0, "", false
		}
	}
	return uint16(n), uint16(m), proto, true
}

// ports judges the exposed ports. root says that the container's user is root.
func ports(c *Config, root bool) []finding.Result {
	var out []finding.Result
	var low []string
	seen := map[string]bool{}
	for _, p := range c.Run.ExposedPorts[:min(len(c.Run.ExposedPorts), 70_000)] {
		from, to, proto, ok := readPort(p)
		if !ok {
			continue
		}
		if from < 1024 && len(low) < maxPorts {
			low = append(low, p)
		}
		for n := range services {
			if n < from || n > to || len(out) >= maxPorts {
				continue
			}
			name := strconv.Itoa(int(n)) + "/" + proto
			if proto != "tcp" && !overUDP(n) || seen[name] {
				continue
			}
			seen[name] = true
			s := services[n]
			out = append(out, rated(result(CheckPort, "port "+name, finding.T("imageconfig.found.port", name, s.name)), s.severity))
		}
	}
	sortResults(out)
	if len(low) > 0 && !root {
		r := result(CheckPortPrivileged, "port "+short(low[0]), finding.T("imageconfig.found.port-privileged", strconv.Itoa(len(low))))
		r.Evidence = low
		out = append(out, r)
	}
	return out
}

// overUDP: those of the services that speak UDP.
func overUDP(port uint16) bool {
	switch port {
	case 69, 111, 137, 138, 161, 389, 623, 2049, 3389, 11211:
		return true
	}
	return false
}
