"""Works out, without any of Bulwark's code, which advisories affect which versions.

usage: evaluate.py ADVISORIES ECOSYSTEM PACKAGES ORACLE...

Reads ADVISORIES/ECOSYSTEM/all.zip, takes PACKAGES packages by a fixed random
choice, tries every bound of every advisory on each, and versions beside the
bounds, and writes for each a line of JSON: package, version, and the IDs of the
records that affect it by the evaluation algorithm of the OSV schema. The order
of versions is asked of ORACLE, a command that reads lines "a<TAB>b" and writes
-1, 0, 1 or "!" (a program of version/testdata/oracle, beside the ecosystem's own tool).
"""

import json
import random
import re
import subprocess
import sys
import zipfile

root, ecosystem, count, oracle = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]


def normal(name):
    if ecosystem == "PyPI":
        return re.sub(r"[-_.]+", "-", name).lower()
    if ecosystem == "crates.io":
        return name.replace("_", "-").lower()
    if ecosystem == "Packagist":
        return name.lower()
    return name


# package -> list of (record, affected)
packages = {}
with zipfile.ZipFile(f"{root}/{ecosystem}/all.zip") as z:
    for entry in z.namelist():
        doc = json.loads(z.read(entry))
        if doc.get("withdrawn"):
            continue
        for a in doc["affected"]:
            p = a["package"]
            if p["ecosystem"].split(":")[0] != ecosystem or "https" in p["ecosystem"]:
                continue
            packages.setdefault((p["ecosystem"], normal(p["name"])), []).append((doc["id"], a))

rnd = random.Random(20261124)
# Headers of the kernel raise none of its flaws; a test of its own says so.
candidates = sorted(k for k in packages if not re.match("kernel-(headers|doc|devel|cross|rt-devel|64k-devel|srpm)", k[1]))
chosen = rnd.sample(candidates, min(count, len(candidates)))

BESIDE = {
    "PyPI": ["{}rc1", "{}.post1", "{}.1", "{}.dev0", "{}+local"],
    "npm": ["{}-rc.1", "{}-0", "{}+build"],
    "Debian": ["{}~bpo12+1", "{}+deb12u1", "{}+b1"],
    "AlmaLinux": ["{}.1", "{}~1"],
    "RubyGems": ["{}.rc1", "{}.1", "{}.0"],
    "Packagist": ["{}-RC1", "{}-dev", "{}-p1"],
    "Maven": ["{}-SNAPSHOT", "{}.1", "{}.Final"],
}
SEMVER = ["{}-rc.1", "{}-0", "{}+build"]


def ranges(a):
    return [r for r in a.get("ranges", []) if r["type"] != "GIT"]


def bounds(a):
    out = set()
    for r in ranges(a):
        for e in r["events"]:
            out.update(v for v in e.values() if v not in ("0", "*"))
    return out


tried = {}
for key in chosen:
    vs = set()
    for _, a in packages[key]:
        vs |= bounds(a)
        listed = a.get("versions", [])
        vs.update(rnd.sample(listed, min(5, len(listed))))
    vs = set(rnd.sample(sorted(vs), min(12, len(vs))))
    for v in list(vs):
        for form in rnd.sample(BESIDE.get(ecosystem, SEMVER), 2):
            # ComparableVersion departs from Maven's specification where a
            # qualifier stands between dots; no published version does that.
            if ecosystem != "Maven" or v[-1].isdigit():
                vs.add(form.format(v))
    tried[key] = sorted(vs)

pairs = set()
for key in chosen:
    for _, a in packages[key]:
        bs = bounds(a)
        pairs.update((x, y) for x in bs for y in bs)
        for v in tried[key]:
            pairs.update((v, b) for b in bs)
            pairs.update((v, w) for w in a.get("versions", []) if not ranges(a))
pairs = sorted(pairs)
ask = "".join(f"{a}\t{b}\n" for a, b in pairs)
answers = subprocess.run(oracle, input=ask, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
assert len(answers) == len(pairs), (len(answers), len(pairs))
order = dict(zip(pairs, answers))


class NotComparable(Exception):
    pass


def compare(a, b):
    if a == "0" or b == "0":
        return (a != "0") - (b != "0")
    c = order.get((a, b)) or order.get((b, a))
    if c == "!":
        raise NotComparable
    return int(order[(a, b)])


class Event:
    def __init__(self, kind, version):
        self.kind, self.version = kind, version


def affected(v, a):
    if ecosystem == "AlmaLinux" and ".module" not in v and any(".module" in b for b in bounds(a)):
        return False  # an erratum of a module is not about the package outside of modules
    if v in a.get("versions", []):
        return True
    rs = ranges(a)
    if not rs:
        return any(compare(v, w) == 0 for w in a.get("versions", []))
    for r in rs:
        events = [Event(k, x) for e in r["events"] for k, x in e.items()]
        # an insertion sort, by the tool's order
        done = []
        for e in events:
            i = len(done)
            while i > 0 and compare(e.version, done[i - 1].version) < 0:
                i -= 1
            done.insert(i, e)
        vulnerable = False
        for e in done:
            if e.version == "0":
                above, equal = True, False
            else:
                c = compare(v, e.version)
                above, equal = c > 0, c == 0
            if e.kind == "introduced" and (above or equal):
                vulnerable = True
            elif e.kind == "fixed" and (above or equal):
                vulnerable = False
            elif e.kind == "last_affected" and above:
                vulnerable = False
        if vulnerable:
            return True
    return False


skipped = 0
for key in chosen:
    for v in tried[key]:
        try:
            ids = sorted({i for i, a in packages[key] if affected(v, a)})
        except NotComparable:
            skipped += 1
            continue
        print(json.dumps({"ecosystem": key[0], "name": key[1], "version": v, "records": ids}))
print(f"{skipped} versions that the tool does not accept", file=sys.stderr)
