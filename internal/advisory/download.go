package advisory

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	defaultMaxDownload = 4 << 30
	defaultRetries     = 5
	firstWait          = time.Second
	longestWait        = 30 * time.Second
	maxClaim           = 64 << 10
	// longestSilence is how long a server may send nothing in the middle of a file.
	longestSilence = 60 * time.Second
)

// ErrTooBig says that a download is larger than allowed.
var ErrTooBig = errors.New("larger than allowed")

// download is a file that came, or is coming, from an address.
type download struct {
	path    string // of the part
	sidecar string // what the part is a part of
	resumed bool
}

// part says what a part on disk is a part of.
type part struct {
	URL       string `json:"url"`
	Validator string `json:"validator"`
	// Complete is set when all bytes are there.
	Complete bool `json:"complete"`
}

func (d *download) remove() {
	_ = os.Remove(d.path)    // left over at worst
	_ = os.Remove(d.sidecar) // as above
}

// errNotOurs says that somebody else may have put a file where a part is to be:
// the names can be foretold, and the folder may be one that others write to.
var errNotOurs = errors.New("there is something that is no regular file of this user alone (hint: remove it, or build in a folder of your own)")

// ours looks at what is in a part's place, without following links. It gives nil
// when nothing is there.
func ours(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || !isOurs(info):
		return nil, fmt.Errorf("%s: %w", path, errNotOurs)
	}
	return info, nil
}

// create makes a new file in place of our own old one.
func create(path string) (*os.File, error) {
	old, err := ours(path)
	if err != nil {
		return nil, err
	}
	if old != nil {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|noFollow, 0o644)
}

// reopen opens a file that is there and ours.
func reopen(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, flags|noFollow, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && (!info.Mode().IsRegular() || !isOurs(info)) {
		err = fmt.Errorf("%s: %w", path, errNotOurs)
	}
	if err != nil {
		_ = f.Close() // the first error counts
		return nil, err
	}
	return f, nil
}

// newClient gives up on servers that do not answer, not on slow ones.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
			TLSHandshakeTimeout:   15 * time.Second,
			ResponseHeaderTimeout: 60 * time.Second,
			IdleConnTimeout:       30 * time.Second,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) >= 10 {
				return errors.New("more than 10 redirects")
			}
			if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
				return errors.New("redirected from https to " + req.URL.Scheme)
			}
			return nil
		},
	}
}

func (b *builder) client() *http.Client {
	if b.cfg.Client == nil {
		b.cfg.Client = newClient()
	}
	return b.cfg.Client
}

// download fetches an address to a file beside the output. A part of an
// earlier try is gone on with if the server says that it is still the same file.
// When it fails the part stays only where the server or the connection may come
// back. Each error names the part.
func (b *builder) download(ctx context.Context, address string) (*download, error) {
	sum := sha256.Sum256([]byte(address))
	base := filepath.Join(filepath.Dir(b.cfg.Output), ".bwdb-download-"+hex.EncodeToString(sum[:8]))
	d := &download{path: base + ".part", sidecar: base + ".json"}
	retries := b.cfg.Retries
	if retries == 0 {
		retries = defaultRetries
	}
	wait := firstWait
	for try := 0; ; try++ {
		before := size(d.path)
		err := b.tryDownload(ctx, address, d)
		if err == nil {
			return d, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("download to %s: %w", d.path, ctx.Err())
		}
		if size(d.path) > before {
			try, wait = 0, firstWait // it goes on, if slowly
		}
		var stop *permanentError
		if errors.As(err, &stop) || try >= retries {
			if stop != nil && !errors.Is(err, errNotOurs) {
				d.remove() // trying again later would not help either
			}
			return nil, fmt.Errorf("download to %s: %w", d.path, err)
		}
		b.log.Info("download failed, trying again", "url", address, "error", err, "in", wait)
		if err := b.wait(ctx, wait+rand.N(wait/4+1)); err != nil {
			return nil, fmt.Errorf("download to %s: %w", d.path, err)
		}
		wait = min(2*wait, longestWait)
	}
}

