package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"bulwark/internal/finding"
	"bulwark/internal/i18n"
	"bulwark/internal/image"
	"bulwark/internal/inventory"
)

// kind is the form of a setting's value.
type kind uint8

const (
	kindSwitch   kind = iota // true or false
	kindWord                 // one word
	kindFile                 // one path; in a file it is relative to that file
	kindWords                // several words, separated by commas or given several times
	kindFiles                // several paths or path-like values, given several times
	kindDuration             // 90s, 10m
	kindNumber
)

// group is the heading that a flag stands under in a verb's help.
type group uint8

const (
	groupWhat group = iota
	groupData
	groupGate
	groupOutput
	groupGeneral
)

// setting is one thing that flag, environment and configuration file set alike:
// the flag --fail-on, the variable BULWARK_FAIL_ON and the key "fail-on".
type setting struct {
	name  string
	help  string // ID of the text that explains it
	short string
	kind  kind
	group group
	meta  string   // what stands for the value in the help: FILE
	def   string   // as it would be typed
	vals  []string // the values allowed; nil when any is
	open  bool     // vals are only proposals
	bare  string   // what the flag means without a value; it then takes one only behind "="
	// flagOnly settings make no sense in a file or in the environment.
	flagOnly bool
}

// settings are all there are, in the order of the help.
func settings() []setting {
	severities := make([]string, 0, 6)
	for _, s := range finding.Severities() {
		severities = append(severities, s.String())
	}
	presences := []string{finding.Only.String(), finding.Without.String(), finding.Any.String()}
	return []setting{
		{name: "scanners", help: "cli.flag.scanners", kind: kindWords, group: groupWhat, meta: "LIST", def: "vuln", vals: scannerNames()},
		{name: "secret-rules", help: "cli.flag.secret-rules", kind: kindFile, group: groupWhat, meta: "FILE"},
		{name: "platform", help: "cli.flag.platform", kind: kindWord, group: groupWhat, meta: "OS/ARCH[/VARIANT]"},
		{name: "all-images", help: "cli.flag.all-images", kind: kindSwitch, group: groupWhat, flagOnly: true},
		{name: "verify", help: "cli.flag.verify", kind: kindSwitch, group: groupWhat},
		{name: "no-in-place", help: "cli.flag.no-in-place", kind: kindSwitch, group: groupWhat},
		{name: "no-cache", help: "cli.flag.no-cache", kind: kindSwitch, group: groupWhat},
		{name: "cache", help: "cli.flag.cache", kind: kindFile, group: groupWhat, meta: "DIR"},
		{name: "timeout", help: "cli.flag.timeout", kind: kindDuration, group: groupWhat, meta: "DURATION", def: "0s"},

		{name: "db", help: "cli.flag.db", kind: kindFile, group: groupData, meta: "FILE"},
		{name: "vex", help: "cli.flag.vex", kind: kindFiles, group: groupData, meta: "FILE"},

		{name: "fail-on", help: "cli.flag.fail-on", kind: kindWord, group: groupGate, meta: "SEVERITY[,CONDITION…]", vals: severities, open: true},
		{name: "unrated", help: "cli.flag.unrated", kind: kindWord, group: groupGate, meta: "fail|ignore", def: "fail", vals: []string{"fail", "ignore"}},
		{name: "allow", help: "cli.flag.allow", kind: kindWords, group: groupGate, meta: "LIST", vals: []string{"unread", "limit", "coverage"}},
		{name: "require-coverage", help: "cli.flag.require-coverage", kind: kindWord, group: groupGate, meta: "LEVEL", vals: []string{"full"}},

		{name: "output", help: "cli.flag.output", short: "o", kind: kindFiles, group: groupOutput, meta: "FORMAT[=FILE]"},
		{name: "severity", help: "cli.flag.severity", kind: kindWords, group: groupOutput, meta: "LIST", vals: severities, open: true},
		{name: "fixed", help: "cli.flag.fixed", kind: kindSwitch, group: groupOutput},
		{name: "unfixed", help: "cli.flag.unfixed", kind: kindSwitch, group: groupOutput},
		{name: "kev", help: "cli.flag.kev", kind: kindSwitch, group: groupOutput},
		{name: "path", help: "cli.flag.path", kind: kindFiles, group: groupOutput, meta: "GLOB"},
		{name: "layer", help: "cli.flag.layer", kind: kindWords, group: groupOutput, meta: "N"},
		{name: "package", help: "cli.flag.package", kind: kindFiles, group: groupOutput, meta: "GLOB"},
		{name: "type", help: "cli.flag.type", kind: kindWords, group: groupOutput, meta: "LIST", vals: inventory.Types()},
		{name: "check", help: "cli.flag.check", kind: kindWords, group: groupOutput, meta: "LIST"},
		{name: "id", help: "cli.flag.id", kind: kindWords, group: groupOutput, meta: "LIST"},
		{name: "hidden", help: "cli.flag.hidden", kind: kindWord, group: groupOutput, meta: "only|without|any", vals: presences, bare: "only"},
		{name: "suppressed", help: "cli.flag.suppressed", kind: kindWord, group: groupOutput, meta: "only|without|any", vals: presences, bare: "only"},
		{name: "all", help: "cli.flag.all", kind: kindSwitch, group: groupOutput},
		{name: "plain", help: "cli.flag.plain", kind: kindSwitch, group: groupOutput},

		{name: "config", help: "cli.flag.config", kind: kindFile, group: groupGeneral, meta: "FILE"},
		{name: "lang", help: "cli.flag.lang", kind: kindWord, group: groupGeneral, meta: "en|zh-CN", vals: i18n.Languages(), open: true},
		{name: "verbose", help: "cli.flag.verbose", short: "v", kind: kindSwitch, group: groupGeneral},
		{name: "quiet", help: "cli.flag.quiet", short: "q", kind: kindSwitch, group: groupGeneral},
	}
}

