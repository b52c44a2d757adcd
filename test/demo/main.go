// Command demo puts together a demonstration image of real, old packages, each
// got from its own registry by its own client (apt-get, npm, pip, mvn, go,
// cargo), and prints the path of the saved image on standard output.
//
//	go run ./test/demo [-o FILE]
//
// No container engine is needed, nothing is installed, and nothing is written
// but the cache ($XDG_CACHE_HOME/bulwark/demo) and what the go command keeps of
// modules it downloads. A client that is missing or fails is said, and the
// image goes without its part; without any part there is no image.
//
// The packages are old on purpose: do not run what is in the image.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// part is one registry's share of the image.
type part struct {
	name   string
	client string   // the command it needs
	what   []string // the packages, as the client names them; part of the cache's key
	fetch  func(ctx context.Context, p part, dir string) error
	// layers makes the layers from what fetch left in dir.
	layers func(p part, dir string) ([]layer, error)
}

// partTime is far above what a part needs on a slow line (Maven's plugins, about 20 s here).
const partTime = 6 * time.Minute

func main() {
	out := flag.String("o", "", "write the image to this file instead of the cache")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	file, err := run(ctx, *out)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
	fmt.Println(file)
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "demo: "+format+"\n", args...) }

func run(ctx context.Context, out string) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	cache := filepath.Join(base, "bulwark", "demo")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	say("an image of real old packages, got by the registries' own clients into %s; nothing is installed", cache)

	all := parts()
	dirs := make([]string, len(all))
	var wait sync.WaitGroup
	for i, p := range all {
		wait.Go(func() {
			dir, err := get(ctx, cache, p)
			switch {
			case err != nil:
				say("without %s: %v", p.name, err)
			default:
				dirs[i] = dir
			}
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return "", context.Cause(ctx)
	}

	var layers []layer
	key := sha256.New()
	for i, p := range all {
		if dirs[i] == "" {
			continue
		}
		l, err := p.layers(p, dirs[i])
		if err != nil {
			return "", fmt.Errorf("make the layers of %s: %w", p.name, err)
		}
		layers = append(layers, l...)
		fmt.Fprintln(key, filepath.Base(dirs[i]))
	}
	if len(layers) == 0 {
		return "", errors.New("no part could be had: is there a network, and one of apt-get, npm, pip, mvn, go, cargo?")
	}
	layers = append(layers, cleanUp(layers)...)
	if out == "" {
		out = filepath.Join(cache, "shop-"+hex.EncodeToString(key.Sum(nil))[:12]+".tar")
		if _, err := os.Stat(out); err == nil {
			return out, nil
		}
	}
	if err := writeImage(out, "bulwark-demo/shop:1", layers); err != nil {
		return "", err
	}
	info, err := os.Stat(out)
	if err != nil {
		return "", err
	}
	say("%d layers, %d MB", len(layers), info.Size()/1_000_000)
	return out, nil
}

// get gives the folder of a part, from the cache or fetched.
func get(ctx context.Context, cache string, p part) (string, error) {
	if _, err := exec.LookPath(p.client); err != nil {
		return "", fmt.Errorf("%s is not here", p.client)
	}
	sum := sha256.Sum256([]byte(strings.Join(p.what, "\n")))
	dir := filepath.Join(cache, strings.ReplaceAll(p.name, " ", "-")+"-"+hex.EncodeToString(sum[:4]))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	ctx, cancel := context.WithTimeout(ctx, partTime)
	defer cancel()
	began := time.Now()
	fresh, err := os.MkdirTemp(cache, "new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh)
	if err := p.fetch(ctx, p, fresh); err != nil {
		return "", err
	}
	if err := os.Rename(fresh, dir); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	say("%s: got %d packages by %s in %d s", p.name, len(p.what), p.client, int(time.Since(began).Seconds()))
	return dir, nil
}

// client runs a registry's client in dir; its output is shown only when it fails.
func client(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), env...)
	// A client has children of its own; ending it ends them.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = 5 * time.Second
	var errOut strings.Builder
	c.Stderr = &errOut
	b, err := c.Output()
	if err != nil {
		text := strings.TrimSpace(errOut.String())
		if text == "" {
			text = strings.TrimSpace(string(b))
		}
		// The first lines say what is wrong; a backtrace helps nobody here.
		if lines := strings.SplitN(text, "\n", 4); len(lines) > 3 {
			text = strings.Join(lines[:3], "; ") + " …"
		}
		text = text[:min(len(text), 400)]
		return "", fmt.Errorf("%s %s: %w: %s", filepath.Base(name), args[0], err, text)
	}
	return string(b), nil
}
