"""Lines "name<TAB>version" of the Cargo.lock files given; the program itself, which has no source there, is left out."""
import sys
import tomllib

for path in sys.argv[1:]:
    with open(path, "rb") as f:
        for p in tomllib.load(f)["package"]:
            if "source" in p:
                print(p["name"], p["version"], sep="\t")
