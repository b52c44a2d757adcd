package cli

import "strings"

// environment is the environment as os.Environ gives it, looked up by name.
type environment map[string]string

func newEnvironment(environ []string) environment {
	env := make(environment, len(environ))
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok && name != "" {
			env[name] = value
		}
	}
	return env
}

// get gives the value of a variable, "" when it is not set.
func (e environment) get(name string) string { return e[name] }
