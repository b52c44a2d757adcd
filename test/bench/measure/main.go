//go:build linux

// Command measure runs a program some times and prints what it cost: CPU (user
// and system time of all its processes), wall time, and the largest sum of
// anonymous resident memory of all its processes at one moment.
//
//	measure [-n RUNS] [-name NAME] [-prepare 'SHELL'] [-want CODES] [-tsv FILE] -- PROGRAM ARG…
//
// CPU is what the kernel accounts to the program and to every process it left
// behind: measure makes itself the reaper of orphans, so that a worker whose
// parent does not wait for it is counted too. Memory is sampled from
// /proc/PID/status (RssAnon) of the process tree, every -every; a peak between
// two samples is not seen. Of several runs the median of each figure is
// printed, with minimum and maximum. Linux only.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// cost is one run's.
type cost struct {
	cpu, wall time.Duration
	anon      int64 // bytes
	exit      int
}

func main() {
	n := flag.Int("n", 1, "how often")
	name := flag.String("name", "", "printed before the figures")
	prepare := flag.String("prepare", "", "a shell command before each run, not measured")
	want := flag.String("want", "0", "exit codes that are well, with commas")
	tsv := flag.String("tsv", "", "append name, CPU s, wall s, MiB (medians) to this file")
	every := flag.Duration("every", 10*time.Millisecond, "between two samples of memory")
	show := flag.Bool("show", false, "show the program's output")
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	if *name == "" {
		*name = flag.Arg(0)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := measure(ctx, os.Stdout, *n, *name, *prepare, strings.Split(*want, ","), *tsv, *every, *show, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, w io.Writer, n int, name, prepare string, want []string, tsv string, every time.Duration, show bool, args []string) error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become the reaper of orphans: %w", err)
	}
	var all []cost
	for range n {
		if prepare != "" {
			if out, err := exec.CommandContext(ctx, "bash", "-c", prepare).CombinedOutput(); err != nil {
				return fmt.Errorf("prepare: %w: %s", err, out)
			}
		}
		c, err := run(ctx, every, show, args)
		if err != nil {
			return err
		}
		if !slices.Contains(want, strconv.Itoa(c.exit)) {
			return fmt.Errorf("%s ended with exit code %d", name, c.exit)
		}
		all = append(all, c)
	}
	cpu, wall, mem := column(all, func(c cost) float64 { return c.cpu.Seconds() }), column(all, func(c cost) float64 { return c.wall.Seconds() }),
		column(all, func(c cost) float64 { return float64(c.anon) / (1 << 20) })
	fmt.Fprintf(w, "%-44s CPU %8.3f s (%.3f–%.3f)  wall %8.3f s (%.3f–%.3f)  memory %7.1f MiB (%.1f–%.1f)  runs %d\n", name,
		cpu[1], cpu[0], cpu[2], wall[1], wall[0], wall[2], mem[1], mem[0], mem[2], n)
	if tsv == "" {
		return nil
	}
	f, err := os.OpenFile(tsv, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s\t%.3f\t%.3f\t%.1f\n", name, cpu[1], wall[1], mem[1])
	return errors.Join(err, f.Close())
}

// column gives minimum, median and maximum.
func column(all []cost, f func(cost) float64) [3]float64 {
	v := make([]float64, len(all))
	for i, c := range all {
		v[i] = f(c)
	}
	slices.Sort(v)
	return [3]float64{v[0], v[len(v)/2], v[len(v)-1]}
}

func run(ctx context.Context, every time.Duration, show bool, args []string) (cost, error) {
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Stdin = os.Stdin
	if show {
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
	}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	began := time.Now()
	if err := c.Start(); err != nil {
		return cost{}, err
	}
	peak := make(chan int64)
	done := make(chan struct{})
	go func() {
		var most int64
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			most = max(most, anonymous(c.Process.Pid))
			select {
			case <-done:
				peak <- most
				return
			case <-tick.C:
			}
		}
	}()
	err := c.Wait()
	out := cost{wall: time.Since(began), exit: c.ProcessState.ExitCode()}
	close(done)
	out.anon = <-peak
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return out, err
	}
	if err := ctx.Err(); err != nil {
		return out, context.Cause(ctx)
	}
	out.cpu = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	// What it left behind came to us; a service that stays would hold us here for ever.
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		var status unix.WaitStatus
		var usage unix.Rusage
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG, &usage)
		if errors.Is(err, unix.ECHILD) {
			break
		}
		if pid > 0 {
			out.cpu += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
			continue
		}
		time.Sleep(time.Millisecond)
	}
	return out, nil
}

// anonymous sums RssAnon over a process and all below it.
func anonymous(root int) int64 {
	var sum int64
	todo := []int{root}
	for len(todo) > 0 {
		pid := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		dir := "/proc/" + strconv.Itoa(pid)
		status, err := os.ReadFile(dir + "/status")
		if err != nil {
			continue
		}
		if _, rest, ok := strings.Cut(string(status), "\nRssAnon:"); ok {
			if kib, _, ok := strings.Cut(strings.TrimSpace(rest), " "); ok {
				n, err := strconv.ParseInt(kib, 10, 64)
				if err == nil {
					sum += n << 10
				}
			}
		}
		tasks, err := os.ReadDir(dir + "/task")
		if err != nil {
			continue
		}
		for _, t := range tasks {
			children, err := os.ReadFile(dir + "/task/" + t.Name() + "/children")
			if err != nil {
				continue
			}
			for field := range strings.FieldsSeq(string(children)) {
				if child, err := strconv.Atoi(field); err == nil {
					todo = append(todo, child)
				}
			}
		}
	}
	return sum
}
