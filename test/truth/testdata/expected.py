"""Works out which advisories are about which packages, without any of Bulwark's code.

usage: expected.py ECOSYSTEM ORACLE... -- ZIP... <PACKAGES

PACKAGES are lines "name<TAB>version". Writes lines "name<TAB>version<TAB>id", and
with "<TAB>?" behind, by CVE, those that can't be decided: a bound is no version.
The documents are read out of OSV's all.zip; what is affected is decided by the
evaluation algorithm of the OSV schema (ossf.github.io/osv-schema, "Evaluation");
the order of versions is asked of ORACLE, a command that reads lines "a<TAB>b" and
writes -1, 0, 1 or "!" (internal/advisory/version/testdata/oracle: a few lines each
around dpkg, npm's semver, packaging, RubyGems and Maven).
"""

import json
import re
import subprocess
import sys
import zipfile

ecosystem = sys.argv[1]
end = sys.argv.index("--")
oracle, zips = sys.argv[2:end], sys.argv[end + 1:]


def normal(name):
    if ecosystem == "PyPI":  # PEP 503
        return re.sub(r"[-_.]+", "-", name).lower()
    if ecosystem == "crates.io":  # the registry takes - and _ for one
        return name.replace("_", "-")
    return name


packages = [tuple(line.rstrip("\n").split("\t")) for line in sys.stdin]
wanted = {normal(name) for name, _ in packages}

shown = {}  # id -> the CVE, where there is one
about = {}  # package -> [(id, affected)]
for path in zips:
    with zipfile.ZipFile(path) as z:
        for entry in z.namelist():
            doc = json.loads(z.read(entry))
            if doc.get("withdrawn"):
                continue
            shown[doc["id"]] = next((x for x in doc.get("aliases", []) if x.startswith("CVE-")), doc["id"])
            for a in doc["affected"]:
                p = a.get("package", {})
                if p.get("ecosystem") == ecosystem and normal(p["name"]) in wanted:
                    about.setdefault(normal(p["name"]), []).append((doc["id"], a))


def ranges(a):
    return [r for r in a.get("ranges", []) if r["type"] != "GIT"]


pairs = set()
for name, version in packages:
    for _, a in about.get(normal(name), []):
        bounds = {v for r in ranges(a) for e in r["events"] for v in e.values() if v not in ("0", "*")}
        bounds.update(a.get("versions", []))
        pairs.update((version, b) for b in bounds)
        pairs.update((x, y) for r in ranges(a) for e in r["events"] for x in e.values()
                     for f in r["events"] for y in f.values() if "0" not in (x, y))
pairs = sorted(pairs)
out = subprocess.run(oracle, input="".join(f"{a}\t{b}\n" for a, b in pairs), stdout=subprocess.PIPE, text=True, check=True).stdout.split()
assert len(out) == len(pairs), (len(out), len(pairs))
order = dict(zip(pairs, out))


class NotComparable(Exception):
    pass


def numbers(v):
    given = [int(n) for n in re.match(r"\d+(\.\d+)*", v)[0].split(".")]
    return (given + [0, 0])[:3]


def compare(a, b):
    if "0" in (a, b):  # "0" is before every version
        return (a != "0") - (b != "0")
    if order[a, b] == "!" and ecosystem == "npm" and numbers(a) != numbers(b):
        return 1 if numbers(a) > numbers(b) else -1  # Retire.js writes 1.999, 1.9.0b1, 1.0.0.beta.3
    if order[a, b] == "!":
        raise NotComparable(f"{a} and {b}")
    return int(order[a, b])


def same(a, b):
    return a == b or order[a, b] == "0"


def affected(version, a):
    imports = (a.get("ecosystem_specific") or {}).get("imports") or []
    if imports and not any("linux" in i.get("goos", ["linux"]) and "amd64" in i.get("goarch", ["amd64"]) for i in imports):
        return False  # Go: of other platforms than the programs were built for
    if any(same(version, v) for v in a.get("versions", [])):
        return True
    for r in ranges(a):
        events = [(k, v) for e in r["events"] for k, v in e.items() if k != "limit"]
        done = []  # in the tool's order; the first of two equal ones first
        for kind, v in events:
            at = len(done)
            while at > 0 and compare(v, done[at - 1][1]) < 0:
                at -= 1
            done.insert(at, (kind, v))
        vulnerable = False
        for kind, v in done:
            c = compare(version, v)
            if kind == "introduced" and c >= 0:
                vulnerable = True
            elif kind == "fixed" and c >= 0 or kind == "last_affected" and c > 0:
                vulnerable = False
        if vulnerable:
            return True
    return False


facts, undecided = set(), set()
for name, version in packages:
    for i, a in about.get(normal(name), []):
        try:
            if affected(version, a):
                facts.add((name, version, i.removeprefix("x_")))
        except NotComparable:
            undecided.add((name, version, shown[i], "?"))
for fact in sorted(facts) + sorted(undecided):
    print("\t".join(fact))