// scannerNames are the families of detectors, and the word for all of them.
func scannerNames() []string {
	var names []string
	for _, f := range image.Families() {
		names = append(names, string(f))
	}
	return append(names, allScanners)
}

const allScanners = "all"

// families are those that --scanners names, each once, in their own order.
func families(words []string) []image.Family {
	var out []image.Family
	for _, f := range image.Families() {
		if slices.Contains(words, string(f)) || slices.Contains(words, allScanners) {
			out = append(out, f)
		}
	}
	return out
}

// settingNamed finds a setting.
func settingNamed(name string) (setting, bool) {
	for _, s := range settings() {
		if s.name == name {
			return s, true
		}
	}
	return setting{}, false
}

// variable is the environment variable of a setting: BULWARK_FAIL_ON.
func (s setting) variable() string {
	return "BULWARK_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// inFile reports whether the setting may stand in a configuration file.
func (s setting) inFile() bool { return !s.flagOnly && s.name != "config" }

// value is the value of one setting, bound to a variable of a verb's options.
type value struct {
	setting setting
	word    *string
	list    *[]string
	flag    *bool
	number  *int
	span    *time.Duration
	touched bool // set at least once: a list then grows instead of replacing its default
}

var _ pflag.Value = (*value)(nil)

// bind declares the flag of a setting and binds it to target, which is a
// *string, *[]string, *bool, *int or *time.Duration as the setting's kind asks.
func (v *invocation) bind(fs *pflag.FlagSet, name string, target any) {
	s, ok := settingNamed(name)
	if !ok {
		panic("no setting is called " + name)
	}
	val := &value{setting: s}
	switch t := target.(type) {
	case *string:
		val.word = t
	case *[]string:
		val.list = t
	case *bool:
		val.flag = t
	case *int:
		val.number = t
	case *time.Duration:
		val.span = t
	default:
		panic(fmt.Sprintf("setting %s is bound to a %T", name, target))
	}
	if s.def != "" {
		if err := val.Set(s.def); err != nil {
			panic(fmt.Sprintf("default of setting %s: %v", name, err))
		}
		val.touched = false
	}
	f := fs.VarPF(val, s.name, s.short, v.T(s.help))
	f.NoOptDefVal = s.bare
	if s.kind == kindSwitch {
		f.NoOptDefVal = "true"
	}
}

// defaultTo gives a bound setting another default than it has elsewhere.
func defaultTo(fs *pflag.FlagSet, name, def string) {
	val, ok := fs.Lookup(name).Value.(*value)
	if !ok {
		panic(name + " is no setting")
	}
	val.setting.def = def
	if err := val.Set(def); err != nil {
		panic(fmt.Sprintf("default of setting %s: %v", name, err))
	}
	val.touched = false
}

// Set implements pflag.Value. Its errors are problems without a place.
func (v *value) Set(s string) error {
	switch v.setting.kind {
	case kindSwitch:
		b, err := strconv.ParseBool(s)
		if err != nil {
			return usageError(finding.T("cli.value.switch", s))
		}
		*v.flag = b
	case kindDuration:
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return usageError(finding.T("cli.value.duration", s))
		}
		*v.span = d
	case kindNumber:
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return usageError(finding.T("cli.value.number", s))
		}
		*v.number = n
	case kindWords:
		var list []string
		for w := range strings.SplitSeq(s, ",") {
			if w = strings.TrimSpace(w); w == "" {
				continue
			}
			if err := v.setting.allows(w); err != nil {
				return err
			}
			list = append(list, w)
		}
		v.add(list...)
	case kindFiles:
		v.add(s)
	default:
		if err := v.setting.allows(s); err != nil {
			return err
		}
		*v.word = s
	}
	v.touched = true
	return nil
}

func (v *value) add(words ...string) {
	if !v.touched {
		*v.list = nil
	}
	*v.list = append(*v.list, words...)
}

// allows refuses a word that is not among the setting's values.
func (s setting) allows(word string) error {
	if s.vals == nil || s.open {
		return nil
	}
	for _, ok := range s.vals {
		if word == ok {
			return nil
		}
	}
	p := usageError(finding.T("cli.value.word", word, strings.Join(s.vals, ", ")))
	if near := nearest(word, s.vals); near != "" {
		return p.withHint("cli.hint.mean", near)
	}
	return p
}

// String implements pflag.Value: the value as it would be typed.
func (v *value) String() string {
	switch {
	case v.flag != nil:
		return strconv.FormatBool(*v.flag)
	case v.span != nil:
		return v.span.String()
	case v.number != nil:
		return strconv.Itoa(*v.number)
	case v.list != nil:
		return strings.Join(*v.list, ",")
	case v.word != nil:
		return *v.word
	}
	return ""
}

// Type implements pflag.Value; the help shows it behind the flag's name.
func (v *value) Type() string {
	if v.setting.kind == kindSwitch {
		return "bool"
	}
	return v.setting.meta
}

// GetSlice tells the completion that a list may be given several times.
func (v *value) GetSlice() []string {
	if v.list == nil {
		return nil
	}
	return *v.list
}
