// Package dockerfile checks how an image is built: Dockerfiles and
// Containerfiles as BuildKit reads them, with the shell inside RUN parsed, and
// what an image's history lets one reconstruct of a Dockerfile.
//
// # Rules
//
// A rule is one value of type rule: an ID, a severity, a function that looks at
// the parsed file, and a bad and a good example that the tests run. All rules
// are on one list ([rules]), a file a group. The table mapping.tsv says which
// rule of hadolint, of BuildKit's own checks, of Trivy's and which
// recommendation of the CIS Docker Benchmark each of ours answers, and why the
// others have none.
//
// # Promises
//
// Bytes are hostile: size, nesting and the number of parse attempts are bounded,
// a fault of a parser becomes an error of that one file, and nothing of the
// file is ever run or fetched. A part that BuildKit would refuse is a finding
// (dockerfile-syntax), and the rest is checked all the same. Values of
// variables and words of commands that may be secrets are not repeated.
//
// Inline ignores are honoured and stay visible: the finding is suppressed, with
// the line that says so as its source. They are those of hadolint
// ("# hadolint ignore=DL3008", also global and stage), BuildKit
// ("# check=skip=JSONArgsRecommended"), Trivy ("# trivy:ignore:DS-0002") and our
// own ("# bulwark ignore=dockerfile-apt-pinned"; also global).
//
// # Not done
//
// The build context is not looked at, so nothing is said about .dockerignore or
// whether a copied file exists. Base images are not resolved: what they set
// (USER, HEALTHCHECK) is unknown. PowerShell and cmd are not parsed. The detector
// leaves out Dockerfiles that came with a package (node_modules, vendor, …); the
// command line checks any file that it is given.
package dockerfile
