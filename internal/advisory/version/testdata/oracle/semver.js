const semver = require(process.argv[2]);
for (const line of require("fs").readFileSync(0, "utf8").split("\n")) {
  if (line === "") continue;
  const [a, b] = line.split("\t");
  console.log(semver.valid(a) && semver.valid(b) ? semver.compare(a, b) : "!");
}