func (b *builder) wait(ctx context.Context, d time.Duration) error {
	if b.cfg.Wait != nil {
		return b.cfg.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// permanentError is one that trying again does not help.
type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// size is that of a part of ours; 0 when there is none.
func size(path string) int64 {
	info, err := ours(path)
	if err != nil || info == nil {
		return 0
	}
	return info.Size()
}

func (b *builder) tryDownload(ctx context.Context, address string, d *download) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return &permanentError{err}
	}
	req.Header.Set("User-Agent", "bulwark")
	for _, path := range []string{d.path, d.sidecar} {
		if _, err := ours(path); err != nil {
			return &permanentError{err}
		}
	}
	have := readPart(d.sidecar)
	offset := size(d.path)
	if have.URL != address || have.Validator == "" {
		offset = 0
	}
	if offset > 0 {
		// A whole part is asked about too: the server may have a newer file.
		req.Header.Set("Range", "bytes="+strconv.FormatInt(offset, 10)+"-")
		req.Header.Set("If-Range", have.Validator)
	}
	resp, err := b.client().Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	total := int64(0)
	switch {
	case resp.StatusCode == http.StatusPartialContent && offset > 0:
		start, all, ok := contentRange(resp.Header.Get("Content-Range"))
		if !ok || start != offset {
			d.remove()
			return errors.New("the server sent another part than was asked for")
		}
		total = all
		d.resumed = true
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && offset > 0:
		if _, all, ok := contentRange(resp.Header.Get("Content-Range")); ok && all == offset && have.Complete {
			d.resumed = true
			return nil
		}
		d.remove()
		return errors.New("the server has another file than the part on disk")
	case resp.StatusCode == http.StatusOK:
		offset = 0
		total = max(resp.ContentLength, 0)
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500 || resp.StatusCode == http.StatusRequestTimeout:
		return fmt.Errorf("the server answered %s", resp.Status)
	default:
		return &permanentError{fmt.Errorf("the server answered %s", resp.Status)}
	}
	limit := b.cfg.MaxDownload
	if limit == 0 {
		limit = defaultMaxDownload
	}
	if total > limit {
		return &permanentError{fmt.Errorf("%d bytes, at most %d are taken: %w", total, limit, ErrTooBig)}
	}
	silence := cmp.Or(b.cfg.Silence, longestSilence)
	stalled := time.AfterFunc(silence, func() { cancel(fmt.Errorf("%w for %v", errStalled, silence)) })
	defer stalled.Stop()
	resp.Body = &watched{resp.Body, func() { stalled.Reset(silence) }}
	err = b.receive(resp, address, d, offset, total, limit)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errStalled) {
		return cause
	}
	return err
}

var errStalled = errors.New("the server sent nothing more")

// watched tells when something came.
type watched struct {
	io.ReadCloser
	came func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 {
		w.came()
	}
	return n, err
}

func (b *builder) receive(resp *http.Response, address string, d *download, offset, total, limit int64) error {
	var f *os.File
	var err error
	if offset > 0 {
		f, err = reopen(d.path, os.O_WRONLY)
	} else {
		f, err = create(d.path)
	}
	if err != nil {
		return &permanentError{err}
	}
	defer f.Close()
	p := part{URL: address, Validator: validator(resp.Header)}
	if err := writePart(d.sidecar, p); err != nil {
		return &permanentError{err}
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return &permanentError{err}
	}
	done := offset
	buf := make([]byte, 128<<10)
	for {
		n, readErr := resp.Body.Read(buf)
		if n > 0 {
			if done+int64(n) > limit {
				return &permanentError{fmt.Errorf("more than %d bytes: %w", limit, ErrTooBig)}
			}
			if _, err := f.Write(buf[:n]); err != nil {
				return &permanentError{err} // a full disk does not get better by trying
			}
			done += int64(n)
			b.progress(Progress{Step: "download", Source: address, Done: done, Total: total})
		}
		if errors.Is(readErr, io.EOF) {
			break
		}
		if readErr != nil {
			return readErr
		}
	}
	if total > 0 && done != total {
		return fmt.Errorf("%d bytes of %d came: %w", done, total, io.ErrUnexpectedEOF)
	}
	if err := f.Close(); err != nil {
		return &permanentError{err}
	}
	p.Complete = true
	if err := writePart(d.sidecar, p); err != nil {
		return &permanentError{err}
	}
	return nil
}

// validator is what If-Range may hold: a strong entity tag, else a date.
func validator(h http.Header) string {
	if tag := h.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		return tag
	}
	return h.Get("Last-Modified")
}

// contentRange reads "bytes 5-9/10" or "bytes */10".
func contentRange(s string) (start, total int64, ok bool) {
	s, found := strings.CutPrefix(s, "bytes ")
	span, all, slash := strings.Cut(s, "/")
	total, err := strconv.ParseInt(all, 10, 64)
	if !found || !slash || err != nil || total < 0 {
		return 0, 0, false
	}
	if span == "*" {
		return 0, total, true
	}
	first, _, dash := strings.Cut(span, "-")
	start, err = strconv.ParseInt(first, 10, 64)
	return start, total, dash && err == nil
}

func readPart(path string) part {
	var p part
	f, err := reopen(path, os.O_RDONLY)
	if err != nil {
		return part{}
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxClaim))
	if err != nil || json.Unmarshal(content, &p) != nil {
		return part{}
	}
	return p
}

func writePart(path string, p part) error {
	content, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// fetchClaim asks for a coverage.json beside the zip; without one nothing is claimed.
func (b *builder) fetchClaim(ctx context.Context, zip *url.URL) claimResult {
	u := *zip
	u.Path, u.RawPath, u.RawQuery = path.Join(path.Dir(u.Path), claimFile), "", ""
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return claimResult{}
	}
	resp, err := b.client().Do(req)
	if err != nil {
		return claimResult{} // it may well not be there
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return claimResult{}
	}
	return parseClaim(json.NewDecoder(io.LimitReader(resp.Body, maxClaim)))
}

func hashFile(f *os.File) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
