package layer

import (
	"context"
	"io/fs"
	"os"

	"bulwark/internal/walk"
)

// NamedFile is an open file with the name and mode under which detectors see it.
type NamedFile struct {
	File *os.File
	Name string
	Mode fs.FileMode
	Size int64
}

// Files has open files looked at, each by itself, several at a time. The results
// are in the order of the files; they have no listing. A file of which the worker
// dies is looked at again alone, like those that were with it, and then recorded
// as unread.
func (c *Client) Files(ctx context.Context, files []NamedFile) ([]*Result, error) {
	results := make([]*Result, len(files))
	for first := 0; first < len(files); first += batchFiles {
		last := min(first+batchFiles, len(files))
		if err := c.start(ctx); err != nil {
			return nil, err
		}
		if err := c.together(files[first:last], results[first:last]); err == nil {
			continue
		}
		c.stop()
		for i := first; i < last; i++ {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if results[i] != nil {
				continue
			}
			f := files[i]
			r, err := c.File(ctx, f.File, f.Name, f.Mode, f.Size)
			if err != nil {
				return nil, err
			}
			results[i] = r
		}
	}
	return results, nil
}

// together sends files in one request and reads all answers. Those that came
// before an error are kept.
func (c *Client) together(files []NamedFile, results []*Result) error {
	d := &dirRun{c: c, results: map[int]*Result{}, out: map[uint64]waiting{}, parts: map[uint64][]walk.Record{}, room: make(chan struct{}, 1)}
	var batch []fileJob
	var open []*os.File
	for i, f := range files {
		r := &Result{LayerDone: LayerDone{Size: f.Size, Files: 1}}
		sure, peek := want(c.cfg.Detectors, f.Name, f.Mode, f.Size)
		if sure|peek == 0 {
			results[i] = r
			continue
		}
		job := fileJob{Seq: uint64(i + 1), Path: f.Name, Mode: uint32(f.Mode), Size: f.Size, Sure: sure, Peek: peek}
		d.results[i] = r
		d.out[job.Seq] = waiting{job: job, layer: i}
		batch, open = append(batch, job), append(open, f.File)
	}
	if len(batch) == 0 {
		return nil
	}
	if err := c.request(reqFiles, fileBatch{batch}, open...); err != nil {
		return err
	}
	for len(d.out) > 0 {
		k, err := d.next()
		if err != nil {
			return err
		}
		if i := int(k.Seq) - 1; !k.More && i >= 0 && i < len(results) && d.results[i] != nil {
			if _, waits := d.out[k.Seq]; !waits {
				results[i] = d.results[i]
			}
		}
	}
	return nil
}
