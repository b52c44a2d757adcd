package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"bulwark/internal/advisory"
	"bulwark/internal/catalogue"
	"bulwark/internal/finding"
	"bulwark/internal/image"
	"bulwark/internal/image/source"
	"bulwark/internal/report"
	"bulwark/internal/walk/worker"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == worker.Arg {
		if err := image.WorkerMain(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	o := image.Options{Source: source.Options{Ref: os.Args[1], Env: os.Getenv, Stdin: os.Stdin}, Log: slog.New(slog.DiscardHandler), Tool: finding.Tool{Name: "bulwark", Version: "dev"}}
	db, err := advisory.Embedded()
	if err != nil {
		panic(err)
	}
	o.Match = func(ctx context.Context, r *finding.Report) error {
		a, err := db.Match(ctx, advisory.Input{Packages: r.Packages, OS: r.Subject.OS})
		if err != nil {
			return err
		}
		r.Results = append(r.Results, a.Results...)
		r.Coverage = a.Coverage
		return nil
	}
	t := time.Now()
	r, err := image.Scan(context.Background(), o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "scan", time.Since(t))
	t = time.Now()
	finding.Finish(r, catalogue.Checks())
	fmt.Fprintln(os.Stderr, "finish", time.Since(t))
	g, _ := finding.ParseGate("high,fixable")
	v := finding.Decide(r, finding.GateOptions{Gate: g})
	r.Verdict = &v
	w, _ := strconv.Atoi(os.Getenv("W"))
	targets, err := report.ParseAll([]string{"table", "json=/tmp/rep/r.json", "sarif=/tmp/rep/r.sarif", "cyclonedx=/tmp/rep/r.cdx"})
	if err != nil {
		panic(err)
	}
	t = time.Now()
	err = report.Emit(r, targets, os.Stdout, report.Options{Width: w, Lang: os.Getenv("L"), Checks: catalogue.Checks(), All: os.Getenv("ALL") != ""})
	fmt.Fprintln(os.Stderr, "emit", time.Since(t), err)
	t = time.Now()
	f, _ := os.Open("/tmp/rep/r.json")
	_, err = report.Read(f)
	fmt.Fprintln(os.Stderr, "read", time.Since(t), err)
}
