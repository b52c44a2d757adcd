package finding

// Image is what an image's configuration says of how it runs and how it was
// built, and what its layers hold besides packages: everything that a person
// who reviews an image asks first. Values that are secrets are redacted before
// they get here; [ImageVariable.Redacted] says which.
type Image struct {
	// Author stands in the configuration; nobody vouches for it.
	Author string `json:"author,omitempty"`
	// User as the configuration writes it: "", "root", "1000:1000".
	User       string          `json:"user,omitempty"`
	Entrypoint []string        `json:"entrypoint,omitempty"`
	Command    []string        `json:"command,omitempty"`
	WorkingDir string          `json:"working_dir,omitempty"`
	Shell      []string        `json:"shell,omitempty"`
	StopSignal string          `json:"stop_signal,omitempty"`
	Env        []ImageVariable `json:"env,omitempty"`
	Labels     []ImageVariable `json:"labels,omitempty"`
	// Ports are "8080/tcp", Volumes paths, both sorted.
	Ports   []string `json:"ports,omitempty"`
	Volumes []string `json:"volumes,omitempty"`
	// OnBuild are instructions for images that are built on this one.
	OnBuild     []string     `json:"on_build,omitempty"`
	HealthCheck *HealthCheck `json:"health_check,omitempty"`
	// History are all instructions of the build, the first one first, also those
	// that made no layer.
	History []HistoryStep `json:"history,omitempty"`
	// Contents say what each layer holds, in the order of Report.Layers.
	Contents []LayerContent `json:"contents,omitempty"`
	// FinalSize is the size in bytes of the files that a container sees,
	// FinalFiles how many there are; Waste the bytes that are shipped and not seen.
	FinalSize  int64 `json:"final_size,omitempty"`
	FinalFiles int   `json:"final_files,omitempty"`
	Waste      int64 `json:"waste,omitempty"`
	// Privileged are files of the final file system that give rights to whoever
	// starts them: setuid and setgid programs. At most 500 are listed.
	Privileged []ImageFile `json:"privileged,omitempty"`
	// Owners are whose the files of the final file system are, the owner of most
	// files first, at most 20.
	Owners []FileOwner `json:"owners,omitempty"`
}

// FileOwner is a user and a group by number, with how many files are theirs.
type FileOwner struct {
	UID   int   `json:"uid"`
	GID   int   `json:"gid"`
	Files int   `json:"files"`
	Size  int64 `json:"size,omitempty"`
}

// ImageVariable is a name with a value: of the environment, or a label.
type ImageVariable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Redacted is true where the value was, or may be, a secret and is not shown.
	Redacted bool `json:"redacted,omitempty"`
}

// HealthCheck is how the engine asks a container whether it works.
type HealthCheck struct {
	// Test as the configuration has it: ["CMD-SHELL", "curl …"]; ["NONE"] switches an inherited one off.
	Test []string `json:"test,omitempty"`
	// Interval, Timeout and StartPeriod are durations ("30s"); empty for the engine's default.
	Interval    string `json:"interval,omitempty"`
	Timeout     string `json:"timeout,omitempty"`
	StartPeriod string `json:"start_period,omitempty"`
	Retries     int    `json:"retries,omitempty"`
}

// HistoryStep is one instruction of a build.
type HistoryStep struct {
	Created   string `json:"created,omitempty"`
	CreatedBy string `json:"created_by,omitempty"`
	Comment   string `json:"comment,omitempty"`
	// Empty is true for an instruction that made no layer.
	Empty bool `json:"empty,omitempty"`
	// Layer is the index of the layer it made, -1 for none or where the history
	// does not fit the layers.
	Layer int `json:"layer"`
}

// LayerContent is what one layer holds, whether or not it is seen in the end.
type LayerContent struct {
	Layer int `json:"layer"`
	// Added counts files that no layer below has, Changed those that replace
	// one of a layer below, Removed whiteouts.
	Added   int `json:"added,omitempty"`
	Changed int `json:"changed,omitempty"`
	Removed int `json:"removed,omitempty"`
	// Size is the sum of the sizes of its files in bytes; Waste the part of it
	// that a later layer replaced or removed.
	Size  int64 `json:"size,omitempty"`
	Waste int64 `json:"waste,omitempty"`
	// Largest are its largest files, the largest first, at most 10.
	Largest []ImageFile `json:"largest,omitempty"`
	// Directories say where its files are, by the first two names of their
	// paths, the largest first, at most 8.
	Directories []ImageDirectory `json:"directories,omitempty"`
}

// ImageDirectory is a directory with what one layer put below it.
type ImageDirectory struct {
	Path  string `json:"path"`
	Files int    `json:"files"`
	Size  int64  `json:"size,omitempty"`
}

// ImageFile is one file of an image.
type ImageFile struct {
	Path  string `json:"path"`
	Layer int    `json:"layer"`
	Size  int64  `json:"size,omitempty"`
	// Mode in octal with the special bits, "4755"; owner as numbers, "0:0".
	Mode  string `json:"mode,omitempty"`
	Owner string `json:"owner,omitempty"`
	// Capabilities are those that the file gives to its process ("cap_net_raw=ep").
	Capabilities string `json:"capabilities,omitempty"`
	// Gone is true when a later layer removed or replaced it.
	Gone bool `json:"gone,omitempty"`
}
